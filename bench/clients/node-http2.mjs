/** node:http2: streams over one session, the body gathered. */
import { overLanes } from './lanes.mjs'
import { openSession } from './node-http2-session.mjs'

export async function start(terms) {
  const session = await openSession(terms)
  const head = { ':path': terms.path }
  return {
    run: (count) => overLanes(terms.streams, count, () => exchange(session, head)),
    close: () => session.destroy(),
  }
}

function exchange(session, head) {
  return new Promise((resolve, reject) => {
    const stream = session.request(head)
    const pieces = []
    stream.on('data', (piece) => pieces.push(piece))
    stream.on('end', () => resolve(Buffer.concat(pieces).length))
    stream.on('error', reject)
  })
}
