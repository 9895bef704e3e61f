/**
 * The ways in which HTTP/2 is begun: chosen by ALPN, known before, or gone over to from HTTP/1.1.
 *
 * The rule: a way is the options that ask for it and the origin where a server has it, and nothing else.
 */
import type { EasyOptions } from '@trunkline/core'
import type { H2Server, H2ServerKind, Origins } from './server.ts'

export interface Way {
  readonly name: 'TLS' | 'clear text' | 'upgrade'
  readonly origin: keyof Origins
  readonly httpVersion: NonNullable<EasyOptions['httpVersion']>
}

export const TLS_WAY: Way = { name: 'TLS', origin: 'https', httpVersion: '2tls' }
export const CLEAR_WAY: Way = { name: 'clear text', origin: 'http2Clear', httpVersion: '2-prior-knowledge' }
export const UPGRADE_WAY: Way = { name: 'upgrade', origin: 'h2cUpgrade', httpVersion: '2' }

/** Those that can be relied upon with a kind of server. */
export function waysOf({ origins, goesOnAfterUpgrade }: H2ServerKind): readonly Way[] {
  return [TLS_WAY, CLEAR_WAY, UPGRADE_WAY].filter(
    (way) => origins.includes(way.origin) && (way !== UPGRADE_WAY || goesOnAfterUpgrade),
  )
}

/** Those of them in which the first request of a connection is HTTP/2 already. */
export function directWaysOf(kind: H2ServerKind): readonly Way[] {
  return waysOf(kind).filter((way) => way !== UPGRADE_WAY)
}

/** The options of a transfer of `path` in that way, from a server whose certificate `ca` vouches for. */
export function wayTo(
  server: H2Server,
  { origin, httpVersion }: Way,
  ca: string,
): (path: string) => EasyOptions {
  const base = server[origin]
  if (base === undefined) throw new Error(`${server.name} has no ${origin}`)
  return (path) => ({ url: base + path, httpVersion, caInfoBlob: ca })
}
