/** The manual page, as the programs read it that show manual pages; and what `--manual` prints beside it. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { trunkline } from '../support/command-line.ts'

const PAGE = fileURLToPath(new URL('../../packages/cli/man/trunkline.1', import.meta.url))

const hasMandoc = spawnSync('mandoc', ['-V']).error === undefined
const hasGroff = spawnSync('groff', ['-v']).error === undefined
if (!hasMandoc) console.info('mandoc is not installed: it does not look at the manual page')
if (!hasGroff) console.info('groff is not installed: it does not look at the manual page')

describe('the manual page', () => {
  test.runIf(hasMandoc)('is clean to mandoc', () => {
    const { status, stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', PAGE], { encoding: 'utf8' })
    expect([status, stdout, stderr]).toEqual([0, '', ''])
  })

  test.runIf(hasGroff)('is clean to groff', () => {
    const { status, stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8', '-z', PAGE], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

  test.runIf(hasMandoc)('has the words that --manual prints', async () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'ascii', '-O', 'width=200', PAGE], { encoding: 'utf8' })
    // Bold is a letter over itself; the first and the last line are those of the page.
    const shown = stdout.replaceAll(OVERSTRUCK, '').trim().split('\n').slice(1, -1).join('\n')
    const { exitCode, stdout: printed } = await trunkline(['--manual'])
    expect(exitCode).toBe(0)
    expect(wordsOf(printed.toString())).toEqual(wordsOf(shown))
  })

  test('is what package.json names', () => {
    const { man, files } = JSON.parse(
      readFileSync(new URL('../../packages/cli/package.json', import.meta.url), 'utf8'),
    ) as { man: string; files: string[] }
    expect([man, files.includes('man')]).toEqual(['man/trunkline.1', true])
  })
})

/** A character and the step back behind it. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'g')

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
