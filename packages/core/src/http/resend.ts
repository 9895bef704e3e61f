/**
 * May a request be sent again after its connection failed? Pure; the rules of docs/connection-cache.md.
 *
 * Precedents: libcurl repeats any method on a reused connection that died before a byte of response (and so
 * can have a POST done twice); Go repeats idempotent requests, and others that were provably not sent.
 */

/** RFC 9110 9.2.2: the safe methods, PUT and DELETE. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'QUERY',
])

/** Go's transport takes these as a promise that repeating does no harm. */
export const IDEMPOTENCY_FIELDS = ['idempotency-key', 'x-idempotency-key'] as const

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT_METHODS.has(method)
}

export interface FailedTry {
  readonly policy: 'idempotent' | 'always' | 'never'
  /** Whether the connection had served a request before this one, or had others before it in the pipeline. */
  readonly wasReused: boolean
  /** Whether any byte of the response came, 1xx included. */
  readonly hasBegun: boolean
  /** Whether the peer, or the refusal to send, says that no byte of the request was acted on (RFC 9113 8.7). */
  readonly isUnsent: boolean
  /** Whether repeating does no harm: an idempotent method, or an Idempotency-Key. */
  readonly isRepeatable: boolean
  /** Repeats so far, and how many are allowed. */
  readonly retries: number
  readonly maxRetries: number
}

/**
 * Whether to send again. What was not acted on is always sent again; else a fresh connection that failed is
 * never retried here.
 */
export function mayResend(tried: FailedTry): boolean {
  if (tried.hasBegun || tried.retries >= tried.maxRetries) return false
  if (tried.isUnsent) return true
  if (tried.policy === 'never' || !tried.wasReused) return false
  return tried.policy === 'always' || tried.isRepeatable
}
