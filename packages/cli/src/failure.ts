/**
 * `Failure`: how a failed transfer looks to the user of the command: curl's number and, where curl has a
 * sentence that scripts look for, curl's sentence, with what the engine knows added behind it.
 */
import { isTransferError, type TransferError, type TransferErrorCode } from '@trunkline/core'

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
  return { exitCode: error.curlNumber, message }
}

type Tell = (error: TransferError, context: FailureContext) => string | undefined

const SENTENCES: Partial<Record<TransferErrorCode, Tell>> = {
  UNSUPPORTED_PROTOCOL: ({ details }) =>
    details['scheme'] === undefined
      ? undefined
      : `Protocol "${details['scheme']}" ${details['disabled'] === true ? 'disabled' : 'not supported'}`,
  URL_MALFORMAT: ({ message }) => `URL rejected: ${message}`,
  COULDNT_RESOLVE_HOST: ({ details, message }, { host }) =>
    details['doh'] === undefined
      ? `Could not resolve host: ${host}${details['system'] === undefined ? '' : ` (${details['system']})`}`
      : `Could not resolve host: ${host}: ${message}`,
  COULDNT_RESOLVE_PROXY: ({ details }) =>
    details['host'] === undefined ? undefined : `Could not resolve proxy: ${details['host']}`,
  COULDNT_CONNECT: ({ message, details }, { host, port, totalMs }) =>
    details['option'] === undefined
      ? `Failed to connect to ${details['proxyHost'] ?? host} port ${details['proxyPort'] ?? port} after ${totalMs} ms: ${message}`
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
