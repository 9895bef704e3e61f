/** What goes wrong on an HTTP/2 connection: what is repeated, what fails, and that siblings go on. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError, TransferResult } from '@trunkline/core'
import { simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'

const URL_A = 'https://a.test/'
const LARGEST_ID = 2 ** 31 - 1

interface Told {
  readonly text: string
  readonly error: TransferError | undefined
  readonly result: TransferResult | undefined
}

/** Adds a transfer; `text` is its body, or the code of its error. */
function get(world: SimWorld, multi: Multi, path: string, options: EasyOptions = {}): Promise<Told> {
  return multi
    .add(new Easy({ url: `https://a.test/${path}`, environment: world.environment, ...options }))
    .then(
      (result) => ({ text: result.text(), error: undefined, result }),
      (error: TransferError) => ({ text: error.code, error, result: undefined }),
    )
}

/** Many at once; every second is a POST. */
function mixed(world: SimWorld, multi: Multi, count: number): Promise<Told[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) =>
      get(world, multi, String(i), i % 2 === 0 ? {} : { body: 'post' }),
    ),
  )
}

const echo: SimHandler = (exchange) => exchange.respond({ body: exchange.request.target })

describe('REFUSED_STREAM', () => {
  test('is repeated, also for POST', async () => {
    await simulate(1, async (world) => {
      const refused = new Set<string>()
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          const { target } = exchange.request
          if (!refused.has(target)) {
            refused.add(target)
            return exchange.reset('REFUSED_STREAM')
          }
          await exchange.sleep(5)
          exchange.respond({ body: target })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 10)
      expect(told.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `/${i}`))
      expect(told.every(({ result }) => result!.info.numRetries >= 1)).toBe(true)
      // Who refuses is full, so another connection is worth a try; one for each request is not.
      expect(origin.connectionsAccepted).toBeLessThanOrEqual(2)
      expect(multi.connections().every(({ active }) => active === 0)).toBe(true)
    })
  })

  test('for ever comes to an end', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, (exchange) => exchange.reset('REFUSED_STREAM'), { http2: true })
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 4)
      for (const { text, error } of told) {
        expect(text).toBe('HTTP2_STREAM')
        expect(error!.details).toMatchObject({ h2: 'REFUSED_STREAM', retries: 5 })
        expect(error!.message).toMatch(/the server reset the stream \(REFUSED_STREAM\)/)
      }
      expect(origin.requests).toHaveLength(4 * 6)
      expect(multi.connections().every(({ active }) => active === 0)).toBe(true)
    })
  })

  test('is not the end of a body that can be read once and was not begun', async () => {
    await simulate(1, async (world) => {
      let isFirst = true
      world.origin(
        URL_A,
        async (exchange) => {
          if (isFirst) {
            isFirst = false
            return exchange.reset('REFUSED_STREAM')
          }
          exchange.respond({ body: await exchange.body() })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      // A function gives the body anew.
      const told = await get(world, multi, 'up', { body: () => ['some ', 'body'] })
      expect(told.text).toBe('some body')
    })
  })
})

describe('GOAWAY', () => {
  test('in the middle of a burst: what it takes is finished, what it does not is repeated elsewhere', async () => {
    await simulate(1, async (world) => {
      const held: SimExchange[] = []
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          if (exchange.connection.id > 1) return echo(exchange)
          held.push(exchange)
          if (held.length < 10) return
          exchange.connection.goaway(9)
          await exchange.sleep(20)
          for (const each of held) each.respond({ body: each.request.target })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const log = logConnections(multi.events)
      const running = mixed(world, multi, 10)
      await world.sleep(15)
      // It takes no new ones, though it is open and busy.
      const late = get(world, multi, 'late')
      const told = await running
      expect(told.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `/${i}`))
      expect(told.map(({ result }) => result!.info.connId)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
      expect(told.map(({ result }) => result!.info.numRetries)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
      expect((await late).result!.info.connId).toBe(1)
      expect(log).toContain('closed #0 goaway')
      expect(origin.connectionsAccepted).toBe(2)
      const verdict = (await get(world, multi, 'again')).result!.info.verdict!
      expect(verdict.connection).toBe(1)
    })
  })

  test('says why in the verdict of those who had to go elsewhere', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        async (exchange) => {
          if (exchange.connection.id === 1) exchange.connection.goaway()
          await exchange.sleep(50)
          echo(exchange)
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const first = get(world, multi, 'first')
      await world.sleep(30)
      const second = (await get(world, multi, 'second')).result!
      await first
      expect(second.info.verdict!.candidates).toEqual([
        {
          connection: 0,
          state: 'busy',
          reasons: [expect.objectContaining({ code: 'draining', field: 'goaway' })],
        },
      ])
    })
  })

  test('in two steps: first no new streams, then the real last one', async () => {
    await simulate(1, async (world) => {
      const held: SimExchange[] = []
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          if (exchange.connection.id > 1) return echo(exchange)
          held.push(exchange)
          if (held.length < 6) return
          const { connection } = exchange
          connection.goaway(LARGEST_ID)
          await exchange.sleep(10)
          connection.goaway(7)
          await exchange.sleep(10)
          for (const each of held) each.respond({ body: each.request.target })
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 6)
      expect(told.map(({ text }) => text)).toEqual(Array.from({ length: 6 }, (_, i) => `/${i}`))
      expect(told.map(({ result }) => result!.info.connId)).toEqual([0, 0, 0, 0, 1, 1])
      expect(origin.connectionsAccepted).toBe(2)
    })
  })

  test('of 2^31-1 alone fails nobody', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        async (exchange) => {
          if (exchange.connection.id === 1) exchange.connection.goaway(LARGEST_ID)
          await exchange.sleep(10)
          echo(exchange)
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 6)
      expect(told.map(({ result }) => result!.info.numRetries)).toEqual([0, 0, 0, 0, 0, 0])
    })
  })

  test('of an idle connection: it is closed, and the next transfer opens another', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echo, { http2: true })
      const multi = new Multi({ environment: world.environment })
      const log = logConnections(multi.events)
      await get(world, multi, '1')
      origin.connections[0]!.goaway()
      await world.sleep(10)
      expect(log.at(-1)).toBe('closed #0 goaway')
      const { result } = await get(world, multi, '2', { body: 'post' })
      expect(result!.info).toMatchObject({ connId: 1, numRetries: 0 })
    })
  })

  test('ENHANCE_YOUR_CALM for ever comes to an end', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        ({ connection }) => {
          connection.goaway(0, 'ENHANCE_YOUR_CALM')
          connection.close()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 3)
      for (const { text, error } of told) {
        expect(text).toBe('HTTP2')
        expect(error!.details).toMatchObject({ h2: 'ENHANCE_YOUR_CALM', retries: 5 })
      }
      expect(origin.connectionsAccepted).toBeLessThanOrEqual(3 * 6)
      expect(multi.connections()).toEqual([])
    })
  })

  test('with an error: what may have been acted on follows the rule for dead connections', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        (exchange) => {
          const { connection } = exchange
          if (connection.id > 1) return echo(exchange)
          if (connection.exchanges < 4) return
          connection.goaway(LARGEST_ID, 'INTERNAL_ERROR')
          connection.close()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 4)
      // Of those who share a connection all are alike, the one that it was opened for, too.
      expect(told.map(({ text }) => text)).toEqual(['/0', expect.any(String), '/2', expect.any(String)])
      expect(told[1]!.error).toBeDefined()
      expect(told[3]!.error).toBeDefined()
    })
  })
})

describe('RST_STREAM', () => {
  const CODES = [
    'NO_ERROR',
    'PROTOCOL_ERROR',
    'INTERNAL_ERROR',
    'FLOW_CONTROL_ERROR',
    'SETTINGS_TIMEOUT',
    'STREAM_CLOSED',
    'FRAME_SIZE_ERROR',
    'CANCEL',
    'COMPRESSION_ERROR',
    'CONNECT_ERROR',
    'ENHANCE_YOUR_CALM',
    'INADEQUATE_SECURITY',
  ] as const

  test.each(CODES)('%s ends one transfer, is named, and leaves its siblings alone', async (code) => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          await exchange.sleep(10)
          if (exchange.request.target === '/bad') return exchange.reset(code)
          await exchange.sleep(10)
          echo(exchange)
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const [bad, ...good] = await Promise.all([
        get(world, multi, 'bad'),
        get(world, multi, '1'),
        get(world, multi, '2', { body: 'post' }),
      ])
      expect(good.map(({ text }) => text)).toEqual(['/1', '/2'])
      expect(bad.text).toBe('HTTP2_STREAM')
      expect(bad.error!.details).toMatchObject({ h2: code, stream: 1 })
      expect(bad.error!.message).toContain(code)
      expect(bad.error!.phase).toBe('receive')
      // The connection serves on.
      expect((await get(world, multi, '3')).result!.info.connId).toBe(0)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('is an answer, not a dead connection: a GET that joined others is not repeated either', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        (exchange) =>
          exchange.request.target === '/bad' ? exchange.reset('INTERNAL_ERROR') : echo(exchange),
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '1')
      const bad = await get(world, multi, 'bad')
      expect(bad.error!.details).toMatchObject({ h2: 'INTERNAL_ERROR', stream: 3, retries: 0 })
      expect(origin.connectionsAccepted).toBe(1)
    })
  })

  test('within a body: what came is delivered, and the transfer fails', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        async (exchange) => {
          exchange.head({ headers: { 'Content-Length': '10' } })
          exchange.write('hello')
          await exchange.sleep(5)
          exchange.reset('INTERNAL_ERROR')
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      let received = ''
      const { error } = await get(world, multi, '', {
        writeFunction: (bytes) => void (received += new TextDecoder().decode(bytes)),
      })
      expect(received).toBe('hello')
      expect(error).toMatchObject({ code: 'HTTP2_STREAM', details: { h2: 'INTERNAL_ERROR', received: 5 } })
    })
  })

  test('a body shorter than its Content-Length fails, also when the stream ends well', async () => {
    await simulate(1, async (world) => {
      world.origin(
        URL_A,
        (exchange) => {
          exchange.head({ headers: { 'Content-Length': '10' } })
          exchange.write('hello')
          exchange.end()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const { error } = await get(world, multi, '')
      expect(error).toMatchObject({ code: 'HTTP2_STREAM', details: { expected: 10, received: 5 } })
      expect(multi.connections()).toMatchObject([{ state: 'idle' }])
    })
  })
})

describe('HTTP_1_1_REQUIRED', () => {
  test.each(['stream', 'connection'])('for the %s: repeated over HTTP/1.1, and remembered', async (what) => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        (exchange) => {
          const { connection } = exchange
          if (connection.protocol === 'http/1.1') return echo(exchange)
          if (what === 'stream') return exchange.reset('HTTP_1_1_REQUIRED')
          connection.goaway(0, 'HTTP_1_1_REQUIRED')
          connection.close()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const told = await mixed(world, multi, 4)
      expect(told.map(({ text }) => text)).toEqual(['/0', '/1', '/2', '/3'])
      expect(told.every(({ result }) => result!.info.httpVersion === '1.1')).toBe(true)
      const before = origin.connectionsAccepted
      await world.sleep(100)
      const later = await get(world, multi, 'later', { freshConnect: true })
      expect(later.result!.info).toMatchObject({ numRetries: 0, httpVersion: '1.1', alpn: 'http/1.1' })
      expect(origin.connectionsAccepted).toBe(before + 1)
    })
  })
})

describe('421', () => {
  test('is repeated once, on a connection that is opened for it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        (exchange) =>
          exchange.connection.exchanges > 1 ? exchange.respond({ status: 421, body: 'no' }) : echo(exchange),
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '1')
      const { result } = await get(world, multi, '2', { body: 'post' })
      expect(result!.status).toBe(200)
      expect(result!.info.connId).toBe(1)
      expect(result!.info.verdict!.candidates[0]!.reasons[0]!.code).toBe('misdirected')
      expect(origin.connectionsAccepted).toBe(2)
    })
  })

  test('of a fresh connection is an answer', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, (exchange) => exchange.respond({ status: 421, body: 'no' }), {
        http2: true,
      })
      const multi = new Multi({ environment: world.environment })
      const first = await get(world, multi, '1')
      expect([first.result!.status, first.text]).toEqual([421, 'no'])
      const second = await get(world, multi, '2')
      expect([second.result!.status, second.text]).toEqual([421, 'no'])
      expect(origin.connectionsAccepted).toBe(2)
    })
  })
})

describe('a connection that dies', () => {
  test('under many: idempotent ones are repeated, the first one as well, and POST fails', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        (exchange) => {
          const { connection } = exchange
          if (connection.id > 1) return echo(exchange)
          if (connection.exchanges === 6) connection.reset()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      const log = logConnections(multi.events)
      const told = await mixed(world, multi, 6)
      expect(told.map(({ text }) => text)).toEqual([
        '/0',
        'RECV_ERROR',
        '/2',
        'RECV_ERROR',
        '/4',
        'RECV_ERROR',
      ])
      expect(told[3]!.error!.message).toMatch(/^connection #0 to a\.test:443, 4th request on it/)
      expect(log).toContain('closed #0 receive-error')
      expect(origin.connectionsAccepted).toBe(2)
      expect(multi.connections()).toMatchObject([{ id: 1, active: 0 }])
    })
  })

  test('when the server closes it at the same time as a burst is written: nobody idempotent fails', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(URL_A, echo, { http2: true })
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '0')
      origin.connections[0]!.reset()
      const told = await Promise.all(Array.from({ length: 100 }, (_, i) => get(world, multi, String(i))))
      expect(told.map(({ text }) => text)).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`))
      expect(origin.connectionsAccepted).toBe(2)
    })
  })

  test('while idle: closed, reset or said goodbye to, the next transfer opens another without failing', async () => {
    for (const end of ['close', 'reset', 'end'] as const) {
      await simulate(1, async (world) => {
        const origin = world.origin(URL_A, echo, { http2: true })
        const multi = new Multi({ environment: world.environment })
        const log = logConnections(multi.events)
        await get(world, multi, '1')
        await world.sleep(10)
        origin.connections[0]![end]()
        await world.sleep(10)
        expect(multi.connections()).toEqual([])
        expect(log.at(-1)).toMatch(/^closed #0 peer-(closed|reset)$/)
        const { result } = await get(world, multi, '2', { body: 'post' })
        expect(result!.info).toMatchObject({ connId: 1, numRetries: 0, connReused: false })
      })
    }
  })

  test('in the middle of a body is not repeated', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          if (exchange.request.target !== '/2') return echo(exchange)
          exchange.head({ status: 200 })
          exchange.write('some')
          await exchange.sleep(5)
          exchange.connection.reset()
        },
        { http2: true },
      )
      const multi = new Multi({ environment: world.environment })
      await get(world, multi, '1')
      const { error } = await get(world, multi, '2')
      expect(error).toMatchObject({ code: 'RECV_ERROR', details: { received: 4 } })
      expect(origin.connectionsAccepted).toBe(1)
    })
  })
})

describe('one transfer of many is aborted', () => {
  test('the server hears CANCEL, siblings go on, the connection stays', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          exchange.head({ status: 200 })
          for (let i = 0; i < 5; i += 1) {
            exchange.write('piece ')
            await exchange.sleep(10)
          }
          exchange.end()
        },
        { http2: true },
      )
      const { environment } = world
      const multi = new Multi({ environment })
      const handles = Array.from(
        { length: 4 },
        (_, i) => new Easy({ url: `https://a.test/${i}`, environment }),
      )
      const runs = handles.map((handle) =>
        multi.add(handle).then(
          (result) => result.text().length,
          (error: TransferError) => error.code,
        ),
      )
      await world.sleep(25)
      multi.remove(handles[1]!)
      expect(await Promise.all(runs)).toEqual([30, 'MULTI_ABORTED', 30, 30])
      expect(origin.requests.map(({ reset }) => reset)).toEqual([undefined, 'CANCEL', undefined, undefined])
      expect(multi.connections()).toMatchObject([{ id: 0, state: 'idle', active: 0 }])
      expect((await get(world, multi, 'next')).result!.info.connId).toBe(0)
    })
  })

  test('makes room for one that waits', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin(
        URL_A,
        async (exchange) => {
          await exchange.sleep(exchange.request.target === '/next' ? 1 : 1_000)
          echo(exchange)
        },
        { http2: { maxConcurrentStreams: 2 } },
      )
      const { environment } = world
      const multi = new Multi({ environment, maxTotalConnections: 1 })
      const handles = [1, 2].map((i) => new Easy({ url: `https://a.test/${i}`, environment }))
      const runs = handles.map((handle) => multi.add(handle).catch((error: TransferError) => error.code))
      await world.sleep(20)
      const next = get(world, multi, 'next')
      await world.sleep(20)
      multi.remove(handles[0]!)
      expect((await next).text).toBe('/next')
      expect(world.clock.now()).toBeLessThan(60)
      await Promise.all(runs)
      expect(origin.connectionsAccepted).toBe(1)
    })
  })
})
