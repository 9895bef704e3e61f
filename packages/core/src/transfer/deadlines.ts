/**
 * `Deadlines`: the named limits of one transfer, and what it is to be woken for, over one timer. A limit that falls
 * ends the transfer with OPERATION_TIMEDOUT and its name. A transfer without any never makes one.
 */
import { Timer, type TimerQueue } from '../base/timer-queue.ts'
import type { Milliseconds } from '../env/environment.ts'

/** What ends a transfer. */
export type LimitName = 'total' | 'queue' | 'connect' | 'resolve' | 'first-byte' | 'idle' | 'low-speed'

/** What it is to be woken for. */
export type WakeName = 'expect-100' | 'receive-rate' | 'send-rate' | 'retry'

export type DeadlineName = LimitName | WakeName

export class Deadlines {
  readonly #timers: TimerQueue
  readonly #timer: Timer
  readonly #due = new Map<DeadlineName, Milliseconds>()

  /** `passed` is told which deadline fell, at or after its time. */
  constructor(timers: TimerQueue, now: () => Milliseconds, passed: (name: DeadlineName) => void) {
    this.#timers = timers
    this.#timer = new Timer(() => {
      const name = this.#first()
      if (name === undefined) return
      if (this.#due.get(name)! <= now()) {
        this.#due.delete(name)
        passed(name)
      }
      this.#arm()
    })
  }

  set(name: DeadlineName, due: Milliseconds): void {
    this.#due.set(name, due)
    this.#arm()
  }

  clear(name: DeadlineName): void {
    if (this.#due.delete(name)) this.#arm()
  }

  clearAll(): void {
    this.#due.clear()
    this.#timers.clear(this.#timer)
  }

  #first(): DeadlineName | undefined {
    let first: DeadlineName | undefined
    for (const [name, due] of this.#due) if (first === undefined || due < this.#due.get(first)!) first = name
    return first
  }

  #arm(): void {
    const first = this.#first()
    if (first === undefined) this.#timers.clear(this.#timer)
    else if (!this.#timer.isSet || this.#timer.due !== this.#due.get(first))
      this.#timers.set(this.#timer, this.#due.get(first)!)
  }
}
