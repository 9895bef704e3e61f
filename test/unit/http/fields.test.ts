/** `Fields`, made here and received: both must answer alike. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fields } from '../../../packages/core/src/http/fields.ts'

const PAIRS = [
  ['Accept', 'a'],
  ['X-List', 'b, C ,,'],
  ['accept', 'd'],
  ['Empty', ''],
  ['X-List', 'e'],
] as const

/** The same fields as if they had come in a head. */
function received(pairs: readonly (readonly [string, string])[]): Fields {
  let text = 'HTTP/1.1 200 OK\r\n'
  const spans: number[] = []
  for (const [name, value] of pairs) {
    const from = text.length
    spans.push(from, from + name.length, from + name.length + 2, from + name.length + 2 + value.length)
    text += `${name}: ${value}\r\n`
  }
  return Fields.received(text, spans)
}

describe.each([
  { kind: 'made', fieldsOf: (pairs: readonly (readonly [string, string])[]) => Fields.of(pairs) },
  { kind: 'received', fieldsOf: received },
])('Fields that were $kind', ({ fieldsOf }) => {
  test('keep order and spelling', () => {
    const fields = fieldsOf(PAIRS)
    expect([...fields]).toEqual(PAIRS)
    expect([fields.count, fields.nameAt(2), fields.valueAt(2)]).toEqual([5, 'accept', 'd'])
  })

  test('are found without regard to case', () => {
    const fields = fieldsOf(PAIRS)
    expect([fields.indexOf('ACCEPT'), fields.indexOf('accept', 1), fields.indexOf('accept', 3)]).toEqual([
      0, 2, -1,
    ])
    expect([fields.has('EMPTY'), fields.has('accep'), fields.has('accept ')]).toEqual([true, false, false])
    expect([fields.first('accept'), fields.first('none')]).toEqual(['a', undefined])
  })

  test('fold the case of ASCII letters only', () => {
    const fields = fieldsOf([['[x@\xc4', 'v']])
    expect([
      fields.has('[X@\xc4'),
      fields.has('{x@\xc4'),
      fields.has('[x`\xc4'),
      fields.has('[x@\xe4'),
    ]).toEqual([true, false, false, false])
  })

  test('list the members that tokens gives, and no others', () => {
    const words = ['close', 'Close', 'keep-alive', 'clos', 'closed', 'x', '']
    const value = fc
      .array(fc.tuple(fc.constantFrom('', ' ', '\t '), fc.constantFrom(...words), fc.constantFrom('', ' ')))
      .map((parts) =>
        parts
          .map((part) => part.join(''))
          .join(',')
          .trim(),
      )
    const pairs = fc.array(
      fc.tuple(fc.constantFrom('Connection', 'connection', 'Proxy-Connection', 'Keep-Alive'), value),
    )
    fc.assert(
      fc.property(pairs, (given) => {
        const fields = fieldsOf(given)
        for (const name of ['connection', 'keep-alive'])
          for (const member of ['close', 'keep-alive', 'x'])
            expect(fields.lists(name, member)).toBe(fields.tokens(name).includes(member))
      }),
    )
  })

  test.each([
    ['0', 0],
    ['35', 35],
    ['000000000000042', 42],
    ['999999999999999', 999_999_999_999_999],
    ['1000000000000000', -1],
    ['', -1],
    ['-1', -1],
    ['+1', -1],
    ['1 2', -1],
    ['1,1', -1],
    ['0x1', -1],
    ['\xb2', -1],
  ])('read %j as the number %d', (value, number) => {
    expect(
      fieldsOf([
        ['A', '1'],
        ['Content-Length', value],
        ['B', '2'],
      ]).digitsAt(1),
    ).toBe(number)
  })

  test('are found after a change by a name of another length, too', () => {
    const fields = fieldsOf([['Accept', 'a']])
    fields.append('A-Name-Of-Another-Length', 'b')
    expect([fields.first('a-name-of-another-length'), fields.has('a-name-of-another-lengt')]).toEqual([
      'b',
      false,
    ])
  })

  test('join equal names with a comma', () => {
    const fields = fieldsOf(PAIRS)
    expect([fields.get('accept'), fields.get('empty'), fields.get('none')]).toEqual(['a, d', '', undefined])
    expect([fields.all('x-list'), fields.all('none')]).toEqual([['b, C ,,', 'e'], []])
    expect([fields.tokens('x-list'), fields.tokens('none')]).toEqual([['b', 'c', 'e'], []])
  })

  test('change in place', () => {
    const fields = fieldsOf(PAIRS)
    fields.set('ACCEPT', 'z')
    fields.set('New', 'n')
    fields.append('new', 'm')
    fields.delete('x-list')
    expect([...fields]).toEqual([
      ['Accept', 'z'],
      ['Empty', ''],
      ['New', 'n'],
      ['new', 'm'],
    ])
    expect(fields.count).toBe(4)
  })

  test('are copied, not shared', () => {
    const fields = fieldsOf(PAIRS)
    const copy = fields.copy()
    copy.delete('accept')
    expect([fields.has('accept'), copy.has('accept')]).toEqual([true, false])
  })

  test('become an object for people', () => {
    expect(fieldsOf(PAIRS).toObject()).toEqual({ accept: ['a', 'd'], 'x-list': ['b, C ,,', 'e'], empty: '' })
    expect(Object.keys(fieldsOf([['__proto__', 'x']]).toObject())).toEqual(['__proto__'])
  })
})
