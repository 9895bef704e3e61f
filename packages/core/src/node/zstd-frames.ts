/**
 * `ZstdFrames`: finds the blocks of zstd data (RFC 8878 section 3.1) without decoding them.
 *
 * The rule: it is looked at before the bytes are decoded, so that no frame gets memory it must not ask for, and
 * no call of the decoder makes more than one block.
 */
import { LIMITS } from '../tables/limits.ts'

export class ZstdFrames {
  #state = MAGIC
  /** Bytes of the present header that are still to come. */
  #left = 4
  #header: number[] = []
  /** Bytes that are passed over, and what comes after them. */
  #skip = 0
  #afterSkip = MAGIC
  #hasChecksum = false
  #window = 0

  /** The window of the present frame, in bytes. */
  get window(): number {
    return this.#window
  }

  /** Whether data that ends here is whole. */
  get isBetweenFrames(): boolean {
    return this.#state === MAGIC && this.#header.length === 0
  }

  /** Reads from `at` on, up to the end of a block or of `bytes`; returns where. Throws an Error that says what is wrong. */
  read(bytes: Uint8Array, at: number): number {
    while (at < bytes.length) {
      if (this.#state === SKIP) {
        const count = Math.min(this.#skip, bytes.length - at)
        this.#skip -= count
        at += count
        if (this.#skip === 0) this.#expect(this.#afterSkip)
        return at
      }
      this.#header.push(bytes[at]!)
      at += 1
      this.#left -= 1
      if (this.#left > 0) continue
      const isBlock = this.#state === BLOCK
      this.#readHeader()
      // An empty block ends with its header.
      if (isBlock && this.#state !== SKIP) return at
    }
    return at
  }

  #readHeader(): void {
    const header = this.#header
    switch (this.#state) {
      case MAGIC: {
        const magic = number(header, 0, 4)
        if (magic === ZSTD_MAGIC) this.#expect(DESCRIPTOR)
        else if (magic >= SKIPPABLE_MAGIC && magic < SKIPPABLE_MAGIC + 16) this.#expect(SKIPPABLE_SIZE)
        else throw new Error('no frame begins where one should')
        return
      }
      case SKIPPABLE_SIZE:
        this.#pass(number(header, 0, 4), MAGIC)
        return
      case DESCRIPTOR: {
        const left = frameHeaderBytes(header[0]!)
        if (header.length === 1 && left > 0) this.#left = left
        else this.#beginFrame()
        return
      }
      default:
        this.#beginBlock()
    }
  }

  #beginFrame(): void {
    const header = this.#header
    const descriptor = header[0]!
    const isSingle = (descriptor & 0x20) !== 0
    let at = isSingle ? 1 : 2
    const idBytes = ID_BYTES[descriptor & 3]!
    if (number(header, at, at + idBytes) !== 0) throw new Error('it needs a dictionary')
    at += idBytes
    this.#window = isSingle ? contentSize(header, at) : windowSize(header[1]!)
    if (this.#window > LIMITS.zstdWindowBytes)
      throw new Error(`it asks for a window of ${this.#window} bytes, more than ${LIMITS.zstdWindowBytes}`)
    this.#hasChecksum = (descriptor & 4) !== 0
    this.#expect(BLOCK)
  }

  #beginBlock(): void {
    const header = number(this.#header, 0, 3)
    const size = header >> 3
    // RFC 8878 3.1.1.2.4: neither what a block holds nor what it becomes is larger.
    if (size > MAX_BLOCK_BYTES)
      throw new Error(`it has a block of ${size} bytes, more than ${MAX_BLOCK_BYTES}`)
    const isRepeated = ((header >> 1) & 3) === 1
    const after = (header & 1) !== 0 ? (this.#hasChecksum ? CHECKSUM : MAGIC) : BLOCK
    this.#pass(isRepeated ? 1 : size, after)
  }

  #pass(count: number, after: number): void {
    this.#skip = count
    this.#afterSkip = after
    if (count === 0) this.#expect(after)
    else this.#state = SKIP
  }

  #expect(state: number): void {
    this.#header = []
    if (state === CHECKSUM) {
      this.#state = SKIP
      this.#skip = 4
      this.#afterSkip = MAGIC
      return
    }
    this.#state = state
    this.#left = state === DESCRIPTOR ? 1 : state === BLOCK ? 3 : 4
  }
}

/** Bytes of a frame header behind its descriptor: window, dictionary id, content size. */
function frameHeaderBytes(descriptor: number): number {
  const isSingle = (descriptor & 0x20) !== 0
  return (isSingle ? 0 : 1) + ID_BYTES[descriptor & 3]! + sizeBytes(descriptor)
}

function sizeBytes(descriptor: number): number {
  const flag = descriptor >> 6
  return flag === 0 ? ((descriptor & 0x20) === 0 ? 0 : 1) : 1 << flag
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(header: readonly number[], at: number): number {
  const count = sizeBytes(header[0]!)
  return number(header, at, at + count) + (count === 2 ? 256 : 0)
}

/** Little-endian, as a number that may lose its lowest bits above 2^53. */
function number(bytes: readonly number[], from: number, to: number): number {
  let value = 0
  for (let at = to - 1; at >= from; at -= 1) value = value * 256 + bytes[at]!
  return value
}

const MAGIC = 0
const SKIPPABLE_SIZE = 1
const DESCRIPTOR = 2
const BLOCK = 3
const SKIP = 4
const CHECKSUM = 5

const ID_BYTES = [0, 1, 2, 4]
const ZSTD_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const MAX_BLOCK_BYTES = 128 * 1024
