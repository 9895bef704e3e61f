/** Nobody waits beside room: whoever could be served is, whatever order things happen in. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'

/** Answers after as many milliseconds as the path says. */
const byPath: SimHandler = async (exchange) => {
  await exchange.sleep(Number(exchange.request.target.slice(1)))
  exchange.respond({ body: 'x' })
}

function makeRunner(world: SimWorld, init: MultiInit) {
  const { environment, clock } = world
  const multi = new Multi({ ...init, environment })
  const go = (url: string, options: EasyOptions = {}) => {
    const easy = new Easy({ ...options, url, environment })
    const done = multi.add(easy).then(
      (result) => ({ code: String(result.status), at: clock.now(), info: result.info }),
      (error: { code: string }) => ({ code: error.code, at: clock.now(), info: easy.info! }),
    )
    return { easy, done }
  }
  return { multi, go, lines: logConnections(multi.events) }
}

/** Keeps a host busy with several loops until `rare` is served; answers how many went before it. */
async function crowd(world: SimWorld, init: MultiInit, busy: SimHandler): Promise<number> {
  world.origin('http://busy.test', busy)
  world.origin('http://rare.test', byPath)
  const { go } = makeRunner(world, init)
  await go('http://busy.test/1').done
  const seen = { rare: false, served: 0 }
  const rare = world
    .sleep(5)
    .then(() => go('http://rare.test/1', { priority: 100 }).done)
    .then(() => (seen.rare = true))
  const loop = async (): Promise<void> => {
    while (!seen.rare && seen.served < 1_000) {
      await go('http://busy.test/10').done
      seen.served += 1
    }
  }
  await Promise.all([loop(), loop(), loop(), loop(), rare])
  return seen.served
}

describe('a waiter at a limit', () => {
  test('gets the connection that was promised to a transfer which is cancelled', async () => {
    await simulate(1, async (world) => {
      for (const name of ['a', 'b']) world.origin(`http://${name}.test`, byPath)
      const { go, multi } = makeRunner(world, { maxTotalConnections: 1 })
      await go('http://a.test/5').done
      const promised = go('http://a.test/5')
      const waiting = go('http://b.test/5')
      multi.remove(promised.easy)
      expect((await waiting.done).at).toBeLessThan(100)
    })
  })

  test('gets the place of an opening that nobody waits for any more', async () => {
    await simulate(1, async (world) => {
      for (const name of ['a', 'b']) world.origin(`http://${name}.test`, byPath)
      const { go } = makeRunner(world, { maxTotalConnections: 2 })
      const first = go('http://a.test/20')
      await world.sleep(10)
      world.network.link('a.test', { connectDelayMs: 200 })
      // Begins an opening, and is served by the first one's connection long before it is done.
      const second = go('http://a.test/10000')
      expect((await go('http://b.test/5').done).at).toBeLessThan(100)
      await Promise.all([first.done, second.done])
    })
  })

  test('gets a connection that suits it when the one before it in line cannot take it', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go } = makeRunner(world, { maxHostConnections: 2 })
      const first = go('http://a.test/2000')
      await world.sleep(1_500)
      world.network.link('a.test', { connectDelayMs: 5_000 })
      const strict = go('http://a.test/1', { maxLifetimeConnMs: 100 })
      expect((await go('http://a.test/1').done).at).toBeLessThan(2_100)
      await Promise.all([first.done, strict.done])
    })
  })

  test('takes an idle connection that is not promised, not one that is', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go } = makeRunner(world, { maxHostConnections: 2 })
      await go('http://a.test/5').done
      await world.sleep(5)
      await go('http://a.test/5', { connectionTag: 'b' }).done
      const reusing = go('http://a.test/5')
      const other = go('http://a.test/5', { connectionTag: 'c' })
      expect((await reusing.done).info.connReused).toBe(true)
      await other.done
    })
  })

  test('is not overtaken for ever when the server closes every connection', async () => {
    await simulate(1, async (world) => {
      const closing: SimHandler = async (exchange) => {
        await exchange.sleep(10)
        exchange.respond({ body: 'x', headers: { Connection: 'close' } })
      }
      expect(await crowd(world, { maxTotalConnections: 2, maxHostConnections: 2 }, closing)).toBeLessThan(60)
    })
  })

  test('is not overtaken for ever by requests that join a pipeline', async () => {
    await simulate(1, async (world) => {
      expect(await crowd(world, { maxTotalConnections: 1, pipelining: 4 }, byPath)).toBeLessThan(60)
    })
  })

  test('keeps its place in line when it is retried', async () => {
    await simulate(1, async (world) => {
      let isFirst = true
      world.origin('http://a.test', async (exchange) => {
        if (exchange.connection.id === 1 && exchange.connection.exchanges === 2 && isFirst) {
          isFirst = false
          await exchange.sleep(50)
          return exchange.connection.reset()
        }
        await byPath(exchange)
      })
      const { go } = makeRunner(world, { maxHostConnections: 1 })
      const order: string[] = []
      const run = async (name: string, ms: number): Promise<void> => {
        await go(`http://a.test/${ms}`).done
        order.push(name)
      }
      await run('warm', 1)
      const retried = run('retried', 10)
      await world.sleep(10)
      await Promise.all([retried, run('later', 10), run('last', 10)])
      expect(order).toEqual(['warm', 'retried', 'later', 'last'])
    })
  })
})

describe('limits hold', () => {
  test('when a listener starts another transfer as a connection is closed for one', async () => {
    await simulate(1, async (world) => {
      for (const name of ['a', 'b', 'c']) world.origin(`http://${name}.test`, byPath)
      const { go, multi } = makeRunner(world, { maxTotalConnections: 1 })
      await go('http://a.test/5').done
      const started: Promise<unknown>[] = []
      multi.events.once('connection-closed', () => started.push(go('http://c.test/50').done))
      const second = go('http://b.test/50')
      await world.sleep(20)
      expect(world.network.openConnections).toBeLessThanOrEqual(1)
      await Promise.all([second.done, ...started])
      expect(started).toHaveLength(1)
    })
  })

  test('at once when they are lowered: what is above them is closed as it becomes free', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go, multi, lines } = makeRunner(world, { maxHostConnections: 4 })
      const runs = Array.from({ length: 12 }, () => go('http://a.test/20').done)
      await world.sleep(10)
      multi.set({ maxHostConnections: 1 })
      await Promise.all(runs)
      expect(multi.connections()).toHaveLength(1)
      expect(lines.filter((line) => line.endsWith('limit-lowered'))).toHaveLength(3)
      // Four of them at once, and then one after the other.
      expect(world.clock.now()).toBeGreaterThan(8 * 20)
    })
  })

  test('also for connections that the server does not close on its side', async () => {
    await simulate(1, async (world) => {
      let most = 0
      world.network.listen('a.test', 80, (stream) => {
        stream.sink = {
          bytes: () => stream.write('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx'),
          ended: () => undefined,
          failed: () => undefined,
          drained: () => undefined,
        }
      })
      const { go } = makeRunner(world, { maxTotalConnections: 2, maxHostConnections: 2 })
      for (let i = 0; i < 50; i += 1) {
        expect((await go('http://a.test/').done).code).toBe('200')
        most = Math.max(most, world.network.openConnections)
      }
      expect(most).toBeLessThanOrEqual(2)
      expect(world.clock.now()).toBeLessThan(2_000)
    })
  })
})

describe('an idle connection that never served anyone', () => {
  test('is a reused one for retries: it may have died while idle', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) =>
        exchange.connection.id === 2 ? exchange.connection.reset() : byPath(exchange),
      )
      const { go, multi } = makeRunner(world, {})
      const first = go('http://a.test/10')
      await world.sleep(5)
      world.network.link('a.test', { connectDelayMs: 20 })
      // Served by the first one's connection; its own opening goes idle unused.
      const second = go('http://a.test/100')
      await Promise.all([first.done, second.done, world.sleep(50)])
      expect(multi.connections().map(({ requests }) => requests)).toEqual([2, 0])
      const busy = go('http://a.test/100')
      const unlucky = go('http://a.test/1')
      expect((await unlucky.done).code).toBe('200')
      await busy.done
      expect(origin.connectionsAccepted).toBe(3)
    })
  })
})

describe('the verdict', () => {
  test('tells a wait at a limit that ended in reuse', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go } = makeRunner(world, { maxHostConnections: 1 })
      const first = go('http://a.test/100')
      const { info } = await go('http://a.test/1').done
      await first.done
      expect(info.verdict).toMatchObject({ outcome: 'reused', waits: [{ reason: 'host-limit' }] })
      expect(info.queueTimeUs).toBeGreaterThan(100_000)
    })
  })

  test('tells of a wait that ended in a deadline', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go } = makeRunner(world, { maxHostConnections: 1 })
      const first = go('http://a.test/1000')
      const { info } = await go('http://a.test/1', { timeoutMs: 300 }).done
      await first.done
      expect(info.verdict?.waits).toEqual([{ reason: 'host-limit', ms: 300 }])
      expect(info.queueTimeUs).toBe(300_000)
    })
  })

  test('lists every reason of a candidate, ages with both values', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go } = makeRunner(world, {})
      await go('http://a.test/1').done
      await world.sleep(2_000)
      const { info } = await go('http://a.test/1', {
        freshConnect: true,
        maxAgeConnMs: 1_000,
        connectionTag: 'x',
      }).done
      const [candidate] = info.verdict!.candidates
      expect(candidate!.reasons.map(({ code, have, want }) => [code, have, want])).toEqual([
        ['route', 'not set', 'x'],
        ['fresh-requested', undefined, undefined],
        ['idle-too-long', '2.0 s', '1.0 s'],
      ])
    })
  })

  test('names a lifetime that ended while somebody waited', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go, lines } = makeRunner(world, { maxHostConnections: 1 })
      const first = go('http://a.test/500', { maxLifetimeConnMs: 100 })
      await Promise.all([first.done, go('http://a.test/1').done])
      expect(lines).toContain('closed #0 too-old')
    })
  })

  test('does not promise what is promised already', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', byPath)
      const { go, multi } = makeRunner(world, {})
      await go('http://a.test/1').done
      const promised = go('http://a.test/1')
      expect(multi.explain(promised.easy)).toMatchObject({ outcome: 'opened' })
      await promised.done
    })
  })
})
