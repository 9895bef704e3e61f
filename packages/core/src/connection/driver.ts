/**
 * `Driver`: one version of HTTP over the stream of a connection; and what it asks of the connection.
 *
 * The rule: a driver knows bytes and one codec. Whose connection it is, what becomes of it, and how it says
 * goodbye is the connection's.
 */
import type { TimerQueue } from '../base/timer-queue.ts'
import type { ByteSink, ByteStream, Clock, Environment, Milliseconds } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import type { Exchange, HttpStream } from './exchange.ts'

export interface Driver extends ByteSink {
  readonly protocol: 'http/1.1' | 'h2'
  /** Exchanges that may be in flight at once; and that as far as the peer has announced it. */
  readonly capacity: number
  readonly announcedCapacity: number
  /** Whether an exchange is in flight. */
  readonly isBusy: boolean
  readonly hasPeerEnded: boolean
  /**
   * Begins an exchange. `body`: the whole of it, when it is at hand; `isWhole`: the request ends with it. Throws
   * TOO_LARGE when the server does not take so large a head; then nothing was begun.
   */
  send(exchange: Exchange, body: Uint8Array | undefined, isWhole: boolean): HttpStream
  /** Ends what is in flight, because the connection is closed from outside. */
  fail(reason: CloseReason, error: TransferError): void
  /** Writes what the protocol says before it ends. */
  sayGoodbye(): void
  /** Asks the peer for a sign of life, if there is a way to. */
  askForLife(): void
  /** The connection has ended, or is about to. */
  gone(): void
}

/** The connection, as its driver sees it. */
export interface DriverHost {
  readonly stream: ByteStream
  readonly clock: Clock
  readonly timers: TimerQueue
  /** Chance and hashes, for handshakes. */
  readonly secrets: Pick<Environment, 'random' | 'hashes'>
  /** `connection #3 to a.test:443`. */
  readonly name: string
  readonly isOpen: boolean
  /** Requests that may be in flight at once on an HTTP/1 connection. */
  readonly pipelining: number
  /** Streams that may be open at once on an HTTP/2 connection, as far as our side goes. */
  readonly maxConcurrentStreams: number
  /** How long an HTTP/2 connection may be silent before it is asked for a sign of life, and how long that may take. 0: never. */
  readonly upkeep: { readonly intervalMs: Milliseconds; readonly timeoutMs: Milliseconds }
  /** It serves nobody else from now on; what is in flight goes on. */
  retire(reason: CloseReason): void
  /** It is of no use any more, and closes: see `vanish` and `sayGoodbye`. */
  lost(reason: CloseReason): void
  /** Ends at once. */
  vanish(): void
  /** Ends our direction and waits a while for the peer's end. */
  leave(): void
  /** Gives a lease back. */
  release(close: CloseReason | undefined): void
  /** Its capacity changed. */
  roomChanged(): void
  /** How long the server said that it keeps it, the margin taken off. */
  hint(ms: Milliseconds): void
  /** The server left pipelined requests unanswered without saying that it would close. */
  refusePipelining(): void
  /** Goes on with another driver, which takes over the stream. */
  become(driver: Driver): void
}
