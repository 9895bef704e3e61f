/** Proxies that nobody here wrote: squid, dante, microsocks, nghttpx, proxy-chain; and servers that want the PROXY header. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { Server as ProxyChain } from 'proxy-chain'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EasyOptions, TransferResult } from '@trunkline/core'
import { Easy } from '../../packages/easy/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { trunkline } from '../support/command-line.ts'
import * as servers from '../support/servers/proxies.ts'

const { USER, PASSWORD } = servers
const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'], names: ['localhost'] })
const LOGIN = `${USER}:${encodeURIComponent(PASSWORD)}`
const LARGE = Buffer.alloc(3_000_000, 'large ')

let http: string
let https: string
const origins: Server[] = []

/** Tells the URL and the length and hash of the body; `/large` is large. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const hash = createHash('sha256')
  request.on('data', (piece: Buffer) => hash.update(piece))
  request.once('end', () => {
    if (request.url === '/large') response.end(LARGE)
    else
      response.end(
        `${request.url} ${request.headers['proxy-authorization'] ?? ''}${hash.digest('hex').slice(0, 8)}`,
      )
  })
}

const EMPTY = createHash('sha256').digest('hex').slice(0, 8)

beforeAll(async () => {
  const clear = createServer(answer)
  const secure = createSecureServer({ ...credentials, allowHTTP1: true }, answer as never)
  origins.push(clear, secure)
  for (const server of origins) await once(server.listen(0, '127.0.0.1'), 'listening')
  http = `http://127.0.0.1:${(clear.address() as AddressInfo).port}`
  https = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
})

afterAll(() => {
  for (const server of origins) server.close()
})

function easy(options: EasyOptions): Easy {
  return new Easy({
    caInfoBlob: authority.cert,
    proxyCaInfoBlob: authority.cert,
    timeoutMs: 15_000,
    ...options,
  })
}

/** Small, small again, large, and a body of our own: all right, and over one connection. */
async function expectToWork(options: EasyOptions, origin: string): Promise<TransferResult> {
  await using handle = easy(options)
  const first = await handle.set({ url: `${origin}/first?x` }).perform()
  expect([first.status, first.text()]).toEqual([200, `/first?x ${EMPTY}`])
  const large = await handle.set({ url: `${origin}/large` }).perform()
  expect(Buffer.compare(large.body, LARGE)).toBe(0)
  const sent = await handle.set({ url: `${origin}/up`, body: LARGE }).perform()
  expect(sent.text()).toBe(`/up ${createHash('sha256').update(LARGE).digest('hex').slice(0, 8)}`)
  expect([first, large, sent].map(({ info }) => info.numConnects)).toEqual([1, 0, 0])
  expect([first, large, sent].every(({ info }) => info.usedProxy)).toBe(true)
  return first
}

async function codeOf(options: EasyOptions, url: string): Promise<string> {
  await using handle = easy({ ...options, url })
  return await handle.perform().then(
    ({ status }) => String(status),
    (error: { code: string; details: { status?: number; proxyError?: string } }) =>
      [error.code, error.details.status ?? error.details.proxyError].join(' '),
  )
}

describe.runIf(servers.isSquidInstalled())('squid', () => {
  let squid: servers.RunningProxy
  beforeAll(async () => {
    squid = await servers.startSquid({ credentials })
  })
  afterAll(() => squid?.stop())

  test('forwards', async () => {
    const { info } = await expectToWork({ proxy: squid.at }, http)
    expect([info.httpConnectCode, info.primaryPort]).toEqual([0, Number(squid.at.split(':')[1])])
  })

  test('forwards over TLS', async () => {
    await expectToWork({ proxy: `https://${squid.secureAt}` }, http)
  })

  test.each(['1.1', '2tls'] as const)('opens tunnels for HTTP/%s', async (httpVersion) => {
    for (const options of [{ proxy: squid.at }, { proxy: `https://${squid.secureAt}` }]) {
      const { info } = await expectToWork({ ...options, httpVersion }, https)
      expect([info.httpVersion, info.httpConnectCode]).toEqual([httpVersion === '1.1' ? '1.1' : '2', 200])
      await expectToWork({ ...options, httpProxyTunnel: true }, http)
    }
  })

  test('opens tunnels that are asked for in HTTP/1.0', async () => {
    const options: EasyOptions = { proxy: squid.at, proxyType: 'http1.0' }
    const { info } = await expectToWork(options, https)
    expect(info.httpConnectCode).toBe(200)
    await expectToWork({ ...options, httpProxyTunnel: true }, http)
    const run = await trunkline(['-k', '-v', '--proxy1.0', squid.at, `${https}/x`])
    expect(run.exitCode).toBe(0)
    expect(run.stderr).toMatch(/^> CONNECT \S+ HTTP\/1\.0$/m)
    expect(run.stderr).toContain('GET /x HTTP/')
  })

  test('is one connection for all origins that it forwards to', async () => {
    await using handle = easy({ proxy: squid.at })
    await handle.set({ url: `${http}/` }).perform()
    const { info } = await handle.set({ url: http.replace('127.0.0.1', 'localhost') }).perform()
    expect(info.connReused).toBe(true)
  })

  test('is not trusted when its certificate is not', async () => {
    const proxy = `https://${squid.secureAt}`
    expect(await codeOf({ proxy, proxyCaInfoBlob: undefined }, `${http}/`)).toBe('PEER_FAILED_VERIFICATION ')
    // Trust in the origin's certificate says nothing of the proxy's.
    expect(await codeOf({ proxy, proxyCaInfoBlob: undefined, sslVerifyPeer: false }, `${https}/`)).toBe(
      'PEER_FAILED_VERIFICATION ',
    )
    expect(await codeOf({ proxy, proxyCaInfoBlob: undefined, proxySslVerifyPeer: false }, `${https}/`)).toBe(
      '200',
    )
    expect(await codeOf({ proxy, caInfoBlob: undefined }, `${https}/`)).toBe('PEER_FAILED_VERIFICATION ')
    expect(await codeOf({ proxy, proxyPinnedPublicKey: 'sha256//AAAA' }, `${https}/`)).toBe(
      'SSL_PINNEDPUBKEYNOTMATCH ',
    )
  })

  test('that cannot connect says 503', async () => {
    expect(await codeOf({ proxy: squid.at }, 'https://127.0.0.1:1/')).toBe('COULDNT_CONNECT 503')
    expect(await codeOf({ proxy: squid.at }, 'http://127.0.0.1:1/')).toBe('503')
  })

  test('the command goes through it as curl does', async () => {
    const { exitCode, stdout, stderr } = await trunkline([
      '-v',
      '-i',
      '-k',
      '-x',
      `http://${USER}:pw@${squid.at}`,
      `${https}/x`,
    ])
    expect([exitCode, stdout.toString()]).toEqual([
      0,
      expect.stringContaining('HTTP/1.1 200 Connection established'),
    ])
    expect(stdout.toString()).toContain(`/x ${EMPTY}`)
    const lines = stderr.split('\n')
    expect(lines.filter((line) => /tunnel|CONNECT|Proxy-|established/.test(line))).toEqual([
      `* Establish HTTP proxy tunnel to ${https.slice(8)} by http://${squid.at}`,
      `> CONNECT ${https.slice(8)} HTTP/1.1`,
      '> Proxy-Authorization: Basic ...',
      '> Proxy-Connection: Keep-Alive',
      '< HTTP/1.1 200 Connection established',
    ])
    const quiet = await trunkline([
      '-s',
      '-i',
      '-k',
      '--suppress-connect-headers',
      '-w',
      '%{http_connect} %{proxy_used}',
      '-x',
      squid.at,
      `${https}/x`,
    ])
    expect(quiet.stdout.toString()).not.toContain('established')
    expect(quiet.stdout.toString().endsWith('200 1')).toBe(true)
  })

  test('the command reads the variables', async () => {
    const env = { http_proxy: `http://${squid.at}`, HTTPS_PROXY: `http://${squid.at}`, no_proxy: 'localhost' }
    const used = async (...argv: string[]): Promise<string> =>
      (
        await trunkline(['-s', '-k', '-o', '/dev/null', '-w', '%{proxy_used}', ...argv], { env })
      ).stdout.toString()
    expect(await used(`${http}/`)).toBe('1')
    expect(await used(`${https}/`)).toBe('1')
    expect(await used(http.replace('127.0.0.1', 'localhost'))).toBe('0')
    expect(await used('-x', '', `${http}/`)).toBe('0')
    expect(await used('--noproxy', '127.0.0.0/8', `${http}/`)).toBe('0')
  })

  test('the command tells failures in curl’s words', async () => {
    const at = async (...argv: string[]): Promise<string> => {
      const { exitCode, stderr } = await trunkline(['-sS', '-k', ...argv])
      return `${exitCode} ${stderr}`
    }
    expect(await at('-x', squid.at, 'https://127.0.0.1:1/')).toMatch(
      /^7 trunkline: \(7\) CONNECT tunnel failed, response 503/,
    )
    expect(await at('-x', 'no.invalid:1', `${http}/`)).toMatch(
      /^5 trunkline: \(5\) Could not resolve proxy: no.invalid/,
    )
    expect(await at('-x', '127.0.0.1:1', `${https}/`)).toMatch(
      /^7 trunkline: \(7\) Failed to connect to 127.0.0.1:1 over proxy 127.0.0.1 after/,
    )
    expect(await at('-x', 'gopher://p', `${https}/`)).toMatch(
      /^7 trunkline: \(7\) Option proxy has the scheme "gopher"/,
    )
  })
})

describe.runIf(servers.isSquidInstalled())('squid that wants a login', () => {
  describe.each([
    ['basic', ['basic'], ['any']],
    ['digest', ['digest'], ['any']],
    ['digest', ['anysafe'], ['basic']],
    ['ntlm', ['ntlm'], ['any']],
  ] as const)('%s', (auth, right, other) => {
    let squid: servers.RunningProxy
    beforeAll(async () => {
      squid = await servers.startSquid({ auth: [auth] })
    })
    afterAll(() => squid?.stop())

    test(`${right.join()} opens tunnels`, async () => {
      await expectToWork({ proxy: `http://${LOGIN}@${squid.at}`, proxyAuth: right }, https)
      await expectToWork(
        { proxy: squid.at, proxyUsername: USER, proxyPassword: PASSWORD, proxyAuth: right },
        https,
      )
    })

    test(`${right.join()} goes with what is forwarded, bodies included`, async () => {
      const login = { proxy: `http://${LOGIN}@${squid.at}`, proxyAuth: right }
      expect(await codeOf(login, `${http}/`)).toBe('200')
      // With a choice the proxy is asked first, and what it refuses in the middle of a body costs the connection.
      if (right[0] !== 'anysafe') await expectToWork(login, http)
      // Its NTLM helper of tests lets everybody in.
      const guess = { proxy: `http://${USER}:guess@${squid.at}`, proxyAuth: right }
      expect(await codeOf(guess, `${http}/`)).toBe(auth === 'ntlm' ? '200' : '407')
      expect(await codeOf({ proxy: squid.at, proxyAuth: right }, `${http}/`)).toBe('407')
    })

    test(`${other.join()}, a wrong password, no login`, async () => {
      const answers = [
        await codeOf({ proxy: `http://${LOGIN}@${squid.at}`, proxyAuth: other }, `${https}/`),
        await codeOf({ proxy: `http://${USER}:guess@${squid.at}`, proxyAuth: right }, `${https}/`),
        await codeOf({ proxy: squid.at, proxyAuth: right }, `${https}/`),
      ]
      // Its NTLM helper of tests lets everybody in.
      expect(answers).toEqual([
        other[0] === 'any' ? '200' : 'COULDNT_CONNECT 407',
        auth === 'ntlm' ? '200' : 'COULDNT_CONNECT 407',
        'COULDNT_CONNECT 407',
      ])
    })
  })

  test('Basic goes with each request that it forwards, and never to the origin', async () => {
    const squid = await servers.startSquid({ auth: ['basic'] })
    try {
      await expectToWork({ proxy: `http://${LOGIN}@${squid.at}` }, http)
      expect(await codeOf({ proxy: `http://${USER}:guess@${squid.at}` }, `${http}/`)).toBe('407')
    } finally {
      await squid.stop()
    }
  })
})

describe.runIf(servers.isDanteInstalled())('dante', () => {
  let dante: servers.RunningProxy
  beforeAll(async () => {
    dante = await servers.startDante()
  })
  afterAll(() => dante?.stop())

  test.each(['socks4', 'socks4a', 'socks5', 'socks5h'])('%s', async (type) => {
    await expectToWork({ proxy: `${type}://${dante.at}` }, http)
    await expectToWork({ proxy: `${type}://${dante.at}` }, https)
  })

  test.each(['socks5', 'socks5h'])('%s with a name', async (type) => {
    await expectToWork({ proxy: `${type}://${dante.at}` }, https.replace('127.0.0.1', 'localhost'))
  })

  test('says why it does not', async () => {
    expect(await codeOf({ proxy: `socks5h://${dante.at}` }, 'http://127.0.0.1:7/')).toBe(
      'PROXY REPLY_NOT_ALLOWED',
    )
    expect(await codeOf({ proxy: `socks4://${dante.at}` }, 'http://127.0.0.1:7/')).toBe(
      'PROXY REQUEST_FAILED',
    )
    expect(await codeOf({ proxy: `socks5h://${dante.at}` }, 'http://127.0.0.1:1/')).toBe(
      'PROXY REPLY_CONNECTION_REFUSED',
    )
    expect(await codeOf({ proxy: `http://${dante.at}` }, `${https}/`)).toMatch(
      /^(RECV_ERROR|UNSUPPORTED_PROTOCOL)/,
    )
  })

  test.runIf(servers.isSquidInstalled())('before squid', async () => {
    const squid = await servers.startSquid({ credentials })
    try {
      await expectToWork({ preProxy: `socks5h://${dante.at}`, proxy: squid.at }, http)
      await expectToWork({ preProxy: `socks4://${dante.at}`, proxy: `https://${squid.secureAt}` }, https)
    } finally {
      await squid.stop()
    }
  })
})

describe.runIf(servers.isMicrosocksInstalled())('microsocks', () => {
  test('with a login', async () => {
    const proxy = await servers.startMicrosocks(true)
    try {
      await expectToWork({ proxy: `socks5h://${LOGIN}@${proxy.at}` }, https)
      await expectToWork(
        { proxy: `socks5://${proxy.at}`, proxyUsername: USER, proxyPassword: PASSWORD },
        http,
      )
      expect(await codeOf({ proxy: `socks5h://${USER}:guess@${proxy.at}` }, `${https}/`)).toBe(
        'PROXY USER_REJECTED',
      )
      expect(await codeOf({ proxy: `socks5h://${proxy.at}` }, `${https}/`)).toBe('PROXY NO_AUTH')
    } finally {
      await proxy.stop()
    }
  })

  test('without', async () => {
    const proxy = await servers.startMicrosocks()
    try {
      await expectToWork({ proxy: `socks5h://${proxy.at}` }, https)
      expect(await codeOf({ proxy: `socks4://${proxy.at}` }, `${http}/`)).toMatch(
        /^PROXY (CLOSED|BAD_VERSION)/,
      )
    } finally {
      await proxy.stop()
    }
  })
})

describe.runIf(servers.isNghttpxInstalled() && servers.isSquidInstalled())(
  'nghttpx, which speaks HTTP/2',
  () => {
    let squid: servers.RunningProxy
    let nghttpx: servers.RunningProxy
    beforeAll(async () => {
      squid = await servers.startSquid({ auth: ['basic'] })
      nghttpx = await servers.startNghttpx(squid.at, credentials)
    })
    afterAll(async () => {
      await nghttpx?.stop()
      await squid?.stop()
    })

    test.each(['https', 'https2'] as const)('%s', async (proxyType) => {
      const proxy = `https://${LOGIN}@${nghttpx.at}`
      for (const httpVersion of ['1.1', '2tls'] as const)
        await expectToWork({ proxy, proxyType, httpVersion }, https)
      await expectToWork({ proxy, proxyType }, http)
      await expectToWork({ proxy, proxyType, httpProxyTunnel: true }, http)
      expect(await codeOf({ proxy: `https://${nghttpx.at}`, proxyType }, `${https}/`)).toBe(
        'COULDNT_CONNECT 407',
      )
    })
  },
)

describe('proxy-chain', () => {
  let chain: ProxyChain
  beforeAll(async () => {
    chain = new ProxyChain({
      port: 0,
      prepareRequestFunction: ({ username, password }) => ({
        requestAuthentication: username !== USER || password !== PASSWORD,
      }),
    })
    await chain.listen()
  })
  afterAll(() => chain?.close(true))

  test('forwards and opens tunnels for whom it knows', async () => {
    const proxy = `http://${LOGIN}@127.0.0.1:${chain.port}`
    await expectToWork({ proxy }, http)
    await expectToWork({ proxy }, https)
    expect(await codeOf({ proxy: `http://127.0.0.1:${chain.port}` }, `${https}/`)).toBe('COULDNT_CONNECT 407')
  })
})

describe('the PROXY header', () => {
  test.runIf(servers.isHaproxyInstalled())('is understood by HAProxy', async () => {
    const server = await servers.startHaproxy()
    try {
      await using handle = easy({ url: `http://${server.at}/`, haproxyProtocol: true })
      const { info, ...result } = await handle.perform().then((one) => ({ info: one.info, text: one.text() }))
      expect(result.text).toBe(`127.0.0.1 ${info.localPort}`)
      const told = await handle.set({ haproxyClientIp: '192.0.2.9' }).perform()
      expect(told.text()).toMatch(/^192.0.2.9 /)
      // Connections that tell of one client do not serve another.
      expect(told.info.connReused).toBe(false)
      const v6 = await handle.set({ haproxyClientIp: '2001:db8::9' }).perform()
      expect(v6.text()).toMatch(/^2001:db8::9 /)
    } finally {
      await server.stop()
    }
  })

  test.runIf(servers.isNginxInstalled())(
    'is understood by nginx, also before TLS and through a proxy',
    async () => {
      const server = await servers.startNginx(credentials)
      const chain = new ProxyChain({ port: 0 })
      await chain.listen()
      try {
        for (const url of [`http://${server.at}/`, `https://${server.secureAt}/`])
          for (const proxy of ['', `127.0.0.1:${chain.port}`]) {
            await using handle = easy({ url, haproxyClientIp: '192.0.2.9', proxy, httpProxyTunnel: true })
            expect((await handle.perform()).text()).toMatch(/^192.0.2.9 /)
          }
        await using without = easy({ url: `http://${server.at}/` })
        await expect(without.perform()).rejects.toMatchObject({ phase: 'receive' })
      } finally {
        await chain.close(true)
        await server.stop()
      }
    },
  )
})

const MISSING = (
  [
    ['squid-openssl', servers.isSquidInstalled],
    ['dante-server', servers.isDanteInstalled],
    ['microsocks', servers.isMicrosocksInstalled],
    ['nghttp2-proxy', servers.isNghttpxInstalled],
  ] as const
).filter(([, isInstalled]) => !isInstalled())

test.runIf(MISSING.length > 0)(
  `left out: ${MISSING.map(([name]) => name).join(', ')} are not installed`,
  () => {},
)
