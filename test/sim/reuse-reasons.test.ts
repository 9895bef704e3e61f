/** Every known reason not to reuse a connection, each seen to close it, to be named, and to lose no transfer. */
import { describe, expect, test } from 'vitest'
import type { CloseReason, EasyOptions, TransferResult } from '@trunkline/core'
import { simulate, type SimHandler, type SimOriginOptions, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'

const URL_A = 'http://a.test/'

interface Story {
  readonly name: string
  readonly reason: CloseReason
  readonly options?: EasyOptions
  readonly server?: SimOriginOptions
  readonly handler: SimHandler
  /** What happens between the two requests. */
  readonly between?: (world: SimWorld) => Promise<void>
}

const hello: SimHandler = (exchange) => exchange.respond({ body: 'hello' })

const STORIES: readonly Story[] = [
  {
    name: 'the server says Connection: close',
    reason: 'server-close',
    handler: (exchange) => exchange.respond({ body: 'hello', headers: { Connection: 'close' } }),
  },
  {
    name: 'the request says Connection: close',
    reason: 'client-close',
    options: { headers: { Connection: 'close' } },
    handler: hello,
  },
  {
    name: 'the server speaks HTTP/1.0 without keep-alive',
    reason: 'http-1.0',
    handler: (exchange) => exchange.respond({ body: 'hello', version: '1.0' }),
  },
  {
    name: 'only the close ends the body',
    reason: 'body-until-close',
    handler: (exchange) => {
      exchange.head({ status: 200 })
      exchange.write('hello')
      exchange.end()
    },
  },
  {
    name: 'both Content-Length and Transfer-Encoding came',
    reason: 'suspicious-framing',
    handler: (exchange) => {
      exchange.head({ headers: { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' } })
      exchange.chunk('hello')
      exchange.end()
    },
  },
  {
    name: 'bytes follow the response at once',
    reason: 'excess-bytes',
    handler: (exchange) => {
      exchange.head({ headers: { 'Content-Length': '5' } })
      exchange.write('hello, and more')
      exchange.end()
    },
  },
  {
    name: 'the transfer forbids reuse',
    reason: 'forbid-reuse',
    options: { forbidReuse: true },
    handler: hello,
  },
  {
    name: 'the server closed it while idle',
    reason: 'peer-closed',
    server: { keepAlive: { idleMs: 500 } },
    handler: hello,
    between: (world) => world.sleep(1_000),
  },
  {
    name: 'older than the maximum lifetime',
    reason: 'too-old',
    options: { maxLifetimeConnMs: 800 },
    handler: hello,
    between: (world) => world.sleep(1_000),
  },
  {
    name: 'idle longer than 118 s',
    reason: 'idle-too-long',
    handler: hello,
    between: (world) => world.sleep(118_001),
  },
  {
    name: 'idle nearly as long as the server said',
    reason: 'keep-alive-hint',
    handler: (exchange) => exchange.respond({ body: 'hello', headers: { 'Keep-Alive': 'timeout=5' } }),
    between: (world) => world.sleep(4_001),
  },
]

describe('a connection is not reused, and the verdict says why', () => {
  test.each(STORIES)('$name', async ({ reason, options, server, handler, between }) => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', handler, server)
      const easy = new Easy({ ...options, url: URL_A, environment: world.environment })
      const lines = logConnections(easy.events)
      const first = await easy.perform()
      await between?.(world)
      const second = await easy.perform()
      expect([first.text(), second.text()]).toEqual(['hello', 'hello'])
      expect(lines).toContain(`closed #0 ${reason}`)
      expect(lines.filter((line) => line.startsWith('opened'))).toEqual(['opened #0', 'opened #1'])
      expect(origin.connectionsAccepted).toBe(2)
      expect(second.info.verdict?.outcome).toBe('opened')
      expect(reasonsOf(second)).toContainEqual(['#0', 'closed', reason])
      await easy.close()
    })
  })

  test('the same server reuses its connection otherwise', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const easy = new Easy({ url: URL_A, environment: world.environment })
      for (let i = 0; i < 3; i += 1) await easy.perform()
      await world.sleep(117_000)
      const last = await easy.perform()
      expect(origin.connectionsAccepted).toBe(1)
      expect(last.info.verdict).toMatchObject({ outcome: 'reused', connection: 0, request: 4 })
      expect(last.info.verdict?.idleMs).toBeGreaterThanOrEqual(117_000)
    })
  })

  test('a receive error closes it, and the transfer fails with what had come', async () => {
    await simulate(1, async (world) => {
      let count = 0
      world.origin('http://a.test', (exchange) => {
        count += 1
        if (count > 1) return exchange.respond({ body: 'hello' })
        exchange.head({ headers: { 'Content-Length': '100' } })
        exchange.write('half')
        return exchange.sleep(10).then(() => exchange.connection.reset())
      })
      const got: string[] = []
      const easy = new Easy({
        url: URL_A,
        environment: world.environment,
        writeFunction: (bytes) => void got.push(Buffer.from(bytes).toString()),
      })
      const lines = logConnections(easy.events)
      await expect(easy.perform()).rejects.toMatchObject({ code: 'RECV_ERROR' })
      expect(got).toEqual(['half'])
      const second = await easy.perform()
      expect(lines).toEqual(['opened #0', 'closed #0 receive-error', 'opened #1', 'idle #1'])
      expect(reasonsOf(second)).toContainEqual(['#0', 'closed', 'receive-error'])
    })
  })

  test('a byte on an idle connection closes it and is never delivered', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const easy = new Easy({ url: URL_A, environment: world.environment })
      const lines = logConnections(easy.events)
      await easy.perform()
      origin.connections[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned')
      await world.sleep(50)
      const second = await easy.perform()
      expect(second.text()).toBe('hello')
      expect(lines).toContain('closed #0 unexpected-bytes')
    })
  })

  test('a reset while idle closes it', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', hello)
      const easy = new Easy({ url: URL_A, environment: world.environment })
      const lines = logConnections(easy.events)
      await easy.perform()
      origin.connections[0]!.reset()
      await world.sleep(50)
      expect((await easy.perform()).text()).toBe('hello')
      expect(lines).toContain('closed #0 peer-reset')
    })
  })

  test('the oldest idle one goes when the cache is full', async () => {
    await simulate(1, async (world) => {
      for (const name of ['a', 'b', 'c']) world.origin(`http://${name}.test`, hello)
      const easy = new Easy({ environment: world.environment, maxConnects: 2 })
      const lines = logConnections(easy.events)
      for (const name of ['a', 'b', 'a', 'c']) await easy.set({ url: `http://${name}.test/` }).perform()
      expect(lines.filter((line) => line.startsWith('closed'))).toEqual(['closed #1 cache-full'])
      const again = await easy.set({ url: 'http://b.test/' }).perform()
      expect(reasonsOf(again)).toContainEqual(['#1', 'closed', 'cache-full'])
    })
  })

  test('the previous transfer is not finished and it cannot be shared', async () => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', async (exchange) => {
        await exchange.sleep(100)
        exchange.respond({ body: 'hello' })
      })
      const { environment } = world
      const multi = new Multi({ environment })
      const first = multi.add(new Easy({ url: URL_A, environment }))
      await world.sleep(20)
      const second = await multi.add(new Easy({ url: URL_A, environment }))
      await first
      expect(origin.connectionsAccepted).toBe(2)
      expect(reasonsOf(second)).toContainEqual(['#0', 'busy', undefined])
    })
  })
})

function reasonsOf(result: TransferResult): (string | undefined)[][] {
  return (result.info.verdict?.candidates ?? []).flatMap(({ connection, reasons }) =>
    reasons.map(({ code, field }) => [`#${connection}`, code, field]),
  )
}
