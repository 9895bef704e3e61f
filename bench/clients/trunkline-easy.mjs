/** Trunkline: one handle, one transfer after the other. */
import { Easy } from '@trunkline/easy'
import { overLanes } from './lanes.mjs'

export async function start({ origin }) {
  const easy = new Easy({ url: `${origin}/small` })
  return {
    run: (count) => overLanes(1, count, async () => (await easy.perform()).body.length),
    close: () => easy.close(),
  }
}
