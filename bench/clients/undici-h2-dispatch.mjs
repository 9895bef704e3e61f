/** undici: `dispatch` over one HTTP/2 connection, the body only counted. */
import { overLanes } from './lanes.mjs'
import { countedDispatch } from './undici-counting.mjs'
import { http2Client } from './undici-http2.mjs'

export async function start(terms) {
  const { client, check } = http2Client(terms)
  return {
    async run(count) {
      const bytes = await overLanes(terms.streams, count, () => countedDispatch(client, terms.path))
      check()
      return bytes
    },
    close: () => client.destroy(),
  }
}
