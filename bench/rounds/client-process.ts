/**
 * One measured client in a process of its own, so that processor time and memory are its own:
 * `node client-process.js MODULE TERMS [PROFILE]`, where MODULE is a file in peers/ that exports `start`. It warms up, is
 * measured once, prints the measure as JSON and ends. With PROFILE the measured part is profiled into that file.
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { performance } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import type { Client, Measure, Start, Terms } from './measure.ts'

const [module, told, profile] = process.argv.slice(2) as [string, string, string?]
const { start } = (await import(new URL(`../peers/${module}.js`, import.meta.url).href)) as { start: Start }
const terms = JSON.parse(told) as Terms

const client = await start(terms)
if (terms.warmUp > 0) await client.run(terms.warmUp)
const measure = await (profile === undefined
  ? measured(client, terms.exchanges)
  : profiled(profile, () => measured(client, terms.exchanges)))
const figures = { ...measure.figures, ...(await client.examine?.()) }
process.stdout.write(`${JSON.stringify({ ...measure, figures })}\n`)
await client.close()
process.exit()

async function measured(running: Client, count: number): Promise<Measure> {
  // No collection is forced here: one while no exchange is under way takes the hidden classes that have no object just then,
  // V8 throws away the code that relies on them, and the next 10,000 exchanges cost twice as much.
  await turn()
  const before = process.cpuUsage()
  const from = performance.now()
  const seen = await running.run(count)
  const ms = performance.now() - from
  const { user, system } = process.cpuUsage(before)
  return {
    ms,
    userUs: user,
    systemUs: system,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...seen,
  }
}

async function profiled<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 100 })
  await session.post('Profiler.start')
  const result = await work()
  const { profile: taken } = await session.post('Profiler.stop')
  writeFileSync(file, JSON.stringify(taken))
  return result
}
