import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { httpDate } from '../../../packages/core/src/http/http-date.ts'

test('is the date of RFC 9110', () => {
  expect(httpDate(784_111_777)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
})

test.each([0, 951_782_399, 951_782_400, 951_868_800, 4_107_542_400, 253_402_300_799])(
  'is what JavaScript says of %i',
  (seconds) => {
    expect(httpDate(seconds)).toBe(new Date(seconds * 1_000).toUTCString())
  },
)

test('is what JavaScript says of any second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      expect(httpDate(seconds)).toBe(new Date(seconds * 1_000).toUTCString())
    }),
  )
})
