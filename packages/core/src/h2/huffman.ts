/**
 * Huffman coding of strings (RFC 7541 5.2), both ways. Text is Latin-1: a character is a byte.
 *
 * The rule: a code that is used costs one step: reading takes twelve bits at a time, which hold two characters
 * of usual text; only codes longer than that, which stand for bytes fields hardly have, are looked for.
 */
import { latin1 } from '../base/ascii.ts'
import type { ByteWriter } from '../base/byte-writer.ts'
import { invariant } from '../base/invariant.ts'
import {
  CODE_LENGTHS,
  CODES,
  EOS,
  FIRST_CODES,
  FIRST_PLACES,
  LONGEST_CODE,
  SYMBOLS,
} from './huffman-codes.ts'

/** The bytes that `text` takes when coded. */
export function huffmanLength(text: string): number {
  let bits = 0
  let seen = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    seen |= code
    bits += CODE_LENGTHS[code & 0xff]!
  }
  invariant(seen <= 0xff, 'text that is not Latin-1 was to be coded')
  return Math.ceil(bits / 8)
}

/** Appends `text`, coded and padded with ones. */
export function huffmanEncode(text: string, writer: ByteWriter): void {
  writer.reserve(Math.ceil((text.length * LONGEST_CODE) / 8))
  const bytes = writer.bytes
  let to = writer.length
  let held = 0
  let bits = 0
  for (let at = 0; at < text.length; at += 1) {
    const symbol = text.charCodeAt(at)
    let code = CODES[symbol]!
    let length = CODE_LENGTHS[symbol]!
    // At most 7 bits are held here, and 32 fit.
    if (length > 16) {
      length -= 16
      held = (held << length) | (code >>> 16)
      code &= 0xffff
      for (bits += length; bits >= 8;) bytes[to++] = held >>> (bits -= 8)
      length = 16
    }
    held = (held << length) | code
    for (bits += length; bits >= 8;) bytes[to++] = held >>> (bits -= 8)
  }
  if (bits > 0) bytes[to++] = (held << (8 - bits)) | (0xff >>> bits)
  writer.length = to
}

/**
 * The text that `bytes[from, to)` stands for. Undefined when it is malformed (RFC 7541 5.2): it has the code of
 * EOS, ends within a code, or is padded with more than seven bits or with others than ones.
 */
export function huffmanDecode(bytes: Uint8Array, from: number, to: number): string | undefined {
  const steps = (STEPS ??= makeSteps())
  let text = ''
  let count = 0
  let at = from
  // The lowest `bits` bits of `held` are read and not yet decoded; what is above them is over.
  let held = 0
  let bits = 0
  for (;;) {
    if (bits < STEP_BITS) {
      if (at + 2 > to) break
      held = (held << 16) | (bytes[at]! << 8) | bytes[at + 1]!
      at += 2
      bits += 16
    }
    const step = steps[(held >>> (bits - STEP_BITS)) & STEP_MASK]!
    if (step === LONG) {
      const position = at * 8 - bits
      const symbol = longSymbol(bytes, position, to * 8)
      if (symbol < 0) return undefined
      SCRATCH[count++] = symbol
      const next = position + CODE_LENGTHS[symbol]!
      at = (next + 7) >>> 3
      bits = at * 8 - next
      held = bytes[at - 1]!
    } else {
      bits -= step & 15
      SCRATCH[count] = step >>> 16
      SCRATCH[count + 1] = step >>> 8
      count += (step >>> 4) & 3
    }
    if (count >= SCRATCH_ROOM) {
      text += latin1(SCRATCH, 0, count)
      count = 0
    }
  }

  if (at < to) {
    held = (held << 8) | bytes[at++]!
    bits += 8
  }
  // Fewer than 20 bits are left. They are looked up as if ones followed, which stand for nothing.
  while (bits > 0) {
    const window = ((held << STEP_BITS) | STEP_MASK) >>> bits
    const left = (1 << bits) - 1
    if (bits < 8 && (held & left) === left) break
    const step = steps[window & STEP_MASK]!
    const symbol = step === LONG ? longSymbol(bytes, at * 8 - bits, to * 8) : step >>> 16
    if (symbol < 0 || CODE_LENGTHS[symbol]! > bits) return undefined
    bits -= CODE_LENGTHS[symbol]!
    SCRATCH[count++] = symbol
  }
  const last = latin1(SCRATCH, 0, count)
  return text === '' ? last : text + last
}

/** The symbol whose code, longer than a step, begins at bit `position`; -1 for EOS and when `end` is within the code. */
function longSymbol(bytes: Uint8Array, position: number, end: number): number {
  let code = 0
  for (let length = 1; length <= LONGEST_CODE && position < end; length += 1, position += 1) {
    code = code * 2 + ((bytes[position >>> 3]! >>> (7 - (position & 7))) & 1)
    const place = FIRST_PLACES[length]! + code - FIRST_CODES[length]!
    if (place < FIRST_PLACES[length + 1]!) {
      const symbol = SYMBOLS[place]!
      return symbol === EOS ? -1 : symbol
    }
  }
  return -1
}

/**
 * What the next twelve bits hold: bits taken (4 bits), how many symbols (2 bits from bit 4), the second symbol
 * (from bit 8), the first (from bit 16); LONG when not even one is whole.
 */
function makeSteps(): Int32Array {
  const steps = new Int32Array(STEP_MASK + 1)
  const isShort = SYMBOLS.subarray(0, FIRST_PLACES[STEP_BITS + 1])
  for (const first of isShort) {
    const length = CODE_LENGTHS[first]!
    const rest = STEP_BITS - length
    const from = CODES[first]! << rest
    steps.fill((first << 16) | (1 << 4) | length, from, from + (1 << rest))
    for (const second of isShort) {
      const both = length + CODE_LENGTHS[second]!
      if (both > STEP_BITS) break
      const at = from | (CODES[second]! << (STEP_BITS - both))
      steps.fill((first << 16) | (second << 8) | (2 << 4) | both, at, at + (1 << (STEP_BITS - both)))
    }
  }
  return steps
}

const STEP_BITS = 12
const STEP_MASK = (1 << STEP_BITS) - 1
const LONG = 0
/** Made when it is first needed: 16 KB. */
let STEPS: Int32Array | undefined

/** Characters until they become text; a step may write two, and the end four. */
const SCRATCH_ROOM = 1024
const SCRATCH = new Uint8Array(SCRATCH_ROOM + 8)
