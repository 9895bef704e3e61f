import { describe, expect, test } from 'vitest'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import { contentLength, requestFraming, responseFraming } from '../../../packages/core/src/http/framing.ts'
import type { HttpVersion } from '../../../packages/core/src/http/message.ts'

type Pairs = readonly (readonly [string, string])[]

const CHUNKED = ['Transfer-Encoding', 'chunked'] as const
const length = (value: string) => ['Content-Length', value] as const

function response(
  pairs: Pairs,
  { method = 'GET', status = 200, version = '1.1' as HttpVersion } = {},
): string {
  const { framing, suspicious } = responseFraming(method, {
    version,
    status,
    reason: '',
    fields: Fields.of(pairs),
  })
  const size = framing.is === 'length' ? `length ${framing.bytes}` : framing.is
  return suspicious === undefined ? size : `${size}, because ${suspicious}`
}

function request(pairs: Pairs, version: HttpVersion = '1.1'): string {
  const framing = requestFraming({ method: 'POST', target: '/', version, fields: Fields.of(pairs) })
  return framing.is === 'length' ? `length ${framing.bytes}` : framing.is
}

describe('responseFraming', () => {
  test.each<{
    name: string
    pairs: Pairs
    about?: { method?: string; status?: number; version?: HttpVersion }
    framing: string
  }>([
    { name: 'nothing said: until close', pairs: [], framing: 'until-close' },
    { name: 'a length', pairs: [length('5')], framing: 'length 5' },
    { name: 'leading zeros', pairs: [length('005')], framing: 'length 5' },
    { name: 'the largest length', pairs: [length('9007199254740991')], framing: 'length 9007199254740991' },
    { name: 'the same length twice', pairs: [length('5'), length('5')], framing: 'length 5' },
    { name: 'the same length as a list', pairs: [length('5, 5 ,\t5')], framing: 'length 5' },
    { name: 'chunks', pairs: [CHUNKED], framing: 'chunked' },
    { name: 'chunks in capitals', pairs: [['transfer-encoding', ' CHUNKED ']], framing: 'chunked' },
    {
      name: 'identity before chunks',
      pairs: [['Transfer-Encoding', 'identity, chunked']],
      framing: 'chunked',
    },
    {
      name: 'identity alone',
      pairs: [['Transfer-Encoding', 'identity'], length('5')],
      framing: 'until-close',
    },
    { name: 'an empty Transfer-Encoding', pairs: [['Transfer-Encoding', '']], framing: 'until-close' },
    {
      name: 'chunks and a length',
      pairs: [CHUNKED, length('5')],
      framing: 'chunked, because the response has both Content-Length and Transfer-Encoding',
    },
    {
      name: 'chunks named twice',
      pairs: [CHUNKED, CHUNKED],
      framing: 'chunked, because the response names the chunked coding twice',
    },
    {
      name: 'chunks over HTTP/1.0',
      pairs: [CHUNKED],
      about: { version: '1.0' },
      framing: 'chunked, because an HTTP/1.0 response has Transfer-Encoding',
    },
    { name: 'HEAD', pairs: [length('5')], about: { method: 'HEAD' }, framing: 'none' },
    { name: 'HEAD with chunks', pairs: [CHUNKED], about: { method: 'HEAD' }, framing: 'none' },
    { name: '304', pairs: [length('5')], about: { status: 304 }, framing: 'none' },
    { name: '204', pairs: [], about: { status: 204 }, framing: 'none' },
    {
      name: '204 with chunks',
      pairs: [CHUNKED],
      about: { status: 204 },
      framing: 'none, because status 204 came with Transfer-Encoding',
    },
    { name: '100', pairs: [], about: { status: 100 }, framing: 'none' },
    { name: '101', pairs: [], about: { status: 101 }, framing: 'none' },
    {
      name: 'a 2xx to CONNECT, whatever it says',
      pairs: [CHUNKED, length('x')],
      about: { method: 'CONNECT', status: 299 },
      framing: 'none',
    },
    {
      name: 'a refused CONNECT',
      pairs: [length('5')],
      about: { method: 'CONNECT', status: 407 },
      framing: 'length 5',
    },
    {
      name: 'a length that no body reaches',
      pairs: [length('9223372036854775807')],
      framing: 'length 9223372036854776000',
    },
    {
      name: 'a length beyond 2^63-1 is none',
      pairs: [length('9223372036854775808')],
      framing: 'until-close',
    },
    { name: 'a 205 may have a body', pairs: [length('5')], about: { status: 205 }, framing: 'length 5' },
  ])('$name', ({ pairs, about, framing }) => {
    expect(response(pairs, about)).toBe(framing)
  })

  test.each<{ name: string; pairs: Pairs; code: string; message: string }>([
    ...['-1', '+1', '', '1.0', '0x1', '1 2', 'a', '5,', ',5', '5,,5', '\xa05'].map((value) => ({
      name: `Content-Length: ${JSON.stringify(value)}`,
      pairs: [length(value)],
      code: 'WEIRD_SERVER_REPLY',
      message: 'Content-Length is not a number',
    })),
    {
      name: 'two lengths',
      pairs: [length('5'), length('6')],
      code: 'WEIRD_SERVER_REPLY',
      message: 'Content-Length is both 5 and 6',
    },
    {
      name: 'two lengths in a list',
      pairs: [length('5, 6')],
      code: 'WEIRD_SERVER_REPLY',
      message: 'Content-Length is both 5 and 6',
    },
    {
      name: 'a bad length beside chunks',
      pairs: [CHUNKED, length('-1')],
      code: 'WEIRD_SERVER_REPLY',
      message: 'Content-Length is not a number',
    },
    {
      name: 'a bad second length',
      pairs: [length('5'), length('')],
      code: 'WEIRD_SERVER_REPLY',
      message: 'Content-Length is not a number',
    },
    {
      name: 'gzip',
      pairs: [['Transfer-Encoding', 'gzip, chunked']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'the transfer coding "gzip" is taken with transferEncoding only',
    },
    {
      name: 'deflate',
      pairs: [['Transfer-Encoding', 'deflate']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'the transfer coding "deflate" is taken with transferEncoding only',
    },
    {
      name: 'a name that begins with identity',
      pairs: [['Transfer-Encoding', 'identityx']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'the transfer coding "identityx" is not supported',
    },
    {
      name: 'chunked with a parameter',
      pairs: [['Transfer-Encoding', 'chunked;q=1']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'the transfer coding "chunked;q=1" is not supported',
    },
    {
      name: 'chunked behind NBSP',
      pairs: [['Transfer-Encoding', '\xa0chunked']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'the transfer coding "\xa0chunked" is not supported',
    },
    {
      name: 'identity after chunked',
      pairs: [['Transfer-Encoding', 'chunked, identity']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'a transfer coding stands after chunked',
    },
    {
      name: 'chunked within',
      pairs: [CHUNKED, ['Transfer-Encoding', 'x']],
      code: 'BAD_CONTENT_ENCODING',
      message: 'a transfer coding stands after chunked',
    },
  ])('refuses $name', ({ pairs, code, message }) => {
    expect(() => response(pairs)).toThrow(expect.objectContaining({ code, message, phase: 'receive' }))
  })
})

describe('requestFraming', () => {
  test('is none, a length, or chunked', () => {
    expect([request([]), request([length('7')]), request([CHUNKED])]).toEqual(['none', 'length 7', 'chunked'])
  })

  test.each<{ name: string; pairs: Pairs; version?: HttpVersion; code: string }>([
    { name: 'both a length and chunks', pairs: [CHUNKED, length('5')], code: 'WEIRD_SERVER_REPLY' },
    { name: 'chunks over HTTP/1.0', pairs: [CHUNKED], version: '1.0', code: 'WEIRD_SERVER_REPLY' },
    { name: 'chunks twice', pairs: [CHUNKED, CHUNKED], code: 'WEIRD_SERVER_REPLY' },
    { name: 'a body without an end', pairs: [['Transfer-Encoding', 'identity']], code: 'WEIRD_SERVER_REPLY' },
    { name: 'an unknown coding', pairs: [['Transfer-Encoding', 'x']], code: 'BAD_CONTENT_ENCODING' },
  ])('refuses $name', ({ pairs, version, code }) => {
    expect(() => request(pairs, version)).toThrow(expect.objectContaining({ code }))
  })
})

test('contentLength is undefined when there is none', () => {
  expect(contentLength(Fields.of([['Content-Lengths', '5']]))).toBeUndefined()
})
