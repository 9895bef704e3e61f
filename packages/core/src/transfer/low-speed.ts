/** `LowSpeedWatch`: has a transfer been slower than its limit for too long? (CURLOPT_LOW_SPEED_LIMIT and _TIME.) */
import type { Milliseconds } from '../env/environment.ts'

/** How often the speed is looked at. libcurl: once a second. */
export const SPEED_INTERVAL_MS: Milliseconds = 1_000

export class LowSpeedWatch {
  readonly #limit: number
  readonly #timeMs: Milliseconds
  #lastAt: Milliseconds
  #lastBytes: number
  #slowSince: Milliseconds | undefined

  /** `limit` in bytes per second, `timeMs` how long below it is too long. */
  constructor(limit: number, timeMs: Milliseconds, now: Milliseconds, bytes: number) {
    this.#limit = limit
    this.#timeMs = timeMs
    this.#lastAt = now
    this.#lastBytes = bytes
  }

  /** Begins anew: what was before is not counted. */
  restart(now: Milliseconds, bytes: number): void {
    this.#lastAt = now
    this.#lastBytes = bytes
    this.#slowSince = undefined
  }

  /** The speed of the last interval in bytes per second when it has been too low for too long; else undefined. */
  tooSlow(now: Milliseconds, bytes: number): number | undefined {
    const speed = ((bytes - this.#lastBytes) * 1_000) / Math.max(1, now - this.#lastAt)
    if (speed >= this.#limit) this.#slowSince = undefined
    else this.#slowSince ??= this.#lastAt
    this.#lastAt = now
    this.#lastBytes = bytes
    return this.#slowSince !== undefined && now - this.#slowSince >= this.#timeMs ? speed : undefined
  }
}
