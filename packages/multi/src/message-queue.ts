/**
 * `MessageQueue`: finished transfers in the order in which they finished (curl_multi_info_read), to be asked
 * for one by one or waited for.
 */
import { Fifo } from '@trunkline/core'

export class MessageQueue<T> implements AsyncIterable<T> {
  readonly #messages = new Fifo<T>()
  readonly #waiting = new Fifo<(result: IteratorResult<T, undefined>) => void>()
  #isClosed = false

  get size(): number {
    return this.#messages.size
  }

  push(message: T): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting({ done: false, value: message })
    else this.#messages.push(message)
  }

  /** The oldest message, which is then gone. */
  shift(): T | undefined {
    return this.#messages.shift()
  }

  /** No more will come: who waits hears the end. */
  close(): void {
    this.#isClosed = true
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift())
      waiting({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => {
        const message = this.shift()
        if (message !== undefined) return Promise.resolve({ done: false, value: message })
        if (this.#isClosed) return Promise.resolve({ done: true, value: undefined })
        return new Promise((resolve) => this.#waiting.push(resolve))
      },
    }
  }
}
