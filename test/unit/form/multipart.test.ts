/** Multipart bodies, byte for byte, and read back by a strict reader that knows nothing of how they are made. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkParts, type MimePart } from '../../../packages/core/src/form/mime-part.ts'
import { layoutForm } from '../../../packages/core/src/form/multipart.ts'
import { readDisposition, readMultipart } from '../../support/multipart-parser.ts'
import { laidOut, terms } from './forms.ts'

const lines = (...all: string[]): string => all.join('\r\n')

describe('a form', () => {
  test('has a head, a boundary and a body for each part', () => {
    const { text, length, contentType } = laidOut([
      { name: 'name', data: 'daniel' },
      { name: 'file', file: 'some/where/a.txt' },
    ])
    const expected = lines(
      '--B1',
      'Content-Disposition: form-data; name="name"',
      '',
      'daniel',
      '--B1',
      'Content-Disposition: form-data; name="file"; filename="a.txt"',
      'Content-Type: text/plain',
      '',
      '<some/where/a.txt>',
      '--B1--',
      '',
    )
    expect(text).toBe(expected)
    expect(contentType).toBe('multipart/form-data; boundary=B1')
    expect(length).toBe(expected.length - '<some/where/a.txt>'.length + 9)
  })

  test('without parts is its last boundary', () => {
    expect(laidOut([])).toMatchObject({ text: '--B1--\r\n', length: 8 })
  })

  test('of a part without name and content', () => {
    expect(laidOut([{}]).text).toBe(lines('--B1', 'Content-Disposition: form-data', '', '', '--B1--', ''))
  })

  test('of parts in parts', () => {
    const { text } = laidOut([
      { name: 'both', parts: [{ file: 'a.png' }, { data: '<p>', contentType: 'text/html' }, { data: 'x' }] },
      { name: 'last', data: '1' },
    ])
    expect(text).toBe(
      lines(
        '--B1',
        'Content-Disposition: form-data; name="both"',
        'Content-Type: multipart/mixed; boundary=B2',
        '',
        '--B2',
        'Content-Disposition: attachment; filename="a.png"',
        'Content-Type: image/png',
        '',
        '<a.png>',
        '--B2',
        'Content-Type: text/html',
        '',
        '<p>',
        '--B2',
        '',
        'x',
        '--B2--',
        '',
        '--B1',
        'Content-Disposition: form-data; name="last"',
        '',
        '1',
        '--B1--',
        '',
      ),
    )
  })

  test('of another type has attachments', () => {
    const { text, contentType } = laidOut([{ name: 'a', data: '1' }], { contentType: 'text/info' })
    expect(text).toContain('Content-Disposition: attachment; name="a"\r\n')
    expect(contentType).toBe('text/info; boundary=B1')
    expect(laidOut([{ name: 'a' }], { contentType: 'Multipart/Form-Data; charset=x' }).text).toContain(
      'form-data;',
    )
    expect(laidOut([{ name: 'a' }], { contentType: 'multipart/form-database' }).text).toContain('attachment;')
  })
})

describe('the head of a part', () => {
  const HEADS: readonly (readonly [string, MimePart, ...string[]])[] = [
    [
      'disposition, type, encoding, then the rest',
      { name: 'a', data: 'x', contentType: 'a/b', encoder: 'base64', headers: ['X-One: 1', 'X-Two:2'] },
      'Content-Disposition: form-data; name="a"',
      'Content-Type: a/b',
      'Content-Transfer-Encoding: base64',
      'X-One: 1',
      'X-Two:2',
    ],
    [
      'what is given as lines instead of that',
      {
        name: 'a',
        encoder: '8bit',
        headers: ['content-disposition: inline', 'CONTENT-TYPE: c/d', 'Content-Transfer-Encoding: x'],
      },
      'Content-Type: c/d',
      'content-disposition: inline',
      'Content-Transfer-Encoding: x',
    ],
    [
      'names as browsers escape them',
      { name: 'a"\r\n\\' },
      'Content-Disposition: form-data; name="a%22%0D%0A\\"',
    ],
    ['names in UTF-8', { name: '\u00e9' }, 'Content-Disposition: form-data; name="\u00c3\u00a9"'],
    [
      'an empty file name',
      { name: 'a', filename: '' },
      'Content-Disposition: form-data; name="a"; filename=""',
    ],
    [
      'no file name for a file that wants none',
      { name: 'a', file: 'b', filename: '' },
      'Content-Disposition: form-data; name="a"',
    ],
    [
      'the type by the given name first',
      { name: 'a', file: 'x.png', filename: 'y.HTML' },
      'Content-Disposition: form-data; name="a"; filename="y.HTML"',
      'Content-Type: text/html',
    ],
    [
      'then by the name of the file',
      { name: 'a', file: 'x.png', filename: 'y' },
      'Content-Disposition: form-data; name="a"; filename="y"',
      'Content-Type: image/png',
    ],
    [
      'then none in particular',
      { name: 'a', file: 'x' },
      'Content-Disposition: form-data; name="a"; filename="x"',
      'Content-Type: application/octet-stream',
    ],
    [
      'no type for data of an unknown name',
      { name: 'a', filename: 'x' },
      'Content-Disposition: form-data; name="a"; filename="x"',
    ],
    [
      'no type for plain text without a name',
      { name: 'a', file: 'x.txt', filename: '' },
      'Content-Disposition: form-data; name="a"',
    ],
    [
      'a type that was asked for even so',
      { name: 'a', contentType: 'text/plain' },
      'Content-Disposition: form-data; name="a"',
      'Content-Type: text/plain',
    ],
  ]
  test.each(HEADS)('has %s', (_case, part, ...head) => {
    const { text } = laidOut([part as MimePart])
    expect(text.slice('--B1\r\n'.length, text.indexOf('\r\n\r\n')).split('\r\n')).toEqual(head)
  })

  test('has backslashes where these are wanted', () => {
    const { text } = laidOut([{ name: 'a"b\\c', filename: '"' }], { escape: 'backslash' })
    expect(text).toContain('name="a\\"b\\\\c"; filename="\\""\r\n')
  })
})

describe('the length', () => {
  test('is known when that of all parts is', () => {
    expect(laidOut([{ stream: ['ab'], size: 2, encoder: 'base64' }]).length).toBeDefined()
    expect(laidOut([{ stream: ['ab'] }]).length).toBeUndefined()
    expect(laidOut([{ parts: [{ stream: ['ab'] }] }]).length).toBeUndefined()
    // libcurl does not count these ahead, and sends them in chunks.
    expect(laidOut([{ data: 'a', encoder: 'quoted-printable' }]).length).toBeUndefined()
    expect(laidOut([{ data: '', encoder: 'quoted-printable' }]).length).toBeDefined()
  })
})

describe('any form', () => {
  const name = fc.option(fc.string({ unit: 'binary', maxLength: 20 }).filter(isSendable), { nil: undefined })
  const data = fc.uint8Array({ maxLength: 300, size: 'max' })
  const leaf = fc.record({
    name,
    filename: name,
    data,
    encoder: fc.constantFrom(undefined, 'binary', 'base64'),
  })
  const part = fc.oneof(leaf, fc.record({ name, parts: fc.array(leaf, { maxLength: 4, size: 'max' }) }))
  const forms = fc.array(part, { maxLength: 6, size: 'max' }) as fc.Arbitrary<MimePart[]>

  test('is read back as it was', () => {
    fc.assert(
      fc.property(forms, (parts) => {
        const { text, length, contentType } = laidOut(parts, { boundary: boundaries() })
        expect(length).toBe(text.length)
        expectParts(contentType, Buffer.from(text, 'latin1'), parts, true)
      }),
    )
  })

  test('has the same head, whatever its parts are read from', () => {
    fc.assert(
      fc.property(forms, fc.constantFrom('percent', 'backslash'), (parts, escape) => {
        fc.pre(escape === 'percent' || !JSON.stringify(parts).match(/\\[rn]/))
        const one = layoutForm(checkParts('mimePost', parts), terms({ escape: escape as 'percent' }))
        const streams = parts.map((given) => (given.parts === undefined ? asStream(given) : given))
        const two = layoutForm(checkParts('mimePost', streams), terms({ escape: escape as 'percent' }))
        expect(two.length).toBe(one.length)
      }),
    )
  })
})

function expectParts(
  contentType: string,
  body: Uint8Array,
  parts: readonly MimePart[],
  isForm: boolean,
): void {
  const read = readMultipart(contentType, body)
  expect(read).toHaveLength(parts.length)
  for (const [index, part] of parts.entries()) {
    const { headers, body: content } = read[index]!
    const { name, filename } = readDisposition(headers['content-disposition'] ?? 'attachment')
    expect([name, filename]).toEqual([wellFormed(part.name), wellFormed(part.filename)])
    expect(headers['content-disposition'] !== undefined).toBe(
      isForm || name !== undefined || filename !== undefined,
    )
    if (part.parts !== undefined) expectParts(headers['content-type']!, content, part.parts, false)
    const bytes = part.encoder === 'base64' ? decoded(content) : content
    expect(part.parts === undefined ? bytes : undefined).toEqual(
      part.parts === undefined ? Buffer.from(part.data as Uint8Array) : undefined,
    )
  }
}

/** As MIME has it: no line of more than 76 characters. */
function decoded(content: Buffer): Buffer {
  const text = content.toString('latin1')
  for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
  return Buffer.from(text, 'base64')
}

function asStream({ data, ...part }: MimePart): MimePart {
  return { ...part, stream: [data as Uint8Array], size: (data as Uint8Array).length }
}

/** Longer than any data that is made here could hold by chance. */
function boundaries(): () => string {
  let count = 0
  return () => `boundary-of-this-test-${count++}`
}

function isSendable(text: string): boolean {
  // A percent sign that is there already cannot be told from one that escapes, in browsers neither.
  return !/(?![\t\r\n])\p{Cc}|%22|%0D|%0A/u.test(text)
}

function wellFormed(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString()
}
