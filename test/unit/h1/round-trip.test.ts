/** What the writers write, the reader reads back, in both roles and however the bytes are cut. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHUNK_TAIL, chunkHead, lastChunk } from '../../../packages/core/src/h1/body-writer.ts'
import { writeRequestHead, writeResponseHead } from '../../../packages/core/src/h1/head-writer.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import type { RequestHead, ResponseHead } from '../../../packages/core/src/http/message.ts'
import { isFieldValue, isToken } from '../../../packages/core/src/http/tokens.ts'
import { readPieces } from './reading.ts'

const RUNS = { numRuns: 200 }

const latin1Char = fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code))
const token = fc
  .array(latin1Char.filter(isToken), { minLength: 1, maxLength: 12 })
  .map((chars) => chars.join(''))
const value = fc
  .array(
    latin1Char.filter((char) => char === '\t' || isFieldValue(char) || char === ' '),
    { maxLength: 30 },
  )
  .map((chars) => chars.join('').replace(/^[ \t]+|[ \t]+$/g, ''))
const target = fc
  .array(
    latin1Char.filter((char) => isFieldValue(char) && char !== ''),
    { maxLength: 20 },
  )
  .map((chars) => `/${chars.join('')}`)

const FRAMING_NAMES = ['content-length', 'transfer-encoding']
const fieldPairs = fc.array(
  fc.tuple(
    token.filter((name) => !FRAMING_NAMES.includes(name.toLowerCase()) && name.toLowerCase() !== 'host'),
    value,
  ),
  { maxLength: 12 },
)
const chunks = fc.array(fc.string({ unit: latin1Char, minLength: 1, maxLength: 40 }), { maxLength: 6 })
/** Where to cut the text, as shares of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

interface Body {
  readonly fields: readonly (readonly [string, string])[]
  readonly text: string
  readonly framing: string
  readonly lines: readonly string[]
}

const body: fc.Arbitrary<Body> = fc.oneof(
  chunks.map((parts): Body => {
    const text = parts.join('')
    return {
      fields: [['Content-Length', String(text.length)]],
      text,
      framing: `length ${text.length}`,
      lines: [...dataLines(text), 'end'],
    }
  }),
  fc
    .tuple(chunks, fc.option(fc.constant([['X-Sum', 'a b']] as const), { nil: undefined }))
    .map(([parts, trailers]): Body => ({
      fields: [['Transfer-Encoding', 'chunked']],
      text:
        parts.map((part) => chunkHead(part.length) + part + CHUNK_TAIL).join('') +
        lastChunk(trailers && Fields.of(trailers)),
      framing: 'chunked',
      lines: [...dataLines(parts.join('')), trailers === undefined ? 'end' : 'end [X-Sum: a b]'],
    })),
)

describe('H1Reader reads what is written:', () => {
  test('requests, one after the other', () => {
    const message = fc.tuple(token, target, fieldPairs, body)
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), cuts, (messages, places) => {
        let text = ''
        const lines: string[] = []
        for (const [method, path, pairs, content] of messages) {
          const fields = Fields.of([...pairs, ...content.fields])
          const head: RequestHead = { method, target: path, version: '1.1', fields }
          text += writeRequestHead(head) + content.text
          lines.push(`request ${method} ${path} 1.1 ${printed(fields)} ${content.framing}`, ...content.lines)
        }
        expect(readPieces(cutAt(text, places), { role: 'server' })).toEqual(lines)
      }),
      RUNS,
    )
  })

  test('responses, one after the other', () => {
    const message = fc.tuple(fc.integer({ min: 200, max: 999 }), value, fieldPairs, body)
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), cuts, (messages, places) => {
        let text = ''
        const lines: string[] = []
        for (const [number, reason, pairs, content] of messages) {
          const status = number === 204 || number === 304 ? 200 : number
          const fields = Fields.of([...pairs, ...content.fields])
          const head: ResponseHead = { version: '1.1', status, reason, fields }
          text += writeResponseHead(head) + content.text
          lines.push(
            `response 1.1 ${status} ${JSON.stringify(reason)} ${printed(fields)} ${content.framing}`,
            ...content.lines,
          )
        }
        const methods = messages.map(() => 'POST')
        expect(readPieces(cutAt(text, places), { methods })).toEqual(lines)
      }),
      RUNS,
    )
  })

  test('and says the same of any bytes, however they are cut', () => {
    const alphabet = fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      ' ',
      '\t',
      ':',
      'A',
      'b',
      '0',
      '5',
      ';',
      '\0',
      '\xff',
      'HTTP/1.1 200 OK',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
    )
    const noise = fc.array(alphabet, { maxLength: 30 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
        noise,
        cuts,
        (start, rest, places) => {
          const text = start + rest
          const reading = { ends: true, methods: ['GET', 'GET'] }
          expect(readPieces(cutAt(text, places), reading)).toEqual(readPieces([text], reading))
        },
      ),
      { numRuns: 400 },
    )
  })
})

function dataLines(text: string): string[] {
  return text === '' ? [] : [`data ${JSON.stringify(text)}`]
}

function printed(fields: Fields): string {
  return `[${[...fields].map(([name, content]) => `${name}: ${content}`).join('; ')}]`
}

function cutAt(text: string, shares: readonly number[]): string[] {
  const places = shares.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b)
  const pieces: string[] = []
  let from = 0
  for (const place of [...places, text.length]) {
    pieces.push(text.slice(from, place))
    from = place
  }
  return pieces
}
