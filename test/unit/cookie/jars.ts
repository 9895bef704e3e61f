/** Jars on a date set by hand, with a short list of public suffixes. */
import type { CookieLimits } from '../../../packages/core/src/cookie/cookie.ts'
import type { CookieSite } from '../../../packages/core/src/cookie/cookie-field.ts'
import { CookieJar } from '../../../packages/core/src/cookie/jar.ts'

export const NOW = 1_800_000_000
export const DAY = 86_400

export const COOKIE_LIMITS: CookieLimits = {
  cookieLineBytes: 5_000,
  cookieBytes: 4_096,
  cookieDateChars: 79,
  cookiesPerResponse: 50,
  cookiesSent: 150,
  cookieFieldBytes: 8_190,
  cookieLifeS: 400 * DAY,
  cookiesPerSite: 1_000,
  cookiesKept: 30_000,
}

const SUFFIXES = ['co.uk', 'github.io', 'eu.cloud.test']

/** One label is a suffix by the list's default rule. */
export function isPublicSuffix(host: string): boolean {
  if (host !== host.toLowerCase() || host.endsWith('.')) throw new Error(`not canonical: ${host}`)
  return !host.includes('.') || SUFFIXES.includes(host)
}

export interface HandDate {
  date(): Date
  pass(seconds: number): void
}

export function handDate(seconds = NOW): HandDate {
  let now = seconds
  return { date: () => new Date(now * 1_000), pass: (more) => void (now += more) }
}

export function makeJar(clock: HandDate = handDate(), limits: Partial<CookieLimits> = {}): CookieJar {
  return new CookieJar({ clock, isPublicSuffix, limits: { ...COOKIE_LIMITS, ...limits } })
}

/** The site of a URL of plain text: no proxy, no Host field. */
export function at(url: string): CookieSite {
  const [, scheme, host, target] = /^(https?):\/\/(\[[^\]]*\]|[^/]*)(.*)$/.exec(url)!
  return {
    host: host!.replace(/[[\]]/g, ''),
    target: target === '' ? '/' : target!,
    isSecure: scheme === 'https',
  }
}

/** What a request would carry: `a=1; b=2`. */
export function sent(jar: CookieJar, url: string): string {
  return jar
    .match(at(url))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

/** Why a cookie was refused, or what else came of it. */
export function fate(jar: CookieJar, value: string, url: string): string {
  const verdict = jar.set(value, at(url))
  return verdict.is === 'refused' ? verdict.why : verdict.is
}

/** The cookie lines of the jar's file, without its head. */
export function fileLines(jar: CookieJar): string[] {
  return jar.toFile().split('\n').slice(4, -1)
}
