/** Trunkline: one multi, a handle per loop; bodies are decoded. */
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { overLanes } from './lanes.mjs'

export async function start({ origin, connections, path }) {
  const multi = new Multi({ maxHostConnections: connections })
  const options = { url: `${origin}${path}`, httpVersion: '1.1', acceptEncoding: 'gzip' }
  const handles = Array.from({ length: connections }, () => new Easy(options))
  return {
    run: (count) =>
      overLanes(connections, count, async (lane) => (await multi.add(handles[lane])).body.length),
    close: () => multi.close(),
  }
}
