/**
 * `runCommand`: a command that was understood, from the reading of what it names to its exit code.
 *
 * The rule: this is the door to the engine: whatever loads it is imported from here on, and from nowhere before.
 */
import { EASY_OPTIONS, isTransferError, OptionSet } from '@trunkline/core'
import type { Command } from '../command.ts'
import { INTERRUPTED } from '../failure.ts'
import { prepareRequest, type Prepared } from '../line/request-options.ts'
import { NODE_FILES } from '../node-files.ts'
import type { Surroundings } from '../surroundings.ts'
import { Messages, type Speaker } from '../trace/messages.ts'
import { runJobs } from './run-jobs.ts'

/**
 * Runs a command, and answers its exit code. What the engine refuses is told, and answered with curl's number.
 */
export async function runCommand(
  command: Command,
  surroundings: Surroundings,
  speaker: Speaker,
): Promise<number> {
  const { files = NODE_FILES, stderr } = surroundings
  const messages = new Messages(stderr, command, speaker)
  for (const note of command.notes) messages.note(note)
  for (const warning of command.warnings) messages.earlyWarning(warning)
  const operations: Prepared[] = []
  try {
    for (const operation of command.operations) {
      const prepared = await prepareRequest(operation, files, surroundings)
      // What an option may not hold is told once, before anything is done.
      new OptionSet(EASY_OPTIONS).assign(prepared.options)
      operations.push(prepared)
    }
  } catch (error) {
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
  return exitCode
}
