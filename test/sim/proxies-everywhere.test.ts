/** The longest way there is (SOCKS, TLS with a proxy, its login, a tunnel, TLS), cancelled and broken at every step. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimProxy, type SimSocks, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const handler: SimHandler = async (exchange) => {
  await exchange.body()
  await exchange.sleep(1)
  exchange.respond({ body: exchange.request.target })
}

const USERS = { ada: 'secret' }

interface Chain {
  readonly name: string
  readonly scheme: 'http' | 'https'
  readonly options: EasyOptions
}

const CHAINS: readonly Chain[] = [
  {
    name: 'SOCKS, TLS, Digest, tunnel, TLS',
    scheme: 'https',
    options: {
      preProxy: 'socks5h://ada:secret@k.test',
      proxy: 'https://ada:secret@d.test:3129',
      proxyAuth: ['digest'],
    },
  },
  {
    name: 'a login whose rounds take two connections',
    scheme: 'https',
    options: { proxy: 'http://ada:secret@c.test:3128', proxyAuth: ['any'] },
  },
  { name: 'forward', scheme: 'http', options: { proxy: 'http://ada:secret@f.test:3128' } },
]

interface Machines {
  readonly proxies: readonly SimProxy[]
  readonly socks: SimSocks
}

function build(world: SimWorld, scheme: string): Machines {
  world.origin(`${scheme}://a.test`, handler, { http2: true })
  return {
    socks: world.socks('k.test:1080', { users: USERS }),
    proxies: [
      world.proxy('https://d.test:3129', { users: USERS, auth: 'digest' }),
      // It closes after each of its refusals.
      world.proxy('http://c.test:3128', { users: USERS, auth: 'digest', keepAlive: { requests: 1 } }),
      world.proxy('http://f.test:3128', { users: USERS }),
    ],
  }
}

/** Nothing is open, on any machine. */
async function expectNothingLeft(world: SimWorld, { proxies, socks }: Machines): Promise<void> {
  await world.sleep(50)
  expect(world.network.openConnections).toBe(0)
  expect([socks.openTunnels, ...proxies.map((proxy) => proxy.openTunnels)]).toEqual([0, 0, 0, 0])
}

async function cancelled(world: SimWorld, chain: Chain, steps: number): Promise<number> {
  const { environment } = world
  const machines = build(world, chain.scheme)
  const multi = new Multi({ environment })
  const handles = [0, 1, 2].map(
    (i) => new Easy({ environment, url: `${chain.scheme}://a.test/${i}`, ...chain.options }),
  )
  const runs = handles.map((handle) =>
    multi.add(handle).then(
      (result) => result.text(),
      (error: TransferError) => error.code,
    ),
  )
  let isFirstRound = true
  void world.sleep(steps).then(() => {
    if (isFirstRound && multi.handles.includes(handles[0]!)) multi.remove(handles[0]!)
  })
  const outcomes = await Promise.all(runs)
  isFirstRound = false
  const endedAt = world.clock.now()
  expect(['/0', 'MULTI_ABORTED']).toContain(outcomes[0])
  expect(outcomes.slice(1)).toEqual(['/1', '/2'])
  expect((await multi.add(handles[0]!)).text()).toBe('/0')
  await multi.close()
  await expectNothingLeft(world, machines)
  return endedAt
}

describe.each(CHAINS)('$name', (chain) => {
  test('cancelled at any step', async () => {
    const { value: wholeMs } = await simulate(1, (world) => cancelled(world, chain, 1e6))
    expect(wholeMs).toBeGreaterThan(5)
    for (let step = 0; step <= Math.ceil(wholeMs); step += 1)
      await simulate(1, (world) => cancelled(world, chain, step))
  })

  test.each(['toClient', 'toServer'] as const)('broken after any number of bytes, %s', async (direction) => {
    const hosts = ['k.test', 'd.test', 'c.test', 'f.test']
    const outcomes = new Set<string>()
    for (let bytes = 1; !outcomes.has('/x'); bytes += bytes < 40 ? 1 : 7) {
      await simulate(1, async (world) => {
        const machines = build(world, chain.scheme)
        for (const host of hosts) world.network.link(host, { resetAfterBytes: { [direction]: bytes } })
        const easy = new Easy({
          environment: world.environment,
          url: `${chain.scheme}://a.test/x`,
          ...chain.options,
          retryDeadReuse: 'never',
        })
        const outcome = await easy.perform().then(
          (result) => result.text(),
          (error: TransferError) => error.code,
        )
        outcomes.add(outcome)
        await easy.close()
        await expectNothingLeft(world, machines)
      })
      expect(bytes).toBeLessThan(20_000)
    }
    // Nothing hung, and each failure was one of these.
    const known = [
      '/x',
      'RECV_ERROR',
      'SEND_ERROR',
      'SSL_CONNECT_ERROR',
      'PROXY',
      'GOT_NOTHING',
      'PARTIAL_FILE',
    ]
    for (const outcome of outcomes) expect(known).toContain(outcome)
    expect(outcomes.size).toBeGreaterThan(1)
  })
})

describe('logins', () => {
  test('a nonce learned for one tunnel serves the next, and a stale one costs a round', async () => {
    await simulate(1, async (world) => {
      for (const host of ['a.test', 'b.test', 'c.test', 'd.test']) world.origin(`https://${host}`, handler)
      const proxy = world.proxy('http://p.test:3128', { users: USERS, auth: 'digest', nonceUses: 2 })
      await using easy = new Easy({
        environment: world.environment,
        proxy: 'http://ada:secret@p.test:3128',
        proxyAuth: ['digest'],
      })
      const rounds: number[] = []
      for (const host of ['a.test', 'b.test', 'c.test', 'd.test']) {
        const before = proxy.requests.length
        const { info } = await easy.set({ url: `https://${host}/` }).perform()
        expect(info.httpConnectCode).toBe(200)
        rounds.push(proxy.requests.length - before)
      }
      expect(rounds).toEqual([2, 1, 2, 1])
      expect(proxy.tunnels).toBe(4)
    })
  })

  test('a wrong password ends after one answer', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', handler)
      const proxy = world.proxy('http://p.test:3128', { users: USERS, auth: 'digest' })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'http://ada:guess@p.test:3128',
        proxyAuth: ['any'],
      })
      const error = await easy.perform().then(
        () => undefined,
        (reason: TransferError) => reason,
      )
      expect([error?.code, error?.details['status']]).toEqual(['COULDNT_CONNECT', 407])
      expect(error?.message).not.toContain('guess')
      expect([proxy.requests.length, proxy.connectionsAccepted, easy.info?.httpConnectCode]).toEqual([
        2, 1, 407,
      ])
    })
  })

  test('a login that is missing', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', handler)
      const proxy = world.proxy('http://p.test:3128', { users: USERS })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'p.test:3128',
      })
      await expect(easy.perform()).rejects.toMatchObject({
        code: 'COULDNT_CONNECT',
        details: { status: 407 },
      })
      expect(proxy.requests).toHaveLength(1)
    })
  })
})
