/**
 * What a request says to a proxy that forwards it, and which of the user's fields go with it.
 *
 * The rule: Proxy-Authorization is for the proxy that it was given for. No tunnel carries it to an origin
 * (CVE-2003-1605), and no redirect to another proxy or origin (CVE-2024-24758, CVE-2026-6253).
 */
import { planAuth, type AuthPlan } from '../auth/auth-plan.ts'
import type { EasySettings, HeaderLine } from '../options/option-types.ts'
import { proxyAuthWords } from '../proxy/proxy-login.ts'
import type { ProxyChoice } from '../route/choose-proxy.ts'
import { proxyFields } from '../route/proxy-hops.ts'
import type { RequestStep } from './redirect.ts'

/** With what a request authenticates itself at the proxy that forwards it; undefined: with nothing. */
export function planProxyAuth(settings: EasySettings, { http, isFirst }: ProxyChoice): AuthPlan | undefined {
  const words = proxyAuthWords(settings.proxyAuth)
  return planAuth({
    // Tokens of Negotiate, too, are for the proxies of the first request.
    words: isFirst ? words : words.filter((word) => word !== 'negotiate'),
    credentials: http?.credentials,
    hasNegotiate: isFirst && settings.negotiateFunction !== undefined,
  })
}

/** The user's fields in order; behind them, to a proxy that forwards, those for proxies. */
export function givenFields(settings: EasySettings, proxies: ProxyChoice | undefined): readonly HeaderLine[] {
  const { headers = NONE } = settings
  return proxies?.mode === 'forward' ? [...headers, ...proxyFields(settings, proxies)] : headers
}

/** Whether a Proxy-Authorization among the user's fields goes with a request. */
export function mayTellProxyLogin(proxies: ProxyChoice | undefined, step: RequestStep | undefined): boolean {
  return proxies === undefined ? step?.isElsewhere !== true : proxies.mode === 'forward' && proxies.isFirst
}

const NONE: readonly HeaderLine[] = []
