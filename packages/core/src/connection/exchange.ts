/**
 * `Exchange`: one request and its response in flight, as a connection sees it; and `HttpStream`: the
 * connection, as the one who made the request sees it.
 */
import type { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import type { OutgoingRequest } from './outgoing-request.ts'

/** Who made the request. Calls come from the connection's read loop, one at a time. */
export interface Exchange {
  readonly request: OutgoingRequest
  /** Whether the body waits for `100 Continue`. */
  readonly isExpecting: boolean
  /** Whether the whole request has been handed to the connection. */
  readonly isSent: boolean
  /** Whether the rest of the request is still being sent, so that a complete response waits for it. */
  readonly goesOnSending: boolean
  /** The first byte of a head is here: of each informational one, and of the final one. */
  began(): void
  /** `headBytes`: bytes of all heads of this response so far, over HTTP/2 as if they were HTTP/1. */
  informational(head: ResponseHead, headBytes: number): void
  /** What there is of a head whose rest was refused or never came; `failed` follows, unless this ends the exchange. */
  cut(head: ResponseHead): void
  /** `length`: bytes of the body; undefined: not known before its end; Infinity: only a close ends it. */
  response(head: ResponseHead, length: number | undefined, headBytes: number): void
  /** A piece of the body, valid during the call only. */
  data(bytes: Uint8Array): void
  /** The response is complete. `close`: why the connection serves nobody else; undefined: it is free. */
  complete(trailers: Fields | undefined, close: CloseReason | undefined): void
  /** The exchange failed. `close`: why its connection is closed; undefined: the connection goes on. */
  failed(error: TransferError, close: CloseReason | undefined): void
  /** More of the request may be written. */
  drained(): void
  /** The server took up HTTP/2 in its answer (RFC 7540 3.2): the exchange goes on there. */
  moved(to: HttpStream): void
  /**
   * The connection speaks no HTTP from here on (101, `connectOnly`): bytes go by `to`, and come by `data`; after 101
   * its head comes by `response` next.
   */
  switched(to: RawStream): void
  /** After `switched`: the peer has ended its direction; ours goes on until `finish`. */
  ended(): void
  /** After `switched`: the stream is resumed; what was held back goes first. */
  resumed(): void
}

/** What the maker of a request does about it, once `Connection.send` has begun it. */
export interface HttpStream {
  /** The stream id; undefined over HTTP/1. */
  readonly id: number | undefined
  /** Bytes of the request head; over HTTP/2 as if it were HTTP/1. */
  readonly headBytes: number
  /** Sends a piece of the body, which must stay unchanged until it is sent. False: wait for `drained`. */
  write(bytes: Uint8Array): boolean
  /** The request is sent to its end. `trailers`: they follow the body, which was sent in chunks. */
  end(exchange: Exchange, trailers?: Fields): void
  /** Holds back the rest of the response. */
  pause(): void
  resume(): void
  /**
   * The exchange ends before its response does, and hears nothing more; its lease is the connection's to give
   * back from now on.
   */
  abandon(exchange: Exchange): void
  /** Changes the priority (RFC 9218); nothing over HTTP/1. */
  reprioritize(value: string): void
}

/** A connection without HTTP. `end` ends our direction; `write` goes nowhere once that, or the whole, has ended. */
export interface RawStream extends HttpStream {
  /** A string is written as Latin-1. */
  write(bytes: Uint8Array | string): boolean
  /**
   * The exchange is done with it, well or with `error`, and hears so before this returns. What was written is sent,
   * and the connection says goodbye.
   */
  finish(exchange: Exchange, error?: TransferError): void
}
