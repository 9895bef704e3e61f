/** HTTP/1.1 pipelining: an option; idempotent requests only; in order; recovered on a new connection. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const echo: SimHandler = async (exchange) => {
  await exchange.sleep(10)
  exchange.respond({ body: exchange.request.target })
}

/** A multi of one connection that pipelines, and its first transfer done: the server is known to keep connections. */
async function warm(world: SimWorld, pipelining: number) {
  const { environment } = world
  const multi = new Multi({ environment, maxHostConnections: 1, pipelining })
  const get = (path: string, options: EasyOptions = {}): Promise<string> =>
    multi.add(new Easy({ ...options, url: `http://a.test/${path}`, environment })).then(
      (result) => result.text(),
      (error: { code: string }) => error.code,
    )
  await get('warm')
  return { multi, get }
}

describe('pipelining', () => {
  test('sends requests ahead and matches the answers in order', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', echo)
      const { get } = await warm(world, 4)
      const paths = Array.from({ length: 12 }, (_, i) => String(i))
      expect(await Promise.all(paths.map((path) => get(path)))).toEqual(paths.map((path) => `/${path}`))
      expect(origin.connectionsAccepted).toBe(1)
      expect(origin.requests.map(({ target }) => target)).toEqual([
        '/warm',
        ...paths.map((path) => `/${path}`),
      ])
    })
  })

  test('saves the round trips of a slow link', async () => {
    const times: number[] = []
    for (const pipelining of [1, 10]) {
      await simulate(1, async (world) => {
        world.origin('http://a.test', (exchange) => exchange.respond({ body: 'x' }))
        world.network.link('a.test', { delayMs: 100 })
        const { get } = await warm(world, pipelining)
        const startedAt = world.clock.now()
        await Promise.all(Array.from({ length: 10 }, (_, i) => get(String(i))))
        times.push(world.clock.now() - startedAt)
      })
    }
    expect(times[0]).toBeGreaterThanOrEqual(2_000)
    expect(times[1]).toBeLessThan(500)
  })

  test('never puts a POST on a busy connection, nor anything behind one', async () => {
    await simulate(1, async (world) => {
      const inFlight: number[] = []
      let open = 0
      world.origin('http://a.test', async (exchange) => {
        open += 1
        await exchange.body()
        await exchange.sleep(10)
        inFlight.push(open)
        open -= 1
        exchange.respond({ body: exchange.request.target })
      })
      const { get } = await warm(world, 8)
      await Promise.all([
        get('post', { body: 'x' }),
        get('1'),
        get('2'),
        get('post2', { body: 'y' }),
        get('3'),
      ])
      expect(inFlight).toHaveLength(6)
    })
  })

  test.each([
    ['that says Connection: close (RFC 9112 9.6)', { headers: { Connection: 'close' } }],
    ['whose connection is not to be reused', { forbidReuse: true }],
  ] as const)('puts nothing behind a request %s', async (_name, options) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', echo)
      const { multi, get } = await warm(world, 4)
      const retries: number[] = []
      multi.events.on('transfer-done', ({ numRetries }) => retries.push(numRetries))
      const runs = [get('last', options), get('1', { retryDeadReuse: 'never' }), get('2')]
      expect(await Promise.all(runs)).toEqual(['/last', '/1', '/2'])
      expect(retries).toEqual([0, 0, 0])
    })
  })

  test('recovers in order on a new connection when the server closes after an announced last answer', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', echo, { keepAlive: { requests: 5 } })
      const { get } = await warm(world, 4)
      const paths = Array.from({ length: 20 }, (_, i) => String(i))
      expect(await Promise.all(paths.map((path) => get(path)))).toEqual(paths.map((path) => `/${path}`))
      expect(origin.connectionsAccepted).toBeGreaterThanOrEqual(5)
    })
  })

  test('is not tried again with a server that drops unanswered requests', async () => {
    await simulate(1, async (world) => {
      let most = 0
      let waiting = 0
      const origin = world.origin('http://a.test', async (exchange) => {
        waiting += 1
        most = Math.max(most, waiting)
        await exchange.sleep(10)
        waiting -= 1
        if (exchange.connection.exchanges === 2 && origin.connectionsAccepted === 1)
          return exchange.connection.reset()
        exchange.respond({ body: exchange.request.target })
      })
      const { multi, get } = await warm(world, 4)
      expect(await Promise.all(['1', '2', '3', '4'].map((path) => get(path)))).toEqual([
        '/1',
        '/2',
        '/3',
        '/4',
      ])
      const before = multi.connections()[0]!.requests
      const runs = ['5', '6', '7'].map((path) => get(path))
      await world.sleep(5)
      expect(multi.connections()[0]!.active).toBe(1)
      await Promise.all(runs)
      expect(before).toBeGreaterThan(0)
    })
  })

  test('a cancelled transfer in the pipeline takes nobody else down for good', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', echo)
      const { multi, get } = await warm(world, 8)
      const { environment } = world
      const victim = new Easy({ url: 'http://a.test/victim', environment })
      const runs = [
        get('1'),
        multi.add(victim).then(
          () => 'done',
          (error: { code: string }) => error.code,
        ),
        get('2'),
        get('3'),
      ]
      await world.sleep(5)
      multi.remove(victim)
      expect(await Promise.all(runs)).toEqual(['/1', 'MULTI_ABORTED', '/2', '/3'])
    })
  })
})
