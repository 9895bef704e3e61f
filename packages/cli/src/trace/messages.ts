/**
 * `Messages`: what the command says on standard error, in curl's manner, and what `-s`, `-S` and `-v` leave of it.
 */
import type { Writable } from 'node:stream'
import type { Command } from '../command.ts'

/** Who speaks, and how wide the terminal is. */
export interface Speaker {
  /** As the command calls itself. */
  readonly name: string
  readonly columns: number
}

/** Writes lines, or does not. */
export class Messages {
  readonly #stderr: Writable
  readonly #speaker: Speaker
  readonly #tellsErrors: boolean
  readonly #tellsWarnings: boolean
  readonly #tellsNotes: boolean

  constructor(
    stderr: Writable,
    {
      isSilent,
      showsErrors,
      isVerbose,
      trace,
    }: Pick<Command, 'isSilent' | 'showsErrors' | 'isVerbose' | 'trace'>,
    speaker: Speaker = { name: 'trunkline', columns: 79 },
  ) {
    this.#stderr = stderr
    this.#speaker = speaker
    this.#tellsErrors = !isSilent || showsErrors
    this.#tellsWarnings = !isSilent
    this.#tellsNotes = (isVerbose || trace !== undefined) && !isSilent
  }

  /** As the command calls itself. */
  get name(): string {
    return this.#speaker.name
  }

  /** Why a transfer failed. */
  error(exitCode: number, text: string): void {
    if (this.#tellsErrors) this.line(`${this.name}: (${exitCode}) ${text}`)
  }

  warning(text: string): void {
    if (this.#tellsWarnings) this.#wrapped('Warning: ', text)
  }

  /** A warning from before it was known whether any are wanted. */
  earlyWarning(text: string): void {
    this.#wrapped('Warning: ', text)
  }

  /** Worth a line to those who watch (`-v`, `--trace`). */
  note(text: string): void {
    if (this.#tellsNotes) this.#wrapped('Note: ', text)
  }

  /** Why nothing can be done, and where to read what could be. */
  useless(...texts: readonly string[]): void {
    const { name } = this
    for (const text of texts) this.line(`${name}: ${text}`)
    this.line(`${name}: try '${name} --help' or '${name} --manual' for more information`)
  }

  /** A line that is always told. */
  line(text: string): void {
    this.#stderr.write(`${text}\n`)
  }

  #wrapped(prefix: string, text: string): void {
    for (const line of wrapped(text, this.#speaker.columns - prefix.length)) this.line(prefix + line)
  }
}

/** A text in lines of no more than `width`, cut behind blanks, which stay, as curl does it. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  // curl counts bytes.
  let rest = Buffer.from(text).toString('latin1')
  while (rest.length > width) {
    let cut = width - 1
    while (cut > 0 && rest[cut] !== ' ' && rest[cut] !== '\t') cut -= 1
    if (cut === 0) cut = width - 1
    lines.push(rest.slice(0, cut + 1))
    rest = rest.slice(cut + 1)
  }
  if (rest !== '' || lines.length === 0) lines.push(rest)
  return lines.map((line) => Buffer.from(line, 'latin1').toString())
}
