/** Bytes made of what was written. */
import { invariant } from '../base/invariant.ts'

/** A copy of `bytes[from, to)`. (`slice` would not do: a Buffer's shares memory with the original.) */
export function copied(bytes: Uint8Array, from = 0, to: number = bytes.length): Uint8Array {
  const copy = new Uint8Array(to - from)
  copy.set(bytes.subarray(from, to))
  return copy
}

/** One byte per character; characters beyond Latin-1 are a mistake of the caller. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    invariant(code <= 0xff, `a string that is not Latin-1 was written: character ${code} at ${i}`)
    bytes[i] = code
  }
  return bytes
}
