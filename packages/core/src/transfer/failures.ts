/** The failures that a transfer makes itself. */
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'

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

/** For `failOnError`. */
export function statusError({ status, reason }: ResponseHead): TransferError {
  const text = `the server answered ${status} ${reason}`.trimEnd()
  return new TransferError('HTTP_RETURNED_ERROR', text, { status }, { phase: 'receive' })
}

/** In libcurl's words. */
export function refusedUpgrade({ status }: ResponseHead): TransferError {
  return new TransferError(
    'HTTP_RETURNED_ERROR',
    `Refused WebSocket upgrade: ${status}`,
    { status, upgrade: 'websocket' },
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
