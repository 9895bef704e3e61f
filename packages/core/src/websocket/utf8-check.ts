/**
 * `Utf8Check`: whether bytes that come in pieces are UTF-8 (RFC 3629), told at the first byte that cannot be.
 *
 * The rule: what `TextDecoder` with `fatal` refuses is refused, byte by byte the same as whole: no overlong form,
 * no surrogate, nothing above U+10FFFF.
 */
export class Utf8Check {
  /** Continuation bytes still to come. */
  #left = 0
  /** Bounds of the next one. */
  #least = 0x80
  #most = 0xbf

  /** Takes a piece. False: the text is broken, and so it stays. */
  take(bytes: Uint8Array): boolean {
    const end = bytes.length
    for (let at = 0; at < end; at += 1) {
      if (this.#left === 0) {
        at = asciiEnd(bytes, at)
        if (at === end) return true
        if (!this.#begin(bytes[at]!)) return false
        continue
      }
      const byte = bytes[at]!
      if (byte < this.#least || byte > this.#most) return false
      this.#least = 0x80
      this.#most = 0xbf
      this.#left -= 1
    }
    return true
  }

  /** Whether the text may end here. */
  get isWhole(): boolean {
    return this.#left === 0
  }

  /** Begins another text. */
  reset(): void {
    this.#left = 0
    this.#least = 0x80
    this.#most = 0xbf
  }

  /** RFC 3629 4: the second byte is bounded more closely behind four of the first bytes. */
  #begin(first: number): boolean {
    if (first < 0xc2 || first > 0xf4) return false
    this.#left = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
    if (first === 0xe0) this.#least = 0xa0
    else if (first === 0xed) this.#most = 0x9f
    else if (first === 0xf0) this.#least = 0x90
    else if (first === 0xf4) this.#most = 0x8f
    return true
  }
}

/** Where the run of ASCII that begins at `from` ends. */
function asciiEnd(bytes: Uint8Array, from: number): number {
  const end = bytes.length
  let at = from
  if (end - from >= WORTH_WORDS) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at += 1) if (bytes[at]! >= 0x80) return at
    const count = (end - at) >> 2
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count)
    let index = 0
    while (index < count && (words[index]! & HIGH_BITS) === 0) index += 1
    at += index * 4
  }
  while (at < end && bytes[at]! < 0x80) at += 1
  return at
}

const HIGH_BITS = 0x80808080 | 0
/** A view of words costs as much as looking at this many bytes one by one. */
const WORTH_WORDS = 128
