/** Coalescing (RFC 9113 section 9.1.1): which connections serve another name, and each condition by itself. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler, type SimOriginOptions } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi, type MultiInit } from '@trunkline/multi'

const echo: SimHandler = (exchange) => exchange.respond({ body: exchange.request.fields.first('host') ?? '' })

const BOTH: SimOriginOptions = { http2: true, tls: { certificateNames: ['a.test', '*.b.test'] } }

interface Scene {
  readonly server?: SimOriginOptions
  readonly handler?: SimHandler
  readonly cache?: Partial<MultiInit>
  /** Options of the first transfer, to https://a.test/, and of the second, to `second`. */
  readonly first?: EasyOptions
  readonly next?: EasyOptions
  readonly second?: string
  /** Addresses of www.b.test; default: those of a.test. */
  readonly address?: string
}

/** One transfer to a.test, then one to www.b.test at the same address. */
async function twoNames(scene: Scene = {}): Promise<{ opened: number; text: string; why: string }> {
  const {
    server = BOTH,
    handler = echo,
    cache = {},
    first = {},
    next = {},
    second = 'https://www.b.test/',
  } = scene
  const { value } = await simulate(1, async (world) => {
    const { environment, network } = world
    const origin = world.origin('https://a.test', handler, server)
    network.name('www.b.test', [scene.address ?? origin.address])
    const other = scene.address === undefined ? undefined : world.origin(second, handler, server)
    const multi = new Multi({ coalesce: true, ...cache, environment })
    await multi.add(new Easy({ url: 'https://a.test/', ...first, environment }))
    const result = await multi.add(new Easy({ url: second, ...next, environment }))
    const opened = origin.connectionsAccepted + (other?.connectionsAccepted ?? 0)
    await multi.close()
    return { opened, text: result.text(), why: result.info.verdict!.text }
  })
  return value
}

describe('coalescing', () => {
  test('a connection serves another name of its certificate at its address', async () => {
    const { opened, text, why } = await twoNames()
    expect(opened).toBe(1)
    expect(text).toBe('www.b.test')
    expect(why).toMatch(/^reused #0 \(request 2 on it.*, opened for a\.test\)/)
  })

  test('is off by default', async () => {
    expect((await twoNames({ cache: { coalesce: false } })).opened).toBe(2)
  })

  test.each<readonly [string, Scene]>([
    [
      'the certificate does not cover the name',
      {
        server: { http2: true, tls: { certificateNames: ['a.test'] } },
        next: { sslVerifyHost: false },
        first: { sslVerifyHost: false },
      },
    ],
    ['the address is another', { address: '10.9.9.9' }],
    ['the server speaks HTTP/1.1', { server: { tls: BOTH.tls! } }],
    ['the transfer wants HTTP/1.1', { next: { httpVersion: '1.1' } }],
    ['the certificate was not verified', { first: { sslVerifyPeer: false }, next: { sslVerifyPeer: false } }],
    ['the name was not verified', { first: { sslVerifyHost: false }, next: { sslVerifyHost: false } }],
    ['a client certificate is used', { first: { sslCert: 'me.pem' }, next: { sslCert: 'me.pem' } }],
    [
      'keys are pinned',
      { first: { pinnedPublicKey: 'sha256//a.test' }, next: { pinnedPublicKey: 'sha256//a.test' } },
    ],
    [
      'the first came by a detour',
      { first: { connectTo: ['::a.test:443'] }, next: { connectTo: ['::a.test:443'] } },
    ],
    ['an option differs', { next: { connectionTag: 'x' } }],
    ['a TLS option differs', { next: { sslVersion: 'TLSv1.3' } }],
    ['a new connection is asked for', { next: { freshConnect: true } }],
  ])('does not happen when %s', async (_why, scene) => {
    const { opened, text } = await twoNames(scene)
    expect(opened).toBe(2)
    expect(text).toBe('www.b.test')
  })

  test('does not happen at another port', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      const origin = world.origin('https://a.test', echo, BOTH)
      const other = world.origin('https://a.test:8443', echo, BOTH)
      network.name('www.b.test', [origin.address])
      await using multi = new Multi({ coalesce: true, environment })
      await multi.add(new Easy({ url: 'https://a.test/', environment }))
      await multi.add(new Easy({ url: 'https://www.b.test:8443/', environment }))
      expect([origin.connectionsAccepted, other.connectionsAccepted]).toEqual([1, 1])
    })
  })

  test('after 421 the name has connections of its own, and the request is answered', async () => {
    const seen: string[] = []
    await simulate(1, async (world) => {
      const { environment, network } = world
      const handler: SimHandler = (exchange) => {
        const { connection, request } = exchange
        const host = request.fields.first('host')!
        seen.push(`${host} on ${connection.id}`)
        // Connection 1 is not for www.b.test.
        if (host === 'www.b.test' && connection.id === 1) exchange.respond({ status: 421, body: 'elsewhere' })
        else exchange.respond({ body: host })
      }
      const origin = world.origin('https://a.test', handler, BOTH)
      network.name('www.b.test', [origin.address])
      await using multi = new Multi({ coalesce: true, environment })
      await multi.add(new Easy({ url: 'https://a.test/', environment }))
      for (const method of ['POST', 'GET']) {
        const result = await multi.add(new Easy({ url: 'https://www.b.test/', method, environment }))
        expect([result.status, result.text()]).toEqual([200, 'www.b.test'])
      }
      await multi.add(new Easy({ url: 'https://a.test/', environment }))
    })
    expect(seen).toEqual([
      'a.test on 1',
      'www.b.test on 1',
      'www.b.test on 2',
      'www.b.test on 2',
      'a.test on 1',
    ])
  })

  test('a burst to many names waits for one lookup each and one connection in all', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      const slow: SimHandler = async (exchange) => {
        await exchange.sleep(50)
        exchange.respond({ body: exchange.request.fields.first('host')! })
      }
      const origin = world.origin('https://a.test', slow, BOTH)
      const names = Array.from({ length: 20 }, (_, i) => `n${i}.b.test`)
      for (const name of names) network.name(name, [origin.address])
      await using multi = new Multi({ coalesce: true, environment })
      const first = multi.add(new Easy({ url: 'https://a.test/', environment }))
      await new Promise<void>((resolve) => void multi.events.once('connection-opened', () => resolve()))
      const results = await Promise.all(
        names.map((name) => multi.add(new Easy({ url: `https://${name}/`, environment }))),
      )
      await first
      expect(results.map((result) => result.text())).toEqual(names)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('a connection that goes away while another name wants it costs nothing', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      const origin = world.origin('https://a.test', echo, BOTH)
      network.name('www.b.test', [origin.address])
      await using multi = new Multi({ coalesce: true, environment })
      await multi.add(new Easy({ url: 'https://a.test/', environment }))
      await multi.add(new Easy({ url: 'https://www.b.test/', environment }))
      origin.connections[0]!.reset()
      const results = await Promise.all(
        ['https://a.test/', 'https://www.b.test/'].map((url) => multi.add(new Easy({ url, environment }))),
      )
      expect(results.map((result) => result.text())).toEqual(['a.test', 'www.b.test'])
    })
  })

  test('at a limit, those of the other name wait for room on the connection and get it', async () => {
    await simulate(1, async (world) => {
      const { environment, network } = world
      const slow: SimHandler = async (exchange) => {
        await exchange.sleep(100)
        exchange.respond({ body: exchange.request.fields.first('host')! })
      }
      const origin = world.origin('https://a.test', slow, BOTH)
      network.name('www.b.test', [origin.address])
      await using multi = new Multi({
        coalesce: true,
        maxTotalConnections: 1,
        maxConcurrentStreams: 2,
        environment,
      })
      const easy = (url: string): Easy => new Easy({ url, environment })
      await multi.add(easy('https://a.test/'))
      await multi.add(easy('https://www.b.test/'))
      const urls = Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0 ? 'https://a.test/' : 'https://www.b.test/',
      )
      const results = await Promise.all(urls.map((url) => multi.add(easy(url))))
      expect(results.map((result) => result.status)).toEqual(urls.map(() => 200))
      expect(origin.connectionsAccepted).toBe(1)
    })
  })
})
