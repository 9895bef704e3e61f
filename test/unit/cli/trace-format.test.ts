import { expect, test } from 'vitest'
import { dump, idsText, timeText } from '../../../packages/cli/src/trace/trace-format.ts'
import { TraceLog } from '../../../packages/cli/src/trace/trace-log.ts'
import { wrapped } from '../../../packages/cli/src/trace/messages.ts'

const HEAD = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')

test('a dump in text has a line for each line, with its offset', () => {
  expect(dump('sent-head', HEAD, false)).toBe(
    '=> Send header, 27 bytes (0x1b)\n0000: GET / HTTP/1.1\n0010: Host: a\n0019: \n',
  )
})

test('a long line is cut at 64 characters, one that is just as long is not', () => {
  const line = 'x'.repeat(64)
  expect(
    dump('sent-data', Buffer.from(`${line}yz`), false)
      .split('\n')
      .slice(1),
  ).toEqual([`0000: ${line}`, '0040: yz', ''])
  expect(
    dump('sent-data', Buffer.from(`${line}\r\nz`), false)
      .split('\n')
      .slice(1),
  ).toEqual([`0000: ${line}`, '0042: z', ''])
})

test('a dump in hex has sixteen bytes a line, and dots for what is not printable', () => {
  expect(dump('received-data', Uint8Array.of(...Buffer.from('abcdefghijklmnop'), 0, 255), true)).toBe(
    '<= Recv data, 18 bytes (0x12)\n' +
      '0000: 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70 abcdefghijklmnop\n' +
      `0010: 00 ff ${' '.repeat(42)}..\n`,
  )
})

test('times and numbers stand before a line', () => {
  expect(timeText(new Date(2026, 0, 2, 3, 4, 5, 67))).toBe('03:04:05.067000 ')
  expect(idsText(3, 0)).toBe('[3-0] ')
  expect(idsText(3, -1)).toBe('[3-x] ')
  expect(idsText(undefined, 2)).toBe('')
})

test('lines show heads, notes and that there was a body', () => {
  let text = ''
  const log = new TraceLog(
    { as: 'lines', hasTime: false, hasIds: true },
    (piece) => (text += piece),
    () => new Date(0),
  )
  const ids = { transfer: 1, connection: 2 }
  log.info('Trying', ids)
  log.head('sent-head', 'GET / HTTP/1.1\r\n\r\n', ids)
  log.data('received-data', HEAD, ids)
  log.data('received-data', HEAD, ids)
  log.info('Done', ids)
  expect(text).toBe(
    '[1-2] * Trying\n[1-2] > GET / HTTP/1.1\n[1-2] > \n[1-2] { [27 bytes data]\n[1-2] * Done\n',
  )
})

test('messages are cut behind blanks, as curl does', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two ', 'three'])
  expect(wrapped('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(wrapped('', 4)).toEqual([''])
})
