/**
 * Bytes that wait for their turn under a rate limit: `PacedReceive` holds what came too early, `PacedSend` what was
 * to be sent too early.
 *
 * The rule: nothing is lost and nothing changes its order; while something is held nobody gives more.
 */
import type { Milliseconds } from '../env/environment.ts'
import { RateLimiter } from './rate-limiter.ts'

/** Received bytes that are not delivered yet. */
export class PacedReceive {
  readonly #limiter: RateLimiter
  #held: Uint8Array | undefined

  constructor(bytesPerS: number, now: Milliseconds) {
    this.#limiter = new RateLimiter(bytesPerS, now)
  }

  get isHolding(): boolean {
    return this.#held !== undefined
  }

  get dueAt(): Milliseconds {
    return this.#limiter.dueAt
  }

  /** What of `bytes`, a view, may be delivered now; the rest is copied and held. */
  take(bytes: Uint8Array, now: Milliseconds): Uint8Array {
    const count = this.#limiter.take(bytes.length, now)
    if (count === bytes.length) return bytes
    this.#held = bytes.slice(count)
    return bytes.subarray(0, count)
  }

  /** What of the held bytes may be delivered now. */
  next(now: Milliseconds): Uint8Array {
    const held = this.#held!
    const count = this.#limiter.take(held.length, now)
    this.#held = count === held.length ? undefined : held.subarray(count)
    return held.subarray(0, count)
  }

  /** Forgets what is held: a new try begins. */
  clear(): void {
    this.#held = undefined
  }
}

/** Where paced bytes go. */
export interface PacedTarget {
  /** False: wait until it takes more. */
  write(bytes: Uint8Array): boolean
}

/** Bytes to be sent that are not sent yet. */
export class PacedSend implements PacedTarget {
  /** What is well handed over at once: what may go in a tenth of a second. */
  readonly pieceBytes: number
  readonly #limiter: RateLimiter
  readonly #now: () => Milliseconds
  #target: PacedTarget | undefined
  #held: Uint8Array | undefined

  constructor(bytesPerS: number, now: () => Milliseconds) {
    this.pieceBytes = Math.ceil(bytesPerS / 10)
    this.#limiter = new RateLimiter(bytesPerS, now())
    this.#now = now
  }

  get isHolding(): boolean {
    return this.#held !== undefined
  }

  get dueAt(): Milliseconds {
    return this.#limiter.dueAt
  }

  /** Goes on over another stream: a new try begins. */
  begin(target: PacedTarget): void {
    this.#target = target
    this.#held = undefined
  }

  write(bytes: Uint8Array): boolean {
    this.#held = bytes
    return this.flush()
  }

  /** Sends what may be sent now. Whether more can be taken: nothing is held, and the target takes more. */
  flush(): boolean {
    const held = this.#held
    if (held === undefined) return true
    const count = this.#limiter.take(held.length, this.#now())
    this.#held = count === held.length ? undefined : held.subarray(count)
    const takesMore = count === 0 || this.#target!.write(held.subarray(0, count))
    return takesMore && this.#held === undefined
  }
}
