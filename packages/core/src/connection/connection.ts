/**
 * `Connection`: one open stream to an origin, the driver that speaks HTTP on it, and its life: open, closing,
 * gone.
 *
 * The rule: the driver of what ALPN chose is the stream's sink, so that no call stands between them; what is
 * the same for all versions of HTTP stands here, once.
 */
import type { AuthHolder } from '../auth/auth-round.ts'
import { Timer, type TimerQueue } from '../base/timer-queue.ts'
import type { ConnectTimes } from '../connect/filter.ts'
import type { ByteSink, ByteStream, Clock, Environment, Milliseconds, TlsFacts } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import type { Member } from '../pool/records.ts'
import type { Poolable } from '../pool/poolable.ts'
import type { Identity } from '../route/identity.ts'
import type { Route } from '../route/route.ts'
import { CLOSE_REASONS, type CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Driver, DriverHost } from './driver.ts'
import type { Exchange, HttpStream } from './exchange.ts'
import { H1Driver } from './h1-driver.ts'
import { beginH2 } from './h2-driver.ts'
import { RawDriver } from './raw-driver.ts'

/** What a connection tells the one that keeps it. */
export interface ConnectionKeeper {
  readonly clock: Clock
  readonly timers: TimerQueue
  readonly environment: Environment
  /** Requests that may be in flight at once on one HTTP/1 connection. */
  pipelining(): number
  /** Streams that may be open at once on one HTTP/2 connection. */
  maxConcurrentStreams(): number
  /** How long an HTTP/2 connection may be silent before it is asked for a sign of life, and how long that may take. 0: never. */
  upkeep(): { readonly intervalMs: Milliseconds; readonly timeoutMs: Milliseconds }
  /** It takes no more, and closes when what is in flight is done. */
  retired(member: Member<Connection>, reason: CloseReason): void
  /** It is of no use any more, and closes itself. */
  lost(member: Member<Connection>, reason: CloseReason): void
  /** Gives a lease back. */
  release(member: Member<Connection>, reason: CloseReason | undefined): void
  /** Its capacity changed. */
  roomChanged(member: Member<Connection>): void
  /** The server left pipelined requests unanswered without saying that it would close. */
  refusePipelining(member: Member<Connection>): void
  /** It says goodbye: the stream is still open, for LIMITS.shutdownMs at most. */
  closing(connection: Connection): void
  /** A graceful close has come to its end. */
  gone(connection: Connection): void
}

export interface ConnectionParts {
  readonly route: Route
  readonly identity: Identity
  readonly stream: ByteStream
  readonly tls: TlsFacts | undefined
  readonly proxyTls: TlsFacts | undefined
  readonly times: ConnectTimes
  /** A proxy's answers to CONNECT, when it is a tunnel. */
  readonly connectHeads: readonly ResponseHead[]
  /** HTTP/2 without asking, in clear text (RFC 9113 3.3). */
  readonly priorKnowledge: boolean
  /** No HTTP at all: it is handed over as it is. */
  readonly connectOnly: boolean
}

export class Connection implements Poolable, DriverHost {
  readonly identity: Identity
  readonly route: Route
  readonly tls: TlsFacts | undefined
  readonly proxyTls: TlsFacts | undefined
  readonly times: ConnectTimes
  readonly connectHeads: readonly ResponseHead[]
  readonly stream: ByteStream
  #handshakes: AuthHolder['handshakes'] | undefined
  /** The last response that came by it was one of HTTP/1.0. */
  answersOld = false
  readonly #keeper: ConnectionKeeper
  #driver: Driver
  #member: Member<Connection> | undefined
  #closeTimer: Timer | undefined
  /** open: in use or idle; closing: says goodbye; gone: nothing is left of it. */
  #state: 'open' | 'closing' | 'gone' = 'open'

  constructor(keeper: ConnectionKeeper, parts: ConnectionParts) {
    this.#keeper = keeper
    this.identity = parts.identity
    this.route = parts.route
    this.tls = parts.tls
    this.proxyTls = parts.proxyTls
    this.connectHeads = parts.connectHeads.length === 0 ? NO_HEADS : parts.connectHeads
    this.times = parts.times
    this.stream = parts.stream
    const speaksH2 = parts.tls === undefined ? parts.priorKnowledge : parts.tls.alpn === 'h2'
    this.#driver = parts.connectOnly ? RawDriver.waiting(this) : speaksH2 ? beginH2(this) : new H1Driver(this)
    this.stream.sink = this.#driver
  }

  /** What authenticates the connection itself (NTLM, Negotiate), or has. */
  get handshakes(): AuthHolder['handshakes'] {
    return (this.#handshakes ??= {})
  }

  get protocol(): 'http/1.1' | 'h2' {
    return this.#driver.protocol
  }

  get firstHop(): string {
    return this.route.firstHop
  }

  get capacity(): number {
    return this.#driver.capacity
  }

  get announcedCapacity(): number {
    return this.#driver.announcedCapacity
  }

  get isMultiplexed(): boolean {
    return this.#driver.protocol === 'h2'
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** The pool's record of it, once there is one. */
  get member(): Member<Connection> | undefined {
    return this.#member
  }

  /** `connection #3 to a.test:443`. */
  get name(): string {
    const { origin } = this.route
    return `connection #${this.#member?.id ?? '?'} to ${origin.host}:${origin.port}`
  }

  /** @internal The pool has taken it in. */
  joined(member: Member<Connection>): void {
    this.#member = member
  }

  /** Begins an exchange. `body`: all of it, when it is at hand; then, as without a body, the request is sent. */
  send(exchange: Exchange, body: Uint8Array | undefined, isWhole: boolean): HttpStream {
    return this.#driver.send(exchange, body, isWhole)
  }

  /** Asks the peer for a sign of life, if the protocol has one; without an answer in time the connection is given up. */
  askForLife(): void {
    this.#driver.askForLife()
  }

  // ---- Poolable ------------------------------------------------------------------------------------

  close(reason: CloseReason): void {
    if (this.#state !== 'open') return
    if (!this.#driver.isBusy) {
      this.leave()
      return
    }
    const text = `${this.name} was closed: ${CLOSE_REASONS[reason].summary}`
    this.#driver.fail(reason, new TransferError('RECV_ERROR', text, {}, { phase: 'receive' }))
  }

  hold(awake: boolean): void {
    this.stream.hold(awake)
  }

  // ---- DriverHost ----------------------------------------------------------------------------------

  /** @internal */
  get clock(): Clock {
    return this.#keeper.clock
  }

  /** @internal */
  get timers(): TimerQueue {
    return this.#keeper.timers
  }

  /** @internal */
  get secrets(): Environment {
    return this.#keeper.environment
  }

  /** @internal */
  get pipelining(): number {
    return this.#keeper.pipelining()
  }

  /** @internal */
  get maxConcurrentStreams(): number {
    return this.#keeper.maxConcurrentStreams()
  }

  /** @internal */
  get upkeep(): { readonly intervalMs: Milliseconds; readonly timeoutMs: Milliseconds } {
    return this.#keeper.upkeep()
  }

  /** @internal */
  retire(reason: CloseReason): void {
    if (this.#member !== undefined) this.#keeper.retired(this.#member, reason)
  }

  /** @internal */
  lost(reason: CloseReason): void {
    if (this.#member !== undefined) this.#keeper.lost(this.#member, reason)
  }

  /** @internal */
  release(close: CloseReason | undefined): void {
    this.#keeper.release(this.#member!, close)
  }

  /** @internal */
  roomChanged(): void {
    if (this.#member !== undefined) this.#keeper.roomChanged(this.#member)
  }

  /** @internal */
  hint(ms: Milliseconds): void {
    if (this.#member !== undefined) this.#member.hintMs = ms
  }

  /** @internal */
  refusePipelining(): void {
    if (this.#member !== undefined) this.#keeper.refusePipelining(this.#member)
  }

  /** @internal */
  become(driver: Driver): void {
    this.#driver = driver
    this.stream.sink = driver
  }

  /** @internal Ends our direction and waits a while for the peer's end, so that TLS closes cleanly and no reset eats data. */
  leave(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#keeper.closing(this)
    this.stream.hold(false)
    this.#driver.sayGoodbye()
    this.#driver.gone()
    this.stream.sink = new Farewell(() => this.vanish())
    this.stream.end()
    if (this.#driver.hasPeerEnded) {
      this.vanish()
      return
    }
    this.#closeTimer = new Timer(() => this.vanish())
    this.timers.set(this.#closeTimer, this.clock.now() + LIMITS.shutdownMs)
  }

  /** Ends a goodbye that takes its time: its place is needed. */
  cutShort(): void {
    if (this.#state === 'closing') this.vanish()
  }

  /** @internal */
  vanish(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#driver.gone()
    if (this.#closeTimer !== undefined) this.timers.clear(this.#closeTimer)
    this.stream.abort()
    this.#keeper.gone(this)
  }
}

/** What listens while a connection says goodbye. */
class Farewell implements ByteSink {
  readonly #over: () => void

  constructor(over: () => void) {
    this.#over = over
  }

  bytes(): void {}
  drained(): void {}

  ended(): void {
    this.#over()
  }

  failed(): void {
    this.#over()
  }
}

const NO_HEADS: readonly ResponseHead[] = []
