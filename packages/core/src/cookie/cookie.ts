/**
 * A cookie as the jar keeps it, why one was refused, and the limits on cookies.
 *
 * The rule: text is Latin-1, one character per byte, as heads are read; so lengths are bytes. A cookie is a
 * value: nobody changes one.
 */

export interface Cookie {
  readonly name: string
  readonly value: string
  /** The host or domain as it was spelt, without a leading dot. */
  readonly domain: string
  /** Whether it goes to that very host only, and not to the names below it. */
  readonly hostOnly: boolean
  /** Begins with `/`, and ends with one only when it is `/`. */
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  /** Seconds since 1970; 0: it ends with the session. */
  readonly expires: number
}

/** Why a cookie was not taken. */
export type CookieRefusal =
  /** More bytes than a line may have. */
  | 'long-line'
  /** A control byte in a name or value. */
  | 'control-byte'
  /** No name, or no `=` after it. */
  | 'no-name'
  /** Name and value have too many bytes together. */
  | 'large'
  /** A line of a file with another number of fields than seven. */
  | 'fields'
  /** `Secure` from an origin that is not. */
  | 'insecure-origin'
  /** A domain that its host does not belong to, or none in a file. */
  | 'domain'
  /** A domain under which anybody can have a name. */
  | 'public-suffix'
  /** `__Secure-` or `__Host-` in the name, without what that promises. */
  | 'prefix'
  /** It would hide a secure cookie, and was not set securely. */
  | 'overlay'
  /** A file has it otherwise than the server has said since. */
  | 'older'
  /** A session cookie of an earlier session. */
  | 'session'
  /** One response set too many. */
  | 'many'

export type CookieVerdict =
  | { readonly is: 'kept' | 'replaced' | 'removed'; readonly cookie: Cookie }
  | { readonly is: 'refused'; readonly why: CookieRefusal }

/** What LIMITS says of cookies. */
export interface CookieLimits {
  /** Bytes of a Set-Cookie value, or of a line of a cookie file. curl 5,000 (CVE-2016-8615). */
  readonly cookieLineBytes: number
  /** Bytes of name and value together. curl and RFC 6265bis 5.6: 4,096. */
  readonly cookieBytes: number
  /** Characters of an `Expires`. curl takes less than 80. */
  readonly cookieDateChars: number
  /** Cookies that one response may set. curl 50 (CVE-2022-32205). */
  readonly cookiesPerResponse: number
  /** Cookies in one request. curl 150. */
  readonly cookiesSent: number
  /** Bytes of the Cookie line of a request stay below this. curl 8,190, which is what servers take. */
  readonly cookieFieldBytes: number
  /** The longest life of a cookie that a server sets, in seconds. RFC 6265bis 5.5: 400 days. */
  readonly cookieLifeS: number
  /** Cookies kept of one site. Chrome and Firefox 180. */
  readonly cookiesPerSite: number
  /** Cookies kept. RFC 6265bis 6.1 asks for 3,000 at least. */
  readonly cookiesKept: number
}

/**
 * A host name as names are compared: ASCII letters in lower case, without the dot at its end, which says the
 * same (CVE-2022-27779, CVE-2022-30115). Other characters stay: they were mapped when the URL was taken apart.
 */
export function canonicalHost(host: string): string {
  const lower = /[A-Z]/.test(host) ? host.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : host
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** A control byte: U+0000 to U+001F and U+007F. Servers refuse requests that carry one (CVE-2022-35252). */
export function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
