/** What the pages in docs/ say of whole transfers, and no other test does. One `describe` for each page. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Share } from '@trunkline/share'

const VERSIONS = ['1.1', '2-prior-knowledge'] as const
const HTTP2 = { http2: true } as const
const USER = { username: 'ada', password: 'secret' }

type Make = (options?: EasyOptions) => Easy

/** A world with servers at a.test and b.test, of http and https, that `handler` answers for. */
async function play(
  handler: (exchange: SimExchange, where: string) => void | Promise<void>,
  run: (make: Make, world: SimWorld) => Promise<void>,
): Promise<void> {
  await simulate(1, async (world) => {
    for (const where of ['http://a.test', 'http://b.test', 'https://a.test', 'https://a.test:8443'])
      world.origin(where, (exchange) => handler(exchange, where), HTTP2)
    await run(
      (options) => new Easy({ environment: world.environment, url: 'http://a.test/', ...options }),
      world,
    )
  })
}

const tell =
  (...names: readonly string[]): ((exchange: SimExchange, where: string) => void) =>
  (exchange, where) =>
    exchange.respond({
      body: [where, ...names.map((name) => exchange.request.fields.first(name) ?? 'none')].join(' '),
    })

function hash(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

describe.each(VERSIONS)('authentication, over HTTP/%s', (httpVersion) => {
  const digestWith =
    (qop: string, seen: string[]): SimHandler =>
    async (exchange) => {
      const body = new TextDecoder().decode(await exchange.body())
      const { fields, method } = exchange.request
      const given = fields.first('authorization') ?? ''
      const part = (name: string): string => new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(given)?.[1] ?? ''
      const what = `${method}:${part('uri')}${qop === 'auth-int' ? `:${hash(body)}` : ''}`
      const middle = `${part('nonce')}:${part('nc')}:${part('cnonce')}:${qop}`
      const isRight = part('response') === hash(`${hash('ada:here:secret')}:${middle}:${hash(what)}`)
      seen.push(`${body}|${part('uri')}`)
      if (isRight) exchange.respond({ body: 'hello' })
      else
        exchange.respond({
          status: 401,
          headers: { 'WWW-Authenticate': `Digest realm="here", nonce="n", qop="${qop}"` },
        })
    }

  test('auth-int hashes a body in memory, and refuses one that is not', async () => {
    const seen: string[] = []
    await play(digestWith('auth-int', seen), async (make) => {
      const easy = make({ ...USER, httpAuth: ['digest'], body: 'abc', httpVersion })
      expect((await easy.perform()).text()).toBe('hello')
      expect(seen).toEqual(['|', 'abc|/'])
      await expect(easy.set({ body: () => ['abc'], inFileSize: 3 }).perform()).rejects.toMatchObject({
        code: 'AUTH_ERROR',
      })
    })
  })

  test('digest-ie leaves the query out', async () => {
    const seen: string[] = []
    await play(digestWith('auth', seen), async (make) => {
      const easy = make({ ...USER, url: 'http://a.test/x?y', httpAuth: ['digest-ie'], httpVersion })
      expect((await easy.perform()).text()).toBe('hello')
      expect(seen).toEqual(['|', '|/x'])
    })
  })

  test('a nonce is replaced up to five times in a transfer', async () => {
    let nonce = 0
    await play(
      (exchange) => {
        const challenge = `Digest realm="r", nonce="n${(nonce += 1)}", qop="auth", stale=true`
        exchange.respond({ status: 401, headers: { 'WWW-Authenticate': challenge } })
      },
      async (make) => {
        expect((await make({ ...USER, httpAuth: ['digest'], httpVersion }).perform()).status).toBe(401)
        // The first request, the answer to its challenge, and five with a nonce that took the place of a stale one.
        expect(nonce).toBe(7)
      },
    )
  })

  test('an Authorization field goes to the first origin, instead of ours', async () => {
    await play(
      (exchange, where) => {
        const body = exchange.request.fields.all('authorization').join() || 'none'
        if (exchange.request.target === '/b')
          exchange.respond({ status: 302, headers: { Location: 'http://b.test/' } })
        else exchange.respond({ body: `${where} ${body}` })
      },
      async (make) => {
        const easy = make({ ...USER, headers: { Authorization: 'Own x' }, followLocation: true, httpVersion })
        expect((await easy.perform()).text()).toBe('http://a.test Own x')
        expect((await easy.set({ url: 'http://a.test/b' }).perform()).text()).toBe('http://b.test none')
      },
    )
  })

  test('a user in the URL must match the one of the netrc file; a required file lets it not', async () => {
    await play(tell('authorization'), async (make, world) => {
      world.disk.files.set('/netrc', 'machine a.test login ada password secret\n')
      const texts: string[] = []
      for (const netrc of ['optional', 'required'] as const)
        for (const user of ['ada', 'bob'])
          texts.push(
            (
              await make({ url: `http://${user}@a.test/`, netrc, netrcFile: '/netrc', httpVersion }).perform()
            ).text(),
          )
      const [ada, bob] = [btoa('ada:secret'), btoa('bob:')]
      expect(texts).toEqual([ada, bob, ada, ada].map((login) => `http://a.test Basic ${login}`))
    })
  })

  test('AWS: a body that is not in memory is signed for S3 only', async () => {
    await play(tell('x-amz-content-sha256'), async (make) => {
      const options = { ...USER, upload: true, body: () => ['abc'], inFileSize: 3, httpVersion } as const
      const s3 = make({ ...options, awsSigv4: 'aws:amz:eu:s3' })
      expect((await s3.perform()).text()).toBe('http://a.test UNSIGNED-PAYLOAD')
      const other = make({ ...options, awsSigv4: 'aws:amz:eu:ec2' })
      await expect(other.perform()).rejects.toMatchObject({ code: 'BAD_FUNCTION_ARGUMENT' })
    })
  })
})

describe('proxies', () => {
  /** What a proxy says to type 1: flags for Unicode and NTLM, and eight bytes to answer. */
  const TYPE_2 = Buffer.concat([
    Buffer.from('NTLMSSP\0'),
    Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0, 1, 2, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
    Buffer.alloc(16),
  ]).toString('base64')

  test.each(['http', 'https'])('NTLM for %s: one connection for each user', async (scheme) => {
    await play(tell(), async (_make, world) => {
      const letIn = new Set<number>()
      const proxy = world.proxy('http://p.test:3128', {
        answer: ({ fields, method }, { connection }) => {
          const type = Buffer.from(fields.first('proxy-authorization')?.slice(5) ?? '', 'base64')[8]
          if (type === 3) letIn.add(connection.id)
          if (letIn.has(connection.id)) return undefined
          const challenge = type === 1 ? `NTLM ${TYPE_2}` : 'NTLM'
          return {
            status: 407,
            headers: { 'Proxy-Authenticate': challenge },
            body: method === 'HEAD' ? '' : 'who?',
          }
        },
      })
      await using share = new Share({ environment: world.environment })
      const url = `${scheme}://a.test/`
      const options = { environment: world.environment, share, url, proxyAuth: ['ntlm'] }
      for (const user of ['ada', 'ada', 'bob']) {
        await using easy = new Easy({ ...options, proxy: `http://${user}:secret@p.test:3128` })
        expect((await easy.perform()).text()).toBe(`${scheme}://a.test`)
      }
      expect(proxy.connectionsAccepted).toBe(2)
    })
  })

  test('socks5h://localhost/path is a proxy at a UNIX socket', async () => {
    await play(tell(), async (make, world) => {
      const error = await make({ proxy: 'socks5h://localhost/run/proxy' })
        .perform()
        .catch((e: TransferError) => e)
      expect(error).toMatchObject({ code: 'COULDNT_CONNECT' })
      expect(world.network.dials.map(({ to }) => to)).toEqual([
        { family: 'unix', path: '/run/proxy', abstract: false },
      ])
    })
  })
})

describe.each(VERSIONS)('state, over HTTP/%s', (httpVersion) => {
  test('a Host field decides whose cookies are meant; a Cookie field takes the place of the jar', async () => {
    await play(tell('cookie'), async (make) => {
      const easy = make({
        cookieList: ['Set-Cookie: a=1; domain=a.test', 'Set-Cookie: b=2; domain=b.test'],
        cookie: 'own=3',
        httpVersion,
      })
      expect((await easy.perform()).text()).toBe('http://a.test a=1; own=3')
      expect((await easy.set({ headers: { Host: 'b.test' } }).perform()).text()).toBe(
        'http://a.test b=2; own=3',
      )
      expect((await easy.set({ headers: { Cookie: 'mine=4' } }).perform()).text()).toBe(
        'http://a.test mine=4',
      )
    })
  })

  test('RELOAD reads cookieFile again', async () => {
    await play(tell('cookie'), async (make, world) => {
      const line = (value: number): string => `a.test\tFALSE\t/\tFALSE\t0\tid\t${value}\n`
      world.disk.files.set('/jar', line(1))
      const easy = make({ cookieFile: ['/jar'], httpVersion })
      expect((await easy.perform()).text()).toBe('http://a.test id=1')
      world.disk.files.set('/jar', line(2))
      expect((await easy.perform()).text()).toBe('http://a.test id=1')
      expect((await easy.set({ cookieList: ['RELOAD'] }).perform()).text()).toBe('http://a.test id=2')
    })
  })

  test('HSTS: port 80 becomes 443, another stays', async () => {
    await play(tell(), async (make) => {
      const hosts = [{ host: 'a.test', includeSubDomains: false }]
      const easy = make({ hstsReadFunction: () => hosts, httpVersion })
      for (const [url, became] of [
        ['http://a.test:80/', 'https://a.test/'],
        ['http://a.test:8443/', 'https://a.test:8443/'],
        ['http://b.test/', 'http://b.test/'],
      ] as const) {
        const { info } = await easy.set({ url }).perform()
        expect(info.effectiveUrl).toBe(became)
      }
    })
  })

  test('TLS sessions are resumed, each once, unless that is turned off', async () => {
    await play(tell(), async (make) => {
      for (const [sslSessionIdCache, resumed] of [
        [true, [false, true]],
        [false, [false, false]],
      ] as const) {
        const easy = make({ url: 'https://a.test/', forbidReuse: true, sslSessionIdCache, httpVersion })
        const told: boolean[] = []
        for (const _ of [1, 2]) told.push((await easy.perform()).info.tlsResumed)
        expect(told).toEqual(resumed)
      }
    })
  })
})

describe.each(VERSIONS)('rates and retries, over HTTP/%s', (httpVersion) => {
  test.each([
    [false, 0],
    [true, 2],
  ])('a failure of the server: retryAllErrors %s, %s further tries', async (retryAllErrors, tries) => {
    let requests = 0
    await play(
      (exchange) => {
        requests += 1
        exchange.respond({ status: 404 })
      },
      async (make) => {
        const easy = make({ failOnError: true, retry: 2, retryAllErrors, httpVersion })
        await expect(easy.perform()).rejects.toMatchObject({ code: 'HTTP_RETURNED_ERROR' })
        expect(requests).toBe(1 + tries)
      },
    )
  })

  test("never what is of the user's own making", async () => {
    let requests = 0
    await play(
      (exchange) => {
        requests += 1
        exchange.respond({ body: 'x' })
      },
      async (make) => {
        const headerFunction = (): never => {
          throw new Error('no')
        }
        const easy = make({ headerFunction, retry: 2, retryAllErrors: true, httpVersion })
        await expect(easy.perform()).rejects.toMatchObject({ code: 'WRITE_ERROR' })
        expect(requests).toBe(1)
      },
    )
  })

  test.each([408, 429, 500, 502, 503, 504, 522, 524])('%i passes, and 501 does not', async (status) => {
    let requests = 0
    await play(
      (exchange) => {
        requests += 1
        exchange.respond({ status: exchange.request.target === '/501' ? 501 : status })
      },
      async (make) => {
        const easy = make({ retry: 1, httpVersion })
        expect((await easy.perform()).status).toBe(status)
        expect(requests).toBe(2)
        expect((await easy.set({ url: 'http://a.test/501' }).perform()).status).toBe(501)
        expect(requests).toBe(3)
      },
    )
  })
})
