import { describe, expect, test } from 'vitest'
import { styledHead } from '../../../packages/cli/src/output/styled-head.ts'

const styled = (line: string): string => styledHead(line, 'http://a.test/b/c')

describe('styledHead', () => {
  test.each([
    ['a status line', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\n'],
    ['a field', 'Date: now: then\r\n', '\u001b[1mDate\u001b[0m: now: then\r\n'],
    [
      'where a redirect leads',
      'location: ../x y\r\n',
      '\u001b[1mlocation\u001b[0m:\u001b]8;;http://a.test/x%20y\u001b\\ ../x y\r\n\u001b]8;;\u001b\\',
    ],
    ['a redirect to another scheme', 'Location: mailto:x\r\n', '\u001b[1mLocation\u001b[0m: mailto:x\r\n'],
    ['a redirect that is none', 'Location: http://b:c/\r\n', '\u001b[1mLocation\u001b[0m: http://b:c/\r\n'],
    ['the end', '\r\n', '\r\n'],
  ])('%s', (_case, line, shown) => expect(styled(line)).toBe(shown))

  test('a whole head', () => {
    expect(styled('HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\n\u001b[1mA\u001b[0m: b\r\n\u001b[1mC\u001b[0m: d\r\n\r\n',
    )
  })
})
