/** The failures of a peer that breaks RFC 6455, each with the close code that tells it so. */
import { TransferError, type ErrorDetails } from '../errors/transfer-error.ts'
import { CLOSE_CODE } from './protocol.ts'

/** WEIRD_SERVER_REPLY, or TOO_LARGE for `tooBig`; `details.closeCode` is for the close frame. */
export function violation(
  why: 'protocolError' | 'invalidData' | 'tooBig',
  message: string,
  details: ErrorDetails = {},
): TransferError {
  const code = why === 'tooBig' ? 'TOO_LARGE' : 'WEIRD_SERVER_REPLY'
  return new TransferError(code, message, { closeCode: CLOSE_CODE[why], ...details }, { phase: 'receive' })
}

/** The close code of a failure; undefined for one that is not the peer's fault. */
export function closeCodeOf({ details }: TransferError): number | undefined {
  const { closeCode } = details
  return typeof closeCode === 'number' ? closeCode : undefined
}
