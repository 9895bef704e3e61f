/** One timer of the clock for many of ours. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Timer, TimerQueue } from '../../../packages/core/src/base/timer-queue.ts'

/** A clock that is moved by hand. */
class HandClock {
  #now = 0
  readonly #waits = new Set<{ readonly at: number; readonly wake: () => void }>()

  now(): number {
    return this.#now
  }

  at(at: number, wake: () => void): { cancel(): void } {
    const wait = { at, wake }
    this.#waits.add(wait)
    return { cancel: () => void this.#waits.delete(wait) }
  }

  get waiting(): number {
    return this.#waits.size
  }

  moveTo(end: number): void {
    for (;;) {
      const due = [...this.#waits].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
      const [next] = due
      if (next === undefined) break
      this.#waits.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.wake()
    }
    this.#now = end
  }
}

describe('TimerQueue', () => {
  test('one that fires and is set for later does not hold up the others', () => {
    const clock = new HandClock()
    const queue = new TimerQueue(clock)
    const fired: string[] = []
    const again = new Timer(() => {
      fired.push(`again ${clock.now()}`)
      if (clock.now() < 1_000) queue.set(again, 1_000)
    })
    const once = new Timer(() => fired.push(`once ${clock.now()}`))
    queue.set(again, 10)
    queue.set(once, 20)
    clock.moveTo(2_000)
    expect(fired).toEqual(['again 10', 'once 20', 'again 1000'])
    expect(clock.waiting).toBe(0)
  })

  test('every timer fires when it is due, whatever those that fire before it do', () => {
    const move = fc.record({ who: fc.nat(4), in: fc.integer({ min: -1, max: 60 }) })
    fc.assert(
      fc.property(fc.array(fc.array(move, { maxLength: 4 }), { size: 'max', maxLength: 60 }), (script) => {
        const clock = new HandClock()
        const queue = new TimerQueue(clock)
        const steps = script[Symbol.iterator]()
        const due = [0, 0, 0, 0, 0].map(() => -1)
        const timers = due.map(
          (_, who) =>
            new Timer(() => {
              expect(clock.now()).toBe(due[who])
              due[who] = -1
              act()
            }),
        )
        const act = (): void => {
          for (const { who, in: wait } of steps.next().value ?? []) {
            due[who] = wait < 0 ? -1 : clock.now() + wait
            if (wait < 0) queue.clear(timers[who]!)
            else queue.set(timers[who]!, due[who]!)
          }
        }
        act()
        act()
        clock.moveTo(10_000)
        expect(due).toEqual([-1, -1, -1, -1, -1])
        expect(clock.waiting).toBe(0)
      }),
    )
  })
})
