/** `-F` in curl's syntax, taken apart. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FormDraft, FormError } from '../../../packages/cli/src/line/form-flag.ts'
import type { FormField } from '../../../packages/cli/src/command.ts'

function fieldsOf(...given: readonly string[]): readonly FormField[] {
  const draft = new FormDraft()
  for (const one of given) draft.add(one, false)
  return draft.fields
}

const text = (value: string): FormField['content'] => ({ is: 'text', text: value })
const file = (path: string, isUpload = true): FormField['content'] => ({ is: 'file', path, isUpload })

describe('a field', () => {
  test.each<readonly [string, string, FormField]>([
    ['of text', 'name=value', { name: 'name', content: text('value'), headers: [] }],
    ['of nothing', '=', { content: text(''), headers: [] }],
    ['with an equals sign in it', 'a=b=c', { name: 'a', content: text('b=c'), headers: [] }],
    ['with blanks around it', 'a=  b  ', { name: 'a', content: text('b'), headers: [] }],
    ['in quotes', 'a="b;\\"c\\\\\\d" ', { name: 'a', content: text('b;"c\\\\d'), headers: [] }],
    ['of an open quote', 'a="b', { name: 'a', content: text('"b'), headers: [] }],
    ['of a file', 'a=@b.txt', { name: 'a', content: file('b.txt'), headers: [] }],
    ['of standard input', 'a=@-', { name: 'a', content: file('-'), headers: [] }],
    ['of a file in quotes', 'a=@"b,c;d"', { name: 'a', content: file('b,c;d'), headers: [] }],
    ['of what a file holds', 'a=<b', { name: 'a', content: file('b', false), headers: [] }],
    ['of a comma', 'a=b,c', { name: 'a', content: text('b,c'), headers: [] }],
    [
      'with a type and a file name',
      'a=@b; type=c/d;filename="e;f"',
      { name: 'a', content: file('b'), contentType: 'c/d', filename: 'e;f', headers: [] },
    ],
    [
      'whose type has parameters',
      'a=b;type=c/d; charset=utf-8 ;x=y ; filename=f',
      { name: 'a', content: text('b'), contentType: 'c/d; charset=utf-8 ;x=y', filename: 'f', headers: [] },
    ],
    [
      'with headers and an encoder',
      'a=b;headers="X-A: b;c";headers=@h;headers=<i;encoder=base64',
      {
        name: 'a',
        content: text('b'),
        encoder: 'base64',
        headers: [
          { is: 'text', text: 'X-A: b;c' },
          { is: 'file', path: 'h' },
          { is: 'file', path: 'i' },
        ],
      },
    ],
    [
      'of several files',
      'a=@b,c;type=x/y,"d,e"',
      {
        name: 'a',
        content: {
          is: 'parts',
          parts: [
            { content: file('b'), headers: [] },
            { content: file('c'), contentType: 'x/y', headers: [] },
            { content: file('d,e'), headers: [] },
          ],
        },
        headers: [],
      },
    ],
  ])('%s', (_case, given, field) => {
    expect(fieldsOf(given)).toEqual([field])
  })

  test('may be literal', () => {
    const draft = new FormDraft()
    for (const value of ['a=@b', 'c=<d;type=e/f', 'g=(', '=)']) draft.add(value, true)
    expect(draft.fields.map(({ content }) => content)).toEqual(['@b', '<d;type=e/f', '(', ')'].map(text))
  })

  test('may hold others', () => {
    const fields = fieldsOf(
      'out=(;type=multipart/alternative;headers="X-A: b"',
      '=plain',
      'in=(',
      'a=1',
      '=)',
      '=)',
      'last=2',
    )
    expect(fields).toEqual([
      {
        name: 'out',
        contentType: 'multipart/alternative',
        headers: [{ is: 'text', text: 'X-A: b' }],
        content: {
          is: 'parts',
          parts: [
            { content: text('plain'), headers: [] },
            {
              name: 'in',
              headers: [],
              content: { is: 'parts', parts: [{ name: 'a', content: text('1'), headers: [] }] },
            },
          ],
        },
      },
      { name: 'last', content: text('2'), headers: [] },
    ])
  })

  test.each([
    ['name', /Illegally formatted input field/],
    ['=)', /no multipart to terminate/],
  ])('is refused: %s', (given, message) => {
    expect(() => fieldsOf(given)).toThrow(FormError)
    expect(() => fieldsOf(given)).toThrow(message)
  })

  test.each([
    ['a=b;type=c d;e=f', 'garbage at end of field specification:  d;e=f'],
    ['a=b;c=d', 'skip unknown form field: c=d'],
    ['a="b"c', 'Trailing data after quoted form parameter'],
    ['a=<b;filename=c', 'Field filename not allowed here: c'],
    ['a=(;encoder=7bit', 'Field encoder not allowed here: 7bit'],
  ])('is warned of: %s', (given, warning) => {
    const draft = new FormDraft()
    draft.add(given, false)
    expect(draft.warnings).toEqual([warning])
  })

  test('of any text in quotes is that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (value, filename) => {
        const quoted = (one: string): string => `"${one.replace(/["\\]/g, '\\$&')}"`
        const [field] = fieldsOf(`a=${quoted(value)};filename=${quoted(filename)}`)
        expect([field!.content, field!.filename]).toEqual([text(value), filename])
      }),
    )
  })

  test('of any text is taken apart or refused', () => {
    const pieces = fc.constantFrom(
      '@',
      '<',
      '(',
      ')',
      '=',
      ';',
      ',',
      '"',
      '\\',
      ' ',
      'type=',
      'a/b',
      'filename=',
      'headers=',
      'x',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20, size: 'max' }), (all) => {
        let outcome: unknown
        try {
          outcome = fieldsOf(`n=${all.join('')}`).length
        } catch (error) {
          outcome = error instanceof FormError ? 1 : error
        }
        expect(outcome).toBe(1)
      }),
    )
  })
})
