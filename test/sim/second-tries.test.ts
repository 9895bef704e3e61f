/** What a second try must not inherit from the first, and what an early or repeated answer does to a request. */
import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'

const LARGE = new Uint8Array(2 * 1024 * 1024)
const URL_A = 'http://a.test/'

/** Answers the first request of a connection; leaves its second one hanging, and breaks it after `ms`. */
const diesLater =
  (ms: number): SimHandler =>
  async (exchange) => {
    if (exchange.connection.id === 1 && exchange.connection.exchanges === 2) {
      await exchange.sleep(ms)
      return exchange.connection.reset()
    }
    if (exchange.request.fields.has('expect')) exchange.informational(100)
    await exchange.body()
    exchange.respond({ body: 'well' })
  }

/** A body without end; `cleanUp` is called when no more is wanted. */
const endlessUntil = (cleanUp: () => void): (() => Iterable<string>) => {
  const iterator: Iterator<string> = {
    next: () => ({ done: false, value: 'x'.repeat(1_000) }),
    return: () => {
      cleanUp()
      return { done: true, value: undefined }
    },
  }
  return () => ({ [Symbol.iterator]: () => iterator })
}

describe('a retry', () => {
  test('does not begin when the clean-up of the first body ends the transfer', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        if (exchange.connection.exchanges === 1) return exchange.respond({ body: 'x' })
        await exchange.sleep(20)
        exchange.connection.reset()
      })
      world.network.link('a.test', { bytesPerSecond: 1_000_000 })
      const easy = new Easy({ url: URL_A, environment: world.environment, headers: ['Expect:'] })
      await easy.perform()
      easy.set({ upload: true, body: endlessUntil(() => easy.abort('cleaned up')) })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      await world.sleep(5_000)
      expect([origin.connectionsAccepted, world.network.openConnections]).toEqual([1, 0])
    })
  })

  test('is not hurt by the wait for 100 Continue of the try before it', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', diesLater(900))
      const easy = new Easy({ url: URL_A, environment: world.environment })
      await easy.perform()
      world.network.link('a.test', { connectDelayMs: 500 })
      const result = await easy.set({ upload: true, body: LARGE }).perform()
      expect([result.text(), result.info.numRetries]).toEqual(['well', 1])
    })
  })

  test.each([['firstByteTimeoutMs'], ['idleTimeoutMs']] as const)('has its own %s', async (option) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', diesLater(900))
      const easy = new Easy({ url: URL_A, environment: world.environment })
      await easy.perform()
      world.network.link('a.test', { connectDelayMs: 500 })
      expect((await easy.set({ [option]: 1_000 }).perform()).text()).toBe('well')
    })
  })

  test('tells how much of the request had been sent, and that nothing had come back', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', diesLater(1))
      const easy = new Easy({ url: URL_A, environment: world.environment })
      const details: object[] = []
      easy.events.on('transfer-retried', (_, error) => details.push(error.details))
      await easy.perform()
      await easy.set({ upload: true, body: 'five!' }).perform()
      const { requestSize } = easy.info!
      expect(details).toEqual([
        expect.objectContaining({ connection: 0, request: 2, sent: requestSize / 2 + 5, received: 0 }),
      ])
    })
  })

  test('of a request behind an announced close is always safe: the server did not act on it (RFC 9112 9.6)', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(20)
        exchange.respond({
          body: 'x',
          headers: exchange.connection.exchanges === 2 ? { Connection: 'close' } : {},
        })
      })
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1, pipelining: 4 })
      await multi.add(new Easy({ url: URL_A, environment }))
      const runs = [1, 2, 3].map(() => multi.add(new Easy({ url: URL_A, environment })))
      expect((await Promise.all(runs)).map(({ status }) => status)).toEqual([200, 200, 200])
    })
  })
})

describe('a body that can be read once', () => {
  test('is not sent empty by a second run of the handle, nor is anything sent at all', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', diesLater(1))
      function* once(): Generator<string> {
        yield 'five!'
      }
      const body = once()
      const easy = new Easy({ url: URL_A, environment: world.environment, body, headers: ['Expect:'] })
      await easy.perform()
      const repeats = [
        easy.set({ timeoutMs: 5_000 }),
        easy.set({ body: 'other' }).set({ body }),
        easy.duplicate(),
      ]
      for (const repeat of repeats)
        await expect(repeat.perform()).rejects.toMatchObject({ code: 'SEND_FAIL_REWIND', curlNumber: 65 })
      expect(origin.requests.map(({ bodyBytes }) => bodyBytes)).toEqual([5])
    })
  })

  test('is still whole after a run that came to nothing before it was read', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', diesLater(1))
      function* once(): Generator<string> {
        yield 'five!'
      }
      const easy = new Easy({ url: 'http://nowhere.test/', environment: world.environment, body: once() })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'COULDNT_RESOLVE_HOST' })
      await easy.set({ url: URL_A }).perform()
      expect(origin.requests[0]!.bodyBytes).toBe(5)
    })
  })

  test.each<[string, (easy: Easy) => Iterable<string> | (() => Iterable<string>)]>([
    [
      'a generator',
      (easy) =>
        (function* () {
          yield 'a'
          easy.abort()
          yield 'b'
        })(),
    ],
    [
      'a function that opens it',
      (easy) => () => {
        easy.abort()
        return ['a']
      },
    ],
    [
      'an iterator whose return() throws',
      (easy) => ({
        [Symbol.iterator]: () => ({
          next: () => {
            easy.abort()
            return { done: false, value: 'a' }
          },
          return: () => {
            throw new Error('cannot stop')
          },
        }),
      }),
    ],
  ])('may end its own transfer: %s', async (_name, make) => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', diesLater(1))
      const easy = new Easy({ url: URL_A, environment: world.environment, headers: ['Expect:'] })
      easy.set({ body: make(easy) })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      expect((await easy.set({ body: undefined }).perform()).status).toBe(200)
    })
  })
})

describe('a response that is complete before its request', () => {
  const early =
    (status: number): SimHandler =>
    async (exchange) => {
      exchange.respond({ status, body: 'early' })
      await exchange.body()
    }
  const upload = { url: URL_A, upload: true, body: LARGE, headers: ['Expect:'] }

  test('waits for the rest of the request below 300, as in curl', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', early(200))
      world.network.link('a.test', { bytesPerSecond: 1_000_000 })
      const easy = new Easy({ ...upload, environment: world.environment })
      expect((await easy.perform()).text()).toBe('early')
      expect((await easy.set({ body: 'x' }).perform()).info.connReused).toBe(true)
      expect(origin.requests.map(({ bodyBytes }) => bodyBytes)).toEqual([LARGE.length, 1])
    })
  })

  test('ends the request from 300 on', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', early(413))
      world.network.link('a.test', { bytesPerSecond: 1_000_000 })
      const result = await new Easy({ ...upload, environment: world.environment }).perform()
      expect([result.status, result.text()]).toEqual([413, 'early'])
      expect(origin.requests[0]!.bodyBytes).toBeLessThan(LARGE.length)
    })
  })

  test('stops the source from 300 on, at once', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        exchange.head({ status: 404, headers: { 'Content-Length': '2' } })
        await exchange.sleep(1_000)
        exchange.write('no')
        exchange.end()
      })
      let pieces = 0
      let stoppedAt = Infinity
      async function* endless(): AsyncGenerator<string> {
        try {
          for (;;) {
            pieces += 1
            yield 'x'
            await world.sleep(10)
          }
        } finally {
          stoppedAt = world.clock.now()
        }
      }
      const easy = new Easy({ url: URL_A, environment: world.environment, body: endless() })
      const result = await easy.set({ headers: ['Expect:'] }).perform()
      expect([result.status, result.text()]).toEqual([404, 'no'])
      expect(stoppedAt).toBeLessThan(100)
      expect(pieces).toBeLessThan(10)
    })
  })

  test('may be ended by the clean-up of its source', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', early(413))
      const easy = new Easy({ ...upload, environment: world.environment })
      easy.set({ body: endlessUntil(() => easy.abort('cleaned up')) })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
      await world.sleep(5_000)
      expect(world.network.openConnections).toBe(0)
    })
  })

  test('makes excess of all that comes behind it', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => {
        exchange.respond({ body: 'early' })
        for (let i = 0; i < 50; i += 1) exchange.connection.write('x'.repeat(100_000))
      })
      world.network.link('a.test', { bytesPerSecond: 1_000_000 })
      const easy = new Easy({ ...upload, environment: world.environment })
      const lines: string[] = []
      easy.events.on('connection-closed', (_, reason) => lines.push(reason))
      expect((await easy.perform()).text()).toBe('early')
      expect(lines).toEqual(['excess-bytes'])
    })
  })

  test('is whole also when the server closes instead of reading on', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => {
        exchange.respond({ body: 'early' })
        exchange.connection.close()
      })
      world.network.link('a.test', { bytesPerSecond: 1_000_000 })
      expect((await new Easy({ ...upload, environment: world.environment }).perform()).text()).toBe('early')
    })
  })
})

describe('deadlines mean what they say', () => {
  test('firstByteTimeoutMs goes on after 100 Continue', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        exchange.informational(100)
        await exchange.body()
      })
      const easy = new Easy({
        url: URL_A,
        environment: world.environment,
        body: LARGE,
        firstByteTimeoutMs: 700,
      })
      await expect(easy.perform()).rejects.toMatchObject({ details: { deadline: 'first-byte' } })
      expect(world.clock.now()).toBeLessThan(1_000)
    })
  })

  test('firstByteTimeoutMs is over with the first byte of the final head, also behind an informational one', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        exchange.informational(103)
        await exchange.sleep(300)
        exchange.connection.write('HTTP/1.1 200 OK\r\n')
        await exchange.sleep(300)
        exchange.connection.write('Content-Length: 2\r\n\r\nok')
      })
      const easy = new Easy({ url: URL_A, environment: world.environment, firstByteTimeoutMs: 500 })
      const { info } = await easy.perform()
      // libcurl counts from the first byte of all.
      expect(info.startTransferTimeUs).toBeLessThan(100_000)
    })
  })

  test('a wait or a pause that ends late in a second is no slow second', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(exchange.request.target === '/first' ? 5_900 : 800)
        exchange.respond({ body: 'x' })
      })
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1 })
      const first = multi.add(new Easy({ url: `${URL_A}first`, environment }))
      const second = new Easy({ url: URL_A, environment, lowSpeedLimit: 1, lowSpeedTimeMs: 1_000 })
      expect((await multi.add(second)).status).toBe(200)
      await first
    })
  })

  test('a paused second is not slow, and what follows is measured anew', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        exchange.head({ headers: { 'Content-Length': '20000' } })
        for (let i = 0; i < 20; i += 1) {
          exchange.write(new Uint8Array(1_000))
          await exchange.sleep(1_000)
        }
        exchange.end()
      })
      let pieces = 0
      const easy: Easy = new Easy({
        url: URL_A,
        environment: world.environment,
        lowSpeedLimit: 900,
        lowSpeedTimeMs: 5_000,
        writeFunction: () => {
          pieces += 1
          if (pieces === 3) return 'pause'
        },
      })
      const run = easy.perform()
      await world.sleep(14_000)
      easy.resume()
      expect((await run).info.sizeDownload).toBe(20_000)
    })
  })

  test('waiting at a limit and being paused are not slowness', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(5_000)
        exchange.respond({ body: 'x' })
      })
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1 })
      const first = multi.add(new Easy({ url: URL_A, environment }))
      const slow = new Easy({ url: URL_A, environment, lowSpeedLimit: 1, lowSpeedTimeMs: 6_000 })
      expect((await multi.add(slow)).status).toBe(200)
      await first
    })
  })

  test('queueTimeoutMs counts the time spent waiting, over all tries', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        if (exchange.connection.exchanges === 2 && exchange.connection.id === 1) {
          await exchange.sleep(2_000)
          return exchange.connection.reset()
        }
        await exchange.sleep(10)
        exchange.respond({ body: 'x' })
      })
      const { environment } = world
      const multi = new Multi({ environment, maxHostConnections: 1 })
      const get = () => multi.add(new Easy({ url: URL_A, environment, queueTimeoutMs: 1_000 }))
      await get()
      // Two seconds on a connection that dies are no time in a queue.
      expect((await get()).info.numRetries).toBe(1)
    })
  })
})

describe('secrets', () => {
  test('are in nothing that multis, shares and their events show', async () => {
    let seen = ''
    const note = (value: unknown): void => {
      seen += `${inspect(value, { depth: 20, showHidden: true })} ${JSON.stringify(value)}`
    }
    await simulate(1, async (world) => {
      world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(10)
        exchange.respond()
      })
      const { environment } = world
      const share = new Share({ environment })
      const multi = new Multi({ environment })
      const secrets = {
        url: 'http://user:hunter2@a.test/',
        password: 'hunter2',
        keyPasswd: 'hunter2',
        headers: { Cookie: 'hunter2' },
      }
      const easy = new Easy({ ...secrets, share })
      for (const event of ['transfer-queued', 'transfer-started', 'transfer-done'] as const)
        multi.events.on(event, (...told) => note(told))
      for (const event of ['connection-opened', 'connection-idle'] as const)
        multi.events.on(event, (...told) => note(told))
      const runs = [easy.perform(), multi.add(new Easy({ ...secrets, environment }))]
      await world.sleep(5)
      for (const one of [easy, multi, share, multi.connections(), easy.info]) note(one)
      note(await Promise.all(runs))
    })
    expect(seen).toContain('http://a.test/')
    expect(seen).not.toContain('hunter2')
  })

  test('are in no error, no JSON and no inspection', async () => {
    const seen: string[] = []
    const note = (value: unknown): void =>
      void seen.push(inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value) ?? '')
    const bad = new Easy({ url: 'http://user:hunter2@a.test:99999/' })
    note(await bad.perform().catch((error: unknown) => error))
    note(bad)
    try {
      bad.set({ headers: ['Authorization Bearer hunter2'] })
    } catch (error) {
      note(error)
    }
    await simulate(1, async (world) => {
      world.origin('http://a.test', (exchange) => exchange.respond({ body: 'x' }))
      const easy = new Easy({
        url: 'http://user:hunter2@a.test/',
        password: 'hunter2',
        headers: { Authorization: 'Bearer hunter2' },
        environment: world.environment,
      })
      const run = easy.perform()
      note(easy.handle)
      const result = await run
      note(result.info)
      note(result.info.verdict)
      note(easy.handle)
    })
    expect(seen.filter((text) => text.includes('hunter2'))).toEqual([])
    expect(seen.join()).toContain('Handle http://a.test/')
  })
})

describe('one AbortSignal', () => {
  test('ends a hundred transfers with one listener', async () => {
    await simulate(1, async (world) => {
      world.origin('http://a.test', () => undefined)
      const { environment } = world
      const controller = new AbortController()
      const multi = new Multi({ environment })
      const runs = Array.from({ length: 100 }, () =>
        multi
          .add(new Easy({ url: URL_A, environment, signal: controller.signal }))
          .catch((error: { code: string }) => error.code),
      )
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
      controller.abort()
      expect(new Set(await Promise.all(runs))).toEqual(new Set(['ABORTED_BY_CALLBACK']))
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    })
  })
})
