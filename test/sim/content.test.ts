/** Coded bodies (RFC 9110 8.4, RFC 9112 7), over both versions: what is asked for, decoded, refused, and when it ends. */
import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type LinkSettings, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { CODERS, DULL, LINES, noise } from '../support/coded-bodies.ts'

const VERSIONS = ['1.1', '2-prior-knowledge'] as const
type Version = (typeof VERSIONS)[number]
const gzip = CODERS['gzip']![1]
const br = CODERS['br']![1]

interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string | readonly string[]>
  readonly body: Buffer
  /** How the body is sent: its length told or not, in one piece or several with time between. */
  readonly sent?: 'with its length' | 'at once' | 'bit by bit'
  /** The server goes away instead of ending. */
  readonly breaksOff?: boolean
}

interface Told {
  readonly status: number | string
  readonly message: string
  readonly body: Buffer
  readonly asked: Record<string, string | string[]>
  readonly easy: Easy
  readonly connections: number
  readonly trailers: string | undefined
}

function answering({
  status = 200,
  headers = {},
  body,
  sent = 'with its length',
  breaksOff,
}: Answer): SimHandler {
  return async (exchange) => {
    if (sent === 'with its length' && breaksOff !== true) {
      exchange.respond({ status, headers, body })
      return
    }
    const framed = exchange.stream === undefined ? { ...headers, 'Transfer-Encoding': 'chunked' } : headers
    exchange.head({
      status,
      headers: sent === 'with its length' ? { ...headers, 'Content-Length': '99999' } : framed,
    })
    const size = sent === 'bit by bit' ? Math.ceil(body.length / 5) : Math.max(1, body.length)
    for (let at = 0; at < body.length; at += size) {
      const piece = body.subarray(at, at + size)
      if (sent === 'with its length') exchange.write(piece)
      else exchange.chunk(piece)
      if (sent === 'bit by bit') await exchange.sleep(10)
    }
    if (breaksOff === true) exchange.connection.end()
    else
      exchange.end(
        exchange.stream === undefined || sent !== 'at once' ? { 'X-Trailer': 'behind' } : undefined,
      )
  }
}

interface Scene {
  readonly options?: EasyOptions
  readonly answer: Answer
  readonly link?: LinkSettings
}

/** One request to http://a.test/, and one more to see what became of the connection. */
async function ask({ options = {}, answer, link = {} }: Scene, httpVersion: Version): Promise<Told> {
  const { value } = await simulate(1, async (world: SimWorld) => {
    const asked: Record<string, string | string[]>[] = []
    world.network.link('a.test', link)
    const origin = world.origin(
      'http://a.test',
      (exchange) => {
        asked.push(exchange.request.fields.toObject())
        return exchange.request.target === '/' ? answering(answer)(exchange) : exchange.respond()
      },
      { http2: true },
    )
    const { environment } = world
    await using easy = new Easy({
      url: 'http://a.test/',
      httpVersion,
      acceptEncoding: '',
      environment,
      ...options,
    })
    const told = await easy.perform().then(
      (result) => ({
        status: result.status,
        message: '',
        body: Buffer.from(result.body),
        trailers: result.trailers?.first('x-trailer'),
      }),
      (error: TransferError) => ({
        status: error.code,
        message: error.message,
        body: Buffer.alloc(0),
        trailers: undefined,
      }),
    )
    await new Easy({ url: 'http://a.test/again', httpVersion, environment }).perform()
    return { ...told, asked: asked[0]!, easy, connections: origin.connectionsAccepted }
  })
  return value
}

describe.each(VERSIONS)('over HTTP/%s', (version) => {
  describe.each(Object.entries(CODERS))('%s', (_name, [coding, code]) => {
    test.each(['with its length', 'at once', 'bit by bit'] as const)('sent %s', async (sent) => {
      for (const body of [LINES, DULL, noise(100_000)]) {
        const answer = { headers: { 'Content-Encoding': coding }, body: code(body), sent }
        const told = await ask({ answer }, version)
        expect([told.status, Buffer.compare(told.body, body)]).toEqual([200, 0])
        const { sizeDownload, sizeDecoded } = told.easy.info!
        expect([sizeDownload, sizeDecoded]).toEqual([code(body).length, body.length])
      }
    })

    test('byte by byte over the network', async () => {
      const answer = { headers: { 'Content-Encoding': coding }, body: code(LINES), sent: 'at once' } as const
      const { status, body } = await ask({ answer, link: { chunkBytes: 1 } }, version)
      expect([status, Buffer.compare(body, LINES)]).toEqual([200, 0])
    })

    test('cut short it is an error', async () => {
      for (const sent of ['at once', 'bit by bit'] as const) {
        const answer = { headers: { 'Content-Encoding': coding }, body: code(LINES).subarray(0, -5), sent }
        const { status, message } = await ask({ answer }, version)
        expect([status, message.includes('ends early')]).toEqual(['BAD_CONTENT_ENCODING', true])
      }
    })
  })

  test('two codings are undone, the last one first', async () => {
    const body = br(gzip(LINES))
    for (const headers of [{ 'Content-Encoding': 'gzip, br' }, { 'Content-Encoding': ['gzip', 'br'] }])
      for (const sent of ['with its length', 'bit by bit'] as const) {
        const told = await ask({ answer: { headers, body, sent } }, version)
        expect([told.status, Buffer.compare(told.body, LINES)]).toEqual([200, 0])
      }
  })

  test.each([
    ['', 'deflate, gzip, br'],
    ['gzip', 'gzip'],
    ['gzip;q=0.5, *;q=0', 'gzip;q=0.5, *;q=0'],
    [undefined, undefined],
  ])('acceptEncoding %j asks for %j', async (acceptEncoding, field) => {
    const { asked } = await ask({ options: { acceptEncoding }, answer: { body: LINES } }, version)
    expect(asked['accept-encoding']).toBe(field)
  })

  test('a field of the user goes before ours, and does not turn decoding on', async () => {
    const answer = { headers: { 'Content-Encoding': 'gzip' }, body: gzip(LINES) }
    const headers = { 'Accept-Encoding': 'x-gzip' }
    const on = await ask({ options: { headers }, answer }, version)
    expect([on.asked['accept-encoding'], Buffer.compare(on.body, LINES)]).toEqual(['x-gzip', 0])
    const off = await ask({ options: { headers, acceptEncoding: undefined }, answer }, version)
    expect([off.asked['accept-encoding'], Buffer.compare(off.body, gzip(LINES))]).toEqual(['x-gzip', 0])
  })

  test.each([{ acceptEncoding: undefined }, { httpContentDecoding: false }] as const)(
    'with %j the body stays as it came, unknown codings included',
    async (options) => {
      for (const coding of ['gzip', 'x-unknown']) {
        const answer = { headers: { 'Content-Encoding': coding }, body: gzip(LINES) }
        const told = await ask({ options, answer }, version)
        expect([told.status, Buffer.compare(told.body, gzip(LINES))]).toEqual([200, 0])
        expect([told.easy.info!.sizeDecoded, told.easy.info!.numConnects]).toEqual([gzip(LINES).length, 1])
      }
    },
  )

  test.each([
    ['x-gzip', gzip(LINES)],
    ['GZip', gzip(LINES)],
    ['identity', LINES],
    ['none', LINES],
    ['identity, gzip,', gzip(LINES)],
  ])('the name %s', async (coding, body) => {
    const told = await ask({ answer: { headers: { 'Content-Encoding': coding }, body } }, version)
    expect([told.status, Buffer.compare(told.body, LINES)]).toEqual([200, 0])
  })

  test('an unknown coding fails, after the head', async () => {
    let heads = 0
    const headerFunction = (): void => void (heads += 1)
    const answer = { headers: { 'Content-Encoding': 'compress' }, body: LINES }
    const { status, message } = await ask({ answer, options: { headerFunction } }, version)
    expect([status, heads]).toEqual(['BAD_CONTENT_ENCODING', 1])
    expect(message).toContain('"compress"')
  })

  test('what has no body has nothing to decode', async () => {
    const headers = { 'Content-Encoding': 'gzip' }
    for (const [options, answer] of [
      [{ noBody: true }, { headers, body: gzip(LINES) }],
      [{}, { status: 204, headers, body: Buffer.alloc(0) }],
      [{}, { status: 304, headers, body: Buffer.alloc(0) }],
      [{}, { headers, body: Buffer.alloc(0) }],
      [{}, { headers, body: Buffer.alloc(0), sent: 'at once' }],
      [{ noBody: true }, { headers: { 'Content-Encoding': 'x-unknown' }, body: LINES }],
    ] as const) {
      const { status, body } = await ask({ options, answer }, version)
      expect([status, body.length]).toEqual([answer.status ?? 200, 0])
    }
  })

  test('Content-Encoding stays to be seen', async () => {
    const answer = { headers: { 'Content-Encoding': 'gzip' }, body: gzip(LINES) }
    let seen: string | undefined
    const headerFunction: EasyOptions['headerFunction'] = ({ fields }) => {
      seen = fields.first('content-encoding')
    }
    await ask({ answer, options: { headerFunction } }, version)
    expect(seen).toBe('gzip')
  })

  test('trailers come behind a coded body', async () => {
    const answer = { headers: { 'Content-Encoding': 'gzip' }, body: gzip(LINES), sent: 'bit by bit' } as const
    expect((await ask({ answer }, version)).trailers).toBe('behind')
  })

  test('what came before a connection broke is decoded and delivered', async () => {
    for (const sent of ['with its length', 'at once', 'bit by bit'] as const) {
      const pieces: Buffer[] = []
      const writeFunction = (bytes: Uint8Array): void => void pieces.push(Buffer.from(bytes))
      const body = gzip(noise(20_000)).subarray(0, -500)
      const answer = { headers: { 'Content-Encoding': 'gzip' }, body, sent, breaksOff: true }
      const { status } = await ask({ answer, options: { writeFunction } }, version)
      expect(status).toBe(version === '1.1' ? 'PARTIAL_FILE' : 'RECV_ERROR')
      const got = Buffer.concat(pieces)
      expect(got.length).toBeGreaterThan(15_000)
      expect(Buffer.compare(got, noise(20_000).subarray(0, got.length))).toBe(0)
    }
  })

  test('maxFilesize holds for what is received and for what that becomes', async () => {
    const answer = { headers: { 'Content-Encoding': 'gzip' }, body: gzip(DULL) }
    for (const sent of ['with its length', 'at once', 'bit by bit'] as const) {
      const fits = await ask({ answer: { ...answer, sent }, options: { maxFilesize: DULL.length } }, version)
      expect(fits.body.length).toBe(DULL.length)
      const over = await ask(
        { answer: { ...answer, sent }, options: { maxFilesize: DULL.length - 1 } },
        version,
      )
      expect(over.status).toBe('FILESIZE_EXCEEDED')
      const small = await ask({ answer: { ...answer, sent }, options: { maxFilesize: 100 } }, version)
      expect(small.status).toBe('FILESIZE_EXCEEDED')
    }
  })

  test('bodies of redirects and of failures are not decoded', async () => {
    const { value } = await simulate(1, async (world) => {
      world.origin(
        'http://a.test',
        (exchange) => {
          const { target } = exchange.request
          const headers = { 'Content-Encoding': 'gzip', Location: '/end' }
          if (target === '/end')
            exchange.respond({ headers: { 'Content-Encoding': 'gzip' }, body: gzip(LINES) })
          else exchange.respond({ status: target === '/' ? 301 : 404, headers, body: 'not gzip at all' })
        },
        { http2: true },
      )
      await using easy = new Easy({
        url: 'http://a.test/',
        acceptEncoding: '',
        followLocation: true,
        failOnError: true,
        httpVersion: version,
        environment: world.environment,
      })
      const result = await easy.perform()
      easy.set({ url: 'http://a.test/gone' })
      const failure = await easy.perform().catch((error: TransferError) => error.code)
      return [result.text() === LINES.toString(), result.info.redirectCount, failure]
    })
    expect(value).toEqual([true, 1, 'HTTP_RETURNED_ERROR'])
  })

  test('the connection serves others while the end of a body is still to be taken', async () => {
    const { value } = await simulate(1, async (world) => {
      const answer = { headers: { 'Content-Encoding': 'gzip' }, body: gzip(LINES) }
      const origin = world.origin('http://a.test', answering(answer), { http2: true })
      const { environment } = world
      const options = { url: 'http://a.test/', httpVersion: version, acceptEncoding: '', environment }
      await using multi = new Multi({ environment, maxHostConnections: 1 })
      const first = new Easy({ ...options, writeFunction: () => 'pause' })
      let isOver = false
      const run = multi.add(first).then(() => (isOver = true))
      await world.sleep(100)
      const second = await multi.add(new Easy(options))
      const wasOver = isOver
      first.resume()
      await run
      return [second.body.length, wasOver, origin.connectionsAccepted]
    })
    expect(value).toEqual([LINES.length, false, 1])
  })

  describe('paused', () => {
    test.each([
      ['small', LINES],
      ['large', noise(900_000)],
    ] as const)(
      'and resumed at each piece, a %s body is whole, and silent while it is paused',
      async (_size, body) => {
        const { value } = await simulate(1, async (world) => {
          world.network.link('a.test', { bytesPerSecond: 5_000_000 })
          world.origin(
            'http://a.test',
            answering({ headers: { 'Content-Encoding': 'gzip' }, body: gzip(body) }),
            {
              http2: true,
            },
          )
          const pieces: Buffer[] = []
          let isPaused = false
          let broken = 0
          await using easy = new Easy({
            url: 'http://a.test/',
            acceptEncoding: '',
            httpVersion: version,
            environment: world.environment,
            writeFunction(bytes) {
              if (isPaused) broken += 1
              isPaused = true
              pieces.push(Buffer.from(bytes))
              world.clock.at(world.clock.now() + 100, () => {
                isPaused = false
                easy.resume()
              })
              return 'pause'
            },
          })
          const { info } = await easy.perform()
          return {
            same: Buffer.compare(Buffer.concat(pieces), body),
            broken,
            isPaused,
            ms: info.totalTimeUs / 1_000,
          }
        })
        expect(value).toMatchObject({ same: 0, broken: 0, isPaused: false })
        expect(value.ms).toBeGreaterThan(100)
      },
    )

    test('before the head, nothing comes until it is resumed', async () => {
      const { value } = await simulate(1, async (world) => {
        world.origin(
          'http://a.test',
          answering({ headers: { 'Content-Encoding': 'gzip' }, body: gzip(LINES) }),
          {
            http2: true,
          },
        )
        await using easy = new Easy({
          url: 'http://a.test/',
          acceptEncoding: '',
          httpVersion: version,
          environment: world.environment,
        })
        const run = easy.perform()
        easy.pause()
        await world.sleep(500)
        easy.resume()
        const { body, info } = await run
        return [body.length, info.totalTimeUs >= 500_000]
      })
      expect(value).toEqual([LINES.length, true])
    })
  })

  test('a transfer is cancelled at every step, and the next one is served', async () => {
    const codes = new Map<string, number>()
    for (let steps = 0; ; steps += 1) {
      const { value } = await simulate(1, async (world) => {
        world.network.link('a.test', { delayMs: 1, bytesPerSecond: 1_000_000 })
        world.origin(
          'http://a.test',
          answering({
            headers: { 'Content-Encoding': 'gzip, br' },
            body: br(gzip(noise(20_000))),
            sent: 'bit by bit',
          }),
          { http2: true },
        )
        const { environment } = world
        const options = { url: 'http://a.test/', acceptEncoding: '', httpVersion: version, environment }
        await using easy = new Easy(options)
        let late = 0
        let isOver = false
        easy.set({ writeFunction: () => void (late += isOver ? 1 : 0) })
        const run = easy.perform().then(
          () => 'done',
          (error: TransferError) => error.code,
        )
        await world.sleep(steps)
        easy.abort()
        isOver = true
        const first = await run
        const again = await new Easy(options).perform()
        return { first, late, again: again.body.length }
      })
      expect(value).toMatchObject({ late: 0, again: 20_000 })
      codes.set(value.first, (codes.get(value.first) ?? 0) + 1)
      if (value.first === 'done') break
    }
    expect([...codes.keys()]).toEqual(['ABORTED_BY_CALLBACK', 'done'])
    expect(codes.get('ABORTED_BY_CALLBACK')).toBeGreaterThan(20)
  })

  test('a write function that throws, or ends the transfer, ends it once', async () => {
    for (const writeFunction of [
      () => {
        throw new Error('full')
      },
      undefined,
    ]) {
      for (const sent of ['with its length', 'bit by bit'] as const) {
        const { value } = await simulate(1, async (world) => {
          const answer = { headers: { 'Content-Encoding': 'gzip' }, body: gzip(noise(50_000)), sent }
          world.origin('http://a.test', answering(answer), { http2: true })
          let calls = 0
          await using easy = new Easy({
            url: 'http://a.test/',
            acceptEncoding: '',
            httpVersion: version,
            environment: world.environment,
          })
          easy.set({
            writeFunction() {
              calls += 1
              if (writeFunction === undefined) easy.abort()
              else writeFunction()
            },
          })
          const code = await easy.perform().catch((error: TransferError) => error.code)
          await world.sleep(1_000)
          return [code, calls]
        })
        expect(value).toEqual([writeFunction === undefined ? 'ABORTED_BY_CALLBACK' : 'WRITE_ERROR', 1])
      }
    }
  })

  test('broken data ends the transfer and its place on the connection', async () => {
    const broken = gzip(noise(200_000))
    broken.fill(0, 100_000, 100_200)
    for (const sent of ['with its length', 'bit by bit'] as const) {
      const told = await ask(
        { answer: { headers: { 'Content-Encoding': 'gzip' }, body: broken, sent } },
        version,
      )
      expect(told.status).toBe('BAD_CONTENT_ENCODING')
    }
  })
})

describe('transfer codings', () => {
  const te = (coding: string, body: Buffer, more = {}): Answer => ({
    headers: { 'Transfer-Encoding': coding, ...more },
    body,
  })

  test('TE and Connection ask for gzip, over HTTP/1 only', async () => {
    const h1 = await ask({ options: { transferEncoding: true }, answer: { body: LINES } }, '1.1')
    expect([h1.asked['te'], h1.asked['connection'], h1.easy.info!.connId]).toEqual(['gzip', 'TE', 0])
    const options = { transferEncoding: true, headers: { Connection: 'X-Mine', 'X-Mine': '1' } }
    const named = await ask({ options, answer: { body: LINES } }, '1.1')
    expect(named.asked['connection']).toBe('X-Mine, TE')
    // Several of the user's stay several, and what they say is heeded.
    const headers = ['Connection: X-Mine', 'X-Mine: 1', 'Connection: close']
    const several = await ask(
      { options: { transferEncoding: true, headers }, answer: { body: LINES } },
      '1.1',
    )
    expect([several.asked['connection'], several.connections]).toEqual([['X-Mine, TE', 'close'], 2])
    const h2 = await ask(
      { options: { transferEncoding: true }, answer: { body: LINES } },
      '2-prior-knowledge',
    )
    expect([h2.asked['te'], h2.asked['connection']]).toEqual([undefined, undefined])
  })

  test.each(['gzip, chunked', 'x-gzip, chunked', 'deflate, chunked', 'gzip'])(
    '%s is decoded',
    async (coding) => {
      const body = coding.startsWith('deflate') ? zlib.deflateSync(LINES) : gzip(LINES)
      const options = { transferEncoding: true, acceptEncoding: undefined }
      const told = await ask({ options, answer: te(coding, body) }, '1.1')
      expect([told.status, Buffer.compare(told.body, LINES)]).toEqual([200, 0])
    },
  )

  test('a transfer coding is undone before a content coding', async () => {
    const answer = te('gzip, chunked', gzip(br(LINES)), { 'Content-Encoding': 'br' })
    const told = await ask({ options: { transferEncoding: true }, answer }, '1.1')
    expect(Buffer.compare(told.body, LINES)).toBe(0)
    const half = await ask({ options: { transferEncoding: true, acceptEncoding: undefined }, answer }, '1.1')
    expect(Buffer.compare(half.body, br(LINES))).toBe(0)
  })

  test('one that was not asked for is refused', async () => {
    const told = await ask({ answer: te('gzip, chunked', gzip(LINES)) }, '1.1')
    expect([told.status, told.message.includes('transferEncoding')]).toEqual(['BAD_CONTENT_ENCODING', true])
  })

  test('an unknown one is refused, asked for or not', async () => {
    for (const transferEncoding of [true, false]) {
      const told = await ask({ options: { transferEncoding }, answer: te('compress, chunked', LINES) }, '1.1')
      expect(told.status).toBe('BAD_CONTENT_ENCODING')
    }
  })

  test('raw, the body comes with its chunks and trailers, and the connection lives on', async () => {
    const options = { httpTransferDecoding: false, acceptEncoding: undefined }
    const answer = { headers: {}, body: Buffer.from('hello'), sent: 'bit by bit' } as const
    for (const chunkBytes of [1, 4, 100_000]) {
      const told = await ask({ options, answer, link: { chunkBytes } }, '1.1')
      const chunks = [...'hello'].map((letter) => `1\r\n${letter}\r\n`).join('')
      expect(told.body.toString()).toBe(`${chunks}0\r\nX-Trailer: behind\r\n\r\n`)
      expect(told.trailers).toBe('behind')
    }
  })
})

describe('HTTP/0.9', () => {
  async function headless(text: string, http09Allowed: boolean, chunkBytes = 100): Promise<unknown[]> {
    const { value } = await simulate(1, async (world) => {
      world.network.link('a.test', { chunkBytes })
      world.origin('http://a.test', (exchange) => {
        exchange.connection.write(new TextEncoder().encode(text))
        exchange.connection.end()
      })
      await using easy = new Easy({ url: 'http://a.test/', http09Allowed, environment: world.environment })
      return await easy.perform().then(
        (result) => [result.status, result.text(), result.httpVersion, easy.info!.httpVersion],
        (error: TransferError) => [error.code],
      )
    })
    return value
  }

  test.each(['hello, no head', 'HTML', 'H', 'HTTP', '\r\n\r\nhello', '\0'])(
    '%j is taken when allowed',
    async (text) => {
      for (const chunkBytes of [1, 3, 100])
        expect(await headless(text, true, chunkBytes)).toEqual([0, text, '0.9', '0.9'])
    },
  )

  test('and refused otherwise', async () => {
    expect(await headless('hello, no head', false)).toEqual(['UNSUPPORTED_PROTOCOL'])
  })

  test('allowed, a head is a head, and nothing is nothing', async () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
    for (const chunkBytes of [1, 3, 100])
      expect(await headless(text, true, chunkBytes)).toEqual([200, 'hi', '1.1', '1.1'])
    expect(await headless('', true)).toEqual(['GOT_NOTHING'])
    expect(await headless('HTTP/1.1 broken', true)).toEqual(['UNSUPPORTED_PROTOCOL'])
  })

  test('a later answer on a connection must have a head', async () => {
    const { value } = await simulate(1, async (world) => {
      let requests = 0
      world.origin('http://a.test', (exchange) => {
        requests += 1
        if (requests === 1) exchange.respond({ body: 'one' })
        else exchange.connection.write(new TextEncoder().encode('headless'))
      })
      await using easy = new Easy({
        url: 'http://a.test/',
        http09Allowed: true,
        environment: world.environment,
      })
      await easy.perform()
      return await easy.perform().catch((error: TransferError) => error.code)
    })
    expect(value).toBe('WEIRD_SERVER_REPLY')
  })
})

test('codings that are not visible characters are refused before anything is sent', async () => {
  for (const acceptEncoding of ['gzip x, \u4e2d', 'ä', 'x'.repeat(201)]) {
    const easy = new Easy({ url: 'http://a.test/', acceptEncoding })
    await expect(easy.perform()).rejects.toMatchObject({
      code: 'BAD_FUNCTION_ARGUMENT',
      details: { option: 'acceptEncoding' },
    })
  }
})
