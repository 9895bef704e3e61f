/**
 * Reads the value of a `Set-Cookie` field (RFC 6265bis 5.6), as curl does where the two differ.
 *
 *     name=value; Path=/; Domain=example.com; Max-Age=3600; Expires=date; Secure; HttpOnly
 *
 * The rule: what cannot be sent back as it is, is refused whole; what is not known is passed over. Whether
 * the host may set such a cookie is the jar's business.
 */
import { trimBlanks } from '../http/tokens.ts'
import { hasControl, type CookieLimits, type CookieRefusal } from './cookie.ts'
import { parseDate } from './cookie-date.ts'
import { cleanPath } from './cookie-path.ts'

/** What a server says of one cookie. */
export interface SetCookie {
  readonly name: string
  readonly value: string
  /** Every domain it names, without one leading dot. The last counts, but the host must belong to all. */
  readonly domains: readonly string[]
  /** Undefined: that of the request. */
  readonly path: string | undefined
  readonly secure: boolean
  readonly httpOnly: boolean
  /** Seconds since 1970, at most `cookieLifeS` from now; 0: it ends with the session. */
  readonly expires: number
}

/** Reads `line` at `now`, in seconds since 1970. A reason instead of a cookie when it is refused. */
export function parseSetCookie(line: string, now: number, limits: CookieLimits): SetCookie | CookieRefusal {
  if (line.length > limits.cookieLineBytes) return 'long-line'
  const [pair, ...attributes] = piecesOf(line)
  if (pair === undefined || pair.name === '' || pair.value === undefined) return 'no-name'
  if ([pair, ...attributes].some((one) => hasControl(one.name) || hasControl(one.value ?? ''))) {
    return 'control-byte'
  }
  if (pair.name.length + pair.value.length > limits.cookieBytes) return 'large'

  const domains: string[] = []
  let path: string | undefined
  let secure = false
  let httpOnly = false
  let expires = 0
  for (const { name, value } of attributes) {
    const attribute = name.toLowerCase()
    if (value === undefined) {
      secure ||= attribute === 'secure'
      httpOnly ||= attribute === 'httponly'
    } else if (attribute === 'path') {
      path = value === '' ? undefined : cleanPath(value)
    } else if (value !== '') {
      if (attribute === 'domain') domains.push(value.startsWith('.') ? value.slice(1) : value)
      else if (attribute === 'max-age') expires = expiryOf(value, now)
      // Max-Age wins, wherever it stands; and the first date of two.
      else if (attribute === 'expires' && expires === 0 && value.length <= limits.cookieDateChars) {
        const date = parseDate(value)
        expires = date === 0 ? EXPIRED : (date ?? 0)
      }
    }
  }
  return {
    ...pair,
    value: pair.value,
    domains,
    path,
    secure,
    httpOnly,
    expires: bounded(expires, now, limits),
  }
}

interface Piece {
  readonly name: string
  /** Undefined without `=`. */
  readonly value: string | undefined
}

/** The parts between semicolons. Nothing before the first one is no part: curl passes over it. */
function piecesOf(line: string): Piece[] {
  const pieces = trimBlanks(line).split(';')
  const first = pieces.findIndex((piece) => piece !== '')
  return (first < 0 ? [] : pieces.slice(first)).map((piece) => {
    const equals = piece.indexOf('=')
    if (equals < 0) return { name: trimBlanks(piece), value: undefined }
    return { name: trimBlanks(piece.slice(0, equals)), value: trimBlanks(piece.slice(equals + 1)) }
  })
}

/** What `Max-Age` says, as a time. Nothing but digits lives: zero, a sign or a word is over at once. */
function expiryOf(value: string, now: number): number {
  const seconds = Number(/^"?(\d+)/.exec(value)?.[1] ?? 0)
  return seconds === 0 ? EXPIRED : now + seconds
}

/** To the next whole minute or the one before, as curl does, so that tests can tell it. */
function bounded(expires: number, now: number, limits: CookieLimits): number {
  const latest = now + limits.cookieLifeS
  return expires > latest ? Math.floor((latest + 30) / 60) * 60 : expires
}

/** A time that is past and not 0, which stands for the session. */
const EXPIRED = 1
