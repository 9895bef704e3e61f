/** A reused connection that dies before a byte of response: what is repeated, what is not, and how it is told. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'

const URL_A = 'http://a.test/'

/** Drops every second request of a connection without a byte of answer. */
const dropsSecond: SimHandler = async (exchange) => {
  if (exchange.connection.exchanges % 2 === 0) return exchange.connection.close()
  await exchange.body()
  exchange.respond({ body: 'hello' })
}

async function perform(world: SimWorld, options: EasyOptions, times: number): Promise<string[]> {
  const easy = new Easy({ ...options, url: URL_A, environment: world.environment })
  const outcomes: string[] = []
  for (let i = 0; i < times; i += 1) {
    outcomes.push(
      await easy.perform().then(
        (result) => `${result.status}${result.info.numRetries > 0 ? ' retried' : ''}`,
        (error: { code: string }) => error.code,
      ),
    )
  }
  return outcomes
}

const CASES: readonly { name: string; options: EasyOptions; expected: string[] }[] = [
  { name: 'GET is repeated', options: {}, expected: ['200', '200 retried', '200 retried', '200 retried'] },
  {
    name: 'PUT is repeated',
    options: { upload: true, body: 'x' },
    expected: ['200', '200 retried', '200 retried', '200 retried'],
  },
  { name: 'POST is not', options: { body: 'x' }, expected: ['200', 'GOT_NOTHING', '200', 'GOT_NOTHING'] },
  {
    name: 'POST with an Idempotency-Key is',
    options: { body: 'x', headers: { 'Idempotency-Key': '7' } },
    expected: ['200', '200 retried', '200 retried', '200 retried'],
  },
  {
    name: "POST is, by libcurl's rule",
    options: { body: 'x', retryDeadReuse: 'always' },
    expected: ['200', '200 retried', '200 retried', '200 retried'],
  },
  {
    name: 'GET is not, when that is forbidden',
    options: { retryDeadReuse: 'never' },
    expected: ['200', 'GOT_NOTHING', '200', 'GOT_NOTHING'],
  },
]

describe('a dead reused connection', () => {
  test.each(CASES)('$name', async ({ options, expected }) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', dropsSecond)
      expect(await perform(world, options, 4)).toEqual(expected)
    })
  })

  test('a retry always opens a new connection, whatever the cache holds', async () => {
    await simulate(1, async (world) => {
      // Six connections are made, then all die in the same way: without a word, when they are used again.
      const origin = world.origin('http://a.test', async (exchange) => {
        if (exchange.connection.exchanges > 1) return exchange.connection.reset()
        await exchange.sleep(5)
        exchange.respond({ body: 'hello' })
      })
      const { environment } = world
      const multi = new Multi({ environment })
      const get = () => multi.add(new Easy({ url: URL_A, environment }))
      await Promise.all(Array.from({ length: 6 }, get))
      expect(multi.connections()).toHaveLength(6)
      const result = await get()
      expect(result.info).toMatchObject({ numRetries: 1, numConnects: 1, connId: 6 })
      expect(result.info.verdict!.candidates).toContainEqual({
        connection: 0,
        state: 'idle',
        reasons: [{ code: 'retry-needs-new', text: 'a retry always opens a new connection' }],
      })
      expect(origin.connectionsAccepted).toBe(7)
    })
  })

  test('a fresh connection that dies is not retried', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) => exchange.connection.close())
      const easy = new Easy({ url: URL_A, environment: world.environment })
      const error = await easy.perform().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'GOT_NOTHING', curlNumber: 52, phase: 'receive' })
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('nothing is repeated once a byte of the response has come', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) => {
        if (exchange.connection.exchanges === 1) return exchange.respond({ body: 'hello' })
        exchange.connection.write('HTTP')
        exchange.connection.close()
      })
      expect(await perform(world, {}, 2)).toEqual(['200', 'PARTIAL_FILE'])
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('an informational response is a byte of the response', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => {
        if (exchange.connection.exchanges === 1) return exchange.respond({ body: 'hello' })
        exchange.informational(103)
        exchange.connection.close()
      })
      const [, second] = await perform(world, {}, 2)
      expect(second).not.toBe('200 retried')
    })
  })

  test('a body that can be read once cannot be repeated', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', dropsSecond)
      async function* once(): AsyncGenerator<string> {
        yield 'piece'
      }
      const easy = new Easy({
        url: URL_A,
        upload: true,
        environment: world.environment,
        headers: { Expect: undefined },
      })
      await easy.set({ body: once() }).perform()
      await expect(easy.set({ body: once() }).perform()).rejects.toMatchObject({
        code: 'SEND_FAIL_REWIND',
        curlNumber: 65,
      })
      // A function gives it anew.
      await easy.set({ body: once }).perform()
      const again = await easy.set({ body: once }).perform()
      expect(again.info.numRetries).toBe(1)
    })
  })

  test('the failure tells which connection, which request on it, how long it was idle, and of the retry', async () => {
    await simulate(1, async (world) => {
      let isDown = false
      world.origin('http://a.test', (exchange) =>
        isDown ? exchange.connection.close() : exchange.respond({ body: 'x' }),
      )
      const easy = new Easy({ url: URL_A, environment: world.environment })
      const lines = logConnections(easy.events)
      for (let i = 0; i < 11; i += 1) await easy.perform()
      await world.sleep(4_100)
      isDown = true
      const retried: string[] = []
      easy.events.on('transfer-retried', (_, error) => retried.push(error.message))
      const error = (await easy.perform().catch((thrown: unknown) => thrown)) as Error & { details: object }
      expect(retried).toEqual([
        expect.stringMatching(
          /^connection #0 to a\.test:80, 12th request on it, idle 4\.1 s before: end of stream before a byte/,
        ),
      ])
      expect(error.message).toMatch(
        /^connection #1 to a\.test:80, 1st request on it, after one retry: end of stream before a byte/,
      )
      expect(error.details).toMatchObject({ connection: 1, request: 1, retries: 1 })
      expect(lines.slice(-3)).toEqual(['closed #0 peer-closed', 'opened #1', 'closed #1 peer-closed'])
    })
  })

  test('a hundred connections dead at once cost no transfer', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(3)
        exchange.respond({ body: 'x' })
      })
      const { environment } = world
      const multi = new Multi({ environment })
      const burst = () =>
        Promise.all(Array.from({ length: 100 }, () => multi.add(new Easy({ url: URL_A, environment }))))
      await burst()
      for (const connection of origin.connections) connection.reset()
      // No time passes: the resets are on their way when the next burst is written.
      const second = await burst()
      expect(second.every(({ status }) => status === 200)).toBe(true)
    })
  })
})
