/**
 * `RateLimiter`: how many bytes may move now, so that no more than so many a second do (CURLOPT_MAX_RECV_SPEED_LARGE,
 * CURLOPT_MAX_SEND_SPEED_LARGE). A bucket that fills with time and holds a tenth of a second.
 *
 * The rule: it counts and never waits; whoever is told "none" asks again at `dueAt`.
 */
import type { Milliseconds } from '../env/environment.ts'

/** What the bucket holds: short enough to be smooth, long enough for few wake-ups. */
const BUCKET_MS: Milliseconds = 100

/** A sum of fractions may fall short of the whole byte it stands for, and would be waited for no time at all, for ever. */
const ROUNDING = 1e-6

export class RateLimiter {
  readonly #perMs: number
  readonly #most: number
  #level: number
  #filledAt: Milliseconds

  /** `bytesPerS` is at least 1. */
  constructor(bytesPerS: number, now: Milliseconds) {
    this.#perMs = bytesPerS / 1_000
    this.#most = Math.max(1, this.#perMs * BUCKET_MS)
    this.#level = this.#most
    this.#filledAt = now
  }

  /** Takes up to `wanted` bytes; returns how many may move. */
  take(wanted: number, now: Milliseconds): number {
    this.#level = Math.min(this.#most, this.#level + (now - this.#filledAt) * this.#perMs)
    this.#filledAt = now
    const count = Math.min(wanted, Math.floor(this.#level + ROUNDING))
    this.#level -= count
    return count
  }

  /** When as many bytes may move as are worth a wake-up. */
  get dueAt(): Milliseconds {
    return this.#filledAt + (this.#most - this.#level) / this.#perMs
  }
}
