/**
 * A binary heap that knows where each item is, so that any item can be removed in O(log n). The item keeps
 * its place in the property the heap was told: an item may be in several heaps, with a property for each.
 *
 * @internal
 */
export class Heap<Slot extends string, T extends { [K in Slot]: number }> {
  /** Its own while there is an item: most heaps of a cache hold none, and one that held some would keep the room. */
  #items: T[] = NOTHING
  readonly #slot: Slot
  readonly #isBefore: (a: T, b: T) => boolean

  /** `slot` is -1 in items that are in no heap. */
  constructor(slot: Slot, isBefore: (a: T, b: T) => boolean) {
    this.#slot = slot
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#items.length
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    if (this.#items === NOTHING) this.#items = []
    this.#items.push(item)
    this.#up(item, this.#items.length - 1)
  }

  /** Takes an item out; does nothing when it is in no heap. */
  remove(item: T): void {
    const at = item[this.#slot]
    if (at < 0) return
    const last = this.#items.pop()!
    if (this.#items.length === 0) this.#items = NOTHING
    this.#place(item, -1)
    if (last === item) return
    const parent = this.#items[(at - 1) >> 1]
    if (at > 0 && this.#isBefore(last, parent!)) this.#up(last, at)
    else this.#down(last, at)
  }

  shift(): T | undefined {
    const first = this.#items[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  /** In no particular order. */
  values(): readonly T[] {
    return this.#items
  }

  #up(item: T, from: number): void {
    const items = this.#items
    let at = from
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = items[parentAt]!
      if (!this.#isBefore(item, parent)) break
      items[at] = parent
      this.#place(parent, at)
      at = parentAt
    }
    items[at] = item
    this.#place(item, at)
  }

  #down(item: T, from: number): void {
    const items = this.#items
    let at = from
    for (;;) {
      let childAt = at * 2 + 1
      if (childAt >= items.length) break
      if (childAt + 1 < items.length && this.#isBefore(items[childAt + 1]!, items[childAt]!)) childAt += 1
      const child = items[childAt]!
      if (!this.#isBefore(child, item)) break
      items[at] = child
      this.#place(child, at)
      at = childAt
    }
    items[at] = item
    this.#place(item, at)
  }

  #place(item: T, at: number): void {
    ;(item as { [K in Slot]: number })[this.#slot] = at as T[Slot]
  }
}

const NOTHING: never[] = []
