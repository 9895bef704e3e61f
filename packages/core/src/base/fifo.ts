/**
 * `Fifo`: first in, first out, over an array.
 *
 * The rule: both operations are O(1) on average, and what was taken out is held by nothing, however many
 * still wait: `Array.prototype.shift` moves all that wait, and an index alone keeps all that was taken.
 */

/** How many taken slots are worth moving the rest for. */
const MANY = 32

/** @internal A queue: first in, first out. */
export class Fifo<T> {
  readonly #slots: (T | undefined)[] = []
  #next = 0

  get size(): number {
    return this.#slots.length - this.#next
  }

  push(item: T): void {
    this.#slots.push(item)
  }

  /** The oldest, which is then gone; undefined when there is none. */
  shift(): T | undefined {
    const slots = this.#slots
    if (this.#next === slots.length) return undefined
    const item = slots[this.#next]
    slots[this.#next] = undefined
    this.#next += 1
    if (this.#next === slots.length) this.clear()
    else if (this.#next >= MANY && this.#next * 2 >= slots.length) {
      // No more is moved than was taken since the last move.
      slots.splice(0, this.#next)
      this.#next = 0
    }
    return item
  }

  clear(): void {
    this.#slots.length = this.#next = 0
  }
}
