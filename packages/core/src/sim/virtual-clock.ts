/**
 * A clock that moves only when it is told to: time jumps from one arranged event to the next.
 *
 * The rule: events run in order of their time, and at one time in the order in which they were arranged.
 * `afterPendingInput` callbacks run when nothing else is due at this instant, before time moves on.
 */
import { Heap } from '../base/heap.ts'
import type { Cancelable, Clock, Milliseconds } from '../env/environment.ts'

interface Timer extends Cancelable {
  readonly due: Milliseconds
  /** Order of arrangement. */
  readonly turn: number
  readonly wake: () => void
  place: number
}

/** The date at virtual time 0, unless the clock is told another: 2026-01-01, 00:00 UTC. */
export const DEFAULT_START_DATE = Date.UTC(2026, 0, 1)

/** A `Clock` for simulations. `simulate` drives it; `step` is for those who drive it themselves. */
export class VirtualClock implements Clock {
  readonly #startDate: number
  readonly #timers = new Heap<'place', Timer>('place', isBefore)
  readonly #afterInput: (() => void)[] = []
  #now: Milliseconds = 0
  #turns = 0

  /** `startDate` is the date at time 0, in milliseconds since 1970. */
  constructor(startDate: number = DEFAULT_START_DATE) {
    this.#startDate = startDate
  }

  now(): Milliseconds {
    return this.#now
  }

  date(): Date {
    return new Date(this.#startDate + Math.floor(this.#now))
  }

  /** A simulation ends when its body does. */
  stayAwake(): Cancelable {
    return { cancel: () => undefined }
  }

  at(due: Milliseconds, wake: () => void): Cancelable {
    if (Number.isNaN(due)) throw new RangeError('at() was given NaN for a time')
    const timers = this.#timers
    const timer: Timer = {
      due: Math.max(due, this.#now),
      turn: this.#turns,
      wake,
      place: -1,
      cancel: () => timers.remove(timer),
    }
    this.#turns += 1
    // A timer that is never due would count as "something left that could wake it", and hide that all is stuck.
    if (due !== Infinity) timers.push(timer)
    return timer
  }

  afterPendingInput(then: () => void): void {
    this.#afterInput.push(then)
  }

  /** Resolves `ms` of virtual time from now. */
  sleep(ms: Milliseconds): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + ms, resolve))
  }

  /** When the next event is due; undefined when nothing is arranged. */
  get nextDue(): Milliseconds | undefined {
    return this.#afterInput.length > 0 ? this.#now : this.#timers.first?.due
  }

  /** Runs the next event, moving time to it if need be. False when nothing is arranged. */
  step(): boolean {
    const first = this.#timers.first
    if (this.#afterInput.length > 0 && (first === undefined || first.due > this.#now)) {
      this.#afterInput.shift()!()
      return true
    }
    if (first === undefined) return false
    this.#timers.shift()
    this.#now = first.due
    first.wake()
    return true
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.turn < b.turn)
}
