/**
 * `SimSpeaker`: one version of HTTP on an accepted connection of a simulated server; and `SimSpeakerHost`: what
 * it asks of that connection.
 */
import type { ByteSink, Cancelable, Clock, Milliseconds } from '../env/environment.ts'
import type { RequestHead } from '../http/message.ts'
import type { SimExchange, SimServerConnection } from './sim-exchange.ts'

/** When a simulated server closes connections. */
export interface SimKeepAlive {
  /** Close a connection that has been idle for so long; over HTTP/2 with GOAWAY. Default: never. */
  readonly idleMs?: Milliseconds
  /** Close after so many requests, with `Connection: close` in the last response, or GOAWAY. Default: never. */
  readonly requests?: number
}

/** How a simulated origin speaks HTTP/2. */
export interface SimH2Options {
  /**
   * Streams that a client may have open; more are refused with REFUSED_STREAM. When it is lowered later, by
   * `settings`, what is on its way by the old one is still served. Default: no limit.
   */
  readonly maxConcurrentStreams?: number
  /** Whether a clear connection goes on in HTTP/2 when a request asks for it (`Upgrade: h2c`). Default true. */
  readonly upgrade?: boolean
}

/** What speaks HTTP on a connection: its sink, and what the connection asks of it. */
export interface SimSpeaker extends ByteSink {
  readonly protocol: 'http/1.1' | 'h2'
  /** Hands over what waits to be written. */
  flush(): void
  /** The connection is lost, or handed out. */
  gone(): void
  /** What came and was not read, for the protocol that follows. */
  takeRest(): Uint8Array
}

/** A request that has begun: its record, which grows, and the wait for its response. */
export interface SimBegun {
  readonly record: { bodyBytes: number; reset: string | undefined }
  readonly wait: Cancelable
}

/** The connection, as its speaker sees it. */
export interface SimSpeakerHost extends SimServerConnection {
  readonly clock: Clock
  readonly keepAlive: SimKeepAlive
  readonly http2: SimH2Options | undefined
  /** Whether HTTP goes on; false once the stream was handed out. */
  readonly isServing: boolean
  /** Writes behind what was flushed. */
  send(bytes: Uint8Array | string): void
  /** Notes a request whose head is complete. */
  begin(head: RequestHead, stream: number | undefined): SimBegun
  /** Lets the script answer. `isLost`: nobody hears it any more; default: the connection is not open. */
  run(exchange: SimExchange, isLost?: () => boolean): void
  /** The client broke the protocol. */
  brokenBy(what: string, cause: unknown): void
  /** One line for the trace. */
  note(what: string): void
  /** Whether a request goes on in HTTP/2 (RFC 7540 3.2). */
  takesUpgrade(head: RequestHead): boolean
  /** Goes on in HTTP/2; the response to `head` comes on stream 1. */
  upgrade(head: RequestHead, body: Uint8Array): void
  /** Nothing is under way: closes after a while, if the server is one that does. */
  waitIdle(): void
  stopIdle(): void
  /** The connection failed. */
  failed(): void
}
