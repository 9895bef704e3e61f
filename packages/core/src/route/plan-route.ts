/** Settings and an origin to a `Route`: pure, and the only place that knows which options bend the way. */
import type { TlsSettings } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { isSecure, isWebSocket, type Origin } from '../http/origin.ts'
import type { EasySettings } from '../options/option-types.ts'
import { isAddress, pinnedAddresses, redirectedBy } from './pins.ts'
import { describeFirstHop, type LocalEnd, type Route, type SocketHop, type TlsHop } from './route.ts'

const FAMILIES = { any: 'any', v4: 4, v6: 6 } as const

/** The hops from here to `origin`. BAD_FUNCTION_ARGUMENT for entries of `connectTo` or `resolve` that cannot be read. */
export function planRoute(settings: EasySettings, origin: Origin): Route {
  const socket = planSocket(settings, origin)
  const firstHop = describeFirstHop(socket)
  if (!isSecure(origin)) return { origin, hops: [socket], firstHop }
  const tls: TlsHop = {
    is: 'tls',
    serverName: origin.host,
    settings: tlsSettings(settings),
    alpn: offered(settings, origin),
    sessions: settings.sslSessionIdCache,
  }
  return { origin, hops: [socket, tls], firstHop }
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

function planSocket(settings: EasySettings, origin: Origin): SocketHop {
  const path = settings.abstractUnixSocket ?? settings.unixSocketPath
  const host =
    path === undefined ? (redirectedBy(settings.connectTo, origin.host, origin.port) ?? origin) : undefined
  // Written out: members after a spread cost 2 us (Node 20), a third of the whole plan.
  return {
    is: 'socket',
    to:
      host === undefined
        ? { is: 'unix', path: path!, abstract: settings.abstractUnixSocket !== undefined }
        : { is: 'host', host: host.host, port: host.port },
    pinned: host && pinnedAddresses(settings.resolve, host.host, host.port),
    family: FAMILIES[settings.ipResolve],
    local: planLocalEnd(settings),
    noDelay: settings.tcpNoDelay,
    keepAliveMs: settings.tcpKeepAlive ? settings.tcpKeepIdleMs : undefined,
  }
}

/** The forms of CURLOPT_INTERFACE: an address, a name, `if!name`, `host!address`, `ifhost!name!address`. */
function planLocalEnd(settings: EasySettings): LocalEnd {
  const ports =
    settings.localPort === 0 ? {} : { localPort: settings.localPort, localPortRange: settings.localPortRange }
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

function tlsSettings(settings: EasySettings): TlsSettings {
  const pins = settings.pinnedPublicKey?.split(';')
  const arePins = pins?.every((pin) => pin.startsWith('sha256//')) === true
  const values = defined({
    caFile: settings.caInfo,
    caPath: settings.caPath,
    caBytes: settings.caInfoBlob,
    crlFile: settings.crlFile,
    certFile: settings.sslCert,
    certBytes: settings.sslCertBlob,
    keyFile: settings.sslKey,
    keyBytes: settings.sslKeyBlob,
    keyPassword: settings.keyPasswd,
    minVersion: settings.sslVersion,
    maxVersion: settings.sslVersionMax,
    ciphers: settings.sslCipherList,
    tls13Ciphers: settings.tls13Ciphers,
    curves: settings.sslEcCurves,
    signatureAlgorithms: settings.sslSignatureAlgorithms,
    verifyPeer: settings.sslVerifyPeer,
    verifyHost: settings.sslVerifyHost,
    pinnedPublicKeys: arePins ? pins : undefined,
    pinnedPublicKeyFile: arePins ? undefined : settings.pinnedPublicKey,
  })
  const key = JSON.stringify(values, (_name, value: unknown) =>
    value instanceof Uint8Array ? latin1(value) : value,
  )
  return { ...values, key }
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same object without the members that are undefined. */
function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
