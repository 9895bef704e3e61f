/** Trunkline: one handle that performs one transfer after the other by itself. */
import { Easy } from '@trunkline/easy'
import type { Client, Terms } from '../../rounds/measure.ts'
import { overLanes } from '../lanes.ts'

export function start({ origin, path }: Terms): Client {
  const easy = new Easy({ url: `${origin}${path}` })
  return {
    run: (count) => overLanes(1, count, async () => (await easy.perform()).body.length),
    close: () => easy.close(),
  }
}
