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
import type { DigestStates } from '../auth/digest-states.ts'
import { numberOf } from '../auth/negotiate.ts'
import type { NetrcEntry } from '../auth/netrc.ts'
import type { Alternative } from '../cache/alt-svc-cache.ts'
import type { NameLookup, SessionStore } from '../connect/filter.ts'
import type { OutgoingRequest } from '../connection/outgoing-request.ts'
import type { Decoders, Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { isFile, isWebSocket, parseUrl, type Origin, type ParsedUrl } from '../http/origin.ts'
import { IDEMPOTENCY_FIELDS, isIdempotent } from '../http/resend.ts'
import { isToken } from '../http/tokens.ts'
import type { EasySettings } from '../options/option-types.ts'
import type { WantTerms } from '../pool/records.ts'
import { chooseProxy, isForwarded, type ProxyChoice } from '../route/choose-proxy.ts'
import { planLookup, type LookupWay } from '../route/lookup-way.ts'
import { offersMultiplexing } from '../route/plan-route.ts'
import type { Route } from '../route/route.ts'
import { planWay } from '../route/way.ts'
import { NO_BODY, type BodySource, type SpentBodies } from './body-source.ts'
import { makeRequest } from './make-request.ts'
import { planProxyAuth } from './proxy-fields.ts'
import { settingsElsewhere, urlReading, type RequestStep } from './redirect.ts'
import { announcedLength, requestBody } from './request-body.ts'
import { planCredentials } from './request-credentials.ts'
import type { MomentaryFields } from './request-fields.ts'
import { checkWebSocket } from './web-socket-plan.ts'

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
  /** What the handle knows of Digest at origins and proxies; undefined: nothing, and it learns nothing. */
  readonly digests?: DigestStates | undefined
}

/** What a handle lends to all its requests: names and TLS sessions of its share, and its place in the world. */
export interface Borrowed extends Pick<ConnectTerms, 'names' | 'sessions' | 'digests' | 'isBeyondLimits'> {
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
    : plan({ ...from, url, step: { ...from.step, url, isElsewhere: isElsewhere(from, url) }, known })
}

/** Where HSTS has led counts, not what the Location field said. */
function isElsewhere({ settings, first }: RequestPlan, url: ParsedUrl): boolean {
  return url.origin.text !== first.text && !settings.unrestrictedAuth
}

/** The request as it goes out now. */
export function requestNow(from: RequestPlan, now: MomentaryFields): OutgoingRequest {
  const settings = from.step?.isElsewhere === true ? settingsElsewhere(from.settings) : from.settings
  const { alternative } = from.known
  return makeRequest({ ...from, settings, alternative, decoders: from.borrowed.decoders }, now)
}

function plan(start: PlanStart): RequestPlan {
  const { url, step, given, borrowed, known } = start
  const settings = step?.isElsewhere === true ? settingsElsewhere(start.settings) : start.settings
  const body = settings.noBody || settings.connectOnly || step?.dropsBody === true ? NO_BODY : given
  const asksForWebSocket = isWebSocket(url.origin) && !settings.connectOnly
  if (asksForWebSocket) checkWebSocket(settings, given)
  const method = step?.method ?? planMethod(settings, body)
  const bodyLength = announcedLength(settings, body)
  const proxies = isFile(url.origin) ? undefined : chooseProxy(settings, url.origin, start.firstProxies)
  const isForward = isForwarded(proxies)
  const credentials = planCredentials(settings, url, step, known.netrc)
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
  const fixedAuth =
    fixed === undefined && fixedForProxy === undefined ? NO_FIELDS : authFields(fixedForProxy, fixed)
  const { alternative } = known
  const request = makeRequest(
    { settings, url, step, proxies, alternative, decoders: borrowed.decoders, method, body, bodyLength },
    { auth: fixedAuth, cookie: settings.cookie, isBodyWithheld: false },
  )
  const { fields, version } = request.head
  const { asksToClose } = request
  const isRepeatable = isIdempotent(method) || IDEMPOTENCY_FIELDS.some((name) => fields.has(name))
  const isOwn = auth !== undefined && fixed === undefined && mayBindConnection(auth)
  const spoken = isOwn && needsOwnConnection(auth) ? speakingH1(settings) : settings
  const { route, identity } = planWay(spoken, url.origin, {
    proxies,
    alternative,
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
      digests: borrowed.digests,
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
const NO_FIELDS: RequestPlan['fixedAuth'] = []

function authFields(forProxy: string | undefined, forOrigin: string | undefined): RequestPlan['fixedAuth'] {
  return [
    ...(forProxy === undefined ? [] : [['Proxy-Authorization', forProxy] as const]),
    ...(forOrigin === undefined ? [] : [['Authorization', forOrigin] as const]),
  ]
}

/** A GSS library brings its own credentials: whose they are is the same for all who use the same function. */
const NOBODY: Credentials = { user: '', password: '' }

/** The same settings over HTTP/1.1: what authenticates connections has no place where requests share one. */
function speakingH1(settings: EasySettings): EasySettings {
  if (settings.httpVersion === '1.0' || settings.httpVersion === '1.1') return settings
  return Object.freeze(
    Object.create(settings, { httpVersion: { value: '1.1', enumerable: true } }),
  ) as EasySettings
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
