/**
 * To which origins credentials may go.
 *
 * The rule: those set for one origin go to that origin: scheme, host and port. "The same host" alone has leaked
 * them twice (CVE-2022-27774, CVE-2022-27776).
 */
import type { Origin } from '../http/origin.ts'

/**
 * Whether what was given by option or by the first URL (user, password, bearer token, Authorization and Cookie
 * fields of the user) may go to `to`. `isUnrestricted`: CURLOPT_UNRESTRICTED_AUTH. What a URL or the netrc file
 * says of the new origin itself is not asked about here.
 */
export function maySendCredentials(setFor: Origin, to: Origin, isUnrestricted: boolean): boolean {
  return isUnrestricted || setFor.text === to.text
}
