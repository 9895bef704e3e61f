/**
 * What the connection cache owes those who share HTTP/2 connections, when openings hang, servers refuse and
 * connections die.
 *
 * The rule: each test says what would go wrong without what it asks for.
 */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const echo: SimHandler = (exchange) => exchange.respond({ body: exchange.request.target })
const H2 = { http2: true } as const

interface Told {
  readonly status: number | string
  readonly at: number
  readonly phase: string | undefined
  readonly deadline: unknown
}

/** One transfer and what became of it, and when. */
function get(world: SimWorld, multi: Multi, url: string, options: EasyOptions = {}): Promise<Told> {
  return multi.add(new Easy({ url, environment: world.environment, ...options })).then(
    ({ status }) => ({ status, at: world.clock.now(), phase: undefined, deadline: undefined }),
    (error: TransferError) => ({
      status: error.code,
      at: world.clock.now(),
      phase: error.phase,
      deadline: error.details['deadline'],
    }),
  )
}

describe('an opening that hangs', () => {
  // Handed on from one transfer to the next, a single lost packet would take the origin down for as long as
  // transfers keep coming, though each new attempt would succeed at once.
  test.each([
    ['connecting', 'https://a.test/', {}],
    ['connecting by prior knowledge', 'http://a.test/', { httpVersion: '2-prior-knowledge' }],
  ] as const)('while %s does not take down those who come later', async (_what, url, options) => {
    await simulate(1, async (world) => {
      world.origin(url, echo, H2)
      world.network.link('a.test', { connectDelayMs: 10_000_000 })
      const multi = new Multi({ environment: world.environment })
      const runs: Promise<Told>[] = []
      for (let i = 0; i < 20; i += 1) {
        runs.push(get(world, multi, url, { connectTimeoutMs: 1_000, ...options }))
        await world.sleep(500)
        // Only the first attempt was lost.
        if (i === 0) world.network.link('a.test', { connectDelayMs: 1 })
      }
      const told = await Promise.all(runs)
      expect(told.slice(5).map(({ status }) => status)).toEqual(told.slice(5).map(() => 200))
    })
  })

  // Set anew with each opening that is waited for, the deadline would give a transfer that waited 999 ms of its
  // 1000 another 1000.
  test('costs each who waits for it no more than its own connectTimeoutMs', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', echo, H2)
      world.network.link('a.test', { connectDelayMs: 10_000_000 })
      const multi = new Multi({ environment: world.environment })
      const told = await Promise.all(
        [1, 2, 3].map(() => get(world, multi, 'https://a.test/', { connectTimeoutMs: 1_000 })),
      )
      expect(told.map(({ at }) => at)).toEqual([1_000, 1_000, 1_000])
    })
  })

  // Their failure would say 'resolve' while the connection is being opened.
  test('is told of with its phase by those who wait to share it, too', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', echo, H2)
      world.network.link('a.test', { connectDelayMs: 10_000_000 })
      const multi = new Multi({ environment: world.environment })
      const first = get(world, multi, 'https://a.test/', { connectTimeoutMs: 5_000 })
      const second = get(world, multi, 'https://a.test/', { connectTimeoutMs: 1_000 })
      expect(await second).toMatchObject({ status: 'OPERATION_TIMEDOUT', phase: 'connect' })
      expect(await first).toMatchObject({ status: 'OPERATION_TIMEDOUT', phase: 'connect' })
    })
  })

  // The deadline would hold for the transfer that began the opening, and for nobody else.
  test('in its lookup ends those who wait to share it when their resolveTimeoutMs passes', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', echo, H2)
      world.network.hangName('a.test')
      const multi = new Multi({ environment: world.environment })
      const first = get(world, multi, 'https://a.test/', { connectTimeoutMs: 5_000 })
      const second = get(world, multi, 'https://a.test/', { connectTimeoutMs: 5_000, resolveTimeoutMs: 100 })
      expect(await second).toMatchObject({ status: 'OPERATION_TIMEDOUT', deadline: 'resolve', at: 100 })
      await first
    })
  })

  // To look for a connection to share is no excuse: the lookup would hang for all of the connect timeout.
  test('in the lookup for coalescing ends those whose resolveTimeoutMs passes', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', echo, { http2: true, tls: { certificateNames: ['a.test', 'b.test'] } })
      world.network.hangName('b.test')
      const multi = new Multi({ coalesce: true, environment: world.environment })
      await get(world, multi, 'https://a.test/')
      const told = await get(world, multi, 'https://b.test/', {
        connectTimeoutMs: 5_000,
        resolveTimeoutMs: 100,
      })
      expect(told).toMatchObject({ status: 'OPERATION_TIMEDOUT', deadline: 'resolve' })
    })
  })
})

describe('one opening for many', () => {
  // A server that takes one connection of each client refuses the second one. All who did nothing but wait for
  // that would fail, though the first one has room for them in a moment.
  test('does not fail those whom a connection that works could serve', async () => {
    await simulate(1, async (world) => {
      world.origin(
        'https://a.test',
        async (exchange) => {
          await exchange.sleep(100)
          exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({ environment: world.environment, maxConcurrentStreams: 10 })
      await get(world, multi, 'https://a.test/')
      // The server takes one connection of each client.
      world.network.refuse('a.test')
      const told = await Promise.all(Array.from({ length: 30 }, () => get(world, multi, 'https://a.test/')))
      // One by itself would have failed as well; the other 19 had done nothing but wait.
      expect(told.filter(({ status }) => status !== 200).length).toBeLessThanOrEqual(2)
    })
  })

  // The good connection would be closed, and the place of its opening, which is over, would stay taken.
  test('keeps its connection when a listener ends the transfer that opened it', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      const origin = world.origin('https://a.test', echo, H2)
      const multi = new Multi({ environment })
      const closed: string[] = []
      multi.events.on('connection-closed', (_snapshot, reason) => closed.push(reason))
      const handle = new Easy({ url: 'https://a.test/', environment })
      multi.events.once('connection-opened', () => void multi.remove(handle))
      await multi.add(handle).catch(() => undefined)
      await world.sleep(10)
      expect(closed).toEqual([])
      expect((await get(world, multi, 'https://a.test/')).status).toBe(200)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })
})

describe('what is remembered of a server', () => {
  // One handle that leads the name elsewhere would switch HTTP/2 off for everyone who goes to the real server.
  test('HTTP_1_1_REQUIRED of a server reached by connectTo is not held against the real one', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', echo, H2)
      world.origin(
        'https://old.test',
        (exchange) => {
          if (exchange.connection.protocol === 'h2') exchange.reset('HTTP_1_1_REQUIRED')
          else echo(exchange)
        },
        { http2: true, tls: { certificateNames: ['a.test', 'old.test'] } },
      )
      const multi = new Multi({ environment: world.environment })
      const other = await get(world, multi, 'https://a.test/', { connectTo: ['a.test:443:old.test:443'] })
      expect(other.status).toBe(200)
      const handle = new Easy({ url: 'https://a.test/', environment: world.environment })
      expect((await multi.add(handle)).info.httpVersion).toBe('2')
    })
  })

  // www.b.test would switch HTTP/2 off for a.test, and be refused once more itself.
  test('HTTP_1_1_REQUIRED of a coalesced name is held against that name alone', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      const origin = world.origin(
        'https://a.test',
        (exchange) => {
          const isB = exchange.request.fields.first('host') === 'www.b.test'
          if (isB && exchange.connection.protocol === 'h2') exchange.reset('HTTP_1_1_REQUIRED')
          else echo(exchange)
        },
        { http2: true, tls: { certificateNames: ['a.test', '*.b.test'] } },
      )
      network.name('www.b.test', [origin.address])
      const multi = new Multi({ coalesce: true, environment })
      await get(world, multi, 'https://a.test/')
      const b = await multi.add(new Easy({ url: 'https://www.b.test/', environment }))
      expect(b.info.httpVersion).toBe('1.1')
      const a = await multi.add(new Easy({ url: 'https://a.test/', environment }))
      expect(a.info.httpVersion).toBe('2')
    })
  })

  // A connection that goes away has room for nobody. Taken for what the server can bear, that would make a burst
  // of 50 open 50 connections, to a server that is short of room.
  test('a cold burst after a server went away opens one connection', async () => {
    await simulate(1, async (world) => {
      let isFirst = true
      const origin = world.origin(
        'https://a.test',
        async (exchange) => {
          const { connection, request } = exchange
          if (connection.id === 1 && request.target === '/refused' && isFirst) {
            isFirst = false
            exchange.reset('REFUSED_STREAM')
            connection.goaway()
            return
          }
          await exchange.sleep(50)
          exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({ environment: world.environment })
      await Promise.all([
        get(world, multi, 'https://a.test/slow'),
        get(world, multi, 'https://a.test/refused'),
      ])
      const before = origin.connectionsAccepted
      for (const connection of origin.connections) connection.close()
      await world.sleep(100)
      const dials = world.network.dials.length
      await Promise.all(Array.from({ length: 50 }, () => get(world, multi, 'https://a.test/')))
      expect(world.network.dials.length - dials).toBe(1)
      expect(origin.connectionsAccepted - before).toBe(1)
    })
  })
})

describe('REFUSED_STREAM', () => {
  // A refusal tells what there was room for at that moment; what a server takes is in its SETTINGS. A burst of
  // 100 would open 100 connections to a server that had been short of room once.
  test('is not remembered: the next cold burst opens one connection', async () => {
    await simulate(1, async (world) => {
      let isShort = true
      const origin = world.origin(
        'https://a.test',
        async (exchange) => {
          if (isShort && exchange.request.target !== '/0') return exchange.reset('REFUSED_STREAM')
          await exchange.sleep(20)
          exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({ environment: world.environment, maxHostConnections: 1 })
      const first = get(world, multi, 'https://a.test/0')
      const second = get(world, multi, 'https://a.test/1')
      await first
      isShort = false
      await second
      for (const connection of origin.connections) connection.reset()
      await world.sleep(100)
      multi.set({ maxHostConnections: 0 })
      const dials = world.network.dials.length
      await Promise.all(Array.from({ length: 100 }, () => get(world, multi, 'https://a.test/')))
      expect(world.network.dials.length - dials).toBe(1)
    })
  })

  // It asks again at once, and would be handed the very connection that refused it.
  test('sends the refused request elsewhere', async () => {
    await simulate(1, async (world) => {
      const seen: string[] = []
      world.origin(
        'https://a.test',
        async (exchange) => {
          const { connection, request } = exchange
          if (request.target === '/2') seen.push(`${connection.id}`)
          if (connection.id === 1 && connection.exchanges > 2 && request.target === '/2')
            return exchange.reset('REFUSED_STREAM')
          await exchange.sleep(100)
          exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({ environment: world.environment })
      await Promise.all([0, 1, 2].map((i) => get(world, multi, `https://a.test/${i}`)))
      expect(seen).toEqual(['1', '2'])
    })
  })
})

describe('a refusal beside streams that last', () => {
  // Nothing is answered any more that could show that there is room again: without a time of its own it would be for ever.
  test('is forgotten after a while', async () => {
    await simulate(1, async (world) => {
      let isShort = true
      world.origin(
        'https://a.test',
        async (exchange) => {
          if (exchange.request.target === '/lasting') {
            await exchange.sleep(60_000)
          } else if (isShort) {
            exchange.reset('REFUSED_STREAM')
            return
          }
          exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({ environment: world.environment, maxTotalConnections: 1 })
      const lasting = [1, 2].map(() => get(world, multi, 'https://a.test/lasting'))
      await world.sleep(10)
      const others = Array.from({ length: 10 }, () => get(world, multi, 'https://a.test/'))
      await world.sleep(10)
      isShort = false
      for (const { status, at } of await Promise.all(others)) {
        expect(status).toBe(200)
        expect(at).toBeLessThan(5_000)
      }
      await Promise.all(lasting)
    })
  })
})

describe('421', () => {
  // If those who were told 421 could share nothing any more, 30 of them would open 30 connections.
  test('of a coalesced burst opens one connection for the name, not one for each transfer', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      const origin = world.origin(
        'https://a.test',
        async (exchange) => {
          await exchange.sleep(10)
          const isB = exchange.request.fields.first('host') === 'www.b.test'
          if (isB && exchange.connection.id === 1) exchange.respond({ status: 421 })
          else echo(exchange)
        },
        { http2: true, tls: { certificateNames: ['a.test', '*.b.test'] } },
      )
      network.name('www.b.test', [origin.address])
      const multi = new Multi({ coalesce: true, environment })
      await get(world, multi, 'https://a.test/')
      const told = await Promise.all(
        Array.from({ length: 30 }, () => get(world, multi, 'https://www.b.test/')),
      )
      expect(told.every(({ status }) => status === 200)).toBe(true)
      expect(origin.connectionsAccepted).toBe(2)
    })
  })
})

describe('a request that kills its connection', () => {
  // Repeated together with the culprit, on one new connection after the other, all would fail; over HTTP/1 the
  // culprit would alone.
  test('does not take those who share it down with it', async () => {
    await simulate(1, async (world) => {
      world.origin(
        'https://a.test',
        async (exchange) => {
          await exchange.sleep(1)
          if (exchange.request.target === '/poison') return exchange.connection.reset()
          await exchange.sleep(50)
          exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({ environment: world.environment })
      const told = await Promise.all([
        ...Array.from({ length: 19 }, (_, i) => get(world, multi, `https://a.test/${i}`)),
        get(world, multi, 'https://a.test/poison'),
      ])
      expect(told.slice(0, 19).filter(({ status }) => status !== 200)).toEqual([])
    })
  })
})

describe('what is told', () => {
  // A listener that counts idle connections would count one that is promised to the next in line.
  test('connection-idle comes with a connection that is idle', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', echo, H2)
      const multi = new Multi({
        environment: world.environment,
        maxHostConnections: 1,
        maxConcurrentStreams: 1,
      })
      const states: string[] = []
      multi.events.on('connection-idle', ({ state }) => states.push(state))
      await Promise.all([1, 2, 3].map(() => get(world, multi, 'https://a.test/')))
      expect(states).toEqual(['idle'])
    })
  })

  // Who asks beforehand would be told something else than who looks at the verdict afterwards.
  test('explain says what a transfer then gets, and how long that has been idle', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      world.origin('https://a.test', echo, H2)
      const multi = new Multi({ environment })
      await get(world, multi, 'https://a.test/')
      await world.sleep(500)
      const handle = new Easy({ url: 'https://a.test/', environment })
      const before = multi.explain(handle)
      const { info } = await multi.add(handle)
      expect([before.outcome, before.connection, before.request, before.idleMs]).toEqual([
        info.verdict!.outcome,
        info.verdict!.connection,
        info.verdict!.request,
        info.verdict!.idleMs,
      ])
    })
  })
})

describe('retries', () => {
  // Transfers that were under way would be overtaken by those that had not begun, time and again.
  test('keep their place in line', async () => {
    await simulate(1, async (world) => {
      const seen: string[] = []
      world.origin(
        'https://a.test',
        async (exchange) => {
          const { connection, request } = exchange
          if (connection.id > 1) seen.push(request.target)
          await exchange.sleep(10)
          if (connection.id === 1 && request.target !== '/first') connection.reset()
          else exchange.respond({ body: 'x' })
        },
        H2,
      )
      const multi = new Multi({
        environment: world.environment,
        maxHostConnections: 1,
        maxConcurrentStreams: 2,
      })
      await get(world, multi, 'https://a.test/first')
      const told = await Promise.all(
        Array.from({ length: 10 }, (_, i) => get(world, multi, `https://a.test/${i}`)),
      )
      expect(told.every(({ status }) => status === 200)).toBe(true)
      expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => `/${i}`))
    })
  })
})
