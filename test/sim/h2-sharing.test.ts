/** Who shares an HTTP/2 connection with whom: cold bursts, what servers choose, streams at once, limits. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferResult } from '@trunkline/core'
import { simulate, type SimHandler, type SimOriginOptions, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'
import { Share } from '@trunkline/share'
import { logConnections } from '../support/engine-log.ts'

const hello: SimHandler = async (exchange) => {
  await exchange.sleep(10)
  exchange.respond({ body: exchange.request.target })
}

/** As many transfers at once, and what became of each. */
function burst(
  world: SimWorld,
  multi: Multi,
  count: number,
  url: string,
  options: EasyOptions = {},
): Promise<TransferResult[]> {
  const { environment } = world
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      multi.add(new Easy({ ...options, url: `${url}${i}`, environment })),
    ),
  )
}

/** A script that counts how many of its exchanges are under way. */
function counting(sleepMs: number): { handler: SimHandler; now: () => number; most: () => number } {
  let now = 0
  let most = 0
  const handler: SimHandler = async (exchange) => {
    now += 1
    most = Math.max(most, now)
    await exchange.sleep(sleepMs)
    now -= 1
    exchange.respond({ body: exchange.request.target })
  }
  return { handler, now: () => now, most: () => most }
}

describe('a cold burst', () => {
  const WAYS: readonly { name: string; url: string; options: EasyOptions; server: SimOriginOptions }[] = [
    { name: 'over TLS', url: 'https://a.test', options: {}, server: { http2: true } },
    {
      name: 'by prior knowledge',
      url: 'http://a.test',
      options: { httpVersion: '2-prior-knowledge' },
      server: { http2: true },
    },
    {
      name: 'by prior knowledge over TLS',
      url: 'https://a.test',
      options: { httpVersion: '2-prior-knowledge' },
      server: { http2: true },
    },
  ]
  test.each(WAYS)('of 100 transfers opens one connection $name', async ({ url, options, server }) => {
    await simulate(1, async (world) => {
      const origin = world.origin(url, hello, server)
      const multi = new Multi({ environment: world.environment })
      const results = await burst(world, multi, 100, `${url}/`, options)
      expect(results.map((result) => result.text())).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`))
      expect(origin.connectionsAccepted).toBe(1)
      expect(results.every(({ info }) => info.httpVersion === '2')).toBe(true)
      expect(new Set(results.map(({ info }) => info.streamId)).size).toBe(100)
      expect(results.map(({ info }) => info.numConnects).filter((n) => n === 1)).toHaveLength(1)
      // Nobody waited for the answer to another.
      expect(world.clock.now()).toBeLessThan(30)
      expect(multi.connections()).toMatchObject([{ state: 'idle', active: 0, requests: 100, protocol: 'h2' }])
    })
  })

  test('nobody waits for the first transfer to a server of HTTP/1.1, and the answer is remembered', async () => {
    await simulate(1, async (world) => {
      let isFirst = true
      const origin = world.origin('https://a.test', async (exchange) => {
        const wasFirst = isFirst
        isFirst = false
        if (wasFirst) await exchange.sleep(3_000)
        exchange.respond({ body: exchange.request.target })
      })
      const multi = new Multi({ environment: world.environment })
      const ends: number[] = []
      await Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          await multi.add(new Easy({ url: `https://a.test/${i}`, environment: world.environment }))
          ends.push(world.clock.now())
        }),
      )
      // Two handshakes one after the other, and then a request: the first transfer has no part in it.
      expect(ends.slice(0, 9).every((at) => at < 20)).toBe(true)
      expect(ends[9]).toBeGreaterThan(3_000)
      expect(origin.connectionsAccepted).toBe(10)

      // The second burst knows: all dial at once.
      for (const connection of origin.connections) connection.close()
      await world.sleep(100)
      const before = world.network.dials.length
      const at = world.clock.now()
      await burst(world, multi, 10, 'https://a.test/')
      const dials = world.network.dials.slice(before)
      expect(dials).toHaveLength(10)
      expect(dials.every((dial) => dial.at - at <= 1)).toBe(true)
    })
  })

  test('pipeWait: false opens without waiting for what another opens', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const results = await burst(world, multi, 5, 'https://a.test/', { pipeWait: false })
      expect(world.network.dials.filter(({ at }) => at <= 1)).toHaveLength(5)
      expect(results.every(({ status }) => status === 200)).toBe(true)
      expect(origin.connectionsAccepted).toBeGreaterThan(1)
      // Later ones share one.
      const opened = origin.connectionsAccepted
      const later = await burst(world, multi, 5, 'https://a.test/', { pipeWait: false })
      expect(new Set(later.map(({ info }) => info.connId)).size).toBe(1)
      expect(origin.connectionsAccepted).toBe(opened)
    })
  })

  test('a second origin is none of the first one’s affair', async () => {
    await simulate(1, async (world) => {
      const a = world.origin('https://a.test', hello, { http2: true })
      const b = world.origin('https://b.test', hello, { http2: true })
      const multi = new Multi({ environment: world.environment })
      await Promise.all([
        burst(world, multi, 20, 'https://a.test/'),
        burst(world, multi, 20, 'https://b.test/'),
      ])
      expect([a.connectionsAccepted, b.connectionsAccepted]).toEqual([1, 1])
    })
  })

  test('httpVersion 1.1 shares nothing and offers no h2', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const results = await burst(world, multi, 4, 'https://a.test/', { httpVersion: '1.1' })
      expect(origin.connectionsAccepted).toBe(4)
      expect(results.every(({ info }) => info.httpVersion === '1.1' && info.alpn === 'http/1.1')).toBe(true)
      expect(results.every(({ info }) => info.streamId === 0)).toBe(true)
    })
  })
})

describe('one opening for many', () => {
  test('fails for all who waited to share it, with the same error, and is tried once', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello, { http2: true })
      world.network.refuse('a.test')
      const multi = new Multi({ environment: world.environment })
      const codes = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          multi
            .add(new Easy({ url: `https://a.test/${i}`, environment: world.environment }))
            .catch((error: { code: string; message: string }) => `${error.code} ${error.message}`),
        ),
      )
      expect(new Set(codes).size).toBe(1)
      expect(codes[0]).toMatch(/^COULDNT_CONNECT /)
      expect(world.network.dials).toHaveLength(1)
      expect(multi.connections()).toEqual([])
      // It is no memory: the next one tries again.
      world.network.accept('a.test')
      expect(await burst(world, multi, 3, 'https://a.test/')).toHaveLength(3)
    })
  })

  test('goes on for the others when the one that began it is cancelled', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: true })
      world.network.link('a.test', { connectDelayMs: 50 })
      const { environment } = world
      const multi = new Multi({ environment })
      const handles = Array.from(
        { length: 5 },
        (_, i) => new Easy({ url: `https://a.test/${i}`, environment }),
      )
      const runs = handles.map((handle) =>
        multi.add(handle).then(
          (result) => result.text(),
          (error: { code: string }) => error.code,
        ),
      )
      await world.sleep(20)
      multi.remove(handles[0]!)
      expect(await Promise.all(runs)).toEqual(['MULTI_ABORTED', '/1', '/2', '/3', '/4'])
      expect(origin.connectionsAccepted).toBe(1)
      expect(world.network.dials).toHaveLength(1)
    })
  })

  test('is given up when all who waited are cancelled', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello, { http2: true })
      world.network.link('a.test', { connectDelayMs: 1_000 })
      const { environment } = world
      const multi = new Multi({ environment })
      const handles = Array.from(
        { length: 5 },
        (_, i) => new Easy({ url: `https://a.test/${i}`, environment }),
      )
      const runs = handles.map((handle) => multi.add(handle).catch((error: { code: string }) => error.code))
      await world.sleep(20)
      for (const handle of handles) multi.remove(handle)
      expect(new Set(await Promise.all(runs))).toEqual(new Set(['MULTI_ABORTED']))
      await world.sleep(10)
      expect(world.network.dials.map(({ outcome }) => outcome)).toEqual(['aborted'])
      expect(multi.connections()).toEqual([])
    })
  })

  test('counts against the connect time of all who wait for it', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello, { http2: true })
      world.network.link('a.test', { connectDelayMs: 1_000 })
      const multi = new Multi({ environment: world.environment })
      const get = (connectTimeoutMs: number) =>
        multi
          .add(new Easy({ url: 'https://a.test/', connectTimeoutMs, environment: world.environment }))
          .then(
            ({ status }) => String(status),
            (error: { code: string }) => error.code,
          )
      const patient = get(5_000)
      const hasty = get(100)
      expect(await hasty).toBe('OPERATION_TIMEDOUT')
      expect(world.clock.now()).toBe(100)
      expect(await patient).toBe('200')
    })
  })
})

describe('whose connections are shared', () => {
  test('those of all handles of a multi, also of one that is added while another runs', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        'https://a.test',
        async (exchange) => {
          await exchange.sleep(100)
          exchange.respond({ body: 'hello' })
        },
        { http2: true },
      )
      const { environment } = world
      const multi = new Multi({ environment })
      const first = multi.add(new Easy({ url: 'https://a.test/', environment }))
      await world.sleep(50)
      const second = multi.add(new Easy({ url: 'https://a.test/', environment }))
      const [one, two] = await Promise.all([first, second])
      expect([one.info.connStreams, two.info.connStreams]).toEqual([1, 2])
      expect([one.info.streamId, two.info.streamId]).toEqual([1, 3])
      expect([one.info.connRequests, two.info.connRequests]).toEqual([1, 2])
      expect([one.info.connReused, two.info.connReused]).toEqual([false, true])
      expect(String(two.info.verdict)).toMatch(/^reused #0 \(request 2 on it\)/)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('those of two multis and of handles of their own on one share', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: true })
      const { environment } = world
      const share = new Share({ environment })
      const [one, two] = [new Multi({ share }), new Multi({ share })]
      const url = 'https://a.test/'
      const handles = [new Easy({ share, url }), new Easy({ share, url })]
      const results = await Promise.all([
        burst(world, one, 10, url),
        burst(world, two, 10, url),
        ...handles.map(async (handle) => [await handle.perform()]),
      ])
      expect(results.flat().map(({ status }) => status)).toEqual(Array.from({ length: 22 }, () => 200))
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('but not across an identity that differs', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: true })
      const { environment } = world
      const multi = new Multi({ environment })
      const get = (options: EasyOptions) =>
        multi.add(new Easy({ url: 'https://a.test/', environment, ...options }))
      await Promise.all([
        get({}),
        get({ connectionTag: 'x' }),
        get({ connectionTag: 'y' }),
        get({ connectionTag: 'y' }),
      ])
      expect(origin.connectionsAccepted).toBe(3)
    })
  })

  test('freshConnect opens its own, which others may share', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        'https://a.test',
        async (exchange) => {
          await exchange.sleep(20)
          exchange.respond({ body: 'x' })
        },
        { http2: true },
      )
      const { environment } = world
      const multi = new Multi({ environment })
      const get = (options: EasyOptions = {}) =>
        multi.add(new Easy({ url: 'https://a.test/', environment, ...options }))
      await get()
      const [fresh, other] = await Promise.all([get({ freshConnect: true }), get()])
      expect([fresh.info.connId, other.info.connId]).toEqual([1, 0])
      expect(fresh.info.verdict!.candidates[0]!.reasons[0]!.code).toBe('fresh-requested')
      expect(origin.connectionsAccepted).toBe(2)
    })
  })

  test('forbidReuse closes the connection when the others on it are done, and lets nobody else join', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        'https://a.test',
        async (exchange) => {
          await exchange.sleep(exchange.request.target === '/slow' ? 100 : 10)
          exchange.respond({ body: 'x' })
        },
        { http2: true },
      )
      const { environment } = world
      const multi = new Multi({ environment })
      const closed: string[] = []
      multi.events.on('connection-closed', ({ id }, reason) =>
        closed.push(`${id} ${reason} ${world.clock.now()}`),
      )
      const get = (path: string, options: EasyOptions = {}) =>
        multi.add(new Easy({ url: `https://a.test${path}`, environment, ...options }))
      const slow = get('/slow')
      await get('/', { forbidReuse: true })
      const next = await get('/')
      expect(next.info.connId).toBe(1)
      const result = await slow
      expect(result.info.connId).toBe(0)
      expect(closed).toEqual([`0 forbid-reuse ${world.clock.now()}`])
      expect(origin.connectionsAccepted).toBe(2)
    })
  })
})

describe('streams at once', () => {
  test('are limited by maxConcurrentStreams: further connections are opened', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: true })
      const multi = new Multi({ environment: world.environment, maxConcurrentStreams: 10 })
      const results = await burst(world, multi, 35, 'https://a.test/')
      expect(origin.connectionsAccepted).toBe(4)
      expect(Math.max(...results.map(({ info }) => info.connStreams))).toBe(10)
    })
  })

  test('are limited by the server: the surplus goes elsewhere, and no request is refused once that is known', async () => {
    await simulate(1, async (world) => {
      const { handler, most } = counting(20)
      const origin = world.origin('https://a.test', handler, { http2: { maxConcurrentStreams: 5 } })
      const multi = new Multi({ environment: world.environment, maxTotalConnections: 1 })
      await multi.add(new Easy({ url: 'https://a.test/', environment: world.environment }))
      const results = await burst(world, multi, 20, 'https://a.test/')
      expect(results.every(({ info }) => info.numRetries === 0)).toBe(true)
      expect(most()).toBe(5)
      expect(origin.connectionsAccepted).toBe(1)
      // Served in order, five at a time.
      expect(origin.requests.slice(1).map(({ target }) => target)).toEqual(
        Array.from({ length: 20 }, (_, i) => `/${i}`),
      )
      expect(multi.connections()).toMatchObject([{ capacity: 5 }])
    })
  })

  test('are refused above a limit that the client could not know, and served all the same', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { http2: { maxConcurrentStreams: 5 } })
      const multi = new Multi({ environment: world.environment, maxTotalConnections: 1 })
      const results = await burst(world, multi, 40, 'https://a.test/')
      expect(results.map((result) => result.text())).toEqual(Array.from({ length: 40 }, (_, i) => `/${i}`))
      expect(results.some(({ info }) => info.numRetries > 0)).toBe(true)
      expect(origin.requests).toHaveLength(40)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('may be lowered by the server in mid-flight, to none, and raised again', async () => {
    await simulate(1, async (world) => {
      const { handler, now, most } = counting(50)
      let endLong = (): void => {}
      const origin = world.origin(
        'https://a.test',
        (exchange) => {
          if (exchange.request.target !== '/long') return handler(exchange)
          endLong = () => exchange.respond({ body: 'long' })
        },
        { http2: { maxConcurrentStreams: 10 } },
      )
      const { environment } = world
      const multi = new Multi({ environment, maxTotalConnections: 1 })
      const long = multi.add(new Easy({ url: 'https://a.test/long', environment }))
      await world.sleep(20)
      const all = burst(world, multi, 40, 'https://a.test/')
      await world.sleep(20)
      expect(now()).toBe(9)
      const connection = origin.connections[0]!
      connection.settings({ MAX_CONCURRENT_STREAMS: 3 })
      await world.sleep(100)
      expect(now()).toBe(2)
      connection.settings({ MAX_CONCURRENT_STREAMS: 0 })
      await world.sleep(100)
      expect(now()).toBe(0)
      const served = origin.requests.length
      await world.sleep(1_000)
      expect(origin.requests).toHaveLength(served)
      connection.settings({ MAX_CONCURRENT_STREAMS: 30 })
      expect((await all).map((result) => result.text())).toEqual(
        Array.from({ length: 40 }, (_, i) => `/${i}`),
      )
      expect(most()).toBeGreaterThan(10)
      endLong()
      expect((await long).text()).toBe('long')
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('are none for ever: an idle connection of no use is closed, and another opened for those who wait', async () => {
    await simulate(1, async (world) => {
      const { handler } = counting(50)
      const origin = world.origin('https://a.test', handler, { http2: true })
      const { environment } = world
      const multi = new Multi({ environment, maxTotalConnections: 1, maxConcurrentStreams: 1 })
      const log = logConnections(multi.events)
      const all = burst(world, multi, 2, 'https://a.test/')
      await world.sleep(20)
      origin.connections[0]!.settings({ MAX_CONCURRENT_STREAMS: 0 })
      expect((await all).map(({ info }) => info.connId)).toEqual([0, 1])
      expect(log).toContain('closed #0 no-more-streams')
    })
  })

  test('pickStream: fullest fills one connection, least-loaded spreads', async () => {
    const spread = async (pickStream: 'fullest' | 'least-loaded'): Promise<number[]> => {
      const { value } = await simulate(1, async (world) => {
        const origin = world.origin(
          'https://a.test',
          async (exchange) => {
            await exchange.sleep(1_000)
            exchange.respond({ body: 'x' })
          },
          { http2: true },
        )
        const { environment } = world
        const multi = new Multi({ environment, pickStream })
        const get = (options: EasyOptions = {}) =>
          multi.add(new Easy({ url: 'https://a.test/', environment, ...options }))
        const runs = [get(), get({ freshConnect: true })]
        await world.sleep(50)
        for (let i = 0; i < 6; i += 1) {
          runs.push(get())
          await world.sleep(5)
        }
        await Promise.all(runs)
        expect(origin.connectionsAccepted).toBe(2)
        return multi
          .connections()
          .map(({ requests }) => requests)
          .sort((a, b) => a - b)
      })
      return value
    }
    expect(await spread('fullest')).toEqual([1, 7])
    expect(await spread('least-loaded')).toEqual([4, 4])
  })
})

describe('limits on connections', () => {
  const LIMITED: readonly { name: string; init: MultiInit }[] = [
    { name: 'in all', init: { maxTotalConnections: 2, maxConcurrentStreams: 3 } },
    { name: 'per host', init: { maxHostConnections: 1, maxConcurrentStreams: 3 } },
    { name: 'both', init: { maxHostConnections: 1, maxTotalConnections: 1, maxConcurrentStreams: 1 } },
  ]
  test.each(LIMITED)('$name hold over several hosts, and nobody waits beside room', async ({ init }) => {
    await simulate(1, async (world) => {
      const hosts = ['a', 'b', 'c', 'd']
      for (const host of hosts) world.origin(`https://${host}.test`, hello, { http2: true })
      const { environment, network } = world
      const multi = new Multi({ ...init, environment })
      // Who waits at a limit, and those who did so one millisecond ago beside room on a connection to their host.
      const waiting = new Set<string>()
      multi.events.on('transfer-queued', ({ effectiveUrl }, reason) => {
        if (reason.endsWith('-limit')) waiting.add(effectiveUrl)
        else waiting.delete(effectiveUrl)
      })
      multi.events.on('transfer-started', ({ effectiveUrl }) => waiting.delete(effectiveUrl))
      let mostOpen = 0
      let mostWaiting = 0
      let beside: string[] = []
      const stuck: string[] = []
      const over = new AbortController()
      const watch = async (): Promise<void> => {
        while (!over.signal.aborted) {
          await world.sleep(1)
          const open = multi.connections()
          mostOpen = Math.max(mostOpen, open.length)
          mostWaiting = Math.max(mostWaiting, waiting.size)
          const hasRoom = (url: string): boolean =>
            open.some(({ origin, active, capacity }) => url.startsWith(`${origin}/`) && active < capacity)
          const now = [...waiting].filter(hasRoom)
          stuck.push(...now.filter((url) => beside.includes(url)))
          beside = now
        }
      }
      const watching = watch()
      const results = await Promise.all(hosts.map((host) => burst(world, multi, 12, `https://${host}.test/`)))
      over.abort()
      await watching
      expect(results.flat().every(({ status }) => status === 200)).toBe(true)
      expect(mostWaiting).toBeGreaterThan(0)
      expect(mostOpen).toBeLessThanOrEqual(init.maxTotalConnections ?? 4)
      expect(stuck).toEqual([])
      expect(network.openConnections).toBeLessThanOrEqual(init.maxTotalConnections ?? 4)
    })
  })
})

describe('who waits for a stream', () => {
  /** One connection with room for one stream, taken for `ms`. */
  async function taken(world: SimWorld, ms: number): Promise<{ multi: Multi; order: () => string[] }> {
    const origin = world.origin(
      'https://a.test',
      async (exchange) => {
        await exchange.sleep(exchange.request.target === '/long' ? ms : 10)
        exchange.respond({ body: exchange.request.target })
      },
      { http2: { maxConcurrentStreams: 1 } },
    )
    const { environment } = world
    const multi = new Multi({ environment, maxTotalConnections: 1 })
    void multi.add(new Easy({ url: 'https://a.test/long', environment })).catch(() => {})
    await world.sleep(20)
    return { multi, order: () => origin.requests.map(({ target }) => target) }
  }

  test('goes by priority, then by arrival', async () => {
    await simulate(1, async (world) => {
      const { multi, order } = await taken(world, 100)
      const { environment } = world
      await Promise.all(
        [0, 5, 0, 9].map((priority, i) =>
          multi.add(new Easy({ url: `https://a.test/${i}-${priority}`, priority, environment })),
        ),
      )
      expect(order()).toEqual(['/long', '/3-9', '/1-5', '/0-0', '/2-0'])
    })
  })

  test('waits at most for queueTimeoutMs', async () => {
    await simulate(1, async (world) => {
      const { multi } = await taken(world, 1_000)
      const easy = new Easy({ url: 'https://a.test/', queueTimeoutMs: 100, environment: world.environment })
      await expect(multi.add(easy)).rejects.toMatchObject({
        code: 'OPERATION_TIMEDOUT',
        details: { deadline: 'queue', limitMs: 100 },
      })
      expect(world.clock.now()).toBe(120)
    })
  })

  test('gets a connection of another host closed for it, when that one is idle', async () => {
    await simulate(1, async (world) => {
      world.origin('https://b.test', hello, { http2: true })
      world.origin('https://a.test', hello, { http2: true })
      const { environment } = world
      const multi = new Multi({ environment, maxTotalConnections: 1 })
      const log = logConnections(multi.events)
      await multi.add(new Easy({ url: 'https://b.test/', environment }))
      await multi.add(new Easy({ url: 'https://a.test/', environment }))
      expect(log).toEqual(['opened #0', 'idle #0', 'closed #0 made-room', 'opened #1', 'idle #1'])
    })
  })

  test('of another host is not passed over for ever by those who join a busy connection', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello, { http2: true })
      world.origin('https://b.test', hello, { http2: true })
      const { environment } = world
      const multi = new Multi({ environment, maxTotalConnections: 1 })
      const served = new AbortController()
      let joined = 0
      const keepBusy = async (): Promise<void> => {
        while (!served.signal.aborted && joined < 1_000) {
          joined += 1
          await multi.add(new Easy({ url: 'https://a.test/', environment }))
        }
      }
      // Three at a time, so that the connection is never idle.
      const busy = [keepBusy(), world.sleep(5).then(keepBusy), world.sleep(8).then(keepBusy)]
      await world.sleep(30)
      await multi.add(new Easy({ url: 'https://b.test/', environment }))
      served.abort()
      await Promise.all(busy)
      expect(joined).toBeGreaterThan(3)
      expect(joined).toBeLessThan(100)
    })
  })
})
