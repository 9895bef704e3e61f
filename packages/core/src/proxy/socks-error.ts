/** How a SOCKS handshake fails: libcurl's CURLE_PROXY, with the name that CURLINFO_PROXY_ERROR has for the reason. */
import { TransferError, type ErrorDetails } from '../errors/transfer-error.ts'

/** libcurl's reasons (CURLPX_), without their prefix. */
export type SocksProblem =
  | 'BAD_ADDRESS_TYPE'
  | 'BAD_VERSION'
  | 'CLOSED'
  | 'IDENTD'
  | 'IDENTD_DIFFER'
  | 'LONG_HOSTNAME'
  | 'LONG_PASSWD'
  | 'LONG_USER'
  | 'NO_AUTH'
  | 'REPLY_ADDRESS_TYPE_NOT_SUPPORTED'
  | 'REPLY_COMMAND_NOT_SUPPORTED'
  | 'REPLY_CONNECTION_REFUSED'
  | 'REPLY_GENERAL_SERVER_FAILURE'
  | 'REPLY_HOST_UNREACHABLE'
  | 'REPLY_NETWORK_UNREACHABLE'
  | 'REPLY_NOT_ALLOWED'
  | 'REPLY_TTL_EXPIRED'
  | 'REPLY_UNASSIGNED'
  | 'REQUEST_FAILED'
  | 'RESOLVE_HOST'
  | 'UNKNOWN_FAIL'
  | 'UNKNOWN_MODE'
  | 'USER_REJECTED'

/** PROXY in phase `proxy`. `details.proxyError` is the problem's name. */
export function socksError(
  problem: SocksProblem,
  message: string,
  details: ErrorDetails = {},
): TransferError {
  return new TransferError('PROXY', message, { proxyError: problem, ...details }, { phase: 'proxy' })
}

/** A host, user name or password that does not fit the one byte that tells its length. */
export function checkLength(bytes: Uint8Array, what: string, problem: SocksProblem): void {
  if (bytes.length <= LONGEST) return
  const message = `${what} is ${bytes.length} bytes long, and SOCKS has room for ${LONGEST}`
  throw socksError(problem, message, { bytes: bytes.length, limit: LONGEST })
}

/** RFC 1928 section 5, RFC 1929 section 2: lengths are one octet. */
const LONGEST = 255
