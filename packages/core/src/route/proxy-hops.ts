/**
 * The hops that proxies make: SOCKS, TLS with a proxy, tunnel.
 *
 * The rule: a proxy is told where to go by the hop that it makes, and nothing else of the request: `headers` are for
 * the origin, `proxyHeader` for the proxy (CVE-2015-3153).
 */
import { planAuth } from '../auth/auth-plan.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { writeRequestHead } from '../h1/head-writer.ts'
import { Fields } from '../http/fields.ts'
import type { RequestHead } from '../http/message.ts'
import { makeOrigin, writtenHost, type Origin } from '../http/origin.ts'
import type { EasySettings, HeaderLine } from '../options/option-types.ts'
import { proxyAuthWords } from '../proxy/proxy-login.ts'
import { hasTls, type ProxyPeer } from '../proxy/proxy-peer.ts'
import type { ProxyChoice } from './choose-proxy.ts'
import { pinnedAddresses, type HostPort } from './pins.ts'
import type { AddressFamily, Hop, SocksHop, TlsHop, TunnelHop } from './route.ts'
import { proxyTls } from './tls-settings.ts'

export interface ProxyHopsCase {
  readonly settings: EasySettings
  readonly choice: ProxyChoice
  /** Where the request goes in the end. */
  readonly target: HostPort
  readonly family: AddressFamily
}

/** All hops between the socket and the origin. BAD_FUNCTION_ARGUMENT for fields that cannot be sent. */
export function proxyHops(given: ProxyHopsCase): Hop[] {
  const { settings, choice, target } = given
  const { socks, http } = choice
  const hops: Hop[] = socks.map((peer, index) => socksHop(peer, socks[index + 1] ?? http ?? target, given))
  if (http === undefined) return hops
  if (hasTls(http)) hops.push(tlsHop(http, settings, choice))
  if (choice.mode === 'tunnel') hops.push(tunnelHop(http, given))
  return hops
}

/** The origin that a forwarding proxy is, as far as connections go. */
export function proxyOrigin(peer: ProxyPeer): Origin {
  return makeOrigin(hasTls(peer) ? 'https' : 'http', peer.host, peer.port)
}

/** The fields of `proxyHeader` that may go to the chosen proxy. BAD_FUNCTION_ARGUMENT for those of a body. */
export function proxyFields(
  { proxyHeader = [] }: EasySettings,
  { isFirst }: ProxyChoice,
): readonly HeaderLine[] {
  for (const { name, value } of proxyHeader) {
    if (value === undefined || !FRAMING_FIELDS.has(name.toLowerCase())) continue
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option proxyHeader must not set ${name}, which belongs to the body`,
      { option: 'proxyHeader' },
      { phase: 'setup' },
    )
  }
  return isFirst
    ? proxyHeader
    : proxyHeader.filter(({ name }) => name.toLowerCase() !== 'proxy-authorization')
}

function socksHop(peer: ProxyPeer, to: HostPort, { settings, family }: ProxyHopsCase): SocksHop {
  const { host, port } = to
  const isFour = peer.type === 'socks4' || peer.type === 'socks4a'
  const isRemote = peer.type === 'socks4a' || peer.type === 'socks5h'
  const pin = isRemote ? undefined : pinnedAddresses(settings.resolve, host, port)
  return {
    is: 'socks',
    version: isFour ? 4 : 5,
    proxy: peer.text,
    to: { host, port },
    resolves: isRemote ? 'proxy' : 'here',
    pinned: pin?.addresses,
    expiringPins: pin?.expires === true ? settings.resolve : undefined,
    family: isFour ? 4 : family,
    credentials: peer.credentials,
  }
}

function tlsHop(peer: ProxyPeer, settings: EasySettings, { mode, isFirst }: ProxyChoice): TlsHop {
  // What a proxy forwards it is asked for in HTTP/1.1, as by curl.
  const alpn = peer.type === 'https2' && mode === 'tunnel' ? ['h2', 'http/1.1'] : ['http/1.1']
  return {
    is: 'tls',
    proxy: peer.text,
    serverName: peer.host,
    settings: proxyTls(settings, isFirst),
    alpn: settings.sslEnableAlpn ? alpn : [],
    sessions: settings.sslSessionIdCache,
  }
}

function tunnelHop(peer: ProxyPeer, { settings, choice, target }: ProxyHopsCase): TunnelHop {
  const version = peer.type === 'http1.0' ? '1.0' : '1.1'
  const head = connectHead(`${writtenHost(target.host)}:${target.port}`, version, settings, choice)
  // What cannot be sent is refused now, before anything is.
  writeRequestHead(head)
  return {
    is: 'tunnel',
    proxy: peer.text,
    proxyHost: peer.host,
    head,
    // A handshake is answered at once, and tokens of Negotiate take time.
    auth: planAuth({
      words: proxyAuthWords(settings.proxyAuth),
      credentials: peer.credentials,
      hasNegotiate: false,
    }),
  }
}

/** In curl's order. */
function connectHead(
  target: string,
  version: '1.0' | '1.1',
  settings: EasySettings,
  choice: ProxyChoice,
): RequestHead {
  const fields = Fields.of([['Host', target]])
  const { userAgent } = settings
  if (userAgent !== undefined && userAgent !== '') fields.append('User-Agent', userAgent)
  fields.append('Proxy-Connection', 'Keep-Alive')
  const replaced = new Set<string>()
  for (const { name, value } of proxyFields(settings, choice)) {
    const key = name.toLowerCase()
    if (!replaced.has(key)) {
      replaced.add(key)
      fields.delete(name)
    }
    if (value !== undefined) fields.append(name, value)
  }
  return { method: 'CONNECT', target, version, fields }
}

const FRAMING_FIELDS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])
