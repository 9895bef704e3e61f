/** The options of `npm run bench`. Pure: bad input is answered with a sentence. */
import { parseArgs } from 'node:util'
import { CASES } from './cases/all.ts'

export interface Options {
  readonly cases: readonly string[]
  readonly clients: readonly string[]
  readonly rounds: number
  readonly isQuick: boolean
  readonly json: string | undefined
  readonly isCheck: boolean
  readonly isBudget: boolean
  readonly isDocs: boolean
  readonly server: 'nginx' | 'node' | undefined
  readonly profiles: string | undefined
  readonly isHelp: boolean
}

export const HELP = `Usage: npm run bench -- [options]
  --case NAME     only this case; may be given several times
  --client TEXT   only clients with TEXT in their names; may be given several times
  --rounds N      rounds of each case (default 5)
  --quick         3 short rounds, for a first impression
  --json FILE     also writes all figures as JSON
  --check         fails when a ratio is worse by more than 15 % than bench/budget.json says
  --budget        writes the ratios reached into bench/budget.json
  --docs          writes tables and plots into docs/performance.md
  --server NAME   nginx or node; default: nginx where it is installed
  --profile DIR   profiles the clients in Node into DIR and tells their dearest functions; figures are then of no use
  --help          this text
Cases:
${CASES.map(({ name, title }) => `  ${name.padEnd(22)} ${title}`).join('\n')}`

/** Answers what is wrong as a text. */
export function parseOptions(argv: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({ args: [...argv], options: SHAPES })
    const unknown = values.case?.find((name) => CASES.every((plan) => plan.name !== name))
    if (unknown !== undefined) return `there is no case "${unknown}"`
    if (values.docs && (values.case !== undefined || values.client !== undefined))
      return '--docs writes the whole page: it goes without --case and --client'
    const rounds = Number(values.rounds ?? (values.quick ? 3 : 5))
    if (!Number.isInteger(rounds) || rounds < 1)
      return `--rounds takes a whole number from 1 on, not "${values.rounds}"`
    const { server } = values
    if (server !== undefined && server !== 'nginx' && server !== 'node')
      return `--server takes nginx or node, not "${server}"`
    return {
      cases: values.case ?? [],
      clients: values.client ?? [],
      rounds,
      isQuick: values.quick ?? false,
      json: values.json,
      isCheck: values.check ?? false,
      isBudget: values.budget ?? false,
      isDocs: values.docs ?? false,
      server,
      profiles: values.profile,
      isHelp: values.help ?? false,
    }
  } catch (error) {
    return (error as Error).message
  }
}

const SHAPES = {
  case: { type: 'string', multiple: true },
  client: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  quick: { type: 'boolean' },
  json: { type: 'string' },
  check: { type: 'boolean' },
  budget: { type: 'boolean' },
  docs: { type: 'boolean' },
  server: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean' },
} as const
