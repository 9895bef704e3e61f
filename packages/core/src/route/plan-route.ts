/** Settings and an origin to a `Route`: pure, and the only place that knows which options bend the way. */
import { TransferError } from '../errors/transfer-error.ts'
import { isSecure, isWebSocket, withoutZone, type Origin } from '../http/origin.ts'
import type { EasySettings } from '../options/option-types.ts'
import { chooseProxy, isForwarded, type ProxyChoice } from './choose-proxy.ts'
import { isAddress, pinnedAddresses, redirectedBy, type HostPort } from './pins.ts'
import { proxyHops, proxyOrigin } from './proxy-hops.ts'
import {
  describeFirstHop,
  type Hop,
  type LocalEnd,
  type Route,
  type SocketHop,
  type TlsHop,
} from './route.ts'
import { originTls } from './tls-settings.ts'

const FAMILIES = { any: 'any', v4: 4, v6: 6 } as const

/**
 * The hops from here to `origin`. BAD_FUNCTION_ARGUMENT for entries of `connectTo` or `resolve` that cannot be read,
 * and for fields that cannot be sent to a proxy. `choice`: the proxies on the way; `alternative`: where Alt-Svc leads,
 * which `connectTo` goes before.
 */
export function planRoute(
  settings: EasySettings,
  origin: Origin,
  choice: ProxyChoice | undefined = chooseProxy(settings, origin),
  alternative?: HostPort,
): Route {
  const target = redirectedBy(settings.connectTo, origin.host, origin.port) ?? alternative ?? origin
  const socket = planSocket(settings, target, choice)
  const firstHop = describeFirstHop(socket)
  const isForward = isForwarded(choice)
  if (choice === undefined && !tellsClient(settings))
    return {
      origin,
      hops: isSecure(origin) ? [socket, planTls(settings, origin)] : [socket],
      firstHop,
    }
  const hops: Hop[] =
    choice === undefined ? [] : proxyHops({ settings, choice, target, family: socket.family })
  if (tellsClient(settings)) hops.push({ is: 'haproxy', clientIp: clientIp(settings) })
  if (isSecure(origin)) hops.push(planTls(settings, origin))
  return { origin: isForward ? proxyOrigin(choice!.http!) : origin, hops: [socket, ...hops], firstHop }
}

function planTls(settings: EasySettings, origin: Origin): TlsHop {
  return {
    is: 'tls',
    proxy: undefined,
    // Neither SNI (RFC 6066 section 3) nor certificates know the dot at the end.
    serverName: withoutZone(origin.host).replace(/\.$/, ''),
    settings: originTls(settings),
    alpn: offered(settings, origin),
    sessions: settings.sslSessionIdCache,
  }
}

/** Protocols offered, most wanted first (RFC 7301; names of RFC 9113 3.1). */
const ALPN: Readonly<Record<EasySettings['httpVersion'], readonly string[]>> = {
  '1.0': ['http/1.0'],
  '1.1': ['http/1.1'],
  '2': ['h2', 'http/1.1'],
  '2tls': ['h2', 'http/1.1'],
  '2-prior-knowledge': ['h2'],
}

/** A WebSocket begins in HTTP/1.1, and what is handed over as it is must not begin to speak by itself. */
function offered(settings: EasySettings, origin: Origin): readonly string[] {
  if (!settings.sslEnableAlpn) return []
  return settings.connectOnly || isWebSocket(origin) ? ALPN['1.1'] : ALPN[settings.httpVersion]
}

/** Whether a handshake leaves the choice of HTTP/2 to the server. */
export function offersMultiplexing(settings: EasySettings, origin: Origin): boolean {
  return isSecure(origin) && offered(settings, origin).includes('h2')
}

/** To the nearest proxy, or to the target itself. */
function planSocket(settings: EasySettings, target: HostPort, choice: ProxyChoice | undefined): SocketHop {
  const nearest = choice?.socks[0] ?? choice?.http
  const to = nearest ?? target
  const isAbstract = settings.abstractUnixSocket !== undefined
  const path = nearest === undefined ? (settings.abstractUnixSocket ?? settings.unixSocketPath) : nearest.path
  const pin = path === undefined ? pinnedAddresses(settings.resolve, to.host, to.port) : undefined
  // Written out: members after a spread cost 2 us (Node 20), a third of the whole plan.
  return {
    is: 'socket',
    to:
      path === undefined
        ? { is: 'host', host: to.host, port: to.port }
        : { is: 'unix', path, abstract: isAbstract && nearest === undefined },
    pinned: pin?.addresses,
    expiringPins: pin?.expires === true ? settings.resolve : undefined,
    family: FAMILIES[settings.ipResolve],
    local: planLocalEnd(settings),
    noDelay: settings.tcpNoDelay,
    keepAliveMs: settings.tcpKeepAlive ? settings.tcpKeepIdleMs : undefined,
    isProxy: nearest !== undefined,
  }
}

function tellsClient({ haproxyProtocol, haproxyClientIp }: EasySettings): boolean {
  return haproxyProtocol || haproxyClientIp !== undefined
}

function clientIp({ haproxyClientIp }: EasySettings): string | undefined {
  if (haproxyClientIp === undefined || isAddress(haproxyClientIp)) return haproxyClientIp
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option haproxyClientIp must be an address, not ${JSON.stringify(haproxyClientIp.slice(0, 80))}`,
    { option: 'haproxyClientIp' },
    { phase: 'setup' },
  )
}

/** The forms of CURLOPT_INTERFACE: an address, a name, `if!name`, `host!address`, `ifhost!name!address`. */
function planLocalEnd(settings: EasySettings): LocalEnd {
  const ports =
    settings.localPort === 0
      ? ANY_END
      : { localPort: settings.localPort, localPortRange: settings.localPortRange }
  const text = settings.interface
  if (text === undefined || text === '') return ports
  const [form, ...rest] = text.split('!')
  if (rest.length === 0)
    return { ...ports, ...(isAddress(text) ? { localAddress: text } : { interfaceName: text }) }
  if (form === 'if' && rest.length === 1) return { ...ports, interfaceName: rest[0]! }
  if (form === 'host' && rest.length === 1) return { ...ports, localAddress: rest[0]! }
  if (form === 'ifhost' && rest.length === 2)
    return { ...ports, interfaceName: rest[0]!, localAddress: rest[1]! }
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option interface must be an address, a name, "if!name", "host!address" or "ifhost!name!address", not ${JSON.stringify(text)}`,
    { option: 'interface' },
    { phase: 'setup' },
  )
}

/** One for all routes: each is kept as long as its connection. */
const ANY_END: LocalEnd = Object.freeze({})
