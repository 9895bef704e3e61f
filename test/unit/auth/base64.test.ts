import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../../packages/core/src/auth/base64.ts'

test('says what Buffer says, and reads it back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = encodeBase64(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(decodeBase64(text)).toEqual(bytes)
    }),
  )
})

test.each([
  'A',
  'AA',
  'AAA',
  'AA=A',
  'A===',
  '====',
  'AA==AAAA',
  'AB==',
  'AAB=',
  'AA A',
  'AA-_',
  '\u{1F600}AA',
])('refuses %j', (text) => {
  expect(decodeBase64(text)).toBeUndefined()
})
