/** How many transfers a multi lets in at once, and in which order: fair between hosts. */
import { describe, expect, test } from 'vitest'
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
