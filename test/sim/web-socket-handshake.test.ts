/** Opening WebSockets in the simulated world: what is asked, what is refused, and which connection it takes. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, WebSocketConnection, WebSocketInit } from '@trunkline/core'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { codeOf, echo, withSocket } from '../support/sim-web-socket.ts'
import { TEXT, frame } from '../support/web-socket-frames.ts'

describe('the handshake', () => {
  test('asks as RFC 6455 4.1 says, and tells what came', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('ws://a.test', (exchange) => {
        exchange.webSocket({ headers: { 'Sec-WebSocket-Protocol': 'wamp', Server: 'sim' } })
      })
      const easy = new Easy({
        url: 'ws://a.test/chat?x=1',
        environment: world.environment,
        headers: { 'Sec-WebSocket-Protocol': 'soap, wamp', Origin: 'http://a.test' },
      })
      const socket = await easy.webSocket()
      expect(origin.requests[0]!.head).toMatchObject({ method: 'GET', target: '/chat?x=1', version: '1.1' })
      expect(origin.requests[0]!.head.fields.toObject()).toEqual({
        host: 'a.test',
        accept: '*/*',
        upgrade: 'websocket',
        connection: 'Upgrade',
        'sec-websocket-version': '13',
        'sec-websocket-key': expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
        'sec-websocket-protocol': 'soap, wamp',
        origin: 'http://a.test',
      })
      expect([socket.protocol, socket.headers.first('server')]).toEqual(['wamp', 'sim'])
      expect(socket.info).toMatchObject({
        responseCode: 101,
        scheme: 'ws',
        effectiveUrl: 'ws://a.test/chat?x=1',
      })
      await socket.close()
    })
  })

  test('through TLS, with HTTP/1.1 alone, and over a UNIX socket', async () => {
    await simulate(1, async (world) => {
      world.origin('wss://a.test', echo, { http2: true })
      world.origin('ws://b.test', echo, { unixPath: '/run/b.sock' })
      for (const options of [
        { url: 'wss://a.test/', sslVerifyPeer: false, httpVersion: '2-prior-knowledge' },
        { url: 'ws://b.test/', unixSocketPath: '/run/b.sock', httpVersion: '2' },
      ] as const) {
        await using easy = new Easy({ environment: world.environment, ...options })
        const socket = await easy.webSocket()
        expect(socket.info.alpn).toBe(options.url.startsWith('wss') ? 'http/1.1' : '')
        socket.send('hi')
        expect(await socket.recv()).toBe('hi')
      }
    })
  })

  test('bytes behind the 101 belong to the WebSocket', async () => {
    const behind = Buffer.concat([
      frame({ opcode: TEXT, payload: 'early' }),
      frame({ opcode: TEXT, payload: 'cut' }).subarray(0, 3),
    ])
    const handler: SimHandler = (exchange) => {
      const socket = exchange.webSocket({ behind })
      socket.write(Buffer.from('ut'))
    }
    await withSocket(handler, async (socket) => {
      expect([await socket.recv(), await socket.recv()]).toEqual(['early', 'cut'])
    })
  })

  test.each([200, 301, 401, 404, 426, 500])(
    '%i is a refusal, of which headerFunction hears',
    async (status) => {
      await simulate(1, async (world) => {
        const origin = world.origin('ws://a.test', (exchange) => exchange.respond({ status, body: 'no' }))
        const heads: number[] = []
        await using easy = new Easy({
          url: 'ws://a.test/',
          environment: world.environment,
          headerFunction: (head) => heads.push(head.status),
          writeFunction: () => expect.unreachable(),
        })
        for (const attempt of [() => easy.webSocket(), () => easy.perform(), () => easy.stream()])
          await expect(attempt()).rejects.toMatchObject({
            code: 'HTTP_RETURNED_ERROR',
            curlNumber: 22,
            message: `Refused WebSocket upgrade: ${status}`,
            details: { status },
          })
        expect([easy.info!.responseCode, heads, origin.connectionsAccepted]).toEqual([
          status,
          [status, status, status],
          1,
        ])
      })
    },
  )

  test.each<readonly [string, Readonly<Record<string, string>>]>([
    ['another protocol', { Upgrade: 'h2c' }],
    ['no Connection', { Connection: '' }],
    ['an answer to another key', { 'Sec-WebSocket-Accept': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
    ['an extension', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }],
    ['a subprotocol out of nowhere', { 'Sec-WebSocket-Protocol': 'x' }],
  ])('a 101 with %s ends it', async (_what, headers) => {
    await simulate(1, async (world) => {
      const origin = world.origin('ws://a.test', (exchange) => void exchange.webSocket({ headers }))
      await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment })
      await expect(easy.webSocket()).rejects.toMatchObject({ code: 'WEIRD_SERVER_REPLY', phase: 'receive' })
      await world.sleep(10)
      expect([origin.openConnections, easy.info!.numRetries]).toEqual([0, 0])
    })
  })

  test('redirects are followed where that is wanted, to WebSockets, without the secrets of the first origin', async () => {
    await simulate(1, async (world) => {
      world.origin('ws://a.test', (exchange) =>
        exchange.respond({ status: 302, headers: { Location: 'http://b.test/there' } }),
      )
      const other = world.origin('ws://b.test', echo)
      const options = { environment: world.environment, url: 'ws://u:p@a.test/', headers: { Cookie: 'a=b' } }
      await using refused = new Easy(options)
      expect(await codeOf(refused.webSocket())).toBe('HTTP_RETURNED_ERROR')
      await using easy = new Easy({ ...options, followLocation: true })
      const socket = await easy.webSocket()
      expect(socket.info).toMatchObject({ effectiveUrl: 'ws://b.test/there', redirectCount: 1 })
      const { fields } = other.requests[0]!.head
      expect([fields.has('authorization'), fields.has('cookie')]).toEqual([false, false])
      socket.send('x')
      expect(await socket.recv()).toBe('x')
    })
  })

  test('a dead connection is replaced, with another key', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('ws://a.test', (exchange) => {
        const { id, exchanges } = exchange.connection
        if (id > 1) echo(exchange)
        else if (exchanges === 1) exchange.respond({ status: 404 })
        else exchange.connection.reset()
      })
      await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment })
      expect(await codeOf(easy.webSocket())).toBe('HTTP_RETURNED_ERROR')
      const socket = await easy.webSocket()
      expect(socket.info.numRetries).toBe(1)
      const keys = origin.requests.map(({ head }) => head.fields.first('sec-websocket-key'))
      expect(new Set(keys).size).toBe(3)
    })
  })
})

describe('the pool', () => {
  test('an open one counts towards the limits, and never serves anyone else', async () => {
    await simulate(1, async (world) => {
      const handler: SimHandler = (exchange) => {
        if (exchange.request.fields.has('upgrade')) echo(exchange)
        else exchange.respond({ body: 'page' })
      }
      const origin = world.origin('ws://a.test', handler)
      await using multi = new Multi({ environment: world.environment, maxHostConnections: 2, pipelining: 8 })
      const make = (url: string) => new Easy({ url, environment: world.environment })
      const first = await multi.webSocket(make('ws://a.test/1'))
      const second = await multi.webSocket(make('ws://a.test/2'))
      expect(multi.connections()).toHaveLength(2)
      let isDone = false
      const page = multi.add(make('http://a.test/')).then((result) => {
        isDone = true
        return result
      })
      const third = multi.webSocket(make('ws://a.test/3'))
      await world.sleep(1_000)
      expect([isDone, origin.connectionsAccepted, multi.size]).toEqual([false, 2, 4])
      await first.close()
      expect((await page).text()).toBe('page')
      await second.close()
      await (await third).close()
      expect(multi.size).toBe(0)
    })
  })

  test('nothing comes behind a handshake, and a handshake behind nothing', async () => {
    await simulate(1, async (world) => {
      const handler: SimHandler = async (exchange) => {
        const { target } = exchange.request
        if (target !== '/warm') await exchange.sleep(100)
        exchange.respond({ status: target === '/warm' ? 404 : 200, body: '' })
      }
      const origin = world.origin('ws://a.test', handler)
      await using multi = new Multi({ environment: world.environment, maxHostConnections: 1, pipelining: 8 })
      const make = (path: string) => new Easy({ url: `ws://a.test${path}`, environment: world.environment })
      expect(await codeOf(multi.webSocket(make('/warm')))).toBe('HTTP_RETURNED_ERROR')
      const begun = world.clock.now()
      await Promise.all([1, 2, 3].map((i) => codeOf(multi.webSocket(make(`/${i}`)))))
      // One after the other on the one connection there may be.
      expect([world.clock.now() - begun >= 300, origin.connectionsAccepted, origin.requests.length]).toEqual([
        true,
        1,
        4,
      ])
    })
  })

  test('with maxTransfers it holds its place until it is closed', async () => {
    await simulate(1, async (world) => {
      world.origin('ws://a.test', echo)
      await using multi = new Multi({ environment: world.environment, maxTransfers: 1 })
      const make = () => new Easy({ url: 'ws://a.test/', environment: world.environment })
      const first = await multi.webSocket(make())
      let second: WebSocketConnection | undefined
      const opening = multi.webSocket(make()).then((socket) => (second = socket))
      await world.sleep(100)
      expect(second).toBeUndefined()
      await first.close()
      await opening
      await second!.close()
    })
  })

  test('messages of a multi tell of its end; remove() ends it', async () => {
    await simulate(1, async (world) => {
      world.origin('ws://a.test', echo)
      await using multi = new Multi({ environment: world.environment })
      multi.infoRead()
      const easy = new Easy({ url: 'ws://a.test/', environment: world.environment })
      await (await multi.webSocket(easy)).close()
      expect(multi.infoRead()).toMatchObject({ streamed: true, error: undefined })
      const socket = await multi.webSocket(easy)
      multi.remove(easy)
      expect(await socket.closed).toMatchObject({ error: { code: 'MULTI_ABORTED' } })
    })
  })
})

describe('bad input', () => {
  test.each<readonly [EasyOptions, RegExp]>([
    [{ method: 'POST' }, /option method must be GET for a WebSocket, not "POST"/],
    [{ body: 'x' }, /option body cannot be had with a WebSocket/],
    [{ upload: true }, /option upload/],
    [{ noBody: true }, /option noBody/],
    [{ httpVersion: '1.0' }, /option httpVersion must be 1.1 or higher/],
    [{ headers: { 'sec-websocket-key': 'x' } }, /option headers must not hold sec-websocket-key/],
    [{ headers: { Connection: undefined } }, /must not hold Connection/],
    [
      { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } },
      /must not hold Sec-WebSocket-Extensions/,
    ],
    [{ wsRawMode: true }, /option wsRawMode leaves no messages/],
    [{ connectOnly: true }, /option connectOnly leaves no messages/],
    [{ url: 'http://a.test/' }, /option url must be one of ws or wss for a WebSocket, not http/],
  ])('%j', async (options, message) => {
    await simulate(1, async ({ environment }) => {
      const easy = new Easy({ url: 'ws://a.test/', environment, ...options })
      await expect(easy.webSocket()).rejects.toMatchObject({
        code: 'BAD_FUNCTION_ARGUMENT',
        phase: 'setup',
        message: expect.stringMatching(message),
      })
    })
  })

  test.each<readonly [unknown, RegExp]>([
    [{ onMessage: 1 }, /onMessage must be a function, not number/],
    [{ maxMessageBytes: -1 }, /maxMessageBytes must be a whole number from 0 bytes, not -1/],
    [{ maxMessageBytes: 1.5 }, /not 1.5/],
    [{ onMessage: () => undefined, onPiece: () => undefined }, /onPiece cannot be had with onMessage/],
  ])('init %j', async (init, message) => {
    await simulate(1, async ({ environment }) => {
      const easy = new Easy({ url: 'ws://a.test/', environment })
      await expect(easy.webSocket(init as WebSocketInit)).rejects.toMatchObject({
        code: 'BAD_FUNCTION_ARGUMENT',
        message: expect.stringMatching(message),
      })
    })
  })

  test('what is no message', async () => {
    await withSocket(echo, async (socket) => {
      for (const data of [1, null, undefined, {}, [1], new ArrayBuffer(2)])
        expect(() => socket.send(data as never)).toThrow(
          expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }),
        )
      await expect(socket.close(1006)).rejects.toMatchObject({ code: 'BAD_FUNCTION_ARGUMENT' })
      socket.send('still there')
      expect(await socket.recv()).toBe('still there')
    })
  })
})
