/**
 * A `net.Socket`, or a `tls.TLSSocket`, as a {@link ByteStream}.
 *
 * The rule: what the socket reports goes straight to the sink while the gate is open (a sink is set, not
 * paused, nothing held back) and is held back in order otherwise; the sink is never told from inside a call
 * on the stream. Sockets dialled here read into one buffer that a whole environment shares (see Inlet).
 */
import type { Socket } from 'node:net'
import { invariant } from '../base/invariant.ts'
import type { ByteSink, ByteStream, SocketAddress, TlsFacts } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { closedError, streamError } from './classify-error.ts'
import type { Inlet, Receiver } from './inlet.ts'
import type { InputCount } from './node-clock.ts'

/** What is known of a socket when a stream is made of it. */
export interface StreamOrigin<Tls extends TlsFacts | undefined> {
  /** Where the socket's `onread` leads; undefined for a socket that tells with 'data' events. */
  readonly inlet: Inlet | undefined
  /** The foreign stream that a TLS socket speaks through, which must hear of `hold`. */
  readonly below: ByteStream | undefined
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
  readonly tls: Tls
}

/** A socket, with its stream for the listeners that all sockets share. */
type OwnedSocket = Socket & { [OWNER]?: NodeStream }

const OWNER = Symbol('stream')

/** Replaced before anything is put in. */
const NOTHING: Uint8Array[] = []

export class NodeStream<Tls extends TlsFacts | undefined = TlsFacts | undefined>
  implements ByteStream, Receiver
{
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
  /** What the handshake settled; undefined on a plain stream. */
  readonly tls: Tls
  readonly #socket: Socket
  readonly #input: InputCount
  readonly #inlet: Inlet | undefined
  readonly #below: ByteStream | undefined
  #sink: ByteSink | undefined
  #gateOpen = false
  #paused = false
  /** The kernel is not read: paused, or too much is held back. */
  #reading = true
  #writable = true
  /** Failed, given up or handed on: nothing is told any more. */
  #over = false
  #ended = false
  #heldBack = NOTHING
  #heldBackBytes = 0
  #endHeldBack = false
  #failureHeldBack: TransferError | undefined
  #deliveryDue = false

  /** Owns the socket from here on. It must be connected and, for TLS, verified in this very turn. */
  constructor(socket: Socket, input: InputCount, origin: StreamOrigin<Tls>) {
    this.#socket = socket
    this.#input = input
    this.#inlet = origin.inlet
    this.#below = origin.below
    this.local = origin.local
    this.remote = origin.remote
    this.tls = origin.tls
    ;(socket as OwnedSocket)[OWNER] = this
    for (const [event, listener] of Object.entries(NodeStream.#listeners)) socket.on(event, listener)
    if (origin.inlet === undefined) socket.on('data', NodeStream.#onData)
    else origin.inlet.stream = this
  }

  get sink(): ByteSink | undefined {
    return this.#sink
  }

  set sink(sink: ByteSink | undefined) {
    this.#sink = sink
    this.#setGate()
  }

  write(bytes: Uint8Array | string): boolean {
    if (!this.#writable) return this.#writeTooLate()
    return typeof bytes === 'string' ? this.#socket.write(bytes, 'latin1') : this.#socket.write(bytes)
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#setGate()
    this.#stopReading()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#setGate()
  }

  end(): void {
    if (!this.#writable) return
    this.#writable = false
    this.#socket.end()
  }

  abort(): void {
    this.#finish()
    this.#socket.destroy()
    this.#below?.abort()
  }

  hold(awake: boolean): void {
    if (awake) this.#socket.ref()
    else this.#socket.unref()
    this.#below?.hold(awake)
  }

  /**
   * Hands the socket on to whoever speaks TLS over it; this stream is over. Throws what broke it, or
   * SSL_CONNECT_ERROR when the peer ended or spoke before the handshake: bytes that came in clear must not be
   * taken for the peer's words within (CVE-2021-22946).
   */
  surrender(): Socket {
    if (this.#failureHeldBack !== undefined) throw this.#failureHeldBack
    if (this.#over || this.#ended || this.#holdsBack()) throw notFitForTls(this.#heldBackBytes)
    const socket = this.#socket
    this.#finish()
    for (const [event, listener] of Object.entries(NodeStream.#listeners)) socket.off(event, listener)
    socket.off('data', NodeStream.#onData)
    delete (socket as OwnedSocket)[OWNER]
    return socket
  }

  own(view: Uint8Array): Uint8Array {
    return this.#inlet === undefined ? new Uint8Array(view) : this.#inlet.own(view)
  }

  /** Takes what was read; the view is valid during this call. For the inlet only. */
  received(view: Uint8Array): void {
    this.#input.reports += 1
    if (this.#gateOpen) this.#sink!.bytes(view)
    else this.#holdBack(view)
  }

  #endCame(): void {
    if (this.#over) return
    this.#input.reports += 1
    if (this.#gateOpen) this.#tellEnd()
    else this.#endHeldBack = true
  }

  // One function for all sockets: an arrow function each would cost an idle connection 280 bytes.

  static readonly #listeners = {
    error(this: OwnedSocket, error: Error): void {
      const stream = this[OWNER]!
      stream.#fail(streamError(error, stream.remote))
    },
    end(this: OwnedSocket): void {
      this[OWNER]!.#endCame()
    },
    close(this: OwnedSocket): void {
      const stream = this[OWNER]!
      if (!stream.#over && !stream.#ended && !stream.#endHeldBack) stream.#fail(closedError(stream.remote))
    },
    drain(this: OwnedSocket): void {
      const stream = this[OWNER]!
      if (stream.#writable) stream.#sink?.drained()
    },
  }

  static #onData(this: OwnedSocket, chunk: Uint8Array): void {
    this[OWNER]!.received(chunk)
  }

  #holdBack(view: Uint8Array): void {
    if (this.#over) return
    if (this.#heldBack === NOTHING) this.#heldBack = []
    this.#heldBack.push(Uint8Array.prototype.slice.call(view))
    this.#heldBackBytes += view.length
    if (this.#heldBackBytes >= LIMITS.pausedBytes) this.#stopReading()
  }

  #holdsBack(): boolean {
    return this.#heldBack.length > 0 || this.#endHeldBack || this.#failureHeldBack !== undefined
  }

  #setGate(): void {
    const wanted = this.#sink !== undefined && !this.#paused && !this.#over
    const backlog = this.#holdsBack()
    this.#gateOpen = wanted && !backlog
    if (backlog) this.#scheduleDelivery()
    else if (wanted && !this.#reading) {
      this.#reading = true
      this.#socket.resume()
    }
  }

  #stopReading(): void {
    if (this.#over || !this.#reading) return
    this.#reading = false
    this.#socket.pause()
  }

  #scheduleDelivery(): void {
    if (this.#deliveryDue || this.#sink === undefined || this.#over) return
    this.#deliveryDue = true
    queueMicrotask(() => this.#deliver())
  }

  /** Tells what was held back, as far as the sink lets it. Each call may pause, abort or change the sink. */
  #deliver(): void {
    while (this.#mayTell() && this.#heldBack.length > 0) {
      const view = this.#heldBack.shift()!
      this.#heldBackBytes -= view.length
      this.#sink!.bytes(view)
    }
    if (this.#mayTell() && this.#endHeldBack) {
      this.#endHeldBack = false
      this.#tellEnd()
    }
    this.#deliveryDue = false
    const failure = this.#failureHeldBack
    if (failure !== undefined && this.#heldBack.length === 0 && !this.#endHeldBack) this.#fail(failure)
    if (this.#mayTell()) this.#setGate()
  }

  #mayTell(): boolean {
    return this.#sink !== undefined && !this.#paused && !this.#over
  }

  #tellEnd(): void {
    this.#ended = true
    this.#sink!.ended()
  }

  #fail(failure: TransferError): void {
    if (this.#over) return
    this.#writable = false
    this.#failureHeldBack ??= failure
    if (this.#sink === undefined || this.#heldBack.length > 0 || this.#endHeldBack) return
    const sink = this.#sink
    this.#finish()
    this.#socket.destroy()
    sink.failed(failure)
  }

  #finish(): void {
    this.#over = true
    this.#writable = false
    this.#gateOpen = false
    this.#heldBack = NOTHING
    this.#heldBackBytes = 0
    this.#endHeldBack = false
  }

  /** True: nothing will be sent, and no `drained` would ever come. */
  #writeTooLate(): boolean {
    invariant(
      this.#over || this.#failureHeldBack !== undefined,
      'bytes were written after the end of a stream',
    )
    return true
  }
}

function notFitForTls(heldBackBytes: number): TransferError {
  const why = heldBackBytes > 0 ? `${heldBackBytes} bytes came before it` : 'the stream had ended before it'
  return new TransferError(
    'SSL_CONNECT_ERROR',
    `the TLS handshake cannot begin: ${why}`,
    { heldBackBytes },
    { phase: 'tls' },
  )
}
