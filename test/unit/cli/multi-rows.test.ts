import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { array, assert, constantFrom, integer, property, string } from 'fast-check'
import { LiveBlock } from '../../../packages/cli/src/output/live-block.ts'
import { multiRows, type MultiState } from '../../../packages/cli/src/progress/multi-rows.ts'
import { columnsOf, cutEnd, cutMiddle, printable } from '../../../packages/cli/src/progress/text-width.ts'
import { screenOf } from '../../support/pty.ts'

const row = {
  url: 'http://a.test/one',
  hasConnection: true,
  moved: 512_000,
  total: 1_024_000,
  speed: 102_400,
}
const state: MultiState = {
  rows: [
    row,
    { ...row, url: 'http://a.test/two', total: 0 },
    { ...row, hasConnection: false, moved: 0, speed: 0 },
  ],
  done: 97,
  failed: 0,
  moved: 5_000_000,
  speed: 204_800,
  spentMs: 61_000,
  open: 3,
  busy: 2,
  served: 100,
  reused: 97,
}

describe('multiRows', () => {
  test('has a row for each transfer, one for all, and one for the connections', () => {
    expect(multiRows(state, { columns: 80, rows: 24 })).toEqual([
      ' 50%  500k  100k/s  0:00:05  http://a.test/one',
      '  --  500k  100k/s --:--:--  http://a.test/two',
      'wait     0     0/s --:--:--  http://a.test/one',
      '97 done, 3 running; 4882k bytes, 200k/s, 0:01:01',
      '3 open, 2 busy, 1 idle, reused 97 of 100',
    ])
  })

  test('tells of failures where there are any', () => {
    expect(multiRows({ ...state, rows: [], failed: 2 }, { columns: 80, rows: 24 })[0]).toMatch(
      /^97 done, 2 failed; /,
    )
  })

  test('folds what is higher than the window', () => {
    const rows = Array.from({ length: 20 }, (_, at) => ({ ...row, url: `http://a.test/${at}` }))
    const shown = multiRows({ ...state, rows }, { columns: 80, rows: 10 })
    expect(shown).toHaveLength(9)
    expect(shown.slice(5, 7)).toEqual([expect.stringMatching(/\/5$/), '... and 14 more'])
  })

  test('cuts a long URL in its middle, and leaves numbers out where there is no room', () => {
    const url = `http://a.test/${'x'.repeat(100)}/the-file.tar.gz`
    const wide = multiRows({ ...state, rows: [{ ...row, url }] }, { columns: 60, rows: 24 })[0]!
    expect(wide).toMatch(/^ 50% .*  http:\/\/a\.test\.\.\.he-file\.tar\.gz$/)
    expect(columnsOf(wide)).toBe(59)
    expect(multiRows({ ...state, rows: [{ ...row, url }] }, { columns: 30, rows: 24 })[0]).toBe(
      ' 50%  http://a.t...ile.tar.gz',
    )
  })

  test('never is wider or higher than the window, whatever is in a URL', () => {
    const url = string({
      unit: constantFrom('a', '\u4e2d', '\u0301', '\u{1f600}', '\u001b', '\u200d'),
      maxLength: 90,
      size: 'max',
    })
    assert(
      property(
        array(url, { maxLength: 9, size: 'max' }),
        integer({ min: 1, max: 90 }),
        integer({ min: 3, max: 9 }),
        (urls, columns, rows) => {
          const shown = multiRows(
            { ...state, rows: urls.map((one) => ({ ...row, url: one })) },
            { columns, rows },
          )
          expect(shown.length).toBeLessThan(Math.max(rows, 3))
          for (const line of shown) {
            expect(columnsOf(line)).toBeLessThanOrEqual(Math.max(1, columns - 1))
            expect(line).not.toMatch(/\p{Cc}/u)
          }
        },
      ),
      { seed: 5 },
    )
  })
})

describe('the width of a text', () => {
  test.each([
    ['abc', 3],
    ['\u4e2d\u6587', 4],
    ['e\u0301', 1],
    ['\u{1f680}', 2],
    ['\uff21', 2],
    ['\uac00', 2],
    ['\u00e9', 1],
  ])('of %j is %d', (text, columns) => expect(columnsOf(text)).toBe(columns))

  test.each([
    ['abcdefghij', 10, 'abcdefghij'],
    ['abcdefghijk', 10, 'abc...hijk'],
    ['\u4e2d\u6587\u4e2d\u6587\u4e2d\u6587', 10, '\u4e2d...\u4e2d\u6587'],
    ['abcdef', 3, '...'],
    ['abcdef', 0, ''],
  ])('%j in %d columns is %j', (text, columns, cut) => expect(cutMiddle(text, columns)).toBe(cut))

  test('a cut never ends within a wide character', () => expect(cutEnd('a\u4e2d\u4e2d', 4)).toBe('a\u4e2d'))
  test('control characters are not shown', () => expect(printable('a\u001b[2J\u009bb')).toBe('a?[2J?b'))
})

/** A terminal of that width. */
class FakeTerminal extends Writable {
  isTTY = true
  columns = 20
  rows = 10
  output = ''

  override _write(text: Buffer, _encoding: string, done: () => void): void {
    this.output += text.toString()
    done()
  }

  get screen(): string[] {
    return screenOf(this.output.replaceAll('\n', '\r\n'), this.columns)
  }
}

describe('LiveBlock', () => {
  test('draws in place', () => {
    const terminal = new FakeTerminal()
    const block = new LiveBlock(terminal)
    block.show(['one', 'two', 'three'])
    block.show(['four'])
    block.show(['five', 'six'])
    expect(terminal.screen).toEqual(['five', 'six', ''])
  })

  test('leaves other text above', () => {
    const terminal = new FakeTerminal()
    const block = new LiveBlock(terminal)
    const stderr = block.above(terminal)
    block.show(['row'])
    stderr.write('curl: (7) no\n')
    block.show(['row again'])
    block.finish(['the end'])
    expect(terminal.screen).toEqual(['curl: (7) no', 'the end', ''])
  })

  test('waits for the end of a line that others write, and begins a new one at the end', () => {
    const terminal = new FakeTerminal()
    const block = new LiveBlock(terminal)
    const stdout = block.above(terminal)
    block.show(['row'])
    stdout.write('half a ')
    block.show(['row'])
    stdout.write(Buffer.from('line\nand'))
    block.finish(['end'])
    expect(terminal.screen).toEqual(['half a line', 'and', 'end', ''])
  })

  test('takes back the lines that a narrower window has broken', () => {
    const terminal = new FakeTerminal()
    const block = new LiveBlock(terminal)
    terminal.write('before\n')
    block.show(['x'.repeat(18), 'y'.repeat(8)])
    terminal.columns = 10
    block.show(['z'])
    expect(terminal.screen).toEqual(['before', 'z', ''])
  })

  test('the stream above is the stream otherwise', () => {
    const terminal = new FakeTerminal()
    const above = new LiveBlock(terminal).above(terminal)
    expect([above.isTTY, above.columns, above.writableLength]).toEqual([true, 20, 0])
  })
})
