/** Content-Transfer-Encodings: what RFC 2045 says, and the same for any cut of the input. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodedSize,
  newEncoding,
  PART_ENCODERS,
  type PartEncoder,
} from '../../../packages/core/src/form/part-encoders.ts'

function encode(encoder: PartEncoder, ...pieces: (string | Uint8Array)[]): string {
  const encoding = newEncoding(encoder, 'mimePost[0]')
  const out = pieces.map((piece) => Buffer.from(encoding.push(Buffer.from(piece as string))))
  return Buffer.concat([...out, Buffer.from(encoding.end())]).toString('latin1')
}

describe('base64', () => {
  test.each([
    ['', ''],
    ['a', 'YQ=='],
    ['ab', 'YWI='],
    ['abc', 'YWJj'],
    ['x'.repeat(57), 'eHh4'.repeat(19)],
    ['x'.repeat(58), `${'eHh4'.repeat(19)}\r\neA==`],
  ])('%j', (text, encoded) => {
    expect(encode('base64', text)).toBe(encoded)
  })

  test('is what other decoders read, in lines of 76', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500, size: 'max' }), (bytes) => {
        const text = encode('base64', bytes)
        expect(Buffer.from(text, 'base64')).toEqual(Buffer.from(bytes))
        const lines = text.split('\r\n')
        expect(lines.slice(0, -1).every((line) => line.length === 76)).toBe(true)
        expect(lines.at(-1)!.length).toBeLessThanOrEqual(76)
      }),
    )
  })
})

describe('quoted-printable', () => {
  test.each([
    ['plain', 'plain'],
    ['a=b', 'a=3Db'],
    ['\u00e9', '=C3=A9'],
    ['line\r\nline\r\n', 'line\r\nline\r\n'],
    ['bare\nand\rbare', 'bare=0Aand=0Dbare'],
    ['blank \r\ntab\t\r\nend ', 'blank=20\r\ntab=09\r\nend=20'],
    ['in the middle', 'in the middle'],
    ['\r', '=0D'],
    ['x'.repeat(76), 'x'.repeat(76)],
    ['x'.repeat(77), `${'x'.repeat(75)}=\r\nxx`],
    [`${'x'.repeat(76)}\r\ny`, `${'x'.repeat(76)}\r\ny`],
    [`${'x'.repeat(73)}=`, `${'x'.repeat(73)}=3D`],
    [`${'x'.repeat(74)}=`, `${'x'.repeat(74)}=\r\n=3D`],
  ])('%j', (text, encoded) => {
    expect(encode('quoted-printable', text)).toBe(encoded)
  })

  test('is read back as it was, in lines of 76 without blanks at their ends', () => {
    const bytes = fc.array(fc.constantFrom(13, 10, 32, 9, 61, 97, 98, 200, 0), {
      maxLength: 400,
      size: 'max',
    })
    fc.assert(
      fc.property(bytes, (given) => {
        const text = encode('quoted-printable', Uint8Array.from(given))
        for (const line of text.split('\r\n')) {
          expect(line.length).toBeLessThanOrEqual(76)
          expect(line).toMatch(/^[\t\x20-\x7e]*$/)
          expect(line).not.toMatch(/[\t ]$/)
        }
        const read = text
          .replaceAll('=\r\n', '')
          .replace(/=([0-9A-F]{2})/g, (_all, digits: string) => String.fromCharCode(parseInt(digits, 16)))
        expect(Buffer.from(read, 'latin1')).toEqual(Buffer.from(given))
      }),
    )
  })
})

describe('7bit', () => {
  test('lets ASCII through', () => {
    expect(encode('7bit', 'plain\r\n\0', '\x7f')).toBe('plain\r\n\0\x7f')
  })

  test('refuses what has eight bits, and says where', () => {
    expect(() => encode('7bit', 'ab', 'c\u00e9')).toThrow(
      expect.objectContaining({
        code: 'READ_ERROR',
        message: expect.stringMatching(/mimePost\[0\].*offset 3/),
      }),
    )
  })
})

describe.each(PART_ENCODERS)('%s', (encoder) => {
  const byte = encoder === '7bit' ? fc.integer({ min: 0, max: 127 }) : fc.integer({ min: 0, max: 255 })
  const pieces = fc.array(fc.array(byte, { maxLength: 90, size: 'max' }), { maxLength: 8, size: 'max' })

  test('does not care where its input is cut, nor keeps it', () => {
    fc.assert(
      fc.property(pieces, (cut) => {
        const whole = cut.flat()
        const once = encode(encoder, Uint8Array.from(whole))
        expect(encode(encoder, ...cut.map((piece) => Uint8Array.from(piece)))).toBe(once)
        expect(encode(encoder, ...whole.map((one) => Uint8Array.of(one)))).toBe(once)
      }),
    )
  })

  test('tells its length ahead, or that it cannot', () => {
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 400, size: 'max' }), (given) => {
        const size = encodedSize(encoder, given.length)
        const isOpen = encoder === 'quoted-printable' && given.length > 0
        expect(size).toBe(isOpen ? undefined : encode(encoder, Uint8Array.from(given)).length)
      }),
    )
    expect(encodedSize(encoder, undefined)).toBeUndefined()
  })
})
