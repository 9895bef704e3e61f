/** The fetch that Node has built in, which decodes by itself. */
import { overLanes } from './lanes.mjs'

export async function start({ origin, connections, path }) {
  const url = `${origin}${path}`
  return {
    run: (count) =>
      overLanes(connections, count, async () => {
        const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
        return (await response.arrayBuffer()).byteLength
      }),
    close: async () => undefined,
  }
}
