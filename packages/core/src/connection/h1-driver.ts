/**
 * `Connection`: HTTP/1 over a stream. It knows bytes and one codec, not options; it reads from its opening
 * to its end, busy or idle, so that a close or a stray byte is seen when it comes.
 *
 * The rule: per chunk there is no promise, no timer and no closure. Responses belong to requests in the
 * order in which these were sent (RFC 9112 9.3.2); bytes that nobody asked for end the connection and are
 * never delivered.
 */
import { Timer, type TimerQueue } from '../base/timer-queue.ts'
import type { ConnectTimes } from '../connect/filter.ts'
import type { ByteSink, ByteStream, Clock, TlsFacts } from '../env/environment.ts'
import { TransferError, isTransferError } from '../errors/transfer-error.ts'
import type { H1Event } from '../h1/events.ts'
import { H1Reader } from '../h1/reader.ts'
import type { Fields } from '../http/fields.ts'
import { keepAliveHint, persistence } from '../http/keep-alive.ts'
import type { Member } from '../pool/records.ts'
import type { Poolable } from '../pool/poolable.ts'
import type { Identity } from '../route/identity.ts'
import type { Route } from '../route/route.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { CLOSE_REASONS } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Exchange } from './exchange.ts'
import { SwallowedExchange } from './swallowed-exchange.ts'

/** What a connection tells the one that keeps it. */
export interface ConnectionKeeper {
  readonly clock: Clock
  readonly timers: TimerQueue
  /** Requests that may be in flight at once on one connection. */
  pipelining(): number
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
  readonly times: ConnectTimes
}

export class Connection implements Poolable, ByteSink {
  readonly identity: Identity
  readonly route: Route
  readonly tls: TlsFacts | undefined
  readonly times: ConnectTimes
  readonly stream: ByteStream
  readonly #keeper: ConnectionKeeper
  readonly #reader = new H1Reader('client')
  /** The requests not fully answered, oldest first. Nearly always one. */
  readonly #exchanges: Exchange[] = []
  #member: Member<Connection> | undefined
  #closeTimer: Timer | undefined
  /** open: in use or idle; closing: says goodbye; gone: nothing is left of it. */
  #state: 'open' | 'closing' | 'gone' = 'open'
  #isPaused = false
  #isReading = false
  #hasPeerEnded = false
  /** A byte of the head that comes next, or of what follows the final one, is here. */
  #hasBegun = false
  /** The response is complete, and the rest of its request still being sent. */
  #early: { readonly trailers: Fields | undefined } | undefined
  /** Why the response under way is the last one; undefined: more may follow. */
  #verdictOfResponse: CloseReason | undefined
  /** A complete response has shown that the server keeps HTTP/1.1 connections open. */
  #isPersistent = false

  constructor(keeper: ConnectionKeeper, parts: ConnectionParts) {
    this.#keeper = keeper
    this.identity = parts.identity
    this.route = parts.route
    this.tls = parts.tls
    this.times = parts.times
    this.stream = parts.stream
    this.stream.sink = this
  }

  get firstHop(): string {
    return this.route.firstHop
  }

  /** More than one request is sent ahead only to a server that has kept a connection open before. */
  get capacity(): number {
    return this.#isPersistent ? this.#keeper.pipelining() : 1
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** The pool's record of it, once there is one. */
  get member(): Member<Connection> | undefined {
    return this.#member
  }

  /** @internal The pool has taken it in. */
  joined(member: Member<Connection>): void {
    this.#member = member
  }

  // ---- Sending -------------------------------------------------------------------------------------

  /** Sends a request head, with the body after it if there is one at hand. Answers whether more may be written now. */
  send(exchange: Exchange, head: string, body: Uint8Array | undefined): boolean {
    this.#exchanges.push(exchange)
    this.#reader.expectResponse(exchange.method)
    const takesMore = this.stream.write(head)
    return body === undefined ? takesMore : this.stream.write(body)
  }

  /** The request of an exchange is sent to its end: a response that was complete before is now. */
  requestSent(exchange: Exchange): void {
    if (this.#early !== undefined && this.#exchanges[0] === exchange)
      this.#complete(this.#early.trailers, exchange)
  }

  /** Sends a further piece of the newest request. False: wait for `drained`. */
  write(bytes: Uint8Array | string): boolean {
    return this.stream.write(bytes)
  }

  // ---- The exchange's control ----------------------------------------------------------------------

  /** Holds back the rest of the response. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.stream.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#read()
    if (!this.#isPaused && this.#state === 'open') this.stream.resume()
  }

  /**
   * The exchange ends before its response does, and hears nothing more; its lease is the connection's to give
   * back from now on. The connection ends with it, unless answers to others come first: then this one's is
   * read and thrown away in its turn.
   */
  abandon(exchange: Exchange): void {
    const at = this.#exchanges.indexOf(exchange)
    const member = this.#member!
    if (at > 0) {
      this.#exchanges[at] = new SwallowedExchange(
        exchange,
        (close) => this.#keeper.release(member, close),
        () => this.#giveUp(),
      )
      return
    }
    if (at === 0) {
      this.#exchanges.shift()
      this.#early = undefined
      this.#giveUp()
    }
    // What had not begun to send leaves the connection as it was, and to those whose answers are on their way.
    this.#keeper.release(member, at === 0 ? 'transfer-aborted' : undefined)
  }

  #giveUp(): void {
    this.#fail(
      'transfer-aborted',
      new TransferError(
        'RECV_ERROR',
        `a transfer before this one on ${this.name} was given up`,
        {},
        { phase: 'receive' },
      ),
    )
  }

  // ---- Poolable ------------------------------------------------------------------------------------

  close(reason: CloseReason): void {
    if (this.#state !== 'open') return
    if (this.#exchanges.length > 0) {
      this.#fail(
        reason,
        new TransferError(
          'RECV_ERROR',
          `${this.name} was closed: ${CLOSE_REASONS[reason].summary}`,
          {},
          { phase: 'receive' },
        ),
      )
      return
    }
    this.#sayGoodbye()
  }

  hold(awake: boolean): void {
    this.stream.hold(awake)
  }

  /** `connection #3 to a.test:443`. */
  get name(): string {
    const { origin } = this.route
    return `connection #${this.#member?.id ?? '?'} to ${origin.host}:${origin.port}`
  }

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
    if (this.#state !== 'open') return
    if (this.#exchanges.length === 0) {
      this.#drop('unexpected-bytes')
      return
    }
    // Behind a complete response all bytes are excess, and that some came is all there is to know of them.
    if (this.#early !== undefined && this.#reader.unread > 0) return
    this.#reader.offer(view)
    this.#read()
  }

  ended(): void {
    this.#hasPeerEnded = true
    if (this.#state === 'closing') this.#vanish()
    else if (this.#state === 'open') this.#read()
  }

  failed(error: TransferError): void {
    if (this.#state === 'closing') this.#vanish()
    if (this.#state !== 'open') return
    if (this.#exchanges.length === 0) this.#drop('peer-reset')
    else this.#fail(error.code === 'SEND_ERROR' ? 'send-error' : 'receive-error', error)
  }

  drained(): void {
    this.#exchanges.at(-1)?.drained()
  }

  // ---- Reading -------------------------------------------------------------------------------------

  /** Delivers what has come until it is all delivered, somebody pauses, or the connection ends. */
  #read(): void {
    if (this.#isReading) return // Resumed from within a delivery: the loop below goes on by itself.
    this.#isReading = true
    try {
      this.#deliver()
    } catch (error) {
      if (!isTransferError(error)) throw error
      this.#fail(
        error.code === 'GOT_NOTHING' || error.code === 'PARTIAL_FILE' ? 'peer-closed' : 'protocol-error',
        error,
      )
    } finally {
      this.#isReading = false
    }
    if (this.#state === 'open') this.#reader.keep()
  }

  #deliver(): void {
    const reader = this.#reader
    let hasToldEnd = false
    while (!this.#isPaused && this.#state === 'open') {
      const exchange = this.#exchanges[0]
      if (exchange === undefined) {
        if (reader.unread > 0) this.#drop('unexpected-bytes')
        else if (this.#hasPeerEnded) this.#drop('peer-closed')
        return
      }
      if (!this.#hasBegun && reader.unread > 0) {
        this.#hasBegun = true
        exchange.began()
        continue // The first byte may have ended the transfer.
      }
      if (this.#early !== undefined) {
        if (this.#hasPeerEnded) this.#complete(this.#early.trailers, exchange)
        return
      }
      const event = reader.next()
      if (event !== undefined) this.#dispatch(event, exchange)
      else if (this.#hasPeerEnded && !hasToldEnd) {
        hasToldEnd = true
        reader.end()
      } else return
    }
  }

  #dispatch(event: H1Event, exchange: Exchange): void {
    switch (event.is) {
      case 'data':
        exchange.data(event.bytes)
        return
      case 'response': {
        const { head, framing } = event
        this.#verdictOfResponse = this.#judge(event, exchange)
        exchange.response(head, framing, this.#reader.headBytes)
        return
      }
      case 'informational':
        this.#hasBegun = false
        exchange.informational(event.head, this.#reader.headBytes)
        return
      case 'end':
        this.#complete(event.trailers, exchange)
        return
      case 'request':
        throw new Error('This is a bug in Trunkline: a request came from a server')
    }
  }

  /** Why this response is the last one on the connection, by its head. */
  #judge(event: Extract<H1Event, { is: 'response' }>, exchange: Exchange): CloseReason | undefined {
    const { head, framing } = event
    if (head.status === 101) return 'upgraded'
    if (framing.is === 'until-close') return 'body-until-close'
    if (event.suspicious !== undefined) return 'suspicious-framing'
    const kept = persistence(head, exchange.asksToClose)
    if (!kept.keep)
      return kept.why === 'http-1.0' ? 'http-1.0' : exchange.asksToClose ? 'client-close' : 'server-close'
    const { timeoutMs, max } = keepAliveHint(head.fields)
    if (max === 0) return 'server-close'
    const member = this.#member
    // For short times half is a safer margin than a whole second.
    if (member !== undefined && timeoutMs !== undefined)
      member.hintMs = Math.max(timeoutMs - LIMITS.keepAliveMarginMs, timeoutMs / 2)
    return undefined
  }

  #complete(trailers: Fields | undefined, exchange: Exchange): void {
    if (exchange.goesOnSending && !this.#hasPeerEnded) {
      this.#early = { trailers }
      return
    }
    this.#early = undefined
    this.#exchanges.shift()
    this.#hasBegun = false
    const close = this.#verdictOfResponse ?? this.#unfitNow(exchange)
    if (close !== undefined) {
      this.#retire(close, trailers, exchange)
      return
    }
    if (!this.#isPersistent && this.#member !== undefined) {
      this.#isPersistent = true
      if (this.#keeper.pipelining() > 1) this.#keeper.roomChanged(this.#member)
    }
    exchange.complete(trailers, undefined)
  }

  /** Why the connection cannot serve anyone else, now that the response is complete. */
  #unfitNow(exchange: Exchange): CloseReason | undefined {
    if (!exchange.isSent) return 'request-unfinished'
    if (this.#exchanges.length === 0 && this.#reader.unread > 0) return 'excess-bytes'
    return this.#hasPeerEnded ? 'peer-closed' : undefined
  }

  /** The last response is complete; requests sent after it will not be answered (RFC 9112 9.3.2). */
  #retire(reason: CloseReason, trailers: Fields | undefined, exchange: Exchange): void {
    const unanswered = this.#exchanges.splice(0)
    if (this.#member !== undefined) this.#keeper.lost(this.#member, reason)
    this.#sayGoodbye()
    exchange.complete(trailers, reason)
    for (const other of unanswered) {
      other.failed(
        new TransferError(
          'GOT_NOTHING',
          `${this.name} was closed before this request was answered: ${CLOSE_REASONS[reason].summary}`,
          // RFC 9112 9.6: a server that says close must not act on what comes after.
          { unsent: reason === 'server-close' },
          { phase: 'receive' },
        ),
      )
    }
  }

  // ---- The end -------------------------------------------------------------------------------------

  /** Ends an idle connection at once. */
  #drop(reason: CloseReason): void {
    if (this.#member !== undefined) this.#keeper.lost(this.#member, reason)
    this.#vanish()
  }

  /** Ends a busy connection at once; what was in flight fails, in order. */
  #fail(reason: CloseReason, error: TransferError): void {
    if (this.#state !== 'open') return
    const failed = this.#exchanges.splice(0)
    const early = this.#early
    this.#early = undefined
    if (this.#member !== undefined) {
      if (failed.length > 1 && CLOSE_REASONS[reason].dead) this.#keeper.refusePipelining(this.#member)
      this.#keeper.lost(this.#member, reason)
    }
    this.#vanish()
    // A response that had come whole is whole, though the rest of its request got nowhere.
    if (early !== undefined) failed.shift()?.complete(early.trailers, 'request-unfinished')
    for (const exchange of failed) exchange.failed(error)
  }

  /** Ends our direction and waits a while for the peer's end, so that TLS closes cleanly and no reset eats data. */
  #sayGoodbye(): void {
    this.#state = 'closing'
    this.#keeper.closing(this)
    this.stream.hold(false)
    if (this.#isPaused) this.stream.resume()
    this.stream.end()
    if (this.#hasPeerEnded) {
      this.#vanish()
      return
    }
    this.#closeTimer = new Timer(() => this.#vanish())
    this.#keeper.timers.set(this.#closeTimer, this.#keeper.clock.now() + LIMITS.shutdownMs)
  }

  /** Ends a goodbye that takes its time: its place is needed. */
  cutShort(): void {
    if (this.#state === 'closing') this.#vanish()
  }

  #vanish(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    if (this.#closeTimer !== undefined) this.#keeper.timers.clear(this.#closeTimer)
    this.stream.abort()
    this.#keeper.gone(this)
  }
}
