import { assert, property, uint8Array } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Variables } from '../../../packages/cli/src/line/variables.ts'
import { commandOf, operationOf, parseLine } from '../../support/parse-line.ts'

describe('--expand-', () => {
  test.each<[string, string[], string]>([
    ['a value', ['a=b'], 'b'],
    ['a value with = in it', ['a=b=c'], 'b=c'],
    ['part of a value', ['a[1-2]=bcde'], 'cd'],
    ['a value to its end', ['a[2-]=bcde'], 'de'],
    ['a file', ['a@f'], 'text\n'],
    ['part of a file', ['a[0-1]@f'], 'te'],
    ['standard input', ['a@-'], 'in'],
    ['the environment', ['%a'], 'env'],
    ['a name that the environment has not', ['%A=else'], ''],
    ['the last of two', ['a=b', 'a=c'], 'c'],
  ])('puts in %s', (_case, definitions, text) => {
    const flags = definitions.flatMap((definition) => ['--variable', definition])
    const { options } = operationOf([...flags, '--expand-user-agent', '<{{a}}>', 'u'], {
      files: { f: 'text\n', '-': 'in' },
      env: { a: 'env' },
    })
    expect(options.userAgent).toBe(`<${text}>`)
  })

  test.each([
    ['{{a}}', ' x\t', ' x\t'],
    ['{{a:trim}}', ' x\t', 'x'],
    ['{{a:json}}', 'a"\n\u00e9', String.raw`a\"\n` + '\u00e9'],
    ['{{a:url}}', 'a b&\u00e9', 'a%20b%26%C3%A9'],
    ['{{a:b64}}', 'hi', 'aGk='],
    ['{{a:64dec}}', 'aGk=', 'hi'],
    ['{{a:64dec}}', 'aGk', '[64dec-fail]'],
    ['{{a:trim:b64:url}}', ' hi ', 'aGk%3D'],
    ['{{b}}', 'x', ''],
    [String.raw`\{{a}}{{a}}`, 'x', '{{a}}x'],
    ['{{a}}{{a}}-', 'x', 'xx-'],
    ['{a}', 'x', '{a}'],
  ])('%j with %j is %j', (text, value, expected) => {
    const variables = new Variables()
    variables.set('a', Buffer.from(value))
    const warnings: string[] = []
    expect(variables.expand(text, warnings)).toBe(expected)
    expect(warnings).toEqual([])
  })

  test.each([
    ['{{', "missing close '}}' in '{{'"],
    ['{{}}', "bad variable name length '{{}}'"],
    ['{{a-b}}', 'bad variable name: a-b'],
  ])('leaves %j as it is, and warns', (text, warning) => {
    const warnings: string[] = []
    expect(new Variables().expand(text, warnings)).toBe(text)
    expect(warnings).toEqual([warning])
  })

  test('encodes any bytes, and decodes them again', () => {
    assert(
      property(uint8Array({ min: 1, size: 'max', maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1')
        const variables = new Variables()
        variables.set('a', Buffer.from(text))
        expect(variables.expand('{{a:b64:64dec}}', [])).toBe(text)
        expect(decodeURIComponent(variables.expand('{{a:url}}', []))).toBe(text)
        expect(JSON.parse(`"${variables.expand('{{a:json}}', [])}"`)).toBe(text)
      }),
    )
  })

  test.each<[string, string[], number, string[]]>([
    [
      'a NUL',
      ['--variable', 'a@nul', '--expand-data', '{{a}}'],
      2,
      ['variable contains null byte', 'option --expand-data: variable expansion failure'],
    ],
    [
      'a function that is none',
      ['--expand-data', '{{a:b64:up}}'],
      2,
      ["unknown variable function in ':b64:up'", 'option --expand-data: variable expansion failure'],
    ],
    [
      'a flag without a value',
      ['--expand-silent'],
      2,
      ['option --expand-silent: variable expansion failure'],
    ],
    [
      'a name that the environment has not',
      ['--variable', '%gone'],
      2,
      ["Variable 'gone' import fail, not set", 'option --variable: variable expansion failure'],
    ],
    [
      'a part that is none',
      ['--variable', 'a[3-2]=x'],
      2,
      ['option --variable: syntax error in --variable argument'],
    ],
    [
      'a file that is not there',
      ['--variable', 'a@gone'],
      26,
      [
        'Failed to open gone: No such file or directory',
        'option --variable: error encountered when reading a file',
      ],
    ],
  ])('refuses %s', (_case, argv, exitCode, errors) => {
    expect(parseLine([...argv, 'u'], { files: { nul: 'a\0b' } })).toMatchObject({ exitCode, errors })
  })

  test.each([
    ['=x', 'Bad variable name length (0), skipping'],
    ['a', 'Bad --variable syntax, skipping: a'],
    [`${'a'.repeat(128)}=x`, 'Bad variable name length (128), skipping'],
  ])('skips the definition %s', (definition, warning) => {
    expect(commandOf(['--variable', definition, 'u']).warnings).toEqual([warning])
  })
})
