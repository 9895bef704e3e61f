/**
 * `AltSvcCache`: other places where an origin can be had (RFC 7838), with the file that outlives the process.
 *
 * The rule: an alternative belongs to scheme, host and port of the origin that named it, over HTTPS, and each
 * new field replaces what the origin said before. HTTP/3 alternatives are kept, for others read the file too;
 * a lookup gives what it is asked for only.
 */
import { LruMap } from '../base/lru-map.ts'
import { secondsOf, stampOf } from '../base/civil-date.ts'
import { canonicalHost } from '../cookie/cookie.ts'
import { parseDate } from '../cookie/cookie-date.ts'
import type { Clock } from '../env/environment.ts'
import { writtenHost } from '../http/origin.ts'
import { trimBlanks } from '../http/tokens.ts'
import { mergeLines, type FileVersions } from './kept-file.ts'

/** A version of HTTP, by the name that curl's file has for it. */
export type AltSvcProtocol = 'h1' | 'h2' | 'h3'

/** A host and port; IPv6 literals without brackets. */
export interface AltSvcPlace {
  readonly host: string
  readonly port: number
}

/** Where an origin can be had too. */
export interface Alternative {
  readonly protocol: AltSvcProtocol
  readonly host: string
  readonly port: number
  /** Seconds since 1970. */
  readonly expires: number
  /** Whether it outlives a change of networks. */
  readonly persist: boolean
}

/** What LIMITS says of the cache. */
export interface AltSvcLimits {
  /** Alternatives kept; those of the origin that spoke longest ago go. curl 5,000. */
  readonly altSvcEntries: number
  /** Characters of a line of its file. curl 4,095. */
  readonly cacheLineChars: number
}

/** Other places where origins can be had. */
export class AltSvcCache {
  readonly #clock: Pick<Clock, 'date'>
  readonly #limits: AltSvcLimits
  /** By origin; the one that spoke last is the last. */
  readonly #origins = new Map<string, readonly Entry[]>()
  /** Origins that spoke here: of them a file knows nothing better. */
  readonly #heard: LruMap<string, true>
  #count = 0

  constructor(clock: Pick<Clock, 'date'>, limits: AltSvcLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#heard = new LruMap(limits.altSvcEntries)
  }

  /** Alternatives kept, expired ones too until they are met. */
  get size(): number {
    return this.#count
  }

  /**
   * Takes the `Alt-Svc` fields of a response, joined by commas, that came from `origin` over HTTPS without a
   * certificate error. `over` is how it came; `ageS` what its `Age` says. Returns how many alternatives it
   * named that are kept; a field without one that is known leaves things as they are.
   */
  learn(
    value: string,
    { origin, over, ageS = 0 }: { origin: AltSvcPlace; over: AltSvcProtocol; ageS?: number },
  ): number {
    const said = parseAltSvc(value)
    if (said !== 'clear' && said.length === 0) return 0
    const key = keyOf(origin)
    this.#heard.set(key, true)
    this.#drop(key)
    if (said === 'clear') return 0
    const now = this.#now()
    const entries = said
      .map(({ protocol, host, port, maxAgeS, persist }): Entry => {
        const expires = Math.min(now + maxAgeS - ageS, LAST_SECOND)
        return {
          origin: placeOf(origin),
          over,
          to: { protocol, host: host ?? bare(origin.host), port, expires, persist },
        }
      })
      .filter(({ to }) => to.expires > now)
      .slice(0, this.#limits.altSvcEntries)
    this.#put(key, entries)
    return entries.length
  }

  /**
   * The first alternative of an origin that speaks one of `wanted`. Its certificate must be valid for the
   * origin's host (RFC 7838 2.1).
   */
  lookup(origin: AltSvcPlace, wanted: readonly AltSvcProtocol[]): Alternative | undefined {
    const key = keyOf(origin)
    const entries = this.#origins.get(key)
    if (entries === undefined) return undefined
    const now = this.#now()
    const living = entries.filter(({ to }) => to.expires >= now)
    if (living.length < entries.length) this.#replace(key, living)
    const found = living.find(({ to }) => wanted.includes(to.protocol))
    return found === undefined ? undefined : { ...found.to }
  }

  /**
   * Takes the text of a file. Origins that spoke here since stay
   * as they are; of the others the file's alternatives count.
   */
  load(text: string): void {
    const now = this.#now()
    const read = new Map<string, Entry[]>()
    for (const line of text.split(/\r?\n/)) {
      const entry = line.length > this.#limits.cacheLineChars ? undefined : parseAltSvcLine(line)
      if (entry === undefined || entry.to.expires <= now) continue
      const key = keyOf(entry.origin)
      if (this.#heard.get(key) === true) continue
      const entries = read.get(key)
      if (entries === undefined) read.set(key, [entry])
      else entries.push(entry)
    }
    for (const [key, entries] of read) {
      this.#drop(key)
      if (this.#count + entries.length <= this.#limits.altSvcEntries) this.#put(key, entries)
    }
  }

  /** The cache as a file; `KeptFile` saves it. */
  toFile(): string {
    const now = this.#now()
    const entries = [...this.#origins.values()].flat().filter(({ to }) => to.expires >= now)
    return HEAD + entries.map(writeAltSvcLine).join('')
  }

  /** Forgets all alternatives; or those of one origin, as when one of them did not work. */
  clear(origin?: AltSvcPlace): void {
    if (origin !== undefined) return this.#drop(keyOf(origin))
    this.#origins.clear()
    this.#count = 0
  }

  #put(key: string, entries: readonly Entry[]): void {
    if (entries.length === 0) return
    this.#replace(key, entries)
    while (this.#count > this.#limits.altSvcEntries) this.#drop(this.#origins.keys().next().value!)
  }

  #replace(key: string, entries: readonly Entry[]): void {
    this.#count += entries.length - (this.#origins.get(key)?.length ?? 0)
    if (entries.length === 0) this.#origins.delete(key)
    else this.#origins.set(key, entries)
  }

  #drop(key: string): void {
    this.#replace(key, [])
  }

  #now(): number {
    return Math.floor(this.#clock.date().getTime() / 1_000)
  }
}

/** Merges three versions of its file, for `KeptFile`. The alternatives of an origin stay together. */
export function mergeAltSvcFiles(versions: FileVersions): string {
  return mergeLines(versions, HEAD, (line) => {
    const entry = parseAltSvcLine(line)
    return entry === undefined ? undefined : { key: keyOf(entry.origin), line: writeAltSvcLine(entry) }
  })
}

/** One alternative as a server names it. */
export interface NamedAlternative {
  readonly protocol: AltSvcProtocol
  /** Undefined: that of the origin. */
  readonly host: string | undefined
  readonly port: number
  readonly maxAgeS: number
  readonly persist: boolean
}

/**
 * Reads the field (RFC 7838 3): `clear`, or alternatives in the order the server prefers them.
 *
 *     h2="other.example:443"; ma=3600; persist=1, h3=":443"
 *
 * Protocols and parameters that are not known are passed over. Where the grammar is broken reading ends, with
 * what was read before.
 */
export function parseAltSvc(value: string): 'clear' | NamedAlternative[] {
  if (trimBlanks(value.split(';', 1)[0]!).toLowerCase() === 'clear') return 'clear'
  const alternatives: NamedAlternative[] = []
  for (let at = 0; at < value.length;) {
    const head = matchAt(ALTERNATIVE, value, at)
    const place = head === undefined ? undefined : parseAuthority(unquoted(head[2]!))
    if (head === undefined || place === undefined) break
    at += head[0].length
    let maxAgeS = DEFAULT_MAX_AGE_S
    let persist = false
    for (let parameter = matchAt(PARAMETER, value, at); parameter !== undefined;) {
      const name = parameter[1]!.toLowerCase()
      const said = trimBlanks(parameter[2] === undefined ? parameter[3]! : unquoted(parameter[2]))
      if (name === 'ma' && /^\d+$/.test(said)) maxAgeS = Number(said)
      else if (name === 'persist') persist = said === '1'
      at += parameter[0].length
      parameter = matchAt(PARAMETER, value, at)
    }
    const protocol = protocolOf(head[1]!)
    if (protocol !== undefined) alternatives.push({ protocol, ...place, maxAgeS, persist })
    const comma = matchAt(NEXT, value, at)
    if (comma === undefined) break
    at += comma[0].length
  }
  return alternatives
}

/** An alternative with the origin that it is of. */
interface Entry {
  readonly origin: AltSvcPlace
  /** Over which version the origin said so. */
  readonly over: AltSvcProtocol
  readonly to: Alternative
}

/** `h2 example.com 443 h3 other.example 8443 "20301231 10:00:00" 0 0`: from, to, end, persist, priority (unused). */
function parseAltSvcLine(line: string): Entry | undefined {
  const fields = FILE_LINE.exec(line)
  if (fields === null) return undefined
  const [, over, host, port, to, toHost, toPort, date, persist] = fields as unknown as readonly string[]
  const [from, protocol] = [protocolOf(over!), protocolOf(to!)]
  const expires = parseDate(date!)
  const places = [placeIn(host!, port!), placeIn(toHost!, toPort!)] as const
  if (from === undefined || protocol === undefined || expires === undefined) return undefined
  if (places[0] === undefined || places[1] === undefined) return undefined
  return { origin: places[0], over: from, to: { protocol, ...places[1], expires, persist: persist === '1' } }
}

function writeAltSvcLine({ origin, over, to }: Entry): string {
  const from = `${over} ${writtenHost(origin.host)} ${origin.port}`
  const there = `${to.protocol} ${writtenHost(to.host)} ${to.port}`
  return `${from} ${there} "${stampOf(to.expires)}" ${to.persist ? 1 : 0} 0\n`
}

/** `host:port` or `:port`. Undefined when it is neither; a port is needed, and 0 is none. */
function parseAuthority(text: string): { host: string | undefined; port: number } | undefined {
  const parts = AUTHORITY.exec(text)
  if (parts === null) return undefined
  const port = Number(parts[2])
  if (port < 1 || port > 65_535) return undefined
  return { host: parts[1] === '' ? undefined : bare(parts[1]!), port }
}

function placeIn(host: string, port: string): AltSvcPlace | undefined {
  const place = parseAuthority(`${host}:${port}`)
  return place?.host === undefined ? undefined : { host: place.host, port: place.port }
}

/** The ALPN name may be percent-encoded (RFC 7838 3), as `http%2F1.1` must be. */
function protocolOf(name: string): AltSvcProtocol | undefined {
  return PROTOCOLS.get(name.toLowerCase().replace('%2f', '/'))
}

function keyOf(origin: AltSvcPlace): string {
  return `${bare(origin.host)} ${origin.port}`
}

function placeOf({ host, port }: AltSvcPlace): AltSvcPlace {
  return { host: bare(host), port }
}

/** Canonical and without the brackets of an IPv6 literal. */
function bare(host: string): string {
  return canonicalHost(host.startsWith('[') ? host.slice(1, -1) : host)
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, '$1')
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

const PROTOCOLS: ReadonlyMap<string, AltSvcProtocol> = new Map<string, AltSvcProtocol>([
  ['h1', 'h1'],
  ['http/1.1', 'h1'],
  ['h2', 'h2'],
  ['h3', 'h3'],
])
/** RFC 7838 3.1. */
const DEFAULT_MAX_AGE_S = 24 * 3_600
/** What the file's date of eight digits can tell. */
const LAST_SECOND = secondsOf({ year: 9_999, month: 11, day: 31, hour: 23, minute: 59, second: 59 })

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`
const ALTERNATIVE = new RegExp(String.raw`[ \t,]*([^\s=",;]+)[ \t]*=[ \t]*(${QUOTED})`, 'y')
const PARAMETER = new RegExp(String.raw`[ \t]*;[ \t]*([^\s=",;]+)[ \t]*=[ \t]*(?:(${QUOTED})|([^",;]*))`, 'y')
/** A semicolon with nothing after it is passed over. */
const NEXT = /[ \t;]*,/y
const AUTHORITY = /^([A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/
const FILE_LINE = /^[ \t]*(\S+) (\S+) (\d{1,5}) (\S+) (\S+) (\d{1,5}) "([^"]*)" ([01]) \d+[ \t]*$/
const HEAD = `# Your alt-svc cache. https://curl.se/docs/alt-svc.html
# This file was generated by libcurl! Edit at your own risk.
`
