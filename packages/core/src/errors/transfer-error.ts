/**
 * The one error class. It holds data only: a code, a phase, numbers; never a handle or a connection.
 *
 * The rule: it is thrown where the failure is known, with the numbers in its message, and is not wrapped on
 * its way up; whoever knows the phase and the thrower did not adds it once with `withPhase`.
 */
import { ERROR_CODES, type TransferErrorCode } from '../tables/error-codes.ts'

/** What the transfer was doing. */
export type Phase =
  'setup' | 'queue' | 'resolve' | 'connect' | 'proxy' | 'tls' | 'send' | 'receive' | 'deliver'

/** Plain facts beside the message; all numbers of bytes, milliseconds or counts as their names say. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>

/** Where an error comes from: the phase, and the error beneath it. */
export interface ErrorContext {
  readonly phase?: Phase
  readonly cause?: unknown
}

const NO_DETAILS: ErrorDetails = Object.freeze({})

/**
 * A failure of Trunkline: a stable `code`, libcurl's name and number, the phase, and facts.
 *
 * @example
 * ```ts
 * try {
 *   await easy.perform()
 * } catch (error) {
 *   if (isTransferError(error) && error.code === 'OPERATION_TIMEDOUT') console.log(error.details.deadline)
 *   else throw error
 * }
 * ```
 */
export class TransferError extends Error {
  override readonly name = 'TransferError'
  /** The stable name of the failure. */
  readonly code: TransferErrorCode
  /** Facts for programs: `limitMs`, `received`, `expected`, `status` and the like. */
  readonly details: ErrorDetails
  #phase: Phase | undefined

  constructor(code: TransferErrorCode, message: string, details?: ErrorDetails, context?: ErrorContext) {
    super(message, context?.cause === undefined ? undefined : { cause: context.cause })
    this.code = code
    this.details = details ?? NO_DETAILS
    this.#phase = context?.phase
  }

  /** What the transfer was doing when it failed; undefined when it had not begun. */
  get phase(): Phase | undefined {
    return this.#phase
  }

  /** libcurl's name, such as `CURLE_OPERATION_TIMEDOUT`. */
  get curlName(): string {
    return ERROR_CODES[this.code].curl
  }

  /** libcurl's number, which is also the command's exit code. */
  get curlNumber(): number {
    return ERROR_CODES[this.code].number
  }

  /** The same failure told by someone who knows more: `context` before the message, `details` beside the known ones. */
  inContext(context: string, details: ErrorDetails): TransferError {
    return new TransferError(
      this.code,
      `${context}: ${this.message}`,
      { ...details, ...this.details },
      { ...(this.#phase === undefined ? {} : { phase: this.#phase }), cause: this.cause ?? this },
    )
  }

  /** Sets the phase unless it is known already, and returns the error itself. */
  withPhase(phase: Phase): this {
    this.#phase ??= phase
    return this
  }
}

/** Whether a caught value is one of ours; true across copies of the package. */
export function isTransferError(value: unknown): value is TransferError {
  return (
    value instanceof TransferError ||
    (value instanceof Error &&
      value.name === 'TransferError' &&
      (value as { code?: unknown }).code !== undefined)
  )
}

/** Waits for `work`, and adds the phase to a failure of ours that does not know it. */
export async function inPhase<T>(phase: Phase, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isTransferError(error) ? error.withPhase(phase) : error
  }
}
