/** undici: large bodies over one HTTP/2 connection, through `dispatch`. */
import { downloadSideBySide } from './side-by-side.mjs'
import { countedDispatch } from './undici-counting.mjs'
import { http2Client } from './undici-http2.mjs'

export async function start(terms) {
  const { client, check } = http2Client(terms)
  return {
    async run(count) {
      const result = await downloadSideBySide(terms.streams, count, (_lane, saw) =>
        countedDispatch(client, terms.path, saw),
      )
      check()
      return result
    },
    close: () => client.destroy(),
  }
}
