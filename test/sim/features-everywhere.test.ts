/**
 * What a transfer does, everywhere: each feature by an easy handle, by a multi, and by both with a share, over both
 * versions of HTTP; and nothing is left of it.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { EasyOptions, RawConnection, TransferResult, WebSocketConnection } from '@trunkline/core'
import { simulate, type SimExchange, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'
import { dnsAnswer, dnsQuestion } from '../support/dns-answer.ts'

type Version = '1.1' | '2-prior-knowledge'

/** Who runs the handles of a scenario. */
interface Owner {
  make(options: EasyOptions): Easy
  perform(easy: Easy): Promise<TransferResult>
  connect(easy: Easy): Promise<RawConnection>
  webSocket(easy: Easy): Promise<WebSocketConnection>
}

interface Scenario {
  readonly name: string
  /** Default: both. */
  readonly versions?: readonly Version[]
  run(owner: Owner, world: SimWorld, httpVersion: Version): Promise<void>
}

const BOTH: readonly Version[] = ['1.1', '2-prior-knowledge']
const H1: readonly Version[] = ['1.1']
const HTTP2 = { http2: true } as const

function written(httpVersion: Version): string {
  return httpVersion === '1.1' ? '1.1' : '2'
}

function echo(exchange: SimExchange, names: readonly string[]): void {
  const { fields, target } = exchange.request
  exchange.respond({ body: [target, ...names.map((name) => fields.first(name) ?? 'none')].join(' ') })
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** RFC 7616 with MD5, for ada. */
function digestLogin(exchange: SimExchange): void {
  const { fields, method } = exchange.request
  const given = fields.first('authorization') ?? ''
  const part = (name: string): string => new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(given)?.[1] ?? ''
  const middle = `n1:${part('nc')}:${part('cnonce')}:auth:${md5(`${method}:${part('uri')}`)}`
  if (part('response') === md5(`${md5('ada:here:secret')}:${middle}`)) exchange.respond({ body: 'hello' })
  else {
    const challenge = 'Digest realm="here", nonce="n1", qop="auth"'
    exchange.respond({ status: 401, headers: { 'WWW-Authenticate': challenge }, body: 'who?' })
  }
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a redirect to another origin',
    async run({ make, perform }, world, httpVersion) {
      world.origin(
        'http://a.test',
        (exchange) => exchange.respond({ status: 302, headers: { Location: 'http://b.test/there' } }),
        HTTP2,
      )
      world.origin('http://b.test', (exchange) => echo(exchange, ['authorization']), HTTP2)
      const easy = make({ url: 'http://ada:secret@a.test/', followLocation: true, httpVersion })
      const { info, httpVersion: spoken, ...result } = await perform(easy)
      expect([info.redirectCount, spoken, new TextDecoder().decode(result.body)]).toEqual([
        1,
        written(httpVersion),
        '/there none',
      ])
    },
  },
  {
    name: 'a login by Digest',
    async run({ make, perform }, world, httpVersion) {
      const origin = world.origin('http://a.test', digestLogin, HTTP2)
      const easy = make({
        url: 'http://a.test/',
        username: 'ada',
        password: 'secret',
        httpAuth: ['digest'],
        httpVersion,
      })
      for (const requests of [2, 3]) {
        const result = await perform(easy)
        expect([result.text(), result.httpVersion, origin.requests.length]).toEqual([
          'hello',
          written(httpVersion),
          requests,
        ])
      }
    },
  },
  {
    name: 'cookies',
    async run({ make, perform }, world, httpVersion) {
      world.origin(
        'http://a.test',
        (exchange) =>
          exchange.respond({
            headers: { 'Set-Cookie': 'id=42' },
            body: exchange.request.fields.first('cookie') ?? 'none',
          }),
        HTTP2,
      )
      const easy = make({ url: 'http://a.test/', cookieFile: [''], httpVersion })
      expect((await perform(easy)).text()).toBe('none')
      expect((await perform(easy)).text()).toBe('id=42')
    },
  },
  {
    name: 'HSTS',
    async run({ make, perform }, world, httpVersion) {
      world.origin('https://a.test', (exchange) => echo(exchange, []), HTTP2)
      const easy = make({
        url: 'http://a.test/x',
        hstsReadFunction: () => [{ host: 'a.test', includeSubDomains: false }],
        httpVersion,
      })
      const { info, httpVersion: spoken } = await perform(easy)
      expect([info.effectiveUrl, spoken]).toEqual(['https://a.test/x', written(httpVersion)])
    },
  },
  {
    name: 'Alt-Svc',
    async run({ make, perform }, world, httpVersion) {
      for (const where of ['https://a.test', 'https://alt.test:8443'])
        world.origin(
          where,
          (exchange) => {
            const alternatives = `${httpVersion === '1.1' ? 'http%2F1.1' : 'h2'}="alt.test:8443"`
            const { fields } = exchange.request
            exchange.respond({
              headers: { 'Alt-Svc': alternatives },
              body: fields.first('alt-used') ?? 'none',
            })
          },
          { http2: true, tls: { certificateNames: ['a.test'] } },
        )
      const easy = make({ url: 'https://a.test/', altSvc: '', httpVersion })
      expect((await perform(easy)).text()).toBe('none')
      expect((await perform(easy)).text()).toBe('alt.test:8443')
    },
  },
  {
    name: 'a netrc file',
    async run({ make, perform }, world, httpVersion) {
      world.disk.files.set('/netrc', 'machine a.test login ada password secret\n')
      world.origin('http://a.test', (exchange) => echo(exchange, ['authorization']), HTTP2)
      const easy = make({ url: 'http://a.test/', netrc: 'required', netrcFile: '/netrc', httpVersion })
      expect((await perform(easy)).text()).toBe(`/ Basic ${btoa('ada:secret')}`)
    },
  },
  {
    name: 'a proxy that forwards, with a login',
    versions: H1,
    async run({ make, perform }, world, httpVersion) {
      world.origin('http://a.test', (exchange) => echo(exchange, ['proxy-authorization']))
      const proxy = world.proxy('http://p.test:3128', { users: { ada: 'secret' }, auth: 'digest' })
      const easy = make({
        url: 'http://a.test/x',
        proxy: 'http://ada:secret@p.test:3128',
        proxyAuth: ['any'],
        httpVersion,
      })
      const result = await perform(easy)
      expect([result.text(), result.info.usedProxy, proxy.requests.length]).toEqual(['/x none', true, 2])
    },
  },
  {
    name: 'a tunnel, with a login',
    async run({ make, perform }, world, httpVersion) {
      world.origin('https://a.test', (exchange) => echo(exchange, []), HTTP2)
      const proxy = world.proxy('http://p.test:3128', { users: { ada: 'secret' }, auth: 'digest' })
      const easy = make({
        url: 'https://a.test/x',
        proxy: 'http://ada:secret@p.test:3128',
        proxyAuth: ['any'],
        httpVersion,
      })
      const result = await perform(easy)
      expect([result.text(), result.httpVersion, result.info.httpConnectCode]).toEqual([
        '/x',
        written(httpVersion),
        200,
      ])
      expect([proxy.requests.length, proxy.tunnels]).toEqual([2, 1])
    },
  },
  {
    name: 'SOCKS, with a login',
    async run({ make, perform }, world, httpVersion) {
      world.origin('http://a.test', (exchange) => echo(exchange, []), HTTP2)
      const socks = world.socks('s.test:1080', { users: { ada: 'secret' } })
      const easy = make({ url: 'http://a.test/x', proxy: 'socks5h://ada:secret@s.test', httpVersion })
      expect((await perform(easy)).httpVersion).toBe(written(httpVersion))
      expect(socks.requests).toEqual([{ version: 5, host: 'a.test', port: 80, user: 'ada' }])
    },
  },
  {
    name: 'a form',
    async run({ make, perform }, world, httpVersion) {
      world.files.set('/wagons.csv', 'salt;coal')
      world.origin(
        'http://a.test',
        async (exchange) => {
          const body = new TextDecoder().decode(await exchange.body())
          exchange.respond({
            body: [...body.matchAll(/name="([^"]*)"|^(salt.*)$/gm)]
              .map((found) => found[1] ?? found[2])
              .join(' '),
          })
        },
        HTTP2,
      )
      const mimePost = [
        { name: 'train', data: '42' },
        { name: 'list', file: '/wagons.csv' },
      ]
      expect((await perform(make({ url: 'http://a.test/', mimePost, httpVersion }))).text()).toBe(
        'train list wagons.csv salt;coal',
      )
    },
  },
  {
    name: 'an upload with trailers, asked for twice',
    async run({ make, perform }, world, httpVersion) {
      const bodies: string[] = []
      world.origin(
        'http://a.test',
        async (exchange) => {
          bodies.push(new TextDecoder().decode(await exchange.body()))
          if (exchange.request.target === '/')
            exchange.respond({ status: 307, headers: { Location: '/there' } })
          else exchange.respond({ body: 'taken' })
        },
        HTTP2,
      )
      const body = () => ['one ', 'two']
      const easy = make({
        url: 'http://a.test/',
        upload: true,
        body,
        trailers: { 'X-Sum': '7' },
        followLocation: true,
        httpVersion,
      })
      expect((await perform(easy)).text()).toBe('taken')
      expect(bodies).toEqual(['one two', 'one two'])
    },
  },
  {
    name: 'a coded body',
    async run({ make, perform }, world, httpVersion) {
      const text = 'salt and coal, '.repeat(20_000)
      world.origin(
        'http://a.test',
        (exchange) => exchange.respond({ headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(text) }),
        HTTP2,
      )
      const result = await perform(make({ url: 'http://a.test/', acceptEncoding: '', httpVersion }))
      expect([result.text() === text, result.httpVersion]).toEqual([true, written(httpVersion)])
    },
  },
  {
    name: 'a rate',
    async run({ make, perform }, world, httpVersion) {
      world.origin('http://a.test', (exchange) => exchange.respond({ body: new Uint8Array(3_000) }), HTTP2)
      const began = world.clock.now()
      const { body } = await perform(make({ url: 'http://a.test/', maxRecvSpeed: 1_000, httpVersion }))
      const took = world.clock.now() - began
      expect([body.length, took > 2_700, took < 3_100]).toEqual([3_000, true, true])
    },
  },
  {
    name: 'another try',
    async run({ make, perform }, world, httpVersion) {
      let tries = 0
      world.origin(
        'http://a.test',
        (exchange) =>
          exchange.respond(
            (tries += 1) === 1 ? { status: 503, headers: { 'Retry-After': '7' } } : { body: 'at last' },
          ),
        HTTP2,
      )
      const began = world.clock.now()
      const result = await perform(make({ url: 'http://a.test/', retry: 2, httpVersion }))
      expect([result.text(), result.info.retryCount]).toEqual(['at last', 1])
      expect(world.clock.now() - began).toBeGreaterThan(7_000)
    },
  },
  {
    name: 'a download that goes on',
    async run({ make, perform }, world, httpVersion) {
      world.origin(
        'http://a.test',
        (exchange) =>
          exchange.respond({
            status: 206,
            headers: { 'Content-Range': 'bytes 4-9/10' },
            body: exchange.request.fields.first('range')!,
          }),
        HTTP2,
      )
      expect((await perform(make({ url: 'http://a.test/', resumeFrom: 4, httpVersion }))).text()).toBe(
        'bytes=4-',
      )
    },
  },
  {
    name: 'DNS over HTTPS',
    async run({ make, perform }, world, httpVersion) {
      world.network.name('a.test', ['10.7.7.7'])
      world.origin('http://a.test', (exchange) => echo(exchange, []), HTTP2)
      world.network.loseName('a.test')
      world.origin(
        'https://dns.test',
        async (exchange) => {
          const { name, type } = dnsQuestion(await exchange.body())
          const records = type === 'A' ? [{ name, type, ttlS: 60, data: [10, 7, 7, 7] } as const] : []
          exchange.respond({
            headers: { 'Content-Type': 'application/dns-message' },
            body: dnsAnswer(name, type, records),
          })
        },
        HTTP2,
      )
      const { info, httpVersion: spoken } = await perform(
        make({ url: 'http://a.test/', dohUrl: 'https://dns.test/dns-query', httpVersion }),
      )
      expect([info.primaryIp, spoken]).toEqual(['10.7.7.7', written(httpVersion)])
    },
  },
  {
    name: 'a WebSocket',
    versions: H1,
    async run({ make, webSocket, perform }, world) {
      world.origin('ws://a.test', (exchange) => {
        const far = exchange.webSocket({
          onMessage: (data) => {
            far.send(`${String(data)}, too`)
            far.close(1000)
          },
        })
        if (exchange.request.target === '/once') {
          far.send('once')
          far.close(1000)
        }
      })
      const socket = await webSocket(make({ url: 'ws://a.test/' }))
      socket.send('hello')
      const messages: unknown[] = []
      for await (const message of socket) messages.push(message)
      expect([messages, (await socket.closed).code]).toEqual([['hello, too'], 1000])
      expect((await perform(make({ url: 'ws://a.test/once' }))).text()).toBe('once')
    },
  },
  {
    name: 'a connection without HTTP',
    versions: H1,
    async run({ make, connect, perform }, world) {
      world.network.listen('a.test', 80, (stream) => {
        stream.sink = { bytes: () => stream.end(), ended: () => {}, failed: () => {}, drained: () => {} }
        stream.write('ready')
      })
      const socket = await connect(make({ url: 'http://a.test/' }))
      expect(new TextDecoder().decode(await socket.recv())).toBe('ready')
      socket.send('bye')
      expect(await socket.recv()).toBeUndefined()
      await socket.close()
      expect((await perform(make({ url: 'http://a.test/', connectOnly: true }))).status).toBe(0)
    },
  },
]

/** Runs a scenario; answers what is left of it when all is closed. */
const OWNERS: Readonly<Record<string, { readonly multi: boolean; readonly share: boolean }>> = {
  Easy: { multi: false, share: false },
  Multi: { multi: true, share: false },
  'Easy with a share': { multi: false, share: true },
  'Multi with a share': { multi: true, share: true },
}

const CASES = SCENARIOS.flatMap((scenario) =>
  (scenario.versions ?? BOTH).flatMap((version) =>
    Object.keys(OWNERS).map((owner) => ({
      name: scenario.name,
      version: written(version),
      owner,
      scenario,
      httpVersion: version,
    })),
  ),
)

describe('works everywhere, and leaves nothing', () => {
  test.each(CASES)('$name over HTTP/$version in $owner', async ({ owner, scenario, httpVersion }) => {
    await simulate(1, async (world) => {
      const { environment } = world
      const { multi: hasMulti, share: hasShare } = OWNERS[owner]!
      const share = hasShare
        ? new Share({
            environment,
            parts: ['connections', 'dns', 'tlsSessions', 'cookies', 'hsts', 'altSvc'],
          })
        : undefined
      const multi = hasMulti ? new Multi<Easy>({ environment, share }) : undefined
      const handles: Easy[] = []
      await scenario.run(
        {
          make: (options) => {
            const easy = new Easy({ environment, share, ...options })
            handles.push(easy)
            return easy
          },
          perform: (easy) => (multi === undefined ? easy.perform() : multi.add(easy)),
          connect: (easy) => (multi === undefined ? easy.connect() : multi.connect(easy)),
          webSocket: (easy) => (multi === undefined ? easy.webSocket() : multi.webSocket(easy)),
        },
        world,
        httpVersion,
      )
      expect(handles.map(({ handle }) => [handle.transfer?.isOver, handle.runner])).toEqual(
        handles.map(() => [undefined, undefined]),
      )
      expect(multi?.handles ?? []).toEqual([])
      await Promise.all([...handles, multi, share].map((one) => one?.close()))
      // What peers do about a goodbye.
      await world.sleep(100)
      expect([world.network.openConnections, world.clock.nextDue, world.waits.list()]).toEqual([
        0,
        undefined,
        [],
      ])
    })
  })
})
