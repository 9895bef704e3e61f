/** Which codings a body came with, and in which order they are undone. */
import { describe, expect, test } from 'vitest'
import { bodyCodings, isZlibHeader } from '../../../packages/core/src/http/codings.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'

const ALL = ['deflate', 'gzip', 'br', 'zstd'] as const
const BOTH = { content: true, transfer: true }

function codings(
  pairs: readonly (readonly [string, string])[],
  wish = BOTH,
  supported: readonly (typeof ALL)[number][] = ALL,
): unknown {
  const found = bodyCodings(Fields.of(pairs), wish, supported)
  if (found.is === 'refused') return found.error.message
  return found.is === 'none' ? [] : found.codings
}

const CE = 'Content-Encoding'
const TE = 'Transfer-Encoding'

describe('the order', () => {
  test.each([
    [[], []],
    [[[CE, 'gzip']], ['gzip']],
    [[[CE, 'gzip, br']], ['br', 'gzip']],
    [
      [
        [CE, 'gzip'],
        [CE, 'br, deflate'],
      ],
      ['deflate', 'br', 'gzip'],
    ],
    [
      [
        [TE, 'gzip, chunked'],
        [CE, 'br'],
      ],
      ['gzip', 'br'],
    ],
    [
      [
        [CE, 'br'],
        [TE, 'deflate, gzip, chunked'],
        ['X', 'y'],
      ],
      ['gzip', 'deflate', 'br'],
    ],
    [[[CE, 'identity, X-GZIP ,, none']], ['gzip']],
    [[[CE, 'identity']], []],
  ] as const)('%j', (pairs, expected) => {
    expect(codings(pairs)).toEqual(expected)
  })

  test.each([
    [{ content: false, transfer: true }, ['gzip']],
    [{ content: true, transfer: false }, ['br']],
    [{ content: false, transfer: false }, []],
  ])('with %j', (wish, expected) => {
    expect(
      codings(
        [
          [CE, 'br'],
          [TE, 'gzip, chunked'],
        ],
        wish,
      ),
    ).toEqual(expected)
  })
})

describe('refused', () => {
  test.each([
    ['compress', '"compress"'],
    ['constructor', '"constructor"'],
    ['__proto__', '"__proto__"'],
    ['gzip;q=1', '"gzip;q=1"'],
    ['x'.repeat(100_000), 'x'.repeat(40)],
    ['gzip, gzip, gzip, gzip, gzip, gzip', '6 codings'],
  ])('%.40s', (value, message) => {
    const told = codings([[CE, value]]) as string
    expect(told).toContain(message)
    expect(told.length).toBeLessThan(200)
  })

  test('one that is known, and not here, says what is missing', () => {
    expect(codings([[CE, 'zstd']], BOTH, ['gzip'])).toContain('fzstd')
  })
})

test.each([
  [0x78, 0x9c, true],
  [0x78, 0x01, true],
  [0x78, 0xda, true],
  [0x78, 0x9d, false],
  [0x4b, 0x4c, false],
  [0x08, 0x1d, true],
])('deflate that begins with %i %i has its frame: %s', (first, second, expected) => {
  expect(isZlibHeader(first, second)).toBe(expected)
})
