/**
 * `ByteWriter`: a growing run of bytes that is to be written.
 *
 * The rule: what was handed over is never written to again, and a byte is copied at most once after it was
 * written, however often the store grows (on average).
 */
import { invariant } from './invariant.ts'

export class ByteWriter {
  /** The store; what was written stands before `length`. Codecs write into it themselves after `reserve`. */
  bytes: Uint8Array = NO_BYTES
  /** How many bytes were written. */
  length = 0
  #nextStore = FIRST_STORE

  /** Makes room for `count` bytes more; `bytes` may be another store afterwards. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.#grow(this.length + count)
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** The lowest 16 bits, the highest byte first, as all numbers here. */
  uint16(value: number): void {
    this.reserve(2)
    const { bytes, length } = this
    bytes[length] = value >>> 8
    bytes[length + 1] = value
    this.length = length + 2
  }

  uint24(value: number): void {
    this.reserve(3)
    const { bytes, length } = this
    bytes[length] = value >>> 16
    bytes[length + 1] = value >>> 8
    bytes[length + 2] = value
    this.length = length + 3
  }

  uint32(value: number): void {
    this.reserve(4)
    const { bytes, length } = this
    bytes[length] = value >>> 24
    bytes[length + 1] = value >>> 16
    bytes[length + 2] = value >>> 8
    bytes[length + 3] = value
    this.length = length + 4
  }

  /** One byte per character; a character above U+00FF is a bug, for its lowest byte could be anything. */
  latin1(text: string): void {
    const count = text.length
    this.reserve(count)
    const { bytes, length } = this
    let seen = 0
    for (let at = 0; at < count; at += 1) {
      const code = text.charCodeAt(at)
      seen |= code
      bytes[length + at] = code
    }
    invariant(seen <= 0xff, 'text that is not Latin-1 was to be written as bytes')
    this.length = length + count
  }

  /** Appends a copy. */
  set(bytes: Uint8Array): void {
    const count = bytes.length
    this.reserve(count)
    if (count > SHORT) this.bytes.set(bytes, this.length)
    else for (let at = 0; at < count; at += 1) this.bytes[this.length + at] = bytes[at]!
    this.length += count
  }

  /**
   * Hands over what was written and starts anew. It is a view of a store that goes on behind it: several takes
   * share one, which costs 100 ns a take where a store for each costs 250 ns and more (Node 20).
   */
  take(): Uint8Array {
    const { bytes, length } = this
    if (length === 0) return NO_BYTES
    const taken = length === bytes.length ? bytes : bytes.subarray(0, length)
    this.bytes = bytes.length - length >= WORTH_KEEPING ? bytes.subarray(length) : NO_BYTES
    this.length = 0
    return taken
  }

  /** Forgets what was written and keeps the store. */
  clear(): void {
    this.length = 0
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.max(least, this.length * 2, this.#nextStore))
    if (this.length > 0) larger.set(this.bytes.subarray(0, this.length))
    // Who writes little gets little; who goes on writing has stores that last for many takes.
    this.#nextStore = Math.min(this.#nextStore * 2, LARGEST_SHARED)
    this.bytes = larger
  }
}

const NO_BYTES = new Uint8Array(0)
const FIRST_STORE = 256
const LARGEST_SHARED = 8 * 1024
/** A rest of a store smaller than this is dropped. */
const WORTH_KEEPING = 64
/** Up to here a loop is quicker than `TypedArray.prototype.set`, which takes some 50 ns to begin (Node 20). */
const SHORT = 32
