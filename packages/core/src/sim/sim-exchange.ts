/**
 * One request at a simulated server, and the means to answer it well or badly.
 *
 * The rule: it writes what it is told and mends nothing: a script may lie about lengths, answer twice or stop
 * half-way. Only `respond` adds what a correct server would.
 */
import type { ByteStream, Milliseconds } from '../env/environment.ts'
import type { H2ErrorName, SETTING } from '../h2/protocol.ts'
import { Fields } from '../http/fields.ts'
import type { HttpVersion, RequestHead } from '../http/message.ts'
import type { SimWebSocket, SimWebSocketOptions } from './sim-web-socket.ts'

/** Fields as scripts write them. */
export type SimHeaders =
  Readonly<Record<string, string | readonly string[]>> | Iterable<readonly [string, string]>

/** A head to send. */
export interface SimResponseHead {
  /** Default 200. */
  readonly status?: number
  readonly headers?: SimHeaders
  /** The reason phrase; default `OK` for 200, else empty. HTTP/2 has none. */
  readonly reason?: string
  /** Default 1.1; without effect over HTTP/2. */
  readonly version?: HttpVersion
}

/** A whole response to send. */
export interface SimResponse extends SimResponseHead {
  /** A string is sent as UTF-8. */
  readonly body?: string | Uint8Array
}

/** Called for each request, as soon as its head is there. May answer at once, later, or never. */
export type SimHandler = (exchange: SimExchange) => void | Promise<void>

/** What a handler gets. Once the connection is lost, all that it sends goes nowhere, without an error. */
export interface SimExchange {
  readonly request: RequestHead
  readonly connection: SimServerConnection
  /** The HTTP/2 stream; undefined over HTTP/1. */
  readonly stream: number | undefined
  /** The whole request body. Rejects when the connection, or the stream, is lost before its end. */
  body(): Promise<Uint8Array>
  /** Sends an informational response, such as 100 or 103. */
  informational(status: number, headers?: SimHeaders): void
  /**
   * Sends a whole response. Content-Length is added unless it, or Transfer-Encoding, is given; with
   * `Transfer-Encoding: chunked` the body is sent as one chunk. A response to HEAD, and 204 and 304, have no body.
   */
  respond(response?: SimResponse): void
  /** Sends a head as it is given. Go on with `write` or `chunk`, and `end`. */
  head(head: SimResponseHead): void
  /** Sends bytes of the body as they are; over HTTP/2 as DATA, as far as the windows allow. */
  write(bytes: Uint8Array | string): void
  /** Sends a chunk of a chunked body; over HTTP/2 the same as `write`. */
  chunk(bytes: Uint8Array | string): void
  /**
   * Ends the response: a chunked one with its last chunk and `trailers`; one whose head gave no length by
   * closing the connection. Then the next request on the connection is taken up. Over HTTP/2 all may have trailers.
   */
  end(trailers?: SimHeaders): void
  /**
   * Answers 101, takes the connection over and speaks WebSocket on it, whatever was asked for. Over HTTP/1 only: throws
   * over HTTP/2.
   */
  webSocket(options?: SimWebSocketOptions): SimWebSocket
  /** Breaks the exchange off: over HTTP/2 its stream, with `code` (default CANCEL); over HTTP/1 the connection. */
  reset(code?: H2ErrorName): void
  /** Resolves after `ms` of virtual time. */
  sleep(ms: Milliseconds): Promise<void>
}

/** What scripts and tests may do with an accepted connection, besides answering exchanges. */
export interface SimServerConnection {
  /** 1 for the first connection that the origin accepted. */
  readonly id: number
  /** How many requests have come on it; during a handler, the number of its own. */
  readonly exchanges: number
  /** The version of HTTP that it speaks; undefined as long as that is not known. */
  readonly protocol: 'http/1.1' | 'h2' | undefined
  /** Whether it can still say or hear something. */
  readonly isOpen: boolean
  /** Sends raw bytes, also between exchanges; a string as Latin-1. Goes nowhere when the connection is not open. */
  write(bytes: Uint8Array | string): void
  /** Ends our direction after what was written; requests are still read. */
  end(): void
  /** Closes after what was written has been sent. Whatever the client sends from now on is answered by a reset. */
  close(): void
  /** Breaks the connection: the client fails with RECV_ERROR. */
  reset(): void
  /** Stops reading, so that the client's `write` comes to answer false. */
  pause(): void
  /** Goes on reading after `pause`. */
  resume(): void
  /**
   * Ends HTTP on this connection and hands its stream out, for what follows 101 or 2xx to CONNECT: set its
   * sink, and begin with `unread`, which came behind the request.
   */
  takeOver(): { readonly stream: ByteStream; readonly unread: Uint8Array }
  /**
   * HTTP/2: says that streams above `lastStreamId` were not, and are not, acted on (default: the last one that
   * came); their scripts say nothing more from now on. The connection stays open until somebody closes it.
   */
  goaway(lastStreamId?: number, code?: H2ErrorName): void
  /** HTTP/2: announces settings, also in mid-flight. */
  settings(values: SimH2Settings): void
  /** HTTP/2: sends a PING; resolves when it is answered, rejects when the connection is lost before. */
  ping(): Promise<void>
}

/** Settings by their names in RFC 9113 6.5.2. */
export type SimH2Settings = Readonly<Partial<Record<keyof typeof SETTING, number>>>

/** A request that a simulated server has seen. */
export interface SimRequestRecord {
  readonly method: string
  readonly target: string
  readonly head: RequestHead
  /** The id of the connection that it came on. */
  readonly connection: number
  /** The HTTP/2 stream that it came on; undefined over HTTP/1. */
  readonly stream: number | undefined
  /** When its head was complete. */
  readonly at: Milliseconds
  /** Bytes of its body so far. */
  readonly bodyBytes: number
  /** The error code with which the client broke its HTTP/2 stream off. */
  readonly reset: string | undefined
}

/** Fields from what a script wrote. */
export function toFields(headers: SimHeaders = {}): Fields {
  if (Symbol.iterator in headers) return Fields.of(headers)
  return Fields.of(
    Object.entries(headers).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one) => [name, one] as const),
    ),
  )
}

/** Text as UTF-8. */
export function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body
}
