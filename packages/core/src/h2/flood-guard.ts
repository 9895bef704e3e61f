/**
 * `FloodGuard`: how much useless work a peer may cause: a bucket of tokens, one per frame that moves nothing
 * (SETTINGS, PING, PRIORITY, WINDOW_UPDATE, RST_STREAM, empty DATA, unknown types), filled again by time and
 * by frames that do move something.
 *
 * The rule: a peer that pings every second for a day is welcome, one that does nothing else in a burst is not
 * (CVE-2019-9512, -9515, -9518 and their kin).
 */
import type { Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import { connectionError } from './violation.ts'

export class FloodGuard {
  #tokens: number = LIMITS.h2UselessFrames
  #filledAt: Milliseconds = 0

  /** A useless frame came. Throws a connection error when there were too many. */
  useless(now: Milliseconds): void {
    const earned = ((now - this.#filledAt) * LIMITS.h2UselessFramesPerSecond) / 1_000
    this.#filledAt = now
    this.#tokens = Math.min(LIMITS.h2UselessFrames, this.#tokens + earned) - 1
    if (this.#tokens >= 0) return
    throw connectionError(
      'ENHANCE_YOUR_CALM',
      `more than ${LIMITS.h2UselessFrames} frames in a row moved nothing`,
      { limit: LIMITS.h2UselessFrames },
    )
  }

  /** Something moved: `count` useless frames are paid for. */
  earned(count: number): void {
    this.#tokens = Math.min(LIMITS.h2UselessFrames, this.#tokens + count)
  }
}
