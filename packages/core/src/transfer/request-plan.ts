/**
 * `RequestPlan`: everything about a request that follows from its settings alone: the URL taken apart, the
 * route, the identity, the head as it is sent. Made once per settings and kept with them, so that repeating
 * a handle computes none of it again.
 */
import { basicAuthorization } from '../auth/basic.ts'
import { bearerAuthorization } from '../auth/bearer.ts'
import type { NameLookup, SessionStore } from '../connect/filter.ts'
import type { Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { OutgoingRequest } from '../connection/outgoing-request.ts'
import { upgradeSettings } from '../h2/settings.ts'
import { Fields } from '../http/fields.ts'
import { isSecure, isWebSocket, parseUrl, type Origin, type ParsedUrl } from '../http/origin.ts'
import { IDEMPOTENCY_FIELDS, isIdempotent } from '../http/resend.ts'
import { isToken } from '../http/tokens.ts'
import type { EasySettings } from '../options/option-types.ts'
import type { WantTerms } from '../pool/records.ts'
import { makeIdentity } from '../route/identity.ts'
import { offersMultiplexing, planRoute } from '../route/plan-route.ts'
import type { Route } from '../route/route.ts'
import { LIMITS } from '../tables/limits.ts'
import { rangeField, timeField } from './conditions.ts'
import { BODY_FIELDS, ORIGIN_FIELDS, settingsElsewhere, type RequestStep } from './redirect.ts'
import { checkWebSocket, webSocketFields } from './web-socket-plan.ts'
import { bodySource, type BodySource, type SpentBodies } from './body-source.ts'

/** What opening a connection takes, beside what the pool compares. */
export interface ConnectTerms extends WantTerms {
  readonly route: Route
  /** HTTP/2 without asking for it. */
  readonly priorKnowledge: boolean
  /** Nothing is said on it: it is handed over as it is. */
  readonly connectOnly: boolean
  readonly dnsCacheTimeoutMs: Milliseconds
  readonly happyEyeballsMs: Milliseconds
  /** Names and TLS sessions to use instead of the cache's own: those of the handle's share. */
  readonly names?: NameLookup | undefined
  readonly sessions?: SessionStore | undefined
}

export interface RequestPlan {
  readonly settings: EasySettings
  readonly url: ParsedUrl
  /** How the request came here from the first one; undefined: it is the first. */
  readonly step: RequestStep | undefined
  /** The origin of the first request. */
  readonly first: Origin
  readonly spent: SpentBodies
  readonly method: string
  readonly terms: ConnectTerms
  readonly body: BodySource
  /** The announced length of the body; undefined: chunked. */
  readonly bodyLength: number | undefined
  /** The head, in every form in which it is sent. */
  readonly request: OutgoingRequest
  /** Whether repeating the request does no harm. */
  readonly isRepeatable: boolean
}

/**
 * Throws URL_MALFORMAT, UNSUPPORTED_PROTOCOL or BAD_FUNCTION_ARGUMENT, all before anything is opened. `spent`:
 * the bodies that runs of the same handle have read.
 */
export function planRequest(settings: EasySettings, spent: SpentBodies): RequestPlan {
  if (settings.url === undefined)
    throw new TransferError('URL_MALFORMAT', 'no URL was set', { option: 'url' }, { phase: 'setup' })
  const url = parseUrl(settings.url)
  return plan({ settings, url, step: undefined, first: url.origin, spent })
}

/** The request that a redirect leads to. Throws as `planRequest` does. */
export function planStep(from: RequestPlan, step: RequestStep): RequestPlan {
  const { settings, first, spent } = from
  return plan({ settings, url: step.url, step, first, spent })
}

function plan(start: Pick<RequestPlan, 'settings' | 'url' | 'step' | 'first' | 'spent'>): RequestPlan {
  const { url, step, spent } = start
  const settings = step?.isElsewhere === true ? settingsElsewhere(start.settings) : start.settings
  const body = bodySource(
    settings.noBody || settings.connectOnly || step?.dropsBody === true ? undefined : settings.body,
    spent,
  )
  const asksForWebSocket = isWebSocket(url.origin) && !settings.connectOnly
  if (asksForWebSocket) checkWebSocket(settings)
  const method = step?.method ?? planMethod(settings, body)
  const bodyLength =
    body.is === 'none' ? 0 : body.is === 'bytes' ? body.bytes.length : announcedLength(settings)
  const fields = planFields(settings, url, method, body, bodyLength, step)
  const version = settings.httpVersion === '1.0' ? '1.0' : '1.1'
  const expects = asksFirst(settings, body, bodyLength, fields)
  // The user's own Expect is no part of the repeat after a 417.
  if (expects) fields.delete('expect')
  const { scheme } = url.origin
  const request = new OutgoingRequest({
    head: { method, target: url.target, version, fields },
    scheme: isSecure(url.origin) ? 'https' : 'http',
    bodyLength,
    asksFirst: expects,
    sensitive: sensitiveNames(settings),
    // A body would have to be sent whole before HTTP/2 can begin (RFC 7540 3.2).
    upgrade:
      settings.httpVersion === '2' && scheme === 'http' && body.is === 'none' ? H2C_SETTINGS : undefined,
    webSocket: asksForWebSocket,
  })
  const { asksToClose } = request
  const isRepeatable = isIdempotent(method) || IDEMPOTENCY_FIELDS.some((name) => fields.has(name))
  const route = planRoute(settings, url.origin)
  const identity = makeIdentity(settings, url.origin)
  return {
    ...start,
    method,
    terms: {
      identity,
      firstHop: route.firstHop,
      priority: settings.priority,
      ...sharingTerms(settings, url.origin, identity.key),
      // Nothing may come behind a request that ends its connection (RFC 9112 9.6).
      pipelinable:
        version === '1.1' &&
        !asksForWebSocket &&
        !settings.connectOnly &&
        isIdempotent(method) &&
        body.is === 'none' &&
        !asksToClose &&
        !settings.forbidReuse,
      maxIdleMs: settings.maxAgeConnMs,
      maxLifetimeMs: settings.maxLifetimeConnMs,
      route,
      connectOnly: settings.connectOnly,
      dnsCacheTimeoutMs: settings.dnsCacheTimeoutMs,
      happyEyeballsMs: settings.happyEyeballsTimeoutMs,
    },
    body,
    bodyLength,
    request,
    isRepeatable,
  }
}

/** What the pool is told of HTTP/2. In clear text it is known, or found out request by request (h2c). */
function sharingTerms(
  settings: EasySettings,
  origin: Origin,
  identityKey: string,
): Pick<ConnectTerms, 'multiplexing' | 'protocolKey' | 'pipeWait' | 'priorKnowledge'> {
  const { httpVersion, pipeWait } = settings
  const isHttp = !isWebSocket(origin) && !settings.connectOnly
  const priorKnowledge = isHttp && httpVersion === '2-prior-knowledge'
  const offersH2 = offersMultiplexing(settings, origin)
  return {
    multiplexing: priorKnowledge ? 'always' : offersH2 || (isHttp && httpVersion === '2') ? 'maybe' : 'never',
    protocolKey: priorKnowledge || offersH2 ? identityKey : '',
    // An upgrade shows itself only in a response, which nobody should have to wait for.
    pipeWait: pipeWait && (priorKnowledge || offersH2),
    priorKnowledge,
  }
}

function sensitiveNames(settings: EasySettings): ReadonlySet<string> {
  if (settings.sensitiveHeaders === undefined) return NO_NAMES
  for (const name of settings.sensitiveHeaders) {
    if (isToken(name)) continue
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option sensitiveHeaders must hold field names, not ${JSON.stringify(name)}`,
      { option: 'sensitiveHeaders' },
      { phase: 'setup' },
    )
  }
  return new Set(settings.sensitiveHeaders.map((name) => name.toLowerCase()))
}

const H2C_SETTINGS = upgradeSettings()
const NO_NAMES: ReadonlySet<string> = new Set()

function planMethod(settings: EasySettings, body: BodySource): string {
  const method =
    settings.method ??
    (settings.noBody ? 'HEAD' : settings.upload ? 'PUT' : body.is === 'none' ? 'GET' : 'POST')
  if (!isToken(method)) {
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option method must be an HTTP token, not ${JSON.stringify(method)}`,
      { option: 'method' },
      { phase: 'setup' },
    )
  }
  if (method === 'CONNECT') {
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      'option method must not be CONNECT, which opens tunnels',
      { option: 'method' },
      { phase: 'setup' },
    )
  }
  return method
}

/** A stream's length, when the user gives one as Content-Length. */
function announcedLength(settings: EasySettings): number | undefined {
  const given = settings.headers?.findLast((line) => line.name.toLowerCase() === 'content-length')?.value
  if (given === undefined) return undefined
  if (!/^\d{1,15}$/.test(given)) {
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option headers must have digits in Content-Length, not ${JSON.stringify(given)}`,
      { option: 'headers' },
      { phase: 'setup' },
    )
  }
  return Number(given)
}

/** The fields in libcurl's order: our own first, then the user's, who may replace or remove ours. */
function planFields(
  settings: EasySettings,
  url: ParsedUrl,
  method: string,
  body: BodySource,
  bodyLength: number | undefined,
  step: RequestStep | undefined,
): Fields {
  const fields = Fields.of([['Host', url.origin.authority]])
  const authorization = login(settings, url, step)
  if (authorization !== undefined) fields.append('Authorization', authorization)
  if (settings.userAgent !== undefined && settings.userAgent !== '')
    fields.append('User-Agent', settings.userAgent)
  fields.append('Accept', '*/*')
  const referer = step?.referer ?? settings.referer
  if (referer !== undefined && referer !== '') fields.append('Referer', referer)
  const range = body.is === 'none' ? rangeField(settings) : undefined
  if (range !== undefined) fields.append('Range', range)
  const condition = timeField(settings)
  if (condition !== undefined) fields.append(...condition)
  // RFC 9218 4: of use to servers and proxies over any version.
  if (settings.httpPriority !== undefined) fields.append('Priority', checkedPriority(settings.httpPriority))
  // HTTP/1.0 closes unless both sides say otherwise (RFC 9112 appendix C.2.2).
  if (settings.httpVersion === '1.0') fields.append('Connection', 'keep-alive')
  if (isWebSocket(url.origin)) for (const field of webSocketFields(settings)) fields.append(...field)
  const framing = framingField(settings, method, body, bodyLength)
  if (framing !== undefined) fields.append(...framing)
  const replaced = new Set<string>()
  for (const { name, value } of settings.headers ?? []) {
    const key = name.toLowerCase()
    if (step?.isElsewhere === true && ORIGIN_FIELDS.has(key)) continue
    if (step?.dropsBody === true && BODY_FIELDS.has(key)) continue
    // One that the redirect sets wins over the user's.
    if (key === 'referer' && step?.referer !== undefined) continue
    if (FRAMING_FIELDS.has(key)) {
      refuseFraming(name, value, key, body, bodyLength)
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
  if (settings.httpVersion !== '1.0' && !fields.has('host')) {
    throw badHeaders('must not remove Host: HTTP/1.1 requires it (RFC 9112 3.2)')
  }
  return fields
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

function framingField(
  settings: EasySettings,
  method: string,
  body: BodySource,
  bodyLength: number | undefined,
): [string, string] | undefined {
  if (body.is === 'none')
    return method === 'POST' || method === 'PUT' || method === 'PATCH' ? ['Content-Length', '0'] : undefined
  if (bodyLength !== undefined) return ['Content-Length', String(bodyLength)]
  if (settings.httpVersion === '1.0') {
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      'a body of unknown length cannot be sent over HTTP/1.0: give its Content-Length in headers',
      { option: 'body' },
      { phase: 'setup' },
    )
  }
  return ['Transfer-Encoding', 'chunked']
}

function refuseFraming(
  name: string,
  value: string | undefined,
  key: string,
  body: BodySource,
  bodyLength: number | undefined,
): void {
  if (value === undefined) return
  if (key === 'content-length' && value === String(bodyLength)) return
  if (
    key === 'transfer-encoding' &&
    value.toLowerCase() === 'chunked' &&
    body.is === 'stream' &&
    bodyLength === undefined
  )
    return
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option headers must not set ${name} to ${JSON.stringify(value)}: the body is ${bodyLength === undefined ? 'of unknown length' : `${bodyLength} bytes long`}`,
    { option: 'headers' },
    { phase: 'setup' },
  )
}

/** Bearer or Basic credentials of the options, else Basic ones of the URL. */
function login(settings: EasySettings, url: ParsedUrl, step: RequestStep | undefined): string | undefined {
  if (settings.xoauth2Bearer !== undefined) return bearerAuthorization(settings.xoauth2Bearer)
  // The credentials of the first URL are those of its origin.
  const own =
    url.username === '' && url.password === '' && step?.isElsewhere === false ? step.credentials : url
  const user = settings.username ?? (own.username === '' ? undefined : own.username)
  const password = settings.password ?? own.password
  return user === undefined && password === ''
    ? undefined
    : basicAuthorization({ user: user ?? '', password })
}

/** Whether to wait for `100 Continue`: for large bodies and those of unknown size, as libcurl does. */
function asksFirst(
  settings: EasySettings,
  body: BodySource,
  bodyLength: number | undefined,
  fields: Fields,
): boolean {
  if (settings.httpVersion === '1.0' || body.is === 'none') return false
  if (fields.has('expect')) return fields.tokens('expect').includes('100-continue')
  const isRemoved = settings.headers?.some((line) => line.name.toLowerCase() === 'expect') === true
  return !isRemoved && (bodyLength === undefined || bodyLength > LIMITS.expect100Bytes)
}

function badHeaders(rule: string): TransferError {
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option headers ${rule}`,
    { option: 'headers' },
    { phase: 'setup' },
  )
}
