/**
 * The benchmarks: `npm run bench`, with `-- --help` for its options. Absolute figures are the machine's; ratios of clients
 * that ran in turn are what judges.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { cpus, release, tmpdir, type as system } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CASES } from './cases/all.ts'
import type { Case } from './cases/case.ts'
import { HELP, parseOptions, type Options } from './options.ts'
import { budgeted, budgetOf, overBudget, type Budget } from './report/budget.ts'
import { machineText, writeDocs, type Machine } from './report/page.ts'
import { dearestFunctions, type CpuProfile } from './report/profile.ts'
import { summarize, type Summary } from './report/summary.ts'
import { caseText } from './report/tables.ts'
import { placement } from './rounds/processors.ts'
import { buildPrograms, versionOf, type Programs } from './rounds/programs.ts'
import { countOf, profileFile, runCase, type Surroundings } from './rounds/run-case.ts'
import { UPLOAD } from './servers/bodies.ts'
import { startServers, type BenchServer } from './servers/server.ts'

const BUDGET = fileURLToPath(new URL('../budget.json', import.meta.url))
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))

interface RanCase {
  readonly plan: Case
  readonly summary: Summary
}

const options = parseOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`${options}\n${HELP}`)
  process.exitCode = 2
} else if (options.isHelp) console.log(HELP)
else await main(options)

async function main(chosen: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'))
  const server = await startServers(chosen.server)
  // The clients end by themselves when this process does; the server would stay.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void server.close()
      rmSync(folder, { recursive: true, force: true })
      process.exit(1)
    })
  }
  try {
    const programs = buildPrograms(folder)
    const machine = describeMachine(server, programs, chosen.isQuick, await busyShare())
    console.log(`${machineText(machine)}\n`)
    const surroundings: Surroundings = {
      ...filesIn(folder, server),
      server,
      programs,
      rounds: chosen.rounds,
      isQuick: chosen.isQuick,
      profiles: chosen.profiles,
    }
    report(chosen, machine, await runCases(chosen, surroundings))
  } finally {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runCases(chosen: Options, surroundings: Surroundings): Promise<readonly RanCase[]> {
  const ran: RanCase[] = []
  const { profiles } = surroundings
  if (profiles !== undefined) mkdirSync(profiles, { recursive: true })
  for (const plan of chosenCases(chosen)) {
    const summary = summarize(plan, await runCase(plan, surroundings), (name) =>
      countOf(plan, name, surroundings),
    )
    ran.push({ plan, summary })
    console.log(caseText(summary))
    if (profiles !== undefined) tellProfiles(profiles, summary)
  }
  return ran
}

function tellProfiles(folder: string, { name, entrants }: Summary): void {
  for (const { name: client, exchanges } of entrants) {
    const file = profileFile(folder, name, client)
    if (!existsSync(file)) continue
    const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
    console.log(`${client}, ${file}:\n${dearestFunctions(profile, exchanges).join('\n')}\n`)
  }
}

/** What a run leaves behind, as far as it was asked to. */
function report(chosen: Options, machine: Machine, ran: readonly RanCase[]): void {
  const summaries = ran.map(({ summary }) => summary)
  const before = JSON.parse(readFileSync(BUDGET, 'utf8')) as Budget
  if (chosen.json !== undefined) writeJson(chosen.json, { machine, cases: summaries })
  if (chosen.isDocs) writeDocs(DOCS, machine, ran)
  if (chosen.isCheck) {
    const over = overBudget(summaries, before)
    for (const line of over) console.error(`worse than the budget: ${line}`)
    if (over.length > 0) process.exitCode = 1
    else console.log(`Of ${budgeted(summaries, before)} comparisons that the budget knows, none is worse.`)
  }
  for (const { name, subject, skipped } of summaries) {
    if (!skipped.some((one) => one.name === subject && one.isFailure)) continue
    console.error(`${name}: ${subject} failed`)
    process.exitCode = 1
  }
  if (chosen.isBudget) writeJson(BUDGET, budgetOf(summaries, before))
}

function chosenCases({ cases, clients }: Options): readonly Case[] {
  const isChosen = (name: string): boolean =>
    clients.length === 0 || clients.some((text) => name.toLowerCase().includes(text.toLowerCase()))
  return CASES.filter(({ name }) => cases.length === 0 || cases.includes(name))
    .map((plan) => ({ ...plan, entrants: plan.entrants.filter(({ name }) => isChosen(name)) }))
    .filter(({ entrants }) => entrants.length > 0)
}

function filesIn(folder: string, { ca }: BenchServer): { caFile: string; uploadFile: string } {
  const caFile = join(folder, 'ca.pem')
  const uploadFile = join(folder, 'upload')
  writeFileSync(caFile, ca)
  writeFileSync(uploadFile, '')
  truncateSync(uploadFile, UPLOAD.bytes)
  return { caFile, uploadFile }
}

/** The share of processor time that is taken while this process waits for a second. */
async function busyShare(): Promise<number> {
  const before = spentTimes()
  await delay(1_000)
  const after = spentTimes()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

function spentTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((processor) => processor.times)
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    all: times.flatMap((one) => Object.values(one)).reduce((sum, ms) => sum + ms, 0),
  }
}

function describeMachine(server: BenchServer, programs: Programs, isQuick: boolean, busy: number): Machine {
  const versionIn = (name: string): string => {
    const { version } = JSON.parse(
      readFileSync(fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url)), 'utf8'),
    ) as { version: string }
    return version
  }
  const curl = spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout?.split(' ')[1]
  const libcurl = versionOf(programs.libcurl)
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${system()} ${release()}`,
    busy,
    isQuick,
    placement,
    server: server.name,
    versions: {
      Node: process.version,
      undici: versionIn('undici'),
      got: versionIn('got'),
      axios: versionIn('axios'),
      ...(libcurl === '' ? {} : { libcurl }),
      ...(curl === undefined ? {} : { curl }),
    },
  }
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)
}
