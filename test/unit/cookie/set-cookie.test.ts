/** What a Set-Cookie field says, read as curl reads it. */
import { describe, expect, test } from 'vitest'
import { parseSetCookie } from '../../../packages/core/src/cookie/set-cookie.ts'
import { COOKIE_LIMITS, DAY, NOW } from './jars.ts'

const PLAIN = {
  name: 'a',
  value: 'b',
  domains: [],
  path: undefined,
  secure: false,
  httpOnly: false,
  expires: 0,
}
const parse = (line: string) => parseSetCookie(line, NOW, COOKIE_LIMITS)
/** 400 days on, to the whole minute. */
const LATEST = Math.floor((NOW + 400 * DAY + 30) / 60) * 60

describe('parseSetCookie', () => {
  test.each([
    ['a=b', {}],
    [' a = b ', {}],
    ['a=b;', {}],
    [';;a=b', {}],
    ['a==b=', { value: '=b=' }],
    ['a=', { value: '' }],
    ['a="b c, d"', { value: '"b c, d"' }],
    ['a=  two  words  ', { value: 'two  words' }],
    ['a=\xe9\x80', { value: '\xe9\x80' }],
    ['domain=b; path=/x', { name: 'domain', path: '/x' }],
    ['secure=b', { name: 'secure' }],
    ['a=b; SECURE ; HttpOnly', { secure: true, httpOnly: true }],
    ['a=b; secure=1; httponly=', {}],
    ['a=b; unknown=c; b=c; SameSite=Strict; Partitioned', {}],
    ['a=b; =x; secure', { secure: true }],
    // Paths.
    ['a=b; path=/x/', { path: '/x' }],
    ['a=b; PATH="/x/"', { path: '/x' }],
    ['a=b; path=/x;path=/y', { path: '/y' }],
    ['a=b; path=', {}],
    ['a=b; path=/x; path=', {}],
    ['a=b; path=x', { path: '/' }],
    ['a=b; path="', { path: '/' }],
    ['a=b; path=/', { path: '/' }],
    // Domains.
    ['a=b; domain=', {}],
    ['a=b; domain=.Example.com', { domains: ['Example.com'] }],
    ['a=b; domain=..com', { domains: ['.com'] }],
    ['a=b; domain=x.test; Domain=y.test', { domains: ['x.test', 'y.test'] }],
    // Ends.
    ['a=b; max-age=60', { expires: NOW + 60 }],
    ['a=b; max-age="60"', { expires: NOW + 60 }],
    ['a=b; max-age=60x', { expires: NOW + 60 }],
    ['a=b; max-age=0', { expires: 1 }],
    ['a=b; max-age=-1', { expires: 1 }],
    ['a=b; max-age=soon', { expires: 1 }],
    ['a=b; max-age=', {}],
    [`a=b; max-age=${'9'.repeat(400)}`, { expires: LATEST }],
    ['a=b; max-age=60; expires=Fri, 01 Jan 2100 00:00:00 GMT', { expires: NOW + 60 }],
    ['a=b; expires=Fri, 01 Jan 2100 00:00:00 GMT; max-age=60', { expires: NOW + 60 }],
    ['a=b; expires=Fri, 01 Jan 2100 00:00:00 GMT', { expires: LATEST }],
    ['a=b; expires=01 Feb 2027 00:00:00 GMT; expires=01 Jan 2027', { expires: Date.UTC(2027, 1) / 1_000 }],
    ['a=b; expires=some day; expires=01 Feb 2027', { expires: Date.UTC(2027, 1) / 1_000 }],
    ['a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT', { expires: 1 }],
    ['a=b; expires=Wed, 31 Dec 1969 00:00:00 GMT', { expires: -DAY }],
    ['a=b; expires=totally bad', {}],
    [`a=b; expires=Fri Feb 13 11:56:27 ${'.'.repeat(51)}GMT 2132`, { expires: LATEST }],
    [`a=b; expires=Fri Feb 13 11:56:27 ${'.'.repeat(52)}GMT 2132`, {}],
  ])('%s', (line, differences) => expect(parse(line)).toEqual({ ...PLAIN, ...differences }))

  test.each([
    ['', 'no-name'],
    [';', 'no-name'],
    ['; ;a=b', 'no-name'],
    ['=b', 'no-name'],
    [' =b', 'no-name'],
    ['a', 'no-name'],
    ['a; b=c', 'no-name'],
    ['a=b\tc', 'control-byte'],
    ['a\tb=c', 'control-byte'],
    ['a=b; path=/x\ty', 'control-byte'],
    ['a=b\r\nSet-Cookie: c=d', 'control-byte'],
    ['a=b; x\x7f', 'control-byte'],
    ['a=\0', 'control-byte'],
    [`${'n'.repeat(3_000)}=${'v'.repeat(1_097)}`, 'large'],
    [`${'n'.repeat(4_096)}=v`, 'large'],
    [`a=b; path=/${'x'.repeat(4_990)}`, 'long-line'],
  ])('refused: %j', (line, why) => expect(parse(line)).toBe(why))

  test('takes as much as it may', () => {
    const largest = `${'n'.repeat(3_000)}=${'v'.repeat(1_096)}`
    expect(parse(largest)).toMatchObject({ name: 'n'.repeat(3_000) })
    const longest = `a=b; path=/${'x'.repeat(4_989)}`
    expect(longest).toHaveLength(5_000)
    expect(parse(longest)).toMatchObject({ path: `/${'x'.repeat(4_989)}` })
  })
})
