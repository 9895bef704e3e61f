/**
 * `SwallowedExchange`: takes the place of a pipelined exchange that was given up, so that the answers before
 * and behind its own still reach those who wait for them.
 */
import type { ResponseHead } from '../http/message.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Exchange } from './exchange.ts'
import type { OutgoingRequest } from './outgoing-request.ts'

export class SwallowedExchange implements Exchange {
  readonly request: OutgoingRequest
  readonly isExpecting = false
  /** Only whole requests are pipelined. */
  readonly isSent = true
  readonly goesOnSending = false
  readonly #release: (close: CloseReason | undefined) => void
  readonly #tooLong: () => void
  #received = 0

  /** `release` gives the lease back; `tooLong` is called when the answer is not worth reading to its end. */
  constructor(given: Exchange, release: (close: CloseReason | undefined) => void, tooLong: () => void) {
    this.request = given.request
    this.#release = release
    this.#tooLong = tooLong
  }

  began(): void {}
  informational(): void {}
  cut(): void {}
  drained(): void {}
  moved(): void {}
  switched(): void {}
  ended(): void {}
  resumed(): void {}

  response(_head: ResponseHead, length: number | undefined): void {
    if (length !== undefined && length > LIMITS.pausedBytes) this.#tooLong()
  }

  data(bytes: Uint8Array): void {
    this.#received += bytes.length
    if (this.#received > LIMITS.pausedBytes) this.#tooLong()
  }

  complete(_trailers: unknown, close: CloseReason | undefined): void {
    this.#release(close)
  }

  failed(): void {
    this.#release('receive-error')
  }
}
