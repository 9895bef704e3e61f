/** Bodies over HTTP/2, both ways: pauses, uploads and early answers, trailers, 1xx, responses without a body. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError, TransferResult } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

const URL_A = 'https://a.test/'
const MIB = 1024 * 1024

function get(
  world: SimWorld,
  multi: Multi,
  path: string,
  options: EasyOptions = {},
): Promise<TransferResult> {
  return multi.add(new Easy({ url: `https://a.test/${path}`, environment: world.environment, ...options }))
}

/** The code, details and message of a failure. */
function failure(run: Promise<unknown>): Promise<TransferError> {
  return run.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: TransferError) => error,
  )
}

/** Bytes that tell where they stand. */
function pattern(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
}

/** `toEqual` takes seconds for a mebibyte. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

const echoBody: SimHandler = async (exchange) => exchange.respond({ body: await exchange.body() })

describe('large bodies', () => {
  test.each([1, 100, 16_384, Infinity])(
    'come whole and in order, in pieces of %s bytes',
    async (chunkBytes) => {
      await simulate(1, async (world) => {
        const sizes = [0, 1, 16_384, 65_535, 65_536, 300_000].map((size) =>
          chunkBytes === 1 ? Math.min(size, 20_000) : size,
        )
        world.origin(URL_A, echoBody, { http2: true })
        world.network.link('a.test', { chunkBytes })
        const multi = new Multi({ environment: world.environment })
        const results = await Promise.all(sizes.map((size) => get(world, multi, '', { body: pattern(size) })))
        for (const [i, size] of sizes.entries()) expect(isSame(results[i]!.body, pattern(size))).toBe(true)
        expect(results.every(({ info }) => info.connId === 0)).toBe(true)
        expect(results.map(({ info }) => info.sizeUpload)).toEqual(sizes)
      })
    },
  )

  test('of many transfers at once share the connection fairly: none waits for the end of another', async () => {
    await simulate(1, async (world) => {
      const firstBytes: number[] = []
      const ends: number[] = []
      world.origin(URL_A, (exchange) => exchange.respond({ body: new Uint8Array(MIB) }), { http2: true })
      world.network.link('a.test', { bytesPerSecond: 10 * MIB })
      const multi = new Multi({ environment: world.environment })
      await Promise.all(
        Array.from({ length: 8 }, async (_, i) => {
          let received = 0
          await get(world, multi, String(i), {
            writeFunction: (bytes) => {
              if (received === 0) firstBytes.push(world.clock.now())
              received += bytes.length
            },
          })
          ends.push(world.clock.now())
          expect(received).toBe(MIB)
        }),
      )
      expect(Math.max(...firstBytes)).toBeLessThan(Math.min(...ends))
    })
  })

  test('a transfer that pauses stalls nobody, however long, and goes on where it was', async () => {
    await simulate(1, async (world) => {
      const body = pattern(4 * MIB)
      const origin = world.origin(
        URL_A,
        (exchange) =>
          exchange.respond({ body: exchange.request.target === '/slow' ? body : body.subarray(0, MIB) }),
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const pieces: Uint8Array[] = []
      const { environment } = world
      const slow = new Easy({
        url: 'https://a.test/slow',
        environment,
        writeFunction: (bytes) => {
          pieces.push(bytes.slice())
          if (pieces.length === 1) return 'pause'
        },
      })
      const running = multi.add(slow)
      await world.sleep(50)
      const held = pieces.length
      expect(held).toBe(1)
      // 40 MiB go past it, in one and in many transfers.
      for (let i = 0; i < 5; i += 1)
        await Promise.all(Array.from({ length: 8 }, (_, k) => get(world, multi, `${i}-${k}`)))
      expect(pieces).toHaveLength(held)
      slow.resume()
      expect((await running).info.sizeDownload).toBe(body.length)
      expect(isSame(Buffer.concat(pieces), body)).toBe(true)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('many transfers that pause at once stall nobody either', async () => {
    await simulate(1, async (world) => {
      world.origin(URL_A, (exchange) => exchange.respond({ body: new Uint8Array(MIB) }), { http2: true })
      const { environment } = world
      const multi = new Multi({ environment })
      const paused = Array.from({ length: 90 }, (_, i) => {
        let isFirst = true
        return new Easy({
          url: `https://a.test/${i}`,
          environment,
          writeFunction: () => {
            const answer = isFirst ? 'pause' : undefined
            isFirst = false
            return answer
          },
        })
      })
      const runs = paused.map((easy) => multi.add(easy))
      await world.sleep(100)
      const free = await get(world, multi, 'free')
      expect(free.info).toMatchObject({ sizeDownload: MIB, connId: 0 })
      for (const easy of paused) easy.resume()
      expect((await Promise.all(runs)).every(({ info }) => info.sizeDownload === MIB)).toBe(true)
    })
  })

  test('a paused transfer that is aborted gives its room back', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          exchange.head({ status: 200 })
          for (let i = 0; i < 40; i += 1) {
            exchange.write(new Uint8Array(MIB / 4))
            await exchange.sleep(1)
          }
          exchange.end()
        },
        { http2: true },
      )
      const { environment } = world
      const multi = new Multi({ environment })
      // 200 x 256 KiB is more than the connection's window.
      for (let i = 0; i < 200; i += 1) {
        const easy = new Easy({ url: URL_A, environment, writeFunction: () => 'pause' as const })
        const run = failure(multi.add(easy))
        await world.sleep(20)
        multi.remove(easy)
        expect((await run).code).toBe('MULTI_ABORTED')
      }
      const last = await get(world, multi, 'last')
      expect(last.info).toMatchObject({ sizeDownload: 10 * MIB, connId: 0 })
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('upload and download at the same time, on one connection that is slow', async () => {
    await simulate(1, async (world) => {
      world.origin(URL_A, echoBody, { http2: true })
      world.network.link('a.test', { bytesPerSecond: 2 * MIB, delayMs: 20, chunkBytes: 1_400 })
      const multi = new Multi({ environment: world.environment })
      const body = pattern(MIB)
      const results = await Promise.all([1, 2, 3].map(() => get(world, multi, '', { body })))
      for (const result of results) expect(isSame(result.body, body)).toBe(true)
    })
  })
})

describe('an upload', () => {
  async function* pieces(count: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < count; i += 1) yield pattern(10_000)
  }

  test('of unknown length needs no chunks', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echoBody, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', { body: () => pieces(30) })
      expect(result.info.sizeDownload).toBe(300_000)
      const { fields } = origin.requests[0]!.head
      expect([fields.has('transfer-encoding'), fields.has('content-length'), fields.has('expect')]).toEqual([
        false,
        false,
        false,
      ])
    })
  })

  test('does not wait for 100 Continue', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echoBody, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', {
        body: new Uint8Array(2 * MIB),
        expect100TimeoutMs: 60_000,
      })
      expect(result.info.sizeDownload).toBe(2 * MIB)
      expect(world.clock.now()).toBeLessThan(1_000)
      expect(origin.requests[0]!.head.fields.has('expect')).toBe(false)
    })
  })

  test('goes on to its end when the server answers 200 before it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, (exchange) => exchange.respond({ body: 'early' }), { http2: true })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', { body: new Uint8Array(MIB) })
      expect(result.text()).toBe('early')
      await world.sleep(100)
      expect(origin.requests[0]!.bodyBytes).toBe(MIB)
      expect(multi.connections()).toMatchObject([{ state: 'idle' }])
    })
  })

  test('that was answered early is not cut off by a goodbye: what was sent is sent', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, (exchange) => exchange.respond({ body: 'early' }), { http2: true })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', { body: new Uint8Array(MIB) })
      expect(result.info.sizeUpload).toBe(MIB)
      await multi.close()
      await world.sleep(1_000)
      expect(origin.requests[0]!.bodyBytes).toBe(MIB)
    })
  })

  test('is broken off when the server answers 403, and the connection stays', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        (exchange) => exchange.respond({ status: exchange.request.method === 'GET' ? 200 : 403, body: 'no' }),
        { http2: true },
      )
      world.network.link('a.test', { bytesPerSecond: MIB })
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', { body: new Uint8Array(10 * MIB) })
      expect([result.status, result.text()]).toEqual([403, 'no'])
      expect(origin.requests[0]!.bodyBytes).toBeLessThan(5 * MIB)
      await world.sleep(3_000)
      expect(origin.requests[0]!.reset).toBe('CANCEL')
      expect((await get(world, multi, '')).info).toMatchObject({ connId: 0, responseCode: 200 })
    })
  })

  test.each(['NO_ERROR', 'CANCEL', 'INTERNAL_ERROR'] as const)(
    'that is answered whole and then reset with %s has not failed',
    async (code) => {
      await simulate(1, async (world) => {
        const origin = world.origin(
          URL_A,
          (exchange) => {
            exchange.respond({ body: 'early' })
            exchange.reset(code)
          },
          { http2: true },
        )
        world.network.link('a.test', { bytesPerSecond: MIB })
        const multi = new Multi({ environment: world.environment })
        const result = await get(world, multi, '', { body: new Uint8Array(10 * MIB) })
        expect([result.status, result.text()]).toEqual([200, 'early'])
        expect(world.clock.now()).toBeLessThan(5_000)
        expect(multi.connections().every(({ active }) => active === 0)).toBe(true)
        expect((await get(world, multi, '')).info.connId).toBe(0)
        expect(origin.connectionsAccepted).toBe(1)
      })
    },
  )

  test('waits for the windows, not for siblings: a stream whose window is shut holds up nobody', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echoBody, { http2: true })
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '')
      const connection = origin.connections[0]!
      connection.settings({ INITIAL_WINDOW_SIZE: 0 })
      await world.sleep(10)
      const stuck = get(world, multi, '', { body: pattern(100_000) })
      await world.sleep(10)
      expect((await get(world, multi, '')).status).toBe(200)
      expect(origin.requests[1]!.bodyBytes).toBe(0)
      connection.settings({ INITIAL_WINDOW_SIZE: 1_000 })
      await world.sleep(10)
      expect(origin.requests[1]!.bodyBytes).toBe(1_000)
      connection.settings({ INITIAL_WINDOW_SIZE: 262_144 })
      expect(isSame((await stuck).body, pattern(100_000))).toBe(true)
    })
  })

  test('that fails to read its body breaks its stream off, and no other', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echoBody, { http2: true })
      const multi = new Multi({ environment: world.environment })
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield pattern(100)
        throw new Error('no more')
      }
      const [bad, good] = await Promise.all([
        failure(get(world, multi, '', { body: failing })),
        get(world, multi, '', { body: 'good' }),
      ])
      expect(bad.code).toMatch(/READ_ERROR|ABORTED_BY_CALLBACK/)
      expect(good.text()).toBe('good')
      await world.sleep(10)
      expect(origin.requests.map(({ reset }) => reset).sort()).toEqual(['CANCEL', undefined])
      expect(multi.connections()).toMatchObject([{ state: 'idle', active: 0 }])
    })
  })
})

describe('a response', () => {
  test('may have trailers, with or without a body', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        (exchange) => {
          exchange.head({ status: 200 })
          if (exchange.request.target === '/body') exchange.write('hello')
          exchange.end({ 'Server-Timing': 'x', Digest: ['a', 'b'] })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      for (const path of ['', 'body']) {
        const result = await get(world, multi, path)
        expect([...result.trailers!].map(([name, value]) => `${name}: ${value}`)).toEqual([
          'server-timing: x',
          'digest: a',
          'digest: b',
        ])
      }
    })
  })

  test('may be announced by informational ones', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        async (exchange) => {
          exchange.informational(103, { Link: '</style.css>' })
          await exchange.sleep(5)
          exchange.informational(103, { Link: '</more.css>' })
          exchange.respond({ body: 'x' })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const heads: string[] = []
      const result = await get(world, multi, '', {
        headerFunction: (head, final) =>
          void heads.push(`${head.version} ${head.status} ${head.fields.first('link') ?? ''} ${final}`),
      })
      expect(heads).toEqual(['2 103 </style.css> false', '2 103 </more.css> false', '2 200  true'])
      expect(result.text()).toBe('x')
    })
  })

  test.each([
    { name: 'HEAD', options: { noBody: true }, status: 200, length: '5' },
    { name: '204', options: {}, status: 204, length: undefined },
    { name: '304', options: {}, status: 304, length: '5' },
  ])('to $name has no body, whatever its head says', async ({ options, status, length }) => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        (exchange) => {
          exchange.head({
            status,
            ...(length === undefined ? {} : { headers: { 'Content-Length': length } }),
          })
          exchange.end()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const result = await get(world, multi, '', options)
      expect([result.status, result.body.length]).toEqual([status, 0])
      expect(result.headers.first('content-length')).toBe(length)
      expect(multi.connections()).toMatchObject([{ state: 'idle' }])
    })
  })

  test('shows what it is: version, stream, connection, sizes as HTTP/1 would count them', async () => {
    await simulate(1, async (world) => {
      world.origin(URL_A, (exchange) => exchange.respond({ body: 'hello' }), { http2: true })
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '')
      const { info, httpVersion, reason } = await get(world, multi, '')
      expect(info).toMatchObject({
        httpVersion: '2',
        streamId: 3,
        connStreams: 1,
        connReused: true,
        connRequests: 2,
        alpn: 'h2',
        responseCode: 200,
        sizeDownload: 5,
      })
      expect([httpVersion, reason]).toEqual(['2', ''])
      // `:status: 200` and `content-length: 5`, each with its line end.
      expect(info.headerSize).toBeGreaterThan(20)
      expect(info.headerSize).toBeLessThan(60)
      expect(info.requestSize).toBeGreaterThan(40)
    })
  })
})
