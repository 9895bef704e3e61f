/** The simulated server over HTTP/2, spoken to by a session of the other role. */
import { describe, expect, test } from 'vitest'
import type { ByteStream, TlsSettings } from '../../packages/core/src/env/environment.ts'
import { TransferError } from '../../packages/core/src/errors/transfer-error.ts'
import { requestList } from '../../packages/core/src/h2/messages.ts'
import { H2Session, type H2Listener } from '../../packages/core/src/h2/session.ts'
import { Fields } from '../../packages/core/src/http/fields.ts'
import {
  simulate,
  type SimHandler,
  type SimOrigin,
  type SimOriginOptions,
  type SimWorld,
} from '../../packages/core/src/sim/index.ts'

/** A client that writes down what it hears. */
class Client {
  readonly lines: string[] = []
  readonly session: H2Session<string>
  readonly stream: ByteStream

  constructor(world: SimWorld, stream: ByteStream) {
    this.stream = stream
    const say = (line: string): void => void this.lines.push(line)
    const listener: H2Listener<string> = {
      informational: ({ owner }, head) => say(`${owner} ${head.status}`),
      response: ({ owner }, head) =>
        say([owner, head.status, ...[...head.fields].map(([name, value]) => `${name}=${value}`)].join(' ')),
      data: ({ owner }, bytes) => say(`${owner} ${String.fromCharCode(...bytes)}`),
      streamEnded: ({ owner }, trailers) =>
        say([owner, 'end', ...[...(trailers ?? [])].map(([name, value]) => `${name}=${value}`)].join(' ')),
      streamFailed: ({ owner }, { details }) => say(`${owner} failed ${String(details['h2'])}`),
      writable: () => {},
      settingsChanged: () => say(`settings ${this.session.peer.maxConcurrentStreams ?? 'any'}`),
      goingAway: ({ details }) => say(`goaway ${String(details['lastStream'])} ${String(details['h2'])}`),
      pong: () => say('pong'),
      broken: (error) => say(`broken ${error.message}`),
      outputReady: () => this.#flush(),
    }
    this.session = new H2Session<string>({ role: 'client' }, listener)
    stream.sink = {
      bytes: (view) => this.session.receive(view, world.clock.now()),
      ended: () => say('ended'),
      failed: ({ code }) => say(`failed ${code}`),
      drained: () => {},
    }
    this.session.begin()
  }

  request(name: string, method = 'GET', body?: string) {
    const fields = Fields.of([['Host', 'a.test']])
    const list = requestList({ method, target: `/${name}`, version: '2', fields }, 'http')
    const stream = this.session.request(list, body === undefined, name)
    stream.isBodiless = method === 'HEAD'
    if (body !== undefined) this.session.write(stream, new TextEncoder().encode(body), true)
    return stream
  }

  #flush(): void {
    const bytes = this.session.takeOutput()
    if (bytes.length > 0) this.stream.write(bytes)
  }
}

async function talk(
  world: SimWorld,
  handler: SimHandler,
  options: SimOriginOptions = { http2: true },
): Promise<{ client: Client; origin: SimOrigin }> {
  const origin = world.origin('http://a.test', handler, options)
  return { client: new Client(world, await dial(world, origin)), origin }
}

function dial(world: SimWorld, origin: SimOrigin): Promise<ByteStream> {
  const to = { family: 4, address: origin.address, port: origin.port } as const
  return world.environment.dialer.dial(to, { noDelay: true }, new AbortController().signal)
}

/** What a client hears of one request, `settings` left out. */
async function answerTo(handler: SimHandler, method = 'GET', body?: string): Promise<string[]> {
  const { value } = await simulate(1, async (world) => {
    const { client } = await talk(world, handler)
    client.request('x', method, body)
    await world.sleep(100)
    return client.lines.filter((line) => !line.startsWith('settings'))
  })
  return value
}

describe('a simulated origin answers over HTTP/2', () => {
  const CASES: readonly {
    readonly name: string
    readonly handler: SimHandler
    readonly method?: string
    readonly body?: string
    readonly heard: readonly string[]
  }[] = [
    {
      name: 'with a length',
      handler: (exchange) => exchange.respond({ body: 'hello' }),
      heard: ['x 200 content-length=5', 'x hello', 'x end'],
    },
    {
      name: 'without a body to HEAD',
      method: 'HEAD',
      handler: (exchange) => exchange.respond({ body: 'hello' }),
      heard: ['x 200 content-length=5', 'x end'],
    },
    {
      name: 'without a length for 204',
      handler: (exchange) => exchange.respond({ status: 204, headers: { A: ['1', '2'] } }),
      heard: ['x 204 a=1 a=2', 'x end'],
    },
    {
      name: 'in pieces, with trailers, without what HTTP/2 has not',
      handler: (exchange) => {
        exchange.head({ headers: { 'Transfer-Encoding': 'chunked', Connection: 'close', 'X-Y': 'z' } })
        exchange.chunk('one')
        exchange.chunk('')
        exchange.write(new Uint8Array([0x32]))
        exchange.end({ Digest: 'd' })
      },
      heard: ['x 200 x-y=z', 'x one', 'x 2', 'x end digest=d'],
    },
    {
      name: 'with informational responses first',
      handler: (exchange) => {
        exchange.informational(103, { Link: '</a>' })
        exchange.respond()
      },
      heard: ['x 103', 'x 200 content-length=0', 'x end'],
    },
    {
      name: 'with what it read of the request',
      method: 'POST',
      body: 'some body',
      handler: async (exchange) => {
        const { method, target, version, fields } = exchange.request
        const body = String.fromCharCode(...(await exchange.body()))
        exchange.respond({ body: `${method} ${target} ${version} ${fields.first('host')} ${body}` })
      },
      heard: ['x 200 content-length=26', 'x POST /x 2 a.test some body', 'x end'],
    },
    {
      name: 'by breaking off',
      handler: (exchange) => exchange.reset(),
      heard: ['x failed CANCEL'],
    },
    {
      name: 'by breaking off with a code, after a piece, and then nothing more',
      handler: (exchange) => {
        exchange.head({ status: 200 })
        exchange.write('some')
        exchange.reset('ENHANCE_YOUR_CALM')
        exchange.write('more')
        exchange.end()
        exchange.respond()
      },
      heard: ['x 200', 'x some', 'x failed ENHANCE_YOUR_CALM'],
    },
    {
      name: 'in raw bytes between frames, in the order of the script',
      handler: (exchange) => {
        exchange.head({ status: 200 })
        // PING, acknowledged, with the payload of `ping()`.
        exchange.connection.write('\0\0\x08\x06\x01\0\0\0\0tlupkeep')
        exchange.write('late')
        exchange.end()
      },
      heard: ['x 200', 'pong', 'x late', 'x end'],
    },
  ]
  test.each(CASES)('$name', async ({ handler, method, body, heard }) => {
    expect(await answerTo(handler, method, body)).toEqual(heard)
  })
})

describe('a simulated origin over HTTP/2', () => {
  test('runs a script for each stream, and records which', async () => {
    await simulate(1, async (world) => {
      const { client, origin } = await talk(world, async (exchange) => {
        await exchange.sleep(exchange.request.target === '/slow' ? 20 : 5)
        exchange.respond({ body: `${exchange.stream} of ${exchange.connection.exchanges}` })
      })
      client.request('slow')
      client.request('fast')
      await world.sleep(50)
      expect(client.lines.filter((line) => line.includes(' of '))).toEqual(['fast 3 of 2', 'slow 1 of 2'])
      expect(origin.requests.map(({ target, stream, connection }) => [target, stream, connection])).toEqual([
        ['/slow', 1, 1],
        ['/fast', 3, 1],
      ])
      expect(origin.connections[0]!.protocol).toBe('h2')
    })
  })

  test('knows its clients by their first bytes, one at a time', async () => {
    await simulate(1, async (world) => {
      const { client, origin } = await talk(world, (exchange) => exchange.respond({ body: 'h2' }))
      world.network.link('a.test', { chunkBytes: 1 })
      client.request('x')
      const old = await dial(world, origin)
      let text = ''
      old.sink = {
        bytes: (view) => void (text += String.fromCharCode(...view)),
        ended: () => {},
        failed: () => {},
        drained: () => {},
      }
      old.write('PROPFIND / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await world.sleep(100)
      expect(client.lines).toContain('x end')
      expect(text).toBe('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh2')
      expect(origin.connections.map(({ protocol }) => protocol)).toEqual(['h2', 'http/1.1'])
    })
  })

  test('chooses h2 by ALPN, first of what it speaks', async () => {
    const settings: TlsSettings = { key: 'x', minVersion: 'TLSv1.2', verifyPeer: true, verifyHost: true }
    const { value } = await simulate(1, async (world) => {
      const chosen: unknown[] = []
      for (const [where, options] of [
        ['https://a.test', { http2: true }],
        ['https://b.test', {}],
        ['https://c.test', { http2: true, tls: { alpn: ['http/1.1', 'h2'] } }],
      ] as const) {
        const origin = world.origin(where, (exchange) => exchange.respond(), options)
        for (const alpn of [['h2', 'http/1.1'], ['http/1.1']]) {
          const request = { settings, serverName: origin.host, alpn }
          const below = await dial(world, origin)
          const stream = await world.environment.tls.secure(below, request, new AbortController().signal)
          chosen.push(stream.tls.alpn)
        }
      }
      return chosen
    })
    expect(value).toEqual(['h2', 'http/1.1', 'http/1.1', 'http/1.1', 'http/1.1', 'http/1.1'])
  })

  test('announces and keeps a limit of streams', async () => {
    await simulate(1, async (world) => {
      const { client, origin } = await talk(world, () => {}, { http2: { maxConcurrentStreams: 2 } })
      for (const name of ['a', 'b', 'c']) client.request(name)
      await world.sleep(10)
      expect(client.lines).toEqual(['settings 2', 'c failed REFUSED_STREAM'])
      expect(origin.requests.map(({ target }) => target)).toEqual(['/a', '/b'])
      origin.connections[0]!.settings({ MAX_CONCURRENT_STREAMS: 3 })
      await world.sleep(10)
      client.request('d')
      await world.sleep(10)
      expect(client.lines.at(-1)).toBe('settings 3')
      expect(origin.requests.map(({ target }) => target)).toEqual(['/a', '/b', '/d'])
    })
  })

  test('goes away: what is above the last stream is neither answered nor recorded', async () => {
    await simulate(1, async (world) => {
      const { client, origin } = await talk(world, async (exchange) => {
        await exchange.sleep(10)
        exchange.respond({ body: 'x' })
      })
      client.request('a')
      client.request('b')
      await world.sleep(5)
      origin.connections[0]!.goaway(1, 'NO_ERROR')
      await world.sleep(30)
      expect(client.lines.slice(1)).toEqual([
        'goaway 1 NO_ERROR',
        'b failed NO_ERROR',
        'a 200 content-length=1',
        'a x',
        'a end',
      ])
    })
  })

  test('PINGs, and knows when the answer comes or never will', async () => {
    await simulate(1, async (world) => {
      const { origin } = await talk(world, () => {})
      await world.sleep(10)
      const connection = origin.connections[0]!
      const at = world.clock.now()
      await connection.ping()
      expect(world.clock.now()).toBe(at + 2)
      const lost = connection.ping()
      connection.reset()
      await expect(lost).rejects.toThrow('the connection was lost before the PING was answered')
    })
  })

  test('records with what code a client broke off, and its script hears of it', async () => {
    await simulate(1, async (world) => {
      let failed: unknown
      const { client, origin } = await talk(world, async (exchange) => {
        failed = await exchange.body().catch((error: unknown) => error)
      })
      const stream = client.session.request(
        requestList({ method: 'POST', target: '/', version: '2', fields: Fields.of([]) }, 'http'),
        false,
        'x',
      )
      await world.sleep(10)
      client.session.reset(stream, 'INTERNAL_ERROR')
      await world.sleep(10)
      expect(origin.requests[0]!.reset).toBe('INTERNAL_ERROR')
      expect(failed).toBeInstanceOf(TransferError)
    })
  })

  test('closes after as many requests, or as long an idle time, as it is told, with GOAWAY', async () => {
    await simulate(1, async (world) => {
      const { client } = await talk(world, (exchange) => exchange.respond(), {
        http2: true,
        keepAlive: { requests: 2 },
      })
      client.request('a')
      await world.sleep(10)
      expect(client.lines).not.toContain('ended')
      client.request('b')
      await world.sleep(10)
      expect(client.lines.slice(-4)).toEqual([
        'goaway 3 NO_ERROR',
        'b 200 content-length=0',
        'b end',
        'ended',
      ])
    })
    await simulate(1, async (world) => {
      const { client } = await talk(world, (exchange) => exchange.respond(), {
        http2: true,
        keepAlive: { idleMs: 100 },
      })
      await world.sleep(50)
      client.request('a')
      await world.sleep(90)
      expect(client.lines).not.toContain('ended')
      await world.sleep(20)
      expect(client.lines.slice(-2)).toEqual(['goaway 1 NO_ERROR', 'ended'])
    })
  })

  test('is stopped when the client goes, in the middle of answers', async () => {
    await simulate(1, async (world) => {
      const { client, origin } = await talk(world, async (exchange) => {
        await exchange.sleep(50)
        exchange.respond()
      })
      client.request('a')
      await world.sleep(10)
      client.stream.abort()
      await world.sleep(100)
      expect(origin.openConnections).toBe(0)
    })
  })

  test('lists exchanges without an answer among the open waits', async () => {
    const run = simulate(1, async (world) => {
      const { client } = await talk(world, () => {})
      client.request('a')
      await new Promise(() => {})
    })
    await expect(run).rejects.toThrow(
      'http://a.test: response to GET /a not complete, begun at 3 ms on stream 1',
    )
  })

  test('fails the simulation when its script fails, or the client breaks the protocol', async () => {
    const script = simulate(1, async (world) => {
      const { client } = await talk(world, async (exchange) => {
        await exchange.sleep(1)
        throw new Error('bad script')
      })
      client.request('a')
      await new Promise(() => {})
    })
    await expect(script).rejects.toThrow('bad script')
    const protocol = simulate(1, async (world) => {
      const { client } = await talk(world, () => {})
      client.stream.write('\0\0\x01\x06\0\0\0\0\0x')
      await new Promise(() => {})
    })
    await expect(protocol).rejects.toThrow('http://a.test received what is no HTTP/2')
  })

  test('refuses what only HTTP/2 can do, over HTTP/1.1', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', () => {})
      const stream = await dial(world, origin)
      stream.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      await world.sleep(10)
      expect(() => origin.connections[0]!.goaway()).toThrow(
        'goaway() on a connection that does not speak HTTP/2',
      )
      stream.abort()
    })
  })

  test('goes the same way twice', async () => {
    const run = async (seed: number): Promise<string> => {
      const { trace } = await simulate(seed, async (world) => {
        world.network.addressesOf('a.test')
        world.network.link('a.test', { jitterMs: 5, chunkBytes: 50 })
        const { client } = await talk(world, async (exchange) => {
          await exchange.sleep(3)
          exchange.respond({ body: 'x'.repeat(500) })
        })
        for (const name of ['a', 'b', 'c']) client.request(name)
        await world.sleep(200)
        expect(client.lines.filter((line) => line.endsWith(' end'))).toHaveLength(3)
      })
      return trace.digest()
    }
    expect(await run(1)).toBe(await run(1))
    expect(await run(1)).not.toBe(await run(2))
  })
})
