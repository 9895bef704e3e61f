/**
 * Which proxies lie on the way to an origin, and what they are used for: pure, from settings and origin.
 *
 * The rule: what was given for one proxy goes to no other. Credentials of the options belong to the first proxies
 * that are needed; when a redirect leads through others, these see nothing of them (CVE-2026-6253).
 */
import type { Credentials } from '../auth/credentials.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { Origin } from '../http/origin.ts'
import type { EasySettings } from '../options/option-types.ts'
import { isListed } from '../proxy/no-proxy.ts'
import { noProxyList, proxyFor } from '../proxy/proxy-environment.ts'
import { isSocks, parseProxy, type ProxyPeer } from '../proxy/proxy-peer.ts'
import { redirectedBy } from './pins.ts'

/** The proxies of a connection. */
export interface ProxyChoice {
  /** SOCKS proxies, the nearest first. */
  readonly socks: readonly ProxyPeer[]
  /** Behind them. */
  readonly http: ProxyPeer | undefined
  /** forward: the HTTP proxy is asked for the document; tunnel: for a way to the origin; socks: there is none. */
  readonly mode: 'forward' | 'tunnel' | 'socks'
  /** Whether these are the first proxies that were needed, for whom the user's credentials and fields were meant. */
  readonly isFirst: boolean
  /** All of them, without credentials. */
  readonly text: string
}

/**
 * Undefined: the way is direct. `firstText`: the text of the first proxies that a request before this one, which a
 * redirect ended, went by. COULDNT_RESOLVE_PROXY and COULDNT_CONNECT for what names no proxy, as in libcurl.
 */
export function chooseProxy(
  settings: EasySettings,
  origin: Origin,
  firstText?: string,
): ProxyChoice | undefined {
  const { proxy, preProxy, proxyEnvironment } = settings
  if (proxy === undefined && preProxy === undefined && proxyEnvironment === undefined) return undefined
  const peers = peersFor(settings, origin)
  if (peers === undefined) return undefined
  const text = peers.map((peer) => peer.text).join()
  const isFirst = firstText === undefined || firstText === text
  const last = isFirst ? withLogin(peers.at(-1)!, settings) : peers.at(-1)!
  const before = peers.slice(0, -1)
  return isSocks(last)
    ? { socks: [...before, last], http: undefined, mode: 'socks', isFirst, text }
    : { socks: before, http: last, mode: modeOf(settings, origin), isFirst, text }
}

/** Whether the HTTP proxy stands in for the origin, on connections that all origins share. */
export function isForwarded(choice: ProxyChoice | undefined): boolean {
  return choice?.mode === 'forward'
}

/** The proxies, the nearest first; undefined: none. */
function peersFor(settings: EasySettings, { scheme, host }: Origin): readonly ProxyPeer[] | undefined {
  const { proxyEnvironment = NO_VARIABLES } = settings
  // As in libcurl: a socket of this machine goes before all proxies.
  if (settings.unixSocketPath !== undefined || settings.abstractUnixSocket !== undefined) return undefined
  const isAsked = settings.proxy === undefined && !settings.preProxy
  const main = isAsked ? proxyFor(scheme, proxyEnvironment) : settings.proxy
  const pre = settings.preProxy === '' ? undefined : settings.preProxy
  if (pre === undefined && (main === undefined || main === '')) return undefined
  const list = settings.noProxy ?? noProxyList(proxyEnvironment)
  if (list !== undefined && isListed(list, host)) return undefined
  const peers: ProxyPeer[] = []
  if (pre !== undefined) peers.push(parsePreProxy(pre))
  if (main !== undefined && main !== '') {
    const defaults = { type: settings.proxyType, port: settings.proxyPort }
    peers.push(parseProxy(main, isAsked ? 'proxyEnvironment' : 'proxy', defaults))
  }
  return peers
}

function parsePreProxy(text: string): ProxyPeer {
  const peer = parseProxy(text, 'preProxy', { type: 'socks4', port: 0 })
  if (isSocks(peer)) return peer
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option preProxy must name a SOCKS proxy, not ${peer.text}`,
    { option: 'preProxy' },
    { phase: 'setup' },
  )
}

/** As in libcurl: for TLS, where asked for, and where the request is sent elsewhere than its URL says. */
function modeOf(settings: EasySettings, { scheme, host, port }: Origin): 'forward' | 'tunnel' {
  if (scheme !== 'http' || settings.httpProxyTunnel || settings.connectOnly) return 'tunnel'
  const other = redirectedBy(settings.connectTo, host, port)
  return other === undefined || (other.host === host && other.port === port) ? 'forward' : 'tunnel'
}

/** What the URL of a proxy says goes before the options, as in libcurl. */
function withLogin(peer: ProxyPeer, { proxyUsername, proxyPassword }: EasySettings): ProxyPeer {
  if (peer.credentials !== undefined || (proxyUsername === undefined && proxyPassword === undefined))
    return peer
  const credentials: Credentials = { user: proxyUsername ?? '', password: proxyPassword ?? '' }
  return { ...peer, credentials }
}

const NO_VARIABLES = Object.freeze({})
