import { describe, expect, test } from 'vitest'
import { judgeRetry, type Ended, type RetryRules } from '../../../packages/cli/src/run/job-retry.ts'

const rules: RetryRules = { retries: 3, delayMs: 0, maxTimeMs: 0, isForRefused: false, isForAll: false }
const ended: Ended = { exitCode: 0, isRefused: false, status: 503, retryAfterMs: 0, tries: 0, spentMs: 0 }

describe('a job is run again', () => {
  test.each<[string, Partial<Ended>, Partial<RetryRules>, number | 'final']>([
    ['after 503', {}, {}, 1_000],
    ['after 503 with -f', { exitCode: 22 }, {}, 1_000],
    ['later each time', { tries: 2 }, {}, 4_000],
    ['after the delay that was asked for', { tries: 2 }, { delayMs: 100 }, 100],
    ['not before the server wants it', { retryAfterMs: 7_000 }, { delayMs: 100 }, 7_000],
    ['after a timeout', { exitCode: 28, status: 0 }, {}, 1_000],
    ['not after 404', { status: 404 }, {}, 'final'],
    ['not more often than asked for', { tries: 3 }, {}, 'final'],
    ['not after a refusal', { exitCode: 7, status: 0, isRefused: true }, {}, 'final'],
    [
      'after a refusal, if asked for',
      { exitCode: 7, status: 0, isRefused: true },
      { isForRefused: true },
      1_000,
    ],
    ['after any failure, if asked for', { exitCode: 18, status: 200 }, { isForAll: true }, 1_000],
    ['not after success, even then', { status: 200 }, { isForAll: true }, 'final'],
    ['not when the time is up', { spentMs: 5_000 }, { maxTimeMs: 5_000 }, 'final'],
    ['not when Retry-After leads beyond it', { retryAfterMs: 9_000 }, { maxTimeMs: 5_000 }, 'final'],
  ])('%s', (_case, end, rule, expected) => {
    const verdict = judgeRetry({ ...rules, ...rule }, { ...ended, ...end })
    expect(verdict.is === 'again' ? verdict.afterMs : verdict.is).toBe(expected)
  })

  test('and says so in curl’s words', () => {
    expect(judgeRetry(rules, ended)).toMatchObject({
      warning: 'Problem : HTTP error. Retrying in 1 second. 3 retries left.',
    })
    expect(judgeRetry(rules, { ...ended, tries: 2 })).toMatchObject({
      warning: 'Problem : HTTP error. Retrying in 4 seconds. 1 retry left.',
    })
  })
})
