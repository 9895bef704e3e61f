import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lookupNetrc, resolveCredentials } from '../../../packages/core/src/auth/netrc-lookup.ts'
import { parseNetrc } from '../../../packages/core/src/auth/netrc.ts'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'

const LIMITS = { maxChars: 128 * 1024, maxWordChars: 4096 }

/** One line per entry: `machine login/password`, `*` for default, `-` for what is not there. */
function printed(text: string): string[] {
  return parseNetrc(text, LIMITS).map(
    ({ machine, login, password }) => `${machine ?? '*'} ${login ?? '-'}/${password ?? '-'}`,
  )
}

function outcomeOf(text: string): string {
  try {
    return Array.isArray(parseNetrc(text, LIMITS)) ? 'entries' : 'nothing'
  } catch (error) {
    return isTransferError(error) ? error.code : String(error)
  }
}

function lookup(text: string, host: string, user?: string): string | undefined {
  const found = lookupNetrc(parseNetrc(text, LIMITS), host, user)
  return found && `${found.user}:${found.password}`
}

describe('parseNetrc reads', () => {
  test.each([
    ['one line', 'machine a login b password c', ['a b/c']],
    ['many lines, in any order', 'machine a\n\tpassword c\r\n  login b\r\n', ['a b/c']],
    ['keywords in any case', 'MACHINE a LOGIN b PassWord c', ['a b/c']],
    ['a value on the next line', 'machine\na login\nb\npassword\n\nc', ['a b/c']],
    ['default', 'machine a login b\ndefault login c password d', ['a b/-', '* c/d']],
    ['comments', '# machine x\nmachine a # login z\n  # password y\nlogin b', ['a z/-', 'a b/-']],
    ['a word with a number sign', 'machine a password #c', ['a -/#c']],
    ['account', 'machine a account machine login b password c', ['a b/c']],
    ['words it does not know', 'machine a protocol https login b', ['a b/-']],
    ['a macro and what follows it', 'macdef m\nmachine x login y\n \nmachine a login b', ['a b/-']],
    [
      'a macro inside an entry',
      'machine a login b macdef m\nmachine x\npassword y\r\n\r\npassword c',
      ['a b/c'],
    ],
    ['a macro without end', 'machine a\nmacdef m\nmachine x', ['a -/-']],
    ['keywords as values', 'machine machine login password password login', ['machine password/login']],
    ['several logins of one machine', 'machine a login b password c login d password e', ['a b/c', 'a d/e']],
    [
      'quoted words',
      'machine a login "user one" password "with \\"\\n\\r\\t\\a\\\\n"',
      ['a user one/with "\n\r\ta\\n'],
    ],
    ['a quoted keyword as a word', 'machine a "login" b', ['a -/-']],
    ['an empty quoted word', 'machine a login "" password ""', ['a /']],
    ["a login before any machine as nobody's", 'login x password y machine a', ['a -/-']],
    ['a keyword at the end', 'machine a login b password', ['a b/-']],
    ['names beyond ASCII', 'machine a login J\u00e4 password \u20ac', ['a J\u00e4/\u20ac']],
    ['nothing', ' \n\n', []],
  ])('%s', (_, text, entries) => {
    expect(printed(text)).toEqual(entries)
  })

  test.each([
    [
      'a quoted word without end',
      'machine a\npassword "s3cret',
      'READ_ERROR',
      'netrc line 2: a quoted word has no end',
    ],
    [
      'a quoted word over two lines',
      'machine a password "s3\ncret"',
      'READ_ERROR',
      'netrc line 1: a quoted word has no end',
    ],
    [
      'a backslash at the end',
      'machine a password "s3cret\\',
      'READ_ERROR',
      'netrc line 1: a quoted word has no end',
    ],
    [
      'a NUL',
      'machine a\n\npassword s3\0cret',
      'READ_ERROR',
      'netrc line 3: a word contains the character U+0000',
    ],
    [
      'a quoted NUL',
      'machine a password "s3\0cret"',
      'READ_ERROR',
      'netrc line 1: a word contains the character U+0000',
    ],
    [
      'a CR inside',
      'machine a password s3\rcret',
      'READ_ERROR',
      'netrc line 1: a word contains the character U+000D',
    ],
    [
      'a long word',
      `machine a password ${'s'.repeat(4097)}`,
      'TOO_LARGE',
      'netrc line 1: a word has more than 4096 characters',
    ],
    [
      'a long file',
      ' '.repeat(128 * 1024 + 1),
      'TOO_LARGE',
      'the netrc file has more than 131072 characters',
    ],
  ])('refuses %s, and does not show it', (_, text, code, message) => {
    expect(() => parseNetrc(text, LIMITS)).toThrow(expect.objectContaining({ code, message }))
  })

  test('any text, or refuses it, and ends', () => {
    const part = fc.constantFrom(
      'machine',
      'login',
      'password',
      'default',
      'macdef',
      '"',
      '\\',
      '\n',
      '\r',
      ' ',
      'x',
      '#',
      '\0',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        expect(outcomeOf(parts.join(''))).toMatch(/^(?:entries|READ_ERROR)$/)
      }),
      { numRuns: 2000 },
    )
  })

  test('what is written quoted, as it was', () => {
    const word = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\t', ' ', '#', '\u00e4') })
    const quoted = (text: string): string =>
      `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`
    fc.assert(
      fc.property(word, word, (login, password) => {
        const text = `machine h login ${quoted(login)} password ${quoted(password)}`
        expect(parseNetrc(text, LIMITS)).toEqual([{ machine: 'h', login, password }])
      }),
    )
  })
})

describe('lookupNetrc', () => {
  test("finds what curl's cases find", () => {
    const two = 'machine h login user1 password passwd1\nmachine h login user2 password passwd2'
    expect(lookup(two, 'h')).toBe('user1:passwd1')
    expect(lookup(two, 'H', 'user2')).toBe('user2:passwd2')
    expect(lookup('machine h\npassword 5up3r53cr37\nmachine example.com', 'h')).toBe(':5up3r53cr37')
    const three =
      'machine h password firstthis login unknown\nmachine h password 5up3r53cr37\nmachine h password d1ff3r3nt login anotherone'
    expect(lookup(three, 'h', 'user')).toBe('user:5up3r53cr37')
    expect(lookup('machine a.com\nlogin alice\npassword p\ndefault\n  login bob', 'b.com')).toBe('bob:')
  })

  test.each([
    [
      'CVE-2024-11053',
      'machine a.com\n login alice\n password alicespassword\nmachine b.com',
      'b.com',
      undefined,
      undefined,
    ],
    [
      'CVE-2024-11053, an empty entry first',
      'machine b.com\nmachine a.com login alice password secret',
      'b.com',
      undefined,
      undefined,
    ],
    [
      'CVE-2024-11053, a login alone',
      'machine a.com login alice password secret\nmachine b.com login bob',
      'b.com',
      undefined,
      'bob:',
    ],
    ['CVE-2025-0167', 'machine a.com login alice password secret\ndefault\n', 'b.com', undefined, undefined],
    ['CVE-2026-8926', 'machine h login alice password secret', 'h', 'bob', undefined],
    ['CVE-2026-8926, in one entry', 'machine h login alice password secret login bob', 'h', 'bob', 'bob:'],
    [
      'CVE-2026-8926, in reverse',
      'machine h password secret login alice password other login bob',
      'h',
      'bob',
      'bob:other',
    ],
    ['CVE-2026-8926, by default', 'default login alice password secret', 'h', 'bob', undefined],
    ['logins with case', 'machine h login Bob password secret', 'h', 'bob', undefined],
    ['hosts whole', 'machine b.com login bob password secret', 'a.b.com', undefined, undefined],
    ['default for any user', 'default password secret', 'h', 'bob', 'bob:secret'],
    ['default last', 'default login x password y\nmachine h login bob password z', 'h', undefined, 'bob:z'],
    [
      'an entry with a password first',
      'machine h login a\nmachine h login b password c',
      'h',
      undefined,
      'b:c',
    ],
    ['an empty login is a login', 'machine h login "" password c', 'h', 'bob', undefined],
  ])('%s', (_, text, host, user, found) => {
    expect(lookup(text, host, user)).toBe(found)
  })
})

describe('resolveCredentials', () => {
  const entries = parseNetrc('machine h login bob password secret', LIMITS)
  const sources = { option: undefined, url: {}, netrc: 'optional', entries, host: 'h' } as const
  test.each([
    ['nothing', { netrc: 'ignored' }, undefined],
    ['the file', {}, 'bob:secret'],
    ['the option over all', { option: { user: 'o' }, netrc: 'required' }, 'o:'],
    ["the URL's user with the file's password", { url: { user: 'bob' } }, 'bob:secret'],
    ["the URL's user without one", { url: { user: 'eve' } }, 'eve:'],
    ["the URL's user and password", { url: { user: 'bob', password: 'p' } }, 'bob:p'],
    ["the URL's password alone", { url: { password: 'p' } }, ':p'],
    ['the file alone', { url: { user: 'eve', password: 'p' }, netrc: 'required' }, 'bob:secret'],
    [
      'nothing from the file for another host',
      { url: { user: 'eve', password: 'p' }, netrc: 'required', host: 'i' },
      undefined,
    ],
    ['no file', { url: { user: 'eve' }, netrc: 'ignored' }, 'eve:'],
  ] as const)('takes %s', (_, given, credentials) => {
    const found = resolveCredentials({ ...sources, ...given })
    expect(found && `${found.user}:${found.password}`).toBe(credentials)
  })
})
