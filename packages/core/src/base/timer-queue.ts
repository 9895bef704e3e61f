/**
 * Many deadlines over one timer: thousands of transfers and connections set and clear theirs in O(log n)
 * without touching the clock's own timers, which are armed only for the earliest.
 */
import { Heap } from './heap.ts'

/** What the queue needs of a clock. */
export interface Wakeable {
  now(): number
  at(due: number, wake: () => void): { cancel(): void }
}

/**
 * One deadline. Reusable: set it again after it fired or was cleared. The owner is handed to the function, so that many
 * can share one.
 */
export class Timer<Owner = undefined> {
  readonly #fire: (owner: Owner) => void
  readonly #owner: Owner
  /** @internal */ due = 0
  /** @internal */ place = -1

  constructor(fire: (owner: Owner) => void, owner?: Owner) {
    this.#fire = fire
    this.#owner = owner as Owner
  }

  get isSet(): boolean {
    return this.place >= 0
  }

  /** @internal */
  fire(): void {
    this.#fire(this.#owner)
  }
}

/** As far as the queue goes. */
type AnyTimer = Pick<Timer, 'due' | 'place' | 'fire'>

export class TimerQueue {
  readonly #clock: Wakeable
  readonly #timers = new Heap<'place', AnyTimer>('place', (a, b) => a.due < b.due)
  #armed: { readonly due: number; cancel(): void } | undefined

  constructor(clock: Wakeable) {
    this.#clock = clock
  }

  get size(): number {
    return this.#timers.size
  }

  /** Makes `timer` fire at `due` instead of whenever it was set for. */
  set(timer: AnyTimer, due: number): void {
    this.#timers.remove(timer)
    timer.due = due
    this.#timers.push(timer)
    this.#armBy(due)
  }

  clear(timer: AnyTimer): void {
    this.#timers.remove(timer)
    if (this.#timers.size === 0) this.#disarm()
  }

  /** An armed wake-up that comes too early costs one empty run; one too late is armed anew. */
  #armBy(due: number): void {
    if (this.#armed === undefined || due < this.#armed.due) this.#arm(due)
  }

  #arm(due: number): void {
    this.#disarm()
    const armed = this.#clock.at(due, this.#wake)
    this.#armed = { due, cancel: () => armed.cancel() }
  }

  #disarm(): void {
    this.#armed?.cancel()
    this.#armed = undefined
  }

  readonly #wake = (): void => {
    this.#armed = undefined
    const now = this.#clock.now()
    for (
      let first = this.#timers.first;
      first !== undefined && first.due <= now;
      first = this.#timers.first
    ) {
      this.#timers.remove(first)
      first.fire()
    }
    // Those that fired may have set others, later than what was there before.
    const next = this.#timers.first
    if (next !== undefined) this.#armBy(next.due)
  }
}
