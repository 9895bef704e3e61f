/** How long HTTP/2 connections live: signs of life, ages, servers that keep them for a while, goodbyes. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'
import { hostileServer, TYPE, ACK } from '../support/hostile-h2.ts'

const URL_A = 'https://a.test/'
const echo: SimHandler = (exchange) => exchange.respond({ body: exchange.request.target })

/** A transfer; its body, or the code of its error. */
function get(world: SimWorld, multi: Multi, path: string, options: EasyOptions = {}): Promise<string> {
  return multi
    .add(new Easy({ url: `https://a.test/${path}`, environment: world.environment, ...options }))
    .then(
      (result) => `${result.text()} on #${result.info.connId}`,
      (error: TransferError) => error.code,
    )
}

describe('signs of life', () => {
  test('an idle connection answers PINGs and SETTINGS', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echo, { http2: true })
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '1')
      await world.sleep(1_000)
      const at = world.clock.now()
      await origin.connections[0]!.ping()
      expect(world.clock.now() - at).toBe(2)
      origin.connections[0]!.settings({ MAX_CONCURRENT_STREAMS: 7 })
      await world.sleep(10)
      expect(multi.connections()).toMatchObject([{ state: 'idle', capacity: 7 }])
    })
  })

  test('a silent connection is asked for one, idle or busy, and kept when it answers', async () => {
    await simulate(1, async (world) => {
      let heard: string[] = []
      const peers = hostileServer(world, 'https://a.test', async (peer) => {
        peer.settings()
        peer.respond(await peer.request())
        for (;;) {
          const { payload } = await peer.next(({ type, flags }) => type === TYPE.PING && flags !== ACK)
          heard.push(String(world.clock.now()))
          peer.frame(TYPE.PING, ACK, 0, payload)
        }
      })
      const multi = new Multi({
        environment: world.environment,
        upkeepIntervalMs: 1_000,
        upkeepTimeoutMs: 100,
      })
      expect(await get(world, multi, '1')).toBe('hello on #0')
      await world.sleep(5_500)
      expect(heard.length).toBe(5)
      expect(multi.connections()).toMatchObject([{ state: 'idle' }])
      // Busy: the answer takes its time.
      heard = []
      const busy = get(world, multi, '2')
      await world.sleep(3_500)
      expect(heard.length).toBe(3)
      peers[0]!.respond(3)
      expect(await busy).toBe('hello on #0')
    })
  })

  test('what moves needs no PING', async () => {
    await simulate(1, async (world) => {
      const peers = hostileServer(world, 'https://a.test', async (peer) => {
        peer.settings()
        for (;;) peer.respond(await peer.request())
      })
      const multi = new Multi({ environment: world.environment, upkeepIntervalMs: 1_000 })
      for (let i = 0; i < 20; i += 1) {
        expect(await get(world, multi, '')).toBe('hello on #0')
        await world.sleep(500)
      }
      expect(peers[0]!.heard.filter(({ type }) => type === TYPE.PING)).toEqual([])
    })
  })

  test('a connection that gives none is given up: idempotent transfers are repeated on a new one', async () => {
    await simulate(1, async (world) => {
      const handler: SimHandler = async (exchange) => {
        await exchange.sleep(50)
        echo(exchange)
      }
      const origin = world.origin(URL_A, handler, { http2: true })
      const multi = new Multi({
        environment: world.environment,
        upkeepIntervalMs: 1_000,
        upkeepTimeoutMs: 500,
      })
      const log = logConnections(multi.events)
      expect(await get(world, multi, '1')).toBe('/1 on #0')
      // A NAT has forgotten the connection: nothing gets through, and nobody says so.
      const lostAt = world.clock.now()
      world.network.link('a.test', { loseRoute: { fromMs: lostAt, toMs: lostAt + 1_600 } })
      const runs = [get(world, multi, '2'), get(world, multi, '3'), get(world, multi, 'post', { body: 'x' })]
      expect(await Promise.all(runs)).toEqual(['/2 on #1', '/3 on #1', 'RECV_ERROR'])
      expect(log).toContain('closed #0 ping-timeout')
      expect(origin.connectionsAccepted).toBe(2)
      expect(world.clock.now() - lostAt).toBeLessThan(1_800)
    })
  })

  test('the failure says what was waited for', async () => {
    await simulate(1, async (world) => {
      hostileServer(world, 'https://a.test', (peer) => peer.settings())
      const multi = new Multi({
        environment: world.environment,
        upkeepIntervalMs: 1_000,
        upkeepTimeoutMs: 500,
      })
      const easy = new Easy({ url: URL_A, environment: world.environment })
      await expect(multi.add(easy)).rejects.toMatchObject({
        code: 'RECV_ERROR',
        message: expect.stringMatching(/no sign of life.*500 ms/),
        details: { limitMs: 500 },
      })
      expect(world.clock.now()).toBeLessThan(1_600)
    })
  })

  test('PINGs of a server that measures the way while an upload crawls are answered, not a flood', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => exchange.respond({ body: String((await exchange.body()).length) }),
        { http2: true },
      )
      // 100 kB/s: what waits in the socket takes seconds to leave, and answers to PINGs with it.
      world.network.link('a.test', { bytesPerSecond: 100_000, delayMs: 20 })
      const multi = new Multi({ environment: world.environment })
      const run = get(world, multi, '', { body: new Uint8Array(1_000_000) })
      await world.sleep(200)
      for (let i = 0; i < 20; i += 1) {
        void origin.connections[0]!.ping()
        await world.sleep(400)
      }
      expect(await run).toBe('1000000 on #0')
    })
  })

  test('upkeepIntervalMs: 0 asks for none', async () => {
    await simulate(1, async (world) => {
      const peers = hostileServer(world, 'https://a.test', async (peer) => {
        peer.settings()
        peer.respond(await peer.request())
      })
      const multi = new Multi({ environment: world.environment, upkeepIntervalMs: 0 })
      await get(world, multi, '1', { maxAgeConnMs: 0 })
      await world.sleep(1_000_000)
      expect(peers[0]!.heard.filter(({ type }) => type === TYPE.PING)).toEqual([])
      expect(multi.connections()).toHaveLength(1)
    })
  })
})

describe('age', () => {
  test('an idle connection is closed at its time, with GOAWAY', async () => {
    await simulate(1, async (world) => {
      const peers = hostileServer(world, 'https://a.test', async (peer) => {
        peer.settings()
        peer.respond(await peer.request())
      })
      const multi = new Multi({ environment: world.environment, upkeepIntervalMs: 0 })
      const log = logConnections(multi.events)
      await get(world, multi, '1', { maxAgeConnMs: 5_000 })
      const idleSince = world.clock.now()
      await world.sleep(4_990)
      expect(multi.connections()).toHaveLength(1)
      await world.sleep(20)
      expect(multi.connections()).toHaveLength(0)
      expect(log.at(-1)).toBe('closed #0 idle-too-long')
      expect(peers[0]!.goaways).toEqual([0])
      expect(peers[0]!.isGone).toBe(true)
      expect(world.clock.now() - idleSince).toBe(5_010)
    })
  })

  test('a connection that is always in use is idle never, and drains when it is too old', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          await exchange.sleep(150)
          echo(exchange)
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const log = logConnections(multi.events)
      const runs: Promise<string>[] = []
      for (let i = 0; i < 20; i += 1) {
        runs.push(get(world, multi, String(i), { maxLifetimeConnMs: 1_000 }))
        await world.sleep(100)
      }
      const outcomes = await Promise.all(runs)
      expect(outcomes.every((text, i) => text.startsWith(`/${i} on #`))).toBe(true)
      // The second of life of #0 ends between the tenth and the eleventh.
      expect(outcomes.slice(0, 10).every((text) => text.endsWith('#0'))).toBe(true)
      expect(outcomes.slice(11).every((text) => text.endsWith('#1'))).toBe(true)
      expect(log).toContain('closed #0 too-old')
      // Those on it were done first.
      expect(log.indexOf('closed #0 too-old')).toBeGreaterThan(log.indexOf('opened #1'))
      expect(origin.connectionsAccepted).toBe(2)
      expect(origin.requests.every(({ reset }) => reset === undefined)).toBe(true)
    })
  })

  test.each(['networkChanged', 'upkeep'] as const)(
    '%s() leaves busy connections to their transfers',
    async (act) => {
      await simulate(1, async (world) => {
        world.origin(
          URL_A,
          async (exchange) => {
            await exchange.sleep(100)
            echo(exchange)
          },
          { http2: true },
        )
        const multi = new Multi({ environment: world.environment })
        const first = get(world, multi, '1')
        await world.sleep(50)
        multi[act]()
        const second = get(world, multi, '2')
        expect(await first).toBe('/1 on #0')
        expect(await second).toBe(act === 'upkeep' ? '/2 on #0' : '/2 on #1')
      })
    },
  )
})

describe('a server that keeps connections for a while', () => {
  test('closes an idle one with GOAWAY, and nobody fails, also when a request crosses it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echo, { http2: true, keepAlive: { idleMs: 1_000 } })
      world.network.link('a.test', { delayMs: 20 })
      const multi = new Multi({ environment: world.environment })
      const outcomes: string[] = []
      // The request leaves just before, while and just after the GOAWAY is under way.
      for (const pause of [930, 950, 955, 960, 965, 970, 980, 1_000, 1_020, 1_100]) {
        outcomes.push(await get(world, multi, 'x'))
        await world.sleep(pause)
      }
      expect(outcomes.every((text) => text.startsWith('/x on #'))).toBe(true)
      expect(origin.connectionsAccepted).toBeGreaterThan(1)
      expect(origin.connectionsAccepted).toBeLessThan(10)
    })
  })

  test('takes so many requests on each: the rest goes on to the next connection, POST too', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          await exchange.sleep(5)
          echo(exchange)
        },
        { http2: true, keepAlive: { requests: 7 } },
      )
      const multi = new Multi({ environment: world.environment })
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, i) => get(world, multi, String(i), i % 2 === 0 ? {} : { body: 'x' })),
      )
      expect(outcomes.every((text, i) => text.startsWith(`/${i} on #`))).toBe(true)
      expect(origin.requests).toHaveLength(30)
      expect(origin.connectionsAccepted).toBeGreaterThanOrEqual(5)
    })
  })
})

describe('goodbye', () => {
  test('closing a multi ends its connections with GOAWAY and an end of TLS', async () => {
    await simulate(1, async (world) => {
      const peers = hostileServer(world, 'https://a.test', async (peer) => {
        peer.settings()
        peer.respond(await peer.request())
      })
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '1')
      await multi.close()
      await world.sleep(10)
      expect(peers[0]!.goaways).toEqual([0])
      expect(peers[0]!.isGone).toBe(true)
      expect(world.network.openConnections).toBe(0)
    })
  })

  test('closing a multi in the middle of transfers ends them, and the connection', async () => {
    await simulate(1, async (world) => {
      world.origin(URL_A, () => {}, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const runs = [1, 2, 3].map((i) => get(world, multi, String(i)))
      await world.sleep(20)
      await multi.close()
      expect(await Promise.all(runs)).toEqual(['MULTI_ABORTED', 'MULTI_ABORTED', 'MULTI_ABORTED'])
      await world.sleep(10)
      expect(world.network.openConnections).toBe(0)
    })
  })
})
