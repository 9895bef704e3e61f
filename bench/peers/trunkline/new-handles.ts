/** Trunkline: one multi, a new handle for every transfer. */
import { Easy } from '@trunkline/easy'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { oneMulti } from './one-multi.ts'

export function start(terms: Terms): Client {
  const { multi, options } = oneMulti(terms)
  return {
    run: (count) =>
      overLanes(laneCount(terms), count, async () => (await multi.add(new Easy(options))).body.length),
    close: () => multi.close(),
  }
}
