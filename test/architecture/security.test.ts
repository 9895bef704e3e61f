/** docs/security.md claims no test that is not there, and leaves out none that is; the check is shown what it must report. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { advisoriesIn, brokenClaims, readRows } from './security-page.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')

test('docs/security.md is true', () => {
  const paths = new Set(readRows(page).flatMap(({ files }) => files))
  for (const name of readdirSync(join(ROOT, 'test/security'))) paths.add(`test/security/${name}`)
  const files = new Map(
    [...paths]
      .filter((path) => existsSync(join(ROOT, path)))
      .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  )
  expect(brokenClaims(page, files)).toEqual([])
  expect(readRows(page).flatMap(({ advisories }) => advisories).length).toBeGreaterThan(130)
})

describe('the check of docs/security.md reports', () => {
  const LINK = '\n[one]: ../test/security/one.test.ts\n'
  const row = (advisory: string, where: string): string => `| ${advisory} | a | b | ${where} |${LINK}`
  const check = (text: string, code: string): readonly string[] =>
    brokenClaims(text, new Map([['test/security/one.test.ts', code]]))

  test.each([
    ['a number without a test', row('CVE-2000-0001', '[one]'), `test('CVE-2000-0002', () => {})`, 3],
    ['a number in a comment only', row('CVE-2000-0001', '[one]'), '// CVE-2000-0001', 2],
    ['a file that is not there', row('CVE-2000-0001', '[two]'), '', 2],
    ['a test that is not listed', '', `test('CVE-2000-0001', () => {})`, 1],
    ['a line that says nothing', row('CVE-2000-0001', 'see above'), '', 2],
    [
      'one of two numbers',
      row('CVE-2000-0001, CVE-2000-0002', '[one]'),
      `test('CVE-2000-0001', () => {})`,
      1,
    ],
  ])('%s', (_what, text, code, count) => {
    expect(check(text, code)).toHaveLength(count)
  })

  test('and nothing where all is well', () => {
    const text = row('CVE-2000-0001, CVE-2000-0002', '[one]') + row('CVE-2000-0003', 'not applicable')
    expect(check(text, 'test.each([`CVE-2000-0001: ${x} b`])(`%s CVE-2000-0002`)')).toEqual([])
  })

  test('numbers in strings of every kind', () => {
    const code =
      'a(\'CVE-2000-0001\', "CVE-2000-0002", `CVE-2000-0003`, `CVE-2000-0004 ${b} CVE-2000-0005`) // CVE-2000-0006'
    expect([...advisoriesIn(code)]).toHaveLength(5)
  })
})
