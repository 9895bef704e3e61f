/**
 * Where a response sends its request (RFC 9110 section 15.4), as a pure function: the next step, or none.
 *
 * The rule: what belongs to an origin (credentials, Authorization, Cookie, Host, client certificates) goes to no
 * other, an origin being scheme, host and port; the one that counts is that of the first request.
 */
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import { isWebSocket, resolveUrl, type Origin, type ParsedUrl, type UrlReading } from '../http/origin.ts'
import type { ResponseHead } from '../http/message.ts'
import type { EasySettings } from '../options/option-types.ts'
import { schemeOf } from '../url/parse-url.ts'

/** What a request becomes when it is sent on. */
export interface RequestStep {
  readonly url: ParsedUrl
  readonly method: string
  /** Whether the request goes without its body from here on. */
  readonly dropsBody: boolean
  /** Whether what belongs to the first origin stays behind. */
  readonly isElsewhere: boolean
  /** Credentials of the first URL, for as long as its origin is not left. */
  readonly credentials: Pick<ParsedUrl, 'username' | 'password'>
  /** The Referer, when it is set by the redirect. */
  readonly referer: string | undefined
  /** Steps before this one. */
  readonly count: number
}

/** The step that a response asks for. */
export interface RedirectCase {
  readonly head: ResponseHead
  readonly settings: EasySettings
  /** The request that was answered. */
  readonly url: ParsedUrl
  readonly method: string
  readonly step: RequestStep | undefined
  /** The origin of the first request. */
  readonly first: Origin
  /** Whether the options give a body. */
  readonly hasBody: boolean
}

/**
 * Undefined: the response is final. Throws TOO_MANY_REDIRECTS, UNSUPPORTED_PROTOCOL for a scheme outside
 * `redirProtocols`, URL_MALFORMAT.
 */
export function nextStep({
  head,
  settings,
  url,
  method,
  step,
  first,
  hasBody,
}: RedirectCase): RequestStep | undefined {
  const { status, fields } = head
  if (!settings.followLocation || status < 300 || status > 399 || status === 304) return undefined
  const location = fields.first('location')
  if (location === undefined || location === '') return undefined
  // Two readers could go to different places; libcurl refuses it as well.
  if (fields.all('location').some((other) => other !== location))
    throw new TransferError(
      'WEIRD_SERVER_REPLY',
      'multiple Location headers lead to different places',
      { status },
      { phase: 'receive' },
    )
  const count = (step?.count ?? 0) + 1
  if (settings.maxRedirs >= 0 && count > settings.maxRedirs) {
    throw new TransferError(
      'TOO_MANY_REDIRECTS',
      `more than ${settings.maxRedirs} redirects (maxRedirs)`,
      { limit: settings.maxRedirs },
      { phase: 'receive' },
    )
  }
  const next = resolve(location, url)
  const isElsewhere = next.origin.text !== first.text && !settings.unrestrictedAuth
  return {
    url: next,
    ...nextMethod(status, method, settings, { hasBody, dropsBody: step?.dropsBody === true }),
    isElsewhere,
    // Those that a redirect names go on from there, as long as the first origin is not left.
    credentials: step === undefined || (!step.isElsewhere && hasLogin(url)) ? url : step.credentials,
    referer: settings.autoReferer ? url.text : step?.referer,
    count,
  }

  function resolve(text: string, base: ParsedUrl): ParsedUrl {
    // The bytes of a field are Latin-1 characters here; a URL parser would take them for others.
    const written = text.replace(
      /[\x80-\xff]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    // A WebSocket is asked for by HTTP, and so are other places where it may be.
    const isOfSocket = isWebSocket(base.origin)
    const bytes = isOfSocket ? written.replace(/^http(s?):/i, 'ws$1:') : written
    const scheme = schemeOf(bytes) ?? base.origin.scheme
    const allowed = settings.redirProtocols ?? (isOfSocket ? SOCKET_PROTOCOLS : REDIRECT_PROTOCOLS)
    if (!allowed.includes(scheme)) {
      throw new TransferError(
        'UNSUPPORTED_PROTOCOL',
        `the redirect (${status}) leads to ${scheme}, which redirProtocols does not allow`,
        { scheme, status },
        { phase: 'receive' },
      )
    }
    try {
      return resolveUrl(base, bytes, urlReading(settings))
    } catch (error) {
      if (!isTransferError(error)) throw error
      const { code, message, details } = error
      throw new TransferError(
        code,
        `the redirect (${status}) leads where it cannot: ${message}`,
        { ...details, status },
        { phase: 'receive' },
      )
    }
  }
}

/** How the options have URLs read, the first one and those of redirects. */
export function urlReading(settings: EasySettings): UrlReading {
  return {
    pathAsIs: settings.pathAsIs,
    defaultProtocol: settings.defaultProtocol,
    protocols: settings.protocols,
    disallowUser: settings.disallowUsernameInUrl,
  }
}

function hasLogin({ username, password }: ParsedUrl): boolean {
  return username !== '' || password !== ''
}

/** What of a body there is: that the options give one, and that it was left behind. */
interface BodyState {
  readonly hasBody: boolean
  readonly dropsBody: boolean
}

/** The method of the next request, and whether it goes without its body. */
function nextMethod(
  status: number,
  method: string,
  settings: EasySettings,
  state: BodyState,
): Pick<RequestStep, 'method' | 'dropsBody'> {
  if (settings.redirectMethod === 'by-status') {
    const turnsToGet = becomesGet(status, method, settings)
    return { method: turnsToGet ? 'GET' : method, dropsBody: turnsToGet || state.dropsBody }
  }
  // libcurl looks at what the method would be without the option `method`, which is but a name for it then.
  const kind = kindOf(settings, state)
  const turnsToGet = becomesGet(status, kind, settings)
  const next = turnsToGet ? 'GET' : kind
  const own = settings.redirectMethod === 'kept' ? settings.method : undefined
  return { method: own ?? next, dropsBody: turnsToGet || state.dropsBody }
}

/** The method that follows from what is sent. */
function kindOf({ noBody, upload }: EasySettings, { hasBody, dropsBody }: BodyState): string {
  if (noBody) return 'HEAD'
  if (dropsBody) return 'GET'
  return upload ? 'PUT' : hasBody ? 'POST' : 'GET'
}

/** RFC 9110 15.4.2 to 15.4.4; libcurl's CURLOPT_POSTREDIR keeps POST where asked. */
function becomesGet(status: number, method: string, settings: EasySettings): boolean {
  if (status === 301) return method === 'POST' && !settings.post301
  if (status === 302) return method === 'POST' && !settings.post302
  if (status !== 303 || method === 'GET' || method === 'HEAD') return false
  return !(method === 'POST' && settings.post303)
}

const REDIRECT_PROTOCOLS: readonly string[] = ['http', 'https']
const SOCKET_PROTOCOLS: readonly string[] = ['ws', 'wss']

/** Fields of the user's that stay with the first origin. */
export const ORIGIN_FIELDS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'host'])
/** Fields of the user's that say something of a body. */
export const BODY_FIELDS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
  'transfer-encoding',
  'expect',
])

/** The settings of a request to another origin: without what identifies the user to the first one. */
export function settingsElsewhere(settings: EasySettings): EasySettings {
  // Not by assignment: what the settings hold is read-only, and would be here as well.
  const elsewhere = Object.create(settings, NOBODY) as EasySettings
  const { negotiateFunction, httpAuth } = settings
  if (negotiateFunction !== undefined && httpAuth !== undefined) {
    // Its tokens say who the user is, to whoever gets them.
    const value = httpAuth.filter((word) => word !== 'negotiate')
    Object.defineProperty(elsewhere, 'httpAuth', { value, enumerable: true })
  }
  return Object.freeze(elsewhere)
}

const OF_THE_USER: readonly (keyof EasySettings)[] = [
  'username',
  'password',
  'xoauth2Bearer',
  'awsSigv4',
  'negotiateFunction',
  'cookie',
  'sslCert',
  'sslCertBlob',
  'sslKey',
  'sslKeyBlob',
  'keyPasswd',
  'pinnedPublicKey',
]

const NOBODY: PropertyDescriptorMap = Object.fromEntries(
  OF_THE_USER.map((name) => [name, { value: undefined, enumerable: true }]),
)
