/**
 * `Route`: the way to an origin as an ordered list of hops, plain data. Each hop becomes one filter
 * (connect/build-chain.ts); the first one is always the socket.
 */
import type { Milliseconds, TlsSettings } from '../env/environment.ts'
import { writtenHost, type Origin } from '../http/origin.ts'

export type AddressFamily = 4 | 6 | 'any'

/** Our own end of a socket. */
export interface LocalEnd {
  readonly localAddress?: string
  readonly interfaceName?: string
  readonly localPort?: number
  readonly localPortRange?: number
}

export interface SocketHop {
  readonly is: 'socket'
  readonly to:
    | { readonly is: 'host'; readonly host: string; readonly port: number }
    | { readonly is: 'unix'; readonly path: string; readonly abstract: boolean }
  /** Addresses given by hand; undefined: look the name up. */
  readonly pinned: readonly string[] | undefined
  /** Set when these hold only for as long as looked-up ones would: what their age is counted by. */
  readonly expiringPins?: object | undefined
  readonly family: AddressFamily
  readonly local: LocalEnd
  readonly noDelay: boolean
  readonly keepAliveMs: Milliseconds | undefined
}

export interface TlsHop {
  readonly is: 'tls'
  readonly serverName: string
  readonly settings: TlsSettings
  readonly alpn: readonly string[]
  /** Whether sessions may be kept and offered. */
  readonly sessions: boolean
}

export type Hop = SocketHop | TlsHop

export interface Route {
  readonly origin: Origin
  readonly hops: readonly [SocketHop, ...Hop[]]
  /** `host:port` or path of the first hop: what a limit per host counts. */
  readonly firstHop: string
}

/** The same way without the offer of HTTP/2. */
export function withoutH2(route: Route): Route {
  const [socket, ...rest] = route.hops
  const others = rest.map((hop) => (hop.is === 'tls' ? { ...hop, alpn: ['http/1.1'] } : hop))
  return { ...route, hops: [socket, ...others] }
}

/** One line for people: `socket a.test:443 > tls a.test`. */
export function describeRoute(route: Route): string {
  return route.hops.map(describeHop).join(' > ')
}

function describeHop(hop: Hop): string {
  if (hop.is === 'tls') return `tls ${hop.serverName}`
  return `socket ${describeFirstHop(hop)}`
}

export function describeFirstHop(hop: SocketHop): string {
  return hop.to.is === 'unix' ? `unix:${hop.to.path}` : `${writtenHost(hop.to.host)}:${hop.to.port}`
}
