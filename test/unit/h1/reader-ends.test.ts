/** What `H1Reader` makes of a peer that ends, and of what a client takes beyond the grammar. */
import { describe, expect, test } from 'vitest'
import { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { H1Reader } from '../../../packages/core/src/h1/reader.ts'
import { bytesOf, readPieces, type Reading } from './reading.ts'

interface EndCase extends Reading {
  readonly name: string
  readonly text: string
  readonly last: string | undefined
  readonly details?: object
}

const ENDS: readonly EndCase[] = [
  {
    name: 'before a byte',
    text: '',
    last: 'GOT_NOTHING: end of stream before a byte of the response',
    details: { informational: 0 },
  },
  {
    name: 'after an empty line',
    text: '\r\n',
    last: 'GOT_NOTHING: end of stream before a byte of the response',
  },
  {
    name: 'after an informational response',
    text: 'HTTP/1.1 100 C\r\n\r\n',
    last: 'GOT_NOTHING: end of stream after 1 informational responses',
    details: { informational: 1 },
  },
  {
    name: 'in the status line',
    text: 'HTT',
    last: 'PARTIAL_FILE: end of stream after 3 bytes of a head',
    details: { received: 3 },
  },
  {
    name: 'before the empty line',
    text: 'HTTP/1.1 200 OK\r\nA: b\r\n',
    last: 'PARTIAL_FILE: end of stream after 23 bytes of a head',
  },
  {
    name: 'in a body with a length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc',
    last: 'PARTIAL_FILE: end of stream after 3 of 500 bytes',
    details: { received: 3, expected: 500 },
  },
  {
    name: 'in a chunk',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc',
    last: 'PARTIAL_FILE: end of stream after 3 bytes of a chunked body',
    details: { received: 3 },
  },
  {
    name: 'after the last chunk, in the trailers',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\n',
    last: 'PARTIAL_FILE: end of stream after 1 bytes of a chunked body',
  },
  { name: 'after a whole response', text: 'HTTP/1.1 204 OK\r\n\r\n', last: 'end' },
  {
    name: 'after the first of two responses',
    methods: ['GET', 'GET'],
    text: 'HTTP/1.1 204 OK\r\n\r\n',
    last: 'GOT_NOTHING: end of stream before a byte of the response',
  },
  { name: 'while none is awaited', methods: [], text: '', last: undefined },
  { name: 'between requests', role: 'server', text: 'GET / HTTP/1.1\r\n\r\n', last: 'end' },
  { name: 'before a request', role: 'server', text: '', last: undefined },
  {
    name: 'in a request',
    role: 'server',
    text: 'GET /',
    last: 'PARTIAL_FILE: end of stream after 5 bytes of a head',
  },
]

describe('H1Reader, when the peer ends', () => {
  test.each(ENDS)('$name', ({ text, last, details, ...reading }) => {
    expect(readPieces([text], { ...reading, ends: true }).at(-1)).toBe(last)
    if (details === undefined) return
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    reader.offer(bytesOf(text))
    reader.end()
    expect(() => {
      while (reader.next() !== undefined);
    }).toThrow(expect.objectContaining({ details }) as unknown as TransferError)
  })

  test('gives what was unread before it ends the body', () => {
    const reader = new H1Reader('client')
    reader.expectResponse('GET')
    reader.offer(bytesOf('HTTP/1.1 200 OK\r\n\r\nabc'))
    reader.end()
    expect([reader.next()?.is, reader.next()?.is, reader.next()?.is, reader.next()]).toEqual([
      'response',
      'data',
      'end',
      undefined,
    ])
  })
})

describe('A client takes what curl takes:', () => {
  test('chunks whose lines end with LF alone', () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\nabcd\n2;x=y\r\nef\n0\nA: b\n\n'
    const lines = [
      'response 1.1 200 "OK" [Transfer-Encoding: chunked] chunked',
      'data "abcdef"',
      'end [A: b]',
    ]
    expect(readPieces([text])).toEqual(lines)
    expect(readPieces([...text])).toEqual(lines)
  })

  test('lines that begin with a blank before the first field, which it passes over', () => {
    const text = 'HTTP/1.1 204 OK\r\n A: b\r\n\tc\r\nD: e\r\n f\r\n\r\n'
    const lines = ['response 1.1 204 "OK" [D: e f] none', 'end']
    expect(readPieces([text])).toEqual(lines)
    expect(readPieces([...text])).toEqual(lines)
  })

  test('but not a byte between the data and its line end', () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nax\n'
    expect(readPieces([text]).at(-1)).toMatch(/^RECV_ERROR/)
  })
})
