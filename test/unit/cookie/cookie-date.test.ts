/** Dates read as curl_getdate reads them, and the calendar below. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secondsOf, stampOf } from '../../../packages/core/src/base/civil-date.ts'
import { parseDate } from '../../../packages/core/src/cookie/cookie-date.ts'

const NOV_1994 = Date.UTC(1994, 10, 6, 8, 49, 37) / 1_000
const NOV_1994_DAY = Date.UTC(1994, 10, 6) / 1_000
const APR_2017 = Date.UTC(2017, 3, 15, 21, 1, 22) / 1_000

describe('parseDate', () => {
  test.each([
    // RFC 9110 5.6.7: the three forms.
    ['Sun, 06 Nov 1994 08:49:37 GMT', NOV_1994],
    ['Sunday, 06-Nov-94 08:49:37 GMT', NOV_1994],
    ['Sun Nov  6 08:49:37 1994', NOV_1994],
    // Parts left out, and in other orders.
    ['06 Nov 1994 08:49:37', NOV_1994],
    ['1994 Nov 6 08:49:37', NOV_1994],
    ['GMT 08:49:37 06-Nov-94 Sunday', NOV_1994],
    ['94 6 Nov 08:49:37', NOV_1994],
    ['1994.Nov.6', NOV_1994_DAY],
    ['Sun/Nov/6/94/GMT', NOV_1994_DAY],
    ['19941106', NOV_1994_DAY],
    ['15-Sat, Apr 21:01:22 GMT 17', APR_2017],
    ['15 17 Apr 21:01:22', APR_2017],
    ['Sat, 15-Apr-17"21:01:22"GMT', APR_2017],
    ['Thu, 006-Nov-1994 08:49:37 GMT', NOV_1994],
    ['nov 6 1994 8:49', NOV_1994 - 37],
    // Zones.
    ['Sun, 06 Nov 1994 08:49:37 CET', NOV_1994 - 3_600],
    ['06 Nov 1994 08:49:37 EST', NOV_1994 + 5 * 3_600],
    ['06 Nov 1994 08:49:37 A', NOV_1994 - 3_600],
    ['06 Nov 1994 08:49:37 Y', NOV_1994 + 12 * 3_600],
    ['06 Nov 1994 08:49:37 Z', NOV_1994],
    ['06 Nov 1994 08:49:37 -0730', NOV_1994 + 7.5 * 3_600],
    ['19941106 08:49:37 +0200', NOV_1994 - 2 * 3_600],
    // What follows the sixth part is not looked at.
    ['Sat, 15-Apr-17 21:01:22 GMT-0400 (EDT)', APR_2017],
    ['Sat, 15-Apr-17 21:01:22 GMT BLAH', APR_2017],
    // Edges.
    ['Thu, 01-Jan-1970 00:00:00 GMT', 0],
    ['Wed, 31-Dec-1969 23:59:58 GMT', -2],
    ['Wed, 31 Dec 2008 23:59:60 GMT', Date.UTC(2009, 0, 1) / 1_000],
    ['31 Feb 2001', Date.UTC(2001, 2, 3) / 1_000],
    ['01-Jan-1583', Date.UTC(1583, 0, 1) / 1_000],
    ['06-Nov-71', Date.UTC(1971, 10, 6) / 1_000],
    ['06-Nov-70', Date.UTC(2070, 10, 6) / 1_000],
    ['Sun, 06 Nov 3144 08:49:37 GMT', Date.UTC(3144, 10, 6, 8, 49, 37) / 1_000],
  ])('%s', (text, seconds) => expect(parseDate(text)).toBe(seconds))

  test.each([
    [''],
    ['IAintNoDate'],
    ['Wonkaday, 18-Apr-07 22:50:12'],
    ['Partyday, 18- April-07 22:50:12'],
    ['2017 April 15 21:01:22'],
    ['Sat, 15-Apr-17 21:01:22 DST'],
    ['Sat, 15-Apr-17 21:01:22 11:22:33'],
    ['Sat, 15-Apr-17 91:22:33 21:01:22'],
    ['Fri Feb 13 11:56:27'],
    ['Thu, 999999999999-Aug-2007 20:49:07 GMT'],
    ['Thu, 12-Aug-2007 20:61:99999999999 GMT'],
    ['20110632 12:34:56'],
    ['20111323 12:34:56'],
    ['20110023 12:34:56'],
    ['20110623 24:00:00'],
    ['20110623 12:34:61'],
    ['01-Jan-1499 00:00:00 GMT'],
    ['15 Apr 2017 99'],
    ['Mon Mon 15 Apr 2017'],
  ])('no date: %s', (text) => expect(parseDate(text)).toBeUndefined())

  test('reads any text without failing', () => {
    const part = fc.constantFrom(
      'Sun',
      'apr',
      '17',
      '2017',
      '20170415',
      '21:01:22',
      '1:2',
      'GMT',
      'B',
      '+0200',
    )
    const parts = fc.array(fc.tuple(part, fc.constantFrom(' ', '-', ', ', '/', '\xe9', '')), { maxLength: 9 })
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), parts), (given) => {
        const seconds = parseDate(typeof given === 'string' ? given : given.flat().join(''))
        expect(seconds === undefined || Number.isSafeInteger(seconds)).toBe(true)
      }),
    )
  })

  test('reads what toUTCString writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -12_000_000_000, max: 250_000_000_000 }), (seconds) => {
        expect(parseDate(new Date(seconds * 1_000).toUTCString())).toBe(seconds)
      }),
    )
  })
})

describe('the calendar', () => {
  test('agrees with Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -30_000_000_000, max: 253_402_300_799 }), (seconds) => {
        const date = new Date(seconds * 1_000)
        const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
        const time = { hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() }
        expect(secondsOf({ year, month, day, ...time })).toBe(seconds)
        const stamp = date.toISOString().replace(/[-]/g, '').replace('T', ' ').slice(0, 17)
        expect(stampOf(seconds)).toBe(stamp)
      }),
    )
  })

  test('goes on where Date ends', () => {
    expect(secondsOf({ year: 1_000_000, month: 0, day: 1, hour: 0, minute: 0, second: 0 })).toBe(
      31_494_784_780_800,
    )
    expect(stampOf(31_494_784_780_800)).toBe('10000000101 00:00:00')
  })
})
