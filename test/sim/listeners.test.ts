/** What listeners throw is theirs: the engine stays whole, and the error comes up as an uncaught exception. */
import { describe, expect, test } from 'vitest'
import type { EngineEvents } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const EVENTS: readonly (keyof EngineEvents)[] = [
  'connection-opened',
  'connection-reused',
  'connection-idle',
  'connection-closed',
  'transfer-queued',
  'transfer-started',
  'transfer-retried',
  'transfer-done',
]

/** What nobody caught while `use` ran; the test runner does not hear of it. */
async function uncaughtIn(use: () => Promise<void>): Promise<unknown[]> {
  const uncaught: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  try {
    await use()
    // What is thrown in a turn of its own comes up after it.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
  }
  return uncaught
}

describe('a listener that throws', () => {
  test.each(EVENTS)('of %s harms no transfer', async (event) => {
    const uncaught = await uncaughtIn(async () => {
      await simulate(1, async (world) => {
        let requests = 0
        world.origin('http://a.test', (exchange) => {
          requests += 1
          if (requests === 2) exchange.connection.close()
          else exchange.respond({ body: 'ok', headers: requests === 3 ? { connection: 'close' } : {} })
        })
        const { environment } = world
        const multi = new Multi({ environment })
        multi.events.on(event, () => {
          throw new Error(`by the listener of ${event}`)
        })
        const easy = new Easy({ url: 'http://a.test/', environment })
        for (let nth = 0; nth < 3; nth += 1) {
          expect((await multi.add(easy)).status).toBe(200)
          expect(easy.handle.isRunning).toBe(false)
        }
        await multi.close()
        expect(world.network.openConnections).toBe(0)
      })
    })
    expect(uncaught.length).toBeGreaterThan(0)
    expect(new Set(uncaught.map((error) => (error as Error).message))).toEqual(
      new Set([`by the listener of ${event}`]),
    )
  })
})

describe('a listener that ends the transfer it hears of', () => {
  const CASES = ['transfer-queued', 'connection-reused', 'transfer-started', 'transfer-retried'] as const

  test.each(CASES)('in %s ends it there, and the connections stay of use', async (event) => {
    await simulate(1, async (world) => {
      let requests = 0
      world.origin('http://a.test', (exchange) => {
        requests += 1
        if (requests === 2 && event === 'transfer-retried') exchange.connection.close()
        else exchange.respond({ body: 'ok' })
      })
      const { environment } = world
      const multi = new Multi({ environment, maxTotalConnections: 1 })
      const easy = new Easy({ url: 'http://a.test/', environment })
      await multi.add(easy)
      multi.events.once(event, () => easy.abort('enough'))
      easy.set({ freshConnect: event === 'transfer-queued' })
      await expect(multi.add(easy)).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      expect((await multi.add(easy.set({ freshConnect: false, timeoutMs: 5_000 }))).text()).toBe('ok')
      expect(multi.connections().map(({ state }) => state)).toEqual(['idle'])
    })
  })

  test('does not take down the one before it in a pipeline', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(20)
        exchange.respond({ body: 'ok' })
      })
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1, pipelining: 3 })
      const make = (): Easy => new Easy({ url: 'http://a.test/', environment, retryDeadReuse: 'never' })
      await multi.add(make())
      const first = multi.add(make())
      await world.sleep(5)
      const second = make()
      multi.events.once('transfer-started', () => second.abort('enough'))
      await expect(multi.add(second)).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      expect((await first).text()).toBe('ok')
    })
  })
})
