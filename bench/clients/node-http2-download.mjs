/** node:http2: large bodies over one session, through its events. */
import { openSession } from './node-http2-session.mjs'
import { downloadSideBySide } from './side-by-side.mjs'

/** Its default of 64 KB would have it wait for the server after every few frames. */
const WINDOW_BYTES = 4 * 2 ** 20

export async function start(terms) {
  const session = await openSession(terms, { initialWindowSize: WINDOW_BYTES })
  session.setLocalWindowSize(WINDOW_BYTES * terms.streams)
  const head = { ':path': terms.path }
  return {
    run: (count) => downloadSideBySide(terms.streams, count, (_lane, saw) => exchange(session, head, saw)),
    close: () => session.destroy(),
  }
}

function exchange(session, head, saw) {
  return new Promise((resolve, reject) => {
    const stream = session.request(head)
    stream.on('data', (piece) => saw(piece.length))
    stream.on('end', resolve)
    stream.on('error', reject)
  })
}
