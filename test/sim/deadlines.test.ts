/** Deadlines, each named by its error; aborts; and what neither of them may harm. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

const dripping: SimHandler = async (exchange) => {
  exchange.head({ headers: { 'Content-Length': '1000' } })
  for (let i = 0; i < 1_000; i += 1) {
    exchange.write('x')
    await exchange.sleep(100)
  }
  exchange.end()
}
const silent: SimHandler = () => undefined
const stalling: SimHandler = (exchange) => {
  exchange.head({ headers: { 'Content-Length': '1000' } })
  exchange.write('0123456789')
}

const CASES: readonly {
  name: string
  options: EasyOptions
  handler: SimHandler
  deadline: string
  atLeast: number
  atMost: number
}[] = [
  {
    name: 'the whole transfer',
    options: { timeoutMs: 1_000 },
    handler: dripping,
    deadline: 'total',
    atLeast: 1_000,
    atMost: 1_000,
  },
  {
    name: 'the first byte',
    options: { firstByteTimeoutMs: 300 },
    handler: silent,
    deadline: 'first-byte',
    atLeast: 300,
    atMost: 310,
  },
  {
    name: 'silence',
    options: { idleTimeoutMs: 200 },
    handler: stalling,
    deadline: 'idle',
    atLeast: 200,
    atMost: 210,
  },
  {
    name: 'silence before the response',
    options: { idleTimeoutMs: 200 },
    handler: silent,
    deadline: 'idle',
    atLeast: 200,
    atMost: 210,
  },
  {
    name: 'low speed',
    options: { lowSpeedLimit: 50, lowSpeedTimeMs: 3_000 },
    handler: dripping,
    deadline: 'low-speed',
    atLeast: 3_000,
    atMost: 4_100,
  },
]

describe('deadlines', () => {
  test.each(CASES)('$name', async ({ options, handler, deadline, atLeast, atMost }) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', handler)
      const easy = new Easy({ ...options, url: 'http://a.test/', environment: world.environment })
      const error = (await easy.perform().catch((thrown: unknown) => thrown)) as Error
      expect(error).toMatchObject({ code: 'OPERATION_TIMEDOUT', curlNumber: 28, details: { deadline } })
      expect(error.message).toMatch(/\d+ ms|bytes\/s/)
      expect(world.clock.now()).toBeGreaterThanOrEqual(atLeast)
      expect(world.clock.now()).toBeLessThanOrEqual(atMost)
      await world.sleep(5)
      expect(world.network.openConnections).toBe(0)
    })
  })

  test('a steady drip is neither idle nor too slow for its limit', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', dripping)
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        idleTimeoutMs: 150,
        lowSpeedLimit: 5,
        lowSpeedTimeMs: 2_000,
      })
      expect((await easy.perform()).body).toHaveLength(1_000)
    })
  })

  test('a paused transfer is neither idle nor slow, but its total time runs', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', dripping)
      const easy: Easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        idleTimeoutMs: 150,
        lowSpeedLimit: 5,
        lowSpeedTimeMs: 1_000,
        timeoutMs: 20_000,
        writeFunction: () => 'pause',
      })
      await expect(easy.perform()).rejects.toMatchObject({ details: { deadline: 'total' } })
      expect(world.clock.now()).toBe(20_000)
    })
  })

  test('none of them is left behind by a transfer that succeeds', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.respond({ body: 'x' }))
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        timeoutMs: 50_000,
        firstByteTimeoutMs: 50_000,
        idleTimeoutMs: 50_000,
        lowSpeedLimit: 1,
        lowSpeedTimeMs: 50_000,
      })
      for (let i = 0; i < 3; i += 1) await easy.perform()
      await easy.close()
      await world.sleep(200_000)
      expect(easy.info?.responseCode).toBe(200)
    })
  })
})

describe('AbortSignal', () => {
  test('that is aborted already fails before anything is opened', async () => {
    await simulate(1, async (world) => {
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        signal: AbortSignal.abort(new Error('changed my mind')),
      })
      await expect(easy.perform()).rejects.toMatchObject({
        code: 'ABORTED_BY_CALLBACK',
        message: expect.stringContaining('changed my mind'),
      })
      expect(world.network.dials).toHaveLength(0)
    })
  })

  test.each([[1], [3], [5], [50]])(
    'that aborts after %i ms ends the transfer there, and the next one goes well',
    async (ms) => {
      await simulate(1, async (world) => {
        let isSlow = true
        world.origin('http://a.test', (exchange) =>
          isSlow ? dripping(exchange) : exchange.respond({ body: 'x' }),
        )
        const controller = new AbortController()
        const easy = new Easy({
          url: 'http://a.test/',
          environment: world.environment,
          signal: controller.signal,
        })
        const run = easy.perform()
        void world.sleep(ms).then(() => controller.abort())
        await expect(run).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
        expect(world.clock.now()).toBe(ms)
        isSlow = false
        expect((await easy.set({ signal: undefined }).perform()).text()).toBe('x')
      })
    },
  )
})
