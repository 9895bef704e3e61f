/** Tunnels over HTTP/2, with a proxy that is written for each test, in virtual time. */
import { describe, expect, test } from 'vitest'
import { planAuth } from '../../../packages/core/src/auth/auth-plan.ts'
import { NonceCounts } from '../../../packages/core/src/auth/nonce-counts.ts'
import { DigestStates } from '../../../packages/core/src/auth/digest-states.ts'
import { openH2Tunnel } from '../../../packages/core/src/connect/h2-tunnel.ts'
import type { ByteStream } from '../../../packages/core/src/env/environment.ts'
import type { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { responseList } from '../../../packages/core/src/h2/messages.ts'
import type { H2Stream } from '../../../packages/core/src/h2/h2-stream.ts'
import { H2Session } from '../../../packages/core/src/h2/session.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import type { RequestHead } from '../../../packages/core/src/http/message.ts'
import { ProxyLogin } from '../../../packages/core/src/proxy/proxy-login.ts'
import { simulate, type SimWorld } from '../../../packages/core/src/sim/index.ts'

type Stream = H2Stream<undefined>

/** What the proxy of a test may do. */
interface Proxy {
  readonly session: H2Session<undefined>
  readonly requests: RequestHead[]
  /** What came through each tunnel, Latin-1. */
  readonly received: string[]
  respond(stream: Stream, status: number, fields?: Record<string, string>, isLast?: boolean): void
  close(): void
}

type Answer = (proxy: Proxy, stream: Stream, count: number) => void

/** A proxy that answers each CONNECT by `answer`, and sends back in capitals what it gets. */
function serve(world: SimWorld, answer: Answer): Proxy[] {
  const proxies: Proxy[] = []
  world.network.listen('p.test', 443, (socket) => {
    const flush = (): void => {
      for (let bytes = session.takeOutput(); bytes.length > 0; bytes = session.takeOutput()) {
        socket.write(bytes)
        session.pump()
      }
    }
    const session: H2Session<undefined> = new H2Session<undefined>(
      { role: 'server' },
      {
        request: (stream, head) => {
          proxy.requests.push(head)
          answer(proxy, stream, proxy.requests.length)
        },
        data: (stream, bytes) => {
          const text = String.fromCharCode(...bytes)
          proxy.received.push(text)
          session.write(stream, bytesOf(text.toUpperCase()))
        },
        streamEnded: (stream) => session.end(stream),
        streamFailed: () => {},
        writable: () => {},
        settingsChanged: () => {},
        goingAway: () => {},
        pong: () => {},
        broken: () => {},
        outputReady: () => queueMicrotask(flush),
      },
    )
    const proxy: Proxy = {
      session,
      requests: [],
      received: [],
      respond: (stream, status, fields = {}, isLast = false) =>
        session.respond(stream, responseList(status, Fields.of(Object.entries(fields))), isLast),
      close: () => socket.close(),
    }
    proxies.push(proxy)
    socket.sink = {
      bytes: (view) => session.receive(view, world.clock.now()),
      ended: () => socket.close(),
      failed: () => {},
      drained: () => {},
    }
    session.begin()
    flush()
  })
  return proxies
}

const HEAD: RequestHead = {
  method: 'CONNECT',
  target: 'a.test:443',
  version: '1.1',
  fields: Fields.of([
    ['Host', 'a.test:443'],
    ['Proxy-Connection', 'Keep-Alive'],
    ['X-Own', '1'],
  ]),
}

interface Opened {
  readonly stream: ByteStream
  readonly statuses: readonly number[]
}

async function open(world: SimWorld, signal = new AbortController().signal): Promise<Opened> {
  const { dialer } = world.environment
  const [address = ''] = world.network.addressesOf('p.test')
  const below = await dialer.dial({ family: 4, address, port: 443 }, { noDelay: true }, signal)
  const plan = planAuth({
    words: ['any'],
    credentials: { user: 'ada', password: 'x' },
    hasNegotiate: false,
  })
  const login = new ProxyLogin(
    { proxy: 'https://p.test:443', proxyHost: 'p.test', target: HEAD.target, plan },
    {
      environment: world.environment,
      digests: new DigestStates(10),
      nonces: new NonceCounts(10),
      negotiate: undefined,
    },
  )
  const statuses: number[] = []
  const stream = await openH2Tunnel(below, {
    head: HEAD,
    login,
    tell: (_sent, { status }) => statuses.push(status),
    context: { clock: world.clock, signal },
  })
  return { stream, statuses }
}

/** Keeps what a stream reports, as lines. */
function listen(stream: ByteStream): string[] {
  const lines: string[] = []
  stream.sink = {
    bytes: (view) => lines.push(String.fromCharCode(...view)),
    ended: () => lines.push('ended'),
    failed: (error) => lines.push(`failed ${error.code}`),
    drained: () => lines.push('drained'),
  }
  return lines
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

async function inWorld(body: (world: SimWorld) => Promise<void>, isSlow = false): Promise<void> {
  await simulate(1, async (world) => {
    if (isSlow) world.network.link('p.test', { chunkBytes: 1 })
    await body(world)
  })
}

describe.each([
  ['whole', false],
  ['byte by byte', true],
])('%s', (_name, isSlow) => {
  test('a tunnel carries bytes both ways, and both ends', () =>
    inWorld(async (world) => {
      const proxies = serve(world, (proxy, stream) => proxy.respond(stream, 200, { 'content-length': '3' }))
      const { stream, statuses } = await open(world)
      const lines = listen(stream)
      stream.write('hello')
      stream.write(bytesOf(' you'))
      await world.sleep(200)
      expect(lines.join('')).toBe('HELLO YOU')
      stream.end()
      await world.sleep(200)
      expect(lines.at(-1)).toBe('ended')
      const [{ fields, target }] = proxies[0]!.requests as [RequestHead]
      // Neither scheme nor path, or it would not have been taken; and no field of HTTP/1 connections.
      expect([target, fields.toObject()]).toEqual(['a.test:443', { host: 'a.test:443', 'x-own': '1' }])
      expect(statuses).toEqual([200])
      stream.abort()
      await world.sleep(10)
      expect(world.network.openConnections).toBe(0)
    }, isSlow))

  test('407 is answered on another stream', () =>
    inWorld(async (world) => {
      const challenge = { 'proxy-authenticate': 'NTLM, Digest realm="r", nonce="n", qop="auth"' }
      const proxies = serve(world, (proxy, stream, count) => {
        if (count === 1) proxy.respond(stream, 407, challenge)
        else proxy.respond(stream, 200)
      })
      const { stream, statuses } = await open(world)
      expect(statuses).toEqual([407, 200])
      const [first, second] = proxies[0]!.requests.map(({ fields }) => fields.first('proxy-authorization'))
      expect([first, second]).toEqual([undefined, expect.stringContaining('Digest username="ada"')])
      stream.abort()
    }, isSlow))
})

test('what comes before there is a sink, and while paused, is kept', () =>
  inWorld(async (world) => {
    serve(world, (proxy, stream) => {
      proxy.respond(stream, 200)
      proxy.session.write(stream, bytesOf('early'))
    })
    const { stream } = await open(world)
    await world.sleep(50)
    const lines = listen(stream)
    expect(lines).toEqual([])
    await world.sleep(1)
    expect(lines).toEqual(['early'])
    stream.pause()
    stream.write('x')
    await world.sleep(50)
    expect(lines).toEqual(['early'])
    stream.resume()
    expect(lines).toEqual(['early'])
    await world.sleep(1)
    expect(lines).toEqual(['early', 'X'])
    stream.abort()
  }))

test('a large body waits for the window of the proxy', () =>
  inWorld(async (world) => {
    const proxies = serve(world, (proxy, stream) => proxy.respond(stream, 200))
    const { stream } = await open(world)
    const lines = listen(stream)
    const piece = new Uint8Array(100_000).fill(0x61)
    let sent = 0
    let mayGoOn = true
    while (mayGoOn && sent < 20) {
      mayGoOn = stream.write(piece)
      sent += 1
    }
    expect(mayGoOn).toBe(false)
    await world.sleep(1_000)
    expect(lines).toContain('drained')
    expect(proxies[0]!.received.join('').length).toBe(sent * piece.length)
    stream.abort()
  }))

test.each<[string, Answer, string]>([
  ['403', (proxy, stream) => proxy.respond(stream, 403, {}, true), 'CONNECT tunnel failed, response 403'],
  [
    '407 that wants what is not there',
    (proxy, stream) => proxy.respond(stream, 407, { 'proxy-authenticate': 'Magic' }),
    'response 407',
  ],
  ['a reset', (proxy, stream) => proxy.session.reset(stream, 'REFUSED_STREAM'), ''],
  ['the end of the connection', (proxy) => proxy.close(), 'closed the connection of a tunnel'],
  [
    'an early end',
    (proxy, stream) => proxy.respond(stream, 407, { 'proxy-authenticate': 'Basic realm="r"' }, true),
    'response 407',
  ],
])('a proxy that answers with %s', (_name, answer, text) =>
  inWorld(async (world) => {
    serve(world, answer)
    const error = await open(world).then(
      () => undefined,
      (reason: TransferError) => reason,
    )
    expect(error?.phase).toBeDefined()
    expect(error?.message).toContain(text)
    await world.sleep(10)
    expect(world.network.openConnections).toBe(0)
  }),
)

test('a proxy that goes away takes the tunnel along', () =>
  inWorld(async (world) => {
    const proxies = serve(world, (proxy, stream) => proxy.respond(stream, 200))
    const { stream } = await open(world)
    const lines = listen(stream)
    proxies[0]!.close()
    await world.sleep(10)
    expect(lines).toEqual(['failed RECV_ERROR'])
    // Too late, and harmless.
    expect(stream.write('x')).toBe(true)
    stream.end()
    stream.abort()
    expect(world.network.openConnections).toBe(0)
  }))

test('an abort while it is asked for leaves nothing', () =>
  inWorld(async (world) => {
    serve(world, () => {})
    const controller = new AbortController()
    const opening = open(world, controller.signal)
    await world.sleep(20)
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    await world.sleep(10)
    expect(world.network.openConnections).toBe(0)
  }))
