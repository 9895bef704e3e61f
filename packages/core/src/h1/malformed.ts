/** How a reader refuses what it receives: one function, so that each refusal has a code, a sentence and the phase. */
import { TransferError, type ErrorDetails } from '../errors/transfer-error.ts'
import type { TransferErrorCode } from '../tables/error-codes.ts'

/** The error of a received message, to be thrown. */
export function malformed(code: TransferErrorCode, message: string, details?: ErrorDetails): TransferError {
  return new TransferError(code, message, details, { phase: 'receive' })
}

/** A byte for a message: `0x0D`. Received text itself is not put into messages, as it may be secret. */
export function hexByte(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
