/** Names, races, handshakes: how connections come to be, and what becomes of those that nobody wants any more. */
import { describe, expect, test } from 'vitest'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'

const hello: SimHandler = (exchange) => exchange.respond({ body: 'hello' })

describe('names', () => {
  test('the search for a connection comes before any lookup', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', hello)
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment, dnsCacheTimeoutMs: 0 })
      await easy.perform()
      world.network.loseName('a.test')
      expect((await easy.perform()).info.verdict?.outcome).toBe('reused')
    })
  })

  test('a name is looked up once, however many ask at once, and remembered for 60 s', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', hello)
      const { environment, network } = world
      const multi = new Multi({ environment })
      const burst = () =>
        Promise.all(
          Array.from({ length: 20 }, () =>
            multi.add(new Easy({ url: 'http://a.test/', environment, freshConnect: true })),
          ),
        )
      await burst()
      expect(network.lookups).toBe(1)
      await world.sleep(59_000)
      await burst()
      expect(network.lookups).toBe(1)
      await world.sleep(2_000)
      await burst()
      expect(network.lookups).toBe(2)
    })
  })

  test('a name that was not found is believed half as long', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.loseName('nowhere.test')
      const easy = new Easy({ url: 'http://nowhere.test/', environment })
      const fail = () =>
        easy.perform().then(
          () => 'found',
          (error: { code: string }) => error.code,
        )
      expect([await fail(), await fail(), network.lookups]).toEqual([
        'COULDNT_RESOLVE_HOST',
        'COULDNT_RESOLVE_HOST',
        1,
      ])
      await world.sleep(30_001)
      expect([await fail(), network.lookups]).toEqual(['COULDNT_RESOLVE_HOST', 2])
    })
  })

  test('a lookup that hangs ends with the deadline that names it', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.hangName('slow.test')
      const easy = new Easy({ url: 'http://slow.test/', environment, resolveTimeoutMs: 250 })
      await expect(easy.perform()).rejects.toMatchObject({
        code: 'OPERATION_TIMEDOUT',
        phase: 'resolve',
        details: { deadline: 'resolve', limitMs: 250 },
      })
      expect(world.clock.now()).toBe(250)
    })
  })

  test('pinned addresses need no lookup, and another pin is another identity', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.name('a.test', ['10.0.0.1', '10.0.0.2'])
      const origin = world.origin('http://a.test', hello)
      const easy = new Easy({ url: 'http://a.test/', environment, resolve: ['a.test:80:10.0.0.1'] })
      expect((await easy.perform()).info.primaryIp).toBe('10.0.0.1')
      const second = await easy.set({ resolve: ['a.test:80:10.0.0.2'] }).perform()
      expect(second.info.primaryIp).toBe('10.0.0.2')
      expect(second.info.verdict!.candidates).toMatchObject([
        { connection: 0, reasons: [{ code: 'route', field: 'resolve' }] },
      ])
      expect([network.lookups, origin.connectionsAccepted]).toEqual([0, 2])
    })
  })

  test('connectTo leads elsewhere and keeps the Host field', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://b.test:8080', hello)
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        connectTo: ['a.test:80:b.test:8080'],
      })
      await easy.perform()
      expect(origin.requests[0]!.head.fields.first('host')).toBe('a.test')
    })
  })
})

describe('the race of addresses (RFC 8305)', () => {
  test('a dead first address costs the delay, not the timeout', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.name('a.test', ['10.0.0.1', '10.0.0.2'])
      world.origin('http://a.test', hello)
      network.link('10.0.0.1', { loseRoute: { fromMs: 0 } })
      const easy = new Easy({ url: 'http://a.test/', environment })
      const result = await easy.perform()
      expect(result.info.primaryIp).toBe('10.0.0.2')
      expect(world.clock.now()).toBeLessThan(250)
      expect(network.openConnections).toBe(1)
    })
  })

  test('a later attempt never ends an earlier one: a slow first address still wins', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.name('a.test', ['10.0.0.1', '10.0.0.2'])
      world.origin('http://a.test', hello)
      network.link('10.0.0.1', { connectDelayMs: 900 })
      network.link('10.0.0.2', { loseRoute: { fromMs: 0 } })
      const result = await new Easy({ url: 'http://a.test/', environment }).perform()
      expect(result.info.primaryIp).toBe('10.0.0.1')
    })
  })

  test('families take turns, and a refusal starts the next at once', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.name('a.test', ['2001:db8::1', '2001:db8::2', '10.0.0.1'])
      world.origin('http://a.test', hello)
      for (const address of ['2001:db8::1', '10.0.0.1']) network.refuse(address, 80)
      const result = await new Easy({ url: 'http://a.test/', environment }).perform()
      expect(result.info.primaryIp).toBe('2001:db8::2')
      expect(network.dials.map(({ to }) => ('address' in to ? to.address : ''))).toEqual([
        '2001:db8::1',
        '10.0.0.1',
        '2001:db8::2',
      ])
      expect(world.clock.now()).toBeLessThan(100)
    })
  })

  test('the error lists every attempt', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      network.name('a.test', ['10.0.0.1', '10.0.0.2'])
      network.refuse('a.test', 80)
      const error = (await new Easy({ url: 'http://a.test/', environment })
        .perform()
        .catch((thrown: unknown) => thrown)) as Error
      expect(error).toMatchObject({ code: 'COULDNT_CONNECT', phase: 'connect' })
      expect(error.message).toMatch(/10\.0\.0\.1:80.*10\.0\.0\.2:80/)
    })
  })
})

describe('an opening', () => {
  test('whose transfer is cancelled goes on for another that waits for the same', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      world.network.link('a.test', { connectDelayMs: 100 })
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1 })
      const [first, second] = [
        new Easy({ url: 'http://a.test/', environment }),
        new Easy({ url: 'http://a.test/', environment }),
      ]
      const runs = [multi.add(first).catch((error: { code: string }) => error), multi.add(second)]
      await world.sleep(50)
      multi.remove(first)
      await Promise.all(runs)
      expect(origin.connectionsAccepted).toBe(1)
      expect(world.network.dials).toHaveLength(1)
      expect(world.clock.now()).toBeLessThan(110)
    })
  })

  test('that nobody wants any more is given up', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', hello)
      world.network.link('a.test', { loseRoute: { fromMs: 0 } })
      const { environment } = world
      const easy = new Easy({ url: 'http://a.test/', environment, timeoutMs: 300 })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'OPERATION_TIMEDOUT', phase: 'connect' })
      await world.sleep(1)
      expect(world.network.openConnections).toBe(0)
      expect(world.waits.list()).toEqual([])
    })
  })

  test('that takes longer than connectTimeoutMs fails its transfer and says in which phase', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello, { tls: { hang: true } })
      const easy = new Easy({ url: 'https://a.test/', environment: world.environment, connectTimeoutMs: 400 })
      await expect(easy.perform()).rejects.toMatchObject({
        code: 'OPERATION_TIMEDOUT',
        phase: 'tls',
        details: { deadline: 'connect' },
      })
      await world.sleep(1)
      expect(world.network.openConnections).toBe(0)
    })
  })

  test('serves the oldest waiting transfer, even when a used connection frees first for its own', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(20)
        exchange.respond({ body: 'x' })
      })
      const { environment } = world
      const multi = new Multi({ environment })
      const lines = logConnections(multi.events)
      const get = () => multi.add(new Easy({ url: 'http://a.test/', environment }))
      const first = get()
      await world.sleep(10)
      world.network.link('a.test', { connectDelayMs: 500 })
      // The second begins an opening that takes long; the first's connection frees meanwhile and serves it.
      const second = get()
      await Promise.all([first, second])
      expect(world.clock.now()).toBeLessThan(60)
      expect((await second).info).toMatchObject({ connReused: true, connId: 0 })
      // The opening that nobody waits for was given up when the last transfer ended.
      await world.sleep(1_000)
      expect(origin.connectionsAccepted).toBe(1)
      expect(lines.filter((line) => line.startsWith('opened'))).toEqual(['opened #0'])
    })
  })
})

describe('TLS', () => {
  test('a session is kept under the identity, resumed once, and seen in the info', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', hello)
      const easy = new Easy({ url: 'https://a.test/', environment: world.environment, forbidReuse: true })
      const first = await easy.perform()
      await world.sleep(20)
      const second = await easy.perform()
      await world.sleep(20)
      const other = await easy.set({ keyPasswd: 'changed' }).perform()
      expect([first, second, other].map(({ info }) => info.tlsResumed)).toEqual([false, true, false])
      expect(second.info.alpn).toBe('http/1.1')
    })
  })

  test.each([
    ['a certificate for another name', { certificateNames: ['b.test'] }, 'PEER_FAILED_VERIFICATION'],
    ['an untrusted certificate', { untrusted: true }, 'PEER_FAILED_VERIFICATION'],
    ['a failing handshake', { failHandshake: true }, 'SSL_CONNECT_ERROR'],
  ])('%s ends the transfer, and leaves nothing open', async (_name, tls, code) => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', hello, { tls })
      const easy = new Easy({ url: 'https://a.test/', environment: world.environment })
      await expect(easy.perform()).rejects.toMatchObject({ code, phase: 'tls' })
      await world.sleep(5)
      expect(origin.requests).toHaveLength(0)
      expect(world.network.openConnections).toBe(0)
    })
  })
})
