/** How the HTTP/2 codec refuses what it receives: the two kinds of RFC 9113 section 5.4. */
import { TransferError, type ErrorDetails } from '../errors/transfer-error.ts'
import type { H2ErrorName } from './protocol.ts'

/** A connection error (RFC 9113 5.4.1), to be thrown: nothing more can be read. `h2` in the details names its code. */
export function connectionError(h2: H2ErrorName, message: string, details?: ErrorDetails): TransferError {
  return new TransferError('HTTP2', message, { ...details, h2 }, { phase: 'receive' })
}

/** A stream error (RFC 9113 5.4.2): one exchange fails, and its siblings go on. */
export function streamError(h2: H2ErrorName, message: string, details?: ErrorDetails): TransferError {
  return new TransferError('HTTP2_STREAM', message, { ...details, h2 }, { phase: 'receive' })
}
