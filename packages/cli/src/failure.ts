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
  // What was asked for is another matter than a file that the command keeps something in.
  const isOwnFile = code === 'FILE_COULDNT_READ_FILE' && details['document'] !== true
  return isOwnFile ? ERROR_CODES.READ_ERROR.number : curlNumber
}

type Tell = (error: TransferError, context: FailureContext) => string | undefined

const SENTENCES: Partial<Record<TransferErrorCode, Tell>> = {
  UNSUPPORTED_PROTOCOL: ({ details, message }) =>
    details['scheme'] === undefined
      ? message.includes('does not begin with HTTP/')
        ? `Received HTTP/0.9 when not allowed: ${message}`
        : undefined
      : details['status'] !== undefined
        ? `Protocol "${details['scheme']}" is disabled (in redirect)`
        : `Protocol "${details['scheme']}" ${details['disabled'] === true ? 'is disabled' : 'not supported'}`,
  URL_MALFORMAT: ({ message, details }) => {
    const flaw = URL_FLAWS[String(details['urlCode']).replace('CURLUE_', '')]
    const rejected =
      details['status'] === undefined ? 'URL rejected' : 'The redirect target URL could not be parsed'
    return flaw === undefined ? `${rejected}: ${message}` : `${rejected}: ${flaw}: ${message}`
  },
  LOGIN_DENIED: ({ details, message }) =>
    details['urlCode'] === undefined
      ? undefined
      : `URL rejected: ${URL_FLAWS['USER_NOT_ALLOWED']}: ${message}`,
  TOO_MANY_REDIRECTS: ({ details }) => `Maximum (${details['limit']}) redirects followed`,
  RANGE_ERROR: ({ message }) =>
    `HTTP server does not seem to support byte ranges. Cannot resume. ${sentence(message)}`,
  PARTIAL_FILE: ({ details: { expected, received, resumeFrom }, message }) =>
    typeof expected === 'number' && typeof received === 'number'
      ? `end of response with ${expected - received} bytes missing: ${message}`
      : resumeFrom !== undefined
        ? `File already completely uploaded: ${message}`
        : `transfer closed with outstanding read data remaining: ${message}`,
  READ_ERROR: ({ details, message }) =>
    details['netrc'] === true
      ? `.netrc error: no such file: ${message}`
      : details['line'] !== undefined
        ? `.netrc error: syntax error: ${message}`
        : details['path'] === undefined
          ? undefined
          : `Failed to open/read local data from file/application: ${message}`,
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
      ? details['proxyHost'] === undefined
        ? `Failed to connect to ${bare(host)}:${port} after ${totalMs} ms: Could not connect to server: ${message}`
        : `Failed to connect to ${details['proxyHost']}:${details['proxyPort']} over proxy ${details['proxyHost']} after ${totalMs} ms: Could not connect to server: ${message}`
      : details['status'] === undefined
        ? undefined
        : `CONNECT tunnel failed, response ${details['status']}`,
  BAD_CONTENT_ENCODING: ({ details, message }) =>
    details['unsolicited'] !== undefined
      ? `Unsolicited Transfer-Encoding (${details['unsolicited']}) found`
      : details['transfer'] === true
        ? `Reject response exceeding limit of ${details['limit']} transfer encodings`
        : /is not known: /.test(message)
          ? `Unrecognized content encoding type: ${message}`
          : `Error while processing content unencoding: ${message}`,
  HTTP_RETURNED_ERROR: ({ details, message }) =>
    details['upgrade'] === undefined ? `The requested URL returned error: ${details['status']}` : message,
  OPERATION_TIMEDOUT: (error, { totalMs }) => timeoutText(error, totalMs),
  GOT_NOTHING: ({ message }) => `Empty reply from server: ${message}`,
  FILESIZE_EXCEEDED: ({ message }) => `Maximum file size exceeded: ${message}`,
  UPLOAD_FAILED: ({ details, message }) =>
    details['option'] === 'body' ? `Chunky upload is not supported by HTTP 1.0: ${message}` : undefined,
  RECV_ERROR: ({ message }) =>
    message.startsWith('the proxy closed the connection') ? `Proxy CONNECT aborted: ${message}` : undefined,
}

/** Without the brackets of an IPv6 address. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/** curl's sentences for what is wrong with a URL, by its code. */
const URL_FLAWS: Readonly<Record<string, string>> = {
  MALFORMED_INPUT: 'Malformed input to a URL function',
  BAD_PORT_NUMBER: 'Port number was not a decimal number between 0 and 65535',
  UNSUPPORTED_SCHEME: 'Unsupported URL scheme',
  URLDECODE: 'URL decode error, most likely because of rubbish in the input',
  USER_NOT_ALLOWED: 'Credentials was passed in the URL when prohibited',
  NO_HOST: 'No host present',
  BAD_FILE_URL: 'Bad file:// URL',
  BAD_FRAGMENT: 'Bad fragment',
  BAD_HOSTNAME: 'Bad hostname',
  BAD_IPV6: 'Bad IPv6 address',
  BAD_LOGIN: 'Bad login part',
  BAD_PASSWORD: 'Bad password',
  BAD_PATH: 'Bad path',
  BAD_QUERY: 'Bad query',
  BAD_SCHEME: 'Bad scheme',
  BAD_SLASHES: 'Unsupported number of slashes following scheme',
  BAD_USER: 'Bad user',
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

/** What the system says, in the words of the C library; without its code and the call that failed. */
export function systemWords({ message, code = '' }: NodeJS.ErrnoException): string {
  const words = message.replace(/^[A-Z]+: /, '').replace(/, \w+( '.*')?$/s, '')
  return SYSTEM_WORDS[code] ?? sentence(words)
}

/** Where Node's words differ by more than a capital. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EEXIST: 'File exists',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  EROFS: 'Read-only file system',
}
