/** Reads a command line inside the test, with files that are given to it. */
import type { Command, Operation } from '../../packages/cli/src/command.ts'
import { readCommandLine, type ParsedArgs } from '../../packages/cli/src/line/parse-args.ts'

/** What a command line finds around it. */
export interface LineWorld {
  /** Names and contents; "-" is standard input. Whatever is not named is not there. */
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** When files were changed: 2024-01-02. */
export const CHANGED_MS = Date.UTC(2024, 0, 2)

/** What a command line comes to. */
export function parseLine(argv: readonly string[], { files = {}, env = {} }: LineWorld = {}): ParsedArgs {
  const reading = readCommandLine(argv, env)
  let step = reading.next()
  while (step.done !== true) {
    const { path, wants } = step.value
    const text = files[path]
    if (text === undefined) step = reading.next({})
    else step = reading.next(wants === 'time' ? { timeMs: CHANGED_MS } : { content: Buffer.from(text) })
  }
  return step.value
}

/** The command of a line that can be run. Throws for one that cannot. */
export function commandOf(argv: readonly string[], world?: LineWorld): Command {
  const parsed = parseLine(argv, world)
  if (parsed.is !== 'run') throw new Error(JSON.stringify(parsed))
  return parsed.command
}

/** Its only operation. */
export function operationOf(argv: readonly string[], world?: LineWorld): Operation {
  const { operations } = commandOf(argv, world)
  if (operations.length !== 1) throw new Error(`${operations.length} operations`)
  return operations[0]!
}
