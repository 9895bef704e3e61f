/**
 * What memory changes of a request before it is sent, and what a response adds to memory.
 *
 * The rule: whatever a server says is taken for its own host only; HSTS and Alt-Svc only over TLS with a
 * certificate that was verified (RFC 6797 8.1, RFC 7838 2.1).
 */
import { cookieSite, writeCookieField, type CookieSite } from '../cookie/cookie-field.ts'
import type { TlsFacts } from '../env/environment.ts'
import type { ResponseHead } from '../http/message.ts'
import { isSecure, upgradedUrl, type Origin } from '../http/origin.ts'
import type { EasySettings } from '../options/option-types.ts'
import { redirectedBy } from '../route/pins.ts'
import { offersMultiplexing } from '../route/plan-route.ts'
import { LIMITS } from '../tables/limits.ts'
import type { HandleMemory } from './handle-memory.ts'
import { planKnowing, type RequestPlan } from './request-plan.ts'

/**
 * The plan with what memory knows of its host: HTTPS instead of HTTP, credentials of the netrc file, another place
 * where it can be had, unless `avoidsAlternative`. Throws as planning does.
 */
export function recall(plan: RequestPlan, memory: HandleMemory, avoidsAlternative = false): RequestPlan {
  const isUpgraded = !isSecure(plan.url.origin) && isUnderHsts(plan, memory)
  const url = isUpgraded ? upgradedUrl(plan.url) : plan.url
  const netrc = plan.settings.netrc === 'ignored' ? undefined : memory.netrc
  const { settings } = plan
  const wanted = offersMultiplexing(settings, url.origin) ? H2_OR_H1 : H1
  const alternative =
    url.origin.scheme === 'https' && !avoidsAlternative && !hasPlaceOfItsOwn(settings, url.origin)
      ? memory.altSvc?.lookup(url.origin, wanted)
      : undefined
  const isElsewhere =
    alternative !== undefined &&
    (alternative.host !== url.origin.host || alternative.port !== url.origin.port)
  const isNew = isUpgraded || netrc !== undefined || isElsewhere || plan.known.alternative !== undefined
  return isNew ? planKnowing(plan, { netrc, alternative: isElsewhere ? alternative : undefined }, url) : plan
}

/** The user says where to connect, or speaks what no alternative is told of; as in libcurl, that goes before. */
function hasPlaceOfItsOwn(settings: EasySettings, { host, port }: Origin): boolean {
  const { httpVersion, unixSocketPath, abstractUnixSocket, connectTo } = settings
  return (
    httpVersion === '1.0' ||
    unixSocketPath !== undefined ||
    abstractUnixSocket !== undefined ||
    redirectedBy(connectTo, host, port) !== undefined
  )
}

function isUnderHsts({ url }: RequestPlan, { hsts }: HandleMemory): boolean {
  return hsts?.covering(url.origin.host) !== undefined
}

/** The Cookie field for a request that goes out now: the jar's cookies, and those of the option. */
export function cookiesFor(plan: RequestPlan, memory: HandleMemory | undefined): string | undefined {
  const custom = plan.step?.isElsewhere === true ? undefined : plan.settings.cookie
  const jar = memory?.cookies
  if (jar === undefined) return custom
  const cookies = jar.isEmpty ? [] : jar.match(siteOf(plan))
  return writeCookieField(cookies, custom, LIMITS).value
}

/** Takes in what the head of a response says; `taken`: cookies that heads of this response set before. Answers how many are now. */
export function remember(
  head: ResponseHead,
  plan: RequestPlan,
  tls: TlsFacts | undefined,
  memory: HandleMemory,
  taken: number,
): number {
  const { fields } = head
  const { cookies } = memory
  const count =
    cookies !== undefined && fields.has('set-cookie')
      ? cookies.receive(fields.all('set-cookie'), siteOf(plan), taken)
      : taken
  const isVerified = tls !== undefined && tls.verifyProblem === undefined && plan.settings.sslVerifyPeer
  if (!isVerified || !plan.settings.sslVerifyHost) return count
  const { origin } = plan.url
  const policy = memory.hsts && fields.first('strict-transport-security')
  if (policy !== undefined) memory.hsts!.learn(policy, origin.host)
  const services = memory.altSvc && fields.get('alt-svc')
  if (services !== undefined) {
    const ageS = Number(fields.first('age') ?? 0)
    const over = tls.alpn === 'h2' ? 'h2' : 'h1'
    memory.altSvc!.learn(services, { origin, over, ageS: Number.isFinite(ageS) ? ageS : 0 })
  }
  return count
}

function siteOf(plan: RequestPlan): CookieSite {
  const hostField = plan.request.head.fields.first('host')
  return cookieSite(plan.url.origin, plan.url.target, { hostField, viaProxy: plan.proxies !== undefined })
}

const H2_OR_H1 = ['h2', 'h1'] as const
const H1 = ['h1'] as const
