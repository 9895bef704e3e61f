/**
 * What happened in a simulation, in order: one line per event, with its virtual time.
 *
 * The rule: lines hold sizes and names, never payload or anything that two runs with one seed could differ
 * in, so that equal seeds give equal digests.
 */
import type { Milliseconds } from '../env/environment.ts'

/** The record of one simulated run. Compare `digest()` of two runs to see that they went the same way. */
export class SimTrace {
  readonly #lines: string[] = []

  /** All lines so far, oldest first: the time in ms, a blank, what happened. */
  get lines(): readonly string[] {
    return this.#lines
  }

  /** Adds a line. */
  add(at: Milliseconds, what: string): void {
    this.#lines.push(`${formatMs(at)} ${what}`)
  }

  /** The last `count` lines, for error messages. */
  last(count: number): readonly string[] {
    return this.#lines.slice(-count)
  }

  /** FNV-1a, 64 bits, over all lines: 16 hexadecimal digits. Not fit for secrets. */
  digest(): string {
    // The 64-bit state in two halves. The prime is 2^40 + 0x1b3: a multiplication by 0x1b3 and a shift.
    let high = 0xcbf29ce4
    let low = 0x84222325
    for (const line of this.#lines) {
      for (let i = 0; i <= line.length; i += 1) {
        low = (low ^ (i < line.length ? line.charCodeAt(i) : 0x0a)) >>> 0
        const product = low * 0x1b3
        high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0
        low = product >>> 0
      }
    }
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
  }

  /** The whole trace, a line each. */
  toString(): string {
    return this.#lines.join('\n')
  }
}

/** A time as text, cut to microseconds: `1200`, `0.125`. */
export function formatMs(ms: Milliseconds): string {
  return String(Math.round(ms * 1000) / 1000)
}
