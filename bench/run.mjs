/**
 * The benchmarks: `npm run bench`, with `-- --help` for its options. Absolute figures are the machine's;
 * ratios of clients that ran in turn are what judges.
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { CASES } from './cases.mjs'
import { summarize, table } from './report.mjs'
import { runCase } from './rounds.mjs'
import { startServer } from './server.mjs'

const HELP = `Usage: npm run bench -- [options]
  --case NAME     only this case; may be given several times
  --client TEXT   only clients with TEXT in their names; may be given several times
  --rounds N      rounds after the warm-up (default 7)
  --quick         3 short rounds, for a first impression
  --json FILE     also writes all figures as JSON
  --profile DIR   runs the clients with --cpu-prof into DIR; figures are then of no use
Cases:
${CASES.map(({ name, title }) => `  ${name.padEnd(22)} ${title}`).join('\n')}`

const { values: options } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    client: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    quick: { type: 'boolean' },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean' },
  },
})

if (options.help) console.log(HELP)
else await main()

async function main() {
  const unknown = options.case?.find((name) => CASES.every((plan) => plan.name !== name))
  if (unknown !== undefined) {
    console.error(`There is no case "${unknown}".\n${HELP}`)
    process.exitCode = 2
    return
  }
  const rounds = Math.max(1, Math.trunc(Number(options.rounds)) || (options.quick ? 3 : 7))
  const execArgv =
    options.profile === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${options.profile}`]

  const server = await startServer()
  // The clients end by themselves when this process does; the server would stay.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      void server.close()
      process.exit(1)
    })
  }
  const machine = {
    node: process.version,
    undici: createRequire(import.meta.url)('undici/package.json').version,
    cpu: `${cpus().length} x ${cpus()[0]?.model}`,
    server: server.name,
  }
  console.log(
    `Node ${machine.node}, undici ${machine.undici}, on ${machine.cpu}; server: ${machine.server}\n`,
  )
  const cases = []
  try {
    for (const plan of CASES.map(withChosenClients)) {
      if (options.case !== undefined && !options.case.includes(plan.name)) continue
      if (Object.keys(plan.clients).length === 0) continue
      const exchanges = options.quick ? plan.quick : plan.exchanges
      const measured = await runCase(plan, {
        server,
        rounds,
        exchanges,
        warmUps: 2,
        execArgv,
      })
      const summary = summarize(plan, measured, exchanges)
      cases.push(summary)
      console.log(table(summary))
    }
  } finally {
    await server.close()
  }
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, cases }, undefined, 2)}\n`)
}

function withChosenClients(plan) {
  if (options.client === undefined) return plan
  const chosen = Object.entries(plan.clients).filter(([name]) =>
    options.client.some((text) => name.toLowerCase().includes(text.toLowerCase())),
  )
  return { ...plan, clients: Object.fromEntries(chosen) }
}
