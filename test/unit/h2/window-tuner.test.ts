/** When receive windows grow, and how far (see `WindowTuner`). */
import { describe, expect, test } from 'vitest'
import { WindowTuner, type TunedStream } from '../../../packages/core/src/h2/window-tuner.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'

const FIRST = LIMITS.h2FirstStreamWindow
const stream = (): TunedStream => ({ window: FIRST, received: FIRST / 2, probeFrom: 0 })

/** Probes `one` as if its window filled in each round trip, until it is not probed any more. */
function fill(tuner: WindowTuner<TunedStream>, one: TunedStream, streams = 1): number {
  let probes = 0
  for (; tuner.probe(one) && probes < 100; probes += 1) {
    one.received += one.window
    tuner.answered()
    tuner.grow(one, streams)
  }
  return probes
}

describe('one stream', () => {
  test('a third of its window in a round trip holds the peer back: all may double', () => {
    const tuner = new WindowTuner<TunedStream>()
    const one = stream()
    expect(tuner.grow(one, 1)).toBe(0)
    expect(tuner.probe(one)).toBe(true)
    one.received += Math.ceil(FIRST / 3)
    expect(tuner.answered()).toBe(true)
    expect(tuner.grow(one, 1)).toBe(FIRST)
    expect(one.window).toBe(2 * FIRST)
    expect(tuner.grow(one, 1)).toBe(0)
  })

  test('less does not, and it is left alone for eight windows', () => {
    const tuner = new WindowTuner<TunedStream>()
    const one = stream()
    tuner.probe(one)
    one.received += Math.floor(FIRST / 3)
    expect(tuner.answered()).toBe(false)
    expect(tuner.grow(one, 1)).toBe(0)
    expect(tuner.probe(one)).toBe(false)
    one.received += 8 * FIRST
    expect(tuner.probe(one)).toBe(true)
  })

  test('grows to the limit, and is not probed any more', () => {
    const tuner = new WindowTuner<TunedStream>()
    const one = stream()
    expect(fill(tuner, one)).toBe(Math.log2(LIMITS.h2StreamWindow / FIRST))
    expect(one.window).toBe(LIMITS.h2StreamWindow)
  })

  test('an answer to no probe means nothing', () => {
    const tuner = new WindowTuner<TunedStream>()
    expect(tuner.answered()).toBe(false)
    const one = stream()
    tuner.probe(one)
    tuner.left(one)
    expect(tuner.answered()).toBe(false)
  })
})

describe('many streams', () => {
  test('one probe at a time', () => {
    const tuner = new WindowTuner<TunedStream>()
    expect(tuner.probe(stream())).toBe(true)
    expect(tuner.probe(stream())).toBe(false)
  })

  test('what one has found is for all', () => {
    const tuner = new WindowTuner<TunedStream>()
    fill(tuner, stream())
    expect(tuner.grow(stream(), 2)).toBe(LIMITS.h2StreamWindow - FIRST)
  })

  test('each has its share at most', () => {
    const tuner = new WindowTuner<TunedStream>()
    fill(tuner, stream(), 100)
    expect(tuner.grow(stream(), 100)).toBe(Math.floor(LIMITS.h2WindowGrowth / 100))
  })

  test('all growth together stays below its limit; what has grown goes back with its stream', () => {
    const tuner = new WindowTuner<TunedStream>()
    const all = Array.from({ length: 10 }, stream)
    fill(tuner, all[0]!)
    for (const one of all) tuner.grow(one, 1)
    expect(all.reduce((sum, { window }) => sum + window - FIRST, 0)).toBe(LIMITS.h2WindowGrowth)

    const poor = all.at(-1)!
    expect(poor.window).toBe(FIRST)
    // Nothing is to be had: it does not ask all the time.
    expect(tuner.probe(poor)).toBe(false)
    tuner.left(all[0]!)
    tuner.grow(poor, 1)
    expect(poor.window).toBe(LIMITS.h2StreamWindow)
  })
})
