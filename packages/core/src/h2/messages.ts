/**
 * Field sections as messages (RFC 9113 section 8): received pairs to heads and trailers, and heads to what is
 * sent, as pure functions.
 *
 * The rule: a malformed message is a stream error of type PROTOCOL_ERROR, whatever is wrong with it (8.1.1).
 * Blanks around values are taken off instead, as curl does: servers send them.
 */
import { Fields } from '../http/fields.ts'
import { contentLength } from '../http/framing.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'
import {
  indexOfOther,
  isDigits,
  isRequestTarget,
  isToken,
  TOKEN_CHAR,
  trimBlanks,
  VALUE_CHAR,
} from '../http/tokens.ts'
import { isTransferError } from '../errors/transfer-error.ts'
import { defaultIndexing, HeaderList } from './hpack-encoder.ts'
import { streamError } from './violation.ts'

/** A received response head, with what follows from it. */
export interface ReceivedHead {
  readonly head: ResponseHead
  /** Content-Length; -1: none. */
  readonly length: number
}

/** Fields of one connection, which HTTP/2 does not have (RFC 9113 8.2.2). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** A response head: `:status` and fields. `ignoresLength`: Content-Length may be anything. */
export function readResponse(pairs: readonly string[], ignoresLength = false): ReceivedHead {
  if (pairs[0] !== ':status' || pairs.length < 2) throw malformed('a response does not begin with :status')
  const text = pairs[1]!
  if (text.length !== 3 || !isDigits(text) || text < '100') throw malformed(':status is not of three digits')
  const fields = readFields(pairs, 2)
  return {
    head: { version: '2', status: Number(text), reason: '', fields },
    length: ignoresLength ? -1 : readLength(fields),
  }
}

/** A trailer section: fields only. */
export function readTrailers(pairs: readonly string[]): Fields {
  return readFields(pairs, 0)
}

/** The pseudo fields of a request (RFC 9113 8.3.1), for a server. CONNECT has no scheme and path. */
export interface ReceivedRequest {
  readonly head: RequestHead
  readonly scheme: string
  readonly length: number
}

/** A request head; `:authority` becomes Host, when there is none. */
export function readRequest(pairs: readonly string[]): ReceivedRequest {
  const pseudo = new Map<string, string>()
  let from = 0
  for (; from < pairs.length && pairs[from]!.startsWith(':'); from += 2) {
    const name = pairs[from]!
    if (!REQUEST_PSEUDO.has(name)) throw malformed(`${name.slice(0, 20)} is no pseudo field of a request`)
    if (pseudo.has(name)) throw malformed(`${name} came twice`)
    pseudo.set(name, pairs[from + 1]!)
  }
  const method = pseudo.get(':method')
  const isConnect = method === 'CONNECT'
  // RFC 9113 8.5.
  if (isConnect && (pseudo.has(':scheme') || pseudo.has(':path')))
    throw malformed('CONNECT came with :scheme or :path')
  const target = isConnect ? pseudo.get(':authority') : pseudo.get(':path')
  if (method === undefined || target === undefined)
    throw malformed('a request lacks :method, :path, or the :authority of CONNECT')
  if (!isToken(method) || !isRequestTarget(target))
    throw malformed('the :method or :path of a request is not one')
  if (!isConnect && pseudo.get(':scheme') === undefined) throw malformed('a request lacks :scheme')
  const fields = readFields(pairs, from)
  const authority = pseudo.get(':authority')
  const withHost =
    authority === undefined || fields.has('host') ? fields : Fields.of([['host', authority], ...fields])
  return {
    head: { method, target, version: '2', fields: withHost },
    scheme: pseudo.get(':scheme') ?? '',
    length: readLength(fields),
  }
}

const REQUEST_PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path'])

/**
 * What a client sends for a request. The head must have been checked; fields of the connection are left out.
 * `usualAuthority`: what `:authority` is where the head has no Host.
 */
export function requestList(
  head: RequestHead,
  scheme: string,
  neverIndexed: ReadonlySet<string> = NONE,
  usualAuthority = '',
): HeaderList {
  const { method, target, fields } = head
  const authority = fields.first('host') || usualAuthority
  const pairs = [':method', method, ':scheme', scheme]
  // An empty one must not be sent (RFC 9113 8.3.1).
  if (authority !== '') pairs.push(':authority', authority)
  pairs.push(':path', target)
  // RFC 9110 7.6.1: what Connection names is meant for the connection, too.
  const named = fields.tokens('connection')
  for (let index = 0; index < fields.count; index += 1) {
    const name = fields.nameAt(index).toLowerCase()
    if (name === 'te') {
      // 8.2.2: `trailers` is all that may be said there.
      if (saysTrailers(fields.valueAt(index))) pairs.push(name, 'trailers')
    } else if (name !== 'host' && !CONNECTION_FIELDS.has(name) && !named.includes(name)) {
      pairs.push(name, fields.valueAt(index))
    }
  }
  return toList(pairs, neverIndexed)
}

/** What a client sends for CONNECT (RFC 9113 8.5): neither scheme nor path. */
export function connectList({ target, fields }: RequestHead): HeaderList {
  const pairs = [':method', 'CONNECT', ':authority', target]
  for (const [name, value] of fields) {
    const lower = name.toLowerCase()
    if (lower !== 'host' && !CONNECTION_FIELDS.has(lower)) pairs.push(lower, value)
  }
  return toList(pairs, NONE)
}

/** What a server sends for a response head. */
export function responseList(status: number, fields: Fields): HeaderList {
  return toList([':status', String(status), ...lowered(fields)], NONE)
}

/** Trailers of either side. */
export function trailerList(fields: Fields): HeaderList {
  return toList(lowered(fields), NONE)
}

function saysTrailers(te: string): boolean {
  return te.split(',').some((token) => trimBlanks(token).toLowerCase() === 'trailers')
}

function lowered(fields: Fields): string[] {
  const pairs: string[] = []
  for (const [name, value] of fields) {
    const lower = name.toLowerCase()
    if (!CONNECTION_FIELDS.has(lower)) pairs.push(lower, value)
  }
  return pairs
}

function toList(pairs: readonly string[], neverIndexed: ReadonlySet<string>): HeaderList {
  const indexing = pairs
    .filter((_, index) => index % 2 === 0)
    .map((name) => (neverIndexed.has(name) ? ('never' as const) : defaultIndexing(name)))
  return new HeaderList(pairs, indexing)
}

/** Fields from `from` on, checked by section 8.2. */
function readFields(pairs: readonly string[], from: number): Fields {
  let trimmed: string[] | undefined
  for (let at = from; at < pairs.length; at += 2) {
    const name = pairs[at]!
    const value = pairs[at + 1]!
    checkName(name)
    if (CONNECTION_FIELDS.has(name)) throw malformed(`${name} is a field of HTTP/1 connections`)
    if (name === 'te' && value.toLowerCase() !== 'trailers') throw malformed('te says more than trailers')
    if (indexOfOther(value, VALUE_CHAR) >= 0)
      throw malformed(`the value of ${name.slice(0, 40)} has a control character`)
    const bare = trimBlanks(value)
    if (bare.length !== value.length) {
      trimmed ??= [...pairs]
      trimmed[at + 1] = bare
    }
  }
  const checked = trimmed ?? pairs
  return Fields.sharing(from === 0 ? checked : checked.slice(from))
}

function checkName(name: string): void {
  if (name === '') throw malformed('a field has no name')
  if (name.charCodeAt(0) === COLON) throw malformed(`${name.slice(0, 20)} stands where no pseudo field may`)
  if (indexOfOther(name, TOKEN_CHAR) >= 0) throw malformed('a field name is not a token')
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at)
    if (code >= 0x41 && code <= 0x5a)
      throw malformed(`the field name ${name.slice(0, 40)} has upper-case letters`)
  }
}

function readLength(fields: Fields): number {
  try {
    const bytes = contentLength(fields) ?? -1
    if (bytes <= Number.MAX_SAFE_INTEGER) return bytes
  } catch (error) {
    throw isTransferError(error) ? malformed(error.message) : error
  }
  throw malformed('content-length is larger than 2^53-1')
}

function malformed(message: string): Error {
  return streamError('PROTOCOL_ERROR', `a malformed message: ${message}`)
}

const COLON = 0x3a
const NONE: ReadonlySet<string> = new Set()
