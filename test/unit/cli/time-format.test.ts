import { expect, test } from 'vitest'
import { formatTime } from '../../../packages/cli/src/output/time-format.ts'

const AT = new Date(Date.UTC(2027, 0, 3, 13, 4, 5, 67))

test.each([
  ['%Y-%m-%dT%H:%M:%S.%fZ', '2027-01-03T13:04:05.067000Z'],
  ['%c', 'Sun Jan  3 13:04:05 2027'],
  ['%D %r %k %l %I', '01/03/27 01:04:05 PM 13  1 01'],
  ['%j %U %W %V %G %g', '003 01 00 53 2026 26'],
  ['%u %w %a %A %b %B %h', '7 0 Sun Sunday Jan January Jan'],
  ['%s %%|%q|%', '1798981445 %|%q|%'],
])('%s is %s', (format, text) => expect(formatTime(format, AT)).toBe(text))

test('weeks of years that begin in the middle of one are those of ISO 8601', () => {
  expect(formatTime('%G-%V', new Date(Date.UTC(2024, 11, 30)))).toBe('2025-01')
  expect(formatTime('%G-%V', new Date(Date.UTC(2021, 0, 3)))).toBe('2020-53')
})
