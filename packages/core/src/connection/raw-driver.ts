/**
 * `RawDriver`: no HTTP over the stream of a connection: what follows 101, and what `connectOnly` hands over.
 *
 * The rule: bytes go through as they are, for the one exchange that the connection has left. It serves nobody else,
 * and its capacity says so.
 */
import type { ResponseHead } from '../http/message.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import type { Driver, DriverHost } from './driver.ts'
import type { Exchange, RawStream } from './exchange.ts'

/** Hands the stream over after 101; `rest` came behind its head. */
export function switchToRaw(
  host: DriverHost,
  exchange: Exchange,
  answer: { readonly head: ResponseHead; readonly headBytes: number; readonly rest: Uint8Array },
): void {
  host.retire('upgraded')
  const driver = new RawDriver(host, 'upgraded')
  host.become(driver)
  driver.adopt(exchange, answer.rest)
  exchange.response(answer.head, Infinity, answer.headBytes)
  driver.goOn()
}

export class RawDriver implements Driver, RawStream {
  readonly protocol = 'http/1.1'
  readonly id = undefined
  readonly headBytes = 0
  /** Nobody may come to share it, or be next. */
  readonly capacity = 0
  readonly announcedCapacity = 1
  readonly #host: DriverHost
  /** Why the connection is closed once its exchange is done. */
  readonly #reason: CloseReason
  #exchange: Exchange | undefined
  /** What came behind the head, as long as it is not delivered. */
  #rest: Uint8Array | undefined
  #isPaused = false
  #hasEnded = false
  #hasPeerEnded = false
  /** The peer's end is here, and not told, because the exchange is paused. */
  #isEndDue = false
  /** The stream takes no more for now. */
  #isFull = false

  constructor(host: DriverHost, reason: CloseReason) {
    this.#host = host
    this.#reason = reason
  }

  /** For `connectOnly`: nothing is read until the exchange comes, by `send`. */
  static waiting(host: DriverHost): RawDriver {
    const driver = new RawDriver(host, 'handed-over')
    host.stream.pause()
    return driver
  }

  get isBusy(): boolean {
    return this.#exchange !== undefined
  }

  /** Whoever has something left to send waits for it to go, though nothing more will come. */
  get hasPeerEnded(): boolean {
    return this.#hasPeerEnded && !this.#isFull
  }

  send(exchange: Exchange): RawStream {
    this.adopt(exchange, undefined)
    if (!this.#isPaused && this.#host.isOpen) this.#host.stream.resume()
    return this
  }

  adopt(exchange: Exchange, rest: Uint8Array | undefined): void {
    this.#exchange = exchange
    if (rest !== undefined && rest.length > 0) this.#rest = rest
    exchange.switched(this)
  }

  /** Delivers what came before the exchange could take it. */
  goOn(): void {
    const rest = this.#rest
    if (rest !== undefined && !this.#isPaused) {
      this.#rest = undefined
      this.#exchange?.data(rest)
    }
    if (this.#isEndDue && !this.#isPaused) {
      this.#isEndDue = false
      this.#exchange?.ended()
    }
  }

  // ---- RawStream -----------------------------------------------------------------------------------

  write(bytes: Uint8Array | string): boolean {
    if (this.#hasEnded || !this.#host.isOpen) return true
    this.#isFull = !this.#host.stream.write(bytes)
    return !this.#isFull
  }

  end(): void {
    if (this.#hasEnded || !this.#host.isOpen) return
    this.#hasEnded = true
    this.#host.stream.end()
  }

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#host.stream.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#exchange?.resumed()
    if (!this.#isPaused) this.goOn()
    if (!this.#isPaused && this.#host.isOpen) this.#host.stream.resume()
  }

  finish(exchange: Exchange, error?: TransferError): void {
    if (this.#exchange !== exchange) return
    this.#exchange = undefined
    const reason = error === undefined ? this.#reason : 'protocol-error'
    this.#host.lost(reason)
    this.#host.leave()
    if (error === undefined) exchange.complete(undefined, reason)
    else exchange.failed(error, reason)
  }

  abandon(exchange: Exchange): void {
    if (this.#exchange === exchange) {
      this.#exchange = undefined
      this.#host.lost('transfer-aborted')
      this.#host.vanish()
    }
    this.#host.release('transfer-aborted')
  }

  reprioritize(): void {}

  // ---- ByteSink ------------------------------------------------------------------------------------

  bytes(view: Uint8Array): void {
    this.#exchange?.data(view)
  }

  ended(): void {
    this.#hasPeerEnded = true
    if (this.#exchange === undefined) {
      this.#host.lost('peer-closed')
      this.#host.vanish()
    } else if (this.#isPaused || this.#rest !== undefined) this.#isEndDue = true
    else this.#exchange.ended()
  }

  failed(error: TransferError): void {
    this.fail(error.code === 'SEND_ERROR' ? 'send-error' : 'receive-error', error)
  }

  drained(): void {
    this.#isFull = false
    this.#exchange?.drained()
  }

  // ---- Driver --------------------------------------------------------------------------------------

  fail(reason: CloseReason, error: TransferError): void {
    if (!this.#host.isOpen) return
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#host.lost(reason)
    this.#host.vanish()
    exchange?.failed(error, reason)
  }

  /** What is to be said is the exchange's. */
  sayGoodbye(): void {
    if (this.#isPaused) this.#host.stream.resume()
  }

  askForLife(): void {}
  gone(): void {}
}
