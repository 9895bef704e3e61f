/** A rate limiter never sends who waits for it away at the time it named. */
import { expect, test } from 'vitest'
import { RateLimiter } from '../../../packages/core/src/transfer/rate-limiter.ts'

test('at any rate some byte may move when it is due', () => {
  for (let bytesPerS = 1; bytesPerS <= 3_000; bytesPerS += 1) {
    let now = 0
    const limiter = new RateLimiter(bytesPerS, now)
    limiter.take(Infinity, now)
    for (let count = 0; count < 20; count += 1) {
      now = limiter.dueAt
      expect([bytesPerS, limiter.take(Infinity, now) >= 1]).toEqual([bytesPerS, true])
    }
    // Never more than that in the time, and what the bucket holds at first.
    expect(now).toBeGreaterThan(0)
  }
})
