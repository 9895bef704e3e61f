/** The failures that a transfer makes itself. */
import { TransferError } from '../errors/transfer-error.ts'

export function aborted(signal: AbortSignal): TransferError {
  return new TransferError(
    'ABORTED_BY_CALLBACK',
    `the signal aborted the transfer: ${messageOf(signal.reason)}`,
    {},
    { cause: signal.reason },
  )
}

export function tooLarge(limit: number, size: number): TransferError {
  return new TransferError(
    'FILESIZE_EXCEEDED',
    `the body of ${size} bytes or more exceeds maxFilesize, ${limit}`,
    { limit, size },
    { phase: 'receive' },
  )
}

export function writeError(name: string, cause: unknown): TransferError {
  return new TransferError(
    'WRITE_ERROR',
    `${name} threw: ${messageOf(cause)}`,
    {},
    { phase: 'deliver', cause },
  )
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
