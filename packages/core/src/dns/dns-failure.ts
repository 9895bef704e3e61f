/** What goes wrong with DNS messages, as errors: COULDNT_RESOLVE_HOST, as libcurl has it for all of it. */
import { TransferError } from '../errors/transfer-error.ts'

/** An answer that cannot be read. */
export function malformedAnswer(why: string): TransferError {
  return new TransferError(
    'COULDNT_RESOLVE_HOST',
    `the DNS answer is malformed: ${why}`,
    { transient: true },
    { phase: 'resolve' },
  )
}
