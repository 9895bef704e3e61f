/**
 * Writes what `--libcurl` asks for, when all is done.
 *
 * The rule: that it cannot be written changes nothing else, as with curl.
 */
import type { Command } from '../command.ts'
import { systemWords } from '../failure.ts'
import { PlanError } from '../line/plan-jobs.ts'
import type { Prepared } from '../line/request-options.ts'
import { NODE_FILES } from '../node-files.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Messages } from '../trace/messages.ts'
import { programOf } from './easy-program.ts'

/** "-" is standard output. */
export async function writeProgram(
  path: string,
  command: Command,
  operations: readonly Prepared[],
  { files = NODE_FILES, stdout }: Surroundings,
  messages: Messages,
): Promise<void> {
  let text: string
  try {
    text = programOf(command, operations)
  } catch (error) {
    // A glob that is none has been told of by the run.
    if (error instanceof PlanError) return
    throw error
  }
  if (path === '-') {
    stdout.write(text)
    return
  }
  await new Promise<void>((resolve) => {
    const file = files.create(path)
    file.once('error', (error) => {
      messages.warning(`Failed to open ${path} to write libcurl code: ${systemWords(error)}`)
      resolve()
    })
    file.once('close', resolve)
    file.end(text)
  })
}
