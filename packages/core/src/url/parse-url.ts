/**
 * A URL taken apart as curl does it (RFC 3986, and what people write): the one parser of the engine, and of the
 * URL API.
 *
 * The rule: what a part holds never changes where another begins. Control characters are refused everywhere
 * (CVE-2012-0036, CVE-2014-8150), blanks unless they are asked for, and an authority that parsers disagree about
 * (a second `@`, a backslash) in any case.
 */
import { LIMITS } from '../tables/limits.ts'
import { removeDotSegments } from './dot-segments.ts'
import { readHost, type HostParts } from './host.ts'
import { encodeInvisible } from './percent.ts'
import { guessScheme, SCHEME_PORTS, SCHEMES_WITH_OPTIONS } from './schemes.ts'
import { BAD_PART, flawed, shown } from './url-flaw.ts'
import type { UrlPart, UrlParts, UrlSetFlags } from './url-parts.ts'

/** Takes a whole URL apart. URL_MALFORMAT, UNSUPPORTED_PROTOCOL for schemes nobody knows, LOGIN_DENIED with `disallowUser`. */
export function parseUrlParts(given: string, flags: UrlSetFlags = {}): UrlParts {
  if (given === '') throw flawed('url', 'MALFORMED_INPUT', 'the URL is empty')
  checkLength(given)
  const { written, start } = readScheme(given, flags)
  if (written === 'file') return readFileUrl(given, start, flags)
  const pathAt = endOfAuthority(given, start)
  // The common case has nothing odd in it, and one look at the whole finds out.
  if (ODD.test(given)) checkCharacters(given, start, pathAt, flags)
  const { user, password, options, host, asciiHost, zoneId, port } = readAuthority(
    given.slice(start, pathAt),
    written,
    flags,
  )
  const { path, query, fragment } = readRest(given, pathAt, flags)
  // Written out: members after a spread cost 2 us (Node 20), twice as much as all the rest.
  return {
    scheme: written ?? schemeFor(asciiHost, flags),
    isGuessed: written === undefined && !flags.defaultScheme,
    user,
    password,
    options,
    host,
    asciiHost,
    zoneId,
    port,
    path,
    query,
    fragment,
  }
}

/**
 * A reference relative to a URL (RFC 3986 section 5.2). It keeps scheme, login, host and port of the base unless it
 * names its own, whatever its path holds (CVE-2022-35949). Throws as `parseUrlParts` does.
 */
export function resolveReference(base: UrlParts, reference: string, flags: UrlSetFlags = {}): UrlParts {
  if (schemeOf(reference) !== undefined)
    return parseUrlParts(reference, { ...flags, guessScheme: false, defaultScheme: false })
  if (reference.startsWith('//'))
    return parseUrlParts(`${base.scheme}:${reference}`, { ...flags, nonSupportScheme: true })
  checkLength(reference)
  if (ODD.test(reference)) checkRest(reference, 0, flags)
  return { ...base, ...readRest(against(base, reference), 0, flags) }
}

/** The scheme that a text begins with; undefined: it is relative. */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z\d+.-]*):/i.exec(text)?.[1]?.toLowerCase()
}

/** Refuses control characters, and blanks unless `allowSpace`, in a text that is one part. */
export function checkPart(part: UrlPart, text: string, flags: UrlSetFlags): void {
  const at = text.search(flags.allowSpace === true ? CONTROL : CONTROL_OR_BLANK)
  if (at >= 0) throw badCharacter(part, text.charCodeAt(at))
}

// ---- Scheme ----------------------------------------------------------------------------------------

/** The scheme and where the authority begins. Undefined: none is written. */
function readScheme(given: string, flags: UrlSetFlags): { written: string | undefined; start: number } {
  const mayLack = Boolean(flags.defaultScheme) || flags.guessScheme === true
  const colon = endOfScheme(given)
  // "localhost:8080" has no scheme: where it may be missing, a slash must follow the colon, as curl has it.
  if (colon < 0 || (mayLack && given.charCodeAt(colon + 1) !== SLASH)) {
    if (mayLack) {
      if (/^[^/?#@:[]*:\/\//.test(given))
        throw flawed('scheme', 'BAD_SCHEME', 'the scheme of the URL is not well formed')
      return { written: undefined, start: 0 }
    }
    throw flawed('scheme', 'BAD_SCHEME', `${withoutLogin(given)} has no scheme, such as "https://"`)
  }
  const written = given.slice(0, colon).toLowerCase()
  checkScheme(written, flags)
  let start = colon + 1
  while (given.charCodeAt(start) === SLASH) start += 1
  const slashes = start - colon - 1
  if (written === 'file') return { written, start: colon + 1 }
  // Two it is; curl and browsers take one or three for it. A URL without a host has the slash of its path as well.
  if (slashes < 1 || slashes > 3)
    throw flawed(
      'url',
      'BAD_SLASHES',
      `${slashes} slashes follow the scheme "${written}" of the URL instead of two`,
    )
  return { written, start: slashes === 3 && flags.noAuthority === true ? start - 1 : start }
}

/** SCHEME_PORTS, or anything that looks like a scheme. */
export function checkScheme(scheme: string, { nonSupportScheme }: UrlSetFlags): void {
  if (scheme.length > LIMITS.schemeChars || !/^[a-z][a-z\d+.-]*$/.test(scheme))
    throw flawed('scheme', 'BAD_SCHEME', `${shown(scheme)} is not a scheme`)
  if (nonSupportScheme !== true && !SCHEME_PORTS.has(scheme))
    throw flawed('scheme', 'UNSUPPORTED_SCHEME', `the scheme "${scheme}" is not supported`)
}

function endOfScheme(given: string): number {
  for (let at = 0; at < given.length; at += 1) {
    const code = given.charCodeAt(at)
    if (code === COLON) return at > 0 ? at : -1
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
    const isOther = (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x2e
    if (!isLetter && !(at > 0 && isOther)) return -1
  }
  return -1
}

function schemeFor(host: string, flags: UrlSetFlags): string {
  const { defaultScheme } = flags
  if (!defaultScheme) return guessScheme(host)
  const scheme = defaultScheme === true ? 'https' : defaultScheme.toLowerCase()
  checkScheme(scheme, flags)
  return scheme
}

// ---- Authority -------------------------------------------------------------------------------------

type Authority = HostParts & Pick<UrlParts, 'user' | 'password' | 'options' | 'port'>

function readAuthority(authority: string, scheme: string | undefined, flags: UrlSetFlags): Authority {
  const at = authority.indexOf('@')
  if (at >= 0 && flags.disallowUser === true)
    throw flawed('user', 'USER_NOT_ALLOWED', 'the URL holds a user name or password, which is not allowed')
  const login = at < 0 ? NO_LOGIN : readLogin(authority.slice(0, at), scheme)
  const place = at < 0 ? authority : authority.slice(at + 1)
  if (place.includes('@'))
    throw flawed(
      'host',
      'BAD_HOSTNAME',
      'the URL has more than one "@" before its host: write those of the login as %40',
    )
  const bracket = place.startsWith('[') ? place.indexOf(']') : 0
  const colon = bracket < 0 ? -1 : place.indexOf(':', bracket)
  const host = colon < 0 ? place : place.slice(0, colon)
  // curl's rule: `http:` without slashes is not to be taken for a host of that name.
  if (colon >= 0 && colon === place.length - 1 && scheme === undefined)
    throw flawed(
      'port',
      'BAD_PORT_NUMBER',
      'the URL has neither a scheme nor a port, and a colon where one of them ends',
    )
  const port = colon < 0 ? undefined : readPort(place.slice(colon + 1))
  if (host === '') {
    if (flags.noAuthority === true) return { ...login, ...NO_HOST, port }
    throw flawed('host', 'NO_HOST', 'the URL has no host')
  }
  if (bracket > 0 && bracket !== host.length - 1)
    throw flawed(
      'port',
      'BAD_PORT_NUMBER',
      `something else than a port follows the host ${shown(place.slice(0, bracket + 1))} of the URL`,
    )
  const { host: name, asciiHost, zoneId } = readHost(host)
  const { user, password, options } = login
  return { user, password, options, host: name, asciiHost, zoneId, port }
}

function readLogin(
  text: string,
  scheme: string | undefined,
): Pick<UrlParts, 'user' | 'password' | 'options'> {
  if (text.includes('\\'))
    throw flawed(
      'user',
      'BAD_USER',
      'the URL holds a backslash before its host, which browsers take for the end of it',
    )
  let rest = text
  let options: string | undefined
  const semicolon = scheme !== undefined && SCHEMES_WITH_OPTIONS.has(scheme) ? text.indexOf(';') : -1
  if (semicolon >= 0) {
    const colon = text.indexOf(':', semicolon)
    options = text.slice(semicolon + 1, colon < 0 ? undefined : colon)
    rest = text.slice(0, semicolon) + (colon < 0 ? '' : text.slice(colon))
  }
  const colon = rest.indexOf(':')
  return colon < 0
    ? { user: rest, password: undefined, options }
    : { user: rest.slice(0, colon), password: rest.slice(colon + 1), options }
}

/** Digits from 0 to 65535; empty: none. URL_MALFORMAT. */
export function readPort(text: string): number | undefined {
  if (text === '') return undefined
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw flawed(
    'port',
    'BAD_PORT_NUMBER',
    `the port ${shown(text)} of the URL is not a number from 0 to 65535`,
  )
}

const NO_LOGIN = { user: undefined, password: undefined, options: undefined } as const
const NO_HOST: HostParts = { host: '', asciiHost: '', zoneId: undefined }

// ---- Path, query, fragment -------------------------------------------------------------------------

type Rest = Pick<UrlParts, 'path' | 'query' | 'fragment'>

function readRest(given: string, pathAt: number, flags: UrlSetFlags): Rest {
  const hash = given.indexOf('#', pathAt)
  const end = hash < 0 ? given.length : hash
  const mark = given.indexOf('?', pathAt)
  const pathEnd = mark < 0 || mark > end ? end : mark
  let path = pathEnd === pathAt ? '/' : given.slice(pathAt, pathEnd)
  let query = pathEnd === end ? undefined : given.slice(pathEnd + 1, end)
  let fragment = hash < 0 ? undefined : given.slice(hash + 1)
  if (flags.urlencode === true) {
    path = encoded('path', path)
    query = query === undefined ? undefined : encoded('query', query.replaceAll(' ', '+'))
    fragment = fragment === undefined ? undefined : encoded('fragment', fragment)
  }
  return { path: flags.pathAsIs === true ? path : removeDotSegments(path), query, fragment }
}

function encoded(part: UrlPart, text: string): string {
  const result = encodeInvisible(text)
  if (result === undefined)
    throw flawed(part, BAD_PART[part], `the ${part} of the URL holds half a character (a lone surrogate)`)
  return result
}

/** The reference put behind what it keeps of the base's path. */
function against({ path, query }: UrlParts, reference: string): string {
  const first = reference.charAt(0)
  if (first === '/') return reference
  if (first === '?') return path + reference
  if (first === '' || first === '#') return path + (query === undefined ? '' : `?${query}`) + reference
  return path.slice(0, path.lastIndexOf('/') + 1) + reference
}

/** RFC 8089: a path of this machine, with no host or one that says so. */
function readFileUrl(given: string, afterColon: number, flags: UrlSetFlags): UrlParts {
  const slashes = /^\/*/.exec(given.slice(afterColon))![0].length
  const host = slashes === 2 ? given.slice(afterColon + 2, endOfAuthority(given, afterColon + 2)) : ''
  if (slashes === 0 || slashes > 3 || !['', 'localhost', '127.0.0.1'].includes(host.toLowerCase()))
    throw flawed('host', 'BAD_FILE_URL', 'a file URL leads to a path of this machine: "file:///path"')
  const pathAt = slashes === 1 ? afterColon : afterColon + 2 + host.length
  if (ODD.test(given)) checkCharacters(given, afterColon, pathAt, flags)
  return {
    scheme: 'file',
    isGuessed: false,
    ...NO_LOGIN,
    ...NO_HOST,
    port: undefined,
    ...readRest(given, pathAt, flags),
  }
}

// ---- Characters ------------------------------------------------------------------------------------

// eslint-disable-next-line no-control-regex
const ODD = /[\x00-\x20\x7f]/
const CONTROL_OR_BLANK = ODD
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/
const SLASH = 0x2f
const COLON = 0x3a

/** Names the part in which the first character stands that may not be there. */
function checkCharacters(given: string, start: number, pathAt: number, flags: UrlSetFlags): void {
  checkPart('scheme', given.slice(0, start), {})
  const at = given.lastIndexOf('@', pathAt - 1)
  if (at >= start) checkPart('user', given.slice(start, at), flags)
  checkPart('host', given.slice(Math.max(start, at + 1), pathAt), {})
  checkRest(given, pathAt, flags)
}

function checkRest(given: string, pathAt: number, flags: UrlSetFlags): void {
  const hash = given.indexOf('#', pathAt)
  const end = hash < 0 ? given.length : hash
  const mark = given.indexOf('?', pathAt)
  const pathEnd = mark < 0 || mark > end ? end : mark
  checkPart('path', given.slice(pathAt, pathEnd), flags)
  checkPart('query', given.slice(pathEnd, end), flags)
  checkPart('fragment', given.slice(end), flags)
}

function badCharacter(part: UrlPart, code: number): Error {
  const what =
    code === 0x20 ? 'a blank' : `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return flawed(part, BAD_PART[part], `the ${part === 'user' ? 'login' : part} of the URL holds ${what}`)
}

function endOfAuthority(given: string, start: number): number {
  for (let at = start; at < given.length; at += 1) {
    const code = given.charCodeAt(at)
    if (code === SLASH || code === 0x3f || code === 0x23) return at
  }
  return given.length
}

function checkLength(given: string): void {
  if (given.length > LIMITS.urlChars)
    throw flawed(
      'url',
      'TOO_LARGE',
      `the URL is ${given.length} characters long; at most ${LIMITS.urlChars} are taken`,
    )
}

/** The text as a message may show it: nothing before an "@". */
function withoutLogin(given: string): string {
  return shown(given.slice(given.lastIndexOf('@') + 1))
}
