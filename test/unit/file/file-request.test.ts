/** What a `file:` URL asks for: a path, a part, and what is told of the file. */
import { describe, expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { choosePart, fileHead, filePath } from '../../../packages/core/src/file/file-request.ts'

function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    if (!isTransferError(error)) throw error
    return error.code
  }
}

describe('filePath', () => {
  test.each([
    ['/a/b.txt', '/a/b.txt'],
    ['/a?query', '/a'],
    ['/a%20b%3fc', '/a b?c'],
    ['/%C3%A4', '/ä'],
    ['/a%2Fb', '/a/b'],
    ['/%2e%2e/x', '/../x'],
    ['/100%', '/100%'],
    ['/a%00b', 'URL_MALFORMAT'],
    ['/a%00', 'URL_MALFORMAT'],
    ['/a%FF', 'URL_MALFORMAT'],
  ])('%s', (target, expected) => {
    expect(outcome(() => filePath(target))).toBe(expected)
  })
})

describe('choosePart', () => {
  test.each<readonly [string | undefined, number, number | undefined, unknown]>([
    [undefined, 0, 12, [0, undefined]],
    [undefined, -1, 12, [0, undefined]],
    [undefined, 6, 12, [6, undefined]],
    [undefined, 12, 12, [12, undefined]],
    [undefined, 13, 12, 'BAD_DOWNLOAD_RESUME'],
    ['', 3, 12, [3, undefined]],
    ['2-4', 0, 12, [2, 3]],
    ['2-', 0, 12, [2, undefined]],
    ['2-400', 0, 12, [2, 10]],
    ['-4', 0, 12, [8, 4]],
    ['-400', 0, 12, [0, 12]],
    ['12-', 0, 12, [12, undefined]],
    ['13-', 0, 12, 'BAD_DOWNLOAD_RESUME'],
    ['20-30', 0, 12, 'BAD_DOWNLOAD_RESUME'],
    ['5-2', 0, 12, 'RANGE_ERROR'],
    ['1-2,4-5', 0, 12, [1, 2]],
    ['0-0', 0, 0, [0, 0]],
    [undefined, 0, undefined, [0, undefined]],
    [undefined, 1, undefined, 'BAD_DOWNLOAD_RESUME'],
    ['0-3', 0, undefined, 'BAD_DOWNLOAD_RESUME'],
    ['-3', 0, undefined, 'BAD_DOWNLOAD_RESUME'],
  ])('range %j and resumeFrom %s of %s bytes', (range, resumeFrom, size, expected) => {
    const found = outcome(() => {
      const { from, count } = choosePart({ range, resumeFrom }, size)
      return [from, count]
    })
    expect(found).toEqual(expected)
  })
})

test('fileHead tells what libcurl tells', () => {
  const facts = { size: 12, changedMs: Date.UTC(1994, 10, 6, 8, 49, 37, 999), isFolder: false }
  const { raw, version, status, fields } = fileHead(facts, false)
  expect(raw).toBe(
    'Content-Length: 12\r\nAccept-ranges: bytes\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n',
  )
  expect([version, status, fields.first('content-length')]).toEqual(['', 0, '12'])
  expect(fileHead(facts, true).raw).toBe(raw!.slice(0, -2))
  expect(fileHead({ size: undefined, changedMs: -5, isFolder: true }, false).raw).toBe(
    'Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n',
  )
})
