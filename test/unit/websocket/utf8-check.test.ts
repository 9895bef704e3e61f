/** UTF-8 as `TextDecoder` has it, whole and in pieces. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Utf8Check } from '../../../packages/core/src/websocket/utf8-check.ts'

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function takes(pieces: readonly Uint8Array[]): boolean {
  const check = new Utf8Check()
  return pieces.every((piece) => check.take(piece)) && check.isWhole
}

function inBytes(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte))
}

/** Bytes at the borders of what is allowed, which chance alone would seldom find. */
const BORDERS = [
  0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef,
  0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
]

describe('agrees with TextDecoder', () => {
  test('for all sequences of up to three bytes at the borders', () => {
    const differing: Uint8Array[] = []
    for (const a of BORDERS)
      for (const b of BORDERS)
        for (const c of BORDERS) {
          const bytes = Uint8Array.of(a, b, c)
          const wanted = isUtf8(bytes)
          if (takes([bytes]) !== wanted || takes(inBytes(bytes)) !== wanted) differing.push(bytes)
        }
    expect(differing).toEqual([])
  })

  test('for longer ones, in any pieces', () => {
    const byte = fc.constantFrom(...BORDERS)
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 8, size: 'max' }), fc.nat(8), (given, at) => {
        const bytes = Uint8Array.from(given)
        expect(takes([bytes.subarray(0, at), bytes.subarray(at)])).toBe(isUtf8(bytes))
      }),
      { numRuns: 5_000 },
    )
  })

  test('for one that is broken, or not ASCII, anywhere in a long run of ASCII, wherever it lies in memory', () => {
    const wrong: string[] = []
    for (let length = 125; length < 140; length += 1)
      for (let at = 0; at < length; at += 1) {
        const store = new Uint8Array(length + 3).fill(0x61)
        const bytes = store.subarray(at % 4, (at % 4) + length)
        bytes[at] = 0xc3
        if (takes([bytes])) wrong.push(`broken at ${at} of ${length}`)
        if (at + 1 === length) continue
        bytes[at + 1] = 0xa4
        if (!takes([bytes])) wrong.push(`whole at ${at} of ${length}`)
      }
    expect(wrong).toEqual([])
  })

  test('for text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50, size: 'max' }), (text) => {
        const bytes = new TextEncoder().encode(text)
        expect([takes([bytes]), takes(inBytes(bytes))]).toEqual([true, true])
      }),
    )
  })
})

test('a broken text is told at the byte that breaks it', () => {
  const check = new Utf8Check()
  expect(check.take(Uint8Array.of(0x61, 0xf0, 0x90, 0x80))).toBe(true)
  expect(check.isWhole).toBe(false)
  expect(check.take(Uint8Array.of(0x41))).toBe(false)
  check.reset()
  expect(check.take(Uint8Array.of(0x41))).toBe(true)
})
