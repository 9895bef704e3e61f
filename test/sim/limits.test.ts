/** Limits make transfers wait, in order, and exactly those are woken whose condition changed. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferResult } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'

const slow =
  (ms: number): SimHandler =>
  async (exchange) => {
    await exchange.sleep(ms)
    exchange.respond({ body: exchange.request.target })
  }

interface Run {
  readonly url: string
  readonly startedAt: number
  readonly endedAt: number
  readonly result: TransferResult | undefined
  readonly error: { readonly code: string } | undefined
}

/** A multi in the world, and a way to run a URL that notes when it ended. */
function makeRunner(world: SimWorld, init: MultiInit) {
  const { environment, clock } = world
  const multi = new Multi({ ...init, environment })
  const ended: string[] = []
  const run = async (url: string, options: EasyOptions = {}): Promise<Run> => {
    const startedAt = clock.now()
    const outcome = await multi.add(new Easy({ ...options, url, environment })).then(
      (result) => ({ result, error: undefined }),
      (error: { code: string }) => ({ result: undefined, error }),
    )
    ended.push(new URL(url).pathname.slice(1))
    return { url, startedAt, endedAt: clock.now(), ...outcome }
  }
  return { multi, run, ended, lines: logConnections(multi.events) }
}

describe('limits', () => {
  test('a limit per host holds, and transfers are served in the order of arrival', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', slow(10))
      const { multi, run, ended } = makeRunner(world, { maxHostConnections: 2 })
      let most = 0
      multi.events.on('transfer-started', () => (most = Math.max(most, origin.openConnections)))
      await Promise.all(Array.from({ length: 20 }, (_, i) => run(`http://a.test/${i}`)))
      expect(ended).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
      expect(origin.connectionsAccepted).toBe(2)
      expect(most).toBeLessThanOrEqual(2)
      await multi.close()
    })
  })

  test('a higher priority goes first among those who wait', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', slow(10))
      const { run, ended } = makeRunner(world, { maxHostConnections: 1 })
      const first = run('http://a.test/first')
      await world.sleep(5)
      await Promise.all([
        first,
        run('http://a.test/low', { priority: -1 }),
        run('http://a.test/normal'),
        run('http://a.test/high', { priority: 5 }),
      ])
      expect(ended).toEqual(['first', 'high', 'normal', 'low'])
    })
  })

  test('a waiter of one host is woken when its own host frees, whatever another host does (libcurl loses this wake-up)', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', slow(4_000))
      world.origin('http://b.test', slow(300))
      const { run } = makeRunner(world, { maxHostConnections: 1 })
      const runs = [
        run('http://a.test/1'),
        run('http://b.test/1'),
        run('http://a.test/2'),
        run('http://b.test/2'),
      ]
      const [, , , second] = await Promise.all(runs)
      expect(second!.endedAt).toBeLessThan(650)
      expect(second!.result!.info.verdict).toMatchObject({ outcome: 'reused' })
    })
  })

  test('deadlines run while a transfer waits at a limit', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', slow(4_000))
      const { run } = makeRunner(world, { maxHostConnections: 1 })
      const [, total, queue] = await Promise.all([
        run('http://a.test/1'),
        run('http://a.test/2', { timeoutMs: 500 }),
        run('http://a.test/3', { queueTimeoutMs: 700 }),
      ])
      expect(total!.endedAt - total!.startedAt).toBe(500)
      expect(total!.error).toMatchObject({
        code: 'OPERATION_TIMEDOUT',
        phase: 'queue',
        details: { deadline: 'total', limitMs: 500 },
      })
      expect(queue!.endedAt - queue!.startedAt).toBe(700)
      expect(queue!.error).toMatchObject({
        code: 'OPERATION_TIMEDOUT',
        details: { deadline: 'queue', limitMs: 700 },
      })
    })
  })

  test('at the total limit an idle connection of another host is closed rather than wait', async () => {
    await simulate(1, async (world) => {
      for (const name of ['a', 'b', 'c']) world.origin(`http://${name}.test`, slow(5))
      const { multi, run, lines } = makeRunner(world, { maxTotalConnections: 2 })
      await run('http://a.test/1')
      await run('http://b.test/2')
      await run('http://c.test/3')
      expect(lines).toContain('closed #0 made-room')
      expect(multi.connections().map(({ origin }) => origin)).toEqual([
        'http://b.test:80',
        'http://c.test:80',
      ])
    })
  })

  test('a busy host cannot keep every connection for ever: whoever waits for the total limit gets its turn', async () => {
    await simulate(1, async (world) => {
      world.origin('http://busy.test', slow(10))
      world.origin('http://rare.test', slow(10))
      const { run } = makeRunner(world, { maxTotalConnections: 1 })
      const seen = { rare: false }
      const rare = world.sleep(5).then(() => run('http://rare.test/x'))
      void rare.then(() => (seen.rare = true))
      let served = 0
      // Two loops keep someone of the busy host waiting at any time.
      const loop = async (): Promise<void> => {
        while (!seen.rare && served < 500) {
          await run('http://busy.test/x')
          served += 1
        }
      }
      await Promise.all([loop(), loop(), loop(), rare])
      expect(served).toBeGreaterThan(20)
      expect(served).toBeLessThan(60)
    })
  })

  test('a full cache still reuses: only idle connections are counted (libcurl made five connections of five)', async () => {
    await simulate(1, async (world) => {
      world.origin('http://slow.test', slow(10_000))
      const quick = world.origin('http://quick.test', slow(1))
      const { run } = makeRunner(world, { maxConnects: 3 })
      const busy = [1, 2, 3].map((i) => run(`http://slow.test/${i}`))
      await world.sleep(50)
      for (let i = 0; i < 5; i += 1) await run(`http://quick.test/${i}`)
      expect(quick.connectionsAccepted).toBe(1)
      await Promise.all(busy)
    })
  })

  test("one handle's age limits never close another's connections", async () => {
    await simulate(1, async (world) => {
      const a = world.origin('http://a.test', slow(1))
      world.origin('http://b.test', slow(1))
      const { run, multi } = makeRunner(world, {})
      await run('http://a.test/1')
      await world.sleep(2_000)
      await run('http://b.test/1', { maxAgeConnMs: 1_000, maxLifetimeConnMs: 1_000 })
      await world.sleep(500)
      expect(multi.connections().map(({ origin }) => origin)).toContain('http://a.test:80')
      await run('http://a.test/2')
      expect(a.connectionsAccepted).toBe(1)
    })
  })

  test('a handle stricter than the one before it is not given too old a connection, and does not close it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', slow(1))
      const { run, multi } = makeRunner(world, {})
      await run('http://a.test/1')
      await world.sleep(2_000)
      const strict = await run('http://a.test/2', { maxAgeConnMs: 1_000 })
      expect(strict.result!.info.verdict!.candidates).toMatchObject([
        { connection: 0, state: 'idle', reasons: [{ code: 'idle-too-long' }] },
      ])
      expect(origin.connectionsAccepted).toBe(2)
      expect(multi.connections()).toHaveLength(2)
    })
  })

  test('cancelling those who wait leaves the others their turn', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', slow(100))
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1 })
      const handles = Array.from(
        { length: 10 },
        (_, i) => new Easy({ url: `http://a.test/${i}`, environment }),
      )
      const runs = handles.map((handle) =>
        multi.add(handle).then(
          (result) => result.text(),
          (error: { code: string }) => error.code,
        ),
      )
      await world.sleep(50)
      for (const i of [1, 2, 3, 5, 8]) multi.remove(handles[i]!)
      expect(await Promise.all(runs)).toEqual([
        '/0',
        'MULTI_ABORTED',
        'MULTI_ABORTED',
        'MULTI_ABORTED',
        '/4',
        'MULTI_ABORTED',
        '/6',
        '/7',
        'MULTI_ABORTED',
        '/9',
      ])
    })
  })

  test('raising a limit serves those who wait at once', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', slow(1_000))
      const { multi, run } = makeRunner(world, { maxHostConnections: 1 })
      const runs = [1, 2, 3].map((i) => run(`http://a.test/${i}`))
      await world.sleep(100)
      multi.set({ maxHostConnections: 3 })
      await Promise.all(runs)
      expect(origin.connectionsAccepted).toBe(3)
      expect(world.clock.now()).toBeLessThan(1_200)
    })
  })

  test('a failed opening fails one transfer and gives its place to the next', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', slow(1))
      world.network.refuse('b.test', 80)
      world.network.name('b.test', ['10.0.9.9'])
      const { run } = makeRunner(world, { maxTotalConnections: 1 })
      const [b1, a1, b2, a2] = await Promise.all([
        run('http://b.test/1'),
        run('http://a.test/1'),
        run('http://b.test/2'),
        run('http://a.test/2'),
      ])
      expect([b1!.error?.code, b2!.error?.code]).toEqual(['COULDNT_CONNECT', 'COULDNT_CONNECT'])
      expect([a1!.result?.text(), a2!.result?.text()]).toEqual(['/1', '/2'])
    })
  })

  test('ten thousand cancelled waiters leave nothing behind', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', slow(10))
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1 })
      const handles = Array.from({ length: 10_000 }, () => new Easy({ url: 'http://a.test/x', environment }))
      const runs = handles.map((handle) => multi.add(handle).catch((error: { code: string }) => error.code))
      for (const handle of handles) multi.remove(handle)
      expect(new Set(await Promise.all(runs))).toEqual(new Set(['MULTI_ABORTED']))
      expect(multi.handles).toHaveLength(0)
      expect(multi.connections()).toHaveLength(0)
    })
  })
})
