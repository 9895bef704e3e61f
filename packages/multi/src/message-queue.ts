/**
 * `MessageQueue`: finished transfers in the order in which they finished (curl_multi_info_read), to be asked
 * for one by one or waited for.
 */
export class MessageQueue<T> implements AsyncIterable<T> {
  readonly #messages: T[] = []
  #next = 0
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = []
  #isClosed = false

  get size(): number {
    return this.#messages.length - this.#next
  }

  push(message: T): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting({ done: false, value: message })
    else this.#messages.push(message)
  }

  /** The oldest message, which is then gone. */
  shift(): T | undefined {
    if (this.#next === this.#messages.length) return undefined
    const message = this.#messages[this.#next++]
    if (this.#next === this.#messages.length) this.#messages.length = this.#next = 0
    return message
  }

  /** No more will come: who waits hears the end. */
  close(): void {
    this.#isClosed = true
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined })
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
