/** HTTP/2 in clear text: by `Upgrade: h2c`, and by prior knowledge. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError, TransferResult } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const echo: SimHandler = (exchange) => exchange.respond({ body: exchange.request.target })

function get(
  world: SimWorld,
  multi: Multi,
  path: string,
  options: EasyOptions = {},
): Promise<TransferResult> {
  return multi.add(
    new Easy({ url: `http://a.test/${path}`, environment: world.environment, httpVersion: '2', ...options }),
  )
}

describe('Upgrade: h2c', () => {
  test.each([1, Infinity])('goes on in HTTP/2 on stream 1, in pieces of %s bytes', async (chunkBytes) => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', echo, { http2: true })
      world.network.link('a.test', { chunkBytes })
      const multi = new Multi({ environment: world.environment })
      const first = await get(world, multi, '1')
      expect(first.text()).toBe('/1')
      expect(first.info).toMatchObject({ httpVersion: '2', streamId: 1, numRetries: 0, responseCode: 200 })
      // What follows on the connection is HTTP/2 from the start.
      const second = await get(world, multi, '2')
      expect(second.info).toMatchObject({ httpVersion: '2', streamId: 3, connReused: true, connId: 0 })
      const both = await Promise.all([get(world, multi, '3'), get(world, multi, '4', { body: 'x' })])
      expect(both.map(({ info }) => info.streamId)).toEqual([5, 7])
      expect(origin.connectionsAccepted).toBe(1)
      for (const { head } of origin.requests) {
        expect([head.fields.has('upgrade'), head.fields.has('http2-settings')]).toEqual([false, false])
        expect(head.fields.first('host')).toBe('a.test')
      }
      expect(multi.connections()).toMatchObject([{ protocol: 'h2', state: 'idle', requests: 4 }])
    })
  })

  test('is refused gracefully by a server of HTTP/1.1, and not asked again on that connection', async () => {
    await simulate(1, async (world) => {
      const asked: boolean[] = []
      const origin = world.origin('http://a.test', (exchange) => {
        asked.push(exchange.request.fields.has('upgrade'))
        echo(exchange)
      })
      const multi = new Multi({ environment: world.environment })
      const first = await get(world, multi, '1')
      expect([first.text(), first.info.httpVersion, first.info.streamId]).toEqual(['/1', '1.1', 0])
      const second = await get(world, multi, '2')
      expect([second.text(), second.info.connReused]).toEqual(['/2', true])
      expect(asked).toEqual([true, false])
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('is not asked for with a body', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        'http://a.test',
        async (exchange) => exchange.respond({ body: await exchange.body() }),
        {
          http2: true,
        },
      )
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '1', { body: 'some body' })
      expect([result.text(), result.info.httpVersion]).toEqual(['some body', '1.1'])
      expect(origin.requests[0]!.head.fields.has('upgrade')).toBe(false)
    })
  })

  test('a large response, with trailers, comes over stream 1', async () => {
    await simulate(1, async (world) => {
      world.origin(
        'http://a.test',
        async (exchange) => {
          exchange.informational(103, { Link: '</x>' })
          exchange.head({ headers: { 'X-Kind': 'large' } })
          for (let i = 0; i < 20; i += 1) {
            exchange.write(new Uint8Array(100_000))
            await exchange.sleep(1)
          }
          exchange.end({ 'X-End': 'yes' })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '1')
      expect(result.body.length).toBe(2_000_000)
      expect([result.headers.first('x-kind'), result.trailers?.first('x-end')]).toEqual(['large', 'yes'])
    })
  })

  test('HEAD is upgraded as well', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.respond({ body: 'hello' }), { http2: true })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '1', { noBody: true })
      expect([result.status, result.body.length, result.headers.first('content-length')]).toEqual([
        200,
        0,
        '5',
      ])
      expect((await get(world, multi, '2')).text()).toBe('hello')
      expect(multi.connections()).toMatchObject([{ id: 0, protocol: 'h2' }])
    })
  })

  test('others do not wait for it, and share what came of it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        'http://a.test',
        async (exchange) => {
          await exchange.sleep(100)
          echo(exchange)
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const first = get(world, multi, '1')
      await world.sleep(50)
      const second = await get(world, multi, '2')
      expect(second.info).toMatchObject({ connId: 0, streamId: 3 })
      expect((await first).text()).toBe('/1')
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('a connection that dies after 101 fails its transfer', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.connection.reset(), { http2: true })
      const multi = new Multi({ environment: world.environment })
      await expect(get(world, multi, '1')).rejects.toMatchObject({ code: 'RECV_ERROR' })
      expect(multi.connections()).toEqual([])
    })
  })

  test('a transfer may be aborted on stream 1, and the connection stays', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        'http://a.test',
        (exchange) => (exchange.request.target === '/1' ? undefined : echo(exchange)),
        { http2: true },
      )
      const { environment } = world
      const multi = new Multi({ environment })
      const easy = new Easy({ url: 'http://a.test/1', httpVersion: '2', environment })
      const run = multi.add(easy).catch((error: TransferError) => error.code)
      await world.sleep(50)
      multi.remove(easy)
      expect(await run).toBe('MULTI_ABORTED')
      expect((await get(world, multi, '2')).info).toMatchObject({ connId: 0, streamId: 3 })
      expect(origin.requests[0]!.reset).toBe('CANCEL')
    })
  })

  test('over TLS httpVersion 2 is a matter of ALPN', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', echo, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', { url: 'https://a.test/1' })
      expect(result.info).toMatchObject({ httpVersion: '2', streamId: 1, alpn: 'h2' })
      expect(origin.requests[0]!.head.fields.has('upgrade')).toBe(false)
    })
  })
})

describe('clear text', () => {
  test('without being asked for HTTP/2, speaks HTTP/1.1 to a server that knows both', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', echo, { http2: true })
      world.network.link('a.test', { chunkBytes: 1 })
      const multi = new Multi({ environment: world.environment })
      const { info } = await get(world, multi, '1', { httpVersion: '2tls' })
      expect(info.httpVersion).toBe('1.1')
      expect(origin.connections[0]!.protocol).toBe('http/1.1')
    })
  })

  test('by prior knowledge is a wall between versions: nothing is shared with HTTP/1.1', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', echo, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const known = await get(world, multi, '1', { httpVersion: '2-prior-knowledge' })
      const old = await get(world, multi, '2', { httpVersion: '1.1' })
      expect([known.info.httpVersion, old.info.httpVersion]).toEqual(['2', '1.1'])
      expect(origin.connections.map(({ protocol }) => protocol)).toEqual(['h2', 'http/1.1'])
    })
  })
})
