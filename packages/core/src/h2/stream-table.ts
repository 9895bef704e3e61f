/**
 * `StreamTable`: the streams of one session by id.
 *
 * The rule: no operation allocates but growth. A `Map` whose entries come and go is rehashed again and again,
 * and its old tables keep what they held alive until a full collection (see `Engine.#running`); here a slot is
 * found by the id itself, and what is removed is gone. Linear probing with backward shift: ids of one side are
 * every second number, so neighbours in time are neighbours in the table.
 */
const FIRST_SLOTS = 16

export class StreamTable<T extends { readonly id: number }> {
  #slots: (T | undefined)[] = emptySlots(FIRST_SLOTS)
  #mask = FIRST_SLOTS - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    const slots = this.#slots
    const mask = this.#mask
    for (let at = (id >>> 1) & mask; ; at = (at + 1) & mask) {
      const stream = slots[at]
      if (stream === undefined || stream.id === id) return stream
    }
  }

  /** Adds a stream whose id is not in the table. */
  add(stream: T): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    this.#put(stream)
    this.#size += 1
  }

  /** Does nothing when there is no such stream. */
  delete(id: number): void {
    const slots = this.#slots
    const mask = this.#mask
    let at = (id >>> 1) & mask
    for (; ; at = (at + 1) & mask) {
      const stream = slots[at]
      if (stream === undefined) return
      if (stream.id === id) break
    }
    this.#size -= 1
    // What follows without a gap moves up, unless it would then stand before its own place.
    for (let next = (at + 1) & mask; ; next = (next + 1) & mask) {
      const stream = slots[next]
      if (stream === undefined) break
      const home = (stream.id >>> 1) & mask
      if (((next - home) & mask) < ((next - at) & mask)) continue
      slots[at] = stream
      at = next
    }
    slots[at] = undefined
  }

  /** All streams, in ascending order of id; a copy. */
  all(): T[] {
    return this.#slots.filter((stream) => stream !== undefined).sort((a, b) => a.id - b.id)
  }

  #put(stream: T): void {
    const mask = this.#mask
    let at = (stream.id >>> 1) & mask
    while (this.#slots[at] !== undefined) at = (at + 1) & mask
    this.#slots[at] = stream
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = emptySlots(old.length * 2)
    this.#mask = this.#slots.length - 1
    for (const stream of old) if (stream !== undefined) this.#put(stream)
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return Array.from<T | undefined>({ length: count })
}
