/** What may be part of a form, and what is refused before anything is sent. */
import { describe, expect, test } from 'vitest'
import { guessedType } from '../../../packages/core/src/form/content-type.ts'
import { formUrlEncode } from '../../../packages/core/src/form/form-url-encode.ts'
import { newBoundary } from '../../../packages/core/src/form/boundary.ts'
import { checkParts, type MimePart } from '../../../packages/core/src/form/mime-part.ts'
import { laidOut } from './forms.ts'

describe('a part is refused', () => {
  const itself: { parts: unknown[] } = { parts: [] }
  itself.parts.push(itself)
  test.each<readonly [string, unknown, RegExp]>([
    ['that is no object', 'text', /mimePost\[0\] must be an object/],
    ['of unknown properties', { nmae: 'a' }, /no property "nmae"; it may have name, data/],
    ['of two contents', { data: 'a', file: 'b' }, /one content, not both data and file/],
    ['whose data is none', { data: 7 }, /text, bytes or a blob/],
    ['whose file is none', { file: '' }, /the path of a file/],
    ['whose file has a NUL', { file: 'a\0b' }, /the path of a file/],
    ['whose stream is none', { stream: 7 }, /an iterable, a stream/],
    ['whose stream is bytes', { stream: new Uint8Array(1) }, /an iterable, a stream/],
    ['of a size without a stream', { data: 'a', size: 1 }, /only with a stream/],
    ['of half a byte', { stream: [], size: 0.5 }, /a whole number/],
    ['of an encoder nobody knows', { encoder: 'gzip' }, /binary, 8bit, 7bit, base64, quoted-printable/],
    ['of headers without a colon', { headers: ['Name value'] }, /a colon in each line/],
    ['of headers with blanks in their names', { headers: ['Na me: value'] }, /not "Na "\.\.\./],
    ['of headers that are no list', { headers: 'A: b' }, /a list of lines/],
    ['of a name with a NUL', { name: 'a\0' }, /U\+0000 in its name/],
    ['that holds itself', itself, /deeper than 16 levels/],
    ['in a part', { parts: [{ name: 7 }] }, /mimePost\[0\]\.parts\[0\] must have a string as its name/],
  ])('%s', (_case, part, message) => {
    expect(() => checkParts('mimePost', [part])).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT', message: expect.stringMatching(message) }),
    )
  })

  test('without its data being told', () => {
    const text = String(
      (thrownBy(() => checkParts('mimePost', [{ data: 'secret', name: 'a\0secret' }])) as Error).message,
    )
    expect(text).not.toContain('secret')
  })

  test('by backslashes when its name has a line end', () => {
    expect(() => laidOut([{ name: 'a\nb' }], { escape: 'backslash' })).toThrow(
      expect.objectContaining({
        code: 'BAD_FUNCTION_ARGUMENT',
        message: expect.stringMatching(/mimePost\[0\].*formEscape/),
      }),
    )
  })
})

test.each<readonly [string, MimePart['data']]>([
  ['text', '\u00e9\u00e9'],
  ['bytes', Uint8Array.of(1, 2, 3, 4)],
  ['a buffer', new ArrayBuffer(4)],
  ['a blob', new Blob(['blob'])],
])('data may be %s', (_case, data) => {
  expect(laidOut([{ data }]).length).toBe(laidOut([{}]).length! + 4)
})

test('types are guessed as curl does, and no further', () => {
  const names = [
    'a.gif',
    'a.JPG',
    'a.jpeg',
    'a.png',
    'a.svg',
    'a.txt',
    'a.htm',
    'a.html',
    'a.pdf',
    'a.xml',
    'a.zip',
    'gif',
  ]
  expect(names.map(guessedType)).toEqual([
    'image/gif',
    'image/jpeg',
    'image/jpeg',
    'image/png',
    'image/svg+xml',
    'text/plain',
    'text/html',
    'text/html',
    'application/pdf',
    'application/xml',
    undefined,
    undefined,
  ])
})

test('a boundary has 24 hyphens and 22 characters, each from bytes that are fair', () => {
  const asked: number[] = []
  const bytes = (count: number): Uint8Array => {
    asked.push(count)
    // 248 to 255 are the unfair ones: the first round yields one character in two.
    return Uint8Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 255 : 61))
  }
  expect(newBoundary(bytes)).toBe(`${'-'.repeat(24)}${'z'.repeat(22)}`)
  expect(asked).toEqual([44])
  expect(newBoundary((count) => new Uint8Array(count))).toBe(`${'-'.repeat(24)}${'0'.repeat(22)}`)
})

test('pairs are encoded as a form of a page is', () => {
  expect(
    formUrlEncode([
      ['a b', '1&2'],
      ['a b', '\u00e9'],
    ]),
  ).toBe('a+b=1%262&a+b=%C3%A9')
  expect(formUrlEncode({ x: "!'()~*-._", y: '\ud800' })).toBe('x=%21%27%28%29%7E*-._&y=%EF%BF%BD')
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}
