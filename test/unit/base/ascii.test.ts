import { expect, test } from 'vitest'
import { latin1 } from '../../../packages/core/src/base/ascii.ts'

const ALL = Uint8Array.from({ length: 256 }, (_, byte) => byte)
const TEXT = String.fromCharCode(...ALL)

test.each([
  { name: 'a Buffer', bytes: Buffer.from(ALL) },
  { name: 'a plain array', bytes: ALL },
])('latin1 makes one character of each byte of $name', ({ bytes }) => {
  expect(latin1(bytes, 0, 256)).toBe(TEXT)
  for (let from = 0; from < 20; from += 1) expect(latin1(bytes, from, 20)).toBe(TEXT.slice(from, 20))
})
