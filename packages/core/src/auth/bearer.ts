/**
 * The Bearer scheme (RFC 6750 section 2.1): a token, as it is.
 *
 * The rule: the token is written as it was given or refused; it is never trimmed, encoded or shown.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { indexOfOther, TARGET_CHAR } from '../http/tokens.ts'

/**
 * The value of Authorization. RFC 6750 has letters, digits and `-._~+/=` only; curl sends whatever it is given,
 * so all that cannot end the field or the word is let through. BAD_FUNCTION_ARGUMENT for an empty token, blanks,
 * control characters and characters above U+00FF.
 */
export function bearerAuthorization(token: string): string {
  const at = token === '' ? 0 : indexOfOther(token, TARGET_CHAR)
  if (at < 0) return `Bearer ${token}`
  const problem =
    token === ''
      ? 'is empty'
      : `contains the character U+${token.charCodeAt(at).toString(16).padStart(4, '0').toUpperCase()}`
  throw new TransferError('BAD_FUNCTION_ARGUMENT', `the bearer token ${problem}`, {}, { phase: 'setup' })
}
