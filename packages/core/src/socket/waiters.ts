/**
 * `Waiters`: those who wait until a stream takes more.
 *
 * The rule: who does not have to wait makes one resolved promise and nothing else; all are let go at once.
 */
import { deferred, type Deferred } from '../base/deferred.ts'
import type { TransferError } from '../errors/transfer-error.ts'

export class Waiters {
  #isBlocked = false
  #released: Deferred<void> | undefined
  #failure: TransferError | undefined

  /** Resolves when there is room; rejects with what ended the stream. */
  wait(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (!this.#isBlocked) return Promise.resolve()
    this.#released ??= deferred<void>()
    return this.#released.promise
  }

  /** There is no room. */
  block(): void {
    this.#isBlocked = true
  }

  /** There is room. */
  release(): void {
    this.#isBlocked = false
    this.#released?.resolve()
    this.#released = undefined
  }

  /** There will never be room again, nor need of it. */
  end(error?: TransferError): void {
    this.#failure = error
    if (error === undefined) this.release()
    else this.#released?.reject(error)
  }
}
