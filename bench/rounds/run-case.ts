/**
 * Runs a case: each round starts every client anew, one after the other (A B C, A B C), so that whatever else the
 * machine does falls on all of them alike, and no round inherits another's heap.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Case, Entrant } from '../cases/case.ts'
import type { BenchServer } from '../servers/server.ts'
import type { Measure, Terms } from './measure.ts'
import { fileLimit, spawnPinned } from './processors.ts'
import type { Programs } from './programs.ts'

/** What all cases of a run have in common. */
export interface Surroundings {
  readonly server: BenchServer
  /** The server's certificate, as a file. */
  readonly caFile: string
  /** What commands send as an upload. */
  readonly uploadFile: string
  readonly programs: Programs
  readonly rounds: number
  readonly isQuick: boolean
  /** Where profiles of Node's clients go. */
  readonly profiles: string | undefined
}

/** The rounds of each client that ran, by name, and those that did not, with the reason. */
export interface Ran {
  readonly rounds: ReadonlyMap<string, readonly Measure[]>
  readonly skipped: readonly Skipped[]
}

export interface Skipped {
  readonly name: string
  readonly why: string
  /** It could have taken part and went wrong. */
  readonly isFailure: boolean
}

/** No round takes this long, unless a client hangs. */
const ROUND_MS = 180_000

export async function runCase(plan: Case, surroundings: Surroundings): Promise<Ran> {
  const rounds = new Map<string, Measure[]>()
  const skipped = new Map<string, Skipped>()
  const ready = plan.entrants.map((entrant) => {
    const terms = termsOf(plan, entrant, surroundings)
    const argv = commandOf(plan, entrant, terms, surroundings)
    if (typeof argv === 'string')
      skipped.set(entrant.name, { name: entrant.name, why: argv, isFailure: false })
    return { name: entrant.name, terms, argv: typeof argv === 'string' ? [] : argv }
  })
  for (let round = 0; round < surroundings.rounds; round += 1) {
    for (const { name, terms, argv } of ready) {
      if (skipped.has(name)) continue
      const measure = await measured(argv, terms)
      if (typeof measure === 'string') skipped.set(name, { name, why: measure, isFailure: true })
      else rounds.set(name, [...(rounds.get(name) ?? []), measure])
    }
  }
  // One that failed in a later round has nothing to be paired with.
  for (const name of skipped.keys()) rounds.delete(name)
  return { rounds, skipped: [...skipped.values()] }
}

/** What a round of the client with this name is made of. */
export function countOf(plan: Case, name: string, surroundings: Surroundings): Terms {
  const entrant = plan.entrants.find((one) => one.name === name)
  if (entrant === undefined) throw new Error(`there is no client "${name}" in ${plan.name}`)
  return termsOf(plan, entrant, surroundings)
}

/** What a client is told: what the case says, and what it says for this client. */
function termsOf(plan: Case, entrant: Entrant, { server, caFile, uploadFile, isQuick }: Surroundings): Terms {
  const { over, body, exchanges, warmUp, ...rest } = { ...DEFAULTS, ...plan.terms, ...entrant.terms }
  const by = isQuick ? (plan.quickBy ?? 3) : 1
  return {
    ...rest,
    origin: server.origins[over],
    caFile,
    uploadFile,
    path: body.path,
    bytes: body.bytes,
    exchanges: Math.max(1, Math.round(exchanges / by)),
    // Not shortened: a round that is not warm says nothing of one that is.
    warmUp,
  }
}

const DEFAULTS = { http: '1.1', connections: 1, streams: 1, size: 1, options: {} } as const

/** How to run a client, or why that cannot be done here. */
function commandOf(
  plan: Case,
  { name, client, files = 0 }: Entrant,
  terms: Terms,
  { programs, profiles }: Surroundings,
): readonly string[] | string {
  if (files > fileLimit()) return `a process may have ${fileLimit()} files open here, and it needs ${files}`
  switch (client.is) {
    case 'node':
      return [
        process.execPath,
        '--expose-gc',
        fileURLToPath(new URL('client-process.js', import.meta.url)),
        client.module,
        JSON.stringify(terms),
        ...(profiles === undefined ? [] : [profileFile(profiles, plan.name, name)]),
      ]
    case 'libcurl':
      return typeof programs.libcurl === 'string'
        ? [programs.libcurl, ...client.argv(terms)]
        : programs.libcurl.missing
    case 'command':
      if (typeof programs.measured !== 'string') return programs.measured.missing
      return [programs.measured, String(client.isRepeated ? terms.exchanges : 1), ...client.argv(terms)]
  }
}

/** Where the profile of a client goes; that of the last round stays. */
export function profileFile(folder: string, plan: string, name: string): string {
  return join(folder, `${plan}-${name.replace(/[^\w]+/g, '-')}.cpuprofile`)
}

/** Runs a client to its end; its last line is the measure. Answers why there is none as a text. */
function measured(argv: readonly string[], { exchanges, bytes }: Terms): Promise<Measure | string> {
  return new Promise((resolve) => {
    const child = spawnPinned(argv, 'client', { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    let complained = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complained += text
    })
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, ROUND_MS)
    child.on('error', (error) => resolve(`failed: ${error.message}`))
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      const last = printed.trimEnd().split('\n').at(-1) ?? ''
      if (isLate) {
        resolve(`failed: it took longer than ${ROUND_MS / 1_000} s`)
        return
      }
      if (status !== 0 || last === '') {
        resolve(`failed with ${signal ?? `status ${status}`}: ${reasonIn(complained)}`)
        return
      }
      const measure = JSON.parse(last) as Measure
      const expected = exchanges * bytes
      if (measure.bytes === undefined || measure.bytes === expected) resolve(measure)
      else resolve(`failed: it saw ${measure.bytes} of ${expected} bytes`)
    })
  })
}

/** The line that says what went wrong, among those that say where. */
function reasonIn(complained: string): string {
  const lines = complained.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /error|libcurl-multi:/i.test(line)) ?? lines.at(-1) ?? 'no reason given'
}
