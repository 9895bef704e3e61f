/** undici: `request` over one HTTP/2 connection, the body gathered. */
import { overLanes } from './lanes.mjs'
import { http2Client } from './undici-http2.mjs'

export async function start(terms) {
  const { client, check } = http2Client(terms)
  return {
    async run(count) {
      const bytes = await overLanes(terms.streams, count, async () => {
        const { body } = await client.request({ path: terms.path, method: 'GET' })
        return (await body.arrayBuffer()).byteLength
      })
      check()
      return bytes
    },
    close: () => client.destroy(),
  }
}
