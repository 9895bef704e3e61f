/** Parts to a URL. The rule: reading what was written gives the same parts. */
import { encodeExcept, UNRESERVED } from './percent.ts'
import { SCHEME_PORTS } from './schemes.ts'
import type { UrlGetFlags, UrlParts } from './url-parts.ts'

/** The whole URL. `host`: as it is to be written, without brackets. */
export function formatUrl(parts: UrlParts, flags: UrlGetFlags = {}, host = parts.host): string {
  const { query, fragment } = parts
  return (
    formatOrigin(parts, flags, host) +
    parts.path +
    (query === undefined || (query === '' && flags.getEmpty !== true) ? '' : `?${query}`) +
    (fragment === undefined || (fragment === '' && flags.getEmpty !== true) ? '' : `#${fragment}`)
  )
}

/** All before the path, login included. */
export function formatOrigin(parts: UrlParts, flags: UrlGetFlags = {}, host = parts.host): string {
  const { scheme, isGuessed } = parts
  const port = portOf(parts, flags)
  const login = formatLogin(parts)
  return (
    (isGuessed && flags.noGuessScheme === true ? '' : `${scheme === '' ? 'https' : scheme}://`) +
    login +
    (host.includes(':') ? bracketed(parts, host) : flags.urlencode === true ? encodeHost(host) : host) +
    (port === undefined ? '' : `:${port}`)
  )
}

/** The port to show. */
export function portOf({ port, scheme }: UrlParts, flags: UrlGetFlags): number | undefined {
  const usual = SCHEME_PORTS.get(scheme)
  if (port === undefined) return flags.defaultPort === true ? usual : undefined
  return flags.noDefaultPort === true && port === usual ? undefined : port
}

function formatLogin({ user, password, options }: UrlParts): string {
  if (user === undefined && password === undefined && options === undefined) return ''
  return (
    (user ?? '') +
    (password === undefined ? '' : `:${password}`) +
    (options === undefined ? '' : `;${options}`) +
    '@'
  )
}

/** A zone stands behind an encoded percent sign (RFC 6874 section 2). */
function bracketed({ zoneId }: UrlParts, host: string): string {
  return zoneId === undefined ? `[${host}]` : `[${host}%25${zoneId}]`
}

function encodeHost(host: string): string {
  return encodeExcept(host, UNRESERVED) ?? host
}
