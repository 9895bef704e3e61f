/** Receive windows over a long way: they grow with the rate, and what is paused stays bounded. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { LIMITS } from '../../packages/core/src/tables/limits.ts'

const MEBIBYTE = 1024 * 1024
const ONE_WAY_MS = 50
const ROUND_TRIP_MS = 2 * ONE_WAY_MS

/** Answers with as many bytes as the path says. */
const bytes: SimHandler = (exchange) =>
  exchange.respond({ body: new Uint8Array(Number(exchange.request.target.slice(1))) })

/** How long a download takes over a way of 100 ms there and back, in round trips. */
async function roundTripsOf(size: number): Promise<number> {
  const { value } = await simulate(1, async (world) => {
    const { environment, clock } = world
    world.origin('http://a.test', bytes, { http2: true })
    world.network.link('a.test', { delayMs: ONE_WAY_MS })
    await using easy = new Easy({ environment, httpVersion: '2-prior-knowledge' })
    await easy.set({ url: 'http://a.test/1' }).perform()
    const from = clock.now()
    let received = 0
    await easy
      .set({ url: `http://a.test/${size}`, writeFunction: (piece) => void (received += piece.length) })
      .perform()
    expect(received).toBe(size)
    return (clock.now() - from) / ROUND_TRIP_MS
  })
  return value
}

describe('a receive window', () => {
  test('is large enough at first for what is small', async () => {
    expect(await roundTripsOf(LIMITS.h2FirstStreamWindow)).toBeLessThanOrEqual(2)
  })

  test('grows while it holds the sender back: 64 MiB take fewer round trips than 8 times 8 MiB', async () => {
    // With windows of 64 KiB it would be 1,024, with those of the start 256.
    const small = await roundTripsOf(8 * MEBIBYTE)
    const large = await roundTripsOf(64 * MEBIBYTE)
    expect(small).toBeLessThan(16)
    expect(large).toBeLessThan(small * 2)
  })

  test('bounds what is kept of a paused transfer, and others go on', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      const origin = world.origin('http://a.test', bytes, { http2: true })
      await using multi = new Multi({ environment })
      const options = { environment, httpVersion: '2-prior-knowledge' } as const
      let held = 0
      const paused = new Easy({
        ...options,
        url: `http://a.test/${4 * MEBIBYTE}`,
        writeFunction: (piece) => {
          held += piece.length
          return held === piece.length ? 'pause' : undefined
        },
      })
      const end = multi.add(paused)
      const others = await Promise.all(
        Array.from({ length: 10 }, () =>
          multi.add(new Easy({ ...options, url: `http://a.test/${8 * MEBIBYTE}` })),
        ),
      )
      expect(others.map(({ body }) => body.length)).toEqual(Array.from({ length: 10 }, () => 8 * MEBIBYTE))
      expect(held).toBeLessThanOrEqual(LIMITS.h2FirstStreamWindow)
      paused.resume()
      await end
      expect(held).toBe(4 * MEBIBYTE)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })
})
