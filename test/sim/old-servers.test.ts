/** Servers that answer in HTTP/1.0: what is asked of them next, on the same connection and in the same transfer. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { stdinOf, trunkline } from '../support/command-line.ts'

/** Answers in HTTP/1.0, and keeps connections when it is asked to. */
const old =
  (answer: { status?: number; headers?: Record<string, string> } = {}): SimHandler =>
  async (exchange) => {
    await exchange.body()
    const isFirst = !exchange.request.target.startsWith('/next')
    const keeps = { Connection: 'keep-alive' }
    exchange.respond({
      version: '1.0',
      body: 'x',
      ...(isFirst ? answer : {}),
      headers: { ...keeps, ...(isFirst ? answer.headers : {}) },
    })
  }

interface Told {
  readonly asked: readonly string[]
  readonly outcomes: readonly string[]
  readonly connections: number
}

/** Transfers one after another, by one handle each, over one cache. */
async function run(handler: SimHandler, ...transfers: readonly EasyOptions[]): Promise<Told> {
  const { value } = await simulate(1, async (world) => {
    const origin = world.origin('http://a.test', handler)
    await using easy = new Easy({ environment: world.environment, httpVersion: '1.1' })
    const outcomes: string[] = []
    for (const options of transfers) {
      easy.set({ url: 'http://a.test/', body: undefined, ...options })
      outcomes.push(
        await easy.perform().then(
          ({ status }) => String(status),
          (error: TransferError) => error.code,
        ),
      )
    }
    const asked = origin.requests.map(({ method, target, head: { version, fields } }) =>
      [
        `${method} ${target} ${version}`,
        ...['connection', 'expect', 'transfer-encoding', 'content-length'].flatMap((name) =>
          fields.has(name) ? [`${name}=${fields.get(name)}`] : [],
        ),
      ].join(' '),
    )
    return { asked, outcomes, connections: origin.connectionsAccepted }
  })
  return value
}

const LARGE = 'x'.repeat(2_000_000)
const unknownLength = (): Iterable<string> => ['of ', 'any ', 'length']

describe('on a connection that HTTP/1.0 came by', () => {
  test('the next request is one of HTTP/1.0, and asks for the connection to stay', async () => {
    const told = await run(old(), {}, {}, { body: LARGE })
    expect(told).toEqual({
      asked: [
        'GET / 1.1',
        'GET / 1.0 connection=keep-alive',
        'POST / 1.0 connection=keep-alive content-length=2000000',
      ],
      outcomes: ['200', '200', '200'],
      connections: 1,
    })
  })

  test('nothing is sent in chunks', async () => {
    const told = await run(old(), {}, { body: unknownLength }, {})
    expect(told.outcomes).toEqual(['200', 'UPLOAD_FAILED', '200'])
    expect(told.asked.some((line) => line.includes('transfer-encoding'))).toBe(false)
  })

  test('a newer answer is taken for what it says', async () => {
    let count = 0
    const told = await run(
      (exchange) => {
        count += 1
        const headers = { Connection: 'keep-alive' }
        exchange.respond({ version: count === 1 ? '1.0' : '1.1', headers })
      },
      {},
      {},
      { body: unknownLength },
    )
    expect(told.asked.map((line) => line.split(' ')[2])).toEqual(['1.1', '1.0', '1.1'])
    expect([told.outcomes.at(-1), told.connections]).toEqual(['200', 1])
  })
})

describe('in a transfer that HTTP/1.0 came in', () => {
  const closing = { Connection: 'close', Location: '/next' }

  test('a redirect is followed in it, without a question before the body', async () => {
    const told = await run(old({ status: 307, headers: closing }), { followLocation: true, body: LARGE })
    expect(told.asked).toEqual([
      'POST / 1.1 expect=100-continue content-length=2000000',
      'POST /next 1.0 connection=keep-alive content-length=2000000',
    ])
    expect(told.outcomes).toEqual(['200'])
  })

  test('a login is', async () => {
    const told = await run(
      async (exchange) => {
        await exchange.body()
        const isKnown = exchange.request.fields.has('authorization')
        exchange.respond({
          version: '1.0',
          status: isKnown ? 200 : 401,
          headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n"', Connection: 'close' },
        })
      },
      { username: 'u', password: 'p', httpAuth: ['digest'], body: 'b' },
    )
    expect(told.asked.map((line) => line.split(' ')[2])).toEqual(['1.1', '1.0'])
    expect(told.outcomes).toEqual(['200'])
  })

  test('a body of unknown length cannot go on, whether it can be read again or not', async () => {
    const redirect = old({ status: 307, headers: closing })
    const once = (function* once() {
      yield 'read once'
    })()
    for (const body of [unknownLength, once]) {
      const told = await run(redirect, { followLocation: true, body })
      expect([told.asked.length, told.outcomes]).toEqual([1, ['UPLOAD_FAILED']])
    }
  })

  test('another try by the policy begins anew', async () => {
    let count = 0
    const told = await run(
      async (exchange) => {
        await exchange.body()
        count += 1
        const isFirst = count === 1
        exchange.respond({
          version: isFirst ? '1.0' : '1.1',
          status: isFirst ? 503 : 200,
          ...(isFirst ? { headers: { Connection: 'close' } } : {}),
        })
      },
      { retry: 1, method: 'PUT', body: unknownLength },
    )
    expect(told.asked.map((line) => line.split(' ')[2])).toEqual(['1.1', '1.1'])
    expect(told.outcomes).toEqual(['200'])
  })
})

test('HTTP/2 behind a redirect is not held back by it', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) =>
      exchange.respond({ version: '1.0', status: 307, headers: { Location: 'https://b.test/' } }),
    )
    const there = world.origin(
      'https://b.test',
      async (exchange) => exchange.respond({ body: await exchange.body() }),
      { http2: true },
    )
    await using easy = new Easy({
      environment: world.environment,
      url: 'http://a.test/',
      followLocation: true,
      body: unknownLength,
    })
    expect((await easy.perform()).text()).toBe('of any length')
    expect(there.requests[0]!.head.version).toBe('2')
  })
})

test('the command ends with 25, and asks without keep-alive, as curl does', async () => {
  await simulate(1, async (world) => {
    const origin = world.origin(
      'http://a.test',
      old({ status: 302, headers: { Location: '/next', Connection: 'close' } }),
    )
    const { environment } = world
    const upload = await trunkline(['-L', '-T', '-', 'http://a.test/'], { environment, stdin: stdinOf('x') })
    expect(upload.exitCode).toBe(25)
    expect((await trunkline(['-L', 'http://a.test/'], { environment })).exitCode).toBe(0)
    const { head } = origin.requests.at(-1)!
    expect([head.version, head.fields.has('connection')]).toEqual(['1.0', false])
  })
})
