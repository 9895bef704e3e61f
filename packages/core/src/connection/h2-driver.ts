/**
 * `H2Driver`: HTTP/2 over the stream of a connection: a lane for each exchange, and what keeps the whole alive.
 *
 * The rule: what is to be sent in one turn is written at once: requests of many handles, window updates and
 * acknowledgements go out as one run of bytes. A failure of one lane leaves the others alone.
 */
import { Timer } from '../base/timer-queue.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { trailerList } from '../h2/messages.ts'
import { H2Session, type H2Listener } from '../h2/session.ts'
import type { H2Stream } from '../h2/h2-stream.ts'
import type { Fields } from '../http/fields.ts'
import type { ResponseHead } from '../http/message.ts'
import type { Milliseconds } from '../env/environment.ts'
import { CLOSE_REASONS, type CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Driver, DriverHost } from './driver.ts'
import type { Exchange, HttpStream } from './exchange.ts'

/** Speaks HTTP/2 from the start: ALPN chose it, or it is known. */
export function beginH2(host: DriverHost): Driver {
  const driver = new H2Driver(host)
  driver.begin()
  return driver
}

/** Goes on in HTTP/2 after 101; the response to `exchange` comes on stream 1, `rest` came behind the 101. */
export function upgradeToH2(host: DriverHost, exchange: Exchange, rest: Uint8Array): void {
  const driver = new H2Driver(host)
  host.become(driver)
  driver.begin()
  exchange.moved(driver.adopt(exchange))
  if (rest.length > 0) driver.bytes(rest)
  host.roomChanged()
}

class H2Driver implements Driver, H2Listener<Lane> {
  readonly protocol = 'h2'
  readonly #host: DriverHost
  readonly #session = new H2Session<Lane>({ role: 'client' }, this)
  readonly #upkeep = new Timer(() => this.#lookAfter())
  #hasSettings = false
  #hasPeerEnded = false
  #isReceiving = false
  #isFlushDue = false
  #isBroken = false
  /** What the server said when it went away because of an error. */
  #farewell: TransferError | undefined
  readonly #grace = new Timer(() => this.#endGrace())
  /** Streams up to this id have left for the socket. */
  #flushedId = 0
  #newestId = 0
  /** Streams that a server took when it refused one; grows with each that is answered, and is forgotten after a while. */
  #refusedAt = Infinity
  readonly #patience = new Timer(() => this.#forgetRefusal())
  #receivedAt: Milliseconds
  #pingedAt: Milliseconds | undefined

  constructor(host: DriverHost) {
    this.#host = host
    this.#receivedAt = host.clock.now()
  }

  begin(): void {
    this.#session.begin()
    const { intervalMs } = this.#host.upkeep
    if (intervalMs > 0) this.#host.timers.set(this.#upkeep, this.#receivedAt + intervalMs)
  }

  get hasPeerEnded(): boolean {
    return this.#hasPeerEnded
  }

  get isBusy(): boolean {
    return this.#session.streamCount > 0
  }

  get capacity(): number {
    return this.#session.takesStreams ? Math.min(this.announcedCapacity, this.#refusedAt) : 0
  }

  get announcedCapacity(): number {
    const theirs = this.#hasSettings
      ? (this.#session.peer.maxConcurrentStreams ?? Infinity)
      : LIMITS.h2FirstStreams
    return Math.min(this.#host.maxConcurrentStreams, theirs)
  }

  send(exchange: Exchange, body: Uint8Array | undefined, isWhole: boolean): HttpStream {
    const { list, method, reading } = exchange.request
    const { maxHeaderListSize } = this.#session.peer
    if (maxHeaderListSize !== undefined && list.listBytes > maxHeaderListSize) {
      throw new TransferError(
        'TOO_LARGE',
        `the request head has ${list.listBytes} bytes as HTTP/2 counts them, the server takes ${maxHeaderListSize}`,
        { limit: maxHeaderListSize, size: list.listBytes },
        { phase: 'send' },
      )
    }
    const lane = new Lane(this.#host, this.#session, exchange)
    lane.stream = this.#session.request(list, isWhole && body === undefined, lane)
    lane.stream.isBodiless = method === 'HEAD'
    lane.stream.ignoresLength = reading.ignoresLength
    this.#newestId = lane.stream.id
    if (body !== undefined) this.#session.write(lane.stream, body, isWhole)
    if (!this.#session.takesStreams) this.#host.retire('no-more-streams')
    return lane
  }

  /** The exchange whose request went ahead over HTTP/1. */
  adopt(exchange: Exchange): HttpStream {
    const lane = new Lane(this.#host, this.#session, exchange)
    lane.stream = this.#session.adoptFirst(lane)
    lane.stream.isBodiless = exchange.request.method === 'HEAD'
    this.#newestId = this.#flushedId = 1
    return lane
  }

  fail(reason: CloseReason, error: TransferError): void {
    this.#endAll(reason, error)
    this.#host.vanish()
  }

  sayGoodbye(): void {
    // A session that is broken has said so.
    if (!this.#isBroken) this.#session.goaway()
    this.#flush()
  }

  gone(): void {
    this.#host.timers.clear(this.#upkeep)
    this.#host.timers.clear(this.#grace)
    this.#host.timers.clear(this.#patience)
  }

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
    this.#receivedAt = this.#host.clock.now()
    this.#isReceiving = true
    try {
      this.#session.receive(view, this.#receivedAt)
    } finally {
      this.#isReceiving = false
    }
    if (this.#host.isOpen) this.#flush()
  }

  ended(): void {
    this.#hasPeerEnded = true
    if (!this.#host.isOpen) return
    const said = this.#farewell
    const text = 'the server closed the connection'
    this.fail(
      'peer-closed',
      new TransferError(
        'RECV_ERROR',
        said === undefined ? text : `${text}; before, ${said.message}`,
        said?.details ?? {},
        { phase: 'receive' },
      ),
    )
  }

  failed(error: TransferError): void {
    if (!this.#host.isOpen) return
    if (this.isBusy) this.fail(error.code === 'SEND_ERROR' ? 'send-error' : 'receive-error', error)
    else this.fail('peer-reset', error)
  }

  drained(): void {
    this.#session.unblock()
    this.#flush()
  }

  // ---- H2Listener ----------------------------------------------------------------------------------

  informational({ owner }: H2Stream<Lane>, head: ResponseHead, headBytes: number): void {
    owner.begin()
    owner.exchange?.informational(head, headBytes)
  }

  response({ owner }: H2Stream<Lane>, head: ResponseHead, length: number, headBytes: number): void {
    owner.begin()
    owner.exchange?.response(head, length < 0 ? undefined : length, headBytes)
  }

  data({ owner }: H2Stream<Lane>, bytes: Uint8Array): void {
    owner.exchange?.data(bytes)
  }

  settingsChanged(): void {
    this.#hasSettings = true
    this.#refusedAt = Infinity
    this.#host.roomChanged()
  }

  goingAway(error: TransferError, isGraceful: boolean): void {
    if (!isGraceful) {
      this.#farewell = error
      this.#host.timers.set(this.#grace, this.#host.clock.now() + LIMITS.shutdownMs)
    }
    this.#host.retire('goaway')
  }

  writable({ owner }: H2Stream<Lane>): void {
    owner.exchange?.drained()
  }

  sentEnd({ owner }: H2Stream<Lane>): void {
    owner.sent()
  }

  streamFailed({ owner }: H2Stream<Lane>, error: TransferError): void {
    if (error.details['h2'] === 'REFUSED_STREAM') {
      this.#refusedAt = Math.max(1, this.#session.streamCount)
      const { timers, clock } = this.#host
      timers.set(this.#patience, clock.now() + LIMITS.h2RefusedMs)
      this.#host.roomChanged()
    }
    owner.fail(error, undefined)
  }

  streamEnded({ owner }: H2Stream<Lane>, trailers: Fields | undefined): void {
    if (this.#refusedAt !== Infinity) {
      this.#refusedAt += 1
      this.#host.roomChanged()
    }
    owner.received(trailers)
  }

  pong(): void {
    this.#pingedAt = undefined
  }

  broken(error: TransferError): void {
    this.#isBroken = true
    this.#flush()
    this.#endAll('protocol-error', error)
    this.#host.leave()
  }

  outputReady(): void {
    if (this.#isReceiving || this.#isFlushDue) return
    this.#isFlushDue = true
    queueMicrotask(this.#flushLater)
  }

  // ---- Output --------------------------------------------------------------------------------------

  readonly #flushLater = (): void => {
    this.#isFlushDue = false
    if (this.#host.isOpen) this.#flush()
  }

  #flush(): void {
    const session = this.#session
    for (let bytes = session.takeOutput(); bytes.length > 0; bytes = session.takeOutput()) {
      this.#flushedId = this.#newestId
      if (this.#host.stream.write(bytes)) {
        session.pump()
      } else {
        session.block()
        return
      }
    }
  }

  // ---- Life ----------------------------------------------------------------------------------------

  /** The connection is lost: what is in flight fails, in order. */
  #endAll(reason: CloseReason, error: TransferError): void {
    const lanes = this.#session.streams().map(({ owner }) => owner)
    this.#host.lost(reason)
    for (const lane of lanes) {
      // What has not left for the socket was not acted on.
      const isUnsent = lane.stream!.id > this.#flushedId
      lane.fail(isUnsent ? unsent(error) : cutShort(error, lane.stream!), reason)
    }
  }

  /** Those that are left may be paused, or last for hours: none of them need ever be answered. */
  #forgetRefusal(): void {
    this.#refusedAt = Infinity
    this.#host.roomChanged()
  }

  /** Who sends GOAWAY with an error must close the connection (RFC 9113 5.4.1); one that does neither that nor go on is left. */
  #endGrace(): void {
    const goesOnUntil = this.#receivedAt + LIMITS.shutdownMs
    if (this.#host.clock.now() < goesOnUntil) this.#host.timers.set(this.#grace, goesOnUntil)
    else if (this.isBusy) this.fail('goaway', this.#farewell!)
  }

  /** Sends a PING, unless one is unanswered. */
  askForLife(): void {
    if (this.#pingedAt !== undefined) return
    this.#pingedAt = this.#host.clock.now()
    this.#session.ping()
    this.#host.timers.set(this.#upkeep, this.#pingedAt + this.#host.upkeep.timeoutMs)
  }

  /** Nothing may have come for a while: asks for a sign of life, and gives up when there is none. */
  #lookAfter(): void {
    const { clock, timers, upkeep } = this.#host
    const now = clock.now()
    const pingedAt = this.#pingedAt
    // Whatever comes is a sign of life.
    const isUnanswered = pingedAt !== undefined && this.#receivedAt <= pingedAt
    if (isUnanswered && now >= pingedAt + upkeep.timeoutMs) {
      const text = `${CLOSE_REASONS['ping-timeout'].summary} for ${upkeep.timeoutMs} ms after a PING`
      const details = { limitMs: upkeep.timeoutMs }
      this.fail('ping-timeout', new TransferError('RECV_ERROR', text, details, { phase: 'receive' }))
      return
    }
    if (isUnanswered) {
      timers.set(this.#upkeep, pingedAt + upkeep.timeoutMs)
      return
    }
    this.#pingedAt = undefined
    if (upkeep.intervalMs === 0) return
    if (now >= this.#receivedAt + upkeep.intervalMs) this.askForLife()
    else timers.set(this.#upkeep, this.#receivedAt + upkeep.intervalMs)
  }
}

/** One exchange and its stream. */
class Lane implements HttpStream {
  /** Undefined once the exchange has ended. */
  exchange: Exchange | undefined
  /** Set as soon as it is made. */
  stream: H2Stream<Lane> | undefined
  readonly headBytes: number
  readonly #host: DriverHost
  readonly #session: H2Session<Lane>
  /** The response is complete, and the rest of its request still being sent. */
  #early: { readonly trailers: Fields | undefined } | undefined

  constructor(host: DriverHost, session: H2Session<Lane>, exchange: Exchange) {
    const { listBytes, pairs } = exchange.request.list
    this.#host = host
    this.#session = session
    this.exchange = exchange
    // As HTTP/1 would have it: HPACK counts 32 for each field, a line has 4 beside name and value.
    this.headBytes = listBytes - 14 * pairs.length
  }

  get id(): number {
    return this.stream!.id
  }

  write(bytes: Uint8Array): boolean {
    return this.#session.write(this.stream!, bytes)
  }

  end(_exchange: Exchange, trailers?: Fields): void {
    this.#session.end(this.stream!, trailers === undefined ? undefined : trailerList(trailers))
  }

  pause(): void {
    this.#session.pause(this.stream!)
  }

  resume(): void {
    this.#session.resume(this.stream!)
  }

  abandon(): void {
    this.exchange = undefined
    this.#session.reset(this.stream!, 'CANCEL')
    this.#host.release(undefined)
  }

  reprioritize(value: string): void {
    this.#session.reprioritize(this.stream!, value)
  }

  /** A head is here. */
  begin(): void {
    this.exchange?.began()
  }

  /** The response is complete. */
  received(trailers: Fields | undefined): void {
    const { exchange } = this
    if (exchange === undefined) return
    if (this.stream!.state !== 'closed') {
      // What was handed over may wait for a window; a connection that goes idle meanwhile could be closed.
      if (exchange.goesOnSending || exchange.isSent) {
        this.#early = { trailers }
        return
      }
      // RFC 9113 8.1: who wants no more of the request is told so by whoever still sends it.
      this.#session.reset(this.stream!, 'CANCEL')
    }
    this.#complete(trailers)
  }

  /** The request is on its way to its end. */
  sent(): void {
    if (this.#early !== undefined) this.#complete(this.#early.trailers)
  }

  /** The stream, or the whole connection, failed. `close`: why the connection is closed. */
  fail(error: TransferError, close: CloseReason | undefined): void {
    const { exchange } = this
    if (exchange === undefined) return
    // RFC 9113 8.1: a server may answer whole, and then reset the stream because it wants no more of the request.
    if (this.#early !== undefined) {
      this.#complete(this.#early.trailers)
      return
    }
    this.exchange = undefined
    exchange.failed(error, close)
  }

  #complete(trailers: Fields | undefined): void {
    const { exchange } = this
    this.exchange = this.#early = undefined
    exchange?.complete(trailers, undefined)
  }
}

/** The same, with how much of the body had come. */
function cutShort(error: TransferError, { hasHead, received, expected }: H2Stream<Lane>): TransferError {
  if (!hasHead) return error
  const { code, message, details, phase } = error
  const counts = expected < 0 ? { received } : { received, expected }
  const text = expected < 0 ? `${received} bytes` : `${received} of ${expected} bytes`
  return new TransferError(
    code,
    `${message}, after ${text} of the body`,
    { ...details, ...counts },
    { ...(phase === undefined ? {} : { phase }), cause: error },
  )
}

function unsent(error: TransferError): TransferError {
  const { code, message, details, phase } = error
  return new TransferError(
    code,
    `${message}, before this request had left`,
    { ...details, unsent: true },
    { ...(phase === undefined ? {} : { phase }), cause: error },
  )
}
