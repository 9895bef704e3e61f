/**
 * A simulated secure stream: payload in records over any stream below, for either role.
 *
 * The rule: handshake messages go to `onMessage` as they come, also while payload is kept back by `pause` or
 * because there is no sink yet. Who makes a handshake, and how, is not known here.
 */
import { unreachable } from '../base/invariant.ts'
import type {
  ByteSink,
  ByteStream,
  Cancelable,
  Clock,
  SecureStream,
  SocketAddress,
  TlsFacts,
} from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { copied, latin1Bytes } from './sim-bytes.ts'
import {
  encodeMessage,
  encodePayload,
  RECORD_BYTES,
  TlsRecordReader,
  type TlsMessage,
} from './sim-tls-records.ts'

type Arrival =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'ended' }
  | { readonly is: 'failed'; readonly error: TransferError }

export class SimTlsStream implements SecureStream {
  /** Hears each handshake message but close_notify. */
  onMessage: (message: TlsMessage) => void = () => {}
  /** Hears of the end (undefined) or failure of the stream below during the handshake, instead of the sink. */
  onLost: (error: TransferError | undefined) => void = () => {}
  readonly #below: ByteStream
  readonly #clock: Clock
  readonly #reader = new TlsRecordReader()
  readonly #arrived: Arrival[] = []
  #facts: TlsFacts | undefined
  #sink: ByteSink | undefined
  #isPaused = false
  #isAborted = false
  #hasEnded = false
  #peerHasEnded = false
  #reporting: Cancelable | undefined

  /** Takes the stream below over. */
  constructor(below: ByteStream, clock: Clock) {
    this.#below = below
    this.#clock = clock
    below.sink = {
      bytes: (view) => this.#read(view),
      // Without close_notify it is a truncation (RFC 8446 6.1), which Node reports as an end all the same.
      ended: () => this.#peerEnded(),
      failed: (error) => this.#lost(error),
      drained: () => this.#sink?.drained(),
    }
  }

  /** What the handshake settled; throws while it is under way. */
  get tls(): TlsFacts {
    if (this.#facts === undefined) throw new Error('the simulated TLS handshake is not over')
    return this.#facts
  }

  /** Ends the handshake: from now on payload, end and failure go to the sink. */
  establish(facts: TlsFacts): void {
    this.#facts = facts
  }

  /** Sends a handshake message or an alert; nothing once our direction has ended. */
  tell(message: TlsMessage): void {
    if (!this.#isAborted && !this.#hasEnded) this.#below.write(encodeMessage(message))
  }

  get sink(): ByteSink | undefined {
    return this.#sink
  }

  set sink(sink: ByteSink | undefined) {
    this.#sink = sink
    this.#reportSoon()
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.#isAborted) return false
    if (this.#hasEnded) throw new Error('write() after end() on a simulated secure stream')
    const payload = typeof bytes === 'string' ? latin1Bytes(bytes) : bytes
    let takesMore = true
    for (let at = 0; at < payload.length; at += RECORD_BYTES) {
      takesMore = this.#below.write(encodePayload(payload.subarray(at, at + RECORD_BYTES)))
    }
    return takesMore
  }

  pause(): void {
    this.#isPaused = true
    this.#below.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#below.resume()
    this.#reportSoon()
  }

  end(): void {
    if (this.#isAborted || this.#hasEnded) return
    this.tell({ is: 'alert', name: 'close_notify' })
    this.#hasEnded = true
    this.#below.end()
  }

  abort(): void {
    this.#isAborted = true
    this.#arrived.length = 0
    this.#reporting?.cancel()
    this.#below.abort()
  }

  hold(awake: boolean): void {
    this.#below.hold(awake)
  }

  get local(): SocketAddress | undefined {
    return this.#below.local
  }

  get remote(): SocketAddress | undefined {
    return this.#below.remote
  }

  #read(view: Uint8Array): void {
    for (let at = 0; at < view.length && !this.#isAborted;) {
      const { piece, rest } = this.#reader.next(view, at)
      at = rest
      if (piece === undefined) continue
      switch (piece.is) {
        case 'payload':
          if (this.#canReport() && this.#arrived.length === 0) this.#sink!.bytes(piece.bytes)
          else this.#arrived.push({ is: 'bytes', bytes: copied(piece.bytes) })
          break
        case 'message':
          if (piece.message.is === 'alert' && piece.message.name === 'close_notify') this.#peerEnded()
          else this.onMessage(piece.message)
          break
        case 'broken':
          this.#lost(new TransferError('SSL_CONNECT_ERROR', 'what was received is no TLS record'))
          return
        default:
          unreachable(piece)
      }
    }
  }

  #peerEnded(): void {
    if (this.#peerHasEnded) return
    this.#peerHasEnded = true
    if (this.#facts === undefined) this.onLost(undefined)
    else this.#arrive({ is: 'ended' })
  }

  #lost(error: TransferError): void {
    if (this.#facts === undefined) this.onLost(error)
    else this.#arrive({ is: 'failed', error })
  }

  #arrive(arrival: Arrival): void {
    this.#arrived.push(arrival)
    if (this.#reporting === undefined) this.#report()
  }

  #canReport(): boolean {
    return this.#sink !== undefined && !this.#isPaused && !this.#isAborted
  }

  #report(): void {
    if (!this.#canReport()) return
    const arrival = this.#arrived.shift()
    if (arrival?.is === 'bytes') this.#sink!.bytes(arrival.bytes)
    else if (arrival?.is === 'ended') this.#sink!.ended()
    else if (arrival?.is === 'failed') this.#sink!.failed(arrival.error)
    this.#reportSoon()
  }

  #reportSoon(): void {
    if (this.#reporting !== undefined || this.#arrived.length === 0 || !this.#canReport()) return
    this.#reporting = this.#clock.at(this.#clock.now(), () => {
      this.#reporting = undefined
      this.#report()
    })
  }
}
