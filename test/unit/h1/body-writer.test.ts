import { describe, expect, test } from 'vitest'
import { CHUNK_TAIL, chunkHead, lastChunk } from '../../../packages/core/src/h1/body-writer.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'

describe('the frame around chunks', () => {
  test('has sizes in hexadecimal', () => {
    expect([chunkHead(1), chunkHead(255), chunkHead(0x1fffff), CHUNK_TAIL]).toEqual([
      '1\r\n',
      'ff\r\n',
      '1fffff\r\n',
      '\r\n',
    ])
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('is not made for %d bytes', (size) => {
    expect(() => chunkHead(size)).toThrow('bug in Trunkline')
  })

  test('ends with a chunk of no bytes and the trailers', () => {
    expect(lastChunk()).toBe('0\r\n\r\n')
    expect(lastChunk(Fields.of())).toBe('0\r\n\r\n')
    expect(lastChunk(Fields.of([['Digest', 'x']]))).toBe('0\r\nDigest: x\r\n\r\n')
  })

  test.each([
    'Content-Length',
    'TRANSFER-ENCODING',
    'host',
    'Authorization',
    'Set-Cookie',
    'Content-Type',
    'Trailer',
  ])('refuses the trailer field %s', (name) => {
    expect(() => lastChunk(Fields.of([[name, 's3cret']]))).toThrow(
      expect.objectContaining({
        code: 'BAD_FUNCTION_ARGUMENT',
        message: `the field ${JSON.stringify(name)} is not allowed in a trailer`,
      }),
    )
  })

  test('refuses a trailer that would end the section', () => {
    expect(() => lastChunk(Fields.of([['A', 'b\r\n\r\n']]))).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }),
    )
  })
})
