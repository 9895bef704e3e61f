/**
 * The fields of a request, as a pure function: our own, the user's, and those that the body brings.
 *
 * The rule: their order is libcurl's; the user may replace or remove ours, but for those that frame the message.
 */
import type { Alternative } from '../cache/alt-svc-cache.ts'
import type { Decoders } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { Fields } from '../http/fields.ts'
import { isWebSocket, writtenHost, type ParsedUrl } from '../http/origin.ts'
import type { EasySettings, HeaderLine } from '../options/option-types.ts'
import { isForwarded, type ProxyChoice } from '../route/choose-proxy.ts'
import type { BodySource, BodyType } from './body-source.ts'
import { codingFields, nameTe } from './coding-fields.ts'
import { rangeField, timeField } from './conditions.ts'
import { givenFields, mayTellProxyLogin } from './proxy-fields.ts'
import { BODY_FIELDS, ORIGIN_FIELDS, type RequestStep } from './redirect.ts'
import { JSON_TYPE } from './request-body.ts'
import { announcedTrailers } from './request-trailers.ts'
import { webSocketFields } from './web-socket-plan.ts'

/** What the fields of a request follow from, beside what is sent of its body. */
export interface FieldsInput {
  /** Those that hold where the request goes. */
  readonly settings: EasySettings
  readonly url: ParsedUrl
  readonly step: RequestStep | undefined
  readonly proxies: ProxyChoice | undefined
  /** Where Alt-Svc leads. */
  readonly alternative: Alternative | undefined
  /** What can be decoded; undefined: not known. */
  readonly decoders: Decoders | undefined
  readonly method: string
  readonly body: BodySource
  readonly bodyLength: number | undefined
}

/** What is sent of the body: perhaps nothing yet. */
export interface SentBody {
  readonly source: BodySource
  readonly length: number | undefined
  /** Where the body belongs; also of one that is held back for now, as with curl. */
  readonly range: string | undefined
  /** What the body is; also of one that is held back for now, as with curl. */
  readonly type: BodyType | undefined
}

/** Fields that are different each time a request is sent. */
export interface MomentaryFields {
  /** Authorization and what goes with it, in the order they are sent. */
  readonly auth: readonly (readonly [name: string, value: string])[]
  readonly cookie: string | undefined
  /** The request goes without its body for now, which would have to be sent again. */
  readonly isBodyWithheld: boolean
  /** The server has answered in HTTP/1.0, and is asked in it. */
  readonly isOldServer?: boolean
}

/** Nothing is put in: a set for each plan took 0.1 us. */
const NO_NAMES = new Set<string>()

/** Whether a request is one of HTTP/1.0. */
export function speaksOld({ httpVersion }: EasySettings, { isOldServer }: MomentaryFields): boolean {
  return httpVersion === '1.0' || isOldServer === true
}

/**
 * The fields in libcurl's order: our own first, then the user's, who may replace or remove ours, then what belongs
 * to the body.
 */
export function planFields(input: FieldsInput, sent: SentBody, now: MomentaryFields): Fields {
  const { auth, cookie, isBodyWithheld } = now
  const { source: body, length: bodyLength, range: contentRange, type } = sent
  const { settings, url, method, step, proxies, alternative } = input
  const fields = Fields.of([['Host', url.origin.authority]])
  for (const [name, value] of auth) fields.append(name, value)
  // Of a body that is held back for now the fields are sent nevertheless, as with curl.
  const range = body.is === 'none' && !isBodyWithheld ? rangeField(settings) : undefined
  if (range !== undefined) fields.append('Range', range)
  if (contentRange !== undefined) fields.append('Content-Range', contentRange)
  if (settings.userAgent !== undefined && settings.userAgent !== '')
    fields.append('User-Agent', settings.userAgent)
  if (settings.json === undefined) fields.append('Accept', '*/*')
  for (const field of codingFields(settings, input.decoders)) fields.append(...field)
  const referer = step?.referer ?? settings.referer
  if (referer !== undefined && referer !== '') fields.append('Referer', referer)
  if (isForwarded(proxies)) fields.append('Proxy-Connection', 'Keep-Alive')
  if (alternative !== undefined) fields.append('Alt-Used', altUsed(alternative))
  if (cookie !== undefined && cookie !== '') fields.append('Cookie', cookie)
  const condition = timeField(settings)
  if (condition !== undefined) fields.append(...condition)
  // RFC 9218 4: of use to servers and proxies over any version.
  if (settings.httpPriority !== undefined) fields.append('Priority', checkedPriority(settings.httpPriority))
  // HTTP/1.0 closes unless both sides say otherwise (RFC 9112 appendix C.2.2).
  const isOld = speaksOld(settings, now)
  if (isOld) fields.append('Connection', 'keep-alive')
  if (isWebSocket(url.origin)) for (const field of webSocketFields(settings)) fields.append(...field)
  const framing = isBodyWithheld
    ? EMPTY_BODY
    : framingField({ isOld, takesFraming: settings.framingAsGiven }, method, body, bodyLength)
  if (framing?.[0] === 'Transfer-Encoding') fields.append(...framing)
  const takesFraming = settings.framingAsGiven && !isBodyWithheld
  const lines = ownLines(settings, step, proxies)
  const replaced = lines.length === 0 ? NO_NAMES : new Set<string>()
  for (const { name, value } of lines) {
    const key = name.toLowerCase()
    // One that the redirect sets wins over the user's.
    if (key === 'referer' && step?.referer !== undefined) continue
    // What the user said of a form's type is part of its type, with the boundary.
    if (type?.isForm === true && key === 'content-type' && value !== undefined) continue
    if (FRAMING_FIELDS.has(key) && !(takesFraming && (key === 'content-length' || isChunked(value, body)))) {
      if (takesFraming) continue
      if (!isBodyWithheld) refuseFraming(name, value, key, body, bodyLength)
      continue
    }
    if (key === 'host' && replaced.has(key)) {
      throw badHeaders('must name Host once')
    }
    if (!replaced.has(key)) {
      replaced.add(key)
      fields.delete(name)
    }
    if (value !== undefined) fields.append(name, value)
  }
  const isJson = settings.json !== undefined
  if (isJson && type !== undefined && !replaced.has('content-type')) fields.append('Content-Type', JSON_TYPE)
  if (isJson && !replaced.has('accept')) fields.append('Accept', JSON_TYPE)
  if (framing?.[0] === 'Content-Length' && !replaced.has('content-length')) fields.append(...framing)
  // The boundary of a form that is held back has not been chosen yet.
  const isToCome = isBodyWithheld && type?.isForm === true
  if (type !== undefined && !isJson && !isToCome && !replaced.has('content-type'))
    fields.append('Content-Type', type.text)
  const trailers = announcedTrailers(settings, body)
  if (trailers !== undefined && !replaced.has('trailer')) fields.append('Trailer', trailers)
  nameTe(settings, fields)
  return fields
}

/** The user's fields that may go where a step leads. */
function ownLines(
  settings: EasySettings,
  step: RequestStep | undefined,
  proxies: ProxyChoice | undefined,
): readonly HeaderLine[] {
  const lines = givenFields(settings, proxies)
  if (step === undefined && proxies === undefined) return lines
  return lines.filter(({ name }) => {
    const key = name.toLowerCase()
    if (key === 'proxy-authorization') return mayTellProxyLogin(proxies, step)
    if (step?.isElsewhere === true && ORIGIN_FIELDS.has(key)) return false
    if (step?.dropsBody !== true || !BODY_FIELDS.has(key)) return true
    // libcurl sends what was said of a body without it, too; but nothing that says how long it is.
    return settings.framingAsGiven && !FRAMING_FIELDS.has(key) && key !== 'expect'
  })
}

/** Those of them that are sent, for who signs a request. */
export function ownFields({
  settings,
  step,
  proxies,
}: Pick<FieldsInput, 'settings' | 'step' | 'proxies'>): (readonly [name: string, value: string])[] {
  return ownLines(settings, step, proxies).flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  )
}

/** `u=3, i` and the like: a dictionary of RFC 8941, as far as its characters go. */
export function checkedPriority(value: string): string {
  if (/^[\x20-\x7e]{1,100}$/.test(value)) return value
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option httpPriority must be 1 to 100 visible characters such as "u=2, i", not ${JSON.stringify(value)}`,
    { option: 'httpPriority' },
    { phase: 'setup' },
  )
}

/** Written by the body alone: a length of the user's that differs would let the next request be misread. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** Whether lines of the user's say that the body is of another length than it is. */
export function hasOtherLength(lines: readonly HeaderLine[] = [], length: number | undefined): boolean {
  return lines.some(({ name, value }) => name.toLowerCase() === 'content-length' && value !== String(length))
}

/** A coding that is sent must be told of, and one that is told of must be sent. */
function isChunked(value: string | undefined, body: BodySource): boolean {
  return value?.toLowerCase() === 'chunked' && body.is !== 'none'
}

/** A body that is held back: the server is to see that none comes. */
const EMPTY_BODY: [string, string] = ['Content-Length', '0']

function framingField(
  { isOld, takesFraming }: { readonly isOld: boolean; readonly takesFraming: boolean },
  method: string,
  body: BodySource,
  bodyLength: number | undefined,
): [string, string] | undefined {
  if (body.is === 'none' && takesFraming) return undefined
  if (body.is === 'none')
    return method === 'POST' || method === 'PUT' || method === 'PATCH' ? ['Content-Length', '0'] : undefined
  if (body.is === 'pending') return undefined
  if (bodyLength !== undefined) return ['Content-Length', String(bodyLength)]
  if (isOld) throw noChunks()
  return ['Transfer-Encoding', 'chunked']
}

/** RFC 9112 6.1: chunks are for servers that are not known to be older than HTTP/1.1. */
export function noChunks(): TransferError {
  return new TransferError(
    'UPLOAD_FAILED',
    'a body of unknown length cannot be sent over HTTP/1.0: give inFileSize',
    { option: 'body' },
    { phase: 'setup' },
  )
}

function refuseFraming(
  name: string,
  value: string | undefined,
  key: string,
  body: BodySource,
  bodyLength: number | undefined,
): void {
  if (value === undefined || body.is === 'pending') return
  if (key === 'content-length' && value === String(bodyLength)) return
  if (key === 'transfer-encoding' && value.toLowerCase() === 'chunked' && bodyLength === undefined) return
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option headers must not set ${name} to ${JSON.stringify(value)}: the body is ${bodyLength === undefined ? 'of unknown length' : `${bodyLength} bytes long`}`,
    { option: 'headers' },
    { phase: 'setup' },
  )
}

/** RFC 7838 section 5: which alternative the request is sent to. */
function altUsed({ host, port }: Alternative): string {
  return `${writtenHost(host)}:${port}`
}

function badHeaders(rule: string): TransferError {
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option headers ${rule}`,
    { option: 'headers' },
    { phase: 'setup' },
  )
}
