/** `SpeedGauge`: how fast bytes came lately, from looks at how many there are. */
import type { Milliseconds } from '@trunkline/core'

/** Looks that are remembered, one more than the periods between them. */
const LOOKS = 6

export class SpeedGauge {
  #looks: { readonly at: Milliseconds; readonly bytes: number }[] = []

  /** Takes a look; answers bytes a second since the oldest one that is remembered, undefined at the first. */
  look(at: Milliseconds, bytes: number): number | undefined {
    this.#looks.push({ at, bytes })
    if (this.#looks.length > LOOKS) this.#looks.shift()
    const first = this.#looks[0]!
    return at > first.at ? Math.floor(((bytes - first.bytes) * 1_000) / (at - first.at)) : undefined
  }
}
