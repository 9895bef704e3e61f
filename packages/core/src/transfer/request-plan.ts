/**
 * `RequestPlan`: everything about a request that follows from its settings alone: the URL taken apart, the
 * route, the identity, the head as it is sent. Made once per settings and kept with them, so that repeating
 * a handle computes none of it again.
 */
import {
  fixedAuthorization,
  mayBindConnection,
  needsOwnConnection,
  planAuth,
  type AuthPlan,
} from '../auth/auth-plan.ts'
import type { Credentials } from '../auth/credentials.ts'
import { resolveCredentials } from '../auth/netrc-lookup.ts'
import { numberOf } from '../auth/negotiate.ts'
import type { NetrcEntry } from '../auth/netrc.ts'
import type { Alternative } from '../cache/alt-svc-cache.ts'
import type { NameLookup, SessionStore } from '../connect/filter.ts'
import type { Decoders, Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { OutgoingRequest } from '../connection/outgoing-request.ts'
import { upgradeSettings } from '../h2/settings.ts'
import { Fields } from '../http/fields.ts'
import { isSecure, isWebSocket, parseUrl, writtenHost, type Origin, type ParsedUrl } from '../http/origin.ts'
import { IDEMPOTENCY_FIELDS, isIdempotent } from '../http/resend.ts'
import { isToken } from '../http/tokens.ts'
import type { EasySettings, HeaderLine } from '../options/option-types.ts'
import type { WantTerms } from '../pool/records.ts'
import { chooseProxy, isForwarded, type ProxyChoice } from '../route/choose-proxy.ts'
import { makeIdentity } from '../route/identity.ts'
import { planLookup, type LookupWay } from '../route/lookup-way.ts'
import { offersMultiplexing, planRoute } from '../route/plan-route.ts'
import type { Route } from '../route/route.ts'
import { LIMITS } from '../tables/limits.ts'
import { codingFields, nameTe, responseReading } from './coding-fields.ts'
import { rangeField, timeField } from './conditions.ts'
import { givenFields, mayTellProxyLogin, planProxyAuth } from './proxy-fields.ts'
import { BODY_FIELDS, ORIGIN_FIELDS, settingsElsewhere, urlReading, type RequestStep } from './redirect.ts'
import { requestTarget } from './request-target.ts'
import { NO_BODY, type BodySource, type BodyType, type SpentBodies } from './body-source.ts'
import { announcedLength, contentRange, JSON_TYPE, requestBody } from './request-body.ts'
import { announcedTrailers } from './request-trailers.ts'
import { checkWebSocket, webSocketFields } from './web-socket-plan.ts'

/** What opening a connection takes, beside what the pool compares. */
export interface ConnectTerms extends WantTerms {
  readonly route: Route
  /** HTTP/2 without asking for it. */
  readonly priorKnowledge: boolean
  /** Nothing is said on it: it is handed over as it is. */
  readonly connectOnly: boolean
  readonly dnsCacheTimeoutMs: Milliseconds
  readonly happyEyeballsMs: Milliseconds
  /** How to look names up, when not as the system does. */
  readonly lookup?: LookupWay | undefined
  /** The order of a name's addresses; undefined: as they are found. */
  readonly addressOrder?: 'shuffled' | 'in-turn' | undefined
  /** Names and TLS sessions to use instead of the cache's own: those of the handle's share. */
  readonly names?: NameLookup | undefined
  readonly sessions?: SessionStore | undefined
}

/** What a handle lends to all its requests: names and TLS sessions of its share, and its place in the world. */
export interface Borrowed extends Pick<ConnectTerms, 'names' | 'sessions' | 'isBeyondLimits'> {
  /** What can be decoded; undefined: not known. */
  readonly decoders?: Decoders | undefined
}

export interface RequestPlan {
  readonly settings: EasySettings
  readonly url: ParsedUrl
  /** How the request came here from the first one; undefined: it is the first. */
  readonly step: RequestStep | undefined
  /** The origin of the first request. */
  readonly first: Origin
  /** The body that the options ask for, whether this request sends it or not. */
  readonly given: BodySource
  readonly borrowed: Borrowed
  /** What memory added to the options. */
  readonly known: Known
  /** The first proxies that were needed since the first request, as text without credentials; undefined: none were. */
  readonly firstProxies: string | undefined
  readonly method: string
  readonly terms: ConnectTerms
  /** Pending until the transfer has begun, when it has to ask the outside: then the plan is made again with what it became. */
  readonly body: BodySource
  /** The proxies on the way; undefined: there are none. */
  readonly proxies: ProxyChoice | undefined
  /** The announced length of the body; undefined: chunked. */
  readonly bodyLength: number | undefined
  /** The head, in every form in which it is sent. */
  readonly request: OutgoingRequest
  /** Whether repeating the request does no harm. */
  readonly isRepeatable: boolean
  /** With what it may authenticate itself, when responses decide how; undefined: not, or the head says it. */
  readonly auth: AuthPlan | undefined
  /** The same at the proxy that it is sent to. */
  readonly proxyAuth: AuthPlan | undefined
  /** Proxy-Authorization and Authorization, when they are the same in each request. */
  readonly fixedAuth: readonly (readonly [name: string, value: string])[]
}

/** What a handle remembers that makes another plan of the same options. */
export interface Known {
  /** Entries of the netrc file, if it is to be asked. */
  readonly netrc?: readonly NetrcEntry[] | undefined
  /** Another place where the origin can be had. */
  readonly alternative?: Alternative | undefined
}

/** Fields that are different each time a request is sent. */
export interface MomentaryFields {
  /** Authorization and what goes with it, in the order they are sent. */
  readonly auth: readonly (readonly [name: string, value: string])[]
  readonly cookie: string | undefined
  /** The request goes without its body for now, which would have to be sent again. */
  readonly isBodyWithheld: boolean
}

type PlanStart = Pick<
  RequestPlan,
  'settings' | 'url' | 'step' | 'first' | 'firstProxies' | 'given' | 'borrowed' | 'known'
>

/**
 * Throws URL_MALFORMAT, UNSUPPORTED_PROTOCOL or BAD_FUNCTION_ARGUMENT, all before anything is opened. `spent`:
 * the bodies that runs of the same handle have read.
 */
export function planRequest(
  settings: EasySettings,
  spent: SpentBodies,
  borrowed: Borrowed = NOTHING,
): RequestPlan {
  if (settings.url === undefined)
    throw new TransferError('URL_MALFORMAT', 'no URL was set', { option: 'url' }, { phase: 'setup' })
  const url = parseUrl(settings.url, urlReading(settings))
  const given = requestBody(settings, spent)
  const [step, firstProxies] = [undefined, undefined]
  return plan({ settings, url, step, first: url.origin, firstProxies, given, borrowed, known: NOTHING })
}

/** The same request with its body as it has become. Throws as `planRequest` does. */
export function planWithBody(from: RequestPlan, given: BodySource): RequestPlan {
  return plan({ ...from, given })
}

/** The request that a redirect leads to. Throws as `planRequest` does. */
export function planStep(from: RequestPlan, step: RequestStep): RequestPlan {
  return plan({ ...from, url: step.url, step, known: NOTHING })
}

/** The same request with what memory knows of where it goes. `url`: the same by HTTPS, for HSTS. Throws as `planRequest` does. */
export function planKnowing(from: RequestPlan, known: Known, url: ParsedUrl = from.url): RequestPlan {
  // HSTS is at work before anything is sent: the first origin is the one that is asked first, by its own proxies.
  return from.step === undefined
    ? plan({ ...from, url, first: url.origin, firstProxies: undefined, known })
    : plan({ ...from, url, step: { ...from.step, url }, known })
}

/** The request as it goes out now. */
export function requestNow(from: RequestPlan, now: MomentaryFields): OutgoingRequest {
  const settings = from.step?.isElsewhere === true ? settingsElsewhere(from.settings) : from.settings
  return makeRequest({ ...from, settings }, now)
}

function plan(start: PlanStart): RequestPlan {
  const { url, step, given, borrowed, known } = start
  const settings = step?.isElsewhere === true ? settingsElsewhere(start.settings) : start.settings
  const body = settings.noBody || settings.connectOnly || step?.dropsBody === true ? NO_BODY : given
  const asksForWebSocket = isWebSocket(url.origin) && !settings.connectOnly
  if (asksForWebSocket) checkWebSocket(settings, given)
  const method = step?.method ?? planMethod(settings, body)
  const bodyLength = announcedLength(settings, body)
  const proxies = chooseProxy(settings, url.origin, start.firstProxies)
  const isForward = isForwarded(proxies)
  const credentials = planCredentials(settings, url, step, known)
  const auth = planAuth({
    words: settings.httpAuth,
    credentials,
    bearer: settings.xoauth2Bearer,
    sigV4: settings.awsSigv4,
    hasNegotiate: settings.negotiateFunction !== undefined,
  })
  const proxyAuth = isForward ? planProxyAuth(start.settings, proxies!) : undefined
  const fixed = auth && fixedAuthorization(auth)
  const fixedForProxy = proxyAuth && fixedAuthorization(proxyAuth)
  const fixedAuth: RequestPlan['fixedAuth'] = [
    ...(fixedForProxy === undefined ? [] : [['Proxy-Authorization', fixedForProxy] as const]),
    ...(fixed === undefined ? [] : [['Authorization', fixed] as const]),
  ]
  const request = makeRequest(
    { settings, url, step, method, body, bodyLength, borrowed, known, proxies },
    { auth: fixedAuth, cookie: settings.cookie, isBodyWithheld: false },
  )
  const { fields, version } = request.head
  const { asksToClose } = request
  const isRepeatable = isIdempotent(method) || IDEMPOTENCY_FIELDS.some((name) => fields.has(name))
  const { alternative } = known
  const isOwn = auth !== undefined && fixed === undefined && mayBindConnection(auth)
  const spoken = isOwn && needsOwnConnection(auth) ? speakingH1(settings) : settings
  const route = planRoute(spoken, url.origin, proxies, alternative)
  const identity = makeIdentity(spoken, url.origin, proxies, {
    altSvc: alternative && `${alternative.host}:${alternative.port}`,
    login: isOwn ? (credentials ?? NOBODY) : undefined,
    tokensOf: [auth, proxyAuth].some((one) => one?.allowed.has('negotiate') === true)
      ? numberOf(start.settings.negotiateFunction!)
      : undefined,
  })
  const sharing = isForward ? UNSHARED : sharingTerms(spoken, url.origin, identity.key)
  // Written out: members after a spread cost 2 us (Node 20), a fifth of the whole plan.
  return {
    settings: start.settings,
    url,
    step,
    first: start.first,
    firstProxies: start.firstProxies ?? proxies?.text,
    given,
    borrowed,
    known,
    proxies,
    method,
    terms: {
      identity,
      firstHop: route.firstHop,
      priority: settings.priority,
      multiplexing: sharing.multiplexing,
      protocolKey: sharing.protocolKey,
      pipeWait: sharing.pipeWait,
      priorKnowledge: sharing.priorKnowledge,
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
      lookup: planLookup(settings),
      addressOrder: settings.dnsShuffleAddresses
        ? 'shuffled'
        : settings.dnsRoundRobin
          ? 'in-turn'
          : undefined,
      names: borrowed.names,
      sessions: borrowed.sessions,
      isBeyondLimits: borrowed.isBeyondLimits,
    },
    body,
    bodyLength,
    request,
    isRepeatable,
    auth: fixed === undefined ? auth : undefined,
    proxyAuth: fixedForProxy === undefined ? proxyAuth : undefined,
    fixedAuth,
  }
}

const NOTHING = Object.freeze({})
/** A GSS library brings its own credentials: whose they are is the same for all who use the same function. */
const NOBODY: Credentials = { user: '', password: '' }

/** The same settings over HTTP/1.1: what authenticates connections has no place where requests share one. */
function speakingH1(settings: EasySettings): EasySettings {
  if (settings.httpVersion === '1.0' || settings.httpVersion === '1.1') return settings
  return Object.freeze(
    Object.create(settings, { httpVersion: { value: '1.1', enumerable: true } }),
  ) as EasySettings
}

type RequestInput = Pick<
  RequestPlan,
  'settings' | 'url' | 'step' | 'method' | 'body' | 'bodyLength' | 'borrowed' | 'known' | 'proxies'
>

function makeRequest(input: RequestInput, now: MomentaryFields): OutgoingRequest {
  const { settings, url, method } = input
  const body = now.isBodyWithheld ? NO_BODY : input.body
  const bodyLength = now.isBodyWithheld ? 0 : input.bodyLength
  const fields = planFields({ ...input, body, bodyLength }, now, typeOf(input.body))
  const expects = asksFirst(settings, body, bodyLength, fields)
  // The user's own Expect is no part of the repeat after a 417, and stands where it was put otherwise.
  const expecting = expects ? expectingFields(fields) : undefined
  if (expects) fields.delete('expect')
  const { scheme } = url.origin
  const isForward = isForwarded(input.proxies)
  return new OutgoingRequest({
    // RFC 9112 3.2.2: a proxy is asked for the whole URL.
    head: {
      method,
      target: targetOf(input),
      version: settings.httpVersion === '1.0' ? '1.0' : '1.1',
      fields,
    },
    scheme: isSecure(url.origin) ? 'https' : 'http',
    bodyLength,
    asksFirst: expects,
    expecting,
    sensitive: sensitiveNames(settings),
    reading: responseReading(settings),
    webSocket: isWebSocket(url.origin) && !settings.connectOnly,
    // A body would have to be sent whole before HTTP/2 can begin (RFC 7540 3.2); a proxy is not the one to ask.
    upgrade:
      settings.httpVersion === '2' && scheme === 'http' && body.is === 'none' && !isForward
        ? H2C_SETTINGS
        : undefined,
  })
}

/** RFC 9112 3.2.2: a proxy that forwards is asked for the whole URL. */
function targetOf({ settings, url, step, proxies }: RequestInput): string {
  const target = requestTarget(settings, url, step)
  return isForwarded(proxies) && settings.requestTarget === undefined ? url.text : target
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

/** What a proxy forwards goes to it in HTTP/1.1, as with curl, whatever httpVersion says. */
const UNSHARED: ReturnType<typeof sharingTerms> = Object.freeze({
  multiplexing: 'never',
  protocolKey: '',
  pipeWait: false,
  priorKnowledge: false,
})

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

/**
 * The fields in libcurl's order: our own first, then the user's, who may replace or remove ours, then what belongs
 * to the body.
 */
function planFields(
  input: RequestInput,
  { auth, cookie, isBodyWithheld }: MomentaryFields,
  type: BodyType | undefined,
): Fields {
  const { settings, url, method, body, bodyLength, step, borrowed, known, proxies } = input
  const fields = Fields.of([['Host', url.origin.authority]])
  for (const [name, value] of auth) fields.append(name, value)
  const range = body.is === 'none' ? rangeField(settings) : undefined
  if (range !== undefined) fields.append('Range', range)
  const part = contentRange(settings, body, bodyLength)
  if (part !== undefined) fields.append('Content-Range', part)
  if (settings.userAgent !== undefined && settings.userAgent !== '')
    fields.append('User-Agent', settings.userAgent)
  if (settings.json === undefined) fields.append('Accept', '*/*')
  for (const field of codingFields(settings, borrowed.decoders)) fields.append(...field)
  const referer = step?.referer ?? settings.referer
  if (referer !== undefined && referer !== '') fields.append('Referer', referer)
  if (isForwarded(proxies)) fields.append('Proxy-Connection', 'Keep-Alive')
  if (known.alternative !== undefined) fields.append('Alt-Used', altUsed(known.alternative))
  if (cookie !== undefined && cookie !== '') fields.append('Cookie', cookie)
  const condition = timeField(settings)
  if (condition !== undefined) fields.append(...condition)
  // RFC 9218 4: of use to servers and proxies over any version.
  if (settings.httpPriority !== undefined) fields.append('Priority', checkedPriority(settings.httpPriority))
  // HTTP/1.0 closes unless both sides say otherwise (RFC 9112 appendix C.2.2).
  if (settings.httpVersion === '1.0') fields.append('Connection', 'keep-alive')
  if (isWebSocket(url.origin)) for (const field of webSocketFields(settings)) fields.append(...field)
  const framing = framingField(settings, method, body, bodyLength)
  if (framing?.[0] === 'Transfer-Encoding') fields.append(...framing)
  const replaced = new Set<string>()
  for (const { name, value } of ownLines(settings, step, proxies)) {
    const key = name.toLowerCase()
    // One that the redirect sets wins over the user's.
    if (key === 'referer' && step?.referer !== undefined) continue
    // What the user said of a form's type is part of its type, with the boundary.
    if (type?.isForm === true && key === 'content-type' && value !== undefined) continue
    if (FRAMING_FIELDS.has(key)) {
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
  if (framing?.[0] === 'Content-Length') fields.append(...framing)
  if (type !== undefined && !isJson && !replaced.has('content-type')) fields.append('Content-Type', type.text)
  const trailers = announcedTrailers(settings, body)
  if (trailers !== undefined && !replaced.has('trailer')) fields.append('Trailer', trailers)
  nameTe(settings, fields)
  if (settings.httpVersion !== '1.0' && !fields.has('host')) {
    throw badHeaders('must not remove Host: HTTP/1.1 requires it (RFC 9112 3.2)')
  }
  return fields
}

/** What a body is told of; also of one that is held back for now, as with curl. */
function typeOf(body: BodySource): BodyType | undefined {
  return body.is === 'bytes' || body.is === 'stream' ? body.type : undefined
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
    return !(step?.dropsBody === true && BODY_FIELDS.has(key))
  })
}

/** Those of them that are sent, for who signs a request. */
export function ownFields({
  settings,
  step,
  proxies,
}: RequestPlan): (readonly [name: string, value: string])[] {
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

function framingField(
  settings: EasySettings,
  method: string,
  body: BodySource,
  bodyLength: number | undefined,
): [string, string] | undefined {
  if (body.is === 'none')
    return method === 'POST' || method === 'PUT' || method === 'PATCH' ? ['Content-Length', '0'] : undefined
  if (body.is === 'pending') return undefined
  if (bodyLength !== undefined) return ['Content-Length', String(bodyLength)]
  if (settings.httpVersion === '1.0') {
    throw new TransferError(
      'UPLOAD_FAILED',
      'a body of unknown length cannot be sent over HTTP/1.0: give inFileSize',
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

/** Who the user is here: options, URL and netrc file say it in this order, unless the file is required. */
function planCredentials(
  settings: EasySettings,
  url: ParsedUrl,
  step: RequestStep | undefined,
  { netrc = [] }: Known,
): Credentials | undefined {
  const { username, password } = settings
  // The credentials of the first URL are those of its origin.
  const own =
    url.username === '' && url.password === '' && step?.isElsewhere === false ? step.credentials : url
  if (username === undefined && password !== undefined && settings.netrc === 'ignored')
    return { user: own.username, password }
  return resolveCredentials({
    option: username === undefined ? undefined : { user: username, password: password ?? own.password },
    url: {
      ...(own.username === '' ? {} : { user: own.username }),
      ...(own.password === '' ? {} : { password: own.password }),
    },
    netrc: settings.netrc,
    entries: netrc,
    host: url.origin.host,
  })
}

/** RFC 7838 section 5: which alternative the request is sent to. */
function altUsed({ host, port }: Alternative): string {
  return `${writtenHost(host)}:${port}`
}

/** Whether to wait for `100 Continue`: for large bodies and those of unknown size, as libcurl does. */
function asksFirst(
  settings: EasySettings,
  body: BodySource,
  bodyLength: number | undefined,
  fields: Fields,
): boolean {
  if (settings.httpVersion === '1.0' || body.is === 'none' || body.is === 'pending') return false
  if (fields.has('expect')) return fields.tokens('expect').includes('100-continue')
  const isRemoved = settings.headers?.some((line) => line.name.toLowerCase() === 'expect') === true
  const size = body.is === 'bytes' ? body.bytes.length : bodyLength
  return !isRemoved && (size === undefined || size > LIMITS.expect100Bytes)
}

function expectingFields(fields: Fields): Fields {
  const expecting = fields.copy()
  expecting.set('Expect', '100-continue')
  return expecting
}

function badHeaders(rule: string): TransferError {
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option headers ${rule}`,
    { option: 'headers' },
    { phase: 'setup' },
  )
}
