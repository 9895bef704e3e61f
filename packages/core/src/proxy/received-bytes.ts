/** Bytes of short binary messages, kept until a message is whole. */

export class ReceivedBytes {
  #bytes: Uint8Array = new Uint8Array(0)

  /** Copies the view behind what is kept. */
  add(view: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + view.length)
    joined.set(this.#bytes)
    joined.set(view, this.#bytes.length)
    this.#bytes = joined
  }

  get length(): number {
    return this.#bytes.length
  }

  /** The byte at `index`; undefined when it has not come. */
  at(index: number): number | undefined {
    return this.#bytes[index]
  }

  /** Takes the first `count` bytes off; undefined when there are fewer. */
  take(count: number): Uint8Array | undefined {
    if (this.#bytes.length < count) return undefined
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.slice(count)
    return taken
  }

  /** All that is left. */
  takeRest(): Uint8Array {
    return this.take(this.#bytes.length)!
  }
}
