/** `Exchange`: one request and its response in flight, as a connection sees it. */
import type { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { BodyFraming } from '../http/framing.ts'
import type { ResponseHead } from '../http/message.ts'
import type { CloseReason } from '../tables/close-reasons.ts'

/** Who made the request. Calls come from the connection's read loop, one at a time. */
export interface Exchange {
  readonly method: string
  /** Whether the request said `Connection: close`. */
  readonly asksToClose: boolean
  /** Whether the whole request has been handed to the connection. */
  readonly isSent: boolean
  /** Whether the rest of the request is still being sent, so that a complete response waits for it. */
  readonly goesOnSending: boolean
  /** The first byte of a head is here: of each informational one, and of the final one. */
  began(): void
  /** `headBytes`: bytes of all heads of this response so far. */
  informational(head: ResponseHead, headBytes: number): void
  response(head: ResponseHead, framing: BodyFraming, headBytes: number): void
  /** A piece of the body, valid during the call only. */
  data(bytes: Uint8Array): void
  /** The response is complete. `close`: why the connection serves nobody else; undefined: it is free. */
  complete(trailers: Fields | undefined, close: CloseReason | undefined): void
  /** The exchange failed, and its connection is closed. */
  failed(error: TransferError): void
  /** More of the request may be written. */
  drained(): void
}
