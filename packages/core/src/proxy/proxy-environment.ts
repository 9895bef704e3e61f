/**
 * The environment variables that name proxies, as curl reads them.
 *
 * The rule: `http_proxy` is read in lower case only, for a CGI program's HTTP_PROXY is what a client's `Proxy:`
 * field said ("httpoxy"); of the others lower case goes first. An empty variable counts as none.
 */
import type { Scheme } from '../http/origin.ts'

/** Variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>

/** The proxy for a scheme; undefined: none. */
export function proxyFor(scheme: Scheme, variables: Variables): string | undefined {
  const own = scheme === 'http' || scheme === 'ws' ? ['http_proxy'] : ['https_proxy', 'HTTPS_PROXY']
  return first(variables, [...own, 'all_proxy', 'ALL_PROXY'])
}

/** The hosts that need no proxy. */
export function noProxyList(variables: Variables): string | undefined {
  return first(variables, ['no_proxy', 'NO_PROXY'])
}

function first(variables: Variables, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = variables[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}
