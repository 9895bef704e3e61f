/**
 * `main`: a command line to an exit code. Everything that reaches outside goes through what is passed in.
 *
 * The rule: it never exits, never reads `process`, and never rejects for what a user did wrong.
 */
import { EASY_OPTIONS, isTransferError, OptionSet } from '@trunkline/core'
import { helpText } from './help.ts'
import { Messages } from './messages.ts'
import { NODE_FILES } from './node-files.ts'
import { parseCommandLine } from './parse-args.ts'
import { prepareRequest, type Prepared } from './request-options.ts'
import { runJobs } from './run-jobs.ts'
import type { Surroundings } from './surroundings.ts'
import { versionText } from './version.ts'

/**
 * Runs the command with the arguments after its name, and answers its exit code: 0, curl's number for what
 * failed, 2 for a command line that cannot be run, 130 when `signal` ended it. What it printed is written
 * when it resolves.
 */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, signal } = surroundings
  // Failures are told to the callbacks of each write; an error that nobody hears would end the process.
  stdout.on('error', ignore)
  stderr.on('error', ignore)
  try {
    // An input that never ends or an output that nobody reads must not hold up the end: what still runs then
    // has been told to stop, and is left to do so.
    const exitCode = await Promise.race([run(argv, surroundings), interruption(signal)])
    if (signal?.aborted === true) return INTERRUPTED
    await Promise.all([written(stdout), written(stderr)])
    return exitCode
  } finally {
    stdout.off('error', ignore)
    stderr.off('error', ignore)
  }
}

/** What a shell makes of a command that SIGINT ended: 128 and the signal's number. */
const INTERRUPTED = 130

async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const parsed = parseCommandLine(argv)
  switch (parsed.is) {
    case 'help':
      surroundings.stdout.write(helpText())
      return 0
    case 'version':
      surroundings.stdout.write(versionText(surroundings.persona))
      return 0
    case 'refused':
      for (const line of parsed.lines) surroundings.stderr.write(`${line}\n`)
      return parsed.exitCode
    case 'run':
      break
  }
  const { command } = parsed
  const messages = new Messages(surroundings.stderr, command)
  let prepared: Prepared
  try {
    prepared = await prepareRequest(command, surroundings.files ?? NODE_FILES, surroundings)
    // What an option may not hold is told once, before anything is done.
    new OptionSet(EASY_OPTIONS).assign(prepared.options)
  } catch (error) {
    if (!isTransferError(error)) throw error
    messages.error(error.curlNumber, error.message)
    return error.curlNumber
  }
  for (const warning of [...command.warnings, ...prepared.warnings]) messages.warning(warning)
  if (surroundings.signal?.aborted === true) return INTERRUPTED
  return await runJobs(command, prepared, surroundings, messages)
}

/** Resolves when the signal says so; otherwise never. */
function interruption(signal: AbortSignal | undefined): Promise<number> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve(INTERRUPTED)
    else signal?.addEventListener('abort', () => resolve(INTERRUPTED), { once: true })
  })
}

/** Resolves when all that was written before has gone, or the stream is broken. */
function written(stream: Surroundings['stdout']): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

function ignore(): void {}
