/**
 * `SwallowedExchange`: takes the place of a pipelined exchange that was given up, so that the answers before
 * and behind its own still reach those who wait for them.
 */
import type { BodyFraming } from '../http/framing.ts'
import type { ResponseHead } from '../http/message.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Exchange } from './exchange.ts'

export class SwallowedExchange implements Exchange {
  readonly method: string
  readonly asksToClose: boolean
  /** Only whole requests are pipelined. */
  readonly isSent = true
  readonly goesOnSending = false
  readonly #release: (close: CloseReason | undefined) => void
  readonly #tooLong: () => void
  #received = 0

  /** `release` gives the lease back; `tooLong` is called when the answer is not worth reading to its end. */
  constructor(given: Exchange, release: (close: CloseReason | undefined) => void, tooLong: () => void) {
    this.method = given.method
    this.asksToClose = given.asksToClose
    this.#release = release
    this.#tooLong = tooLong
  }

  began(): void {}
  informational(): void {}
  drained(): void {}

  response(_head: ResponseHead, framing: BodyFraming): void {
    if (framing.is === 'until-close' || (framing.is === 'length' && framing.bytes > LIMITS.pausedBytes))
      this.#tooLong()
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
