/**
 * The way between the client and one address: how slow it is, and how it breaks.
 *
 * The rule: a link holds settings only and moves no byte. Streams read the settings anew for each piece they
 * carry, so a change in the middle of a run acts on open connections too.
 */
import type { Milliseconds } from '../env/environment.ts'

/** What can be set of a link. Undefined sets a property back to its default. */
export interface LinkSettings {
  /** Time of one trip, either way. Default 1. A dial takes two trips. */
  readonly delayMs?: Milliseconds | undefined
  /** Up to this much more per piece, drawn from the seed. The order of bytes is kept. Default 0. */
  readonly jitterMs?: Milliseconds | undefined
  /** Time that a dial takes besides its two trips. Default 0. */
  readonly connectDelayMs?: Milliseconds | undefined
  /** Rate in each direction. Default: no bound. */
  readonly bytesPerSecond?: number | undefined
  /** Largest piece that is reported at once; 1 is the favourite. Default: what one `write` was given. */
  readonly chunkBytes?: number | undefined
  /** Breaks each connection, for both ends, after so many bytes have come through in a direction. */
  readonly resetAfterBytes?: { readonly toClient?: number; readonly toServer?: number } | undefined
  /**
   * A black hole from `fromMs` on: dials hang, and what is sent, or under way, waits as TCP's repetitions
   * would, until `toMs`; forever when that is left out. Points in virtual time, not lengths.
   */
  readonly loseRoute?: { readonly fromMs: Milliseconds; readonly toMs?: Milliseconds } | undefined
}

const DEFAULT_DELAY_MS = 1

/** The link to one address. */
export class SimLink {
  readonly #waiting = new Set<() => void>()
  #settings: LinkSettings = {}

  get settings(): LinkSettings {
    return this.#settings
  }

  get delayMs(): Milliseconds {
    return this.#settings.delayMs ?? DEFAULT_DELAY_MS
  }

  /** Changes what `settings` names and keeps the rest. */
  change(settings: LinkSettings): void {
    this.#settings = { ...this.#settings, ...settings }
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const retry of waiting) retry()
  }

  /** When something that starts at `at` gets through: `at`, or when the lost route is back; Infinity for never. */
  opensAt(at: Milliseconds): Milliseconds {
    const lost = this.#settings.loseRoute
    if (lost === undefined || at < lost.fromMs) return at
    return Math.max(at, lost.toMs ?? Infinity)
  }

  /** Calls `retry` once when the settings change. */
  onChange(retry: () => void): void {
    this.#waiting.add(retry)
  }
}
