/** Masks (RFC 6455 5.3): applied to any part of any payload, wherever it lies in memory, and never twice the same bytes. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyMask, MaskSource } from '../../../packages/core/src/websocket/masking.ts'

test('masking is an exclusive or with the four bytes in turn, for all places and lengths', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400, size: 'max' }),
      fc.nat(9),
      fc.nat(9),
      fc.nat(9),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (payload, before, behind, offset, mask) => {
        const store = new Uint8Array(before + payload.length + behind).fill(0xaa)
        store.set(payload, before)
        const word = mask[0]! | (mask[1]! << 8) | (mask[2]! << 16) | (mask[3]! << 24)
        applyMask(store, before, before + payload.length, word, offset)
        const wanted = payload.map((byte, at) => byte ^ mask[(at + offset) % 4]!)
        expect(store.subarray(before, before + payload.length)).toEqual(wanted)
        expect([...store.subarray(0, before), ...store.subarray(before + payload.length)]).toEqual(
          Array(before + behind).fill(0xaa),
        )
      },
    ),
    { numRuns: 2_000 },
  )
})

test('masks are the bytes of the source, each used once', () => {
  let drawn = 0
  const source = new MaskSource((count) => {
    const block = new Uint8Array(count)
    new DataView(block.buffer).setUint32(0, drawn)
    drawn += 1
    for (let at = 4; at < count; at += 4) new DataView(block.buffer).setUint32(at, (drawn << 16) | at)
    return block
  })
  const masks = Array.from({ length: 5_000 }, () => source.next())
  expect(new Set(masks).size).toBe(5_000)
  expect(drawn).toBeGreaterThan(1)
  // The first byte is the lowest.
  expect(new MaskSource((count) => Uint8Array.from({ length: count }, (_, at) => at)).next()).toBe(0x03020100)
})
