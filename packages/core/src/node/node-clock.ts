/**
 * The {@link Clock} of Node: `performance.now`, timers, and the phases of the event loop.
 *
 * The rule: nothing fires before its time, and nothing armed here keeps the process alive but `stayAwake`.
 */
import { performance } from 'node:perf_hooks'
import type { Cancelable, Clock, Milliseconds } from '../env/environment.ts'

/** How often input was reported by the streams of one environment; only ever compared with itself. */
export interface InputCount {
  reports: number
}

export class NodeClock implements Clock {
  readonly #input: InputCount
  readonly #alarms = new Alarms()
  /** Asked for since the turn began that runs now. */
  #newcomers: (() => void)[] = []
  /** Under way; told together. */
  #waiting: (() => void)[] = []
  #turns = 0
  #reportsBefore = 0

  constructor(input: InputCount) {
    this.#input = input
  }

  now(): Milliseconds {
    return performance.now()
  }

  date(): Date {
    return new Date()
  }

  at(due: Milliseconds, wake: () => void): Cancelable {
    return this.#alarms.add(due, wake)
  }

  stayAwake(): Cancelable {
    const timer = setInterval(() => undefined, LONGEST_TIMER_MS)
    return { cancel: () => clearInterval(timer) }
  }

  /**
   * An immediate set while the loop polls runs right after that poll, so input that came during it may still
   * be unread: only the second of two chained immediates has a whole poll behind it. A poll reads a socket
   * until it is empty but does not see the end of stream behind the last bytes; so when that poll brought
   * anything, one more follows. All callers of a turn share the immediates.
   */
  afterPendingInput(then: () => void): void {
    this.#newcomers.push(then)
    if (this.#newcomers.length === 1 && this.#waiting.length === 0) this.#begin(0)
  }

  #begin(turns: 0 | 1): void {
    const empty = this.#waiting
    this.#waiting = this.#newcomers
    this.#newcomers = empty
    this.#turns = turns
    this.#reportsBefore = this.#input.reports
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#turns += 1
    if (this.#turns === 1) {
      this.#reportsBefore = this.#input.reports
      setImmediate(this.#turn)
    } else if (this.#turns === 2 && this.#input.reports !== this.#reportsBefore) {
      setImmediate(this.#turn)
    } else {
      this.#tell()
    }
  }

  #tell(): void {
    const told = this.#waiting
    // A callback that throws ends the process or is caught above; the others are told first.
    let failure: { readonly error: unknown } | undefined
    for (let at = 0; at < told.length; at += 1) {
      try {
        told[at]?.()
      } catch (error) {
        failure ??= { error }
      }
    }
    told.length = 0
    // Set from inside an immediate, the next one has a whole poll before it.
    if (this.#newcomers.length > 0) this.#begin(1)
    if (failure !== undefined) throw failure.error
  }
}

interface Alarm {
  /** Counts up. */
  readonly number: number
  readonly due: Milliseconds
  readonly wake: () => void
}

/** Everything that waits for a time, in order, on one timer of Node's. */
class Alarms {
  /** By due time; equal ones as they were arranged. */
  readonly #alarms: Alarm[] = []
  #arranged = 0
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires; it may fire for nothing, because calling off leaves it alone. */
  #armedFor: Milliseconds = Infinity

  add(due: Milliseconds, wake: () => void): Cancelable {
    this.#arranged += 1
    const alarm: Alarm = { number: this.#arranged, due, wake }
    this.#alarms.splice(this.#countUpTo(due), 0, alarm)
    if (due < this.#armedFor) this.#arm()
    return { cancel: () => this.#remove(alarm) }
  }

  #remove(alarm: Alarm): void {
    for (let at = this.#countUpTo(alarm.due) - 1; this.#alarms[at]?.due === alarm.due; at -= 1) {
      if (this.#alarms[at] === alarm) return void this.#alarms.splice(at, 1)
    }
  }

  /** How many are due at `due` or before. */
  #countUpTo(due: Milliseconds): number {
    let low = 0
    let high = this.#alarms.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#alarms[middle]!.due <= due) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Node's timers count whole milliseconds from a cached time, so that they may also fire early. */
  #arm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#armedFor = Infinity
    const first = this.#alarms[0]
    if (first === undefined) return
    const wait = Math.ceil(first.due - performance.now())
    this.#armedFor = first.due
    this.#timer = setTimeout(this.#fire, Math.min(Math.max(wait, 1), LONGEST_TIMER_MS))
    this.#timer.unref()
  }

  readonly #fire = (): void => {
    const now = performance.now()
    const arranged = this.#arranged
    try {
      // What a wake arranges waits for the next timer, even when it is due at once.
      for (
        let next = this.#alarms[0];
        next && next.due <= now && next.number <= arranged;
        next = this.#alarms[0]
      ) {
        this.#alarms.shift()
        next.wake()
      }
    } finally {
      this.#arm()
    }
  }
}

/** A longer wait makes Node fire after 1 ms instead. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
