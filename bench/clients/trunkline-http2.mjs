/** Trunkline over one HTTP/2 connection, and the proof that it was one, and HTTP/2. */
import { Multi } from '@trunkline/multi'

/** A multi of one connection with so many streams; over TLS the version is chosen by ALPN, else known beforehand. */
export function http2Multi({ origin, ca, path, streams }) {
  const multi = new Multi({ maxTotalConnections: 1, maxConcurrentStreams: streams })
  let opened = 0
  multi.events.on('connection-opened', () => {
    opened += 1
  })
  const options = {
    url: `${origin}${path}`,
    httpVersion: origin.startsWith('https:') ? '2' : '2-prior-knowledge',
    caInfoBlob: ca,
  }
  return {
    multi,
    options,
    /** Throws unless `result` came over HTTP/2, and over the only connection that there has ever been. */
    check(result) {
      const { httpVersion } = result.info
      if (httpVersion !== '2') throw new Error(`the answer came over HTTP/${httpVersion} instead of HTTP/2`)
      const open = multi.connections().length
      if (opened !== 1 || open !== 1)
        throw new Error(`${opened} connections were opened and ${open} are open, instead of one`)
    },
  }
}
