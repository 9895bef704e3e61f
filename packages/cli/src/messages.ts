/** `Messages`: what the command says on standard error, and what `-s` and `-S` leave of it. */
import type { Writable } from 'node:stream'
import type { Command } from './command.ts'

/** Writes lines, or does not. */
export class Messages {
  readonly #stderr: Writable
  readonly #tellsErrors: boolean
  readonly #tellsWarnings: boolean

  constructor(stderr: Writable, { isSilent, showsErrors }: Pick<Command, 'isSilent' | 'showsErrors'>) {
    this.#stderr = stderr
    this.#tellsErrors = !isSilent || showsErrors
    this.#tellsWarnings = !isSilent
  }

  /** Why a transfer failed. */
  error(exitCode: number, text: string): void {
    if (this.#tellsErrors) this.line(`trunkline: (${exitCode}) ${text}`)
  }

  warning(text: string): void {
    if (this.#tellsWarnings) this.line(`Warning: ${text}`)
  }

  /** A line that is always told. */
  line(text: string): void {
    this.#stderr.write(`${text}\n`)
  }
}
