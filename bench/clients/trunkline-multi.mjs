/** Trunkline: one multi, a handle per loop, added again as soon as it is done. */
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { overLanes } from './lanes.mjs'

export async function start({ origin, ca, connections }) {
  const multi = new Multi({ maxHostConnections: connections })
  const options = { url: `${origin}/small`, httpVersion: '1.1', caInfoBlob: ca }
  const handles = Array.from({ length: connections }, () => new Easy(options))
  return {
    run: (count) =>
      overLanes(connections, count, async (lane) => (await multi.add(handles[lane])).body.length),
    close: () => multi.close(),
  }
}
