/** How much useless work is taken (see `FloodGuard`). */
import { describe, expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { FloodGuard } from '../../../packages/core/src/h2/flood-guard.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'

const BURST = LIMITS.h2UselessFrames

/** How many are taken until it is too much; at most `most`. */
function taken(guard: FloodGuard, now: number, most = 10 * BURST): number {
  for (let count = 0; count < most; count += 1) {
    try {
      guard.useless(now)
    } catch (error) {
      if (!isTransferError(error) || error.details['h2'] !== 'ENHANCE_YOUR_CALM') throw error
      return count
    }
  }
  return most
}

describe('a burst', () => {
  test.each([0, 1, 5_000_000, 1e13])('of the limit is taken at time %d, and no more', (now) => {
    expect(taken(new FloodGuard(), now)).toBe(BURST)
  })

  test('is not larger after any silence', () => {
    const guard = new FloodGuard()
    for (let count = 0; count < BURST; count += 1) guard.useless(0)
    expect(taken(guard, 24 * 3_600_000)).toBe(BURST)
  })

  test('may be repeated in part as time goes by', () => {
    const guard = new FloodGuard()
    for (let count = 0; count < BURST; count += 1) guard.useless(0)
    expect(taken(guard, 1_000)).toBe(LIMITS.h2UselessFramesPerSecond)
  })
})

test('the rate that is forgiven is forgiven for ever, and twice of it is not', () => {
  const steady = new FloodGuard()
  const gapMs = 1_000 / LIMITS.h2UselessFramesPerSecond
  for (let count = 0; count < 100_000; count += 1) steady.useless(1e6 + count * gapMs)

  const hasty = new FloodGuard()
  let count = 0
  expect(() => {
    for (; count < 100_000; count += 1) hasty.useless(1e6 + (count * gapMs) / 2)
  }).toThrow('moved nothing')
  expect(count).toBeGreaterThan(BURST)
  expect(count).toBeLessThan(2 * BURST + 10)
})

test('once a second, for a day', () => {
  const guard = new FloodGuard()
  for (let second = 0; second < 86_400; second += 1) guard.useless(second * 1_000)
  expect(taken(guard, 86_400_000)).toBe(BURST)
})

test('what moves something pays for what does not, but not ahead', () => {
  const guard = new FloodGuard()
  guard.earned(1_000_000)
  for (let count = 0; count < BURST; count += 1) guard.useless(0)
  guard.earned(7)
  expect(taken(guard, 0)).toBe(7)
})
