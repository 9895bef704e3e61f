/**
 * `HstsCache`: hosts that are to be asked over HTTPS only (RFC 6797), with the file that outlives the process.
 *
 * The rule: hosts are kept and looked up in one canonical form, and each entry stands for itself: what a
 * subdomain says never touches its parent (CVE-2024-9681). Whoever saves merges first, so that parallel saves
 * lose nothing (CVE-2023-23915). Names come as a URL has them: after the IDNA mapping (CVE-2022-42916).
 */
import { LruMap } from '../base/lru-map.ts'
import { stampOf } from '../base/civil-date.ts'
import { canonicalHost } from '../cookie/cookie.ts'
import { parseDate } from '../cookie/cookie-date.ts'
import { isIpHost } from '../cookie/domain.ts'
import type { Clock } from '../env/environment.ts'
import { trimBlanks } from '../http/tokens.ts'
import { mergeLines, type FileVersions } from './kept-file.ts'

/** A host that speaks HTTPS only. */
export interface HstsEntry {
  /** In lower case, without a dot at its end. */
  readonly host: string
  readonly includeSubDomains: boolean
  /** Seconds since 1970; Infinity: for good. */
  readonly expires: number
}

/** What LIMITS says of the cache. */
export interface HstsLimits {
  /** Hosts kept; the one added first goes. curl 10,000. */
  readonly hstsHosts: number
  /** Characters of a line of its file. curl 4,095. */
  readonly cacheLineChars: number
}

/** Hosts that are to be asked over HTTPS only. */
export class HstsCache {
  readonly #clock: Pick<Clock, 'date'>
  readonly #limits: HstsLimits
  /** In the order they were added. */
  readonly #entries = new Map<string, HstsEntry>()
  /** Hosts about which a server or the user spoke here: of them a file knows nothing better. */
  readonly #heard: LruMap<string, true>

  constructor(clock: Pick<Clock, 'date'>, limits: HstsLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#heard = new LruMap(limits.hstsHosts)
  }

  /** Hosts whose entry has not expired. */
  get size(): number {
    return this.entries().length
  }

  /**
   * Takes the first `Strict-Transport-Security` field of a response of `host`, which came over HTTPS without
   * a certificate error (RFC 6797 8.1). False when it is malformed, or the host an address: then nothing changes.
   */
  learn(value: string, host: string): boolean {
    const policy = parseStrictTransportSecurity(value)
    const name = canonicalHost(host)
    if (policy === undefined || name === '' || isIpHost(name)) return false
    this.#heard.set(name, true)
    if (policy.maxAgeS === 0) this.#entries.delete(name)
    else {
      const { includeSubDomains } = policy
      this.#put({ host: name, includeSubDomains, expires: lasting(this.#now() + policy.maxAgeS) })
    }
    return true
  }

  /** Adds an entry that the user gives, as from a preload list. Without `expires` it stays for good. */
  add(entry: {
    readonly host: string
    readonly includeSubDomains: boolean
    readonly expires?: number | undefined
  }): void {
    const host = canonicalHost(entry.host)
    if (host === '' || isIpHost(host)) return
    this.#heard.set(host, true)
    this.#put({
      host,
      includeSubDomains: entry.includeSubDomains,
      expires: lasting(entry.expires ?? Infinity),
    })
  }

  /** The entry that `host` falls under: its own, or that of the nearest name above that includes subdomains. */
  covering(host: string): HstsEntry | undefined {
    const name = canonicalHost(host)
    if (this.#entries.size === 0 || isIpHost(name)) return undefined
    for (let at = 0; ; at = name.indexOf('.', at) + 1) {
      const entry = this.#living(name.slice(at))
      if (entry !== undefined && (at === 0 || entry.includeSubDomains)) return { ...entry }
      if (!name.includes('.', at)) return undefined
    }
  }

  /** All entries that have not expired, the first added first. */
  entries(): HstsEntry[] {
    return [...this.#entries.keys()].flatMap((host) => {
      const entry = this.#living(host)
      return entry === undefined ? [] : [{ ...entry }]
    })
  }

  /**
   * Takes the text of a file. Of a host that is known already
   * the later end and the wider scope count; what was heard here since stays as it is.
   */
  load(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      const entry = line.length > this.#limits.cacheLineChars ? undefined : parseHstsLine(line)
      if (entry === undefined || entry.expires <= this.#now() || this.#isHeard(entry.host)) continue
      const known = this.#living(entry.host)
      if (known === undefined && this.#entries.size >= this.#limits.hstsHosts) continue
      this.#put({
        host: entry.host,
        includeSubDomains: entry.includeSubDomains || known?.includeSubDomains === true,
        expires: Math.max(entry.expires, known?.expires ?? 0),
      })
    }
  }

  /** The cache as a file; `KeptFile` saves it. */
  toFile(): string {
    return HEAD + this.entries().map(writeHstsLine).join('')
  }

  /** Forgets all entries. */
  clear(): void {
    this.#entries.clear()
  }

  #isHeard(host: string): boolean {
    return this.#heard.get(host) === true
  }

  #put(entry: HstsEntry): void {
    this.#entries.set(entry.host, entry)
    if (this.#entries.size > this.#limits.hstsHosts) this.#entries.delete(this.#entries.keys().next().value!)
  }

  #living(host: string): HstsEntry | undefined {
    const entry = this.#entries.get(host)
    if (entry === undefined || entry.expires > this.#now()) return entry
    this.#entries.delete(host)
    return undefined
  }

  #now(): number {
    return Math.floor(this.#clock.date().getTime() / 1_000)
  }
}

/** Merges three versions of its file, for `KeptFile`. */
export function mergeHstsFiles(versions: FileVersions): string {
  return mergeLines(versions, HEAD, (line) => {
    const entry = parseHstsLine(line)
    return entry === undefined ? undefined : { key: entry.host, line: writeHstsLine(entry) }
  })
}

/** What a server asks for. */
export interface HstsPolicy {
  /** Seconds; 0: it asks to be forgotten. */
  readonly maxAgeS: number
  readonly includeSubDomains: boolean
}

/**
 * Reads the field (RFC 6797 6.1). Undefined without `max-age`, with a directive given twice, or with a
 * `max-age` that does not begin with digits; what follows them is not looked at, as in curl.
 */
export function parseStrictTransportSecurity(value: string): HstsPolicy | undefined {
  let maxAgeS: number | undefined
  let includeSubDomains = false
  for (const directive of directivesOf(value)) {
    const equals = directive.indexOf('=')
    const name = trimBlanks(equals < 0 ? directive : directive.slice(0, equals)).toLowerCase()
    if (name === 'max-age') {
      const number = MAX_AGE.exec(equals < 0 ? '' : trimBlanks(directive.slice(equals + 1)))
      const digits = number?.[1] ?? number?.[2]
      if (digits === undefined || maxAgeS !== undefined) return undefined
      maxAgeS = Number(digits)
    } else if (name === 'includesubdomains') {
      if (includeSubDomains) return undefined
      includeSubDomains = true
    }
  }
  return maxAgeS === undefined ? undefined : { maxAgeS, includeSubDomains }
}

/** The parts between semicolons; one inside quotes is none. */
function directivesOf(value: string): string[] {
  return value.match(DIRECTIVE) ?? []
}

/** `.example.com "20301231 10:00:00"`, or `"unlimited"`; the dot says that subdomains are included. */
function parseHstsLine(line: string): HstsEntry | undefined {
  const parts = FILE_LINE.exec(line)
  if (parts === null) return undefined
  const [, given, date] = parts as unknown as readonly [string, string, string]
  const includeSubDomains = given.startsWith('.')
  const host = canonicalHost(includeSubDomains ? given.slice(1) : given)
  const expires = date === UNLIMITED ? Infinity : parseDate(date)
  return host === '' || expires === undefined ? undefined : { host, includeSubDomains, expires }
}

function writeHstsLine({ host, includeSubDomains, expires }: HstsEntry): string {
  const date = expires === Infinity ? UNLIMITED : stampOf(expires)
  return `${includeSubDomains ? '.' : ''}${host} "${date}"\n`
}

/** What a date of eight digits cannot tell lasts for good. */
function lasting(expires: number): number {
  return expires > LAST_SECOND ? Infinity : expires
}

/** 9999-12-31 23:59:59. */
const LAST_SECOND = 253_402_300_799
const UNLIMITED = 'unlimited'
const MAX_AGE = /^(?:"(\d+)"|(\d+))/
/** A quote that is never closed reaches to the end: so no text is looked at twice. */
const DIRECTIVE = /(?:"(?:[^"\\]|\\[^]?)*(?:"|$)|[^;"])+/g
const FILE_LINE = /^[ \t]*([^\s#"][^\s"]*) "([^"]*)"\s*$/
const HEAD = `# Your HSTS cache. https://curl.se/docs/hsts.html
# This file was generated by libcurl! Edit at your own risk.
`
