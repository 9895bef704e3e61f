/** What `H1Reader` refuses, with which code; the rows of docs/http1-parsing.md. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { readPieces, type Reading } from './reading.ts'

interface RefusalCase extends Reading {
  readonly name: string
  readonly text: string
  /** The last line: code and message. */
  readonly refusal: string
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const ONE_CHUNK = `${CHUNKED}1\r\na`
/** A response without a body, to be read before the one in question. */
const BEFORE = 'HTTP/1.1 204 OK\r\n\r\n'

const STATUS_LINES: readonly RefusalCase[] = [
  {
    name: 'text',
    text: 'hello',
    refusal:
      'UNSUPPORTED_PROTOCOL: the response does not begin with HTTP/ (HTTP/0.9 is taken with http09Allowed only)',
  },
  {
    name: 'the name of the protocol in lower case',
    text: 'http/1.1 200 OK\r\n',
    refusal:
      'UNSUPPORTED_PROTOCOL: the response does not begin with HTTP/ (HTTP/0.9 is taken with http09Allowed only)',
  },
  {
    name: 'a blank before the status line',
    text: ' HTTP/1.1 200 OK\r\n',
    refusal:
      'UNSUPPORTED_PROTOCOL: the response does not begin with HTTP/ (HTTP/0.9 is taken with http09Allowed only)',
  },
  {
    name: 'HTTP/2',
    text: 'HTTP/2 200\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has a version other than 1.0 and 1.1',
  },
  {
    name: 'HTTP/1.2',
    text: 'HTTP/1.2 200 OK\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has a version other than 1.0 and 1.1',
  },
  {
    name: 'a long minor version',
    text: 'HTTP/1.0123 200 OK\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has no space after the version',
  },
  {
    name: 'a status of one digit',
    text: 'HTTP/1.1 2 OK\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has no status of three digits',
  },
  {
    name: 'a status of four digits',
    text: 'HTTP/1.1 2000 OK\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has more after its three digits of status',
  },
  {
    name: 'a signed status',
    text: 'HTTP/1.1 -20 OK\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has no status of three digits',
  },
  {
    name: 'two spaces before the status',
    text: 'HTTP/1.1  200 OK\r\n',
    refusal: 'UNSUPPORTED_PROTOCOL: the status line has no status of three digits',
  },
  {
    name: 'a status below 100',
    text: 'HTTP/1.1 099 OK\r\n',
    refusal: 'WEIRD_SERVER_REPLY: the status 99 is below 100',
  },
  {
    name: 'a bare CR',
    text: 'HTTP/1.1 200 O\rK\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a CR without LF stands in the status line',
  },
  {
    name: 'NUL in the reason',
    text: 'HTTP/1.1 200 O\0K\r\n',
    refusal: 'WEIRD_SERVER_REPLY: the status line contains the byte 0x00',
  },
  {
    name: 'two empty lines before it',
    text: '\r\n\r\nHTTP/1.1 200 OK\r\n',
    refusal: 'WEIRD_SERVER_REPLY: more than 1 empty line stands before the start line',
  },
  {
    name: 'a CR before it',
    text: '\rHTTP/1.1 200 OK\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a CR without LF stands before the start line',
  },
  {
    name: 'text, after a good response',
    methods: ['GET', 'GET'],
    text: `${BEFORE}hello`,
    refusal:
      'WEIRD_SERVER_REPLY: the response does not begin with HTTP/ (HTTP/0.9 is taken with http09Allowed only)',
  },
  {
    name: 'HTTP/2, after a good response',
    methods: ['GET', 'GET'],
    text: `${BEFORE}HTTP/2 200`,
    refusal: 'WEIRD_SERVER_REPLY: the status line has a version other than 1.0 and 1.1',
  },
]

const FIELDS: readonly RefusalCase[] = [
  {
    name: 'a bare CR in a value',
    text: 'A: b\rc\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a CR without LF stands in a field section',
  },
  {
    name: 'two CR before LF',
    text: 'A: b\r\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a CR without LF stands in a field section',
  },
  {
    name: 'a CR before a name',
    text: '\rA: b\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a CR without LF stands in a field section',
  },
  {
    name: 'NUL in a value',
    text: 'A: b\0c\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a field value contains the byte 0x00',
  },
  {
    name: 'DEL in a value',
    text: 'A: \x7f\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a field value contains the byte 0x7F',
  },
  {
    name: 'a space before the colon',
    text: 'A : b\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a blank stands in a field name or before its colon',
  },
  {
    name: 'a tab before the colon',
    text: 'A\t: b\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a blank stands in a field name or before its colon',
  },
  { name: 'no colon', text: 'A\r\n', refusal: 'WEIRD_SERVER_REPLY: a field line has no colon' },
  { name: 'no name', text: ': b\r\n', refusal: 'WEIRD_SERVER_REPLY: a field has no name' },
  {
    name: 'a name beyond ASCII',
    text: '\xc4: b\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a field name contains the byte 0xC4',
  },
  {
    name: 'a name with a slash',
    text: 'a/b: c\r\n',
    refusal: 'WEIRD_SERVER_REPLY: a field name contains the byte 0x2F',
  },
]

const BODIES: readonly RefusalCase[] = [
  {
    name: 'a Content-Length below zero',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    refusal: 'WEIRD_SERVER_REPLY: Content-Length is not a number',
  },
  {
    name: 'an unknown transfer coding',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xyz\r\n\r\n',
    refusal: 'BAD_CONTENT_ENCODING: the transfer coding "xyz" is not supported',
  },
  {
    name: 'no chunk size',
    text: `${CHUNKED}\r\n`,
    refusal: 'RECV_ERROR: a chunk size begins with the byte 0x0D',
  },
  {
    name: 'a signed chunk size',
    text: `${CHUNKED}+1\r\n`,
    refusal: 'RECV_ERROR: a chunk size begins with the byte 0x2B',
  },
  {
    name: 'a chunk size after a blank',
    text: `${CHUNKED} 1\r\n`,
    refusal: 'RECV_ERROR: a chunk size begins with the byte 0x20',
  },
  {
    name: 'a chunk size with 0x',
    text: `${CHUNKED}0x1\r\n`,
    refusal: 'RECV_ERROR: a chunk size is followed by the byte 0x78',
  },
  {
    name: 'a chunk size that is no hexadecimal',
    text: `${CHUNKED}1g\r\n`,
    refusal: 'RECV_ERROR: a chunk size is followed by the byte 0x67',
  },
  {
    name: 'two chunk sizes',
    text: `${CHUNKED}1 2\r\n`,
    refusal: 'RECV_ERROR: a chunk size is followed by the byte 0x32',
  },
  {
    name: 'a chunk size of 14 digits',
    text: `${CHUNKED}00000000000001\r\n`,
    refusal: 'RECV_ERROR: a chunk size has more than 13 digits',
  },
  {
    name: 'a bare CR after a chunk size',
    text: `${CHUNKED}1\ra`,
    refusal: 'RECV_ERROR: a chunk size line has 0x61 after its CR',
  },
  {
    name: 'a control character in a chunk extension',
    text: `${CHUNKED}1;a\x01\r\n`,
    refusal: 'RECV_ERROR: a chunk extension contains the byte 0x01',
  },
  {
    name: 'more data than the chunk has',
    text: `${ONE_CHUNK}b\r\n`,
    refusal: 'RECV_ERROR: the data of a chunk is followed by the byte 0x62, not by CRLF',
  },
  {
    name: 'CR and something else after a chunk',
    text: `${ONE_CHUNK}\rX0\r\n\r\n`,
    refusal: 'RECV_ERROR: the data of a chunk is followed by the byte 0x58, not by CRLF',
  },
  {
    name: 'a trailer without a colon',
    text: `${CHUNKED}0\r\nA\r\n\r\n`,
    refusal: 'WEIRD_SERVER_REPLY: a field line has no colon',
  },
]

const CHUNKED_REQUEST = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'

const REQUESTS: readonly RefusalCase[] = (
  [
    {
      name: 'a folded field',
      text: 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n',
      refusal: 'WEIRD_SERVER_REPLY: a field is folded over several lines',
    },
    {
      name: 'no method',
      text: ' / HTTP/1.1\r\n',
      refusal: 'WEIRD_SERVER_REPLY: the method of the request is cut by the byte 0x20',
    },
    {
      name: 'a method with a colon',
      text: 'A:B / HTTP/1.1\r\n',
      refusal: 'WEIRD_SERVER_REPLY: the method of the request is cut by the byte 0x3A',
    },
    {
      name: 'no target',
      text: 'GET  HTTP/1.1\r\n',
      refusal: 'WEIRD_SERVER_REPLY: the target of the request is cut by the byte 0x20',
    },
    {
      name: 'a target with a control character',
      text: 'GET /\x01 HTTP/1.1\r\n',
      refusal: 'WEIRD_SERVER_REPLY: the target of the request is cut by the byte 0x01',
    },
    {
      name: 'two spaces before the version',
      text: 'GET /  HTTP/1.1\r\n',
      refusal: 'UNSUPPORTED_PROTOCOL: the request line has a version other than HTTP/1.0 and HTTP/1.1',
    },
    {
      name: 'no version',
      text: 'GET /\r\n',
      refusal: 'WEIRD_SERVER_REPLY: the target of the request is cut by the byte 0x0D',
    },
    {
      name: 'HTTP/2.0',
      text: 'PRI * HTTP/2.0\r\n',
      refusal: 'UNSUPPORTED_PROTOCOL: the request line has a version other than HTTP/1.0 and HTTP/1.1',
    },
    {
      name: 'a longer version',
      text: 'GET / HTTP/1.11\r\n',
      refusal: 'UNSUPPORTED_PROTOCOL: the request line has a version other than HTTP/1.0 and HTTP/1.1',
    },
    {
      name: 'a bare CR',
      text: 'GET / HTTP/1.1\rA: b\r\n',
      refusal: 'WEIRD_SERVER_REPLY: a CR without LF stands in the request line',
    },
    {
      name: 'a blank before the first field',
      text: 'GET / HTTP/1.1\r\n A: b\r\n',
      refusal: 'WEIRD_SERVER_REPLY: a field is folded over several lines',
    },
    {
      name: 'a chunk size line that ends with LF',
      text: `${CHUNKED_REQUEST}1\na`,
      refusal: 'RECV_ERROR: a chunk size is followed by the byte 0x0A',
    },
    {
      name: 'LF in a chunk extension',
      text: `${CHUNKED_REQUEST}1;a\n`,
      refusal: 'RECV_ERROR: a chunk extension contains the byte 0x0A',
    },
    {
      name: 'LF alone after a chunk',
      text: `${CHUNKED_REQUEST}1\r\na\n0\r\n\r\n`,
      refusal: 'RECV_ERROR: the data of a chunk is followed by the byte 0x0A, not by CRLF',
    },
    {
      name: 'a blank before the first trailer',
      text: `${CHUNKED_REQUEST}0\r\n a: b\r\n\r\n`,
      refusal: 'WEIRD_SERVER_REPLY: a field is folded over several lines',
    },
  ] as const
).map((row) => ({ ...row, role: 'server' }))

describe.each([
  { part: 'in place of a status line', rows: STATUS_LINES },
  {
    part: 'among the fields',
    rows: FIELDS.map((row) => ({ ...row, text: `HTTP/1.1 200 OK\r\nX: y\r\n${row.text}` })),
  },
  { part: 'in a body', rows: BODIES },
  { part: 'in a request', rows: REQUESTS },
])('H1Reader refuses $part', ({ rows }) => {
  test.each<RefusalCase>(rows)('$name', ({ text, refusal, ...reading }) => {
    expect(readPieces([text], reading).at(-1)).toBe(refusal)
    expect(readPieces([...text], reading).at(-1)).toBe(refusal)
  })
})

describe('H1Reader holds to its bounds:', () => {
  const OK = 'HTTP/1.1 200 OK\r\n'
  const {
    headLineBytes,
    responseHeadBytes,
    responseFields,
    informationalResponses,
    chunkLineBytes,
    chunkExtensionBytes,
  } = LIMITS
  const longField = (bytes: number) => `A: ${'x'.repeat(bytes - 5)}\r\n`
  const headOf = (bytes: number) => {
    const perField = 1024
    const most = Math.floor((bytes - OK.length - 2) / perField) - 1
    return OK + longField(perField).repeat(most) + longField(bytes - OK.length - 2 - most * perField) + '\r\n'
  }
  const chunks = (extensions: readonly number[]) =>
    CHUNKED + extensions.map((bytes) => `1;${'x'.repeat(bytes - 1)}\r\na\r\n`).join('')

  interface BoundCase extends Reading {
    readonly name: string
    readonly most: string
    readonly more: string
    readonly refusal: string
  }

  const BOUNDS: readonly BoundCase[] = [
    {
      name: 'a field line',
      most: OK + longField(headLineBytes),
      more: OK + longField(headLineBytes + 1),
      refusal: `TOO_LARGE: a field line is longer than ${headLineBytes} bytes`,
    },
    {
      name: 'a field name',
      most: OK + 'x'.repeat(headLineBytes),
      more: OK + 'x'.repeat(headLineBytes + 1),
      refusal: `TOO_LARGE: a field line is longer than ${headLineBytes} bytes`,
    },
    {
      name: 'the status line',
      most: 'HTTP/1.1 200 '.padEnd(headLineBytes - 2, 'x') + '\r\n',
      more: 'HTTP/1.1 200 '.padEnd(headLineBytes - 1, 'x') + '\r\n',
      refusal: `TOO_LARGE: the status line is longer than ${headLineBytes} bytes`,
    },
    {
      name: 'the request line',
      role: 'server',
      most: `GET ${'/'.repeat(headLineBytes - 15)} HTTP/1.1\r\n`,
      more: `GET ${'/'.repeat(headLineBytes - 14)} HTTP/1.1\r\n`,
      refusal: `TOO_LARGE: the request line is longer than ${headLineBytes} bytes`,
    },
    {
      name: 'the bytes of a head',
      most: headOf(responseHeadBytes),
      more: headOf(responseHeadBytes + 1),
      refusal: `TOO_LARGE: the heads of the message are larger than ${responseHeadBytes} bytes together`,
    },
    {
      name: 'the bytes of all heads of one response',
      most: `HTTP/1.1 100 C\r\n\r\n${headOf(responseHeadBytes - 18)}`,
      more: `HTTP/1.1 100 C\r\n\r\n${headOf(responseHeadBytes - 17)}`,
      refusal: `TOO_LARGE: the heads of the message are larger than ${responseHeadBytes} bytes together`,
    },
    {
      name: 'the fields of all heads of one response, trailers included',
      most: `HTTP/1.1 100 C\r\nA: b\r\n\r\n${CHUNKED}0\r\n${'A:\r\n'.repeat(responseFields - 2)}`,
      more: `HTTP/1.1 100 C\r\nA: b\r\n\r\n${CHUNKED}0\r\n${'A:\r\n'.repeat(responseFields - 1)}`,
      refusal: `TOO_LARGE: the message has more than ${responseFields} fields`,
    },
    {
      name: 'informational responses',
      most: 'HTTP/1.1 100 C\r\n\r\n'.repeat(informationalResponses),
      more: 'HTTP/1.1 100 C\r\n\r\n'.repeat(informationalResponses + 1),
      refusal: `WEIRD_SERVER_REPLY: more than ${informationalResponses} informational responses came before the final one`,
    },
    {
      name: 'the line of a chunk size',
      most: chunks([chunkLineBytes - 1]),
      more: chunks([chunkLineBytes]),
      refusal: `TOO_LARGE: a chunk size line is longer than ${chunkLineBytes} bytes`,
    },
    {
      name: 'all chunk extensions of a body',
      most: chunks([4000, 4000, 4000, 4000, chunkExtensionBytes - 16_000]),
      more: chunks([4000, 4000, 4000, 4000, chunkExtensionBytes - 15_999]),
      refusal: `TOO_LARGE: the chunk extensions of the body are longer than ${chunkExtensionBytes} bytes`,
    },
  ]

  test.each(BOUNDS)('$name', ({ most, more, refusal, ...reading }) => {
    expect(readPieces([most], reading).at(-1)).not.toContain('TOO_LARGE')
    expect(readPieces([...most], reading)).toEqual(readPieces([most], reading))
    expect(readPieces([more], reading).at(-1)).toBe(refusal)
    expect(readPieces([...more], reading).at(-1)).toBe(refusal)
  })

  test('they begin anew with each response', () => {
    const head = headOf(responseHeadBytes)
      .replace('A: xx', 'Content-Length: 0\r\nA: ')
      .replace(/x{19}\r/, '\r')
    const lines = readPieces([head + head], { methods: ['GET', 'GET'] })
    expect(lines.filter((line) => line === 'end')).toHaveLength(2)
  })
})
