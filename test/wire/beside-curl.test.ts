/**
 * Command lines beside curl: what is sent, printed, written and answered is what curl 8.22 makes of them.
 *
 * What the machine's curl (7.88 in Debian 12) does as 8.22 is asked of it, on the spot. What 8.22 does in another way
 * stands in recorded.json; BESIDE_RECORD names a curl 8.22, and makes that file anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIFFERENCES } from '../support/beside/differences.ts'
import { withoutMore } from '../support/beside/likeness.ts'
import type { Part } from '../support/beside/row.ts'
import { ROWS, type NamedRow } from '../support/beside/rows.ts'
import { Stage, versionOf, type Outcome } from '../support/beside/stage.ts'

const PLACE = new URL('../support/beside/recorded.json', import.meta.url)

interface Recorded {
  /** The curl that does the rest as 8.22 does it. */
  readonly beside: string
  /** By subject and name. */
  readonly outcomes: Readonly<Record<string, Outcome>>
}

/** Only where the file is made for the first time there is none. */
const NOTHING: Recorded = { beside: '', outcomes: {} }

const reference = process.env['BESIDE_RECORD']
const only = new RegExp(process.env['BESIDE_ONLY'] ?? '')
const version = versionOf('curl')

describe.skipIf(reference !== undefined)('beside curl', () => {
  const recorded = existsSync(PLACE) ? (JSON.parse(readFileSync(PLACE, 'utf8')) as Recorded) : NOTHING
  const isWitness = version === recorded.beside
  const all = Object.entries(ROWS)
    .flatMap(([subject, its]) => its.map((row) => ({ key: `${subject} ${row.name}`, row })))
    .filter(({ key }) => only.test(key))
  const answers = new Map<string, Promise<Outcome>>()
  let stage: Stage
  let witness: Stage
  beforeAll(async () => {
    ;[stage, witness] = await Promise.all([Stage.open(), Stage.open()])
    if (!isWitness)
      console.warn(
        `curl ${recorded.beside} is not here (${version ?? 'none'} is): only what is recorded is compared`,
      )
    // curl goes ahead, one row after the other: its processes keep another core busy.
    const asked = isWitness ? all.filter(({ key }) => recorded.outcomes[key] === undefined) : []
    let before: Promise<unknown> = Promise.resolve()
    for (const { key, row } of asked) {
      const answer = before.then(() => witness.curl(row))
      answers.set(key, answer)
      before = answer.catch(() => undefined)
    }
  })
  afterAll(() => Promise.all([stage.close(), witness.close()]))

  for (const { key, row } of all) {
    const outcome = recorded.outcomes[key]
    test.skipIf(outcome === undefined && !isWitness)(key, async () => {
      const theirs = outcome ?? (await answers.get(key)!)
      const ours = withLeave(await stage.ours(row), theirs)
      const { parts = [] } = DIFFERENCES.find((one) => one.rows.includes(key)) ?? {}
      expect(compared(ours, row, parts)).toEqual(compared(theirs, row, parts))
      // What is said to differ does.
      for (const part of parts) expect(ours[part], `${part} is the same now`).not.toEqual(theirs[part])
    })
  }

  test('what is said to differ is a row', () => {
    const keys = new Set(
      Object.entries(ROWS).flatMap(([subject, rows]) => rows.map(({ name }) => `${subject} ${name}`)),
    )
    expect(DIFFERENCES.flatMap(({ rows }) => rows).filter((key) => !keys.has(key))).toEqual([])
  })
})

describe.skipIf(reference === undefined)('curl 8.22', () => {
  test('is recorded', { timeout: 600_000 }, async () => {
    const stage = await Stage.open()
    const outcomes: Record<string, Outcome> = {}
    for (const [subject, rows] of Object.entries(ROWS)) {
      for (const row of rows) {
        const [wanted, here] = [await stage.curl(row, reference), await stage.curl(row)]
        if (JSON.stringify(compared(wanted, row)) !== JSON.stringify(compared(here, row)))
          outcomes[`${subject} ${row.name}`] = compared(wanted, row) as Outcome
      }
    }
    await stage.close()
    writeFileSync(PLACE, `${JSON.stringify({ beside: version, outcomes }, undefined, 2)}\n`)
  })
})

/** Without what the row leaves out. */
function compared(
  outcome: Outcome,
  { ignores = [] }: NamedRow,
  parts: readonly Part[] = [],
): Partial<Outcome> {
  const left = new Set<Part>([...ignores, ...parts])
  return Object.fromEntries(Object.entries(outcome).filter(([part]) => !left.has(part as Part)))
}

function withLeave(ours: Outcome, { stdout = '', stderr = '', files = {} }: Partial<Outcome>): Outcome {
  return {
    ...ours,
    stdout: withoutMore(ours.stdout, stdout),
    stderr: withoutMore(ours.stderr, stderr),
    files: Object.fromEntries(
      Object.entries(ours.files).map(([path, content]) => [path, withoutMore(content, files[path] ?? '')]),
    ),
  }
}
