/**
 * `Failure`: how a failed transfer looks to the user of the command: curl's number and, where curl has a
 * sentence that scripts look for, curl's sentence, with what the engine knows added behind it.
 */
import { ERROR_CODES, isTransferError, type TransferError, type TransferErrorCode } from '@trunkline/core'

/** Why a transfer failed. */
export interface Failure {
  /** curl's number. */
  readonly exitCode: number
  readonly message: string
  /** Not worth a line: whoever read the output has gone. */
  readonly isQuiet?: boolean
}

/** What a sentence may speak of beside the error; empty and 0 when the transfer did not come to have a URL. */
export interface FailureContext {
  readonly host: string
  readonly port: number
  readonly totalMs: number
}

/** An error as the command tells it; what is no TransferError is a bug, and is thrown on. */
export function failureOf(error: unknown, context: FailureContext): Failure {
  if (!isTransferError(error)) throw error
  const tell = SENTENCES[error.code]
  const message = tell?.(error, context) ?? sentence(error.message)
  return { exitCode: exitCodeOf(error), message }
}

/** The number that curl's command ends with; ours says more in a few cases. */
export function exitCodeOf({ code, details, curlNumber }: TransferError): number {
  // Heads that are too large together are another matter than a line that is too long.
  if (details['allHeads'] === true) return ERROR_CODES.RECV_ERROR.number
  if (details['netrc'] === true) return ERROR_CODES.FAILED_INIT.number
  // What was asked for is another matter than a file that the command keeps something in.
  const isOwnFile = code === 'FILE_COULDNT_READ_FILE' && details['document'] !== true
  return isOwnFile ? ERROR_CODES.READ_ERROR.number : curlNumber
}

type Tell = (error: TransferError, context: FailureContext) => string | undefined

const SENTENCES: Partial<Record<TransferErrorCode, Tell>> = {
  UNSUPPORTED_PROTOCOL: ({ details }) =>
    details['scheme'] === undefined
      ? undefined
      : `Protocol "${details['scheme']}" ${details['disabled'] === true ? 'disabled' : 'not supported'}`,
  URL_MALFORMAT: ({ message }) => `URL rejected: ${message}`,
  COULDNT_RESOLVE_HOST: ({ details, message }, { host }) =>
    details['onion'] === true
      ? 'Not resolving .onion address (RFC 7686)'
      : details['doh'] === undefined
        ? `Could not resolve host: ${host}${details['system'] === undefined ? '' : ` (${details['system']})`}`
        : `Could not resolve host: ${host}: ${message}`,
  COULDNT_RESOLVE_PROXY: ({ details }) =>
    details['host'] === undefined ? undefined : `Could not resolve proxy: ${details['host']}`,
  COULDNT_CONNECT: ({ message, details }, { host, port, totalMs }) =>
    details['option'] === undefined && details['status'] === undefined
      ? `Failed to connect to ${details['proxyHost'] ?? host} port ${details['proxyPort'] ?? port} after ${totalMs} ms: ${message}`
      : details['status'] === undefined
        ? undefined
        : `CONNECT tunnel failed, response ${details['status']}`,
  BAD_CONTENT_ENCODING: ({ details }) =>
    details['unsolicited'] !== undefined
      ? `Unsolicited Transfer-Encoding (${details['unsolicited']}) found`
      : details['transfer'] === true
        ? `Reject response exceeding limit of ${details['limit']} transfer encodings`
        : undefined,
  HTTP_RETURNED_ERROR: ({ details, message }) =>
    details['upgrade'] === undefined ? `The requested URL returned error: ${details['status']}` : message,
  OPERATION_TIMEDOUT: (error, { totalMs }) => timeoutText(error, totalMs),
  GOT_NOTHING: ({ message }) => `Empty reply from server: ${message}`,
  FILESIZE_EXCEEDED: ({ details }) => `Exceeded the maximum allowed file size (${details['limit']})`,
}

function timeoutText({ details, message }: TransferError, totalMs: number): string | undefined {
  switch (details['deadline']) {
    case 'total':
      return `Operation timed out after ${totalMs} milliseconds with ${details['received']} bytes received`
    case 'connect':
      return `Connection timed out after ${totalMs} milliseconds`
    case 'low-speed':
      return `Operation too slow: ${message}`
    default:
      return undefined
  }
}

/** With a capital, as curl's messages begin. */
function sentence(message: string): string {
  return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}`
}

/** curl's sentence for CURLE_WRITE_ERROR. */
export const OUTPUT_LOST: Failure = { exitCode: 23, message: 'Failure writing output to destination' }

/** What a shell makes of a command that SIGINT ended: 128 and the signal's number. */
export const INTERRUPTED = 130

/** Whether nobody listens where the transfer was to go. */
export function isRefusal(error: unknown): boolean {
  return isTransferError(error) && error.code === 'COULDNT_CONNECT' && /ECONNREFUSED/.test(error.message)
}

/** What the system says, without its code and the call that failed. */
export function systemWords({ message }: Error): string {
  return message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/s, '')
}
