import { describe, expect, test } from 'vitest'
import { passwordPrompts } from '../../../packages/cli/src/line/password-prompts.ts'
import { SecretLine } from '../../../packages/cli/src/line/secret-line.ts'

describe('passwordPrompts', () => {
  test.each([
    ['a name without a password', { username: 'joe' }, ["Enter host password for user 'joe':"]],
    ['an empty name', { username: '' }, ["Enter host password for user '':"]],
    ['a password', { username: 'joe', password: '' }, []],
    ['no name', { proxy: 'http://p/' }, []],
    ['login options behind the name', { username: 'joe;AUTH=x' }, ["Enter host password for user 'joe':"]],
    ['nothing but login options', { username: ';AUTH=x' }, []],
    ['a token', { username: 'joe', xoauth2Bearer: 'x' }, []],
    [
      'a name that would drive the terminal',
      { username: 'a\u001b[2Jb' },
      ["Enter host password for user 'a?[2Jb':"],
    ],
    [
      'both',
      { username: 'joe', proxyUsername: 'amy' },
      ["Enter host password for user 'joe':", "Enter proxy password for user 'amy':"],
    ],
  ])('for %s', (_case, options, texts) => {
    expect(passwordPrompts([options]).map(({ text }) => text)).toEqual(texts)
  })

  test('several operations are told apart by their number', () => {
    const prompts = passwordPrompts([
      { username: 'a' },
      { username: 'b', password: 'x' },
      { proxyUsername: 'c' },
    ])
    expect(prompts).toEqual([
      { operation: 0, option: 'password', text: "Enter host password for user 'a' on URL #1:" },
      { operation: 2, option: 'proxyPassword', text: "Enter proxy password for user 'c' on URL #3:" },
    ])
  })
})

describe('SecretLine', () => {
  test.each([
    ['abc\r', 'done', 'abc'],
    ['abc\n', 'done', 'abc'],
    ['abc\u0004', 'done', 'abc'],
    ['abc\u0003', 'interrupted', 'abc'],
    ['abc\u001c', 'interrupted', 'abc'],
    ['abc\u007f\b\u007f\u007fx\r', 'done', 'x'],
    ['a\u00e9\u{1f511}\u007f\u007fb\r', 'done', 'ab'],
    ['abc\u0015d\r', 'done', 'd'],
    ['abc', 'typing', 'abc'],
  ])('%j is %s', (keys, state, text) => {
    const line = new SecretLine()
    let last = 'typing'
    for (const byte of Buffer.from(keys)) last = line.key(byte)
    expect([last, line.text]).toEqual([state, text])
  })
})
