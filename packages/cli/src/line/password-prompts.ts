/**
 * Which passwords a command line leaves to be asked for: `-u name` and `--proxy-user name`, in curl's words. Pure.
 *
 * The rule: everything is asked before anything is done, in the order of the command line. A name that begins with
 * ";" is login options and no name; a token (`--oauth2-bearer`) needs no password.
 */
import type { EasyOptions } from '@trunkline/core'
import { printable } from '../progress/text-width.ts'

/** One password that is missing. */
export interface PasswordPrompt {
  /** Whose: the place of its operation, from 0. */
  readonly operation: number
  readonly option: 'password' | 'proxyPassword'
  /** What is shown, without a line end. */
  readonly text: string
}

/** What is to be asked, for the options of each operation. */
export function passwordPrompts(operations: readonly EasyOptions[]): PasswordPrompt[] {
  const prompts: PasswordPrompt[] = []
  for (const [operation, options] of operations.entries()) {
    const { username, password, proxyUsername, proxyPassword, xoauth2Bearer } = options
    const where = operations.length === 1 ? '' : ` on URL #${operation + 1}`
    const ask = (option: PasswordPrompt['option'], kind: string, name: string): void => {
      // What follows ";" is login options, which are no part of the name that is shown.
      const shown = printable(/^[^;]*/.exec(name)![0])
      prompts.push({ operation, option, text: `Enter ${kind} password for user '${shown}'${where}:` })
    }
    if (isMissing(username, password) && xoauth2Bearer === undefined) ask('password', 'host', username)
    if (isMissing(proxyUsername, proxyPassword)) ask('proxyPassword', 'proxy', proxyUsername)
  }
  return prompts
}

function isMissing(name: string | undefined, password: string | undefined): name is string {
  return name !== undefined && password === undefined && !name.startsWith(';')
}
