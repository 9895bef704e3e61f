/** Trunkline with one multi, and the proof that it kept to the version and the connections that the case is about. */
import type { TransferResult } from '@trunkline/core'
import { Multi } from '@trunkline/multi'
import type { EasyInit } from '@trunkline/easy'
import type { Terms } from '../../rounds/measure.ts'

export interface OneMulti {
  readonly multi: Multi
  /** For every handle. */
  readonly options: EasyInit
  /** How many connections were ever opened. */
  opened(): number
  /** Throws unless `result` came over the version of the case, and over no more connections than it has. */
  check(result: Pick<TransferResult, 'httpVersion'> | undefined): void
}

/** Over TLS the version is chosen by ALPN, in clear text HTTP/2 is known beforehand. */
export function oneMulti(terms: Terms): OneMulti {
  const { origin, path, http, connections, streams, caFile } = terms
  const isTls = origin.startsWith('https:')
  const multi = new Multi({
    maxHostConnections: connections,
    ...(http === '2' ? { maxConcurrentStreams: streams } : { pipelining: streams }),
  })
  let opened = 0
  multi.events.on('connection-opened', () => {
    opened += 1
  })
  const version = http === '2' ? (isTls ? '2' : '2-prior-knowledge') : '1.1'
  return {
    multi,
    options: {
      url: `${origin}${path}`,
      ...(isTls ? { caInfo: caFile } : {}),
      ...(isTls || http === '2' ? { httpVersion: version } : {}),
      ...terms.options,
    },
    opened: () => opened,
    check(result) {
      if (result !== undefined && result.httpVersion !== http)
        throw new Error(`the answer came over HTTP/${result.httpVersion} instead of HTTP/${http}`)
      if (connections > 0 && opened > connections)
        throw new Error(`${opened} connections were opened instead of ${connections}`)
    },
  }
}
