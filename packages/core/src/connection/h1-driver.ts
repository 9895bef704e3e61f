/**
 * `H1Driver`: HTTP/1 over the stream of a connection. It reads from the opening to the end, busy or idle, so
 * that a close or a stray byte is seen when it comes.
 *
 * The rule: per chunk there is no promise, no timer and no closure. Responses belong to requests in the
 * order in which these were sent (RFC 9112 9.3.2); bytes that nobody asked for end the connection and are
 * never delivered.
 */
import { TransferError, isTransferError } from '../errors/transfer-error.ts'
import { chunkHead, CHUNK_TAIL, lastChunk } from '../h1/body-writer.ts'
import type { H1Event } from '../h1/events.ts'
import { H1Reader } from '../h1/reader.ts'
import type { Fields } from '../http/fields.ts'
import type { BodyFraming } from '../http/framing.ts'
import type { ResponseHead } from '../http/message.ts'
import { keepAliveHint, persistence } from '../http/keep-alive.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { CLOSE_REASONS } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import { checkUpgrade, KEY_BYTES, makeKey } from '../websocket/handshake.ts'
import type { Driver, DriverHost } from './driver.ts'
import type { Exchange, HttpStream } from './exchange.ts'
import { upgradeToH2 } from './h2-driver.ts'
import { switchToRaw } from './raw-driver.ts'
import { SwallowedExchange } from './swallowed-exchange.ts'

/** As the stream of an exchange it speaks for the newest one: only whole requests are sent ahead of others. */
export class H1Driver implements Driver, HttpStream {
  readonly protocol = 'http/1.1'
  readonly id = undefined
  readonly #host: DriverHost
  readonly #reader = new H1Reader('client')
  /** The requests not fully answered, oldest first. Nearly always one. */
  readonly #exchanges: Exchange[] = []
  #headBytes = 0
  #served = 0
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
  /** What the request under way asks for a WebSocket with: no other may come behind it. */
  #webSocketKey: string | undefined

  constructor(host: DriverHost) {
    this.#host = host
  }

  /** More than one request is sent ahead only to a server that has kept a connection open before. */
  get capacity(): number {
    return this.#isPersistent && this.#webSocketKey === undefined ? this.#host.pipelining : 1
  }

  get announcedCapacity(): number {
    return 1
  }

  get hasPeerEnded(): boolean {
    return this.#hasPeerEnded
  }

  get isBusy(): boolean {
    return this.#exchanges.length > 0
  }

  /** Bytes of the head sent last. */
  get headBytes(): number {
    return this.#headBytes
  }

  // ---- Sending -------------------------------------------------------------------------------------

  send(exchange: Exchange, body: Uint8Array | undefined): HttpStream {
    const { request } = exchange
    this.#exchanges.push(exchange)
    this.#served += 1
    this.#reader.expectResponse(request.method, request.reading)
    const { stream } = this.#host
    const head = request.asksForWebSocket
      ? request.webSocketText(this.#newKey())
      : exchange.isExpecting
        ? request.expectingText
        : request.offersUpgrade && this.#served === 1
          ? request.upgradingText
          : request.text
    this.#headBytes = head.length
    stream.write(head)
    if (body !== undefined) stream.write(body)
    return this
  }

  #newKey(): string {
    return (this.#webSocketKey = makeKey(this.#host.secrets.random.bytes(KEY_BYTES)))
  }

  write(bytes: Uint8Array): boolean {
    const { stream } = this.#host
    if (this.#exchanges.at(-1)?.request.isChunked !== true) return stream.write(bytes)
    stream.write(chunkHead(bytes.length))
    stream.write(bytes)
    return stream.write(CHUNK_TAIL)
  }

  /** A response that was complete before is now. */
  end(exchange: Exchange, trailers?: Fields): void {
    if (exchange.request.isChunked) this.#host.stream.write(lastChunk(trailers))
    if (this.#early !== undefined && this.#exchanges[0] === exchange)
      this.#complete(this.#early.trailers, exchange)
  }

  reprioritize(): void {}
  askForLife(): void {}
  gone(): void {}

  // ---- The exchange's control ----------------------------------------------------------------------

  /** Holds back the rest of the response. */
  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#host.stream.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#read()
    if (!this.#isPaused && this.#host.isOpen) this.#host.stream.resume()
  }

  /**
   * The connection ends with the exchange, unless answers to others come first: then this one's is read and
   * thrown away in its turn.
   */
  abandon(exchange: Exchange): void {
    const at = this.#exchanges.indexOf(exchange)
    if (at > 0) {
      this.#exchanges[at] = new SwallowedExchange(
        exchange,
        (close) => this.#host.release(close),
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
    this.#host.release(at === 0 ? 'transfer-aborted' : undefined)
  }

  #giveUp(): void {
    this.fail(
      'transfer-aborted',
      new TransferError(
        'RECV_ERROR',
        `a transfer before this one on ${this.#host.name} was given up`,
        {},
        { phase: 'receive' },
      ),
    )
  }

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
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
    this.#read()
  }

  failed(error: TransferError): void {
    if (this.#exchanges.length === 0) this.#drop('peer-reset')
    else {
      this.#tellCut()
      this.fail(error.code === 'SEND_ERROR' ? 'send-error' : 'receive-error', error)
    }
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
      this.#tellCut()
      this.fail(
        error.code === 'GOT_NOTHING' || error.code === 'PARTIAL_FILE' ? 'peer-closed' : 'protocol-error',
        error,
      )
    } finally {
      this.#isReading = false
    }
    if (this.#host.isOpen) this.#reader.keep()
  }

  /** The sound lines of a head that is lost are shown, as curl shows each as it comes. */
  #tellCut(): void {
    const { cutHead } = this.#reader
    if (cutHead !== undefined) this.#exchanges[0]?.cut(cutHead)
  }

  #deliver(): void {
    const reader = this.#reader
    let hasToldEnd = false
    while (!this.#isPaused && this.#host.isOpen) {
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
        if (head.status === 101 && exchange.request.offersUpgrade && this.#served === 1) {
          this.#upgrade(exchange)
          return
        }
        if (head.status === 101 && exchange.request.asksForWebSocket) {
          this.#switch(exchange, head)
          return
        }
        this.#verdictOfResponse = this.#judge(event, exchange)
        exchange.response(head, lengthOf(framing), this.#reader.headBytes)
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
    const { asksToClose } = exchange.request
    const kept = persistence(head, asksToClose)
    if (!kept.keep)
      return kept.why === 'http-1.0' ? 'http-1.0' : asksToClose ? 'client-close' : 'server-close'
    const { timeoutMs, max } = keepAliveHint(head.fields)
    if (max === 0) return 'server-close'
    // For short times half is a safer margin than a whole second.
    if (timeoutMs !== undefined)
      this.#host.hint(Math.max(timeoutMs - LIMITS.keepAliveMarginMs, timeoutMs / 2))
    return undefined
  }

  /** The server goes on in HTTP/2, and answers there (RFC 7540 3.2). */
  #upgrade(exchange: Exchange): void {
    this.#exchanges.shift()
    upgradeToH2(this.#host, exchange, this.#reader.takeRest())
  }

  /** The server goes on by WebSocket, or with what is none. */
  #switch(exchange: Exchange, head: ResponseHead): void {
    const { hashes } = this.#host.secrets
    checkUpgrade(exchange.request.head, head, this.#webSocketKey!, (bytes) => hashes.digest('sha1', bytes))
    this.#exchanges.shift()
    const { headBytes } = this.#reader
    switchToRaw(this.#host, exchange, { head, headBytes, rest: this.#reader.takeRest() })
  }

  #complete(trailers: Fields | undefined, exchange: Exchange): void {
    if (exchange.goesOnSending && !this.#hasPeerEnded) {
      this.#early = { trailers }
      return
    }
    this.#early = undefined
    this.#exchanges.shift()
    this.#hasBegun = false
    this.#webSocketKey = undefined
    const close = this.#verdictOfResponse ?? this.#unfitNow(exchange)
    if (close !== undefined) {
      this.#retire(close, trailers, exchange)
      return
    }
    if (!this.#isPersistent) {
      this.#isPersistent = true
      if (this.#host.pipelining > 1) this.#host.roomChanged()
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
    this.#host.lost(reason)
    this.#host.leave()
    exchange.complete(trailers, reason)
    for (const other of unanswered) {
      other.failed(
        new TransferError(
          'GOT_NOTHING',
          `${this.#host.name} was closed before this request was answered: ${CLOSE_REASONS[reason].summary}`,
          // RFC 9112 9.6: a server that says close must not act on what comes after.
          { unsent: reason === 'server-close' },
          { phase: 'receive' },
        ),
        reason,
      )
    }
  }

  // ---- The end -------------------------------------------------------------------------------------

  /** Ends an idle connection at once. */
  #drop(reason: CloseReason): void {
    this.#host.lost(reason)
    this.#host.vanish()
  }

  /** Ends a busy connection at once; what was in flight fails, in order. */
  fail(reason: CloseReason, error: TransferError): void {
    if (!this.#host.isOpen) return
    const failed = this.#exchanges.splice(0)
    const early = this.#early
    this.#early = undefined
    if (failed.length > 1 && CLOSE_REASONS[reason].dead) this.#host.refusePipelining()
    this.#host.lost(reason)
    this.#host.vanish()
    // A response that had come whole is whole, though the rest of its request got nowhere.
    if (early !== undefined) failed.shift()?.complete(early.trailers, 'request-unfinished')
    for (const exchange of failed) exchange.failed(error, reason)
  }

  /** HTTP/1 has no words for it. */
  sayGoodbye(): void {
    if (this.#isPaused) this.#host.stream.resume()
  }
}

/** As `Exchange.response` has it. */
function lengthOf(framing: BodyFraming): number | undefined {
  switch (framing.is) {
    case 'none':
      return 0
    case 'length':
      return framing.bytes
    case 'chunked':
      return undefined
    case 'until-close':
      return Infinity
  }
}
