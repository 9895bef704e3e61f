/**
 * The Basic scheme (RFC 7617): user and password, as they are, in base64.
 *
 * The rule: base64 is what keeps control characters off the wire, so nothing but U+0000 is refused here; a colon
 * in the user name is let through as curl does, though the server will split there.
 */
import { encodeBase64 } from './base64.ts'
import { checkCredentials, utf8, type Credentials } from './credentials.ts'

/** The value of Authorization or Proxy-Authorization. BAD_FUNCTION_ARGUMENT for a NUL. */
export function basicAuthorization(credentials: Credentials): string {
  checkCredentials(credentials)
  return `Basic ${encodeBase64(utf8(`${credentials.user}:${credentials.password}`))}`
}
