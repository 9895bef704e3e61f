/** Proxies of every kind: what goes where, who looks names up, which connections are shared, and how it fails. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimProxy, type SimSocks, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

/** Tells what it was asked, and echoes bodies. */
const echo: SimHandler = async (exchange) => {
  const { method, target, fields } = exchange.request
  const body = new TextDecoder().decode(await exchange.body())
  const names = [...fields].map(([name]) => name.toLowerCase()).join(' ')
  exchange.respond({
    body: `${method} ${fields.first('host')}${target} [${body}]`,
    headers: { 'X-Fields': names },
  })
}

interface Scene {
  readonly proxy: SimProxy
  readonly secureProxy: SimProxy
  readonly socks: SimSocks
}

/** Two origins of each scheme, and a proxy of each kind. */
function scene(world: SimWorld): Scene {
  for (const host of ['a.test', 'b.test']) {
    world.origin(`http://${host}`, echo, { http2: true })
    world.origin(`https://${host}`, echo, { http2: true })
  }
  return {
    proxy: world.proxy('http://p.test:3128'),
    secureProxy: world.proxy('https://s.test:3129'),
    socks: world.socks('k.test:1080'),
  }
}

interface Way {
  readonly name: string
  readonly options: EasyOptions
  /** The scheme of origins that it is for. */
  readonly schemes: readonly ('http' | 'https')[]
  /** Whether requests of all origins share connections. */
  readonly isForward?: boolean
  /** Who is connected to first. */
  readonly first: string
  readonly connectCode: number
}

const WAYS: readonly Way[] = [
  {
    name: 'forward',
    options: { proxy: 'http://p.test:3128' },
    schemes: ['http'],
    isForward: true,
    first: 'p.test',
    connectCode: 0,
  },
  {
    name: 'forward over TLS',
    options: { proxy: 'https://s.test:3129' },
    schemes: ['http'],
    isForward: true,
    first: 's.test',
    connectCode: 0,
  },
  {
    name: 'tunnel',
    options: { proxy: 'http://p.test:3128', httpProxyTunnel: true },
    schemes: ['http', 'https'],
    first: 'p.test',
    connectCode: 200,
  },
  {
    name: 'tunnel over TLS',
    options: { proxy: 'https://s.test:3129', httpProxyTunnel: true },
    schemes: ['http', 'https'],
    first: 's.test',
    connectCode: 200,
  },
  ...(['socks4', 'socks4a', 'socks5', 'socks5h'] as const).map((type) => ({
    name: type,
    options: { proxy: `${type}://k.test` },
    schemes: ['http', 'https'] as const,
    first: 'k.test',
    connectCode: 0,
  })),
  {
    name: 'SOCKS, then forward',
    options: { preProxy: 'socks5h://k.test', proxy: 'p.test:3128' },
    schemes: ['http'],
    isForward: true,
    first: 'k.test',
    connectCode: 0,
  },
  {
    name: 'SOCKS, then tunnel over TLS',
    options: { preProxy: 'socks4a://k.test', proxy: 'https://s.test:3129', httpProxyTunnel: true },
    schemes: ['http', 'https'],
    first: 'k.test',
    connectCode: 200,
  },
]

const CASES = WAYS.flatMap((way) =>
  way.schemes.map((scheme) => [`${way.name}, ${scheme}`, way, scheme] as const),
)

describe.each(CASES)('%s', (_name, way, scheme) => {
  test.each(['1.1', '2tls'] as const)(
    'carries requests and bodies, and keeps its connection (HTTP/%s)',
    async (httpVersion) => {
      await simulate(1, async (world) => {
        scene(world)
        await using easy = new Easy({ ...way.options, httpVersion, environment: world.environment })
        const first = await easy.set({ url: `${scheme}://a.test/x?y` }).perform()
        expect(first.text()).toBe('GET a.test/x?y []')
        const { info } = first
        expect([info.usedProxy, info.httpConnectCode, info.numConnects]).toEqual([true, way.connectCode, 1])
        expect(info.primaryIp).toBe(world.network.addressesOf(way.first)[0])
        expect(info.httpVersion).toBe(scheme === 'https' && httpVersion === '2tls' ? '2' : '1.1')
        const second = await easy.set({ body: 'some body', url: `${scheme}://a.test/z` }).perform()
        expect(second.text()).toBe('POST a.test/z [some body]')
        expect([second.info.numConnects, second.info.httpConnectCode]).toEqual([0, 0])
      })
    },
  )

  test('works when bytes come one by one', async () => {
    await simulate(1, async (world) => {
      scene(world)
      for (const host of ['p.test', 's.test', 'k.test', 'a.test']) world.network.link(host, { chunkBytes: 1 })
      await using easy = new Easy({
        ...way.options,
        environment: world.environment,
        url: `${scheme}://a.test/`,
      })
      expect((await easy.perform()).text()).toBe('GET a.test/ []')
    })
  })

  test('is one connection for all origins, or one for each', async () => {
    await simulate(1, async (world) => {
      scene(world)
      await using easy = new Easy({ ...way.options, environment: world.environment })
      const connects: number[] = []
      for (const host of ['a.test', 'b.test', 'a.test']) {
        const { info } = await easy.set({ url: `${scheme}://${host}/` }).perform()
        connects.push(info.numConnects)
      }
      expect(connects).toEqual(way.isForward === true ? [1, 0, 0] : [1, 1, 0])
    })
  })

  test('leaves nothing behind when the proxy says nothing', async () => {
    await simulate(1, async (world) => {
      const { proxy, secureProxy, socks } = scene(world)
      for (const one of [proxy, secureProxy, socks]) one.stop()
      for (const [host, port] of [
        ['p.test', 3128],
        ['s.test', 3129],
        ['k.test', 1080],
      ] as const)
        world.network.listen(host, port, (stream) => {
          stream.sink = { bytes: () => {}, ended: () => stream.close(), failed: () => {}, drained: () => {} }
        })
      await using easy = new Easy({
        ...way.options,
        environment: world.environment,
        url: `${scheme}://a.test/`,
        timeoutMs: 500,
      })
      await expect(easy.perform()).rejects.toMatchObject({ code: 'OPERATION_TIMEDOUT' })
      await world.sleep(10)
      expect(world.network.openConnections).toBe(0)
    })
  })
})

describe('names', () => {
  test.each([
    ['socks4', 1, '10.0.0.1'],
    ['socks4a', 0, 'a.test'],
    ['socks5', 1, '10.0.0.1'],
    ['socks5h', 0, 'a.test'],
  ])('%s looks up %i here', async (type, lookups, asked) => {
    await simulate(1, async (world) => {
      const { socks } = scene(world)
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxy: `${type}://k.test`,
      })
      await easy.perform()
      // And the proxy's own.
      expect(world.network.lookups).toBe(lookups + 1)
      expect(socks.requests).toMatchObject([
        { host: asked, port: 80, version: type.startsWith('socks4') ? 4 : 5 },
      ])
    })
  })

  test('pins hold for the proxy and for what is looked up here', async () => {
    await simulate(1, async (world) => {
      const { socks } = scene(world)
      const [proxyAt = ''] = world.network.addressesOf('k.test')
      const [originAt = ''] = world.network.addressesOf('a.test')
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://unknown.test/',
        proxy: 'socks5://gateway.test',
        resolve: [`gateway.test:1080:${proxyAt}`, `unknown.test:80:${originAt}`],
      })
      expect((await easy.perform()).text()).toBe('GET unknown.test/ []')
      expect(world.network.lookups).toBe(0)
      expect(socks.requests).toMatchObject([{ host: originAt }])
    })
  })

  test('connectTo turns forwarding into a tunnel, and tells the proxy where to', async () => {
    await simulate(1, async (world) => {
      const { proxy, socks } = scene(world)
      const connectTo = ['c.test:80:a.test:80']
      await using easy = new Easy({ environment: world.environment, url: 'http://c.test/', connectTo })
      expect((await easy.set({ proxy: 'http://p.test:3128' }).perform()).text()).toBe('GET c.test/ []')
      expect((await easy.set({ proxy: 'socks5h://k.test' }).perform()).text()).toBe('GET c.test/ []')
      expect(proxy.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(['CONNECT a.test:80'])
      expect(socks.requests).toMatchObject([{ host: 'a.test', port: 80 }])
    })
  })

  test('a UNIX socket goes before all proxies', async () => {
    await simulate(1, async (world) => {
      const { proxy } = scene(world)
      world.origin('http://u.test', echo, { unixPath: '/run/u' })
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://u.test/',
        proxy: 'p.test:3128',
        unixSocketPath: '/run/u',
      })
      const { info } = await easy.perform()
      expect([info.usedProxy, proxy.connectionsAccepted]).toEqual([false, 0])
    })
  })
})

describe('which proxy', () => {
  test.each<[string, EasyOptions, string, string]>([
    ['the option', { proxy: 'p.test:3128' }, 'http://a.test/', 'p'],
    ['no proxy for listed hosts', { proxy: 'p.test:3128', noProxy: 'x.test, test' }, 'http://a.test/', ''],
    ['http_proxy', { proxyEnvironment: { http_proxy: 'p.test:3128' } }, 'http://a.test/', 'p'],
    [
      'https_proxy',
      { proxyEnvironment: { http_proxy: 'p.test:3128', https_proxy: 'https://s.test:3129' } },
      'https://a.test/',
      's',
    ],
    [
      'HTTP_PROXY is what a client may set',
      { proxyEnvironment: { HTTP_PROXY: 'p.test:3128' } },
      'http://a.test/',
      '',
    ],
    ['HTTPS_PROXY', { proxyEnvironment: { HTTPS_PROXY: 'p.test:3128' } }, 'https://a.test/', 'p'],
    [
      'ALL_PROXY',
      { proxyEnvironment: { ALL_PROXY: 'socks5h://k.test', http_proxy: '' } },
      'http://a.test/',
      'k',
    ],
    [
      'no_proxy',
      { proxyEnvironment: { all_proxy: 'p.test:3128', NO_PROXY: 'a.test' } },
      'http://a.test/',
      '',
    ],
    [
      'no_proxy holds for the option',
      { proxy: 'p.test:3128', proxyEnvironment: { no_proxy: 'a.test' } },
      'http://a.test/',
      '',
    ],
    [
      'noProxy goes before no_proxy',
      { proxy: 'p.test:3128', noProxy: '', proxyEnvironment: { no_proxy: 'a.test' } },
      'http://a.test/',
      'p',
    ],
    [
      'the option goes before the variables',
      { proxy: 'p.test:3128', proxyEnvironment: { all_proxy: 'socks5h://k.test' } },
      'http://a.test/',
      'p',
    ],
    [
      'an empty option is no proxy',
      { proxy: '', proxyEnvironment: { all_proxy: 'p.test:3128' } },
      'http://a.test/',
      '',
    ],
    ['the variables are not read unasked', {}, 'http://a.test/', ''],
    [
      'a type and a port for what names none',
      { proxy: 'k.test', proxyType: 'socks5h', proxyPort: 1080 },
      'http://a.test/',
      'k',
    ],
  ])('%s', async (_name, options, url, used) => {
    await simulate(1, async (world) => {
      const { proxy, secureProxy, socks } = scene(world)
      await using easy = new Easy({ environment: world.environment, url, ...options })
      const { info } = await easy.perform()
      const seen = [
        proxy.requests.length > 0 ? 'p' : '',
        secureProxy.requests.length > 0 ? 's' : '',
        socks.requests.length > 0 ? 'k' : '',
      ]
      expect([seen.join(''), info.usedProxy]).toEqual([used, used !== ''])
    })
  })
})

describe('what is said to an HTTP proxy', () => {
  async function heads(options: EasyOptions, url: string): Promise<{ proxy: string[]; origin: string }> {
    const { value } = await simulate(1, async (world) => {
      const { proxy } = scene(world)
      await using easy = new Easy({
        environment: world.environment,
        url,
        userAgent: 'ua',
        proxy: 'p.test:3128',
        httpVersion: '1.1',
        ...options,
      })
      const { headers } = await easy.perform()
      const shown = proxy.requests.map(({ head }) =>
        [`${head.method} ${head.target}`, ...[...head.fields].map((field) => field.join(': '))].join('|'),
      )
      return { proxy: shown, origin: headers.first('x-fields') ?? '' }
    })
    return value
  }

  // As curl 7.88 sends them, seen on the wire.
  test('forwarding: the whole URL, credentials for the proxy, fields of both kinds', async () => {
    const { proxy, origin } = await heads(
      { proxy: 'http://u:p%40ss@p.test:3128', headers: { 'X-Own': '1' }, proxyHeader: { 'X-Proxy': '2' } },
      'http://a.test/x?y#z',
    )
    expect(proxy).toEqual([
      'GET http://a.test/x?y|Host: a.test|Proxy-Authorization: Basic dTpwQHNz|User-Agent: ua|Accept: */*|Proxy-Connection: Keep-Alive|X-Own: 1|X-Proxy: 2',
    ])
    expect(origin).not.toContain('proxy-')
  })

  test('a tunnel: nothing of the request but where it goes', async () => {
    const { proxy, origin } = await heads(
      {
        proxyUsername: 'u',
        proxyPassword: 'p',
        headers: { 'X-Own': '1', Cookie: 'c' },
        proxyHeader: { 'X-Proxy': '2' },
      },
      'https://a.test/x?y',
    )
    expect(proxy).toEqual([
      'CONNECT a.test:443|Host: a.test:443|Proxy-Authorization: Basic dTpw|User-Agent: ua|Proxy-Connection: Keep-Alive|X-Proxy: 2',
    ])
    expect(origin).toBe('host user-agent accept x-own cookie')
  })

  test.each(['p.test:3128', 'http://p.test:3128'])('in HTTP/1.0 only tunnels: %s', async (proxy) => {
    const options: EasyOptions = {
      proxy,
      proxyType: 'http1.0',
      proxyUsername: 'u',
      proxyPassword: 'p',
      proxyAuth: ['digest'],
    }
    const versions = async (url: string): Promise<string[]> => {
      const { value } = await simulate(1, async (world) => {
        const { proxy: server } = scene(world)
        const users = { u: 'p' }
        const strict = world.proxy('http://p.test:3129', { users, auth: 'digest' })
        await using easy = new Easy({
          environment: world.environment,
          url,
          ...options,
          proxy: proxy.replace('3128', '3129'),
        })
        expect((await easy.perform()).status).toBe(200)
        expect(server.requests).toEqual([])
        return strict.requests.map(({ head }) => `${head.method} ${head.version}`)
      })
      return value
    }
    expect(await versions('https://a.test/')).toEqual(['CONNECT 1.0', 'CONNECT 1.0'])
    expect(await versions('http://a.test/')).toEqual(['GET 1.1', 'GET 1.1'])
  })

  test('what is in the URL of a proxy goes before the options', async () => {
    const { proxy } = await heads(
      { proxy: 'http://u:p@p.test:3128', proxyUsername: 'other' },
      'http://a.test/',
    )
    expect(proxy[0]).toContain('Proxy-Authorization: Basic dTpw|')
  })

  test('proxyHeader replaces and removes', async () => {
    const { proxy } = await heads(
      { proxyHeader: { 'User-Agent': 'other', 'Proxy-Connection': undefined } },
      'https://a.test/',
    )
    expect(proxy).toEqual(['CONNECT a.test:443|Host: a.test:443|User-Agent: other'])
  })

  test('IPv6 stands in brackets', async () => {
    await simulate(1, async (world) => {
      world.network.name('six.test', ['fd00::9'])
      world.origin('http://six.test', echo)
      const proxy = world.proxy('http://p.test:3128')
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://[fd00::9]/',
        proxy: 'p.test:3128',
        httpProxyTunnel: true,
      })
      await easy.perform()
      expect(proxy.requests[0]).toMatchObject({ target: '[fd00::9]:80' })
    })
  })

  test.each<[string, EasyOptions, string]>([
    ['a length in proxyHeader', { proxyHeader: { 'Content-Length': '3' } }, 'BAD_FUNCTION_ARGUMENT'],
    ['a CR in a proxy', { proxy: 'http://p.test\r\nx:3128' }, 'COULDNT_RESOLVE_PROXY'],
    ['a blank in a proxy', { proxy: 'http://p test:3128' }, 'COULDNT_RESOLVE_PROXY'],
    ['no host', { proxy: 'http://:3128' }, 'COULDNT_RESOLVE_PROXY'],
    ['a port beyond all ports', { proxy: 'http://p.test:99999' }, 'COULDNT_RESOLVE_PROXY'],
    ['another scheme', { proxy: 'gopher://p.test' }, 'COULDNT_CONNECT'],
    ['a preProxy that is none', { preProxy: 'http://p.test' }, 'BAD_FUNCTION_ARGUMENT'],
    ['a control character in a user name', { proxy: 'http://a%0ab@p.test' }, 'BAD_FUNCTION_ARGUMENT'],
    ['an unknown word in proxyAuth', { proxy: 'p.test', proxyAuth: ['magic'] }, 'BAD_FUNCTION_ARGUMENT'],
    ['no address in haproxyClientIp', { haproxyClientIp: 'me' }, 'BAD_FUNCTION_ARGUMENT'],
  ])('%s is refused before anything is sent', async (_name, options, code) => {
    await simulate(1, async (world) => {
      scene(world)
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'p.test:3128',
        ...options,
      })
      const error = await easy.perform().then(
        () => undefined,
        (failure: TransferError) => failure,
      )
      expect([error?.code, error?.phase]).toEqual([code, 'setup'])
      expect(error?.message).not.toContain('Evil')
      expect(world.network.dials).toEqual([])
    })
  })
})

describe('connections', () => {
  test('the limit per host counts the proxy', async () => {
    await simulate(1, async (world) => {
      scene(world)
      const multi = new Multi({ environment: world.environment, maxHostConnections: 1 })
      const urls = ['https://a.test/1', 'https://b.test/2', 'http://a.test/3']
      const runs = urls.map((url) =>
        multi.add(new Easy({ environment: world.environment, url, proxy: 'p.test:3128' })),
      )
      let most = 0
      const watch = async (): Promise<void> => {
        while (multi.handles.length > 0) {
          most = Math.max(most, world.network.openConnections)
          await world.sleep(1)
        }
      }
      await Promise.all([...runs, watch()])
      expect(most).toBe(1)
      await multi.close()
    })
  })

  test.each<[string, EasyOptions, EasyOptions, boolean]>([
    [
      'other credentials',
      { proxyUsername: 'a', proxyPassword: 'x' },
      { proxyUsername: 'a', proxyPassword: 'y' },
      false,
    ],
    ['another version of HTTP for the tunnel', { proxyType: 'http1.0' }, {}, false],
    [
      'other fields for the proxy (libcurl shares these)',
      { proxyHeader: { 'X-A': '1' } },
      { proxyHeader: { 'X-A': '2' } },
      false,
    ],
    ['another proxy', {}, { proxy: 'https://s.test:3129' }, false],
    ['a proxy before the proxy', {}, { preProxy: 'socks5h://k.test' }, false],
    ['no proxy', {}, { proxy: undefined }, false],
    [
      'a proxy found in variables',
      {},
      { proxy: undefined, proxyEnvironment: { all_proxy: 'p.test:3128' } },
      true,
    ],
    ['a list of hosts without proxy', {}, { noProxy: 'c.test' }, true],
  ])('%s', async (_name, one, other, isShared) => {
    await simulate(1, async (world) => {
      scene(world)
      const base: EasyOptions = { url: 'https://a.test/', proxy: 'p.test:3128' }
      await using easy = new Easy({ environment: world.environment, ...base, ...one })
      await easy.perform()
      const undo = Object.fromEntries(Object.keys(one).map((name) => [name, undefined]))
      const { info } = await easy.set({ ...undo, ...base, ...other }).perform()
      expect(info.connReused).toBe(isShared)
      expect(info.verdict?.candidates[0]?.reasons[0]?.code).toBe(isShared ? undefined : 'proxy')
    })
  })

  test('a forwarding proxy that says Proxy-Connection: close is left', async () => {
    await simulate(1, async (world) => {
      const proxy = world.proxy('http://p.test:3128', {
        answer: () => ({ headers: { 'Proxy-Connection': 'close' }, body: 'x' }),
      })
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxy: 'p.test:3128',
      })
      await easy.perform()
      await easy.perform()
      expect(proxy.connectionsAccepted).toBe(2)
    })
  })

  test('nothing is coalesced through a proxy', async () => {
    await simulate(1, async (world) => {
      const tls = { certificateNames: ['a.test', 'b.test'] }
      world.network.name('a.test', ['10.9.9.9'])
      world.network.name('b.test', ['10.9.9.9'])
      const origin = world.origin('https://a.test', echo, { http2: true, tls })
      world.proxy('http://p.test:3128')
      const multi = new Multi({ environment: world.environment, coalesce: true })
      const get = (host: string, proxy?: string): Promise<unknown> =>
        multi.add(new Easy({ environment: world.environment, url: `https://${host}/`, proxy }))
      await get('a.test', 'p.test:3128')
      await get('b.test', 'p.test:3128')
      expect(origin.connectionsAccepted).toBe(2)
      // Nor does a direct one serve those who want the proxy, or the other way round.
      await get('a.test')
      expect(origin.connectionsAccepted).toBe(3)
      await get('b.test')
      expect(origin.connectionsAccepted).toBe(3)
      await multi.close()
    })
  })

  test('sessions of TLS with a proxy are resumed for any origin, and never shown to one', async () => {
    await simulate(1, async (world) => {
      scene(world)
      await using easy = new Easy({
        environment: world.environment,
        proxy: 'https://s.test:3129',
        forbidReuse: true,
      })
      const resumed: boolean[] = []
      for (const host of ['a.test', 'b.test', 'a.test']) {
        const { info } = await easy.set({ url: `https://${host}/` }).perform()
        resumed.push(info.tlsResumed)
      }
      expect(resumed).toEqual([false, false, true])
    })
  })

  test('what an origin says first behind the answer of the proxy is not lost', async () => {
    await simulate(1, async (world) => {
      scene(world)
      // HTTP/2 servers send SETTINGS as soon as there is a connection.
      await using easy = new Easy({
        environment: world.environment,
        url: 'http://a.test/',
        proxy: 'p.test:3128',
        httpProxyTunnel: true,
        httpVersion: '2-prior-knowledge',
      })
      for (let run = 0; run < 2; run += 1) expect((await easy.perform()).info.httpVersion).toBe('2')
    })
  })
})

describe('failures', () => {
  async function failure(
    options: EasyOptions,
    arrange: (world: SimWorld, scene: Scene) => void,
  ): Promise<TransferError> {
    const { value } = await simulate(1, async (world) => {
      const all = scene(world)
      arrange(world, all)
      await using easy = new Easy({ environment: world.environment, url: 'https://a.test/', ...options })
      const error = await easy.perform().then(
        () => undefined,
        (reason: TransferError) => reason,
      )
      await world.sleep(10)
      expect(world.network.openConnections).toBe(0)
      return error!
    })
    return value
  }

  test('a proxy without address', async () => {
    const error = await failure({ proxy: 'p.test:3128' }, ({ network }) => network.loseName('p.test'))
    expect([error.code, error.curlNumber, error.phase]).toEqual(['COULDNT_RESOLVE_PROXY', 5, 'resolve'])
  })

  test('a proxy that does not listen', async () => {
    const error = await failure({ proxy: 'p.test:3128' }, (_world, { proxy }) => proxy.stop())
    expect([error.code, error.phase]).toEqual(['COULDNT_CONNECT', 'connect'])
  })

  test('a name that SOCKS 4 and 5 cannot be told', async () => {
    const error = await failure({ proxy: 'socks5://k.test' }, ({ network }) => network.loseName('a.test'))
    expect([error.code, error.curlNumber, error.details['proxyError']]).toEqual(['PROXY', 97, 'RESOLVE_HOST'])
  })

  test.each([
    ['socks5h', 2, 'REPLY_NOT_ALLOWED'],
    ['socks5h', 5, 'REPLY_CONNECTION_REFUSED'],
    ['socks4a', 91, 'REQUEST_FAILED'],
    ['socks4a', 93, 'IDENTD_DIFFER'],
  ])('%s that replies %i', async (type, refuseWith, proxyError) => {
    const error = await failure({ proxy: `${type}://r.test` }, (world) =>
      world.socks('r.test:1080', { refuseWith }),
    )
    expect([error.code, error.phase, error.details]).toMatchObject([
      'PROXY',
      'proxy',
      { proxyError, reply: refuseWith },
    ])
  })

  test('a SOCKS login that is refused, or wanted', async () => {
    const users = { ada: 'secret' }
    const arrange = (world: SimWorld): unknown => world.socks('r.test:1080', { users })
    const refused = await failure({ proxy: 'socks5h://ada:guess@r.test' }, arrange)
    expect(refused.details['proxyError']).toBe('USER_REJECTED')
    expect(refused.message).not.toContain('guess')
    const wanted = await failure({ proxy: 'socks5h://r.test' }, arrange)
    expect(wanted.details['proxyError']).toBe('NO_AUTH')
  })

  test.each([403, 502, 407, 301])('CONNECT answered with %i', async (status) => {
    const seen: number[] = []
    const error = await failure(
      { proxy: 'r.test:3128', headerFunction: ({ status: one }) => void seen.push(one) },
      (world) => world.proxy('http://r.test:3128', { answer: () => ({ status, body: 'no' }) }),
    )
    expect([error.code, error.curlNumber, error.details['status']]).toEqual(['COULDNT_CONNECT', 7, status])
    expect(error.message).toContain(`CONNECT tunnel failed, response ${status}`)
    expect(seen).toEqual([status])
  })

  test('a proxy certificate that is not trusted, and one for another name', async () => {
    const untrusted = await failure({ proxy: 'https://r.test:3128' }, (world) =>
      world.proxy('https://r.test:3128', { tls: { untrusted: true } }),
    )
    expect([untrusted.code, untrusted.details['proxy']]).toEqual([
      'PEER_FAILED_VERIFICATION',
      'https://r.test:3128',
    ])
    const other = await failure({ proxy: 'https://r.test:3128' }, (world) =>
      world.proxy('https://r.test:3128', { tls: { certificateNames: ['else.test'] } }),
    )
    expect(other.code).toBe('PEER_FAILED_VERIFICATION')
  })

  test('what did not have to pass is told', async () => {
    await simulate(1, async (world) => {
      scene(world)
      world.proxy('https://r.test:3128', { tls: { untrusted: true } })
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'https://r.test:3128',
        proxySslVerifyPeer: false,
      })
      const { info } = await easy.perform()
      expect([info.proxySslVerifyResult, info.sslVerifyResult]).toEqual([
        expect.stringContaining('trusted'),
        '',
      ])
    })
  })
})

describe('heads of CONNECT', () => {
  async function told(options: EasyOptions): Promise<string[]> {
    const { value } = await simulate(1, async (world) => {
      scene(world)
      const heads: string[] = []
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'p.test:3128',
        headerFunction: ({ status, reason }, final) => void heads.push(`${status} ${reason} ${final}`),
        ...options,
      })
      const result = await easy.perform()
      expect(result.status).toBe(200)
      return heads
    })
    return value
  }

  test('go to headerFunction before those of the response', async () => {
    expect(await told({ httpVersion: '1.1' })).toEqual(['200 Connection established false', '200 OK true'])
  })

  test('do not when suppressConnectHeaders is set', async () => {
    expect(await told({ httpVersion: '1.1', suppressConnectHeaders: true })).toEqual(['200 OK true'])
  })

  test('a function that throws ends the transfer', async () => {
    await expect(
      told({
        headerFunction: () => {
          throw new Error('no')
        },
      }),
    ).rejects.toMatchObject({ code: 'WRITE_ERROR' })
  })

  test('the event tells them, without the words of the login', async () => {
    await simulate(1, async (world) => {
      scene(world)
      await using easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        proxy: 'http://u:secret@p.test:3128',
      })
      const answers: unknown[] = []
      easy.events.on('connect-answered', ({ origin, proxy, sent, head }) =>
        answers.push([origin, proxy, head.status, sent.split('\r\n').slice(0, 3)]),
      )
      await easy.perform()
      expect(answers).toEqual([
        [
          'https://a.test:443',
          'http://p.test:3128',
          200,
          ['CONNECT a.test:443 HTTP/1.1', 'Host: a.test:443', 'Proxy-Authorization: Basic ...'],
        ],
      ])
    })
  })
})
