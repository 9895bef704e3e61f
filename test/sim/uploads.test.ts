/** What is sent as a body, how it is told of, resumed and followed by trailers, over both versions. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { logConnections } from '../support/engine-log.ts'
import { readMultipart } from '../support/multipart-parser.ts'

const VERSIONS = ['1.1', '2-prior-knowledge'] as const

interface Seen {
  readonly method: string
  readonly fields: Record<string, string | string[]>
  readonly body: Buffer
}

interface Outcome {
  readonly outcome: string
  readonly seen: Seen[]
  readonly error: TransferError | undefined
  readonly lines: string[]
  readonly easy: Easy
}

async function noted(exchange: SimExchange, seen: Seen[]): Promise<void> {
  const { method, fields } = exchange.request
  if (fields.has('expect')) exchange.informational(100)
  seen.push({ method, fields: fields.toObject(), body: Buffer.from(await exchange.body()) })
}

async function send(
  options: EasyOptions,
  httpVersion: EasyOptions['httpVersion'],
  {
    handler,
    scene,
  }: { handler?: (seen: Seen[]) => SimHandler; scene?: (world: SimWorld, easy: Easy) => void } = {},
): Promise<Outcome> {
  const { value } = await simulate(1, async (world) => {
    const seen: Seen[] = []
    const usual: SimHandler = async (exchange) => {
      await noted(exchange, seen)
      exchange.respond({ body: 'ok' })
    }
    world.origin('http://a.test', handler?.(seen) ?? usual, { http2: true })
    const easy = new Easy({ url: 'http://a.test/', httpVersion, environment: world.environment, ...options })
    const lines = logConnections(easy.events)
    scene?.(world, easy)
    let error: TransferError | undefined
    const outcome = await easy.perform().then(
      (result) => `${result.status} ${result.text()}`,
      (thrown: TransferError) => {
        error = thrown
        return thrown.code
      },
    )
    // What was sent may still be on its way.
    await world.sleep(2_000)
    return { outcome, seen, error, lines, easy }
  })
  return value
}

describe.each(VERSIONS)('over HTTP/%s', (version) => {
  describe('a body', () => {
    const blob = new Blob(['a blob'], { type: 'text/x' })
    const CASES: readonly (readonly [string, EasyOptions, string, string | undefined, string])[] = [
      ['of fields', { postFields: 'a=1&b=2' }, 'a=1&b=2', 'application/x-www-form-urlencoded', '7'],
      ['of no fields', { postFields: '' }, '', 'application/x-www-form-urlencoded', '0'],
      [
        'of pairs',
        { postFields: new URLSearchParams({ 'a b': '\u00e9' }) },
        'a+b=%C3%A9',
        'application/x-www-form-urlencoded',
        '10',
      ],
      ['of fields of another type', { postFields: 'x', headers: { 'content-type': 'a/b' } }, 'x', 'a/b', '1'],
      [
        'of fields of no type',
        { postFields: 'x', headers: { 'Content-Type': undefined } },
        'x',
        undefined,
        '1',
      ],
      ['of JSON', { json: { a: [1, null, '\u00e9'] } }, '{"a":[1,null,"\u00e9"]}', 'application/json', '19'],
      ['of JSON text', { json: '{ "a": 1 }' }, '{ "a": 1 }', 'application/json', '10'],
      ['of null', { json: null }, 'null', 'application/json', '4'],
      [
        'of URLSearchParams',
        { body: new URLSearchParams({ a: '1' }) },
        'a=1',
        'application/x-www-form-urlencoded;charset=UTF-8',
        '3',
      ],
      ['of a blob', { body: blob }, 'a blob', 'text/x', '6'],
      ['of a file', { body: { file: 'f' } }, 'a file', undefined, '6'],
      ['of bytes', { body: 'plain' }, 'plain', undefined, '5'],
    ]
    test.each(CASES)('%s', async (_case, options, text, type, length) => {
      const { outcome, seen } = await send(options, version, {
        scene: (world) => world.files.set('f', 'a file'),
      })
      expect(outcome).toBe('200 ok')
      const [{ method, fields, body } = { method: '', fields: {}, body: Buffer.alloc(0) }] = seen
      expect([method, body.toString(), fields['content-type'], fields['content-length']]).toEqual([
        'POST',
        text,
        type,
        length,
      ])
      expect(fields['accept']).toBe(options.json === undefined ? '*/*' : 'application/json')
    })

    test('of FormData is a form, with the types of its files', async () => {
      const body = new FormData()
      body.append('text', 'a"b')
      body.append('file', new Blob(['<p>'], { type: 'text/html' }), 'a.html')
      body.append('blob', new Blob(['?']))
      const { seen } = await send({ body }, version)
      const parts = readMultipart(seen[0]!.fields['content-type'] as string, seen[0]!.body)
      expect(parts.map(({ headers, body: text }) => [...Object.values(headers), text.toString()])).toEqual([
        ['form-data; name="text"', 'a"b'],
        ['form-data; name="file"; filename="a.html"', 'text/html', '<p>'],
        ['form-data; name="blob"; filename="blob"', 'application/octet-stream', '?'],
      ])
    })

    test('is one, or the request is refused', async () => {
      const { error, lines } = await send({ postFields: 'a', mimePost: [] }, version)
      expect(error).toMatchObject({
        code: 'BAD_FUNCTION_ARGUMENT',
        message: expect.stringMatching(/postFields and mimePost are both set/),
      })
      expect(lines).toEqual([])
    })

    test('is dropped with all that speaks of it when a redirect turns to GET', async () => {
      for (const options of [
        { postFields: 'a' },
        { json: 1 },
        { mimePost: [{ name: 'a' }] },
      ] as EasyOptions[]) {
        const { seen } = await send({ ...options, followLocation: true, trailers: { 'X-T': '1' } }, version, {
          handler: (all) => async (exchange) => {
            await noted(exchange, all)
            if (all.length === 1) exchange.respond({ status: 302, headers: { Location: '/next' } })
            else exchange.respond({ body: 'ok' })
          },
        })
        expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET'])
        for (const name of ['content-type', 'content-length', 'transfer-encoding', 'trailer'])
          expect(seen[1]!.fields[name]).toBeUndefined()
      }
    })
  })

  describe('the size', () => {
    test('is told by inFileSize for what cannot tell it', async () => {
      const { seen } = await send({ body: ['ab', 'c'], inFileSize: 3, upload: true }, version)
      expect([seen[0]!.method, seen[0]!.fields['content-length'], seen[0]!.body.toString()]).toEqual([
        'PUT',
        '3',
        'abc',
      ])
    })

    test.each([
      ['has fewer bytes', { body: ['ab'], inFileSize: 3 }, 'READ_ERROR', /after 2 of the 3 bytes/],
      ['has more', { body: ['abcd'], inFileSize: 3 }, 'READ_ERROR', /longer than the 3 bytes/],
      [
        'is known to have others',
        { body: 'ab', inFileSize: 3 },
        'BAD_FUNCTION_ARGUMENT',
        /inFileSize says 3 bytes, but the body has 2/,
      ],
    ] as const)('is held to: a body that %s', async (_case, options, code, message) => {
      const { error } = await send(options, version)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    })
  })

  describe('an upload that goes on', () => {
    const once = function* (): Generator<string> {
      yield '012'
      yield '3456'
      yield '789'
    }
    test.each<readonly [string, EasyOptions]>([
      ['bytes', { body: '0123456789' }],
      ['a file', { body: { file: 'f' } }],
      ['a blob', { body: new Blob(['0123456789']) }],
      ['a stream of known size', { body: once, inFileSize: 10 }],
      ['a stream whose rest is announced', { body: once, headers: { 'Content-Length': '6' } }],
    ])('sends the rest of %s, and says which part it is', async (_case, options) => {
      const { seen, outcome } = await send({ ...options, upload: true, resumeFrom: 4 }, version, {
        scene: (world) => world.files.set('f', '0123456789'),
      })
      expect(outcome).toBe('200 ok')
      const { fields, body } = seen[0]!
      expect([fields['content-range'], fields['content-length'], fields['range'], body.toString()]).toEqual([
        'bytes 4-9/10',
        '6',
        undefined,
        '456789',
      ])
    })

    test('from nobody knows where, all of it, with its range', async () => {
      const { seen } = await send({ body: { file: 'f' }, upload: true, resumeFrom: -1 }, version, {
        scene: (world) => world.files.set('f', '0123456789'),
      })
      expect([seen[0]!.fields['content-range'], seen[0]!.body.length]).toEqual(['bytes 0-9/10', 10])
    })

    test('in a range of its own', async () => {
      const { seen } = await send({ body: 'abc', upload: true, range: '5-7' }, version)
      expect(seen[0]!.fields['content-range']).toBe('bytes 5-7/3')
    })

    test.each<readonly [string, EasyOptions, string, RegExp]>([
      [
        'of which nothing is left',
        { body: 'abc', resumeFrom: 3 },
        'PARTIAL_FILE',
        /nothing is left to send from byte 3/,
      ],
      ['of unknown size', { body: ['abc'], resumeFrom: 1 }, 'BAD_FUNCTION_ARGUMENT', /give inFileSize/],
      [
        'that ends before',
        { body: ['abc'], resumeFrom: 5, inFileSize: 9 },
        'READ_ERROR',
        /ended after 3 bytes, before byte 5/,
      ],
      [
        'of two ranges',
        { body: 'abc', resumeFrom: 1, range: '0-1' },
        'BAD_FUNCTION_ARGUMENT',
        /cannot be had together/,
      ],
    ])('is refused: one %s', async (_case, options, code, message) => {
      const { error, seen } = await send(options, version)
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
      expect(seen).toEqual([])
    })
  })

  describe('trailers', () => {
    /** Heads and trailers as the server of the simulator read them. */
    async function trailersOf(
      options: EasyOptions,
    ): Promise<{ announced: unknown; wire: string; outcome: string; error: TransferError | undefined }> {
      const { seen, outcome, error } = await send(options, version)
      return { announced: seen[0]?.fields['trailer'], wire: JSON.stringify(seen[0]?.fields), outcome, error }
    }

    test('follow the body and are announced', async () => {
      const { announced, wire, outcome } = await trailersOf({
        body: 'abc',
        trailers: { 'X-Sum': '1', 'X-More': '2' },
      })
      expect([announced, outcome]).toEqual(['X-Sum, X-More', '200 ok'])
      expect(wire).not.toContain('content-length')
    })

    test('may be made when the body has been sent', async () => {
      const order: string[] = []
      const { outcome } = await trailersOf({
        body: (function* () {
          yield 'abc'
          order.push('body')
        })(),
        trailers: () => {
          order.push('trailers')
          return { 'X-Sum': '3' }
        },
      })
      expect([outcome, order]).toEqual(['200 ok', ['body', 'trailers']])
    })

    test.each<readonly [string, EasyOptions['trailers'], string, RegExp]>([
      [
        'that frame the message',
        { 'Content-Length': '3' },
        'BAD_FUNCTION_ARGUMENT',
        /"Content-Length" is not allowed in a trailer/,
      ],
      [
        'of a function with a line end',
        () => ({ 'X-A': 'b\r\nX-C: d' }),
        'BAD_FUNCTION_ARGUMENT',
        /option trailers must not hold the character U\+000D in the value of "X-A"/,
      ],
      [
        'of a function that routes',
        () => ({ Host: 'b.test' }),
        'BAD_FUNCTION_ARGUMENT',
        /"Host" is not allowed/,
      ],
      [
        'of a function that throws',
        () => {
          throw new Error('no sum')
        },
        'ABORTED_BY_CALLBACK',
        /no sum/,
      ],
      [
        'of a function that returns nothing',
        (() => undefined) as never,
        'BAD_FUNCTION_ARGUMENT',
        /trailers must be/,
      ],
    ])('%s end the transfer', async (_case, trailers, code, message) => {
      const { outcome, error } = await trailersOf({ body: 'abc', trailers })
      expect(outcome).toBe(code)
      expect(error!.message).toMatch(message)
    })
  })

  describe('a response before the end of the upload', () => {
    const BODY = new Uint8Array(2_000_000)
    /** Answers `status` when the first bytes are there, and notes how much it was sent in the end. */
    const early =
      (status: number): ((seen: Seen[]) => SimHandler) =>
      (seen) =>
      async (exchange) => {
        exchange.respond({ status, body: 'early' })
        const body = await exchange.body().catch(() => new Uint8Array(0))
        seen.push({ method: '', fields: {}, body: Buffer.from(body) })
      }
    const slow = (world: SimWorld): void =>
      void world.network.link('a.test', { bytesPerSecond: 5_000_000, delayMs: 1 })
    const NO_EXPECT = { headers: { Expect: undefined } }

    test.each([413, 500, 301])('of %i ends the sending', async (status) => {
      const { outcome, easy, seen } = await send({ body: BODY, ...NO_EXPECT }, version, {
        handler: early(status),
        scene: slow,
      })
      expect(outcome).toBe(`${status} early`)
      expect(easy.info!.sizeUpload).toBeLessThan(BODY.length)
      expect(seen.every(({ body }) => body.length < BODY.length)).toBe(true)
    })

    test('of 200 does not', async () => {
      const { outcome, seen } = await send({ body: BODY, ...NO_EXPECT }, version, {
        handler: early(200),
        scene: slow,
      })
      expect([outcome, seen[0]?.body.length]).toEqual(['200 early', BODY.length])
    })

    test('nor does any, with keepSendingOnError; and the connection lives', async () => {
      const { outcome, seen, lines } = await send(
        { body: BODY, keepSendingOnError: true, ...NO_EXPECT },
        version,
        {
          handler: early(413),
          scene: slow,
        },
      )
      expect([outcome, seen[0]?.body.length]).toEqual(['413 early', BODY.length])
      expect(lines.filter((line) => line.startsWith('closed'))).toEqual([])
    })
  })
})

describe('over HTTP/1.1', () => {
  test('the head is in the order of libcurl', async () => {
    const { value: order } = await simulate(1, async (world) => {
      let names: string[] = []
      world.origin('http://a.test', async (exchange) => {
        names = Array.from(exchange.request.fields, ([name]) => name)
        if (exchange.request.fields.has('expect')) exchange.informational(100)
        await exchange.body()
        exchange.respond()
      })
      const easy = new Easy({
        url: 'http://a.test/',
        environment: world.environment,
        userAgent: 'x',
        username: 'me',
      })
      await easy
        .set({ postFields: 'abc', resumeFrom: 1, headers: { 'X-Own': '1', Expect: '100-continue' } })
        .perform()
      return names
    })
    expect(order).toEqual([
      'Host',
      'Authorization',
      'Content-Range',
      'User-Agent',
      'Accept',
      'X-Own',
      'Expect',
      'Content-Length',
      'Content-Type',
    ])
  })

  test('chunks are sent when they are asked for', async () => {
    const { seen } = await send({ postFields: '', headers: { 'Transfer-Encoding': 'chunked' } }, '1.1')
    expect([seen[0]!.fields['transfer-encoding'], seen[0]!.fields['content-length']]).toEqual([
      'chunked',
      undefined,
    ])
  })

  test('a 417 is told to the header function, and repeats', async () => {
    const heads: string[] = []
    const { outcome } = await send(
      {
        body: 'abc',
        headers: { Expect: '100-continue' },
        headerFunction: ({ status }, isFinal) => heads.push(`${status} ${isFinal}`),
      },
      '1.1',
      {
        handler: (seen) => async (exchange) => {
          if (exchange.request.fields.has('expect')) return exchange.respond({ status: 417 })
          await noted(exchange, seen)
          exchange.respond({ body: 'ok' })
        },
      },
    )
    expect([outcome, heads]).toEqual(['200 ok', ['417 false', '200 true']])
  })
})

test('HTTP/1.0 has no way to send a body of unknown size', async () => {
  const { error } = await send({ body: ['a'] }, '1.0')
  expect(error).toMatchObject({ code: 'UPLOAD_FAILED', curlNumber: 25 })
})

test('a download of which nothing is left has not failed, failOnError or not', async () => {
  const { outcome, easy } = await send({ resumeFrom: 10, failOnError: true }, '1.1', {
    handler: () => (exchange) => exchange.respond({ status: 416 }),
  })
  expect([outcome, easy.info!.conditionUnmet]).toEqual(['416 ', true])
})
