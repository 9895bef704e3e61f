/**
 * Chance, made from a seed: the generator sfc32 (public domain, PractRand), 128 bits of state.
 *
 * The rule: who must not be disturbed by another's draws takes a `fork`, so that one more random byte drawn
 * by the code under test does not change the weather of the network.
 */
import type { RandomSource } from '../env/environment.ts'

/** A `RandomSource` that gives the same sequence for the same seed. Predictable: never for real secrets. */
export class SeededRandom implements RandomSource {
  #a: number
  #b: number
  #c: number
  #count = 1

  constructor(seed: number) {
    this.#a = seed >>> 0
    // Seeds beyond 32 bits, and fractions, still tell runs apart.
    this.#b = Math.floor(seed / 0x1_0000_0000) >>> 0
    this.#c = Math.floor((seed - Math.floor(seed)) * 0x1_0000_0000) >>> 0
    for (let i = 0; i < 15; i += 1) this.#next()
  }

  bytes(count: number): Uint8Array {
    const made = new Uint8Array(count)
    for (let i = 0; i < count; i += 1) made[i] = this.#next() >>> 24
    return made
  }

  fraction(): number {
    return this.#next() / 0x1_0000_0000
  }

  /** A whole number of at least 0 and less than `bound`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound)
  }

  /** Another generator, whose sequence does not depend on further draws from this one. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next())
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#count) >>> 0
    this.#count = (this.#count + 1) >>> 0
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0
    return sum
  }
}
