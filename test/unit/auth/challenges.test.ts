import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseChallenges } from '../../../packages/core/src/auth/challenges.ts'

/** One line per challenge: `scheme`, `scheme:token68` or `scheme{name=value|...}`. */
function printed(...fields: string[]): string[] {
  return parseChallenges(fields).map(({ scheme, token68, params }) => {
    const inside = [...params].map(([name, value]) => `${name}=${value}`).join('|')
    return scheme + (token68 === undefined ? '' : `:${token68}`) + (inside === '' ? '' : `{${inside}}`)
  })
}

describe('parseChallenges reads', () => {
  test.each([
    ['Basic', ['basic']],
    ['Basic realm="a"', ['basic{realm=a}']],
    ['bAsIc ReAlM = "a"', ['basic{realm=a}']],
    ['Basic realm="a, Digest b=\\"c\\""', ['basic{realm=a, Digest b="c"}']],
    ['NTLM', ['ntlm']],
    ['NTLM TlRMTVNTUAAC==', ['ntlm:TlRMTVNTUAAC==']],
    ['Negotiate YII=, NTLM, Basic realm=x', ['negotiate:YII=', 'ntlm', 'basic{realm=x}']],
    ['Negotiate,NTLM', ['negotiate', 'ntlm']],
    // RFC 9110 11.6.1, the example that is hard.
    [
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      ['basic{realm=simple}', 'newauth{realm=apps|type=1|title=Login to "apps"}'],
    ],
    [
      'Digest realm="r", algorithm=MD5, algorithm=SHA, nonce=1, nonce=2',
      ['digest{realm=r|algorithm=SHA|nonce=2}'],
    ],
    ['Digest realm="r" nonce="n"  qop="auth,auth-int"', ['digest{realm=r|nonce=n|qop=auth,auth-int}']],
    ['Digest nonce=a/b==c d , realm="r"', ['digest{nonce=a/b==c d|realm=r}']],
    ['Digest \t realm\t=\t"r"\t,\tnonce="n"', ['digest{realm=r|nonce=n}']],
    [',, Basic realm="a" ,, , Bearer', ['basic{realm=a}', 'bearer']],
    ['Digest realm="", nonce=""', ['digest{realm=|nonce=}']],
    ['Digest realm="caf\xe9", nonce="n"', ['digest{realm=caf\xe9|nonce=n}']],
    ['', []],
    [' , ,', []],
  ])('%j', (field, challenges) => {
    expect(printed(field)).toEqual(challenges)
  })

  test('all fields, in order', () => {
    expect(printed('Blackmagic realm="s"', 'Basic realm="s"', 'NTLM')).toEqual([
      'blackmagic{realm=s}',
      'basic{realm=s}',
      'ntlm',
    ])
  })
})

describe('parseChallenges keeps what is whole of', () => {
  test.each([
    [
      'a quoted string without end',
      'Digest realm="r", nonce="n, Basic realm="x"',
      ['digest{realm=r|nonce=n, Basic realm=}'],
    ],
    ['the same at the very end', 'Basic realm="a", Digest nonce="n', ['basic{realm=a}', 'digest']],
    ['a backslash at the end', 'Digest nonce="n", realm="\\', ['digest{nonce=n}']],
    ['words without a meaning', 'Digest foo bar, Basic', ['digest', 'basic']],
    ['a parameter without a scheme', 'realm="a", Basic', ['basic']],
    ['a scheme that is no token', '"Basic realm=x", NTLM', ['ntlm']],
    ['a scheme inside quotes of a broken part', '= "a, NTLM", Basic', ['basic']],
    ['an equals sign alone', '=, Basic', ['basic']],
  ])('%s', (_, field, challenges) => {
    expect(printed(field)).toEqual(challenges)
  })

  test('any text at all, also a long one, without an exception', () => {
    const parts = fc.constantFrom(
      'Digest ',
      'NTLM',
      'a=',
      '"',
      '\\',
      ',',
      ' ',
      '\t',
      '=',
      'x',
      '\xff',
      '\0',
      'nonce="n"',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (texts) => {
        for (const { scheme } of parseChallenges([texts.join('')])) expect(scheme).toMatch(/^[!-~]+$/)
      }),
      { numRuns: 2000 },
    )
    expect(parseChallenges(['a="'.repeat(100_000)])).toHaveLength(0)
    expect(parseChallenges(['a '.repeat(100_000)])).toHaveLength(1)
  })
})
