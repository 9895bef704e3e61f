/** Trunkline: one multi, a new handle for every transfer. */
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { overLanes } from './lanes.mjs'

export async function start({ origin, connections }) {
  const multi = new Multi({ maxHostConnections: connections })
  const url = `${origin}/small`
  return {
    run: (count) =>
      overLanes(connections, count, async () => (await multi.add(new Easy({ url }))).body.length),
    close: () => multi.close(),
  }
}
