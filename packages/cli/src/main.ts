/**
 * `main`: a command line to an exit code. Everything that reaches outside goes through what is passed in.
 *
 * The rule: it never exits, never reads `process`, and never rejects for what a user did wrong. Nothing of the engine
 * is loaded here but its tables: what `-V` and `--help` take to answer is what this file imports.
 */
import type { Writable } from 'node:stream'
import { helpText } from './help/help.ts'
import { INTERRUPTED } from './failure.ts'
import type { Answer, Ask } from './line/line-draft.ts'
import { Messages, type Speaker } from './trace/messages.ts'
import { NODE_FILES } from './node-files.ts'
import { readCommandLine, type ParsedArgs } from './line/parse-args.ts'
import { drain } from './line/standard-input.ts'
import type { Surroundings } from './surroundings.ts'
import { terminalColumns } from './output/terminal.ts'
import { versionText } from './help/version.ts'

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

async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { persona = 'trunkline' } = surroundings
  const parsed = await readArguments(argv, surroundings)
  switch (parsed.is) {
    case 'help': {
      const { text, error } = helpText(parsed.subject, persona)
      surroundings.stdout.write(text)
      if (error !== undefined) surroundings.stderr.write(`${error}\n`)
      return 0
    }
    case 'manual': {
      const { manualText } = await import('./help/manual-text.ts')
      surroundings.stdout.write(manualText())
      return 0
    }
    case 'version':
      surroundings.stdout.write(versionText(persona))
      return 0
    case 'refused': {
      const { exitCode, warnings, errors, hints } = parsed
      const { stderr, close } = await openStderr(parsed.stderr, surroundings)
      const messages = new Messages(stderr, UNTOLD, speakerOf(surroundings))
      for (const warning of warnings) messages.earlyWarning(warning)
      if (hints) messages.useless(...errors)
      else for (const error of errors) messages.line(`${persona}: ${error}`)
      await close()
      return exitCode
    }
    case 'run':
      break
  }
  const { command } = parsed
  const { stderr, close } = await openStderr(command.settings.stderr, surroundings)
  try {
    // The engine is most of the command; what is answered without it starts without it.
    const { runCommand } = await import('./run/run-command.ts')
    // No copy: standard input is opened by whoever asks for it first.
    const around: Surroundings = Object.create(surroundings, { stderr: { value: stderr } })
    return await runCommand(command, around, speakerOf(around))
  } finally {
    await close()
  }
}

/** A command line that was not understood asked for nothing. */
const UNTOLD = { isSilent: false, showsErrors: false, isVerbose: false, trace: undefined }

function speakerOf({ persona = 'trunkline', stderr, env }: Surroundings): Speaker {
  const columns = terminalColumns(env['COLUMNS'], (stderr as { columns?: number }).columns)
  return { name: persona, columns }
}

/** What `--stderr` names, for as long as the command runs; standard error itself where it cannot be written. */
async function openStderr(
  path: string | undefined,
  { stdout, stderr, files = NODE_FILES }: Pick<Surroundings, 'stdout' | 'stderr' | 'files'>,
): Promise<{ readonly stderr: Writable; readonly close: () => Promise<void> }> {
  if (path === undefined) return { stderr, close: NOTHING_TO_CLOSE }
  if (path === '-') return { stderr: stdout, close: NOTHING_TO_CLOSE }
  const file = files.create(path)
  const isOpen = await new Promise<boolean>((resolve) => {
    file.once('error', () => resolve(false))
    file.write('', () => resolve(file.errored === null))
  })
  if (!isOpen) {
    stderr.write(`Warning: Failed to open ${path}\n`)
    return { stderr, close: NOTHING_TO_CLOSE }
  }
  file.on('error', ignore)
  const close = (): Promise<void> => new Promise((resolve) => file.end(() => resolve()))
  return { stderr: file, close }
}

const NOTHING_TO_CLOSE = (): Promise<void> => Promise.resolve()

/** Reads the command line, and the files that it asks for. */
async function readArguments(
  argv: readonly string[],
  surroundings: Pick<Surroundings, 'files' | 'stdin' | 'env'>,
): Promise<ParsedArgs> {
  const reading = readCommandLine(argv, surroundings.env)
  let step = reading.next()
  while (step.done !== true) step = reading.next(await answerTo(step.value, surroundings))
  return step.value
}

/** What cannot be read is not there. */
async function answerTo(
  { path, wants }: Ask,
  surroundings: Pick<Surroundings, 'files' | 'stdin'>,
): Promise<Answer> {
  const { files = NODE_FILES } = surroundings
  try {
    if (wants === 'time') return { timeMs: await files.changedMs(path) }
    return { content: await (path === '-' ? drain(surroundings.stdin) : files.read(path)) }
  } catch {
    return {}
  }
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
