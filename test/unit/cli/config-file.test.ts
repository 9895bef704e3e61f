import { describe, expect, test } from 'vitest'
import { configPlaces, readConfig } from '../../../packages/cli/src/line/config-file.ts'
import { commandOf, operationOf, parseLine } from '../../support/parse-line.ts'

describe('a line of a config file', () => {
  test.each<[string, string, [string, string | undefined][]]>([
    ['is a flag with its dashes', '--data abc', [['--data', 'abc']]],
    ['or without them', 'data abc', [['data', 'abc']]],
    ['with = and blanks', 'data = abc', [['data', 'abc']]],
    ['with a colon', 'data:abc', [['data', 'abc']]],
    ['after dashes = belongs to the flag', '--data=abc', [['--data=abc', undefined]]],
    ['a short flag', '-d abc', [['-d', 'abc']]],
    ['a value in quotes', 'data = "a b"', [['data', 'a b']]],
    ['escapes in them', String.raw`data = "a\t\n\r\v\"\\\x"`, [['data', 'a\t\n\r\v"\\x']]],
    ['an empty value in quotes', 'user-agent = ""', [['user-agent', '']]],
    ['no value', 'silent', [['silent', undefined]]],
    ['a comment', '# data = a', []],
    ['a comment behind blanks', ' \t# data = a', []],
    ['nothing', '\n \n', []],
    [
      'with the end of a line of Windows',
      'data = a\r\nsilent\r',
      [
        ['data', 'a'],
        ['silent', undefined],
      ],
    ],
    ['backslashes without quotes', String.raw`data = a\tb`, [['data', String.raw`a\tb`]]],
  ])('%s', (_case, text, lines) => {
    expect(readConfig(text).map(({ flag, value }) => [flag, value])).toEqual(lines)
  })

  test('tells of what is left over, and not of comments', () => {
    const hasRest = (text: string): boolean => readConfig(text)[0]!.hasRest
    expect(hasRest('data = a b')).toBe(true)
    expect(hasRest('data = a # b')).toBe(false)
    expect(hasRest('data = a  ')).toBe(false)
    expect(hasRest('data = "a b" c')).toBe(false)
  })

  test('has its number', () => {
    expect(readConfig('# one\n\ndata = a\n').map(({ number }) => number)).toEqual([1])
  })
})

describe('-K', () => {
  test('does what the file says, in its place', () => {
    const files = { c: 'max-time = 2\nurl = v\n-H "a: b"\n' }
    const { options, targets, headers } = operationOf(['-m', '1', 'u', '-K', 'c', '-X', 'A'], { files })
    expect(options).toMatchObject({ timeoutMs: 2_000, method: 'A' })
    expect(targets.map(({ url }) => url)).toEqual(['u', 'v'])
    expect(headers).toEqual([{ is: 'text', text: 'a: b' }])
  })

  test('reads standard input, and other files from a file', () => {
    const files = { '-': 'config = d', d: 'url = v' }
    expect(operationOf(['-K', '-'], { files }).targets[0]!.url).toBe('v')
  })

  test('takes a quote without an end to the end of its line, and warns of single quotes', () => {
    const { operations, warnings } = commandOf(['-K', 'c', 'u'], {
      files: { c: 'data = "a b\ndata = \'c\n' },
    })
    expect(operations[0]!.data.map(({ source }) => source)).toEqual([
      { is: 'text', text: 'a b' },
      { is: 'text', text: "'c" },
    ])
    expect(warnings).toEqual([
      expect.stringMatching(/^c:2 Option 'data' uses argument with leading single quote/),
    ])
  })

  test('says nothing of the line with -s', () => {
    expect(parseLine(['-s', '-K', 'c', 'u'], { files: { c: 'foo' } })).toMatchObject({
      errors: ['option -K: found an unknown config option'],
    })
  })

  test('may begin with --next', () => {
    const { operations } = commandOf(['-K', 'a', '-K', 'a'], { files: { a: '--next\nurl = u\n' } })
    expect(operations).toHaveLength(2)
  })

  test.each([
    [
      'a file that is not there',
      {},
      ["cannot read config from 'c'"],
      26,
      'error encountered when reading a file',
    ],
    [
      'an unknown flag',
      { c: '\nfoo = 1' },
      ["c:1 config file option 'foo' is unknown"],
      2,
      'found an unknown config option',
    ],
    [
      'a value too many',
      { c: 'include = 1' },
      ["c:1 config file option 'include' had unsupported trailing garbage"],
      2,
      'had unsupported trailing garbage',
    ],
    [
      'itself',
      { c: 'config = c' },
      [
        'Max config file recursion level reached (5)',
        ...Array<string>(5).fill("c:1 config file option 'config' is badly used here"),
      ],
      2,
      'is badly used here',
    ],
  ])('refuses %s', (_case, files, told, exitCode, why) => {
    expect(parseLine(['-K', 'c', 'u'], { files: files as Record<string, string> })).toMatchObject({
      is: 'refused',
      exitCode,
      errors: [...told, `option -K: ${why}`],
    })
  })

  test('warns of a value that is cut at a blank', () => {
    expect(commandOf(['-K', 'c', 'u'], { files: { c: 'data = a b' } }).warnings).toEqual([
      "c:1 Option 'data' uses argument with unquoted whitespace. This may cause side-effects. Consider double quotes.",
    ])
  })
})

describe('.curlrc', () => {
  const files = { '/h/.curlrc': 'max-time = 1' }
  const env = { HOME: '/h' }

  test('is read before the command line, and told of', () => {
    const { operations, notes } = commandOf(['u'], { files, env })
    expect(operations[0]!.options.timeoutMs).toBe(1_000)
    expect(notes).toEqual(["Read config file from '/h/.curlrc'"])
  })

  test.each([[['-q']], [['--disable']], [['-qs']]])('is not, with %j first', (flags) => {
    expect(operationOf([...flags, 'u'], { files, env }).options).toEqual({})
  })

  test('is, when -q comes later', () => {
    expect(operationOf(['u', '-q'], { files, env }).options.timeoutMs).toBe(1_000)
  })

  test.each<[Record<string, string>, string[]]>([
    [{ HOME: '/h' }, ['/h/.curlrc', '/h/.config/curlrc']],
    [{ CURL_HOME: '/c', HOME: '/h' }, ['/c/.curlrc', '/h/.curlrc', '/c/.config/curlrc', '/h/.config/curlrc']],
    [{ XDG_CONFIG_HOME: '/x', HOME: '/h' }, ['/x/curlrc', '/h/.curlrc']],
    [{}, []],
  ])('with %j may be %j', (given, places) => {
    expect(configPlaces(given)).toEqual(places)
  })
})
