/**
 * Whether a job of the command is run again after it ended, and when: curl's rules of `--retry`, whose flags set
 * nothing of the handle, since the output has to be put back as well. Pure.
 */
import type { Milliseconds } from '@trunkline/core'

/** What the flags say. */
export interface RetryRules {
  readonly retries: number
  /** Between tries; 0: 1 s, then twice as long each time. */
  readonly delayMs: Milliseconds
  /** No try begins later than this after the first; 0: no limit. */
  readonly maxTimeMs: Milliseconds
  readonly isForRefused: boolean
  readonly isForAll: boolean
}

/** How a try ended. */
export interface Ended {
  /** curl's number; 0: well. */
  readonly exitCode: number
  readonly isRefused: boolean
  /** 0: no response. */
  readonly status: number
  /** What Retry-After asks for; 0: nothing. */
  readonly retryAfterMs: Milliseconds
  /** Tries before this one. */
  readonly tries: number
  /** Since the first try began. */
  readonly spentMs: Milliseconds
}

/** What is to be done. */
export type RetryVerdict =
  | { readonly is: 'final'; readonly warning?: string }
  | { readonly is: 'again'; readonly afterMs: Milliseconds; readonly warning: string }

const FINAL: RetryVerdict = { is: 'final' }
const LONGEST_MS = 600_000
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 522, 524])
/** No proxy, no host, no answer in time. */
const PASSING_CODES: ReadonlySet<number> = new Set([5, 6, 28])
const STATUS_FAILED = 22

/** Decides. */
export function judgeRetry(rules: RetryRules, ended: Ended): RetryVerdict {
  if (ended.tries >= rules.retries) return FINAL
  if (rules.maxTimeMs > 0 && ended.spentMs >= rules.maxTimeMs) return FINAL
  const why = reasonOf(rules, ended)
  if (why === undefined) return FINAL
  const ownMs = rules.delayMs > 0 ? rules.delayMs : Math.min(1_000 * 2 ** ended.tries, LONGEST_MS)
  const afterMs = Math.max(ownMs, ended.retryAfterMs)
  if (rules.maxTimeMs > 0 && ended.retryAfterMs > 0 && ended.spentMs + afterMs > rules.maxTimeMs) {
    return {
      is: 'final',
      warning:
        'The Retry-After: time would make this command line exceed the maximum allowed time for retries.',
    }
  }
  const left = rules.retries - ended.tries
  const seconds = String(afterMs / 1_000)
  return {
    is: 'again',
    afterMs,
    warning: `Problem ${why}. Retrying in ${seconds} second${afterMs === 1_000 ? '' : 's'}. ${left} retr${left === 1 ? 'y' : 'ies'} left.`,
  }
}

function reasonOf(rules: RetryRules, { exitCode, isRefused, status }: Ended): string | undefined {
  if (PASSING_CODES.has(exitCode)) return ': timeout'
  if (isRefused && rules.isForRefused) return ': connection refused'
  if ((exitCode === 0 || exitCode === STATUS_FAILED) && PASSING_STATUSES.has(status)) return ': HTTP error'
  return exitCode !== 0 && rules.isForAll ? '(retrying all errors)' : undefined
}
