/** Request and response bodies in every form, with back-pressure, pauses and 100-continue. */
import { describe, expect, test } from 'vitest'
import type { BodyInput, EasyOptions } from '@trunkline/core'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { logConnections } from '../support/engine-log.ts'

/** Answers with what it was sent, and how. */
const echo: SimHandler = async (exchange) => {
  const { fields, method } = exchange.request
  if (fields.tokens('expect').includes('100-continue')) exchange.informational(100)
  const body = await exchange.body()
  const framing = fields.first('content-length') ?? fields.first('transfer-encoding') ?? 'none'
  exchange.respond({ body: `${method} ${framing} ${Buffer.from(body).toString()}` })
}

async function* pieces(): AsyncGenerator<Uint8Array | string> {
  yield 'one,'
  yield new Uint8Array(0)
  yield Buffer.from('two,')
  yield 'thr\u00e9\u00e9'
}

const WEB = () => new Blob(['web stream']).stream() as unknown as AsyncIterable<Uint8Array>

describe('request bodies', () => {
  const CASES: readonly { name: string; options: EasyOptions; expected: string }[] = [
    { name: 'none', options: {}, expected: 'GET none ' },
    { name: 'none with POST', options: { method: 'POST' }, expected: 'POST 0 ' },
    { name: 'text, as UTF-8', options: { body: 'h\u00e9llo' }, expected: 'POST 6 h\u00e9llo' },
    { name: 'bytes', options: { body: Buffer.from('bytes'), upload: true }, expected: 'PUT 5 bytes' },
    { name: 'an empty text', options: { body: '' }, expected: 'POST 0 ' },
    { name: 'a list', options: { body: ['a', 'b'] }, expected: 'POST chunked ab' },
    {
      name: 'an async generator',
      options: { body: pieces() },
      expected: 'POST chunked one,two,thr\u00e9\u00e9',
    },
    {
      name: 'a function',
      options: { body: pieces, method: 'PATCH' },
      expected: 'PATCH chunked one,two,thr\u00e9\u00e9',
    },
    { name: 'a web stream', options: { body: WEB() }, expected: 'POST chunked web stream' },
    {
      name: 'a stream of announced length',
      options: { body: ['ab', 'cd'], headers: { 'Content-Length': '4' } },
      expected: 'POST 4 abcd',
    },
  ]
  test.each(CASES)('$name', async ({ options, expected }) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', echo)
      for (const chunkBytes of [undefined, 1]) {
        if (
          chunkBytes !== undefined &&
          options.body !== undefined &&
          typeof options.body === 'object' &&
          !Array.isArray(options.body) &&
          !(options.body instanceof Uint8Array)
        )
          continue
        world.network.link('a.test', { chunkBytes })
        const result = await new Easy({
          ...options,
          url: 'http://a.test/',
          environment: world.environment,
        }).perform()
        expect(result.text()).toBe(expected)
      }
    })
  })

  const REFUSED: readonly {
    name: string
    body: BodyInput
    headers?: Record<string, string>
    code: string
    text: RegExp
  }[] = [
    {
      name: 'shorter than announced',
      body: ['abc'],
      headers: { 'Content-Length': '4' },
      code: 'READ_ERROR',
      text: /after 3 of the 4 bytes/,
    },
    {
      name: 'longer than announced',
      body: ['abc', 'de'],
      headers: { 'Content-Length': '4' },
      code: 'READ_ERROR',
      text: /longer than the 4 bytes/,
    },
    { name: 'that throws', body: throwing(), code: 'READ_ERROR', text: /the disk is on fire/ },
    {
      name: 'of wrong pieces',
      body: [7 as unknown as string],
      code: 'READ_ERROR',
      text: /bytes or a string, not a number/,
    },
    {
      name: 'with a false Content-Length',
      body: 'abc',
      headers: { 'Content-Length': '4' },
      code: 'BAD_FUNCTION_ARGUMENT',
      text: /3 bytes long/,
    },
    {
      name: 'with a coding of the user',
      body: 'abc',
      headers: { 'Transfer-Encoding': 'gzip' },
      code: 'BAD_FUNCTION_ARGUMENT',
      text: /Transfer-Encoding/,
    },
  ]
  test.each(REFUSED)(
    'a body $name fails with $code, and the handle goes on',
    async ({ body, headers, code, text }) => {
      await simulate(1, async (world) => {
        world.origin('http://a.test', echo)
        const easy = new Easy({
          url: 'http://a.test/',
          environment: world.environment,
          expect100TimeoutMs: 0,
        })
        const error = (await easy
          .set({ body, headers })
          .perform()
          .catch((thrown: unknown) => thrown)) as Error
        expect(error).toMatchObject({ code })
        expect(error.message).toMatch(text)
        expect((await easy.reset().set({ url: 'http://a.test/' }).perform()).status).toBe(200)
      })
    },
  )

  test('a large upload waits for the connection, and progress is told', async () => {
    await simulate(1, async (world) => {
      let received = 0
      world.origin('http://a.test', async (exchange) => {
        if (exchange.request.fields.has('expect')) exchange.informational(100)
        received = (await exchange.body()).length
        exchange.respond()
      })
      world.network.link('a.test', { bytesPerSecond: 1_000_000 })
      const seen: number[] = []
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        body: new Uint8Array(3_000_000),
        progressFunction: ({ uploaded, uploadTotal }) => {
          expect(uploadTotal).toBe(3_000_000)
          seen.push(uploaded)
        },
      })
      const { info } = await easy.perform()
      expect([received, info.sizeUpload]).toEqual([3_000_000, 3_000_000])
      expect(seen.length).toBeGreaterThan(10)
      expect(world.clock.now()).toBeGreaterThan(3_000)
      expect(info.speedUpload).toBeGreaterThan(900_000)
    })
  })
})

describe('Expect: 100-continue', () => {
  const BODY = new Uint8Array(1024 * 1024 + 1)

  test('is asked for large bodies, and the body follows the answer', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(300)
        exchange.informational(100)
        await exchange.body()
        exchange.respond()
      })
      await new Easy({ url: 'http://a.test/', environment: world.environment, body: BODY }).perform()
      expect(origin.requests[0]).toMatchObject({ bodyBytes: BODY.length })
      expect(origin.requests[0]!.head.fields.first('expect')).toBe('100-continue')
    })
  })

  test('is not waited for longer than a second', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.body()
        exchange.respond()
      })
      await new Easy({ url: 'http://a.test/', environment: world.environment, body: BODY }).perform()
      expect(world.clock.now()).toBeGreaterThan(1_000)
      expect(world.clock.now()).toBeLessThan(1_100)
    })
  })

  test('a final answer means that the body is not wanted: it is not sent, and the connection is not reused', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) =>
        exchange.respond({ status: 403, body: 'no' }),
      )
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment, body: BODY })
      const lines = logConnections(easy.events)
      expect((await easy.perform()).status).toBe(403)
      expect(origin.requests[0]!.bodyBytes).toBe(0)
      expect(lines).toContain('closed #0 request-unfinished')
    })
  })

  test("417 repeats without the user's own Expect as well", async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        if (exchange.request.fields.has('expect')) return exchange.respond({ status: 417 })
        exchange.respond({ body: await exchange.body() })
      })
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment, body: 'hello' })
      const result = await easy.set({ headers: { Expect: '100-continue' } }).perform()
      expect([result.text(), origin.requests.map(({ head }) => head.fields.first('expect'))]).toEqual([
        'hello',
        ['100-continue', undefined],
      ])
    })
  })

  test('417 repeats once without asking', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        if (exchange.request.fields.has('expect')) return exchange.respond({ status: 417 })
        await exchange.body()
        exchange.respond({ body: 'taken' })
      })
      const result = await new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        body: BODY,
      }).perform()
      expect(result.text()).toBe('taken')
      expect(origin.requests.map(({ head }) => head.fields.has('expect'))).toEqual([true, false])
    })
  })

  test('an empty header line switches it off', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', echo)
      await new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        body: BODY,
        headers: ['Expect:'],
      }).perform()
      expect(origin.requests[0]!.head.fields.has('expect')).toBe(false)
    })
  })
})

describe('response bodies', () => {
  const serve: SimHandler = (exchange) => {
    exchange.head({ headers: { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum' } })
    for (let i = 0; i < 100; i += 1) exchange.chunk(`piece ${i};`)
    exchange.end({ 'X-Sum': 'abc' })
  }
  const WHOLE = Array.from({ length: 100 }, (_, i) => `piece ${i};`).join('')

  test.each([[undefined], [1], [7]])(
    'collected, with trailers, in network pieces of %s bytes',
    async (chunkBytes) => {
      await simulate(1, async (world) => {
        world.origin('http://a.test', serve)
        world.network.link('a.test', { chunkBytes })
        const result = await new Easy({ url: 'http://a.test/', environment: world.environment }).perform()
        expect(result.text()).toBe(WHOLE)
        expect(result.trailers?.first('x-sum')).toBe('abc')
        expect(result.info.sizeDownload).toBe(WHOLE.length)
      })
    },
  )

  test('by a write function that pauses at every piece, resumed later', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', serve)
      let text = ''
      const easy: Easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        writeFunction: (bytes) => {
          text += Buffer.from(bytes).toString()
          void world.sleep(10).then(() => easy.resume())
          return 'pause'
        },
      })
      const result = await easy.perform()
      expect(text).toBe(WHOLE)
      expect(result.body).toHaveLength(0)
      expect(world.clock.now()).toBeGreaterThan(990)
    })
  })

  test('as an async iterable, no faster than it is read', async () => {
    await simulate(1, async (world) => {
      let sent = 0
      world.origin('http://a.test', async (exchange) => {
        exchange.head({ headers: { 'Content-Length': '10000000' } })
        for (; sent < 10_000_000; sent += 10_000) {
          exchange.write(new Uint8Array(10_000))
          await exchange.sleep(1)
        }
        exchange.end()
      })
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
      const { status, body, finished, info } = await easy.stream()
      expect(status).toBe(200)
      await world.sleep(5_000)
      let read = 0
      expect(easy.handle.transfer?.isPaused).toBe(true)
      for await (const bytes of body) {
        read += bytes.length
      }
      await finished
      expect([read, info.sizeDownload]).toEqual([10_000_000, 10_000_000])
    })
  })

  test('as a web stream', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', serve)
      const { body } = await new Easy({ url: 'http://a.test/', environment: world.environment }).stream()
      expect(await new Response(body.web()).text()).toBe(WHOLE)
    })
  })

  test('given up half-way: the connection closes and the handle is free', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', serve)
      world.network.link('a.test', { bytesPerSecond: 1_000 })
      const easy = new Easy({ url: 'http://a.test/', environment: world.environment })
      const lines = logConnections(easy.events)
      const { body } = await easy.stream()
      for await (const bytes of body) {
        expect(bytes.length).toBeGreaterThan(0)
        break
      }
      world.network.link('a.test', { bytesPerSecond: undefined })
      expect(lines).toEqual(['opened #0', 'closed #0 transfer-aborted'])
      expect((await easy.perform()).text()).toBe(WHOLE)
    })
  })

  test('a failure in the middle reaches the reader after all that had come', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        exchange.head({ headers: { 'Content-Length': '100' } })
        exchange.write('what came')
        await exchange.sleep(50)
        exchange.connection.close()
      })
      const { body, finished } = await new Easy({
        url: 'http://a.test/',
        environment: world.environment,
      }).stream()
      await world.sleep(200)
      let text = ''
      const reading = (async () => {
        for await (const bytes of body) text += Buffer.from(bytes).toString()
      })()
      await expect(reading).rejects.toMatchObject({
        code: 'PARTIAL_FILE',
        details: { received: 9, expected: 100 },
      })
      await expect(finished).rejects.toMatchObject({ code: 'PARTIAL_FILE' })
      expect(text).toBe('what came')
    })
  })

  test.each<[string, EasyOptions, string]>([
    ['a write function that throws', { writeFunction: fail }, 'WRITE_ERROR'],
    ['a header function that throws', { headerFunction: fail }, 'WRITE_ERROR'],
    ['a progress function that throws', { progressFunction: fail }, 'ABORTED_BY_CALLBACK'],
    ['a progress function that says abort', { progressFunction: () => 'abort' }, 'ABORTED_BY_CALLBACK'],
    ['a body above maxFilesize, unannounced', { maxFilesize: 100 }, 'FILESIZE_EXCEEDED'],
  ])('%s ends the one transfer with its code', async (_name, options, code) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', serve)
      const easy = new Easy({ ...options, url: 'http://a.test/', environment: world.environment })
      await expect(easy.perform()).rejects.toMatchObject({ code })
      expect((await easy.reset().set({ url: 'http://a.test/' }).perform()).text()).toBe(WHOLE)
    })
  })

  test('failOnError does not deliver the body, and keeps the connection when the body is short', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) =>
        exchange.respond({ status: 404, body: 'not here' }),
      )
      const delivered: string[] = []
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        failOnError: true,
        writeFunction: (bytes) => void delivered.push(String(bytes)),
      })
      for (let i = 0; i < 3; i += 1) {
        await expect(easy.perform()).rejects.toMatchObject({
          code: 'HTTP_RETURNED_ERROR',
          curlNumber: 22,
          details: { status: 404 },
        })
      }
      expect(delivered).toEqual([])
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('HEAD, 204 and 304 have no body, and keep the connection', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) => {
        const status = Number(exchange.request.target.slice(1))
        exchange.respond({ status, ...(status === 200 ? { body: 'body' } : {}) })
      })
      const easy = new Easy({ environment: world.environment })
      for (const [target, options] of [
        ['200', { noBody: true }],
        ['204', {}],
        ['304', {}],
      ] as const) {
        const result = await easy
          .reset()
          .set({ ...options, url: `http://a.test/${target}` })
          .perform()
        expect([result.status, result.body.length]).toEqual([Number(target), 0])
      }
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('informational heads come one by one before the final one', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => {
        exchange.informational(103, { Link: '</a.css>' })
        exchange.informational(103, { Link: '</b.css>' })
        exchange.respond({ body: 'x' })
      })
      const heads: string[] = []
      await new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        headerFunction: (head, final) =>
          void heads.push(`${head.status} ${final} ${head.fields.first('link') ?? ''}`),
      }).perform()
      expect(heads).toEqual(['103 false </a.css>', '103 false </b.css>', '200 true '])
    })
  })
})

function fail(): never {
  throw new Error('no thanks')
}

function* throwing(): Generator<string> {
  yield 'a'
  throw new Error('the disk is on fire')
}
