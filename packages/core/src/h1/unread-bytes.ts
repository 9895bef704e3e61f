/**
 * The bytes that were offered to a reader and not consumed yet.
 *
 * The rule: nothing is copied while the offered view is valid and read to its end; only `keep`, and an offer
 * on top of unread bytes, copy. Own bytes are written once and never moved in place, because events that
 * were handed out point into them.
 */
export class UnreadBytes {
  /** The bytes; `[at, to)` of them are unread. */
  bytes: Uint8Array = EMPTY
  at = 0
  to = 0
  /** Whether `bytes` was allocated here, with room after `to` for more. */
  #own = false

  get count(): number {
    return this.to - this.at
  }

  /** Adds a view. With nothing unread it is taken as it is, else joined to the unread bytes by copying. */
  offer(view: Uint8Array): void {
    if (view.length === 0) return
    if (this.count === 0) {
      this.bytes = view
      this.at = 0
      this.to = view.length
      this.#own = false
      return
    }
    if (!this.#own || this.to + view.length > this.bytes.length) this.#copy(view.length)
    this.bytes.set(view, this.to)
    this.to += view.length
  }

  /** Makes the unread bytes this object's own. */
  keep(): void {
    if (this.count > 0 && !this.#own) this.#copy(0)
  }

  /** The next `count` bytes, as a part of what was offered; there must be so many. */
  take(count: number): Uint8Array {
    const { bytes, at } = this
    this.at += count
    const taken = at === 0 && count === bytes.length ? bytes : bytes.subarray(at, at + count)
    if (this.at === this.to) this.release()
    return taken
  }

  /** All unread bytes, copied. */
  takeRest(): Uint8Array {
    const rest = new Uint8Array(this.count)
    rest.set(this.bytes.subarray(this.at, this.to))
    this.release()
    return rest
  }

  /** Forgets the view; called when all of it is read, so that it is not held in memory. */
  release(): void {
    this.bytes = EMPTY
    this.at = 0
    this.to = 0
    this.#own = false
  }

  /** Moves the unread bytes into a fresh array with `room`, and as much again against the next time. */
  #copy(room: number): void {
    const { count } = this
    const wanted = count + room
    const bytes = new Uint8Array(room === 0 ? wanted : wanted * 2)
    bytes.set(this.bytes.subarray(this.at, this.to))
    this.bytes = bytes
    this.at = 0
    this.to = count
    this.#own = true
  }
}

const EMPTY = new Uint8Array(0)
