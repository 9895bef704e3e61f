/**
 * One accepted connection of a simulated HTTP/1.1 server: reads requests, calls the script, keeps or closes.
 *
 * The rule: one exchange at a time. The next request of a pipeline is read when the response before it is
 * complete and the body before it has been read.
 */
import type { ByteSink, ByteStream, Cancelable, Clock, Milliseconds } from '../env/environment.ts'
import { H1Reader } from '../h1/reader.ts'
import type { RequestHead } from '../http/message.ts'
import type { OpenWaits } from './open-waits.ts'
import type { SimHandler, SimRequestRecord, SimServerConnection } from './sim-exchange.ts'
import { SimH1Exchange } from './sim-h1-exchange.ts'
import type { SimStream } from './sim-stream.ts'
import { formatMs, type SimTrace } from './sim-trace.ts'

/** When a simulated server closes connections. */
export interface SimKeepAlive {
  /** Close a connection that has been idle for so long. Default: never. */
  readonly idleMs?: Milliseconds
  /** Close after so many requests, with `Connection: close` in the last response. Default: never. */
  readonly requests?: number
}

export interface SimH1ConnectionParts {
  readonly id: number
  /** The transport, under TLS if there is any. */
  readonly socket: SimStream
  readonly clock: Clock
  readonly trace: SimTrace
  readonly waits: OpenWaits
  /** Such as `https://a.test`. */
  readonly origin: string
  readonly handler: SimHandler
  readonly keepAlive: SimKeepAlive
  record(request: SimRequestRecord): void
  /** The script failed. */
  fail(error: unknown): void
}

export class SimH1Connection implements SimServerConnection {
  readonly id: number
  readonly #parts: SimH1ConnectionParts
  readonly #reader = new H1Reader('server')
  /** The stream that HTTP runs on; undefined during the TLS handshake. */
  #stream: ByteStream | undefined
  #exchanges = 0
  #current: { exchange: SimH1Exchange; record: { bodyBytes: number }; wait: Cancelable } | undefined
  #isRead = true
  #isAnswered = true
  #mustClose = false
  #hasEnded = false
  #clientHasEnded = false
  #idle: Cancelable | undefined

  constructor(parts: SimH1ConnectionParts) {
    this.id = parts.id
    this.#parts = parts
  }

  get exchanges(): number {
    return this.#exchanges
  }

  get isOpen(): boolean {
    return this.#parts.socket.isOpen
  }

  write(bytes: Uint8Array | string): void {
    if (this.isOpen && !this.#hasEnded) this.#stream?.write(bytes)
  }

  end(): void {
    this.#hasEnded = true
    this.#stream?.end()
  }

  close(): void {
    this.end()
    this.#parts.socket.close()
    this.#gone()
  }

  reset(): void {
    this.#parts.socket.reset()
    this.#gone()
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  takeOver(): { readonly stream: ByteStream; readonly unread: Uint8Array } {
    const stream = this.#stream
    if (stream === undefined) throw new Error('takeOver() during the TLS handshake, or for the second time')
    this.#gone()
    this.#stream = undefined
    return { stream, unread: this.#reader.takeRest() }
  }

  /** Starts to serve HTTP on a stream: the socket itself, or TLS over it. @internal */
  serve(stream: ByteStream): void {
    this.#stream = stream
    stream.sink = this.#sink
    this.#waitIdle()
  }

  readonly #sink: ByteSink = {
    bytes: (view) => {
      if (this.#stream === undefined) return
      this.#idle?.cancel()
      this.#reader.offer(view)
      this.#readOn()
      this.#reader.keep()
    },
    ended: () => {
      this.#clientHasEnded = true
      // Between requests there is nothing left to say; inside one, nothing that could be said of it.
      if (this.#current === undefined || !this.#isRead) this.close()
    },
    failed: () => this.#gone(),
    drained: () => {},
  }

  /** Reads as far as may be: to the end of the bytes, or of the request whose response is not complete. */
  #readOn(): void {
    const { socket, fail, origin } = this.#parts
    try {
      while (socket.isOpen && !(this.#isRead && !this.#isAnswered)) {
        const event = this.#reader.next()
        if (event === undefined) return
        if (event.is === 'request') this.#begin(event.head)
        else if (event.is === 'data') {
          this.#current!.record.bodyBytes += event.bytes.length
          this.#current!.exchange.receive(event.bytes)
        } else if (event.is === 'end') {
          this.#isRead = true
          this.#current!.exchange.receivedAll()
          this.#finish()
        }
      }
    } catch (cause) {
      fail(new Error(`${origin} received what is no request: ${String(cause)}`, { cause }))
    }
  }

  #begin(head: RequestHead): void {
    const { clock, trace, waits, origin, handler, keepAlive, fail } = this.#parts
    this.#idle?.cancel()
    this.#exchanges += 1
    this.#isRead = false
    this.#isAnswered = false
    const record = {
      method: head.method,
      target: head.target,
      head,
      connection: this.id,
      at: clock.now(),
      bodyBytes: 0,
    }
    this.#parts.record(record)
    trace.add(
      clock.now(),
      `${origin} connection ${this.id} request ${this.#exchanges}: ${head.method} ${head.target}`,
    )
    const isLast = keepAlive.requests !== undefined && this.#exchanges >= keepAlive.requests
    const exchange = new SimH1Exchange({
      request: head,
      connection: this,
      clock,
      added: isLast ? [['Connection', 'close']] : [],
      ended: (mustClose) => {
        if (this.#current?.exchange !== exchange) return
        this.#isAnswered = true
        this.#mustClose = mustClose
        this.#finish()
      },
    })
    const since = formatMs(clock.now())
    const wait = waits.begin(
      `${origin}: response to ${head.method} ${head.target} not complete, begun at ${since} ms`,
    )
    this.#current = { exchange, record, wait }
    // A script may fail because its client went away; that is the client's affair.
    const failed = (error: unknown): void => {
      if (this.isOpen) fail(error)
    }
    try {
      handler(exchange)?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  /** Goes on after a response that is complete. */
  #finish(): void {
    if (!this.#isAnswered) return
    if (this.#mustClose) return this.close()
    if (!this.#isRead) return
    this.#current?.wait.cancel()
    this.#current = undefined
    if (this.#clientHasEnded) return this.close()
    this.#waitIdle()
    this.#readSoon()
  }

  /** Takes up the next request of a pipeline, never from inside a script's call. */
  #readSoon(): void {
    const { clock } = this.#parts
    if (this.#reader.unread === 0) return
    clock.at(clock.now(), () => this.#readOn())
  }

  #waitIdle(): void {
    const { clock, keepAlive } = this.#parts
    this.#idle?.cancel()
    if (keepAlive.idleMs !== undefined)
      this.#idle = clock.at(clock.now() + keepAlive.idleMs, () => this.close())
  }

  #gone(): void {
    this.#idle?.cancel()
    this.#current?.wait.cancel()
    this.#current?.exchange.lost()
    this.#current = undefined
  }
}
