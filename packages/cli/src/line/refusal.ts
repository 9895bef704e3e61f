/**
 * `Refusal`: why a command line cannot be run, in curl's words.
 *
 * The rule: it is thrown by whoever finds out, and caught at the one place that knows which argument was read.
 */

/** A sentence with the command's name before it, or a warning. */
export interface Told {
  /** A line each. */
  readonly error?: string
  readonly warning?: string | undefined
}

/** Ends the reading of a command line. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly exitCode: number
  /** What is told before the argument is blamed. */
  readonly told: Told
  /** The message is about the argument that was read: "option -x: ...". */
  readonly blames: boolean

  private constructor(message: string, exitCode: number, told: Told, blames: boolean) {
    super(message)
    this.exitCode = exitCode
    this.told = told
    this.blames = blames
  }

  /** Something is wrong with the argument: curl's PARAM_ errors. `told`: what exactly, before that. */
  static ofArgument(message: string, told: Told = {}, exitCode = 2): Refusal {
    return new Refusal(message, exitCode, told, true)
  }

  /** The same, behind one more sentence: where it was found. `message`: what it is called from there on. */
  within(error: string | undefined, message = this.message): Refusal {
    const { error: first, warning } = this.told
    const errors = [first, error].filter((text) => text !== undefined)
    const told = errors.length === 0 ? {} : { error: errors.join('\n') }
    return new Refusal(message, this.exitCode, { ...told, warning }, this.blames)
  }

  /** The argument names a file that cannot be read. */
  static ofFile(error: string): Refusal {
    return new Refusal('error encountered when reading a file', 26, { error }, true)
  }

  /** Something is wrong with the command line as a whole. */
  static ofAll(message: string, exitCode = 2): Refusal {
    return new Refusal(message, exitCode, {}, false)
  }
}

/** curl's PARAM_OPTION_UNKNOWN. */
export const UNKNOWN = 'is unknown'

/** curl's PARAM_BAD_USE. */
export const BAD_USE = 'is badly used here'
