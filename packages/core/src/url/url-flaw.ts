/**
 * What is wrong with a URL, as an error: URL_MALFORMAT (or UNSUPPORTED_PROTOCOL, LOGIN_DENIED) whose details name
 * the part and libcurl's CURLUE_ code.
 *
 * The rule: user and password are never repeated, and neither is a text that may hold them.
 */
import { TransferError } from '../errors/transfer-error.ts'
import type { TransferErrorCode } from '../tables/error-codes.ts'
import type { UrlPart } from './url-parts.ts'

/** libcurl's code for each part that can be bad (libcurl-errors, CURLUcode). */
export type UrlFlaw =
  | 'MALFORMED_INPUT'
  | 'BAD_PORT_NUMBER'
  | 'UNSUPPORTED_SCHEME'
  | 'URLDECODE'
  | 'USER_NOT_ALLOWED'
  | 'UNKNOWN_PART'
  | 'NO_HOST'
  | 'BAD_FILE_URL'
  | 'BAD_FRAGMENT'
  | 'BAD_HOSTNAME'
  | 'BAD_IPV6'
  | 'BAD_LOGIN'
  | 'BAD_PASSWORD'
  | 'BAD_PATH'
  | 'BAD_QUERY'
  | 'BAD_SCHEME'
  | 'BAD_SLASHES'
  | 'BAD_USER'
  | 'TOO_LARGE'

/** `details`: `part` and `urlCode`, such as `CURLUE_BAD_HOSTNAME`. */
export function flawed(part: UrlPart, flaw: UrlFlaw, message: string): TransferError {
  return new TransferError(
    CODES[flaw] ?? 'URL_MALFORMAT',
    message,
    { part, urlCode: `CURLUE_${flaw}` },
    { phase: 'setup' },
  )
}

/** The code for a part that holds what it may not. */
export const BAD_PART: Readonly<Record<UrlPart, UrlFlaw>> = {
  url: 'MALFORMED_INPUT',
  scheme: 'BAD_SCHEME',
  user: 'BAD_USER',
  password: 'BAD_PASSWORD',
  options: 'BAD_LOGIN',
  host: 'BAD_HOSTNAME',
  zoneid: 'BAD_IPV6',
  port: 'BAD_PORT_NUMBER',
  path: 'BAD_PATH',
  query: 'BAD_QUERY',
  fragment: 'BAD_FRAGMENT',
}

/** A text as a message may show it: quoted, and not too long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text)
}

const CODES: Readonly<Partial<Record<UrlFlaw, TransferErrorCode>>> = {
  UNSUPPORTED_SCHEME: 'UNSUPPORTED_PROTOCOL',
  USER_NOT_ALLOWED: 'LOGIN_DENIED',
  UNKNOWN_PART: 'BAD_FUNCTION_ARGUMENT',
}
