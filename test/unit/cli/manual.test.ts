/** The manual, and docs/command.md, tell of everything that there is. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FLAGS } from '../../../packages/cli/src/line/flags.ts'
import { manualSections } from '../../../packages/cli/src/help/manual.ts'
import { manualText } from '../../../packages/cli/src/help/manual-text.ts'
import { WRITE_OUT_VARIABLES } from '../../../packages/cli/src/help/write-out-variables.ts'
import { variableText } from '../../../packages/cli/src/output/write-out-values.ts'

const FACTS = { info: undefined, head: undefined, failure: undefined, url: '', urlIndex: 0, path: undefined }

test('has the sections of a manual page, in order', () => {
  expect(manualSections().map(({ title }) => title)).toEqual([
    'NAME',
    'SYNOPSIS',
    'DESCRIPTION',
    'URLS',
    'OPTIONS',
    'FLAGS THAT ARE NOT THERE',
    'VARIABLES OF --WRITE-OUT',
    'EXIT CODES',
    'ENVIRONMENT',
    'FILES',
    'EXAMPLES',
    'SEE ALSO',
  ])
})

test('names every flag, once as an entry or among those that are not there', () => {
  const blocks = manualSections().flatMap((section) => section.blocks)
  const named = blocks.flatMap((block) => (block.is === 'item' ? [block.term, block.text] : []))
  const missing = FLAGS.filter(
    ({ long }) =>
      !named.some((text) => new RegExp(`\`(-., )?--(no-)?${long.replaceAll('.', '\\.')}[ \`]`).test(text)),
  )
  expect(missing).toEqual([])
})

test('says what is so by default, how it differs, and for how long it holds', () => {
  const entries = new Map(
    manualSections().flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.is === 'item' ? [[block.term, block.text] as const] : [])),
    ),
  )
  expect(entries.get('`--connect-timeout <seconds>`')).toContain('Default: 300 seconds.')
  expect(entries.get('`--happy-eyeballs-timeout-ms <ms>`')).toContain('Default: 200 milliseconds.')
  expect(entries.get('`--cert-type <type>`')).toContain('Other than curl: ')
  expect(entries.get('`-Z, --parallel`')).toContain('Holds for the whole command line.')
  expect(entries.get('`--no-alpn`')).toBe(
    'Not to do what is done without it: offer protocols in the TLS handshake.',
  )
  expect(entries.get('`22`')).toContain('--fail')
})

test('names the variables of -w that there are', () => {
  const known = Object.keys(JSON.parse(variableText('json', FACTS)!) as object)
    .filter((name) => !name.endsWith('_version') || name === 'http_version')
    .map((name) => name.replace(/^(urle?)\.\w+$/, '$1.PART'))
  expect(WRITE_OUT_VARIABLES.map(([name]) => name).toSorted()).toEqual([...new Set(known)].toSorted())
})

test('which docs/command.md has as well, in the same words', () => {
  const page = readFileSync(new URL('../../../docs/command.md', import.meta.url), 'utf8')
  const rows = new Map(
    [...page.matchAll(/^\| `([^`]+)`\s+\| (.*?)\s+\|$/gm)].map(([, name, says]) => [name, says]),
  )
  for (const [name, says] of WRITE_OUT_VARIABLES)
    expect(rows.get(name)).toBe(says.replace('. Not in curl', ''))
})

test('is printed in lines that a terminal has room for', () => {
  const wide = manualText()
    .split('\n')
    .filter((line) => line.length > 79)
  // Reasons, names and examples stand on one line, however long.
  expect(wide.filter((line) => line.startsWith(' '.repeat(14)))).toEqual([])
})
