/** Where parts meet: logins at proxies and origins, bodies held back, cookies, HSTS, Alt-Svc, netrc, handles used again. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

const PROXY = { proxy: 'http://p.test:3128', proxyUsername: 'pat', proxyPassword: 'proxy-pw' }
const USER = { username: 'ada', password: 'ada-pw' }
const CHALLENGE = { 'WWW-Authenticate': 'Digest realm="o", nonce="n1", qop="auth"' }

interface Seen {
  readonly line: string
  readonly authorization: string
  readonly proxyAuthorization: string
  readonly body: string
}

/** An origin that records what it is asked. */
function recording(seen: Seen[], answer: SimHandler): SimHandler {
  return async (exchange) => {
    const { method, target, fields } = exchange.request
    const body = new TextDecoder().decode(await exchange.body())
    seen.push({
      line: `${method} ${target}`,
      authorization: fields.first('authorization')?.split(' ')[0] ?? '',
      proxyAuthorization: fields.first('proxy-authorization')?.split(' ')[0] ?? '',
      body,
    })
    await answer(exchange)
  }
}

async function told(easy: Easy): Promise<string> {
  return easy.perform().then(
    (result) => `${result.status} ${result.text()}`,
    (error: TransferError) => `${error.code} ${error.message}`,
  )
}

function make(world: SimWorld, options: EasyOptions): Easy {
  return new Easy({ environment: world.environment, url: 'http://a.test/x', ...options })
}

describe('Digest at a proxy that forwards, and at the origin', () => {
  test.each([
    ['text', 'the body'],
    ['stream', () => ['the ', 'body']],
  ])('both ask, and a body of %s is sent once', async (_, body) => {
    await simulate(1, async (world) => {
      const proxy = world.proxy('http://p.test:3128', { users: { pat: 'proxy-pw' }, auth: 'digest' })
      const seen: Seen[] = []
      world.origin(
        'http://a.test',
        recording(seen, (exchange) =>
          exchange.respond(
            exchange.request.fields.has('authorization')
              ? { body: 'in' }
              : { status: 401, headers: CHALLENGE, body: 'who?' },
          ),
        ),
      )
      const easy = make(world, { ...PROXY, ...USER, proxyAuth: ['digest'], httpAuth: ['digest'], body })
      expect(await told(easy)).toBe('200 in')
      expect(seen).toEqual([
        { line: 'POST /x', authorization: '', proxyAuthorization: '', body: '' },
        { line: 'POST /x', authorization: 'Digest', proxyAuthorization: '', body: 'the body' },
      ])
      expect(proxy.requests.length).toBe(3)
      expect(await told(easy)).toBe('200 in')
      expect(proxy.requests.length).toBe(4)
      await easy.close()
    })
  })

  test('an origin that wants no login does not take away the one of the proxy', async () => {
    await simulate(1, async (world) => {
      world.proxy('http://p.test:3128', { users: { pat: 'proxy-pw' }, auth: 'digest' })
      const seen: Seen[] = []
      world.origin(
        'http://a.test',
        recording(seen, (exchange) => exchange.respond({ body: 'public' })),
      )
      const easy = make(world, {
        ...PROXY,
        ...USER,
        proxyAuth: ['digest'],
        httpAuth: ['digest'],
        body: 'the body',
      })
      expect(await told(easy)).toBe('200 public')
      expect(seen.map(({ body }) => body)).toEqual(['', 'the body'])
      await easy.close()
    })
  })

  test('a proxy that wants no login does not take away the one of the origin', async () => {
    await simulate(1, async (world) => {
      world.proxy('http://p.test:3128')
      const seen: Seen[] = []
      world.origin(
        'http://a.test',
        recording(seen, (exchange) =>
          exchange.respond(
            exchange.request.fields.has('authorization')
              ? { body: 'in' }
              : { status: 401, headers: CHALLENGE, body: 'who?' },
          ),
        ),
      )
      const easy = make(world, {
        ...PROXY,
        ...USER,
        proxyAuth: ['digest'],
        httpAuth: ['digest'],
        body: 'the body',
      })
      expect(await told(easy)).toBe('200 in')
      // The nonce of the origin is known now, and nothing of the proxy.
      expect(await told(easy)).toBe('200 in')
      expect(await told(easy)).toBe('200 in')
      expect(seen.map(({ authorization, body }) => `${authorization} ${body}`)).toEqual([
        ' ',
        'Digest ',
        'Digest the body',
        'Digest ',
        'Digest the body',
        'Digest ',
        'Digest the body',
      ])
      await easy.close()
    })
  })
})

describe('407 within CONNECT, then 401 with a body held back', () => {
  test.each(['1.1', '2'] as const)('over HTTP/%s', async (httpVersion) => {
    await simulate(1, async (world) => {
      const proxy = world.proxy('http://p.test:3128', { users: { pat: 'proxy-pw' }, auth: 'digest' })
      const seen: Seen[] = []
      world.origin(
        'https://a.test',
        recording(seen, (exchange) =>
          exchange.respond(
            exchange.request.fields.has('authorization')
              ? { body: 'in' }
              : { status: 401, headers: CHALLENGE, body: 'who?' },
          ),
        ),
        { http2: true },
      )
      const easy = make(world, {
        ...PROXY,
        ...USER,
        url: 'https://a.test/x',
        httpVersion,
        proxyAuth: ['digest'],
        httpAuth: ['digest'],
        mimePost: [{ name: 'f', data: 'value' }],
      })
      expect(await told(easy)).toBe('200 in')
      expect(seen.map(({ body }) => body.length > 0)).toEqual([false, true])
      expect(seen.every(({ proxyAuthorization }) => proxyAuthorization === '')).toBe(true)
      expect(proxy.requests.map(({ method }) => method)).toEqual(['CONNECT', 'CONNECT'])
      expect([easy.info!.httpConnectCode, easy.info!.responseCode]).toEqual([200, 200])
      await easy.close()
    })
  })
})
