/**
 * One accepted connection of a simulated server: what tests and scripts may do with it, whichever version of
 * HTTP is spoken on it, and the choice of that version.
 *
 * The rule: what is the same for all versions stands here, once; bytes and exchanges belong to the speaker.
 */
import { joined } from '../base/joined.ts'
import type { ByteStream, Cancelable, Clock } from '../env/environment.ts'
import { CLIENT_PREFACE, type H2ErrorName } from '../h2/protocol.ts'
import type { RequestHead } from '../http/message.ts'
import type { OpenWaits } from './open-waits.ts'
import type { SimExchange, SimH2Settings, SimHandler, SimRequestRecord } from './sim-exchange.ts'
import { SimH1Connection } from './sim-h1-connection.ts'
import { SimH2Connection } from './sim-h2-connection.ts'
import type { SimBegun, SimH2Options, SimKeepAlive, SimSpeaker, SimSpeakerHost } from './sim-speaker.ts'
import type { SimStream } from './sim-stream.ts'
import { formatMs, type SimTrace } from './sim-trace.ts'

export interface SimConnectionParts {
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
  /** Undefined: HTTP/2 is not spoken, but where ALPN chose it. */
  readonly http2: SimH2Options | undefined
  record(request: SimRequestRecord): void
  /** The script failed, or the client broke the protocol. */
  fail(error: unknown): void
}

export class SimConnection implements SimSpeakerHost {
  readonly id: number
  readonly clock: Clock
  readonly keepAlive: SimKeepAlive
  readonly http2: SimH2Options | undefined
  readonly #parts: SimConnectionParts
  /** The stream that HTTP runs on; undefined during the TLS handshake. */
  #stream: ByteStream | undefined
  /** Undefined until it is known what the client speaks. */
  #speaker: SimSpeaker | undefined
  #isSecure = false
  #exchanges = 0
  #hasEnded = false
  #idle: Cancelable | undefined

  constructor(parts: SimConnectionParts) {
    this.id = parts.id
    this.clock = parts.clock
    this.keepAlive = parts.keepAlive
    this.http2 = parts.http2
    this.#parts = parts
  }

  get exchanges(): number {
    return this.#exchanges
  }

  get protocol(): 'http/1.1' | 'h2' | undefined {
    return this.#speaker?.protocol
  }

  get isOpen(): boolean {
    return this.#parts.socket.isOpen
  }

  write(bytes: Uint8Array | string): void {
    this.#speaker?.flush()
    this.send(bytes)
  }

  end(): void {
    this.#speaker?.flush()
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
    const speaker = this.#speaker
    if (stream === undefined || speaker === undefined)
      throw new Error('takeOver() before HTTP has begun, or for the second time')
    speaker.flush()
    this.#gone()
    this.#stream = undefined
    return { stream, unread: speaker.takeRest() }
  }

  goaway(lastStreamId?: number, code?: H2ErrorName): void {
    this.#h2('goaway').goaway(lastStreamId, code)
  }

  settings(values: SimH2Settings): void {
    this.#h2('settings').announce(values)
  }

  ping(): Promise<void> {
    return this.#h2('ping').ping()
  }

  // ---- From the origin -----------------------------------------------------------------------------

  /** Starts to serve HTTP on a stream: the socket itself, or TLS over it, with what ALPN chose. @internal */
  serve(stream: ByteStream, tls?: { readonly alpn: string | undefined }): void {
    this.#stream = stream
    this.#isSecure = tls !== undefined
    if (tls?.alpn === 'h2') this.#speakH2(new SimH2Connection(this))
    else if (tls === undefined && this.http2 !== undefined) this.#listenForPreface(stream)
    else this.#speak(new SimH1Connection(this))
    this.waitIdle()
  }

  // ---- SimSpeakerHost ------------------------------------------------------------------------------

  /** @internal */
  get isServing(): boolean {
    return this.#stream !== undefined
  }

  /** @internal */
  send(bytes: Uint8Array | string): void {
    if (this.isOpen && !this.#hasEnded) this.#stream?.write(bytes)
  }

  /** @internal */
  begin(head: RequestHead, stream: number | undefined): SimBegun {
    const { clock, trace, waits, origin } = this.#parts
    this.stopIdle()
    this.#exchanges += 1
    const { method, target } = head
    const record = {
      method,
      target,
      head,
      connection: this.id,
      stream,
      at: clock.now(),
      bodyBytes: 0,
      reset: undefined,
    }
    this.#parts.record(record)
    const on = stream === undefined ? '' : ` on stream ${stream}`
    trace.add(
      clock.now(),
      `${origin} connection ${this.id} request ${this.#exchanges}${on}: ${method} ${target}`,
    )
    const since = formatMs(clock.now())
    const wait = waits.begin(
      `${origin}: response to ${method} ${target} not complete, begun at ${since} ms${on}`,
    )
    return { record, wait }
  }

  /** @internal */
  run(exchange: SimExchange, isLost: () => boolean = () => !this.isOpen): void {
    // A script may fail because its client went away; that is the client's affair.
    const failed = (error: unknown): void => {
      if (!isLost()) this.#parts.fail(error)
    }
    try {
      this.#parts.handler(exchange)?.catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  /** @internal */
  brokenBy(what: string, cause: unknown): void {
    this.#parts.fail(new Error(`${this.#parts.origin} received ${what}: ${String(cause)}`, { cause }))
  }

  /** @internal */
  note(what: string): void {
    const { clock, trace, origin } = this.#parts
    trace.add(clock.now(), `${origin} connection ${this.id} ${what}`)
  }

  /** @internal */
  takesUpgrade({ fields }: RequestHead): boolean {
    return (
      !this.#isSecure &&
      this.http2 !== undefined &&
      this.http2.upgrade !== false &&
      this.#exchanges === 0 &&
      fields.lists('upgrade', 'h2c') &&
      fields.lists('connection', 'upgrade') &&
      fields.has('http2-settings')
    )
  }

  /** @internal */
  upgrade(head: RequestHead, body: Uint8Array): void {
    const speaker = new SimH2Connection(this)
    this.#speaker = speaker
    this.#stream!.sink = speaker
    speaker.adopt(head, body)
  }

  /** @internal */
  waitIdle(): void {
    const { clock, keepAlive } = this
    this.stopIdle()
    if (keepAlive.idleMs === undefined) return
    this.#idle = clock.at(clock.now() + keepAlive.idleMs, () => {
      if (this.#speaker instanceof SimH2Connection) this.#speaker.goaway()
      this.close()
    })
  }

  /** @internal */
  stopIdle(): void {
    this.#idle?.cancel()
  }

  /** @internal */
  failed(): void {
    this.#gone()
  }

  // ---- Choosing ------------------------------------------------------------------------------------

  /** A client that knows begins with the preface; whatever differs from it is HTTP/1 (RFC 9113 3.3). */
  #listenForPreface(stream: ByteStream): void {
    const pieces: Uint8Array[] = []
    stream.sink = {
      bytes: (view) => {
        pieces.push(view.slice())
        const begun = joined(pieces)
        const text = String.fromCharCode(...begun.subarray(0, CLIENT_PREFACE.length))
        if (text.length < CLIENT_PREFACE.length && CLIENT_PREFACE.startsWith(text)) return
        if (text === CLIENT_PREFACE) this.#speakH2(new SimH2Connection(this))
        else this.#speak(new SimH1Connection(this))
        this.#speaker!.bytes(begun)
      },
      ended: () => this.close(),
      failed: () => this.#gone(),
      drained: () => {},
    }
  }

  #speak(speaker: SimSpeaker): void {
    this.#speaker = speaker
    this.#stream!.sink = speaker
  }

  #speakH2(speaker: SimH2Connection): void {
    this.#speak(speaker)
    speaker.serve()
  }

  #h2(method: string): SimH2Connection {
    if (this.#speaker instanceof SimH2Connection) return this.#speaker
    throw new Error(`${method}() on a connection that does not speak HTTP/2`)
  }

  #gone(): void {
    this.stopIdle()
    this.#speaker?.gone()
  }
}
