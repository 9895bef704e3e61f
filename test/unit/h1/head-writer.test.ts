import { describe, expect, test } from 'vitest'
import { writeRequestHead, writeResponseHead } from '../../../packages/core/src/h1/head-writer.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import type { RequestHead, ResponseHead } from '../../../packages/core/src/http/message.ts'

const REQUEST: RequestHead = { method: 'GET', target: '/', version: '1.1', fields: Fields.of() }
const RESPONSE: ResponseHead = { version: '1.1', status: 200, reason: 'OK', fields: Fields.of() }

function withField(name: string, value: string): RequestHead {
  return { ...REQUEST, fields: Fields.of([[name, value]]) }
}

describe('writeRequestHead', () => {
  test('writes Host first, wherever it stands, and the others in order', () => {
    const fields = Fields.of([
      ['Accept', '*/*'],
      ['hOST', 'a.test'],
      ['X', '1'],
      ['X', '2'],
    ])
    expect(writeRequestHead({ method: 'POST', target: '/a?b', version: '1.1', fields })).toBe(
      'POST /a?b HTTP/1.1\r\nhOST: a.test\r\nAccept: */*\r\nX: 1\r\nX: 2\r\n\r\n',
    )
  })

  test('writes HTTP/1.0 and no Host when there is none', () => {
    expect(writeRequestHead({ ...REQUEST, version: '1.0' })).toBe('GET / HTTP/1.0\r\n\r\n')
  })

  test('lets through what Latin-1 has', () => {
    expect(writeRequestHead(withField('A', 'caf\xe9\t\x80'))).toBe(
      'GET / HTTP/1.1\r\nA: caf\xe9\t\x80\r\n\r\n',
    )
  })

  test.each([
    {
      name: 'a method with a space',
      head: { ...REQUEST, method: 'GET /' },
      message: 'the request method is not a token (RFC 9110 5.6.2)',
    },
    {
      name: 'no method',
      head: { ...REQUEST, method: '' },
      message: 'the request method is not a token (RFC 9110 5.6.2)',
    },
    {
      name: 'a target with LF',
      head: { ...REQUEST, target: '/\nX' },
      message: 'the request target contains the character U+000A',
    },
    {
      name: 'a target with a space',
      head: { ...REQUEST, target: '/a b' },
      message: 'the request target contains the character U+0020',
    },
    { name: 'no target', head: { ...REQUEST, target: '' }, message: 'the request target is empty' },
    {
      name: 'CR in a value',
      head: withField('A', 's3cret\r'),
      message: 'the value of the field "A" contains the character U+000D',
    },
    {
      name: 'LF in a value',
      head: withField('A', 's3cret\n'),
      message: 'the value of the field "A" contains the character U+000A',
    },
    {
      name: 'NUL in a value',
      head: withField('A', 's3cret\0'),
      message: 'the value of the field "A" contains the character U+0000',
    },
    {
      name: 'DEL in a value',
      head: withField('A', 's3cret\x7f'),
      message: 'the value of the field "A" contains the character U+007F',
    },
    {
      name: 'a value beyond Latin-1',
      head: withField('A', 's3cret\u010d'),
      message: 'the value of the field "A" contains the character U+010D',
    },
    {
      name: 'LF in a name',
      head: withField('A\nB', 'c'),
      message: 'the field name "A\\n..." is not a token: it contains the character U+000A',
    },
    {
      name: 'a name beyond Latin-1',
      head: withField('\u212a', 'c'),
      message: 'the field name "\u212a" is not a token: it contains the character U+212A',
    },
    {
      name: 'a colon in a name',
      head: withField('A:B', 'c'),
      message: 'the field name "A:..." is not a token: it contains the character U+003A',
    },
    {
      name: 'a name that begins with a blank',
      head: withField(' A', 'c'),
      message: 'the field name " ..." is not a token: it contains the character U+0020',
    },
    {
      name: 'a blank before the colon, which would hide a Transfer-Encoding from some readers',
      head: withField('Transfer-Encoding ', 'chunked'),
      message: 'the field name "Transfer-Encoding " is not a token: it contains the character U+0020',
    },
    {
      name: 'a line without its colon, whose secret is not repeated',
      head: withField('Authorization Basic user', 's3cret'),
      message: 'the field name "Authorization ..." is not a token: it contains the character U+0020',
    },
    { name: 'no name', head: withField('', 'c'), message: 'a field has no name' },
    {
      name: 'HTTP/2',
      head: { ...REQUEST, version: '2' as const },
      message: 'a head of version "2" cannot be written as HTTP/1',
    },
  ])('refuses $name', ({ head, message }) => {
    expect(() => writeRequestHead(head)).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT', message }),
    )
  })
})

describe('writeResponseHead', () => {
  test('writes the status line, with its space when there is no reason, and the fields', () => {
    expect(writeResponseHead({ ...RESPONSE, fields: Fields.of([['A', 'b']]) })).toBe(
      'HTTP/1.1 200 OK\r\nA: b\r\n\r\n',
    )
    expect(writeResponseHead({ ...RESPONSE, version: '1.0', reason: '' })).toBe('HTTP/1.0 200 \r\n\r\n')
  })

  test.each([
    {
      name: 'a status of two digits',
      head: { ...RESPONSE, status: 99 },
      message: 'the status 99 is not of three digits',
    },
    {
      name: 'a fraction for a status',
      head: { ...RESPONSE, status: 200.5 },
      message: 'the status 200.5 is not of three digits',
    },
    {
      name: 'LF in the reason',
      head: { ...RESPONSE, reason: 'O\nK' },
      message: 'the reason phrase contains the character U+000A',
    },
  ])('refuses $name', ({ head, message }) => {
    expect(() => writeResponseHead(head)).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT', message }),
    )
  })
})
