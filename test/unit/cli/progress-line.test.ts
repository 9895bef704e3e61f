import { describe, expect, test } from 'vitest'
import {
  barRow,
  meterRow,
  parallelRow,
  size,
  time,
  type ProgressState,
} from '../../../packages/cli/src/progress/progress-line.ts'

const state: ProgressState = {
  downloaded: 1_256,
  downloadTotal: 1_256,
  uploaded: 0,
  uploadTotal: -1,
  spentUs: 129_980,
  currentSpeed: 9_736,
}

describe('the meter', () => {
  test('has curl’s columns', () => {
    expect(meterRow(state)).toBe(
      '100  1256  100  1256    0     0   9663      0 --:--:-- --:--:-- --:--:--  9736',
    )
  })

  test('tells how long it takes, when that can be known', () => {
    const half = { ...state, downloaded: 500_000, downloadTotal: 1_000_000, spentUs: 5_000_000 }
    expect(meterRow(half)).toMatch(/ 0:00:10 {2}0:00:05 {2}0:00:05 {2}9736$/)
  })

  test('is a bar with -#', () => {
    expect(barRow({ ...state, downloaded: 628 }, 27, 0)).toBe(`${'#'.repeat(10).padEnd(20)}  50.0%`)
    expect(barRow({ ...state, downloadTotal: -1 }, 27, 3)).toMatch(/^ *-=O=-$/)
  })

  test('is one row for all with -Z', () => {
    expect(parallelRow({ ...state, begun: 12, running: 3, isWhole: false })).toBe(
      '--  --   1256     0    12     3 --:--:-- --:--:-- --:--:--  9736',
    )
  })
})

test.each([
  [0, '    0'],
  [99_999, '99999'],
  [100_000, '  97k'],
  [10_239_999, '9999k'],
  [12_900_000, '12.3M'],
  [200_000_000, ' 190M'],
  [2 ** 40, '1024G'],
])('%d bytes are %j', (bytes, text) => expect(size(bytes)).toBe(text))

test.each([
  [0, '--:--:--'],
  [7, ' 0:00:07'],
  [100 * 3_600 - 1, '99:59:59'],
  [76 * 3_600 + 24 * 3_600, '  4d 04h'],
])('%d seconds are %j', (seconds, text) => expect(time(seconds)).toBe(text))
