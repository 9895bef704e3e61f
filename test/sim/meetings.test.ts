/** Where parts meet: logins at proxies and origins, bodies held back, cookies, HSTS, Alt-Svc, netrc, handles used again. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'

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

function at(world: SimWorld, options: EasyOptions): Easy {
  return make(world, { url: 'https://a.test/x', ...options })
}
const ALT = { 'Alt-Svc': 'h2="alt.test:8443"; ma=1000' }
const NTLM_2 = 'TlRMTVNTUAACAAAAAAAAADgAAAAGggIAASNFZ4mrze8AAAAAAAAAAAAAAAAAAAAA'

/** a.test, which names alt.test, which is one for it. */
function alternatives(world: SimWorld, alt: SimHandler): void {
  world.origin(
    'https://a.test',
    (exchange) =>
      exchange.respond({ headers: ALT, body: `a ${exchange.request.fields.first('alt-used') ?? ''}` }),
    { http2: true },
  )
  world.origin('https://alt.test:8443', alt, { http2: true, tls: { certificateNames: ['a.test'] } })
}
const alt: SimHandler = (exchange) =>
  exchange.respond({ body: `alt ${exchange.request.fields.first('alt-used') ?? ''}` })

describe('Alt-Svc', () => {
  test('the alternative is asked, and told so', async () => {
    await simulate(1, async (world) => {
      alternatives(world, alt)
      const easy = at(world, { altSvc: '/alt' })
      expect(await told(easy)).toBe('200 a ')
      expect(await told(easy)).toBe('200 alt alt.test:8443')
      await easy.close()
    })
  })
  test('an alternative that dies in the middle of a body ends the transfer', async () => {
    await simulate(1, async (world) => {
      alternatives(world, (exchange) => {
        exchange.head({ headers: { 'Content-Length': '100' } })
        exchange.write('x')
        exchange.connection.reset()
      })
      const easy = at(world, { altSvc: '/alt' })
      await told(easy)
      expect(await told(easy)).toMatch(/^RECV_ERROR|PARTIAL/)
      await easy.close()
    })
  })
  test('connectTo goes before, and no Alt-Used is told', async () => {
    await simulate(1, async (world) => {
      alternatives(world, alt)
      const easy = at(world, { altSvc: '/alt', connectTo: ['a.test:443:a.test:443'] })
      await told(easy)
      expect(await told(easy)).toBe('200 a ')
      expect(easy.info!.numConnects).toBe(0)
      await easy.close()
    })
  })
  test('unix socket goes before', async () => {
    await simulate(1, async (world) => {
      alternatives(world, alt)
      world.origin(
        'https://a.test:999',
        (exchange) =>
          exchange.respond({ headers: ALT, body: `unix ${exchange.request.fields.first('alt-used') ?? ''}` }),
        { unixPath: '/u', tls: { certificateNames: ['a.test'] } },
      )
      const easy = at(world, { altSvc: '/alt', unixSocketPath: '/u' })
      await told(easy)
      expect(await told(easy)).toBe('200 unix ')
      expect(easy.info!.numConnects).toBe(0)
      await easy.close()
    })
  })
  test('through a proxy', async () => {
    await simulate(1, async (world) => {
      alternatives(world, alt)
      const proxy = world.proxy('http://p.test:3128')
      const easy = at(world, { altSvc: '/alt', proxy: 'http://p.test:3128' })
      await told(easy)
      expect(await told(easy)).toBe('200 alt alt.test:8443')
      expect(proxy.requests.map(({ target }) => target)).toEqual(['a.test:443', 'alt.test:8443'])
      await easy.close()
    })
  })
  test('a proxy that refuses the alternative', async () => {
    await simulate(1, async (world) => {
      alternatives(world, alt)
      world.proxy('http://p.test:3128', {
        answer: (request) => (request.target.startsWith('alt') ? { status: 403 } : undefined),
      })
      const easy = at(world, { altSvc: '/alt', proxy: 'http://p.test:3128' })
      await told(easy)
      expect(await told(easy)).toBe('200 a ')
      await easy.close()
    })
  })
})

describe('HSTS', () => {
  test('an https proxy that forwards teaches nothing', async () => {
    await simulate(1, async (world) => {
      world.proxy('https://q.test:3129', {
        answer: () => ({
          headers: { 'Strict-Transport-Security': 'max-age=1000', 'Set-Cookie': 'a=b; Secure', ...ALT },
          body: 'fwd',
        }),
      })
      const easy = at(world, {
        url: 'http://a.test/',
        hsts: '/h',
        altSvc: '/x',
        cookieFile: [''],
        proxy: 'https://q.test:3129',
      })
      expect(await told(easy)).toBe('200 fwd')
      expect(await told(easy)).toBe('200 fwd')
      expect(easy.info!.cookieList).toEqual([])
      await easy.save()
      expect(world.disk.files.get('/h')).not.toContain('a.test')
      await easy.close()
    })
  })
  test('the proxy is the one for https', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', (exchange) => exchange.respond({ body: 'tls' }))
      world.origin('https://a.test:8080', (exchange) => exchange.respond({ body: 'tls 8080' }))
      const p = world.proxy('http://p.test:3128')
      const q = world.proxy('http://q.test:3128', { users: { u: 'pw' } })
      world.disk.files.set('/h', 'a.test "unlimited"\n')
      const easy = at(world, {
        url: 'http://a.test/',
        hsts: '/h',
        proxyEnvironment: { http_proxy: 'http://p.test:3128', https_proxy: 'http://u:pw@q.test:3128' },
      })
      expect(await told(easy)).toBe('200 tls')
      expect([p.requests.length, q.requests.length]).toEqual([0, 2 - 1])
      easy.set({ url: 'http://a.test:8080/' })
      expect(await told(easy)).toBe('200 tls 8080')
      // What it says that it would do is what it does.
      expect(easy.explain().outcome).toEqual('reused')
      await easy.close()
    })
  })
  test('ws becomes wss, and explain knows', async () => {
    await simulate(1, async (world) => {
      world.origin('https://a.test', (exchange) => {
        exchange.webSocket({ headers: { 'Set-Cookie': 'sock=1', 'Strict-Transport-Security': 'max-age=10' } })
      })
      world.disk.files.set('/h', 'a.test "unlimited"\n')
      const easy = at(world, { url: 'ws://a.test/', hsts: '/h', cookieFile: [''] })
      const socket = await easy.webSocket()
      expect(easy.info!.effectiveUrl).toBe('wss://a.test/')
      expect(easy.info!.cookieList.length).toBe(1)
      await socket.close()
      await easy.close()
    })
  })
})

describe('cookies that come with', () => {
  test.each([
    [
      '401',
      (e: SimExchange) =>
        e.respond({ status: 401, headers: { 'Set-Cookie': 'c=1', 'WWW-Authenticate': 'Basic realm="x"' } }),
    ],
    ['421', (e: SimExchange) => e.respond({ status: 421, headers: { 'Set-Cookie': 'c=1' } })],
    ['503', (e: SimExchange) => e.respond({ status: 503, headers: { 'Set-Cookie': 'c=1' } })],
    ['302', (e: SimExchange) => e.respond({ status: 302, headers: { 'Set-Cookie': 'c=1', Location: '/y' } })],
  ] as const)('%s', async (_, first) => {
    await simulate(1, async (world) => {
      let n = 0
      world.origin('https://a.test', (exchange) => {
        n += 1
        if (n === 2) first(exchange)
        else exchange.respond({ body: exchange.request.fields.first('cookie') ?? '-' })
      })
      const easy = at(world, {
        cookieFile: [''],
        username: 'a',
        password: 'b',
        httpAuth: ['any'],
        retry: 1,
        retryUnsafe: true,
        followLocation: true,
        body: 'x',
        headers: { Expect: '100-continue' },
        expect100TimeoutMs: 60000,
      })
      await told(easy)
      await told(easy)
      expect(easy.info!.cookieList.length).toBe(1)
      await easy.close()
    })
  })
  test('a proxy that refuses CONNECT sets none', async () => {
    await simulate(1, async (world) => {
      world.proxy('http://p.test:3128', {
        answer: () => ({
          status: 407,
          headers: { 'Set-Cookie': 'c=1', 'Proxy-Authenticate': 'Basic realm="x"' },
        }),
      })
      const easy = at(world, { cookieFile: [''], proxy: 'http://p.test:3128' })
      expect(await told(easy)).toMatch(/407/)
      expect(easy.info!.cookieList).toEqual([])
      await easy.close()
    })
  })
})

test('NTLM in a multi that pipelines', async () => {
  await simulate(1, async (world) => {
    const state = new Map<number, number>()
    world.origin('http://a.test', (exchange) => {
      const id = exchange.connection.id
      const given = exchange.request.fields.first('authorization') ?? ''
      if (given.startsWith('NTLM TlRMTVNTUAAD')) state.set(id, 3)
      if (state.get(id) === 3) exchange.respond({ body: 'in' })
      else
        exchange.respond({
          status: 401,
          headers: { 'WWW-Authenticate': given === '' ? 'NTLM' : `NTLM ${NTLM_2}` },
          body: 'no',
        })
    })
    const multi = new Multi({ environment: world.environment, pipelining: 5, maxHostConnections: 1 })
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        multi
          .add(
            at(world, {
              url: `http://a.test/${i}`,
              username: 'u',
              password: 'p',
              httpAuth: ['ntlm'],
              httpVersion: '1.1',
            }),
          )
          .then(
            (r) => r.status,
            (e: TransferError) => e.message,
          ),
      ),
    )
    expect(all).toEqual(all.map(() => 200))
    await multi.close()
  })
})

test('a server that says Retry-After for ever', async () => {
  await simulate(
    1,
    async (world) => {
      let n = 0
      world.origin('http://a.test', (exchange) =>
        (n += 1) === 1
          ? exchange.respond({ status: 503, headers: { 'Retry-After': '999999999' } })
          : exchange.respond({ body: 'ok' }),
      )
      const easy = at(world, { url: 'http://a.test/', retry: 1 })
      expect(await told(easy)).toBe('200 ok')
      expect(world.clock.now()).toBeLessThan(7 * 3_600_000)
    },
    { maxVirtualMs: 1e15 },
  )
})

test('netrc required without a home', async () => {
  await simulate(1, async (world) => {
    const origin = world.origin('http://a.test', (exchange) => exchange.respond({ body: 'ok' }))
    const { environment } = world
    const easy = new Easy({
      url: 'http://a.test/',
      netrc: 'required',
      environment: {
        ...environment,
        files: {
          factsOf: (p) => environment.files.factsOf(p),
          namesIn: (p) => environment.files.namesIn(p),
          openToWrite: (p, how) => environment.files.openToWrite(p, how),
          sizeOf: (p) => environment.files.sizeOf(p),
          read: (p, f) => environment.files.read(p, f),
          homePath: () => undefined,
        },
      },
    })
    expect(await told(easy)).toMatch(/^READ_ERROR/)
    expect(origin.requests.length).toBe(0)
  })
})

test('a bad cookieList', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) => exchange.respond({ body: 'ok' }))
    const easy = at(world, {
      url: 'http://a.test/',
      cookieFile: [''],
      cookieList: ['nonsense', 'FLUSH'],
      cookieJar: '/dir',
    })
    const a = await told(easy)
    const b = await told(easy)
    expect([a, b]).toEqual([a, a])
  })
})

test('two handles with one jar', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) =>
      exchange.respond({ headers: { 'Set-Cookie': `${exchange.request.target.slice(1)}=1; Max-Age=100` } }),
    )
    const easies = ['one', 'two', 'three'].map((n) =>
      at(world, { url: `http://a.test/${n}`, cookieFile: ['/jar'], cookieJar: '/jar' }),
    )
    await Promise.all(easies.map((e) => e.perform()))
    await Promise.all(easies.map((e) => e.close()))
    const text = world.disk.files.get('/jar')!
    expect(['one', 'two', 'three'].filter((n) => text.includes(n))).toEqual(['one', 'two', 'three'])
  })
})

test('close while loading, close with an unwritable jar', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) =>
      exchange.respond({ headers: { 'Set-Cookie': 'a=b; Max-Age=100' } }),
    )
    world.disk.files.set('/jar', 'a.test\tFALSE\t/\tFALSE\t9999999999\told\tv\n')
    const easy = at(world, { url: 'http://a.test/', cookieFile: ['/jar'], cookieJar: '/jar' })
    const running = told(easy)
    await easy.close()
    expect(await running).toMatch(/^ABORTED/)
    await world.sleep(100)
    expect(world.disk.files.get('/jar')).toContain('old')
    const other = at(world, { url: 'http://a.test/', cookieFile: ['/jar'], cookieJar: '/jar' })
    await told(other)
    world.disk.faults.push('full')
    await expect(other.close()).rejects.toMatchObject({ code: 'WRITE_ERROR' })
    await world.sleep(10_000)
    expect(world.network.openConnections).toBe(0)
    const third = at(world, { url: 'http://a.test/', cookieFile: ['/jar'], cookieJar: '/jar' })
    await told(third)
    world.disk.faults.push('full')
    third[Symbol.dispose]()
    await world.sleep(1_000)
  })
})

test('Share closed early', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', async (exchange) => {
      await exchange.sleep(100)
      exchange.respond({ body: 'ok' })
    })
    const share = new Share({ environment: world.environment, parts: ['connections', 'cookies'] })
    const easy = new Easy({ share, url: 'http://a.test/' })
    const running = told(easy)
    await world.sleep(50)
    await expect(Promise.resolve().then(() => share.close())).rejects.toMatchObject({ code: 'SHARE_IN_USE' })
    expect(await running).toBe('200 ok')
    await easy.close()
    await share.close()
  })
})

test('Digest at each of 100 handles in a Multi with one jar', async () => {
  await simulate(1, async (world) => {
    world.origin(
      'https://a.test',
      (exchange) =>
        exchange.request.fields.has('authorization')
          ? exchange.respond({
              headers: { 'Set-Cookie': `c${exchange.request.target.slice(1)}=1` },
              body: 'in',
            })
          : exchange.respond({
              status: 401,
              headers: {
                'Set-Cookie': 'first=1',
                'WWW-Authenticate': 'Digest realm="x", nonce="n", qop="auth"',
              },
            }),
      { http2: true },
    )
    const share = new Share({ environment: world.environment, parts: ['cookies'] })
    const multi = new Multi({ environment: world.environment })
    const easies = Array.from(
      { length: 100 },
      (_, i) =>
        new Easy({
          environment: world.environment,
          share,
          url: `https://a.test/${i}`,
          username: 'u',
          password: 'p',
          httpAuth: ['digest'],
          body: 'x'.repeat(i),
        }),
    )
    const got = await Promise.all(easies.map((e) => multi.add(e).then((r) => r.text(), String)))
    expect(new Set(got)).toEqual(new Set(['in']))
    expect(easies[0]!.info!.cookieList.length).toBeGreaterThan(49)
    await multi.close()
  })
})

test('a duplicate has the cookies of its making', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) =>
      exchange.respond({
        headers: { 'Set-Cookie': `${exchange.request.target.slice(1)}=1` },
        body: exchange.request.fields.first('cookie') ?? '-',
      }),
    )
    const easy = at(world, { url: 'http://a.test/one', cookieFile: [''] })
    await told(easy)
    const copy = easy.duplicate()
    easy.set({ url: 'http://a.test/two' })
    await told(easy)
    const copyOfCopy = copy.duplicate()
    expect(await told(copy)).toBe('200 one=1')
    expect(await told(copyOfCopy)).toBe('200 one=1')
    expect(await told(easy)).toBe('200 two=1; one=1')
  })
})

test('a handle whose options are reset has no file to write any more', async () => {
  await simulate(1, async (world) => {
    world.origin('http://a.test', (exchange) => exchange.respond({ headers: { 'Set-Cookie': 'a=b' } }))
    const easy = new Easy({ environment: world.environment, url: 'http://a.test/', cookieJar: '/jar' })
    await easy.perform()
    easy.reset()
    await easy.close()
    expect(world.disk.files.has('/jar')).toBe(false)
  })
})
