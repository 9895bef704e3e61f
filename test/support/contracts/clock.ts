/**
 * What every `Clock` does. Tests compare orders and lower bounds, never how long something took.
 */
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../packages/core/src/env/environment.ts'
import type { StreamRecorder } from './stream-recorder.ts'

export interface ClockWorld {
  readonly clock: Clock
  /**
   * Makes input wait for a stream: `look` is called once, at a moment when bytes are there for the stream that
   * `heard` listens to and have not been reported yet.
   */
  withPendingInput(look: (heard: StreamRecorder) => void): Promise<void>
}

export interface ClockHarness {
  run(body: (world: ClockWorld) => Promise<void>): Promise<void>
}

export function clockContract(name: string, harness: ClockHarness): void {
  const clocks = (title: string, body: (world: ClockWorld) => Promise<void>): void =>
    test(title, () => harness.run(body))
  const wakeAt = (clock: Clock, due: number): Promise<void> =>
    new Promise((resolve) => clock.at(due, resolve))

  describe(`${name} is a Clock`, () => {
    clocks('wakes at the time asked for, or later', async ({ clock }) => {
      const start = clock.now()
      await wakeAt(clock, start + 5)
      expect(clock.now()).toBeGreaterThanOrEqual(start + 5)
    })

    clocks('wakes once, and never from inside the call, for a time that is past', async ({ clock }) => {
      let wakes = 0
      clock.at(clock.now() - 1000, () => (wakes += 1))
      expect(wakes).toBe(0)
      await wakeAt(clock, clock.now() + 3)
      expect(wakes).toBe(1)
    })

    clocks('wakes in the order of due times', async ({ clock }) => {
      const order: number[] = []
      const start = clock.now()
      for (const ms of [9, 3, 6, 1]) clock.at(start + ms, () => order.push(ms))
      await wakeAt(clock, start + 12)
      expect(order).toEqual([1, 3, 6, 9])
    })

    clocks('wakes in the order of arrangement when due times are equal', async ({ clock }) => {
      const order: string[] = []
      const due = clock.now() + 2
      for (const word of ['a', 'b', 'c']) clock.at(due, () => order.push(word))
      await wakeAt(clock, due)
      expect(order).toEqual(['a', 'b', 'c'])
    })

    clocks('does not wake what was called off, however late or often', async ({ clock }) => {
      const woken: string[] = []
      const start = clock.now()
      const early = clock.at(start + 1, () => woken.push('early'))
      const other = clock.at(start + 3, () => woken.push('other'))
      clock.at(start + 2, () => other.cancel())
      early.cancel()
      early.cancel()
      await wakeAt(clock, start + 5)
      other.cancel()
      expect(woken).toEqual([])
    })

    clocks('never goes back', async ({ clock }) => {
      const seen: number[] = []
      for (let i = 0; i < 5; i += 1) {
        seen.push(clock.now())
        await wakeAt(clock, clock.now() + 0.4)
      }
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
    })

    clocks('knows a date that goes on with time', async ({ clock }) => {
      const before = clock.date().getTime()
      await wakeAt(clock, clock.now() + 3)
      expect(clock.date().getTime()).toBeGreaterThanOrEqual(before)
    })

    clocks('calls afterPendingInput back once, and never from inside the call', async ({ clock }) => {
      let calls = 0
      await new Promise<void>((resolve) => {
        clock.afterPendingInput(() => {
          calls += 1
          resolve()
        })
        expect(calls).toBe(0)
      })
      await wakeAt(clock, clock.now() + 3)
      expect(calls).toBe(1)
    })

    clocks('calls afterPendingInput back in the order of the calls', async ({ clock }) => {
      const order: string[] = []
      clock.afterPendingInput(() => order.push('a'))
      clock.afterPendingInput(() => order.push('b'))
      await new Promise<void>((resolve) => clock.afterPendingInput(resolve))
      expect(order).toEqual(['a', 'b'])
    })

    clocks('calls afterPendingInput back after input that was there already', async (world) => {
      let heardBefore: string | undefined
      let heardFirst: string | undefined
      const { promise, resolve } = withResolvers()
      await world.withPendingInput((heard) => {
        heardBefore = heard.text
        world.clock.afterPendingInput(() => {
          heardFirst = heard.text
          resolve()
        })
      })
      await promise
      expect([heardBefore, heardFirst]).toEqual(['', 'waiting'])
    })
  })
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
