/** undici over one HTTP/2 connection, and the proof that it was one, and HTTP/2. */
import { subscribe } from 'node:diagnostics_channel'
import { Client, H2CClient } from 'undici'

/** A client that keeps so many streams running over one connection, by ALPN over TLS, else by prior knowledge. */
export function http2Client({ origin, ca, streams }) {
  let opened = 0
  subscribe('undici:client:connected', ({ socket }) => {
    opened += 1
    if (socket.alpnProtocol !== 'h2') throw new Error(`undici speaks ${socket.alpnProtocol} instead of h2`)
  })
  // `pipelining` is what limits the streams at once; `maxConcurrentStreams` is replaced by what the server says.
  const limits = { pipelining: streams, maxConcurrentStreams: streams }
  const client = origin.startsWith('https:')
    ? new Client(origin, { allowH2: true, connect: { ca }, ...limits })
    : new H2CClient(origin, limits)
  return {
    client,
    /** Throws unless there has ever been only one connection. */
    check() {
      if (opened !== 1) throw new Error(`undici opened ${opened} connections instead of one`)
    },
  }
}
