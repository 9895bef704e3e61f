import { describe, expect, test } from 'vitest'
import {
  BLANK,
  CLASSES,
  DIGIT,
  isDigits,
  isFieldValue,
  isRequestTarget,
  isToken,
  TARGET_CHAR,
  TOKEN_CHAR,
  VALUE_CHAR,
} from '../../../packages/core/src/http/tokens.ts'

const ALL = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))

describe('the character classes', () => {
  test.each([
    { name: 'token characters', characterClass: TOKEN_CHAR, pattern: /[!#$%&'*+\-.^_`|~0-9A-Za-z]/ },
    { name: 'value characters', characterClass: VALUE_CHAR, pattern: /[\t\x20-\x7e\x80-\xff]/ },
    { name: 'blanks', characterClass: BLANK, pattern: /[ \t]/ },
    { name: 'target characters', characterClass: TARGET_CHAR, pattern: /[\x21-\x7e\x80-\xff]/ },
    { name: 'digits', characterClass: DIGIT, pattern: /[0-9]/ },
  ])('$name', ({ characterClass, pattern }) => {
    const members = ALL.filter((char) => (CLASSES[char.charCodeAt(0)]! & characterClass) !== 0)
    expect(members).toEqual(ALL.filter((char) => pattern.test(char)))
  })
})

describe('the checks', () => {
  test.each([
    {
      check: isToken,
      yes: ['GET', 'x-a_b.c', "!#$%&'*+-.^_`|~"],
      no: ['', 'a b', 'a:', 'a/b', '\xe4', '\u0141', 'a\r'],
    },
    {
      check: isFieldValue,
      yes: ['', 'a', 'a b', 'a\tb', '\xff\x80', '"'],
      no: [' a', 'a ', '\ta', 'a\t', ' ', 'a\r', 'a\nb', '\0', '\x7f', '\x01', '\u0100'],
    },
    {
      check: isRequestTarget,
      yes: ['/', '*', 'a:1', 'http://a/?b#c', '/\xe4'],
      no: ['', '/a b', '/\t', '/\r\n', '/\x7f', '/\u0100'],
    },
    { check: isDigits, yes: ['0', '0123456789'], no: ['', '-1', '+1', '1 ', '1.0', '\u0661'] },
  ])('$check.name', ({ check, yes, no }) => {
    expect(yes.filter((text) => !check(text))).toEqual([])
    expect(no.filter((text) => check(text))).toEqual([])
  })
})
