/** How many transfers a multi lets in at once, and in which order: fair between hosts. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'

interface Crawl {
  readonly order: string[]
  readonly mostInAll: number
  readonly mostAt: ReadonlyMap<string, number>
}

/** Fetches each of the hosts given, one name per wanted page, all added at once. */
async function crawl(world: SimWorld, init: MultiInit, hosts: readonly string[]): Promise<Crawl> {
  const order: string[] = []
  const active = new Map<string, number>()
  const mostAt = new Map<string, number>()
  let inAll = 0
  let mostInAll = 0
  for (const host of new Set(hosts)) {
    world.origin(`http://${host}.test`, async (exchange) => {
      order.push(host)
      active.set(host, (active.get(host) ?? 0) + 1)
      inAll += 1
      mostInAll = Math.max(mostInAll, inAll)
      mostAt.set(host, Math.max(mostAt.get(host) ?? 0, active.get(host)!))
      await exchange.sleep(10)
      inAll -= 1
      active.set(host, active.get(host)! - 1)
      exchange.respond({ body: host })
    })
  }
  const { environment } = world
  const multi = new Multi({ ...init, environment })
  const results = await Promise.all(
    hosts.map((host) => multi.add(new Easy({ url: `http://${host}.test/`, environment }))),
  )
  expect(results.map((result) => result.text())).toEqual(hosts)
  await multi.close()
  return { order, mostInAll, mostAt }
}

const GREEDY = [...Array.from({ length: 50 }, () => 'greedy'), 'a', 'b', 'c']

describe('admission', () => {
  test('keeps both limits', async () => {
    await simulate(1, async (world) => {
      const { mostInAll, mostAt } = await crawl(world, { maxTransfers: 4, maxHostTransfers: 2 }, [
        ...GREEDY,
        ...GREEDY,
      ])
      expect(mostInAll).toBeLessThanOrEqual(4)
      expect(mostAt.get('greedy')).toBe(2)
    })
  })

  test('hosts take turns, however many transfers one of them has', async () => {
    await simulate(1, async (world) => {
      const { order } = await crawl(world, { maxTransfers: 2 }, GREEDY)
      expect(Math.max(...['a', 'b', 'c'].map((host) => order.indexOf(host)))).toBeLessThan(8)
    })
  })

  test('a limit per host alone lets everyone else in at once', async () => {
    await simulate(1, async (world) => {
      const { mostAt, order } = await crawl(world, { maxHostTransfers: 1 }, GREEDY)
      expect(mostAt.get('greedy')).toBe(1)
      expect(order.slice(0, 4).toSorted()).toEqual(['a', 'b', 'c', 'greedy'])
    })
  })

  test('a transfer that is removed while it waits gives up its place, not the queue', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.respond({ body: 'x' }))
      const { environment } = world
      const multi = new Multi({ environment, maxTransfers: 1 })
      const handles = [1, 2, 3].map(() => new Easy({ url: 'http://a.test/', environment }))
      const runs = handles.map((handle) =>
        multi.add(handle).then(
          ({ status }) => String(status),
          (error: { code: string }) => error.code,
        ),
      )
      multi.remove(handles[1]!)
      expect(await Promise.all(runs)).toEqual(['200', 'MULTI_ABORTED', '200'])
      await multi.idle()
      expect(multi.size).toBe(0)
    })
  })

  test('failures keep their order of service as well', async () => {
    await simulate(1, async (world) => {
      world.network.name('down.test', ['10.0.7.7'])
      world.network.refuse('down.test', 80)
      const { environment } = world
      const multi = new Multi({ environment, maxTransfers: 2, maxHostTransfers: 1 })
      const runs = Array.from({ length: 20 }, () =>
        multi
          .add(new Easy({ url: 'http://down.test/', environment }))
          .catch((error: { code: string }) => error.code),
      )
      expect(new Set(await Promise.all(runs))).toEqual(new Set(['COULDNT_CONNECT']))
    })
  })
})

/** A world with one place, taken by a transfer that never ends, and `wait`, which adds one more. */
async function whileWaiting(
  use: (multi: Multi<Easy>, wait: (options?: EasyOptions) => Waiting, world: SimWorld) => Promise<void>,
): Promise<void> {
  await simulate(1, async (world) => {
    const { environment } = world
    world.origin('http://a.test', (exchange) => {
      if (exchange.request.target !== '/for-ever') exchange.respond()
    })
    const multi = new Multi<Easy>({ environment, maxTransfers: 1 })
    multi.add(new Easy({ url: 'http://a.test/for-ever', environment })).catch(() => undefined)
    const wait = (options: EasyOptions = {}): Waiting => {
      const easy = new Easy({ url: 'http://a.test/', environment, ...options })
      const waiting: Waiting = { easy, outcome: 'waits' }
      multi.add(easy).then(
        ({ status }) => (waiting.outcome = String(status)),
        (error: { code: string }) => (waiting.outcome = error.code),
      )
      return waiting
    }
    await use(multi, wait, world)
    await multi.close()
  })
}

interface Waiting {
  readonly easy: Easy
  outcome: string
}

describe('a transfer that waits for admission', () => {
  test('ends when its timeoutMs has passed', async () => {
    await whileWaiting(async (multi, wait, world) => {
      const waiting = wait({ timeoutMs: 100 })
      await world.sleep(99)
      expect(waiting.outcome).toBe('waits')
      await world.sleep(2)
      expect(waiting.outcome).toBe('OPERATION_TIMEDOUT')
      expect(waiting.easy.info).toMatchObject({ queueTimeUs: 100_000, totalTimeUs: 100_000 })
      expect(multi.size).toBe(1)
    })
  })

  test('ends when its queueTimeoutMs has passed', async () => {
    await whileWaiting(async (_, wait, world) => {
      const waiting = wait({ queueTimeoutMs: 50 })
      await world.sleep(51)
      expect(waiting.outcome).toBe('OPERATION_TIMEDOUT')
    })
  })

  const controller = new AbortController()
  const ends: readonly {
    readonly by: string
    readonly options?: EasyOptions
    readonly end: (multi: Multi<Easy>, easy: Easy) => void
    readonly code: string
  }[] = [
    {
      by: 'its signal',
      options: { signal: controller.signal },
      end: () => controller.abort(),
      code: 'ABORTED_BY_CALLBACK',
    },
    { by: 'easy.abort()', end: (_, easy) => easy.abort(), code: 'ABORTED_BY_CALLBACK' },
    { by: 'easy.close()', end: (_, easy) => void easy.close(), code: 'ABORTED_BY_CALLBACK' },
    { by: 'multi.remove()', end: (multi, easy) => multi.remove(easy), code: 'MULTI_ABORTED' },
    { by: 'multi.close()', end: (multi) => void multi.close(), code: 'MULTI_ABORTED' },
  ]
  test.each(ends)('ends at once by $by', async ({ options, end, code }) => {
    await whileWaiting(async (multi, wait, world) => {
      const waiting = wait(options)
      await world.sleep(10)
      end(multi, waiting.easy)
      await Promise.resolve()
      expect(waiting.outcome).toBe(code)
      expect(waiting.easy.handle.isRunning).toBe(false)
      expect(multi.handles).not.toContain(waiting.easy)
    })
  })

  test('is told of with its reason', async () => {
    await whileWaiting(async (multi, wait) => {
      const reasons: string[] = []
      multi.events.on('transfer-queued', (_, reason) => reasons.push(reason))
      wait()
      expect(reasons).toEqual(['admission'])
      return Promise.resolve()
    })
  })

  test('counts the wait as time in a queue', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(100)
        exchange.respond()
      })
      const multi = new Multi({ environment, maxTransfers: 1 })
      const [first, second] = await Promise.all(
        [1, 2].map(() => multi.add(new Easy({ url: 'http://a.test/', environment }))),
      )
      expect(first!.info.queueTimeUs).toBe(0)
      expect(second!.info.queueTimeUs).toBe(first!.info.totalTimeUs)
      await multi.close()
    })
  })

  test('goes before its host’s others by priority', async () => {
    await simulate(1, async (world) => {
      const order: string[] = []
      world.origin('http://a.test', async (exchange) => {
        order.push(exchange.request.target)
        await exchange.sleep(10)
        exchange.respond()
      })
      const { environment } = world
      const multi = new Multi({ environment, maxTransfers: 1 })
      const priorities = [0, 1, 5, 1, 9]
      await Promise.all(
        priorities.map((priority, nth) =>
          multi.add(new Easy({ url: `http://a.test/${nth}`, environment, priority })),
        ),
      )
      expect(order).toEqual(['/0', '/4', '/2', '/1', '/3'])
      await multi.close()
    })
  })

  test('may leave among thousands without a search', async () => {
    await whileWaiting(async (multi, wait) => {
      const all = Array.from({ length: 5_000 }, () => wait())
      for (const { easy } of all) multi.remove(easy)
      await Promise.resolve()
      expect(all.every(({ outcome }) => outcome === 'MULTI_ABORTED')).toBe(true)
      expect(multi.size).toBe(1)
    })
  })
})

describe('limits of transfers that change while transfers run', () => {
  /** Adds transfers of 100 ms, and tells how many of them are at the servers. */
  function busyWorld(
    world: SimWorld,
    init: MultiInit,
  ): { multi: Multi; add: (count: number, host?: string) => Promise<unknown>; active: () => number } {
    let active = 0
    for (const host of ['a', 'b']) {
      world.origin(`http://${host}.test`, async (exchange) => {
        active += 1
        await exchange.sleep(100)
        active -= 1
        exchange.respond()
      })
    }
    const { environment } = world
    const multi = new Multi({ environment, ...init })
    const add = (count: number, host = 'a'): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, () =>
          multi.add(new Easy({ url: `http://${host}.test/`, environment })),
        ),
      )
    return { multi, add, active: () => active }
  }

  test('a higher maxTransfers lets waiting ones in at once', async () => {
    await simulate(1, async (world) => {
      const { multi, add, active } = busyWorld(world, { maxTransfers: 1 })
      const all = add(20)
      await world.sleep(50)
      expect(active()).toBe(1)
      multi.set({ maxTransfers: 10 })
      await world.sleep(20)
      expect(active()).toBe(10)
      multi.set({ maxTransfers: 0 })
      await world.sleep(20)
      expect(active()).toBe(20)
      await all
    })
  })

  test('a higher maxHostTransfers lets waiting ones in at once', async () => {
    await simulate(1, async (world) => {
      const { multi, add, active } = busyWorld(world, { maxHostTransfers: 1 })
      const all = Promise.all([add(10), add(10, 'b')])
      await world.sleep(50)
      expect(active()).toBe(2)
      multi.set({ maxHostTransfers: 3 })
      await world.sleep(20)
      expect(active()).toBe(6)
      await all
    })
  })

  test('a lower one turns nobody out and lets nobody in until so many have ended', async () => {
    await simulate(1, async (world) => {
      const { multi, add, active } = busyWorld(world, { maxTransfers: 4 })
      const all = [add(10)]
      await world.sleep(50)
      multi.set({ maxTransfers: 1 })
      all.push(add(10))
      await world.sleep(40)
      expect(active()).toBe(4)
      for (let nth = 0; nth < 10; nth += 1) {
        await world.sleep(80)
        expect(active()).toBeLessThanOrEqual(1)
      }
      multi.set({ maxTransfers: 0 })
      await Promise.all(all)
    })
  })

  test('a first one counts those that run already', async () => {
    await simulate(1, async (world) => {
      const { multi, add, active } = busyWorld(world, {})
      const all = [add(3)]
      await world.sleep(50)
      multi.set({ maxTransfers: 4 })
      all.push(add(3))
      await world.sleep(20)
      expect(active()).toBe(4)
      await Promise.all(all)
      expect(multi.size).toBe(0)
      all.push(add(8))
      await world.sleep(50)
      expect(active()).toBe(4)
      await Promise.all(all)
    })
  })
})

describe('messages', () => {
  test('come in the order of the ends, by iteration and one by one', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(Number(exchange.request.target.slice(1)))
        exchange.respond({ body: exchange.request.target })
      })
      const { environment } = world
      const multi = new Multi({ environment })
      expect(multi.infoRead()).toBeUndefined()
      for (const ms of [30, 10, 20]) void multi.add(new Easy({ url: `http://a.test/${ms}`, environment }))
      const failing = new Easy({ url: 'http://nowhere.test/', environment })
      world.network.loseName('nowhere.test')
      multi.add(failing).catch(() => undefined)
      await multi.idle()
      const first = multi.infoRead()!
      expect(first.handle).toBe(failing)
      expect(first.error?.code).toBe('COULDNT_RESOLVE_HOST')
      const texts: string[] = []
      for await (const { result } of multi.messages()) {
        texts.push(result!.text())
        if (texts.length === 3) void multi.close()
      }
      expect(texts).toEqual(['/10', '/20', '/30'])
    })
  })
})
