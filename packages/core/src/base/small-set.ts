/**
 * A set that mostly holds one value or none: then it costs 32 bytes instead of 310, which counts where there is one
 * for each connection. In the order in which values were added; what is added or removed during a walk is as in `Set`,
 * but that a walk begun with at most one value sees none that comes.
 */
export class SmallSet<T extends object> implements Iterable<T> {
  #only: T | undefined = undefined
  /** From the second value on, for as long as there is one. */
  #all: Set<T> | undefined = undefined

  get size(): number {
    return this.#all?.size ?? (this.#only === undefined ? 0 : 1)
  }

  add(value: T): void {
    if (this.#all !== undefined) this.#all.add(value)
    else if (this.#only === undefined) this.#only = value
    else if (this.#only !== value) {
      this.#all = new Set([this.#only, value])
      this.#only = undefined
    }
  }

  delete(value: T): void {
    if (this.#only === value) this.#only = undefined
    else if (this.#all?.delete(value) === true && this.#all.size === 0) this.#all = undefined
  }

  *[Symbol.iterator](): Iterator<T> {
    if (this.#all !== undefined) yield* this.#all
    else if (this.#only !== undefined) yield this.#only
  }
}
