/** Rate limits, and the policy by which a transfer is begun again; over both versions, in virtual time. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

const VERSIONS = ['1.1', '2-prior-knowledge'] as const

interface Stage {
  readonly world: SimWorld
  /** When each request came. */
  readonly times: number[]
  make(options?: EasyOptions): Easy
}

async function play<T>(
  answer: (exchange: SimExchange, count: number) => void | Promise<void>,
  run: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { value } = await simulate(1, async (world) => {
    const times: number[] = []
    world.origin(
      'http://a.test',
      (exchange) => {
        times.push(world.clock.now())
        return answer(exchange, times.length)
      },
      { http2: true },
    )
    return run({
      world,
      times,
      make: (options) => new Easy({ environment: world.environment, url: 'http://a.test/', ...options }),
    })
  })
  return value
}

/** Bytes of which each tells its place. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31) & 0xff)
}

describe.each(VERSIONS)('rates over HTTP/%s', (httpVersion) => {
  test.each([
    [10, 25],
    [1_000, 10_000],
    [1_000_000, 3_000_000],
  ])('a body comes at %i bytes/s, whole and in order (%i bytes)', async (maxRecvSpeed, length) => {
    await play(
      (exchange) => exchange.respond({ body: pattern(length) }),
      async ({ make }) => {
        const easy = make({ maxRecvSpeed, httpVersion })
        const result = await easy.perform()
        expect(Buffer.compare(result.body, pattern(length))).toBe(0)
        const seconds = easy.info!.totalTimeUs / 1e6
        expect(seconds).toBeGreaterThan((length / maxRecvSpeed) * 0.85)
        expect(seconds).toBeLessThan((length / maxRecvSpeed) * 1.1 + 0.2)
      },
    )
  })

  test('a body goes at its rate, whole and in order', async () => {
    for (const body of [pattern(5_000), () => [pattern(3_000), pattern(5_000).slice(3_000)]] as const) {
      await play(
        async (exchange) => {
          const got = await exchange.body()
          exchange.respond({ body: String(Buffer.compare(got, pattern(5_000))) })
        },
        async ({ make }) => {
          const easy = make({ maxSendSpeed: 1_000, httpVersion, body, headers: { Expect: undefined } })
          expect((await easy.perform()).text()).toBe('0')
          const seconds = easy.info!.totalTimeUs / 1e6
          expect(seconds).toBeGreaterThan(4.2)
          expect(seconds).toBeLessThan(5.7)
          expect(easy.info!.sizeUpload).toBe(5_000)
        },
      )
    }
  })

  test('pausing and going on in the middle of a slow body loses nothing', async () => {
    await play(
      (exchange) => exchange.respond({ body: pattern(2_000) }),
      async ({ make, world }) => {
        const pieces: Uint8Array[] = []
        const easy = make({
          maxRecvSpeed: 1_000,
          httpVersion,
          writeFunction: (bytes) => {
            pieces.push(bytes.slice())
            return pieces.length % 3 === 0 ? 'pause' : undefined
          },
        })
        const done = easy.perform()
        for (let turn = 0; turn < 60; turn += 1) {
          await world.sleep(130)
          easy.resume()
        }
        await done
        expect(Buffer.compare(Buffer.concat(pieces), pattern(2_000))).toBe(0)
      },
    )
  })

  test('aborted at any moment, nothing is left behind', async () => {
    for (let ms = 0; ms < 1_500; ms += 70) {
      await play(
        async (exchange) => exchange.respond({ body: await exchange.body() }),
        async ({ make, world }) => {
          const easy = make({ maxRecvSpeed: 1_000, maxSendSpeed: 1_000, httpVersion, body: pattern(700) })
          const done = easy.perform().then(
            (result) => result.body.length,
            (error: TransferError) => error.code,
          )
          await world.sleep(ms)
          easy.abort()
          expect(['ABORTED_BY_CALLBACK', 700]).toContain(await done)
          easy.set({ maxRecvSpeed: 0, maxSendSpeed: 0 })
          expect((await easy.perform()).body.length).toBe(700)
        },
      )
    }
  })
})

describe.each(VERSIONS)('the retry policy over HTTP/%s', (httpVersion) => {
  test.each([408, 429, 500, 502, 503, 504, 522, 524])(
    '%i is tried again, later and later',
    async (status) => {
      await play(
        (exchange, count) => exchange.respond(count < 4 ? { status, body: 'busy' } : { body: 'ok' }),
        async ({ make, times }) => {
          const easy = make({ retry: 5, httpVersion })
          expect((await easy.perform()).text()).toBe('ok')
          const gaps = times.slice(1).map((at, index) => at - times[index]!)
          expect(gaps[0]).toBeGreaterThanOrEqual(500)
          expect(gaps[0]).toBeLessThanOrEqual(1_001)
          expect(gaps[1]).toBeGreaterThanOrEqual(1_000)
          expect(gaps[2]).toBeGreaterThanOrEqual(2_000)
          expect(gaps[2]).toBeLessThanOrEqual(4_001)
          expect([easy.info!.retryCount, easy.info!.numConnects]).toEqual([3, 1])
        },
      )
    },
  )

  test('the last answer is delivered when the tries are used up', async () => {
    await play(
      (exchange, count) => exchange.respond({ status: 503, body: `busy ${count}` }),
      async ({ make }) => {
        const result = await make({ retry: 2, httpVersion }).perform()
        expect([result.status, result.text()]).toEqual([503, 'busy 3'])
      },
    )
  })

  test('Retry-After is heeded, and is too long when no time is left for it', async () => {
    await play(
      (exchange, count) =>
        count === 1
          ? exchange.respond({ status: 503, headers: { 'Retry-After': '7' } })
          : exchange.respond({ status: 429, headers: { 'Retry-After': '100' }, body: 'later' }),
      async ({ make, times }) => {
        const result = await make({ retry: 5, retryMaxTimeMs: 60_000, httpVersion }).perform()
        expect(result.status).toBe(429)
        expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(7_000)
      },
    )
  })

  test('a fixed delay is kept', async () => {
    await play(
      (exchange, count) => exchange.respond({ status: count < 3 ? 500 : 200 }),
      async ({ make, times }) => {
        await make({ retry: 5, retryDelayMs: 250, httpVersion }).perform()
        for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeCloseTo(250, -1)
      },
    )
  })

  test('404 is an answer, and a POST that may have been acted on is not repeated unless asked', async () => {
    await play(
      (exchange) => exchange.respond({ status: exchange.request.method === 'POST' ? 500 : 404 }),
      async ({ make, times }) => {
        expect((await make({ retry: 3, httpVersion }).perform()).status).toBe(404)
        expect((await make({ retry: 3, httpVersion, body: 'x' }).perform()).status).toBe(500)
        expect(times).toHaveLength(2)
        await make({ retry: 3, httpVersion, body: 'x', retryUnsafe: true }).perform()
        expect(times).toHaveLength(6)
      },
    )
  })

  test('a body that breaks off is fetched anew when it was only gathered', async () => {
    await play(
      (exchange, count) => {
        exchange.head({ headers: { 'Content-Length': '6' } })
        exchange.write('abc')
        if (count < 3) exchange.reset()
        else {
          exchange.write('def')
          exchange.end()
        }
      },
      async ({ make, times }) => {
        expect((await make({ retry: 5, httpVersion }).perform()).text()).toBe('abcdef')
        expect(times.length).toBe(3)
        await expect(
          make({ retry: 5, httpVersion, writeFunction: () => undefined }).perform(),
        ).resolves.toBeDefined()
      },
    )
  })

  test('what was handed on is not taken back', async () => {
    await play(
      (exchange) => {
        exchange.head({ headers: { 'Content-Length': '6' } })
        exchange.write('abc')
        exchange.reset()
      },
      async ({ make, times }) => {
        const failing = make({ retry: 5, httpVersion, writeFunction: () => undefined }).perform()
        await expect(failing).rejects.toMatchObject({
          code: expect.stringMatching(/RECV_ERROR|HTTP2_STREAM|PARTIAL/),
        })
        expect(times).toHaveLength(1)
      },
    )
  })

  test('timeoutMs holds for all tries together, aborts end the waiting at once', async () => {
    await play(
      (exchange) => exchange.respond({ status: 503 }),
      async ({ make, world }) => {
        await expect(make({ retry: 100, timeoutMs: 5_000, httpVersion }).perform()).rejects.toMatchObject({
          code: 'OPERATION_TIMEDOUT',
        })
        const before = world.clock.now()
        const easy = make({ retry: 100, retryDelayMs: 10_000, httpVersion })
        const done = easy.perform()
        await world.sleep(5_000)
        easy.abort()
        await expect(done).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
        expect(world.clock.now() - before).toBeLessThan(5_100)
      },
    )
  })

  test('after a redirect the tries begin at the beginning', async () => {
    const seen: string[] = []
    await play(
      (exchange, count) => {
        seen.push(exchange.request.target)
        if (exchange.request.target === '/') exchange.respond({ status: 302, headers: { Location: '/b' } })
        else exchange.respond({ status: count < 4 ? 503 : 200 })
      },
      async ({ make }) => {
        expect((await make({ retry: 3, followLocation: true, httpVersion }).perform()).status).toBe(200)
        expect(seen).toEqual(['/', '/b', '/', '/b'])
      },
    )
  })
})

test('a server that is not there yet is found when it is', async () => {
  const { value } = await simulate(1, async (world) => {
    const easy = new Easy({ environment: world.environment, url: 'http://a.test/', retry: 10 })
    world.network.name('a.test', ['10.9.9.9'])
    const done = easy.perform()
    await world.sleep(5_000)
    world.origin('http://a.test', (exchange) => exchange.respond({ body: 'here' }))
    return [(await done).text(), easy.info!.retryCount]
  })
  expect(value[0]).toBe('here')
  expect(value[1]).toBeGreaterThan(1)
})
