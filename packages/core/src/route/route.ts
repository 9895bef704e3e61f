/**
 * `Route`: the way to an origin as an ordered list of hops, plain data. Each hop becomes one filter
 * (connect/build-chain.ts); the first one is always the socket.
 */
import type { AuthPlan } from '../auth/auth-plan.ts'
import type { Credentials } from '../auth/credentials.ts'
import type { Milliseconds, TlsSettings } from '../env/environment.ts'
import type { RequestHead } from '../http/message.ts'
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
  /** Whether it is a proxy that it leads to. */
  readonly isProxy: boolean
}

/** A SOCKS proxy is told where to connect to. */
export interface SocksHop {
  readonly is: 'socks'
  readonly version: 4 | 5
  /** `socks5h://p.test:1080`. */
  readonly proxy: string
  readonly to: { readonly host: string; readonly port: number }
  /** Who looks the name up. */
  readonly resolves: 'here' | 'proxy'
  /** For a lookup here, as a socket's. */
  readonly pinned: readonly string[] | undefined
  /** The list that they stand in, when they hold for a while only. */
  readonly expiringPins?: object | undefined
  readonly family: AddressFamily
  readonly credentials: Credentials | undefined
}

/** An HTTP proxy is asked for a tunnel. */
export interface TunnelHop {
  readonly is: 'tunnel'
  /** `http://p.test:3128`. */
  readonly proxy: string
  readonly proxyHost: string
  /** CONNECT, without Proxy-Authorization unless it is the user's own. */
  readonly head: RequestHead
  /** With what to log in; undefined: there is nothing. */
  readonly auth: AuthPlan | undefined
}

/** The header of HAProxy's PROXY protocol. */
export interface HaproxyHop {
  readonly is: 'haproxy'
  readonly clientIp: string | undefined
}

export interface TlsHop {
  readonly is: 'tls'
  /** With whom: `http://p.test:3128` and the like for a proxy; undefined: the origin. */
  readonly proxy: string | undefined
  readonly serverName: string
  readonly settings: TlsSettings
  readonly alpn: readonly string[]
  /** Whether sessions may be kept and offered. */
  readonly sessions: boolean
}

export type Hop = SocketHop | SocksHop | TunnelHop | HaproxyHop | TlsHop

export interface Route {
  /** The origin; for requests that a proxy forwards, the proxy, which stands in for all of them. */
  readonly origin: Origin
  readonly hops: readonly [SocketHop, ...Hop[]]
  /** `host:port` or path of the first hop: what a limit per host counts. */
  readonly firstHop: string
}

/** The same way without the offer of HTTP/2. */
export function withoutH2(route: Route): Route {
  const [socket, ...rest] = route.hops
  const others = rest.map((hop) => (isOriginTls(hop) ? { ...hop, alpn: ['http/1.1'] } : hop))
  return { ...route, hops: [socket, ...others] }
}

/** Whether a hop is the TLS of the origin itself. */
export function isOriginTls(hop: Hop): hop is TlsHop {
  return hop.is === 'tls' && hop.proxy === undefined
}

/** One line for people: `socket a.test:443 > tls a.test`, `socket p.test:3128 > tunnel a.test:443 > tls a.test`. */
export function describeRoute(route: Route): string {
  return route.hops.map(describeHop).join(' > ')
}

function describeHop(hop: Hop): string {
  switch (hop.is) {
    case 'tls':
      return `tls ${hop.serverName}`
    case 'socks':
      return `socks${hop.version} ${writtenHost(hop.to.host)}:${hop.to.port}`
    case 'tunnel':
      return `tunnel ${hop.head.target}`
    case 'haproxy':
      return 'haproxy'
    case 'socket':
      return `socket ${describeFirstHop(hop)}`
  }
}

export function describeFirstHop(hop: SocketHop): string {
  return hop.to.is === 'unix' ? `unix:${hop.to.path}` : `${writtenHost(hop.to.host)}:${hop.to.port}`
}
