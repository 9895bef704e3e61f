/**
 * What a request says to a proxy that forwards it, and which of the user's fields go with it.
 *
 * The rule: Proxy-Authorization is for the proxy that it was given for. No tunnel carries it to an origin
 * (CVE-2003-1605), and no redirect to another proxy or origin (CVE-2024-24758, CVE-2026-6253).
 */
import { basicAuthorization } from '../auth/basic.ts'
import { allowedSchemes, firstScheme } from '../auth/select.ts'
import type { Fields } from '../http/fields.ts'
import type { EasySettings, HeaderLine } from '../options/option-types.ts'
import { proxyAuthWords } from '../proxy/proxy-login.ts'
import type { ProxyChoice } from '../route/choose-proxy.ts'
import { proxyFields } from '../route/proxy-hops.ts'
import type { RequestStep } from './redirect.ts'

/** Adds Proxy-Authorization where it needs no challenge: for Basic, when nothing else is allowed. */
export function addLogin(fields: Fields, { http }: ProxyChoice, settings: EasySettings): void {
  const words = proxyAuthWords(settings.proxyAuth)
  const credentials = http?.credentials
  if (credentials === undefined) return
  const means = { user: true, bearer: false, negotiate: false }
  if (firstScheme(allowedSchemes(words, means), means) === 'basic')
    fields.append('Proxy-Authorization', basicAuthorization(credentials))
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
