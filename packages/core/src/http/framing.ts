/**
 * How long a body is (RFC 9112 section 6.3), as pure functions of heads.
 *
 * The rule: a length that two readers could understand differently is refused, or the body is read and the
 * connection named suspicious, so that it serves nothing afterwards. What follows a body read wrongly would
 * be taken for the answer to the next request.
 */
import { TransferError, type ErrorDetails } from '../errors/transfer-error.ts'
import type { TransferErrorCode } from '../tables/error-codes.ts'
import type { Fields } from './fields.ts'
import type { RequestHead, ResponseHead } from './message.ts'
import { isDigits, trimBlanks } from './tokens.ts'

export type BodyFraming =
  | { readonly is: 'none' }
  | { readonly is: 'length'; readonly bytes: number }
  | { readonly is: 'chunked' }
  | { readonly is: 'until-close' }

/** What is taken of a response that is refused otherwise, and how its body is read. */
export interface ResponseReading {
  /** Transfer codings beside chunked: whoever gets the body undoes them (libcurl: CURLOPT_TRANSFER_ENCODING). */
  readonly takesCodings: boolean
  /** Whatever they are: the body is wanted as it came (libcurl: CURLOPT_HTTP_TRANSFER_DECODING 0). */
  readonly takesAnyCoding: boolean
  /** A chunked body is handed out with its framing (libcurl: CURLOPT_HTTP_TRANSFER_DECODING off). */
  readonly keepsFraming: boolean
  /** Content-Length says nothing: the body lasts until the connection ends (libcurl: CURLOPT_IGNORE_CONTENT_LENGTH). */
  readonly ignoresLength: boolean
  /** The first response of a connection may have no head (libcurl: CURLOPT_HTTP09_ALLOWED). */
  readonly takesHttp09: boolean
}

/** What goes without an option. */
export const PLAIN_READING: ResponseReading = Object.freeze({
  takesCodings: false,
  takesAnyCoding: false,
  keepsFraming: false,
  ignoresLength: false,
  takesHttp09: false,
})

export interface ResponseFraming {
  readonly framing: BodyFraming
  /** Why the connection must not be used after this response, as a sentence; undefined when nothing is odd. */
  readonly suspicious: string | undefined
}

/**
 * The framing of the response `head` to a request of `requestMethod`. Throws WEIRD_SERVER_REPLY for a
 * Content-Length that is no number or that differs from another, and BAD_CONTENT_ENCODING
 * for a transfer coding other than `chunked` (curl: 61), unless `takesCodings` and it is gzip or deflate; both with
 * phase `receive`.
 */
export function responseFraming(
  requestMethod: string,
  head: ResponseHead,
  {
    takesCodings,
    takesAnyCoding,
    ignoresLength,
  }: Pick<ResponseReading, 'takesCodings' | 'takesAnyCoding' | 'ignoresLength'> = PLAIN_READING,
): ResponseFraming {
  const { status, fields } = head
  const hasCodings = fields.has('transfer-encoding')
  if (requestMethod === 'HEAD' || status === 304) return NOTHING
  if (requestMethod === 'CONNECT' && status >= 200 && status < 300) return NOTHING
  if (status < 200 || status === 204) {
    // RFC 9112 6.1: a server must not send Transfer-Encoding here; one that does may well send chunks too.
    return hasCodings
      ? { framing: NONE, suspicious: `status ${status} came with Transfer-Encoding` }
      : NOTHING
  }
  const bytes = ignoresLength ? undefined : contentLength(fields)
  if (!hasCodings)
    return bytes === undefined || bytes === Infinity
      ? ENDLESS
      : { framing: { is: 'length', bytes }, suspicious: undefined }

  const { chunked, repeated } = readCodings(fields, takesCodings, takesAnyCoding)
  // What is wanted as it came has the length that is announced, codings or not.
  if (!chunked && takesAnyCoding && bytes !== undefined && bytes !== Infinity)
    return {
      framing: { is: 'length', bytes },
      suspicious: 'the response has both Content-Length and Transfer-Encoding',
    }
  if (!chunked) return ENDLESS
  let suspicious: string | undefined
  if (fields.has('content-length')) suspicious = 'the response has both Content-Length and Transfer-Encoding'
  else if (head.version === '1.0') suspicious = 'an HTTP/1.0 response has Transfer-Encoding'
  else if (repeated) suspicious = 'the response names the chunked coding twice'
  return suspicious === undefined ? CHUNKS : { framing: CHUNKED, suspicious }
}

/**
 * The framing of a request. A server does not guess: what is only suspicious in a response is refused here
 * with WEIRD_SERVER_REPLY (RFC 9112 6.1 and 6.3 allow it, against request smuggling).
 */
export function requestFraming(head: RequestHead): BodyFraming {
  const { fields } = head
  const bytes = contentLength(fields)
  if (bytes !== undefined && bytes > Number.MAX_SAFE_INTEGER)
    throw refused('Content-Length is larger than 2^53-1')
  if (!fields.has('transfer-encoding')) return bytes === undefined ? NONE : { is: 'length', bytes }
  const { chunked, repeated } = readCodings(fields)
  if (bytes !== undefined) throw refused('the request has both Content-Length and Transfer-Encoding')
  if (head.version === '1.0') throw refused('an HTTP/1.0 request has Transfer-Encoding')
  if (!chunked || repeated) throw refused('chunked is not the one last transfer coding of the request')
  return CHUNKED
}

/**
 * The value of Content-Length, `1*DIGIT` (RFC 9110 8.6); undefined when there is none. The same number more
 * than once, in one field or several, counts once (RFC 9112 6.3 item 5). Throws WEIRD_SERVER_REPLY otherwise.
 */
export function contentLength(fields: Fields): number | undefined {
  let at = fields.indexOf('content-length')
  if (at < 0) return undefined
  const bytes = fields.digitsAt(at)
  const next = fields.indexOf('content-length', at + 1)
  if (bytes >= 0 && next < 0) return bytes

  const members: string[] = []
  for (; at >= 0; at = fields.indexOf('content-length', at + 1))
    members.push(...fields.valueAt(at).split(','))
  const lengths = members.map((member) => parseLength(trimBlanks(member)))
  const [first] = lengths
  for (const length of lengths) {
    if (length < 0) throw refused('Content-Length is not a number')
    if (length !== first) throw refused(`Content-Length is both ${first} and ${length}`)
  }
  return first
}

/** The number that `text` is as `1*DIGIT`, as near as can be; Infinity beyond 2^63-1, -1 for what is none. */
function parseLength(text: string): number {
  if (!isDigits(text)) return -1
  const bytes = Number(text)
  return bytes <= Number.MAX_SAFE_INTEGER || BigInt(text) <= MOST_BYTES ? bytes : Infinity
}

/** libcurl's curl_off_t. What is larger is no length to it: the body ends with the connection. */
const MOST_BYTES = 2n ** 63n - 1n

/**
 * `identity` is passed over, as curl does: RFC 2616 had it, RFC 7230 took it away. After `chunked` anything
 * but a second `chunked` is refused: read until close, such a body would reach the user with its chunk
 * sizes in it.
 */
function readCodings(
  fields: Fields,
  takesCodings = false,
  takesAnyCoding = false,
): { chunked: boolean; repeated: boolean } {
  let chunked = false
  let repeated = false
  for (const coding of fields.tokens('transfer-encoding')) {
    if (coding === 'chunked') {
      repeated = chunked
      chunked = true
    } else if (chunked) {
      throw refused('a transfer coding stands after chunked', 'BAD_CONTENT_ENCODING')
    } else if (!takesAnyCoding && coding !== 'identity' && !(takesCodings && CODINGS.has(coding))) {
      throw refused(
        `the transfer coding ${JSON.stringify(coding.slice(0, 40))} is ${CODINGS.has(coding) ? 'taken with transferEncoding only' : 'not supported'}`,
        'BAD_CONTENT_ENCODING',
        { unsolicited: coding.slice(0, 40) },
      )
    }
  }
  return { chunked, repeated }
}

function refused(
  message: string,
  code: TransferErrorCode = 'WEIRD_SERVER_REPLY',
  details?: ErrorDetails,
): TransferError {
  return new TransferError(code, message, details, { phase: 'receive' })
}

/** RFC 9112 7.2. */
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate'])
const NONE: BodyFraming = Object.freeze({ is: 'none' })
const CHUNKED: BodyFraming = Object.freeze({ is: 'chunked' })
const UNTIL_CLOSE: BodyFraming = Object.freeze({ is: 'until-close' })
const NOTHING: ResponseFraming = Object.freeze({ framing: NONE, suspicious: undefined })
const CHUNKS: ResponseFraming = Object.freeze({ framing: CHUNKED, suspicious: undefined })
const ENDLESS: ResponseFraming = Object.freeze({ framing: UNTIL_CLOSE, suspicious: undefined })
