/** What is left of a head that is refused, or never comes to its end: its sound lines, however the bytes come. */
import { expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { H1Reader } from '../../../packages/core/src/h1/reader.ts'
import { PLAIN_READING } from '../../../packages/core/src/http/framing.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { bytesOf } from './reading.ts'

interface Cut {
  readonly code: string
  readonly raw: string | undefined
  readonly head: string
}

/** Offers `text` in pieces of `size`, then the end. */
function cut(text: string, size = text.length): Cut {
  const reader = new H1Reader('client')
  reader.expectResponse('GET', PLAIN_READING)
  let code = 'none'
  try {
    for (let at = 0; at < text.length; at += size) {
      const view = bytesOf(text.slice(at, at + size))
      reader.offer(view)
      while (reader.next() !== undefined);
      reader.keep()
      view.fill(0xee)
    }
    reader.end()
    while (reader.next() !== undefined);
  } catch (error) {
    if (!isTransferError(error)) throw error
    code = error.code
  }
  const { cutHead } = reader
  const head =
    cutHead === undefined
      ? '-'
      : `${cutHead.status} ${cutHead.reason} ${JSON.stringify(cutHead.fields.toObject())} ${cutHead.isCut}`
  return { code, raw: cutHead?.raw, head }
}

const OK = 'HTTP/1.1 200 fine\r\n'
const A = 'A: b\r\n'
const LONG = `L: ${'x'.repeat(1_000)}\r\n`

test.each<readonly [string, sound: string | undefined, rest: string, code: string]>([
  ['a CR alone', `${OK}${A}`, 'B: \r-6\r\nC: d\r\n\r\n', 'WEIRD_SERVER_REPLY'],
  ['a line without a colon', `${OK}${A}${LONG}`, 'nothing\r\n\r\n', 'WEIRD_SERVER_REPLY'],
  ['a fold after it', `${OK}${A} c\r\n`, 'B\r\n\r\n', 'WEIRD_SERVER_REPLY'],
  ['lines that end with LF alone', 'HTTP/1.1 200 fine\nA: b\n', 'B: \0\n\n', 'WEIRD_SERVER_REPLY'],
  ['a flaw in the first field', OK, ': x\r\n\r\n', 'WEIRD_SERVER_REPLY'],
  ['a length that is none', `${OK}${A}`, 'Content-Length: x\r\nC: d\r\n\r\n', 'WEIRD_SERVER_REPLY'],
  [
    'the second of two lengths',
    `${OK}Content-Length: 3\r\n${A}content-length: 3\r\n`,
    'Content-Length: 4\r\nC: d\r\nContent-Length: x\r\n\r\n',
    'WEIRD_SERVER_REPLY',
  ],
  [
    'a coding behind chunked',
    `${OK}${A}Transfer-Encoding: chunked\r\n`,
    'Transfer-Encoding: x\r\nC: d\r\n\r\n',
    'BAD_CONTENT_ENCODING',
  ],
  ['the end behind a line', `${OK}${A}`, '', 'PARTIAL_FILE'],
  ['the end behind the first line', OK, '', 'PARTIAL_FILE'],
  ['the end in a line', `${OK}${A}`, 'B: c', 'PARTIAL_FILE'],
  ['the end between CR and LF', `${OK}`, 'B: c\r', 'PARTIAL_FILE'],
  ['the end of informational ones', `${OK}${A}`, 'B', 'PARTIAL_FILE'],
  ['a flaw in the first line', undefined, 'HTTP/1.1 2000 no\r\nA: b\r\n\r\n', 'UNSUPPORTED_PROTOCOL'],
  ['the end in the first line', undefined, 'HTTP/1.1 200 ', 'PARTIAL_FILE'],
  ['a flaw in the body', undefined, `${OK}Transfer-Encoding: chunked\r\n\r\nxx`, 'RECV_ERROR'],
])('%s', (name, sound, rest, code) => {
  const before = name.includes('informational') ? `HTTP/1.1 103 Early\r\n${LONG}\r\n` : ''
  const text = before + (sound ?? '') + rest
  for (const size of [text.length, 1, 2, 3, 7, 20]) {
    const { code: found, raw, head } = cut(text, size)
    expect([size, found, raw]).toEqual([size, code, sound])
    const isHead = /^200 fine \{.*"a":"b.*true$/.test(String(head))
    expect(isHead).toBe(sound?.includes('A: b') === true)
  }
})

test('a line that is too long, and too many of them', () => {
  const long = `${OK}${A}B: ${'x'.repeat(LIMITS.headLineBytes)}`
  expect(cut(long)).toMatchObject({ code: 'TOO_LARGE', raw: `${OK}${A}` })
  expect(cut(long, 1_000)).toMatchObject({ code: 'TOO_LARGE', raw: `${OK}${A}` })
  const many = OK + A.repeat(LIMITS.responseFields)
  expect(cut(`${many}B: c\r\n\r\n`)).toMatchObject({ code: 'TOO_LARGE', raw: many })
})

test('a head of many lengths costs no more than its size is worth', () => {
  const many = OK + 'Content-Length: 3\r\n'.repeat(4_000)
  expect(cut(`${many}Content-Length: 4\r\n\r\n`)).toMatchObject({ raw: many })
})
