/**
 * `CookieJar`: cookies that servers set, files held and users gave, and which of them a request carries.
 *
 * The rule: a cookie enters by `#admit` only, which knows every reason to refuse it; and what is handed out
 * is a copy (CVE-2016-8623). Cookies stand by site, so that a request looks at few, and none pushes out those
 * of another site before the jar as a whole is full.
 */
import type { Clock } from '../env/environment.ts'
import { canonicalHost } from './cookie.ts'
import type { Cookie, CookieLimits, CookieRefusal, CookieVerdict } from './cookie.ts'
import { compareForSending, type CookieSite } from './cookie-field.ts'
import { defaultPath, pathCovers } from './cookie-path.ts'
import { domainCovers, isIpHost, siteOf, suffixVerdict, type PublicSuffixTest } from './domain.ts'
import { linesOf, parseCookieLine, writeCookieFile, writeCookieLine } from './netscape-file.ts'
import { parseSetCookie, type SetCookie } from './set-cookie.ts'

export interface CookieJarPorts {
  /** Its date says what has expired. */
  readonly clock: Pick<Clock, 'date'>
  readonly isPublicSuffix: PublicSuffixTest
  readonly limits: CookieLimits
}

/** Cookies, and which of them a request carries. */
export class CookieJar {
  readonly #ports: CookieJarPorts
  /** By site, each in the order they were set. */
  readonly #sites = new Map<string, Kept[]>()
  #count = 0
  /** Those that no domain was named for, by name. */
  readonly #anywhere = new Map<string, Cookie>()
  #created = 0

  constructor(ports: CookieJarPorts) {
    this.#ports = ports
  }

  /** Whether nothing was ever put in, or all of it was taken out; what has expired may still be there. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.#anywhere.size === 0
  }

  /** Cookies that have not expired. */
  get size(): number {
    this.#dropExpired()
    return this.#count
  }

  /**
   * Takes the `Set-Cookie` fields of one head. `taken`: how many the heads of this response before it set
   * (the answer of an earlier call); returns that with its own added.
   */
  receive(values: Iterable<string>, from: CookieSite, taken = 0): number {
    let count = taken
    for (const value of values) {
      if (count >= this.#ports.limits.cookiesPerResponse) break
      if (this.set(value, from).is !== 'refused') count += 1
    }
    return count
  }

  /** Takes the value of one `Set-Cookie` field, and says what came of it. */
  set(value: string, from: CookieSite): CookieVerdict {
    const said = parseSetCookie(value, this.#now(), this.#ports.limits)
    if (typeof said === 'string') return refused(said)
    if (said.secure && !from.isSecure) return refused('insecure-origin')
    const host = canonicalHost(from.host)
    if (!said.domains.every((domain) => domainCovers(canonicalHost(domain), host))) return refused('domain')
    const domain = said.domains.at(-1)
    const verdict =
      domain === undefined || isIpHost(host)
        ? 'host-only'
        : suffixVerdict(canonicalHost(domain), host, this.#ports.isPublicSuffix)
    if (verdict === 'refused') return refused('public-suffix')
    const cookie = cookieOf(said, {
      domain: domain ?? from.host,
      hostOnly: verdict === 'host-only',
      path: said.path ?? defaultPath(from.target),
    })
    return this.#admit(cookie, { isLive: true, isSecure: from.isSecure })
  }

  /**
   * Takes a line that the user gave, in the format of files or as `Set-Cookie: ...` with a domain. It counts
   * like one that a server set, and may be secure.
   */
  addLine(line: string): CookieVerdict | undefined {
    return this.#takeLine(line.replace(/\r?\n$/, ''), { isLive: true, keepSession: true })
  }

  /**
   * Takes the text of a cookie file; returns how many cookies it gave. A cookie that a server has set since
   * stays as it is. `keepSession` false: session cookies are left out.
   */
  load(text: string, { keepSession }: { readonly keepSession: boolean }): number {
    let count = 0
    for (const line of linesOf(text)) {
      const verdict = this.#takeLine(line, { isLive: false, keepSession })
      if (verdict?.is === 'kept' || verdict?.is === 'replaced') count += 1
    }
    return count
  }

  /** Takes all cookies of another jar; what both have is as a server said it, then as `other` has it. */
  merge(other: CookieJar): void {
    for (const { cookie, isLive } of other.#inOrder()) this.#admit(cookie, { isLive, isSecure: true })
  }

  /** The cookies for a request, in the order they are sent; at most `cookiesSent`, of those set first. */
  match(to: CookieSite): Cookie[] {
    if (this.isEmpty) return []
    const host = canonicalHost(to.host)
    const site = siteOf(host, this.#ports.isPublicSuffix)
    this.#dropExpiredOf(site)
    const matching: Kept[] = []
    for (const kept of this.#sites.get(site) ?? []) {
      const { cookie } = kept
      if (cookie.secure && !to.isSecure) continue
      if (cookie.hostOnly ? kept.host !== host : !domainCovers(kept.host, host)) continue
      if (!pathCovers(cookie.path, to.target)) continue
      matching.push(kept)
      if (matching.length >= this.#ports.limits.cookiesSent) break
    }
    const found = matching.sort(compareForSending).map(copyOf)
    for (const cookie of this.#anywhere.values())
      if ((to.isSecure || !cookie.secure) && pathCovers(cookie.path, to.target)) found.push({ ...cookie })
    return found.slice(0, this.#ports.limits.cookiesSent)
  }

  /** All cookies, the oldest first. */
  cookies(): Cookie[] {
    return this.#inOrder().map(copyOf)
  }

  /** All cookies as lines of a file, the oldest first. */
  lines(): string[] {
    return this.#inOrder().map(({ cookie }) => writeCookieLine(cookie))
  }

  /** The jar as a file: the newest first, as curl has it. */
  toFile(): string {
    return writeCookieFile(this.lines().reverse())
  }

  /** Forgets all cookies. */
  clear(): void {
    this.#sites.clear()
    this.#anywhere.clear()
    this.#count = 0
  }

  /** Forgets the cookies that end with the session. */
  clearSession(): void {
    for (const { name, expires } of this.#anywhere.values()) if (expires === 0) this.#anywhere.delete(name)
    for (const site of this.#sites.keys()) this.#keepOnly(site, ({ cookie }) => cookie.expires !== 0)
  }

  #takeLine(line: string, how: { isLive: boolean; keepSession: boolean }): CookieVerdict | undefined {
    const { limits, isPublicSuffix } = this.#ports
    const parsed = parseCookieLine(line, limits)
    if (parsed.is === 'nothing') return undefined
    if (parsed.is === 'refused') return parsed
    const cookie = parsed.is === 'cookie' ? parsed.cookie : this.#cookieOfField(parsed.value)
    if (typeof cookie === 'string') return refused(cookie)
    if (!how.keepSession && cookie.expires === 0) return refused('session')
    if (cookie.domain === '') return this.#takeForAll(cookie)
    const domain = canonicalHost(cookie.domain)
    // A name of one label is a public suffix; what it set for itself alone was written by ourselves.
    const isForeign = !cookie.hostOnly && !isIpHost(domain) && domain !== 'localhost'
    if (isForeign && isPublicSuffix(domain)) return refused('public-suffix')
    return this.#admit(cookie, { isLive: how.isLive, isSecure: true })
  }

  /**
   * A saved head that names no domain: libcurl sends it wherever a request goes (CURLOPT_COOKIEFILE), keeps it from
   * servers, and writes it to no file.
   */
  #takeForAll(cookie: Cookie): CookieVerdict {
    if (isExpired(cookie, this.#now())) return refused('domain')
    if (this.#anywhere.size >= this.#ports.limits.cookiesPerSite) return refused('domain')
    this.#anywhere.set(cookie.name, cookie)
    return { is: 'kept', cookie: { ...cookie } }
  }

  /** A cookie from a saved head: no request says whose it is; one that names no domain is anybody's. */
  #cookieOfField(value: string): Cookie | CookieRefusal {
    const said = parseSetCookie(value, this.#now(), this.#ports.limits)
    if (typeof said === 'string') return said
    const domain = said.domains.at(-1)
    if (domain === undefined) return cookieOf(said, { domain: '', hostOnly: true, path: said.path ?? '/' })
    if (canonicalHost(domain) === '') return 'domain'
    return cookieOf(said, { domain, hostOnly: isIpHost(domain), path: said.path ?? '/' })
  }

  /**
   * The one way in. `isLive`: it was set while transfers ran, and so is newer than any file. `isSecure`: it
   * came over a secure connection, or from the user.
   */
  #admit(cookie: Cookie, { isLive, isSecure }: { isLive: boolean; isSecure: boolean }): CookieVerdict {
    if (!keepsPrefix(cookie)) return refused('prefix')
    const host = canonicalHost(cookie.domain)
    const site = siteOf(host, this.#ports.isPublicSuffix)
    this.#dropExpiredOf(site)
    const kept = this.#sites.get(site) ?? []
    if (!isSecure && !cookie.secure && kept.some((one) => overlays(cookie, host, one))) {
      return refused('overlay')
    }
    const at = kept.findIndex((one) => one.host === host && isSameIn(one.cookie, cookie))
    const old = kept[at]
    if (old?.isLive === true && !isLive) return refused('older')
    if (old !== undefined) this.#removeAt(site, kept, at)
    if (isExpired(cookie, this.#now())) return { is: 'removed', cookie: { ...cookie } }

    // The place in the order of sending is that of the first of its name (RFC 6265bis 5.7).
    const created = old?.created ?? (this.#created += 1)
    // Not frozen: matching takes six times as long with frozen cookies (Node 20), and none gets out.
    kept.push({ cookie: { ...cookie }, host, created, isLive })
    this.#sites.set(site, kept)
    this.#count += 1
    this.#makeRoom(site, kept)
    return { is: old === undefined ? 'kept' : 'replaced', cookie: { ...cookie } }
  }

  /** Drops what is over the limits: those set longest ago, insecure ones before secure ones. */
  #makeRoom(site: string, kept: Kept[]): void {
    const { cookiesPerSite, cookiesKept } = this.#ports.limits
    if (kept.length > cookiesPerSite) this.#removeAt(site, kept, victimOf(kept))
    if (this.#count > cookiesKept) this.#dropExpired()
    if (this.#count > cookiesKept) {
      const fullest = [...this.#sites].reduce((most, one) => (one[1].length > most[1].length ? one : most))
      this.#removeAt(fullest[0], fullest[1], victimOf(fullest[1]))
    }
  }

  #removeAt(site: string, kept: Kept[], at: number): void {
    kept.splice(at, 1)
    this.#count -= 1
    if (kept.length === 0) this.#sites.delete(site)
  }

  #inOrder(): Kept[] {
    this.#dropExpired()
    return [...this.#sites.values()].flat().sort((a, b) => a.created - b.created)
  }

  #dropExpired(): void {
    for (const site of this.#sites.keys()) this.#dropExpiredOf(site)
  }

  #dropExpiredOf(site: string): void {
    const now = this.#now()
    this.#keepOnly(site, ({ cookie }) => !isExpired(cookie, now))
  }

  #keepOnly(site: string, isWanted: (kept: Kept) => boolean): void {
    const kept = this.#sites.get(site) ?? []
    if (kept.every(isWanted)) return
    const left = kept.filter(isWanted)
    this.#count -= kept.length - left.length
    if (left.length === 0) this.#sites.delete(site)
    else this.#sites.set(site, left)
  }

  #now(): number {
    return Math.floor(this.#ports.clock.date().getTime() / 1_000)
  }
}

/** A cookie in the jar. */
interface Kept {
  readonly cookie: Cookie
  /** Its domain, canonical. */
  readonly host: string
  /** A number that grows from cookie to cookie. */
  readonly created: number
  /** Whether it was set while transfers ran, not read from a file. */
  readonly isLive: boolean
}

function cookieOf(
  { name, value, secure, httpOnly, expires }: SetCookie,
  place: { readonly domain: string; readonly hostOnly: boolean; readonly path: string },
): Cookie {
  return { name, value, ...place, secure, httpOnly, expires }
}

/** Names that promise how they were set (RFC 6265bis 4.1.3), with regard to case. */
function keepsPrefix({ name, secure, path, hostOnly }: Cookie): boolean {
  if (name.startsWith('__Secure-')) return secure
  if (name.startsWith('__Host-')) return secure && path === '/' && hostOnly
  return true
}

/** Whether two cookies of one domain are the same (RFC 6265bis 5.7): then the later takes the place of the earlier. */
function isSameIn(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.path === b.path && a.hostOnly === b.hostOnly
}

/** Whether a cookie set insecurely would hide `old`, a secure one, from the servers that it is for (CVE-2025-9086). */
function overlays(cookie: Cookie, host: string, old: Kept): boolean {
  return (
    old.cookie.secure &&
    old.cookie.name === cookie.name &&
    (domainCovers(old.host, host) || domainCovers(host, old.host)) &&
    pathCovers(old.cookie.path, cookie.path)
  )
}

function isExpired({ expires }: Cookie, now: number): boolean {
  return expires !== 0 && expires < now
}

function victimOf(kept: readonly Kept[]): number {
  return Math.max(
    0,
    kept.findIndex(({ cookie }) => !cookie.secure),
  )
}

function copyOf({ cookie }: Kept): Cookie {
  return { ...cookie }
}

function refused(why: CookieRefusal): CookieVerdict {
  return { is: 'refused', why }
}
