/**
 * `CurlUrl`: a URL whose parts are read and set one by one (libcurl: the URL API, curl_url_set and curl_url_get).
 *
 * The rule: whatever is set, the URL that comes out is read as the same parts again. What would end its part is
 * encoded or refused, where libcurl warns of it only.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { formatUrl, portOf } from './format-url.ts'
import { readHost, readZone } from './host.ts'
import { checkPart, checkScheme, parseUrlParts, readPort, resolveReference, schemeOf } from './parse-url.ts'
import { decodePercent, encodeExcept, UNRESERVED } from './percent.ts'
import { toUnicode } from './punycode.ts'
import { BAD_PART, flawed } from './url-flaw.ts'
import type { UrlGetFlags, UrlPart, UrlParts, UrlSetFlags } from './url-parts.ts'

/**
 * A URL whose parts are read and set one by one.
 *
 * @example
 * ```ts
 * const url = new CurlUrl('example.com/a/b', { guessScheme: true })
 * url.set('url', '../c?x=1').set('query', 'y=2 3', { appendQuery: true, urlencode: true })
 * url.get('url') // http://example.com/c?x=1&y=2+3
 * ```
 */
export class CurlUrl {
  #parts: UrlParts

  /** Throws as `set` does. */
  constructor(url?: string, flags: UrlSetFlags = {}) {
    this.#parts = url === undefined ? NOTHING : parseUrlParts(url, flags)
  }

  /** The URL of its own that a reader can change (curl_url_dup). */
  duplicate(): CurlUrl {
    const copy = new CurlUrl()
    copy.#parts = this.#parts
    return copy
  }

  /**
   * A part, percent-encoded as it stands in the URL; undefined when there is none. URL_MALFORMAT for what cannot be
   * given out: a whole URL without scheme or host, a decoded part with control characters.
   */
  get(part: UrlPart, flags: UrlGetFlags = {}): string | undefined {
    const parts = this.#parts
    switch (part) {
      case 'url':
        return this.#whole(flags)
      case 'scheme':
        if (parts.isGuessed && flags.noGuessScheme === true) return undefined
        return parts.scheme === '' ? (flags.defaultScheme === true ? 'https' : undefined) : parts.scheme
      case 'port': {
        const port = portOf(parts, flags)
        return port === undefined ? undefined : String(port)
      }
      case 'host': {
        if (parts.host === '') return undefined
        const host = this.#host(flags)
        return host.includes(':') ? `[${host}]` : host
      }
      case 'zoneid':
        return parts.zoneId
      case 'query':
      case 'fragment': {
        const text = parts[part]
        return text === '' && flags.getEmpty !== true ? undefined : this.#decoded(part, text, flags)
      }
      case 'user':
      case 'password':
      case 'options':
      case 'path':
        return this.#decoded(part, parts[part], flags)
      default:
        throw unknownPart(part)
    }
  }

  /**
   * Sets a part, or takes it away. A `url` is relative to the one that is there. When it is refused nothing has
   * changed: URL_MALFORMAT with the part in `details.part`, UNSUPPORTED_PROTOCOL, LOGIN_DENIED.
   */
  set(part: UrlPart, value: string | undefined, flags: UrlSetFlags = {}): this {
    if (value !== undefined && value.length > LIMITS.urlChars)
      throw flawed(
        part,
        'TOO_LARGE',
        `the ${part} is ${value.length} characters long; at most ${LIMITS.urlChars} are taken`,
      )
    if (part === 'url') this.#parts = this.#withUrl(value, flags)
    else
      this.#parts = {
        ...this.#parts,
        ...(value === undefined ? WITHOUT[part] : this.#changed(part, value, flags)),
      }
    return this
  }

  /** The whole URL; empty where it has no scheme or host yet. Holds the password, if there is one. */
  toString(): string {
    return this.#parts.scheme === '' || this.#parts.host === '' ? '' : formatUrl(this.#parts)
  }

  /** @internal */
  toJSON(): string {
    return this.toString()
  }

  #whole(flags: UrlGetFlags): string {
    const parts = this.#parts
    if (parts.scheme === '' && flags.defaultScheme !== true)
      throw flawed('scheme', 'BAD_SCHEME', 'the URL has no scheme yet')
    if (parts === NOTHING) throw flawed('host', 'NO_HOST', 'the URL has no host yet')
    return formatUrl(parts, flags, this.#host(flags))
  }

  #host({ punycode, puny2idn }: UrlGetFlags): string {
    const { host, asciiHost } = this.#parts
    if (punycode === true) return asciiHost
    if (puny2idn !== true || !/(?:^|\.)xn--/.test(asciiHost)) return host
    const name = toUnicode(asciiHost)
    if (name !== undefined && readHost(name).asciiHost === asciiHost) return name
    throw flawed('host', 'BAD_HOSTNAME', 'the host of the URL has no Unicode form')
  }

  #decoded(part: UrlPart, text: string | undefined, { urldecode }: UrlGetFlags): string | undefined {
    if (text === undefined || urldecode !== true) return text
    const decoded = decodePercent(part === 'query' ? text.replaceAll('+', ' ') : text)
    // eslint-disable-next-line no-control-regex
    if (decoded !== undefined && !/[\x00-\x1f]/.test(decoded)) return decoded
    throw flawed(part, 'URLDECODE', `the ${part} of the URL, decoded, holds control characters or no UTF-8`)
  }

  #withUrl(value: string | undefined, flags: UrlSetFlags): UrlParts {
    const base = this.#parts
    if (value === undefined) return NOTHING
    const isFirst = base.scheme === '' || base.host === ''
    return isFirst || schemeOf(value) !== undefined
      ? parseUrlParts(value, flags)
      : resolveReference(base, value, flags)
  }

  #changed(part: Exclude<UrlPart, 'url'>, value: string, flags: UrlSetFlags): Partial<UrlParts> {
    const encodes = flags.urlencode === true && ENCODED[part] !== undefined
    checkPart(part, value, { allowSpace: encodes || (flags.allowSpace === true && part !== 'host') })
    switch (part) {
      case 'scheme': {
        const scheme = value.toLowerCase()
        checkScheme(scheme, flags)
        return { scheme, isGuessed: false }
      }
      case 'host':
        if (value === '' && flags.noAuthority === true) return { host: '', asciiHost: '', zoneId: undefined }
        if (value === '') throw flawed('host', 'NO_HOST', 'the host of the URL is empty')
        return readHost(value)
      case 'zoneid':
        return { zoneId: readZone(value) }
      case 'port':
        if (value === '') throw flawed('port', 'BAD_PORT_NUMBER', 'the port of the URL is empty')
        return { port: readPort(value) }
      case 'path': {
        const path = this.#encoded(part, value, encodes)
        return { path: path.startsWith('/') ? path : `/${path}` }
      }
      case 'query': {
        const query = this.#encodedQuery(value, encodes, flags.appendQuery === true)
        const before = this.#parts.query ?? ''
        const glue = before === '' || before.endsWith('&') ? '' : '&'
        return { query: flags.appendQuery === true ? before + glue + query : query }
      }
      case 'user':
      case 'password':
      case 'options':
      case 'fragment':
        return { [part]: this.#encoded(part, value, encodes) }
      default:
        throw unknownPart(part)
    }
  }

  /** Blanks become "+"; of what is appended the first "=" stays. */
  #encodedQuery(value: string, encodes: boolean, appends: boolean): string {
    if (!encodes) return this.#encoded('query', value, false)
    const equals = appends ? value.indexOf('=') : -1
    const [name, rest] = equals < 0 ? ['', value] : [value.slice(0, equals), value.slice(equals + 1)]
    const encode = (text: string): string =>
      text
        .split(' ')
        .map((word) => this.#encoded('query', word, true))
        .join('+')
    return equals < 0 ? encode(rest) : `${encode(name)}=${encode(rest)}`
  }

  #encoded(part: Exclude<UrlPart, 'url'>, value: string, encodes: boolean): string {
    const text = encodeExcept(value, encodes ? ENCODED[part]! : (HARMLESS[part] ?? /[^]/))
    if (text === undefined)
      throw flawed(part, BAD_PART[part], `the ${part} holds half a character (a lone surrogate)`)
    return text
  }
}

const NOTHING: UrlParts = {
  scheme: '',
  isGuessed: false,
  user: undefined,
  password: undefined,
  options: undefined,
  host: '',
  asciiHost: '',
  zoneId: undefined,
  port: undefined,
  path: '/',
  query: undefined,
  fragment: undefined,
}

const WITHOUT: Readonly<Record<Exclude<UrlPart, 'url'>, Partial<UrlParts>>> = {
  scheme: { scheme: '', isGuessed: false },
  user: { user: undefined },
  password: { password: undefined },
  options: { options: undefined },
  host: { host: '', asciiHost: '', zoneId: undefined },
  zoneid: { zoneId: undefined },
  port: { port: undefined },
  path: { path: '/' },
  query: { query: undefined },
  fragment: { fragment: undefined },
}

/** What `urlencode` leaves as it is, by part; the others it does not touch (curl_url_set(3)). */
const ENCODED: Readonly<Partial<Record<UrlPart, RegExp>>> = {
  user: UNRESERVED,
  password: UNRESERVED,
  options: UNRESERVED,
  path: /[\w.~/!$&'(){}[\]*+,;=:@-]/,
  query: UNRESERVED,
  fragment: UNRESERVED,
}

/** What does not end its part, by part. */
const HARMLESS: Readonly<Partial<Record<UrlPart, RegExp>>> = {
  user: /[^/?#@:;[\]\\]/,
  password: /[^/?#@;[\]\\]/,
  options: /[^/?#@:;[\]\\]/,
  path: /[^?#]/,
  query: /[^#]/,
}

function unknownPart(part: string): TransferError {
  return flawed('url', 'UNKNOWN_PART', `there is no part ${JSON.stringify(part)} of a URL`)
}
