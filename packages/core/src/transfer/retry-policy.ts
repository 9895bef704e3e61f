/**
 * Whether a transfer that failed is begun again after a while, and when: the rules of curl's `--retry`, as pure
 * functions. (What becomes of a request whose reused connection was dead is another matter: http/resend.ts.)
 *
 * The rule: a request that may have been acted on is repeated only when repeating it does no harm, or the user says
 * that he does not mind.
 */
import type { Milliseconds } from '../env/environment.ts'
import type { Phase, TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import type { EasySettings } from '../options/option-types.ts'
import type { TransferErrorCode } from '../tables/error-codes.ts'
import { LIMITS } from '../tables/limits.ts'

/** What the rules look at. */
export interface RetryCase {
  readonly settings: Pick<
    EasySettings,
    'retry' | 'retryDelayMs' | 'retryMaxTimeMs' | 'retryAllErrors' | 'retryUnsafe'
  >
  /** Why it should be tried again: the failure, or a response. */
  readonly error?: TransferError | undefined
  readonly head?: ResponseHead | undefined
  /** Whether repeating the request does no harm (RFC 9110 9.2.2). */
  readonly isRepeatable: boolean
  /** Times it was begun again. */
  readonly retries: number
  /** Since the transfer began. */
  readonly spentMs: Milliseconds
  /** What chance says, from 0 to 1. */
  readonly chance: number
}

/** How long to wait before it is tried again; undefined: what came is final. */
export function retryDelay(given: RetryCase): Milliseconds | undefined {
  const { settings, error, head, retries, spentMs } = given
  if (settings.retry <= retries) return undefined
  const isWorthIt = error === undefined ? isPassingStatus(head!) : isPassing(error, settings)
  if (!isWorthIt || !(given.isRepeatable || settings.retryUnsafe || isUntouched(error, head)))
    return undefined
  const delayMs = Math.max(ownDelay(given), retryAfterMs(head))
  const { retryMaxTimeMs } = settings
  return retryMaxTimeMs > 0 && spentMs + delayMs > retryMaxTimeMs ? undefined : delayMs
}

/** Statuses that curl calls transient. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 522, 524])

/** Whether a response may be tried again after a while, as far as its status goes. */
export function isPassingStatus({ status }: ResponseHead): boolean {
  return PASSING_STATUSES.has(status)
}

/** Failures of the way there, and of time; what the user, his options or his functions brought about is final. */
const PASSING_CODES: ReadonlySet<TransferErrorCode> = new Set<TransferErrorCode>([
  'COULDNT_RESOLVE_HOST',
  'COULDNT_RESOLVE_PROXY',
  'COULDNT_CONNECT',
  'OPERATION_TIMEDOUT',
  'GOT_NOTHING',
  'SEND_ERROR',
  'RECV_ERROR',
  'PARTIAL_FILE',
  'HTTP2',
  'HTTP2_STREAM',
])

const NEVER: ReadonlySet<TransferErrorCode> = new Set<TransferErrorCode>([
  'ABORTED_BY_CALLBACK',
  'WRITE_ERROR',
  'READ_ERROR',
  'SEND_FAIL_REWIND',
  'BAD_FUNCTION_ARGUMENT',
  'UNKNOWN_OPTION',
  'URL_MALFORMAT',
  'UNSUPPORTED_PROTOCOL',
  'FILESIZE_EXCEEDED',
  'TOO_MANY_REDIRECTS',
  'NOT_BUILT_IN',
])

function isPassing({ code, details }: TransferError, settings: RetryCase['settings']): boolean {
  // The time for all tries together is up.
  if (details['deadline'] === 'total' || NEVER.has(code)) return false
  return settings.retryAllErrors || PASSING_CODES.has(code)
}

/** Whether the server has not acted on the request: nothing reached it, or it says so. */
function isUntouched(error: TransferError | undefined, head: ResponseHead | undefined): boolean {
  if (error === undefined) return head!.status === 429 || head!.status === 503
  return PHASES_BEFORE_SENDING.has(error.phase) || error.details['unsent'] === true
}

const PHASES_BEFORE_SENDING: ReadonlySet<Phase | undefined> = new Set(['queue', 'resolve', 'connect', 'tls'])

const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 600_000

/** A fixed one, or one that doubles, of which chance takes up to a half so that clients do not come back together. */
function ownDelay({ settings, retries, chance }: RetryCase): Milliseconds {
  if (settings.retryDelayMs > 0) return settings.retryDelayMs
  const whole = Math.min(FIRST_DELAY_MS * 2 ** retries, LONGEST_DELAY_MS)
  return whole - (whole / 2) * chance
}

/** RFC 9110 10.2.3: seconds, or a date, which counts from the response's own Date; bounded. 0: nothing is said. */
export function retryAfterMs(head: ResponseHead | undefined): Milliseconds {
  return Math.min(saidMs(head), LIMITS.retryAfterMs)
}

function saidMs(head: ResponseHead | undefined): Milliseconds {
  const text = head?.fields.first('retry-after')
  if (text === undefined) return 0
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const then = Date.parse(text)
  const now = Date.parse(head!.fields.first('date') ?? '')
  return Number.isNaN(then) || Number.isNaN(now) ? 0 : Math.max(0, then - now)
}
