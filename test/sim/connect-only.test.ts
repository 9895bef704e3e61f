/** Connections that are handed over as they are: `connect()` and `connectOnly`. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, RawConnection, TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimWorld } from '@trunkline/core/sim'
import type { ByteStream } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { frame, TEXT } from '../support/web-socket-frames.ts'

/** What a server that speaks no HTTP does with a connection. */
type Talk = (stream: ByteStream, world: SimWorld) => void

/** Runs `body` with a raw connection to a server that talks; nothing is left open. */
async function withRaw<T>(
  talk: Talk,
  body: (socket: RawConnection, easy: Easy, world: SimWorld) => Promise<T>,
  options: EasyOptions = {},
): Promise<T> {
  const { value } = await simulate(1, async (world) => {
    world.network.listen('a.test', 80, (stream) => talk(stream, world))
    world.network.link('a.test', { delayMs: 5 })
    const easy = new Easy({ url: 'http://a.test/ignored', environment: world.environment, ...options })
    try {
      return await body(await easy.connect(), easy, world)
    } finally {
      await easy.close()
      await world.sleep(3_000)
      expect(world.network.openConnections).toBe(0)
    }
  })
  return value
}

/** A sink that answers what `answer` makes of each view, and ends when the client does. */
function sinkOf(stream: ByteStream, answer: (view: Uint8Array) => void): void {
  stream.sink = {
    bytes: answer,
    ended: () => stream.end(),
    failed: () => undefined,
    drained: () => undefined,
  }
}

const echo: Talk = (stream) => sinkOf(stream, (view) => void stream.write(view.slice()))

async function text(socket: RawConnection): Promise<string> {
  let all = ''
  for await (const bytes of socket) all += Buffer.from(bytes).toString('latin1')
  return all
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    (value) => value,
    (error: TransferError) => error.code,
  )
}

test('bytes go either way, and nothing is said by itself', async () => {
  const heard: string[] = []
  const talk: Talk = (stream) =>
    sinkOf(stream, (view) => {
      heard.push(Buffer.from(view).toString('latin1'))
      stream.write(view.slice())
    })
  await withRaw(talk, async (socket, easy, world) => {
    await world.sleep(100)
    expect(heard).toEqual([])
    expect(socket.send('h\xe9llo')).toBe(true)
    expect(Buffer.from((await socket.recv())!).toString('latin1')).toBe('h\xe9llo')
    socket.send(new Uint8Array([0, 255]))
    expect([...(await socket.recv())!]).toEqual([0, 255])
    expect(heard).toEqual(['h\xe9llo', '\0\xff'])
    expect(socket.info).toMatchObject({
      primaryPort: 80,
      numConnects: 1,
      responseCode: 0,
      sizeUpload: 7,
      sizeDownload: 7,
    })
    expect([socket.headers, easy.handle.isRunning]).toEqual([undefined, true])
    await socket.close()
    expect([await socket.recv(), easy.handle.isRunning]).toEqual([undefined, false])
    expect(() => socket.send('x')).toThrow(expect.objectContaining({ code: 'SEND_ERROR' }))
    await socket.close()
  })
})

test('a server that speaks first, or ends at once, is heard', async () => {
  await withRaw(
    (stream) => {
      sinkOf(stream, () => undefined)
      stream.write('220 hello\r\n')
    },
    async (socket) => {
      expect(Buffer.from((await socket.recv())!).toString()).toBe('220 hello\r\n')
      await socket.close()
    },
  )
  await withRaw(
    (stream) => {
      sinkOf(stream, () => undefined)
      stream.end()
    },
    async (socket) => {
      expect(await socket.recv()).toBeUndefined()
      await socket.close()
    },
  )
})

test('each direction ends by itself', async () => {
  const talk: Talk = (stream) => {
    let heard = ''
    stream.sink = {
      bytes: (view) => (heard += Buffer.from(view).toString()),
      ended: () => {
        stream.write(`heard ${heard}`)
        stream.end()
      },
      failed: () => undefined,
      drained: () => undefined,
    }
  }
  await withRaw(talk, async (socket) => {
    socket.send('all of it')
    socket.end()
    expect(() => socket.send('more')).toThrow(expect.objectContaining({ code: 'SEND_ERROR' }))
    socket.end()
    expect(await text(socket)).toBe('heard all of it')
    await socket.close()
  })
  // The server ends first, and hears all the same.
  let heard = 0
  const early: Talk = (stream) => {
    sinkOf(stream, (view) => (heard += view.length))
    stream.end()
  }
  await withRaw(early, async (socket) => {
    expect(await socket.recv()).toBeUndefined()
    socket.send(new Uint8Array(200_000))
    await socket.close()
  })
  expect(heard).toBe(200_000)
})

test('what is not taken is not received; what is not taken by the server makes send() say so', async () => {
  const talk: Talk = (stream, world) => {
    sinkOf(stream, () => undefined)
    stream.pause()
    for (let i = 0; i < 100; i += 1) stream.write(new Uint8Array(10_000))
    world.clock.at(1_000, () => stream.resume())
  }
  await withRaw(talk, async (socket, easy, world) => {
    let count = 0
    while (socket.send(new Uint8Array(10_000))) count += 1
    const room = socket.drained()
    await world.sleep(500)
    expect(count).toBeLessThan(10)
    expect(easy.info!.sizeDownload).toBeLessThan(300_000)
    await room
    expect(world.clock.now()).toBeGreaterThan(999)
    let size = 0
    while (size < 1_000_000) size += (await socket.recv())!.length
    expect(size).toBe(1_000_000)
    await socket.close()
  })
})

test('a broken connection is told to everyone', async () => {
  await simulate(1, async (world) => {
    world.network.listen('a.test', 80, (stream) => {
      stream.write('x')
      world.clock.at(100, () => stream.reset())
    })
    await using easy = new Easy({ url: 'http://a.test/', environment: world.environment })
    const socket = await easy.connect()
    await world.sleep(200)
    expect([...(await socket.recv())!]).toEqual([0x78])
    expect(await codeOf(socket.recv())).toBe('RECV_ERROR')
    expect(await codeOf(socket.closed)).toBe('RECV_ERROR')
    expect(await codeOf(socket.drained())).toBe('RECV_ERROR')
    expect(easy.info!.numRetries).toBe(0)
  })
})

describe('which connection', () => {
  const serve = (exchange: SimExchange): void => exchange.respond({ body: exchange.request.target })

  test('always a new one, of which nobody else gets anything', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', serve)
      await using multi = new Multi({ environment: world.environment })
      const make = () => new Easy({ url: 'http://a.test/page', environment: world.environment })
      await multi.add(make())
      const raw = await multi.connect(make())
      expect([origin.connectionsAccepted, raw.info.connReused]).toEqual([2, false])
      const page = await multi.add(make())
      expect([page.info.connReused, page.info.connId]).toEqual([true, 0])
      await raw.close()
      const again = await multi.connect(make())
      expect(origin.connectionsAccepted).toBe(3)
      await again.close()
      await multi.add(make())
      expect([origin.connectionsAccepted, multi.connections().length]).toEqual([3, 1])
    })
  })

  test('it counts towards the limits while it is open', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', serve)
      await using multi = new Multi({ environment: world.environment, maxTotalConnections: 1 })
      const make = () => new Easy({ url: 'http://a.test/page', environment: world.environment })
      const raw = await multi.connect(make())
      let isDone = false
      const page = multi.add(make()).then(() => (isDone = true))
      await world.sleep(500)
      expect(isDone).toBe(false)
      await raw.close()
      await page
    })
  })

  test('a verdict says why it is not taken', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', serve)
      await using multi = new Multi({ environment: world.environment })
      const make = () => new Easy({ url: 'http://a.test/', environment: world.environment })
      const raw = await multi.connect(make())
      expect(multi.explain(make()).text).toContain('connectOnly')
      await raw.close()
    })
  })

  test('through TLS it offers HTTP/1.1 alone, and speaks it not', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', serve, { http2: true })
      for (const httpVersion of ['2tls', '2-prior-knowledge'] as const) {
        await using easy = new Easy({
          url: 'https://a.test/',
          environment: world.environment,
          sslVerifyPeer: false,
          httpVersion,
        })
        const socket = await easy.connect()
        expect(socket.info.alpn).toBe('http/1.1')
        await world.sleep(50)
        socket.send('GET /by-hand HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
        expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK[^]*\/by-hand$/)
        await socket.close()
      }
      expect(origin.requests.length).toBe(2)
    })
  })

  test('clear text and prior knowledge of HTTP/2: nothing is said either', async () => {
    await withRaw(
      echo,
      async (socket, _easy, world) => {
        await world.sleep(50)
        socket.send('x')
        expect(Buffer.from((await socket.recv())!).toString()).toBe('x')
        await socket.close()
      },
      { httpVersion: '2-prior-knowledge', body: 'not sent' },
    )
  })

  test('an opening that nobody waits for any more leaves none behind', async () => {
    await simulate(1, async (world) => {
      world.network.listen('a.test', 80, (stream) => echo(stream, world))
      world.network.link('a.test', { delayMs: 50 })
      const multi = new Multi({ environment: world.environment })
      // Whoever hears of the connection ends its transfer before it gets it.
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
      multi.events.on('connection-opened', () => easy.abort())
      expect(await codeOf(multi.connect(easy))).toBe('ABORTED_BY_CALLBACK')
      await world.sleep(3_000)
      expect([multi.connections().length, world.network.openConnections]).toEqual([0, 0])
      await multi.close()
    })
  })
})

describe('connectOnly and perform()', () => {
  test('end when the connection is open, and tell of it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('https://a.test', () => expect.unreachable())
      world.network.link('a.test', { delayMs: 10 })
      await using easy = new Easy({
        url: 'https://a.test/',
        environment: world.environment,
        sslVerifyPeer: false,
        connectOnly: true,
      })
      const result = await easy.perform()
      expect([result.status, result.body.length]).toEqual([0, 0])
      expect(result.info).toMatchObject({ responseCode: 0, primaryPort: 443, numConnects: 1 })
      expect(result.info.appConnectTimeUs).toBeGreaterThan(0)
      expect(result.info.certInfo.length).toBeGreaterThan(0)
      const streamed = await easy.stream()
      expect([streamed.status, await streamed.finished]).toEqual([0, undefined])
      await world.sleep(100)
      expect([origin.connectionsAccepted, origin.openConnections, origin.requests.length]).toEqual([2, 0, 0])
    })
  })

  test('fail as opening does', async () => {
    await simulate(1, async ({ environment }) => {
      const easy = new Easy({ url: 'http://nowhere.test/', environment, connectOnly: true })
      expect(await codeOf(easy.perform())).toBe('COULDNT_RESOLVE_HOST')
      expect(await codeOf(easy.connect())).toBe('COULDNT_RESOLVE_HOST')
      expect(await codeOf(new Easy({ url: 'http://', environment }).connect())).toBe('URL_MALFORMAT')
    })
  })

  test('setopt knows it by libcurl\u2019s name', () => {
    const easy = new Easy()
    easy.setopt('CURLOPT_CONNECT_ONLY', true)
    expect(easy.getopt('connectOnly')).toBe(true)
  })
})

test('with wsRawMode and ws it begins behind the handshake', async () => {
  await simulate(1, async (world) => {
    const origin = world.origin('ws://a.test', (exchange) => {
      const socket = exchange.webSocket({
        behind: frame({ opcode: TEXT, payload: 'x' }),
        onMessage: (data) => socket.send(data),
      })
    })
    await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment, wsRawMode: true })
    const socket = await easy.connect()
    expect(socket.headers!.has('sec-websocket-accept')).toBe(true)
    expect(frame({ opcode: TEXT, payload: 'x' }).equals((await socket.recv())!)).toBe(true)
    socket.send(frame({ opcode: TEXT, payload: 'mine', mask: [1, 2, 3, 4] }))
    expect(frame({ opcode: TEXT, payload: 'mine' }).equals((await socket.recv())!)).toBe(true)
    await socket.close()
    // Without it, and for http, there is none.
    easy.set({ wsRawMode: false })
    await (await easy.connect()).close()
    expect(origin.requests.length).toBe(1)
  })
})

describe('deadlines and aborts', () => {
  test.each<readonly [string, EasyOptions, number]>([
    ['timeoutMs', { timeoutMs: 500 }, 500],
    ['idleTimeoutMs', { idleTimeoutMs: 200 }, 205],
  ])('%s', async (_what, options, at) => {
    await withRaw(
      echo,
      async (socket, _easy, world) => {
        expect(await codeOf(socket.recv())).toBe('OPERATION_TIMEDOUT')
        expect(Math.abs(world.clock.now() - at)).toBeLessThan(15)
      },
      options,
    )
  })

  test('firstByteTimeoutMs is for responses', async () => {
    await withRaw(
      echo,
      async (socket, _easy, world) => {
        await world.sleep(1_000)
        await socket.close()
      },
      { firstByteTimeoutMs: 100 },
    )
  })

  test('connectTimeoutMs', async () => {
    await simulate(1, async (world) => {
      world.network.listen('a.test', 80, () => undefined)
      world.network.link('a.test', { delayMs: 10_000 })
      await using easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        connectTimeoutMs: 100,
      })
      expect(await codeOf(easy.connect())).toBe('OPERATION_TIMEDOUT')
    })
  })

  test('aborted at any step, nothing is left', async () => {
    const seen = new Set<unknown>()
    for (let at = 0; at < 40; at += 0.5)
      await simulate(1, async (world) => {
        world.network.listen('a.test', 80, (stream) => echo(stream, world))
        world.network.link('a.test', { delayMs: 3 })
        const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
        world.clock.at(at, () => easy.abort())
        const talk = async (): Promise<string> => {
          const socket = await easy.connect()
          socket.send('x')
          await socket.recv()
          socket.end()
          await socket.recv()
          await socket.close()
          return 'done'
        }
        seen.add(await codeOf(talk()))
        expect(easy.handle.isRunning).toBe(false)
        await easy.close()
        await world.sleep(3_000)
        expect(world.network.openConnections).toBe(0)
      })
    expect(seen).toEqual(new Set(['ABORTED_BY_CALLBACK', 'done']))
  })
})

test('bad input is refused', async () => {
  await withRaw(echo, async (socket) => {
    for (const data of ['\u0100', 1, undefined, null, {}, new ArrayBuffer(1)])
      expect(() => socket.send(data as never)).toThrow(
        expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }),
      )
    await socket.close()
  })
})
