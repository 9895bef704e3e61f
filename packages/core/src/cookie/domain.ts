/**
 * Which hosts a cookie's domain covers, and which domains a host may set cookies for (RFC 6265bis 5.1.3 and
 * 5.7), as pure functions.
 *
 * The rule: names come canonical (`canonicalHost`), and match at labels only: `ample.com` covers nothing of
 * `example.com` (CVE-2013-1944). An IP address covers itself and nothing else (CVE-2014-3613).
 */

/**
 * Whether anybody can have a name below `host` (publicsuffix.org, private part included). A name of one label
 * that is in no list is one, by the list's default rule.
 */
export type PublicSuffixTest = (host: string) => boolean

/** Whether `host` is an IP address. IPv6 literals come without brackets; no name has a colon. */
export function isIpHost(host: string): boolean {
  if (host.includes(':')) return true
  const numbers = host.split('.')
  return numbers.length === 4 && numbers.every((number) => /^\d{1,3}$/.test(number) && Number(number) <= 255)
}

/** Whether `host` is `domain` or a name below it. */
export function domainCovers(domain: string, host: string): boolean {
  if (domain === host) return true
  return domain !== '' && !isIpHost(host) && host.endsWith(`.${domain}`)
}

/**
 * How a cookie for `domain` may be kept that `host` has set, which belongs to it: for the whole domain; for the
 * host only, when the host itself is a public suffix; or not at all, when the domain is a public suffix or a
 * part of one.
 */
export function suffixVerdict(
  domain: string,
  host: string,
  isPublicSuffix: PublicSuffixTest,
): 'domain' | 'host-only' | 'refused' {
  if (domain === host) return isPublicSuffix(domain) ? 'host-only' : 'domain'
  const isPartOfSuffix = tailsOf(host).some((tail) => tail.length >= domain.length && isPublicSuffix(tail))
  return isPartOfSuffix ? 'refused' : 'domain'
}

/** The site of a host: its public suffix with one label more. A suffix or an address is a site by itself. */
export function siteOf(host: string, isPublicSuffix: PublicSuffixTest): string {
  if (isIpHost(host)) return host
  const tails = tailsOf(host)
  const suffixAt = tails.findIndex((tail) => isPublicSuffix(tail))
  // A test that knows no suffix at all leaves the last label as one.
  return tails[Math.max(0, (suffixAt < 0 ? tails.length - 1 : suffixAt) - 1)]!
}

/** `a.b.c`, `b.c`, `c`. */
function tailsOf(host: string): string[] {
  const tails = [host]
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1))
    tails.push(host.slice(dot + 1))
  return tails
}
