/** Trunkline: one multi, a handle per lane, added again as soon as it is done; bodies are gathered. */
import type { TransferResult } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { oneMulti } from './one-multi.ts'

export function start(terms: Terms): Client {
  const { multi, options, opened, check } = oneMulti(terms)
  const lanes = laneCount(terms)
  const handles = Array.from({ length: lanes }, () => new Easy(options))
  return {
    async run(count) {
      let last: TransferResult | undefined
      const { bytes } = await overLanes(lanes, count, async (lane) => {
        last = await multi.add(handles[lane]!)
        return last.body.length
      })
      check(last)
      return { bytes, figures: { connections: opened() } }
    },
    close: () => multi.close(),
  }
}
