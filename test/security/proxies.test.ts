/** What went wrong with proxies elsewhere, one test for each advisory, named by its number. */
import { describe, expect, it } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimProxy, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { OptionSet } from '../../packages/core/src/options/option-set.ts'
import { EASY_OPTIONS } from '../../packages/core/src/tables/option-table.ts'

const USERS = { ada: 'secret', bob: 'hidden' }

/** Answers with all fields that it got, one a line. */
const tell: SimHandler = (exchange) => {
  const lines = [...exchange.request.fields].map(([name, value]) => `${name}: ${value}`)
  exchange.respond({ body: lines.join('\n') })
}

/** All heads that a proxy has seen, as text. */
function seenBy(proxy: SimProxy): string {
  return proxy.requests
    .map(({ head }) =>
      [`${head.method} ${head.target}`, ...[...head.fields].map((field) => field.join(': '))].join('\n'),
    )
    .join('\n')
}

async function inWorld(body: (world: SimWorld) => Promise<void>): Promise<void> {
  await simulate(1, body)
}

async function codeOf(easy: Easy): Promise<string> {
  return await easy.perform().then(
    () => 'none',
    (error: TransferError) => error.code,
  )
}

describe('credentials of a proxy', () => {
  it("CVE-2014-0015: a connection to a proxy that tickets of a GSS library have authenticated is no other library's", () =>
    inWorld(async (world) => {
      world.origin('http://a.test', tell)
      const proxy = world.proxy('http://p.test:3128', {
        answer: ({ fields }) =>
          fields.has('proxy-authorization')
            ? undefined
            : { status: 407, headers: { 'Proxy-Authenticate': 'Negotiate' } },
      })
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxy: 'http://p.test:3128',
        proxyAuth: ['any'],
      })
      const connections: number[] = []
      for (const token of [1, 2]) {
        easy.set({ negotiateFunction: () => Uint8Array.of(token) })
        expect((await easy.perform()).status).toBe(200)
        connections.push(proxy.requests.at(-1)!.connection)
      }
      expect(new Set(connections).size).toBe(2)
      expect((await easy.set({ negotiateFunction: undefined }).perform()).status).toBe(407)
      // For tunnels no token is made.
      easy.set({ url: 'https://a.test/', negotiateFunction: () => Uint8Array.of(3) })
      expect(await codeOf(easy)).toBe('COULDNT_CONNECT')
    }))

  it('CVE-2003-1605: do not go to the origin through a tunnel', () =>
    inWorld(async (world) => {
      world.origin('https://a.test', tell)
      const proxy = world.proxy('http://p.test:3128', { users: USERS })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'http://ada:secret@p.test:3128',
        headers: { 'Proxy-Authorization': 'Basic own', 'X-Own': '1' },
        proxyHeader: { 'X-Proxy': '2' },
      })
      const text = (await easy.perform()).text()
      expect(text).toContain('X-Own: 1')
      expect(text).not.toMatch(/proxy/i)
      expect(seenBy(proxy)).toContain('Proxy-Authorization: Basic YWRh')
    }))

  it('CVE-2015-3153: what is for the origin is not told to the proxy', () =>
    inWorld(async (world) => {
      world.origin('https://a.test', tell)
      const proxy = world.proxy('http://p.test:3128')
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://ada:secret@a.test/path?query',
        proxy: 'p.test:3128',
        headers: { 'X-Secret': '1', Cookie: 'a=b' },
        referer: 'http://r.test/',
      })
      await easy.perform()
      expect(seenBy(proxy)).toBe('CONNECT a.test:443\nHost: a.test:443\nProxy-Connection: Keep-Alive')
    }))

  /** A redirect from http to https, for each of which there is another proxy. */
  async function redirected(
    world: SimWorld,
    options: EasyOptions,
    users?: Record<string, string>,
  ): Promise<[SimProxy, SimProxy]> {
    world.origin('http://a.test', (exchange) =>
      exchange.respond({ status: 302, headers: { Location: 'https://b.test/' } }),
    )
    world.origin('http://c.test', (exchange) =>
      exchange.respond({ status: 302, headers: { Location: 'http://d.test/' } }),
    )
    world.origin('https://b.test', tell)
    const first = world.proxy('http://one.test:1', users === undefined ? {} : { users })
    const second = world.proxy('http://two.test:2')
    await using easy = new Easy({
      environment: world.environment,
      url: 'http://a.test/',
      followLocation: true,
      ...options,
    })
    expect((await easy.perform()).status).toBe(200)
    return [first, second]
  }

  it('CVE-2026-6253: those in the variable of one scheme do not go to the proxy of another', () =>
    inWorld(async (world) => {
      const [first, second] = await redirected(
        world,
        {
          proxyEnvironment: { http_proxy: 'http://ada:secret@one.test:1', https_proxy: 'http://two.test:2' },
        },
        USERS,
      )
      expect(seenBy(first)).toContain('Proxy-Authorization')
      expect(second.requests).toHaveLength(1)
      expect(seenBy(second)).not.toContain('Authorization')
    }))

  it('CVE-2026-6253: nor those of the options, nor fields of the user', () =>
    inWorld(async (world) => {
      const [first, second] = await redirected(world, {
        proxyEnvironment: { http_proxy: 'one.test:1', https_proxy: 'two.test:2' },
        proxyUsername: 'ada',
        proxyPassword: 'secret',
        proxyHeader: { 'Proxy-Authorization': 'Basic own', 'X-Any': '1' },
      })
      expect(seenBy(first)).toContain('Proxy-Authorization: Basic own')
      expect(seenBy(second)).toContain('X-Any: 1')
      expect(seenBy(second)).not.toContain('Authorization')
    }))

  it('CVE-2026-6253: the first proxy that is needed is the one that they are for', () =>
    inWorld(async (world) => {
      world.origin('http://intra.test', (exchange) =>
        exchange.respond({ status: 302, headers: { Location: 'http://a.test/' } }),
      )
      const [first, second] = await redirected(world, {
        url: 'http://intra.test/',
        noProxy: 'intra.test',
        proxyEnvironment: { http_proxy: 'one.test:1', https_proxy: 'two.test:2' },
        proxyUsername: 'ada',
        proxyPassword: 'secret',
      })
      expect(seenBy(first)).toContain('Proxy-Authorization')
      expect(seenBy(second)).not.toContain('Authorization')
    }))

  it('CVE-2024-24758, CVE-2024-30260: a Proxy-Authorization of the user follows no redirect to another origin', () =>
    inWorld(async (world) => {
      world.origin('http://a.test', (exchange) =>
        exchange.respond({ status: 302, headers: { Location: 'http://b.test/' } }),
      )
      world.origin('http://b.test', tell)
      const headers = { 'Proxy-Authorization': 'Basic own' }
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        followLocation: true,
        headers,
      })
      expect((await easy.perform()).text()).not.toContain('Authorization')
      // Nor does it come to a second proxy by way of a redirect, though the first one may have it.
      const proxy = world.proxy('http://p.test:3128')
      expect((await easy.set({ proxy: 'p.test:3128' }).perform()).text()).not.toContain('Authorization')
      expect(
        proxy.requests.every(({ head }) => head.fields.first('proxy-authorization') === 'Basic own'),
      ).toBe(true)
    }))

  it('CVE-2026-9079: a password that was cleared is not used', () =>
    inWorld(async (world) => {
      world.origin('http://a.test', tell)
      const proxy = world.proxy('http://p.test:3128')
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxy: 'p.test:3128',
        proxyUsername: 'ada',
        proxyPassword: 'secret',
      })
      await easy.perform()
      await easy.set({ proxyUsername: undefined, proxyPassword: undefined }).perform()
      await easy
        .set({ proxyUsername: 'ada', proxyPassword: 'secret' })
        .reset()
        .set({ url: 'http://a.test/', proxy: 'p.test:3128' })
        .perform()
      const [first, ...others] = proxy.requests.map(({ head }) => head.fields.has('proxy-authorization'))
      expect([first, ...others]).toEqual([true, false, false])
      const options = new OptionSet(EASY_OPTIONS, { proxyPassword: 'x' })
      options.set('proxyPassword', undefined)
      expect(options.snapshot().proxyPassword).toBeUndefined()
    }))

  it('CVE-2026-7168, CVE-2026-8927: the Digest state of one proxy is not shown to another', () =>
    inWorld(async (world) => {
      for (const host of ['a.test', 'b.test', 'c.test']) world.origin(`https://${host}`, tell)
      const first = world.proxy('http://one.test:1', { users: USERS, auth: 'digest' })
      const second = world.proxy('http://two.test:2', { users: USERS, auth: 'digest' })
      await using easy = new Easy({
        environment: world.environment,
        proxyAuth: ['digest'],
        proxyUsername: 'ada',
        proxyPassword: 'secret',
      })
      await easy.set({ url: 'https://a.test/', proxy: 'one.test:1' }).perform()
      await easy.set({ url: 'https://a.test/', proxy: 'two.test:2' }).perform()
      await easy
        .set({ url: 'https://b.test/', proxy: undefined, proxyEnvironment: { https_proxy: 'two.test:2' } })
        .perform()
      // Another user of the same proxy begins with nothing, too.
      await easy.set({ url: 'https://c.test/', proxyUsername: 'bob', proxyPassword: 'hidden' }).perform()
      const logins = (proxy: SimProxy): string[] =>
        proxy.requests.map(
          ({ head }) => /username="(\w+)"/.exec(head.fields.first('proxy-authorization') ?? '')?.[1] ?? '-',
        )
      expect(logins(first)).toEqual(['-', 'ada'])
      expect(logins(second)).toEqual(['-', 'ada', 'ada', '-', 'bob'])
    }))

  it('CVE-2020-8169: a password with "@" does not reach the resolver', () =>
    inWorld(async (world) => {
      world.origin('http://a.test', tell)
      const proxy = world.proxy('http://p.test:3128')
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxy: 'http://ada:x@y@p.test:3128',
      })
      await easy.perform()
      expect(seenBy(proxy)).toContain(`Basic ${btoa('ada:x@y')}`)
      expect(
        world.trace
          .last(1_000)
          .filter((line) => line.includes('lookup'))
          .join(),
      ).not.toMatch(/lookup (?!p\.test)/)
    }))

  it('CVE-2016-5385: HTTP_PROXY, which a CGI client can set, is not read', () =>
    inWorld(async (world) => {
      world.origin('http://a.test', tell)
      const evil = world.proxy('http://evil.test:1')
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxyEnvironment: { HTTP_PROXY: 'evil.test:1' },
      })
      await easy.perform()
      expect(evil.connectionsAccepted).toBe(0)
    }))

  it('CVE-2026-6429: two hosts on one connection to a proxy, and credentials of the first only for the first', () =>
    inWorld(async (world) => {
      world.origin('http://a.test', (exchange) =>
        exchange.respond({ status: 302, headers: { Location: 'http://b.test/' } }),
      )
      world.origin('http://b.test', tell)
      const proxy = world.proxy('http://p.test:3128')
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://ada:secret@a.test/',
        proxy: 'p.test:3128',
        followLocation: true,
      })
      expect((await easy.perform()).text()).not.toContain('Authorization')
      expect([proxy.connectionsAccepted, proxy.requests.length]).toEqual([1, 2])
    }))
})

describe('connections through a proxy', () => {
  /** How many connections a second request takes. */
  async function second(world: SimWorld, one: EasyOptions, other: EasyOptions): Promise<number> {
    world.origin('https://a.test', tell)
    world.origin('http://a.test', tell)
    world.proxy('http://p.test:3128')
    world.proxy('https://s.test:3129')
    world.socks('k.test:1080')
    await using easy = new Easy({
      environment: world.environment,
      url: 'https://a.test/',
      proxy: 'p.test:3128',
      ...one,
    })
    await easy.perform()
    return (await easy.set(other).perform()).info.numConnects
  }

  it('CVE-2026-3784: a tunnel is not reused with other credentials', () =>
    inWorld(async (world) => {
      const one = { proxyUsername: 'ada', proxyPassword: 'Secret' }
      expect(await second(world, one, { proxyPassword: 'other' })).toBe(1)
    }))

  it('CVE-2016-8616: credentials are compared with their case', () =>
    inWorld(async (world) => {
      expect(
        await second(world, { proxyUsername: 'ada', proxyPassword: 'Secret' }, { proxyPassword: 'secret' }),
      ).toBe(1)
    }))

  it('5.9.3: credentials given as fields for the proxy separate tunnels, which they do not in libcurl', () =>
    inWorld(async (world) => {
      const one = { proxyHeader: { 'Proxy-Authorization': 'Basic YTpi' } }
      expect(await second(world, one, { proxyHeader: { 'Proxy-Authorization': 'Basic Yzpk' } })).toBe(1)
    }))

  it('CVE-2016-0755, CVE-2015-3143: one user of NTLM does not get the connection of another, nor nobody does', () =>
    inWorld(async (world) => {
      const ntlm = {
        url: 'http://a.test/',
        proxyAuth: ['ntlm'],
        proxyUsername: 'ada',
        proxyPassword: 'secret',
      }
      expect(await second(world, ntlm, { proxyUsername: 'bob' })).toBe(1)
    }).then(() =>
      inWorld(async (world) => {
        const ntlm = {
          url: 'http://a.test/',
          proxyAuth: ['ntlm'],
          proxyUsername: 'ada',
          proxyPassword: 'secret',
        }
        expect(await second(world, ntlm, { proxyUsername: undefined, proxyPassword: undefined })).toBe(1)
      }),
    ))

  it.each<[string, EasyOptions, EasyOptions]>([
    ['CVE-2016-5420', {}, { proxySslCertBlob: 'cert' }],
    ['CVE-2021-22924', { proxyCaInfo: '/A.pem' }, { proxyCaInfo: '/a.pem' }],
    ['CVE-2022-27782', {}, { proxySslVersion: 'TLSv1.3' }],
    ['CVE-2026-8932', { proxySslKeyBlob: 'one' }, { proxySslKeyBlob: 'two' }],
  ])('%s: the TLS options of a proxy separate', (_name, one, other) =>
    inWorld(async (world) => {
      expect(await second(world, { proxy: 'https://s.test:3129', ...one }, other)).toBe(1)
    }),
  )

  it('CVE-2026-6734: two origins through one SOCKS proxy are two connections', () =>
    inWorld(async (world) => {
      const [a, b] = ['a.test', 'b.test'].map((host) =>
        world.origin(`http://${host}`, (exchange) => exchange.respond({ body: host })),
      )
      world.socks('k.test:1080')
      await using easy = new Easy({ environment: world.environment, proxy: 'socks5h://k.test' })
      for (const host of ['a.test', 'b.test', 'a.test', 'b.test'])
        expect((await easy.set({ url: `http://${host}/` }).perform()).text()).toBe(host)
      expect([a!.connectionsAccepted, b!.connectionsAccepted]).toEqual([1, 1])
    }))
})

describe('certificates', () => {
  const WAYS: readonly EasyOptions[] = [
    { proxy: 'http://p.test:3128' },
    { proxy: 'https://s.test:3129' },
    { proxy: 'socks4a://k.test' },
    { proxy: 'socks5h://k.test' },
    { preProxy: 'socks5h://k.test', proxy: 'http://p.test:3128' },
    { preProxy: 'socks5h://k.test', proxy: 'https://s.test:3129' },
  ]

  function machines(world: SimWorld, untrusted: 'origin' | 'proxy'): void {
    world.origin('https://a.test', tell, {
      tls: { untrusted: untrusted === 'origin', publicKey: 'sha256//ORIGIN' },
    })
    world.proxy('http://p.test:3128')
    world.proxy('https://s.test:3129', {
      tls: { untrusted: untrusted === 'proxy', publicKey: 'sha256//PROXY' },
    })
    world.socks('k.test:1080')
  }

  it('CVE-2026-9697: whatever the way, the origin must be who it says, and options for it hold', () =>
    inWorld(async (world) => {
      machines(world, 'origin')
      for (const way of WAYS) {
        const base = { environment: world.environment, url: 'https://a.test/', ...way }
        await using strict = new Easy({ ...base, proxySslVerifyPeer: false, proxySslVerifyHost: false })
        expect(await codeOf(strict)).toBe('PEER_FAILED_VERIFICATION')
        await using pinned = new Easy({ ...base, sslVerifyPeer: false, pinnedPublicKey: 'sha256//OTHER' })
        expect(await codeOf(pinned)).toBe('SSL_PINNEDPUBKEYNOTMATCH')
        await using right = new Easy({ ...base, sslVerifyPeer: false, pinnedPublicKey: 'sha256//ORIGIN' })
        expect(await codeOf(right)).toBe('none')
      }
    }))

  it('CVE-2022-32210: an https proxy must be who it says, whatever is allowed of the origin', () =>
    inWorld(async (world) => {
      machines(world, 'proxy')
      for (const way of WAYS.filter(({ proxy }) => String(proxy).startsWith('https')))
        for (const url of ['https://a.test/', 'http://a.test/']) {
          const base = {
            environment: world.environment,
            url,
            ...way,
            sslVerifyPeer: false,
            sslVerifyHost: false,
          }
          await using strict = new Easy(base)
          expect(await codeOf(strict)).toBe('PEER_FAILED_VERIFICATION')
          await using pinned = new Easy({
            ...base,
            proxySslVerifyPeer: false,
            proxyPinnedPublicKey: 'sha256//ORIGIN',
          })
          expect(await codeOf(pinned)).toBe('SSL_PINNEDPUBKEYNOTMATCH')
        }
    }))

  it('CVE-2021-22890: a session of the proxy is not offered to the origin, nor the other way round', () =>
    inWorld(async (world) => {
      // The same name for both: only the hop tells them apart.
      world.origin('https://both.test', tell)
      world.proxy('https://both.test:3129')
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://both.test/',
        proxy: 'https://both.test:3129',
        forbidReuse: true,
      })
      expect((await easy.perform()).info.tlsResumed).toBe(false)
      expect((await easy.set({ proxy: undefined }).perform()).info.tlsResumed).toBe(false)
      expect((await easy.set({ proxy: 'https://both.test:3129' }).perform()).info.tlsResumed).toBe(true)
    }))

  it('CVE-2021-22946, CVE-2021-22947: what a proxy sends behind its answer is not taken for words of the origin', () =>
    inWorld(async (world) => {
      world.network.listen('p.test', 3128, (stream) => {
        stream.sink = {
          bytes: () =>
            void stream.write('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nforged'),
          ended: () => stream.close(),
          failed: () => {},
          drained: () => {},
        }
      })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'p.test:3128',
      })
      expect(await codeOf(easy)).toBe('SSL_CONNECT_ERROR')
    }))
})

describe('input', () => {
  it('CVE-2014-8150: a line end in a URL reaches no proxy', () =>
    inWorld(async (world) => {
      const proxy = world.proxy('http://p.test:3128')
      for (const url of [
        'http://a.test/\r\nEvil: 1',
        'http://a.test/ HTTP/1.1\r\nEvil:1',
        'http://a\n.test/',
        'http://a.test\0/',
      ]) {
        await using easy = new Easy({ environment: world.environment, url, proxy: 'p.test:3128' })
        expect(await codeOf(easy)).toBe('URL_MALFORMAT')
      }
      for (const options of [{ proxyHeader: { A: 'b\nEvil: 1' } }, { userAgent: 'b\r\nEvil: 1' }])
        expect(() => new Easy(options)).toThrow(expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }))
      expect([proxy.connectionsAccepted, world.network.dials.length]).toEqual([0, 0])
    }))

  it('CVE-2023-38545: a name too long for SOCKS5 is refused, and not looked up here instead', () =>
    inWorld(async (world) => {
      const socks = world.socks('k.test:1080')
      const long = Array.from({ length: 5 }, () => 'n'.repeat(60)).join('.')
      await using easy = new Easy({
        environment: world.environment,
        // A URL with such a name is refused before: this is another way for it to get there.
        url: 'http://a.test/',
        connectTo: [`a.test:80:${long}:80`],
        proxy: 'socks5h://k.test',
      })
      const error = await easy.perform().then(
        () => undefined,
        (reason: TransferError) => reason,
      )
      expect([error?.code, error?.details['proxyError']]).toEqual(['PROXY', 'LONG_HOSTNAME'])
      expect([socks.requests, world.network.lookups]).toEqual([[], 1])
    }))

  it('CVE-2023-38039: heads of answers to CONNECT count, over 1xx and rounds', () =>
    inWorld(async (world) => {
      world.network.listen('p.test', 3128, (stream) => {
        stream.sink = {
          bytes: () => {
            for (let count = 0; count < 10; count += 1)
              stream.write(`HTTP/1.1 103 Early\r\nX: ${'y'.repeat(60_000)}\r\n\r\n`)
          },
          ended: () => stream.close(),
          failed: () => {},
          drained: () => {},
        }
      })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'p.test:3128',
      })
      expect(await codeOf(easy)).toBe('TOO_LARGE')
    }))

  it('says nothing secret in messages, verdicts and events', () =>
    inWorld(async (world) => {
      world.origin('https://a.test', tell)
      world.proxy('http://p.test:3128', { users: USERS })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'http://ada:wrongpass@p.test:3128',
      })
      const told: unknown[] = []
      easy.events.on('connect-answered', ({ sent }) => told.push(sent))
      easy.events.on('transfer-done', (info) => told.push(info.toJSON()))
      easy.events.on('connection-opened', (snapshot) => told.push(snapshot))
      await easy.perform().catch((error: TransferError) => told.push(error.message, error.details))
      await easy.set({ proxy: 'http://ada:secret@p.test:3128' }).perform()
      // The event is for showing what was sent, but for logins.
      easy.events.removeAllListeners('connect-answered')
      const { info } = await easy
        .set({ proxy: 'http://ada:secret@p.test:3128', proxyHeader: { 'X-Token': 'hush' } })
        .perform()
      told.push(info.verdict?.toJSON(), easy.handle.toString())
      const text = JSON.stringify(told)
      for (const secret of ['wrongpass', 'secret', 'hush', btoa('ada:secret')])
        expect(text).not.toContain(secret)
      expect(text).toContain('proxyHeader differs')
    }))
})
