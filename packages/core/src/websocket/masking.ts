/**
 * Masking (RFC 6455 5.3), and where masks come from.
 *
 * The rule: every frame has a mask of its own, which nobody could know before (CVE-2025-10148: one mask for a whole
 * connection lets a script write what it likes into the caches of proxies).
 */

/** Unpredictable bytes, as `RandomSource.bytes`. */
export type RandomBytes = (count: number) => Uint8Array

/** Masks, drawn in blocks: one call of the system's source of chance for many frames. */
export class MaskSource {
  readonly #random: RandomBytes
  #block: Uint8Array = NOTHING
  #at = 0

  constructor(random: RandomBytes) {
    this.#random = random
  }

  /** The next four bytes, the first one lowest. No byte serves twice. */
  next(): number {
    if (this.#at === this.#block.length) {
      this.#block = this.#random(BLOCK_BYTES)
      this.#at = 0
    }
    const block = this.#block
    const at = this.#at
    this.#at = at + 4
    return block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)
  }
}

/** Applies a mask in place, to `bytes[from, to)`, as if the payload began `offset` bytes before `from`. */
export function applyMask(bytes: Uint8Array, from: number, to: number, mask: number, offset = 0): void {
  let turned = rotated(mask, offset & 3)
  let at = from
  if (IS_LITTLE_ENDIAN && to - from >= WORTH_WORDS) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at += 1) {
      bytes[at] = bytes[at]! ^ turned
      turned = rotated(turned, 1)
    }
    const count = (to - at) >> 2
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count)
    for (let index = 0; index < count; index += 1) words[index] = words[index]! ^ turned
    at += count * 4
  }
  for (; at < to; at += 1) {
    bytes[at] = bytes[at]! ^ turned
    turned = rotated(turned, 1)
  }
}

/** The mask as it is `bytes` further on. */
function rotated(mask: number, bytes: number): number {
  return bytes === 0 ? mask : (mask >>> (bytes * 8)) | (mask << (32 - bytes * 8))
}

const NOTHING = new Uint8Array(0)
/** Masks for 1,024 frames: a call of `randomBytes` costs some 500 ns (Node 20), whatever it gives. */
const BLOCK_BYTES = 4_096
/** A view of words costs as much as masking this many bytes one by one. */
const WORTH_WORDS = 64
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
