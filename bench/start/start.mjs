/**
 * What a start costs: `trunkline -V` beside a bare `node -e 0`, and one small GET by the command beside a script that
 * does the same with the built-in fetch. A cold process each, in turn: A B C D A B C D.
 *
 *     node bench/start/start.mjs [--rounds N] [--json FILE] [--check]
 *
 * The rule: what is compared ran in the same round, and the median of the ratios judges. Processor time is that of the
 * child, user and system, as bash tells it; without bash there is elapsed time only.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string' }, json: { type: 'string' }, check: { type: 'boolean' } },
})
const rounds = Math.max(1, Math.trunc(Number(options.rounds)) || 21)
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0

const server = createServer((_request, response) => response.end('hello\n'))
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${server.address().port}/`

const program = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))
const script = fileURLToPath(new URL('fetch.mjs', import.meta.url))

/** Who takes part; `against`: whose figures its own are divided by, and what may come of it at most. */
const ENTRANTS = [
  { name: 'node -e 0', argv: ['-e', '0'] },
  { name: 'trunkline -V', argv: [program, '-V'], against: 'node -e 0', atMost: 1.5 },
  { name: 'a script with fetch', argv: [script, url] },
  {
    name: 'trunkline -s URL',
    argv: [program, '-s', url],
    against: 'a script with fetch',
    atMost: 1.3,
  },
]

/** @type {Map<string, { cpuMs: number, ms: number }[]>} */
const measured = new Map(ENTRANTS.map(({ name }) => [name, []]))
// The first round warms up the disk's cache, and Node's of what it compiled.
for (let round = 0; round <= rounds; round += 1) {
  for (const { name, argv } of ENTRANTS) {
    const figures = await start(argv)
    if (round > 0) measured.get(name).push(figures)
  }
}
server.close()

const figures = hasBash ? ['cpuMs', 'ms'] : ['ms']
const rows = ENTRANTS.flatMap(({ name, against, atMost }) =>
  figures.map((figure) => {
    const own = measured.get(name).map((each) => each[figure])
    const others = measured.get(against)?.map((each) => each[figure])
    const ratio = others === undefined ? undefined : median(own.map((value, at) => value / others[at]))
    return { name, figure, median: median(own), least: Math.min(...own), against, ratio, atMost }
  }),
)

console.log(`Node ${process.version}, ${rounds} rounds, on ${cpus().length} x ${cpus()[0]?.model}\n`)
for (const { name, figure, median: middle, least, against, ratio, atMost } of rows) {
  const what = figure === 'cpuMs' ? 'processor' : 'elapsed'
  const judged =
    ratio === undefined
      ? ''
      : `  ${ratio.toFixed(2)} of ${against} (at most ${atMost}: ${ratio <= atMost ? 'met' : 'MISSED'})`
  console.log(
    `${name.padEnd(20)} ${what.padEnd(9)} ${middle.toFixed(1).padStart(6)} ms, least ${least.toFixed(1)}${judged}`,
  )
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ node: process.version, rounds, rows }, undefined, 2)}\n`)
}
if (options.check && rows.some(({ ratio, atMost }) => ratio > atMost)) process.exitCode = 1

/** Runs Node once, with its output into a pipe. @param {readonly string[]} argv */
async function start(argv) {
  const command = hasBash
    ? ['bash', '-c', 'TIMEFORMAT="%3U %3S"; time "$@" 2>/dev/null | cat >/dev/null', '-', process.execPath]
    : [process.execPath]
  const from = performance.now()
  const child = spawn(command[0], [...command.slice(1), ...argv], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (bytes) => (said += bytes))
  const [code] = await once(child, 'close')
  const ms = performance.now() - from
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${said}`)
  const [user, system] = said.trim().split(/\s+/).map(Number)
  return { cpuMs: (user + system) * 1_000, ms }
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}
