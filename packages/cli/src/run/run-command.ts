/**
 * `runCommand`: a command that was understood, from the reading of what it names to its exit code.
 *
 * The rule: this is the door to the engine: whatever loads it is imported from here on, and from nowhere before.
 */
import { EASY_OPTIONS, ERROR_CODES, isTransferError, OptionSet } from '@trunkline/core'
import type { Command } from '../command.ts'
import { INTERRUPTED } from '../failure.ts'
import { NO_URL } from '../line/operation-draft.ts'
import { passwordPrompts } from '../line/password-prompts.ts'
import { prepareRequest, Unreadable, type Prepared } from '../line/request-options.ts'
import { NODE_FILES } from '../node-files.ts'
import { askNodeSecrets } from '../node-secrets.ts'
import { canRedraw, LiveBlock, type TerminalStream } from '../output/live-block.ts'
import type { Surroundings } from '../surroundings.ts'
import { Messages, type Speaker } from '../trace/messages.ts'
import { runJobs, type RunSurroundings } from './run-jobs.ts'

/**
 * Runs a command, and answers its exit code. What the engine refuses is told, and answered with curl's number.
 */
export async function runCommand(command: Command, around: Surroundings, speaker: Speaker): Promise<number> {
  const surroundings = withScreen(command, around)
  const { files = NODE_FILES, stderr } = surroundings
  const messages = new Messages(stderr, command, speaker)
  for (const note of command.notes) messages.note(note)
  for (const complaint of command.complaints) messages.line(`${messages.name}: ${complaint}`)
  for (const warning of command.warnings) messages.earlyWarning(warning)
  const operations: Prepared[] = []
  try {
    for (const operation of command.operations) {
      const prepared = await prepareRequest(operation, files, surroundings)
      // What an option may not hold is told once, before anything is done.
      new OptionSet(EASY_OPTIONS).assign(prepared.options)
      operations.push(prepared)
    }
    if (!(await askPasswords(operations, surroundings))) return INTERRUPTED
  } catch (error) {
    if (error instanceof Unreadable) {
      const { asked, message } = error
      messages.useless(message, `option ${asked}: error encountered when reading a file`)
      return ERROR_CODES.READ_ERROR.number
    }
    if (!isTransferError(error)) throw error
    messages.error(error.curlNumber, error.message)
    return error.curlNumber
  }
  for (const { warnings } of operations) for (const warning of warnings) messages.warning(warning)
  if (surroundings.signal?.aborted === true) return INTERRUPTED
  const exitCode = await runJobs(command, operations, surroundings, messages)
  if (command.settings.libcurl !== undefined) {
    const { writeProgram } = await import('../program/write-program.ts')
    await writeProgram(command.settings.libcurl, command, operations, surroundings, messages)
  }
  if (!command.lacksUrl) return exitCode
  messages.useless(NO_URL)
  return ERROR_CODES.FAILED_INIT.number
}

/** A terminal whose last lines are drawn again and again: what else is written goes above them. */
function withScreen(
  { hasMultiProgress, showsProgress, isSilent }: Command,
  around: Surroundings,
): RunSurroundings {
  const { stdout, stderr, env } = around
  if (!hasMultiProgress || !showsProgress || isSilent || !canRedraw(stderr, env['TERM'])) return around
  const screen = new LiveBlock(stderr)
  const isShared = (stdout as TerminalStream).isTTY === true
  // No copy: standard input is opened by whoever asks for it first.
  return Object.create(around, {
    screen: { value: screen },
    stderr: { value: screen.above(stderr) },
    stdout: { value: isShared ? screen.above(stdout) : stdout },
  }) as RunSurroundings
}

/** Asks for the passwords that are missing. False: the user would not. */
async function askPasswords(operations: Prepared[], surroundings: Surroundings): Promise<boolean> {
  const prompts = passwordPrompts(operations.map(({ options }) => options))
  if (prompts.length === 0) return true
  const { askSecrets = askNodeSecrets } = surroundings
  const answers = await askSecrets(
    prompts.map(({ text }) => text),
    surroundings,
  )
  if (answers === undefined) return false
  for (const [index, { operation, option }] of prompts.entries()) {
    const prepared = operations[operation]!
    const options = { ...prepared.options, [option]: answers[index]! }
    new OptionSet(EASY_OPTIONS).assign(options)
    operations[operation] = { ...prepared, options }
  }
  return true
}
