/** The simulated HTTP/1.1 server, spoken to in raw bytes. */
import { describe, expect, test } from 'vitest'
import type { ByteStream, TlsSettings } from '../../packages/core/src/env/environment.ts'
import {
  simulate,
  type SimHandler,
  type SimOrigin,
  type SimOriginOptions,
  type SimWorld,
} from '../../packages/core/src/sim/index.ts'
import { record, type StreamRecorder } from '../support/contracts/stream-recorder.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
const HELLO: SimHandler = (exchange) => exchange.respond({ body: 'hello' })
const HELLO_BYTES = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'

describe('a simulated origin answers', () => {
  const CASES: readonly {
    readonly name: string
    readonly request?: string
    readonly handler: SimHandler
    readonly options?: SimOriginOptions
    readonly response: string
    /** Whether the server closes the connection afterwards. */
    readonly closes?: boolean
  }[] = [
    { name: 'with a length', handler: HELLO, response: HELLO_BYTES },
    {
      name: 'without a body to HEAD',
      request: GET.replace('GET', 'HEAD'),
      handler: HELLO,
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    },
    {
      name: 'without a length for 204',
      handler: (exchange) => exchange.respond({ status: 204, headers: { 'Set-Cookie': ['a=1', 'b=2'] } }),
      response: 'HTTP/1.1 204 \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n',
    },
    {
      name: 'in chunks, when the headers say so',
      handler: (exchange) => exchange.respond({ headers: { 'Transfer-Encoding': 'chunked' }, body: 'hello' }),
      response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    },
    {
      name: 'in chunks, with trailers',
      handler: (exchange) => {
        exchange.head({ headers: { 'Transfer-Encoding': 'chunked' } })
        exchange.chunk('one')
        exchange.chunk('')
        exchange.chunk(new Uint8Array([0x32]))
        exchange.end({ Digest: 'x' })
      },
      response:
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n1\r\n2\r\n0\r\nDigest: x\r\n\r\n',
    },
    {
      name: 'with informational responses first',
      handler: (exchange) => {
        exchange.informational(103, { Link: '</a>' })
        exchange.respond({ body: 'hello' })
      },
      response: `HTTP/1.1 103 \r\nLink: </a>\r\n\r\n${HELLO_BYTES}`,
    },
    {
      name: 'until close, when the head says no length',
      handler: (exchange) => {
        exchange.head({ status: 200, version: '1.0', reason: 'Fine' })
        exchange.write('hel')
        exchange.write('lo')
        exchange.end()
      },
      response: 'HTTP/1.0 200 Fine\r\n\r\nhello',
      closes: true,
    },
    {
      name: 'and closes when the response says so',
      handler: (exchange) => exchange.respond({ headers: { Connection: 'close' } }),
      response: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      closes: true,
    },
    {
      name: 'and closes when the request says so',
      request: 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n',
      handler: HELLO,
      response: HELLO_BYTES,
      closes: true,
    },
    {
      name: 'and closes after HTTP/1.0',
      request: 'GET / HTTP/1.0\r\n\r\n',
      handler: HELLO,
      response: HELLO_BYTES,
      closes: true,
    },
    {
      name: 'and closes after as many requests as it is told',
      handler: HELLO,
      options: { keepAlive: { requests: 1 } },
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello',
      closes: true,
    },
    {
      name: 'with what it read of the request',
      request:
        'POST /up HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n',
      handler: async (exchange) => {
        const body = await exchange.body()
        const { method, target, fields } = exchange.request
        exchange.respond({
          body: `${method} ${target} ${fields.first('host')} ${String.fromCharCode(...body)}`,
        })
      },
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nPOST /up a.test abcde',
    },
    {
      name: 'lies as it is told to',
      handler: (exchange) => exchange.respond({ headers: { 'Content-Length': '1' }, body: 'hello' }),
      response: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nhello',
    },
    {
      name: 'in raw bytes',
      handler: (exchange) => exchange.connection.write('SSH-2.0-caf\xe9\r\n'),
      response: 'SSH-2.0-caf\xe9\r\n',
    },
  ]

  for (const { name, request = GET, handler, options = {}, response, closes = false } of CASES) {
    test(name, async () => {
      const expected = name === 'with what it read of the request' ? response.replace('22', '21') : response
      const { value } = await simulate(1, async (world) => {
        const { heard } = await talk(world, request, handler, options)
        await world.sleep(100)
        return [heard.text, heard.calls.includes('ended')]
      })
      expect(value).toEqual([expected, closes])
    })
  }
})

describe('a simulated origin', () => {
  test('takes up pipelined requests one after the other', async () => {
    const { value } = await simulate(1, async (world) => {
      const handler: SimHandler = async (exchange) => {
        const { connection, request } = exchange
        await exchange.sleep(10)
        exchange.respond({ body: `${request.target} is number ${connection.exchanges}` })
      }
      const requests = ['/a', '/b', '/c'].map((target) => GET.replace('/', target)).join('')
      const { origin, heard } = await talk(world, requests, handler)
      await heard.until(() => heard.text.endsWith('number 3'))
      return origin.requests.map(({ target, connection, at }) => ({ target, connection, at }))
    })
    expect(value).toEqual([
      { target: '/a', connection: 1, at: 3 },
      { target: '/b', connection: 1, at: 13 },
      { target: '/c', connection: 1, at: 23 },
    ])
  })

  test('reads requests that come one byte at a time', async () => {
    const { value } = await simulate(1, async (world) => {
      world.network.link('a.test', { chunkBytes: 1 })
      const { heard } = await talk(world, GET + GET, HELLO)
      await heard.untilText(HELLO_BYTES + HELLO_BYTES)
      return heard.pieces
    })
    expect(value).toBe(HELLO_BYTES.length * 2)
  })

  test('answers before the end of the request, and reads on', async () => {
    const { value } = await simulate(1, async (world) => {
      const post = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\n'
      const { origin, stream, heard } = await talk(world, `${post}a`, HELLO)
      await heard.untilText(HELLO_BYTES)
      stream.write(`bc${GET}`)
      await heard.untilText(HELLO_BYTES + HELLO_BYTES)
      return origin.requests.map(({ method, bodyBytes }) => `${method} ${bodyBytes}`)
    })
    expect(value).toEqual(['POST 3', 'GET 0'])
  })

  test('closes connections that have been idle for long', async () => {
    const { value } = await simulate(1, async (world) => {
      const { origin, stream, heard } = await talk(world, GET, HELLO, { keepAlive: { idleMs: 100 } })
      await world.sleep(60)
      stream.write(GET)
      await world.sleep(60)
      const open = origin.openConnections
      await heard.untilCall('ended')
      return [open, origin.openConnections, world.clock.now()]
    })
    // The second request landed at 63 + 1: see the times of a dial.
    expect(value).toEqual([1, 0, 164])
  })

  test('can say something late on an idle connection', async () => {
    const { value } = await simulate(1, async (world) => {
      const { origin, heard } = await talk(world, GET, HELLO)
      await heard.untilText(HELLO_BYTES)
      origin.connections[0]!.write('!')
      await heard.untilText(`${HELLO_BYTES}!`)
      return heard.calls
    })
    expect(value).toEqual(['bytes'])
  })

  test('breaks, half-closes and closes connections', async () => {
    const { value } = await simulate(1, async (world) => {
      const acts: SimHandler[] = [
        ({ connection }) => connection.reset(),
        ({ connection }) => connection.end(),
        ({ connection }) => connection.close(),
      ]
      return Promise.all(
        acts.map(async (act, i) => {
          const { stream, heard } = await talk(world, GET, act, {}, `http://${'abc'[i]}.test`)
          await heard.untilGone()
          stream.write('more')
          await world.sleep(10)
          return heard.calls
        }),
      )
    })
    expect(value).toEqual([['failed RECV_ERROR'], ['ended'], ['ended', 'failed SEND_ERROR']])
  })

  test('refuses connections while it is stopped, and serves the open ones', async () => {
    const { value } = await simulate(1, async (world) => {
      const { origin, stream, heard } = await talk(world, GET, HELLO)
      await heard.untilText(HELLO_BYTES)
      origin.stop()
      const refused = await dial(world, origin).catch((error: Error & { code: string }) => error.code)
      stream.write(GET)
      await heard.untilText(HELLO_BYTES + HELLO_BYTES)
      origin.start()
      record(await dial(world, origin))
      return [refused, origin.connectionsAccepted, origin.openConnections]
    })
    expect(value).toEqual(['COULDNT_CONNECT', 2, 2])
  })

  test('hands a stream out for what follows CONNECT', async () => {
    const { value } = await simulate(1, async (world) => {
      const { heard } = await talk(
        world,
        'CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\nearly',
        (exchange) => {
          exchange.head({ status: 200 })
          const { stream, unread } = exchange.connection.takeOver()
          stream.write(`unread: ${String.fromCharCode(...unread)}`)
          record(stream)
        },
      )
      await heard.until(() => heard.text.includes('early'))
      return heard.text
    })
    expect(value).toBe('HTTP/1.1 200 OK\r\n\r\nunread: early')
  })

  test('serves https, and a handshake that fails is no exchange', async () => {
    const settings: TlsSettings = { key: 'x', minVersion: 'TLSv1.2', verifyPeer: true, verifyHost: true }
    const { value } = await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', HELLO)
      const secure = async (serverName: string) => {
        const request = { settings, serverName, alpn: ['h2', 'http/1.1'] }
        return world.environment.tls.secure(await dial(world, origin), request, new AbortController().signal)
      }
      const refused = await secure('b.test').catch((error: Error & { code: string }) => error.code)
      const stream = await secure('a.test')
      const { heard } = record(stream)
      stream.write(GET)
      await heard.untilText(HELLO_BYTES)
      return [
        refused,
        stream.tls.alpn,
        origin.port,
        origin.connectionsAccepted,
        origin.openConnections,
        origin.requests.length,
      ]
    })
    expect(value).toEqual(['PEER_FAILED_VERIFICATION', 'http/1.1', 443, 2, 1, 1])
  })

  test('lists exchanges without an answer among the open waits', async () => {
    const run = simulate(1, async (world) => {
      const { heard } = await talk(world, GET, () => {})
      await heard.untilCall('bytes')
    })
    await expect(run).rejects.toThrow('http://a.test: response to GET / not complete, begun at 3 ms')
  })

  test('fails the simulation when its script fails, at once or later', async () => {
    const failing: SimHandler[] = [
      () => {
        throw new Error('bad script')
      },
      async (exchange) => {
        await exchange.sleep(5)
        throw new Error('bad script')
      },
    ]
    for (const handler of failing) {
      const run = simulate(1, async (world) => (await talk(world, GET, handler)).heard.untilCall('bytes'))
      await expect(run).rejects.toThrow('bad script')
    }
  })

  test('does not fail the simulation when a script fails because its client has gone', async () => {
    const { value } = await simulate(1, async (world) => {
      const post = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\na'
      const { stream, origin } = await talk(world, post, async (exchange) => {
        await exchange.body()
        exchange.respond()
      })
      await world.sleep(5)
      stream.abort()
      await world.sleep(5)
      return origin.openConnections
    })
    expect(value).toBe(0)
  })

  test('fails the simulation when the client sends what is no request', async () => {
    const run = simulate(1, async (world) =>
      (await talk(world, 'nonsense\r\n\r\n', HELLO)).heard.untilCall('bytes'),
    )
    await expect(run).rejects.toThrow('http://a.test received what is no request')
  })
})

/** Starts an origin, dials it and writes `request`. */
async function talk(
  world: SimWorld,
  request: string,
  handler: SimHandler,
  options: SimOriginOptions = {},
  where = 'http://a.test',
): Promise<{ origin: SimOrigin; stream: ByteStream; heard: StreamRecorder }> {
  const origin = world.origin(where, handler, options)
  const { stream, heard } = record(await dial(world, origin))
  stream.write(request)
  return { origin, stream, heard }
}

function dial(world: SimWorld, origin: SimOrigin): Promise<ByteStream> {
  const to = { family: 4, address: origin.address, port: origin.port } as const
  return world.environment.dialer.dial(to, { noDelay: true }, new AbortController().signal)
}
