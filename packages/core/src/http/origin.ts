/**
 * `Origin`: scheme, host and port (RFC 9110 4.3.1), normalised, made only from a checked URL.
 *
 * The rule: two origins are the same when their `text` is. Host names are lower case and in their ASCII
 * (punycode) form; IPv6 literals stand without brackets in `host`.
 */
import { TransferError } from '../errors/transfer-error.ts'

export type Scheme = 'http' | 'https' | 'ws' | 'wss'

export interface Origin {
  readonly scheme: Scheme
  readonly host: string
  readonly port: number
  /** `scheme://host:port`, with the port always written out. */
  readonly text: string
  /** What the Host field says: the port only when it is not the scheme's own. */
  readonly authority: string
}

/** A URL taken apart. */
export interface ParsedUrl {
  readonly origin: Origin
  /** Path and query as sent: at least `/`. */
  readonly target: string
  /** The whole URL without credentials and fragment. */
  readonly text: string
  /** User name and password of the URL, percent-decoded; empty when there are none. */
  readonly username: string
  readonly password: string
}

/** RFC 9110 4.2, RFC 6455 3. */
export const DEFAULT_PORTS: Readonly<Record<Scheme, number>> = { http: 80, https: 443, ws: 80, wss: 443 }

/** Whether what goes to an origin goes through TLS. */
export function isSecure({ scheme }: Pick<Origin, 'scheme'>): boolean {
  return scheme === 'https' || scheme === 'wss'
}

/** Whether an origin is spoken to by WebSocket (RFC 6455). */
export function isWebSocket({ scheme }: Pick<Origin, 'scheme'>): boolean {
  return scheme === 'ws' || scheme === 'wss'
}

/** Takes a URL apart. URL_MALFORMAT when it is not one, UNSUPPORTED_PROTOCOL for schemes other than http, https, ws and wss. */
export function parseUrl(given: string): ParsedUrl {
  // The WHATWG parser drops tabs and line ends and trims blanks without a word; a request is built from
  // this, so such a URL is refused instead (CVE-2014-8150, CVE-2012-0036).
  const control = findControl(given)
  if (control !== undefined) throw malformed(`the URL holds the control character ${control}`)
  if (given === '') throw malformed('the URL is empty')
  let url: URL
  try {
    url = new URL(given)
  } catch {
    // The parser's own error holds the whole URL, password and all.
    throw malformed(`${quoted(given)} is not a URL with scheme and host`)
  }
  const scheme = url.protocol.slice(0, -1)
  if (!isScheme(scheme)) {
    throw new TransferError(
      'UNSUPPORTED_PROTOCOL',
      `the scheme "${scheme}" is not supported; http, https, ws and wss are`,
      { scheme },
      { phase: 'setup' },
    )
  }
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  const origin = makeOrigin(scheme, host, url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port))
  const target = `${url.pathname}${url.search}`
  return {
    origin,
    target,
    text: `${scheme}://${origin.authority}${target}`,
    username: decodeUserinfo(url.username),
    password: decodeUserinfo(url.password),
  }
}

export function makeOrigin(scheme: Scheme, host: string, port: number): Origin {
  const written = writtenHost(host)
  return {
    scheme,
    host,
    port,
    text: `${scheme}://${written}:${port}`,
    authority: port === DEFAULT_PORTS[scheme] ? written : `${written}:${port}`,
  }
}

/** The host as it stands before a port: IPv6 literals in brackets. */
export function writtenHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function isScheme(text: string): text is Scheme {
  return Object.hasOwn(DEFAULT_PORTS, text)
}

function decodeUserinfo(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function findControl(text: string): string | undefined {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return `U+${code.toString(16).padStart(4, '0').toUpperCase()}`
  }
  return undefined
}

function quoted(text: string): string {
  // A malformed URL may still hold a password: nothing before an "@" is repeated.
  const shown = text.slice(text.lastIndexOf('@') + 1)
  return JSON.stringify(shown.length > 120 ? `${shown.slice(0, 120)}...` : shown)
}

function malformed(message: string): TransferError {
  return new TransferError('URL_MALFORMAT', message, {}, { phase: 'setup' })
}
