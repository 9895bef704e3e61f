/**
 * The `Cookie` field of a request: its order, its size, and where it goes. Pure functions.
 *
 * The rule: order and limits are curl's, so that servers see the same line from both.
 */
import { isSecure as isSecureOrigin, type Origin } from '../http/origin.ts'
import { canonicalHost, type Cookie, type CookieLimits } from './cookie.ts'

/** Where cookies come from or go to. */
export interface CookieSite {
  /** The host that they are of. */
  readonly host: string
  /** Path of the request; a query after it is not looked at. */
  readonly target: string
  /** Whether `Secure` cookies may come and go here. */
  readonly isSecure: boolean
}

/**
 * The site of a request. `hostField`: a Host field that the user gave, whose name then counts for cookies; it
 * is asked for anew with each request, so that a stale one never does (CVE-2026-6276). Over plain HTTP only
 * this machine is secure, and only without a proxy between.
 */
export function cookieSite(
  origin: Origin,
  target: string,
  { hostField, viaProxy }: { readonly hostField?: string | undefined; readonly viaProxy: boolean },
): CookieSite {
  const host = hostField === undefined ? origin.host : (hostOfField(hostField) ?? origin.host)
  const isSecure = isSecureOrigin(origin) || (!viaProxy && isLoopback(host) && isLoopback(origin.host))
  return { host, target, isSecure }
}

/** The order cookies are sent in: longest path, longest domain, longest name first; of equals, the newest. */
export function compareForSending(
  a: { readonly cookie: Cookie; readonly created: number },
  b: { readonly cookie: Cookie; readonly created: number },
): number {
  return (
    b.cookie.path.length - a.cookie.path.length ||
    b.cookie.domain.length - a.cookie.domain.length ||
    b.cookie.name.length - a.cookie.name.length ||
    b.created - a.created
  )
}

export interface CookieField {
  /** Undefined: no field is sent. */
  readonly value: string | undefined
  /** Cookies of the jar, and the user's text as one, that did not fit. */
  readonly leftOut: number
}

/**
 * What the field says: the cookies in the order given, then `custom`, the user's own. The first that does not
 * fit ends it. The user's own always fit when the jar's did.
 */
export function writeCookieField(
  cookies: readonly Cookie[],
  custom: string | undefined,
  limits: CookieLimits,
): CookieField {
  let value = ''
  for (const [index, cookie] of cookies.entries()) {
    const pair = `${cookie.name}=${cookie.value}`
    if (FIELD_NAME.length + value.length + pair.length >= limits.cookieFieldBytes) {
      const leftOut = cookies.length - index + (custom === undefined ? 0 : 1)
      return { value: value === '' ? undefined : value, leftOut }
    }
    value += index === 0 ? pair : `; ${pair}`
  }
  if (custom !== undefined && custom !== '') value += value === '' ? custom : `; ${custom}`
  return { value: value === '' ? undefined : value, leftOut: 0 }
}

/** The host in a Host field: without port and brackets. Undefined when there is none. */
function hostOfField(field: string): string | undefined {
  const host = /^\s*(?:\[([^\]\s]+)\]|([^:\s]+))/.exec(field)
  return host?.[1] ?? host?.[2]
}

function isLoopback(host: string): boolean {
  return LOOPBACK.includes(canonicalHost(host))
}

const FIELD_NAME = 'Cookie: '
const LOOPBACK = ['localhost', '127.0.0.1', '::1']
