/** The retry policy where it meets admission, decoding, files, hand-overs and discarded bodies. */
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { TransferError } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

test('what waits to be let in, and is tried again, comes through the gate again', async () => {
  await simulate(1, async (world) => {
    let now = 0
    let most = 0
    const origin = world.origin('http://a.test', async (exchange) => {
      most = Math.max(most, (now += 1))
      await exchange.sleep(5_000)
      now -= 1
      exchange.respond({ body: 'x' })
    })
    const multi = new Multi({ environment: world.environment, maxTransfers: 1 })
    const { environment } = world
    const first = multi.add(new Easy({ environment, url: 'http://a.test/1' }))
    const second = multi.add(
      new Easy({ environment, url: 'http://a.test/2', queueTimeoutMs: 1_000, retry: 1, retryDelayMs: 100 }),
    )
    const told = await second.then(
      (r) => r.text(),
      (e: TransferError) => e.code,
    )
    await first
    await world.sleep(20_000)
    expect({ told, most, requests: origin.requests.length }).toEqual({
      told: 'OPERATION_TIMEDOUT',
      most: 1,
      requests: 1,
    })
    await multi.close()
  })
})

test('a try that fails in a coded body leaves nothing of its decoding to the next', async () => {
  for (const how of ['reset', 'idle'] as const)
    for (const second of ['plain', 'coded', 'empty'] as const) {
      await simulate(1, async (world) => {
        let count = 0
        const coded = gzipSync(Buffer.alloc(400_000, 'abcdefghij'), { level: 0 })
        world.origin('http://a.test', async (exchange) => {
          count += 1
          if (count === 1) {
            exchange.head({ headers: { 'Content-Encoding': 'gzip', 'Content-Length': String(coded.length) } })
            exchange.write(coded.subarray(0, 200_000))
            await exchange.sleep(10)
            if (how === 'reset') exchange.reset()
          } else if (second === 'plain') exchange.respond({ body: 'plain' })
          else if (second === 'empty') exchange.respond({ body: '' })
          else exchange.respond({ headers: { 'Content-Encoding': 'gzip' }, body: gzipSync('coded') })
        })
        const easy = new Easy({
          environment: world.environment,
          url: 'http://a.test/',
          acceptEncoding: '',
          retry: 1,
          retryDelayMs: 100,
          idleTimeoutMs: 2_000,
        })
        const text = (await easy.perform()).text()
        expect([how, second, text]).toEqual([how, second, second === 'empty' ? '' : second])
        expect(easy.info!.sizeDecoded).toBe(text.length)
        await easy.close()
      })
    }
})

test('a file that cannot be read is no reason to go on without it', async () => {
  await simulate(1, async (world) => {
    const origin = world.origin('http://a.test', (exchange) => exchange.respond({ body: 'x' }))
    world.origin('https://a.test', (exchange) => exchange.respond({ body: 'tls' }))
    const easy = new Easy({
      environment: {
        ...world.environment,
        stateFiles: {
          ...world.environment.stateFiles,
          read: () =>
            Promise.reject(
              new TransferError('FILE_COULDNT_READ_FILE', '/hsts cannot be read', { path: '/hsts' }),
            ),
        },
      },
      url: 'http://a.test/',
      hsts: '/hsts',
      retry: 1,
      retryAllErrors: true,
    })
    await expect(easy.perform()).rejects.toMatchObject({ code: 'FILE_COULDNT_READ_FILE' })
    expect(origin.requests.length).toBe(0)
  })
})

test('a WebSocket that has been handed over is not opened again behind its owner', async () => {
  await simulate(1, async (world) => {
    let opened = 0
    world.origin('http://a.test', async (exchange) => {
      opened += 1
      const socket = exchange.webSocket()
      await exchange.sleep(100)
      socket.write(new Uint8Array([0x01, 0x05, 0x41]))
      await exchange.sleep(100)
      exchange.connection.reset()
    })
    const easy = new Easy({
      environment: world.environment,
      url: 'ws://a.test/',
      retry: 2,
      retryDelayMs: 100,
    })
    const socket = await easy.webSocket()
    const ending = await socket.closed.catch((error: TransferError) => error)
    await world.sleep(5_000)
    expect({ opened, ending: String(ending).slice(0, 60), running: easy.handle.isRunning }).toMatchObject({
      opened: 1,
      running: false,
    })
  })
})

test.each(['connect', 'webSocket'] as const)(
  'what %s has handed over is not opened again behind its owner',
  async (how) => {
    await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) => void exchange.webSocket())
      const easy = new Easy({
        environment: world.environment,
        url: `${how === 'connect' ? 'http' : 'ws'}://a.test/`,
        retry: 2,
        retryDelayMs: 100,
        retryAllErrors: true,
      })
      const socket = await easy[how]()
      await world.sleep(100)
      origin.connections[0]!.reset()
      void socket.closed.catch(() => undefined)
      await world.sleep(5_000)
      expect([origin.connectionsAccepted, easy.handle.isRunning]).toEqual([1, false])
    })
  },
)

test.each([
  ['follow', { followLocation: true }, 302],
  ['failure', { failOnError: true }, 404],
  ['401', { username: 'a', password: 'b', httpAuth: ['digest' as const] }, 401],
  ['retry', { retry: 1, retryDelayMs: 10, method: 'POST', body: 'x' }, 503],
])('a discarded body that breaks off changes nothing: %s', async (_, options, status) => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) => {
      if (
        exchange.request.target === '/end' ||
        exchange.request.fields.has('authorization') ||
        exchange.connection.id > 1
      ) {
        exchange.respond({ body: 'end' })
        return
      }
      exchange.head({
        status,
        headers: {
          Location: '/end',
          'Content-Length': '1000',
          'WWW-Authenticate': 'Digest realm="x", nonce="n", qop="auth"',
        },
      })
      exchange.write('some')
      exchange.connection.close()
    })
    const easy = new Easy({ environment: world.environment, url: 'http://a.test/', ...options })
    const told = await easy.perform().then(
      (r) => r.text(),
      (e: TransferError) => e.code,
    )
    expect(told).toBe(status === 404 ? 'HTTP_RETURNED_ERROR' : 'end')
    await easy.close()
  })
})

test('a user that cannot log in (retryAllErrors) hears of one answer only', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) =>
      exchange.respond({
        status: 401,
        headers: { 'WWW-Authenticate': 'Digest realm="x", nonce="n", qop="auth-int", algorithm=MD5' },
      }),
    )
    const easy = new Easy({
      environment: world.environment,
      url: 'http://a.test/',
      username: 'a',
      password: 'b',
      httpAuth: ['digest'],
      body: () => ['x'],
      retry: 1,
      retryDelayMs: 10,
      retryAllErrors: true,
      retryUnsafe: true,
    })
    const told = await easy.perform().then(
      (r) => r.status,
      (e: TransferError) => e.code,
    )
    expect(told).toBe('AUTH_ERROR')
  })
})
