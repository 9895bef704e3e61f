/** DNS over HTTPS, name servers by hand, and the order of addresses, in the simulator. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError, TransferInfo } from '@trunkline/core'
import {
  simulate,
  type SimHandler,
  type SimOrigin,
  type SimResponse,
  type SimWorld,
} from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'
import { dnsAnswer, dnsQuestion } from '../support/dns-answer.ts'

const DOH = 'https://dns.test/dns-query'

interface Zone {
  /** Addresses by name; a name that is not in it does not exist. */
  readonly names: Readonly<Record<string, readonly string[]>>
  readonly ttlS?: number
  readonly answer?: (question: { name: string; type: 'A' | 'AAAA' }) => SimResponse | undefined
}

/** A DoH server at dns.test that knows a zone, and what it was asked. */
function dohServer(
  world: SimWorld,
  { names, ttlS = 300, answer }: Zone,
  where = 'https://dns.test',
): { origin: SimOrigin; asked: string[] } {
  const asked: string[] = []
  const handler: SimHandler = async (exchange) => {
    const { method, target, fields } = exchange.request
    const question = dnsQuestion(await exchange.body())
    asked.push(`${method} ${target} ${fields.first('content-type')} ${question.type} ${question.name}`)
    const other = answer?.(question)
    if (other !== undefined) {
      exchange.respond(other)
      return
    }
    const known = names[question.name]
    const isWanted = (address: string): boolean => address.includes(':') === (question.type === 'AAAA')
    const records = (known ?? []).filter(isWanted).map((address) => ({
      name: question.name,
      type: question.type,
      ttlS,
      data: address.includes(':')
        ? [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Number(address.split(':').at(-1))]
        : address.split('.').map(Number),
    }))
    exchange.respond({
      headers: { 'Content-Type': 'application/dns-message' },
      body: dnsAnswer(question.name, question.type, records, known === undefined ? { rcode: 3 } : {}),
    })
  }
  return { origin: world.origin(where, handler, { http2: true }), asked }
}

/** The server of a.test, at an address that no lookup of the system gives. */
function hidden(world: SimWorld, address = '10.7.7.7', host = 'a.test'): SimOrigin {
  world.network.name(host, [address])
  const origin = world.origin(`http://${host}`, (exchange) => exchange.respond({ body: address }), {
    http2: true,
  })
  world.network.loseName(host)
  return origin
}

const run = (easy: Easy): Promise<string> =>
  easy.perform().then(
    (result) => result.text(),
    (error: TransferError) => `${error.code}: ${error.message}`,
  )

describe('DNS over HTTPS', () => {
  test('finds the host by two questions over one HTTP/2 connection', async () => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      const { asked, origin } = dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
      await using easy = new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment })
      return [
        await run(easy),
        asked,
        origin.connections.map((one) => [one.protocol, one.exchanges]),
        easy.info!.xferId,
      ] as const
    })
    expect(value).toEqual([
      '10.7.7.7',
      [
        'POST /dns-query application/dns-message A a.test',
        'POST /dns-query application/dns-message AAAA a.test',
      ],
      [['h2', 2]],
      0,
    ])
  })

  test.each([
    ['v4', ['A']],
    ['v6', ['AAAA']],
  ] as const)('ipResolve %s asks for %j', async (ipResolve, types) => {
    const { value } = await simulate(1, async (world) => {
      const { asked } = dohServer(world, { names: { 'a.test': ['10.7.7.7', '2001:db8::5'] } })
      await using easy = new Easy({
        url: 'http://a.test/',
        dohUrl: DOH,
        ipResolve,
        environment: world.environment,
      })
      await run(easy)
      return asked.map((line) => line.split(' ')[3])
    })
    expect(value).toEqual(types)
  })

  test("is nobody else's business: no events, no count, no message", async () => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
      const multi = new Multi({ environment: world.environment })
      const heard: string[] = []
      const hear = (name: string, { effectiveUrl }: TransferInfo): void =>
        void heard.push(`${name} ${effectiveUrl}`)
      multi.events.on('transfer-queued', (info) => hear('queued', info))
      multi.events.on('transfer-started', (info) => hear('started', info))
      multi.events.on('transfer-done', (info) => hear('done', info))
      const result = await multi.add(
        new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment }),
      )
      const origins = multi.connections().map(({ origin }) => origin)
      await multi.close()
      return {
        heard: [...new Set(heard)],
        origins,
        connects: result.info.numConnects,
        lookupUs: result.info.nameLookupTimeUs,
      }
    })
    expect(value.heard).toEqual(['queued http://a.test/', 'started http://a.test/', 'done http://a.test/'])
    // Its connection is in the cache like any other.
    expect(value.origins.toSorted()).toEqual(['http://a.test:80', 'https://dns.test:443'])
    expect(value.connects).toBe(1)
    expect(value.lookupUs).toBeGreaterThan(0)
  })

  test.each([{ maxTotalConnections: 1 }, { maxHostConnections: 1 }, { maxTransfers: 1 }])(
    'does not wait for the transfers that wait for it: %j',
    async (limits) => {
      const { value } = await simulate(1, async (world) => {
        const names = { 'a.test': ['10.7.7.7'], 'b.test': ['10.7.7.8'] }
        hidden(world)
        hidden(world, '10.7.7.8', 'b.test')
        dohServer(world, { names, ttlS: 1 })
        const multi = new Multi({ ...limits, environment: world.environment })
        const urls = ['http://a.test/', 'http://b.test/', 'http://a.test/2', 'http://b.test/2']
        const results = await Promise.all(
          urls.map((url) => multi.add(new Easy({ url, dohUrl: DOH, environment: world.environment }))),
        )
        await multi.close()
        return results.map((result) => result.text())
      })
      expect(value).toEqual(['10.7.7.7', '10.7.7.8', '10.7.7.7', '10.7.7.8'])
    },
  )

  test('may be the server of the transfer itself, at a limit of one connection', async () => {
    const { value } = await simulate(1, async (world) => {
      const { asked } = dohServer(world, { names: {}, answer: () => undefined })
      await using multi = new Multi({ maxHostConnections: 1, environment: world.environment })
      const easy = new Easy({
        url: DOH,
        method: 'POST',
        body: 'x',
        dohUrl: DOH,
        environment: world.environment,
      })
      const told = await multi.add(easy).catch((error: TransferError) => error.code)
      return [told, asked.length] as const
    })
    // The name is asked for once: its own server is found by the system, never by itself.
    expect(value).toEqual(['COULDNT_RESOLVE_HOST', 2])
  })

  test.each<readonly [string, SimResponse, RegExp]>([
    ['a status', { status: 500, body: 'no' }, /the server answered 500/],
    ['a redirect', { status: 302, headers: { Location: 'https://evil.test/' } }, /the server answered 302/],
    [
      'another type',
      { headers: { 'Content-Type': 'text/html' }, body: '<p>' },
      /"text\/html" instead of application\/dns-message/,
    ],
    ['no type', { body: 'x' }, /"no type"/],
    ['nonsense', { headers: { 'Content-Type': 'application/dns-message' }, body: 'nonsense' }, /malformed/],
    [
      'too much',
      { headers: { 'Content-Type': 'application/dns-message' }, body: new Uint8Array(70_000) },
      /could not be asked/,
    ],
  ])('%s is a failure, without a look elsewhere', async (_what, answer, why) => {
    const { value } = await simulate(1, async (world) => {
      // The system knows the name, and is not asked.
      world.origin('http://a.test', (exchange) => exchange.respond({ body: 'reached' }))
      const { asked } = dohServer(world, { names: {}, answer: () => answer })
      await using easy = new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment })
      const first = await run(easy)
      const before = asked.length
      await run(easy)
      return { first, isAskedAgain: asked.length > before, dials: world.network.dials.length }
    })
    expect(value.first).toMatch(
      /^COULDNT_RESOLVE_HOST: .*https:\/\/dns\.test \(dohUrl\) did not resolve a\.test/,
    )
    expect(value.first).toMatch(why)
    expect(value.isAskedAgain).toBe(true)
  })

  test('a name that does not exist is remembered, and a server that cannot be reached is named', async () => {
    const { value } = await simulate(1, async (world) => {
      const { asked } = dohServer(world, { names: {} })
      await using easy = new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment })
      const first = await run(easy)
      await run(easy)
      easy.set({ dohUrl: 'https://nobody.test/' })
      return [first, asked.length, await run(easy)] as const
    })
    expect(value[0]).toContain('there is no such name')
    expect(value[1]).toBe(2)
    expect(value[2]).toMatch(
      /^COULDNT_RESOLVE_HOST: .*https:\/\/nobody\.test \(dohUrl\) did not resolve a\.test.*could not be asked/,
    )
  })

  test('one family is enough', async () => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      dohServer(world, {
        names: { 'a.test': ['10.7.7.7'] },
        answer: ({ type }) => (type === 'AAAA' ? { status: 500 } : undefined),
      })
      await using easy = new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment })
      return await run(easy)
    })
    expect(value).toBe('10.7.7.7')
  })

  test.each([
    [10, {}, 5_000, 2],
    [10, {}, 11_000, 4],
    [10, { Age: '8' }, 5_000, 4],
    // 0 would mean a question for each connection of a burst.
    [0, {}, 500, 2],
    [0, {}, 1_500, 4],
    // The option bounds what the server says.
    [86_400, {}, 61_000, 4],
  ])('an answer for %i s with %j, %i ms later: %i questions', async (ttlS, more, waitMs, questions) => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      const { asked } = dohServer(world, {
        names: {},
        answer: ({ name, type }) => ({
          headers: { 'Content-Type': 'application/dns-message', ...more },
          body: dnsAnswer(name, type, type === 'A' ? [{ name, type, ttlS, data: [10, 7, 7, 7] }] : []),
        }),
      })
      await using easy = new Easy({
        url: 'http://a.test/',
        dohUrl: DOH,
        freshConnect: true,
        environment: world.environment,
      })
      await run(easy)
      await world.sleep(waitMs)
      await run(easy)
      return asked.length
    })
    expect(value).toBe(questions)
  })

  test('handles that ask otherwise get answers and connections of their own', async () => {
    const { value } = await simulate(1, async (world) => {
      const { environment, network } = world
      hidden(world)
      hidden(world, '10.8.8.8', 'b.test')
      network.name('a.test', ['10.9.9.9'])
      world.origin('http://10.9.9.9', (exchange) => exchange.respond({ body: '10.9.9.9' }))
      network.listen('10.8.8.8', 81, () => undefined)
      dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
      dohServer(world, { names: { 'a.test': ['10.8.8.8'] } }, 'https://other.test')
      network.nameAt('192.0.2.53', 'a.test', ['10.7.7.7'])
      await using multi = new Multi({ maxConnects: 20, environment })
      const ask = async (options: EasyOptions): Promise<string> =>
        (await multi.add(new Easy({ url: 'http://a.test/', ...options, environment }))).text()
      const texts: string[] = []
      for (const options of [
        { dohUrl: DOH },
        {},
        { dohUrl: 'https://other.test/q' },
        { dnsServers: ['192.0.2.53'] },
        { dohUrl: DOH, dohSslVerifyPeer: false },
        { dohUrl: DOH },
      ])
        texts.push(await ask(options))
      return [
        texts,
        multi.connections().filter(({ origin }) => origin === 'http://a.test:80').length,
      ] as const
    })
    expect(value).toEqual([['10.7.7.7', '10.9.9.9', '10.8.8.8', '10.7.7.7', '10.7.7.7', '10.7.7.7'], 5])
  })

  test('a share lends the answers, by the way they were asked for', async () => {
    const { value } = await simulate(1, async (world) => {
      const { environment } = world
      hidden(world)
      const { asked } = dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
      const share = new Share({ parts: ['dns'], environment })
      const handles = [1, 2].map(() => new Easy({ url: 'http://a.test/', dohUrl: DOH, share, environment }))
      const texts = [await run(handles[0]!), await run(handles[1]!)]
      for (const handle of handles) await handle.close()
      return [texts, asked.length] as const
    })
    expect(value).toEqual([['10.7.7.7', '10.7.7.7'], 2])
  })

  test('pins find the server, and are not overruled by it', async () => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      const { asked, origin } = dohServer(world, { names: {} })
      world.network.loseName('dns.test')
      const resolve = [`dns.test:443:${origin.address}`, 'a.test:80:10.7.7.7']
      await using easy = new Easy({
        url: 'http://a.test/',
        dohUrl: DOH,
        resolve,
        environment: world.environment,
      })
      const pinned = await run(easy)
      easy.set({ url: 'http://c.test/' })
      return [pinned, asked.length, await run(easy), asked.length] as const
    })
    expect(value[0]).toBe('10.7.7.7')
    expect([value[1], value[3]]).toEqual([0, 2])
    expect(value[2]).toContain('no such name')
  })

  test("dohSslVerifyPeer and dohSslVerifyHost are the server's own", async () => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
      world.network.name('alias.test', world.network.addressesOf('dns.test'))
      const ask = async (options: EasyOptions): Promise<string> => {
        await using easy = new Easy({
          url: 'http://a.test/',
          dohUrl: 'https://alias.test/',
          environment: world.environment,
          ...options,
        })
        return await run(easy)
      }
      return [await ask({}), await ask({ sslVerifyHost: false }), await ask({ dohSslVerifyHost: false })]
    })
    expect(value[0]).toContain('could not be asked')
    expect(value[1]).toContain('could not be asked')
    expect(value[2]).toBe('10.7.7.7')
  })

  test('who gives up ends the question, wherever it is', async () => {
    for (let afterMs = 0; afterMs < 12; afterMs += 0.5) {
      const { value } = await simulate(1, async (world) => {
        hidden(world)
        world.network.link('dns.test', { delayMs: 1 })
        dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
        const controller = new AbortController()
        const easy = new Easy({
          url: 'http://a.test/',
          dohUrl: DOH,
          signal: controller.signal,
          environment: world.environment,
        })
        const running = run(easy)
        await world.sleep(afterMs)
        controller.abort()
        const text = await running
        await easy.close()
        await world.sleep(5_000)
        return [text.split(':')[0], world.network.openConnections] as const
      })
      expect(['ABORTED_BY_CALLBACK', '10.7.7.7']).toContain(value[0])
      expect(value[1]).toBe(0)
    }
  })

  test('the deadline of the transfer holds for the question, and other askers go on', async () => {
    const { value } = await simulate(1, async (world) => {
      hidden(world)
      dohServer(world, { names: { 'a.test': ['10.7.7.7'] } })
      world.network.link('dns.test', { delayMs: 100 })
      await using multi = new Multi({ environment: world.environment })
      const ask = (options: EasyOptions): Promise<string> =>
        multi
          .add(new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment, ...options }))
          .then(
            (result) => result.text(),
            (error: TransferError) => error.code,
          )
      return await Promise.all([ask({ connectTimeoutMs: 50 }), ask({})])
    })
    expect(value).toEqual(['OPERATION_TIMEDOUT', '10.7.7.7'])
  })

  test.each<readonly [string, SimHandler, EasyOptions, RegExp]>([
    [
      'breaks each connection',
      (exchange) => exchange.connection.reset(),
      {},
      /^COULDNT_RESOLVE_HOST .*could not be asked/,
    ],
    [
      'closes without a word',
      (exchange) => exchange.connection.close(),
      {},
      /^COULDNT_RESOLVE_HOST .*could not be asked/,
    ],
    [
      'breaks off within the answer',
      (exchange) => {
        exchange.head({ headers: { 'Content-Type': 'application/dns-message', 'Content-Length': '100' } })
        exchange.write(new Uint8Array(50))
        exchange.reset()
      },
      {},
      /^COULDNT_RESOLVE_HOST .*could not be asked/,
    ],
    ['says nothing', () => undefined, {}, /^COULDNT_RESOLVE_HOST .*could not be asked.*30/],
    ['says nothing, with a deadline', () => undefined, { resolveTimeoutMs: 50 }, /^OPERATION_TIMEDOUT /],
    ['says nothing, with a shorter one for all', () => undefined, { timeoutMs: 50 }, /^OPERATION_TIMEDOUT /],
  ])(
    'a server that %s ends the transfer, and leaves nothing behind',
    async (_what, handler, options, told) => {
      const { value } = await simulate(1, async (world) => {
        world.origin('https://dns.test', handler, { http2: true })
        const easy = new Easy({
          url: 'http://a.test/',
          dohUrl: DOH,
          environment: world.environment,
          ...options,
        })
        const text = await easy.perform().then(
          () => 'reached',
          (error: TransferError) => `${error.code} ${error.message}`,
        )
        await easy.close()
        await world.sleep(40_000)
        return { text, open: world.network.openConnections }
      })
      expect(value.text).toMatch(told)
      expect(value.open).toBe(0)
    },
  )

  test('closing ends it', async () => {
    const { value } = await simulate(1, async (world) => {
      world.origin('https://dns.test', () => undefined, { http2: true })
      const easy = new Easy({ url: 'http://a.test/', dohUrl: DOH, environment: world.environment })
      const running = run(easy)
      await world.sleep(100)
      await easy.close()
      return [(await running).split(':')[0], world.network.openConnections]
    })
    expect(value).toEqual(['ABORTED_BY_CALLBACK', 0])
  })
})

describe('names that are not asked for', () => {
  test.each([
    ['http://localhost:81/', 'here'],
    ['http://a.localhost:81/', 'here'],
    ['http://localhost.:81/', 'here'],
  ])('%s is this machine', async (url, text) => {
    const { value } = await simulate(1, async (world) => {
      world.origin('http://127.0.0.1:81', (exchange) => exchange.respond({ body: 'here' }))
      await using easy = new Easy({ url, environment: world.environment })
      return [await run(easy), world.network.lookups] as const
    })
    expect(value).toEqual([text, 0])
  })

  test.each(['http://abc.onion/', 'http://a.b.ONION./'])('%s is for Tor (RFC 7686)', async (url) => {
    const { value } = await simulate(1, async (world) => {
      await using easy = new Easy({ url, environment: world.environment })
      return [await run(easy), world.network.lookups] as const
    })
    expect(value[0]).toMatch(/^COULDNT_RESOLVE_HOST: .*\.onion names are for Tor only/)
    expect(value[1]).toBe(0)
  })
})

describe('the options', () => {
  test.each<readonly [EasyOptions, RegExp]>([
    [{ dohUrl: 'http://dns.test/' }, /dohUrl must be an https URL, not one of http/],
    [{ dohUrl: 'dns.test' }, /dohUrl must be an https URL/],
    [{ dohUrl: 'https://u:secret@dns test/' }, /^(?!.*secret).*dohUrl must be an https URL/],
    [{ dnsServers: ['dns.test'] }, /dnsServers must hold addresses.*not "dns\.test"/],
    [{ dnsServers: ['1.2.3.4:0'] }, /dnsServers/],
    [{ dnsServers: ['[::1'] }, /dnsServers/],
    [{ dnsServers: [''] }, /dnsServers/],
    [{ dnsLocalIp4: '::1' }, /dnsLocalIp4 must be an IPv4 address/],
    [{ dnsLocalIp6: '127.0.0.1' }, /dnsLocalIp6 must be an IPv6 address/],
  ])('%j is refused', async (options, why) => {
    const { value } = await simulate(1, async (world) => {
      await using easy = new Easy({ url: 'http://a.test/', environment: world.environment, ...options })
      return [await run(easy), world.network.lookups] as const
    })
    expect(value[0]).toMatch(/^BAD_FUNCTION_ARGUMENT/)
    expect(value[0]!.slice('BAD_FUNCTION_ARGUMENT: '.length)).toMatch(why)
    expect(value[1]).toBe(0)
  })

  test.each([['1.2.3.4'], ['1.2.3.4:53'], ['::1'], ['[::1]'], ['[::1]:53']])(
    'dnsServers takes %s',
    async (server) => {
      const { value } = await simulate(1, async (world) => {
        world.origin('http://a.test', (exchange) => exchange.respond({ body: 'here' }))
        await using easy = new Easy({
          url: 'http://a.test/',
          dnsServers: [server],
          environment: world.environment,
        })
        return await run(easy)
      })
      expect(value).toBe('here')
    },
  )
})

describe('pins that expire', () => {
  test('hold as long as looked-up addresses would, counted from their first use', async () => {
    const { value } = await simulate(1, async (world) => {
      const { environment, network } = world
      network.name('a.test', ['10.1.1.1'])
      for (const address of ['10.1.1.1', '10.2.2.2'])
        world.origin(`http://${address}`, (exchange) => exchange.respond({ body: address }))
      const three = async (entry: string): Promise<string[]> => {
        await using easy = new Easy({
          url: 'http://a.test/',
          resolve: [entry],
          dnsCacheTimeoutMs: 10_000,
          freshConnect: true,
          environment,
        })
        const texts = [await run(easy)]
        await world.sleep(9_000)
        texts.push(await run(easy))
        await world.sleep(2_000)
        texts.push(await run(easy))
        easy.set({ resolve: [entry] })
        return [...texts, await run(easy)]
      }
      return [
        await three('+a.test:80:10.2.2.2'),
        await three('a.test:80:10.2.2.2'),
        await three('-a.test:80'),
      ]
    })
    expect(value).toEqual([
      ['10.2.2.2', '10.2.2.2', '10.1.1.1', '10.2.2.2'],
      ['10.2.2.2', '10.2.2.2', '10.2.2.2', '10.2.2.2'],
      ['10.1.1.1', '10.1.1.1', '10.1.1.1', '10.1.1.1'],
    ])
  })
})

describe('the order of addresses', () => {
  const ADDRESSES = ['10.1.1.1', '10.1.1.2', '10.1.1.3']
  async function firsts(options: EasyOptions, seed = 1, count = 9): Promise<string[]> {
    const { value } = await simulate(seed, async (world) => {
      world.network.name('a.test', ADDRESSES)
      world.origin('http://a.test', (exchange) => exchange.respond())
      await using easy = new Easy({
        url: 'http://a.test/',
        forbidReuse: true,
        environment: world.environment,
        ...options,
      })
      const seen: string[] = []
      for (let i = 0; i < count; i += 1) {
        await easy.perform()
        seen.push(easy.info!.primaryIp)
      }
      return seen
    })
    return value
  }

  test('is as found by default', async () => {
    expect(new Set(await firsts({}))).toEqual(new Set(['10.1.1.1']))
  })

  test('dnsRoundRobin takes the next for each connection, of pins as well', async () => {
    expect(await firsts({ dnsRoundRobin: true })).toEqual([...ADDRESSES, ...ADDRESSES, ...ADDRESSES])
    expect(await firsts({ dnsRoundRobin: true, resolve: ['a.test:80:10.1.1.3,10.1.1.2'] }, 1, 3)).toEqual([
      '10.1.1.3',
      '10.1.1.2',
      '10.1.1.3',
    ])
  })

  test("dnsShuffleAddresses leaves it to chance, which is the simulation's", async () => {
    const [one, again, other] = [
      await firsts({ dnsShuffleAddresses: true }),
      await firsts({ dnsShuffleAddresses: true }),
      await firsts({ dnsShuffleAddresses: true }, 2),
    ]
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
    expect(new Set([...one, ...other])).toEqual(new Set(ADDRESSES))
  })
})
