import { getEventListeners, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { ByteStream, DialSettings, SocketAddress } from '../../packages/core/src/env/environment.ts'
import type { TransferError } from '../../packages/core/src/errors/transfer-error.ts'
import { makeNodeEnvironment, nodeEnvironment } from '../../packages/core/src/node/index.ts'
import { record } from '../support/recording-sink.ts'

const { dialer, resolver } = makeNodeEnvironment()
const loopback = Object.entries(networkInterfaces()).find(([, infos]) =>
  infos?.some((info) => info.internal),
)![0]
const hasIPv6 = Object.values(networkInterfaces()).some((infos) =>
  infos?.some((info) => info.address === '::1'),
)
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

describe('the dialer', () => {
  test('opens a stream to an IPv4 address', async () => {
    const to = await serve()
    expect(await greetingFrom(await dial(to))).toBe('127.0.0.1')
  })

  test.runIf(hasIPv6)('opens a stream to an IPv6 address', async () => {
    const to = await serve('::1')
    const stream = await dial(to)
    expect(stream.remote).toEqual(to)
    expect(stream.local).toMatchObject({ family: 6, address: '::1' })
    expect(await greetingFrom(stream)).toBe('::1')
  })

  test('opens a stream to a unix socket, which has no local address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'socket')
    await listen(greeter().listen(path))
    const stream = await dial({ family: 'unix', path, abstract: false })
    expect(stream.local).toBeUndefined()
    expect(await greetingFrom(stream)).toBe('unix')
  })

  test.runIf(process.platform === 'linux')('opens a stream to an abstract unix socket', async () => {
    const path = `trunkline-test-${process.pid}`
    await listen(greeter().listen(`\0${path}`))
    expect(await greetingFrom(await dial({ family: 'unix', path, abstract: true }))).toBe('unix')
  })

  test('binds to the local address', async () => {
    const stream = await dial(await serve(), { localAddress: '127.0.0.9' })
    expect(await greetingFrom(stream)).toBe('127.0.0.9')
  })

  test('binds to the address of the named interface', async () => {
    const stream = await dial(await serve(), { interfaceName: loopback })
    expect(await greetingFrom(stream)).toBe('127.0.0.1')
  })

  test('tries the local ports of the range in turn', async () => {
    const to = await serve()
    // An odd one out: held by a server, so that it cannot be bound.
    const taken = (await serve()) as { port: number }
    const stream = await dial(to, { localPort: taken.port, localPortRange: 20 })
    const { port } = stream.local as { port: number }
    expect(port).toBeGreaterThan(taken.port)
    expect(port).toBeLessThan(taken.port + 20)
  })

  const refusals: {
    name: string
    to?: SocketAddress
    settings?: Partial<DialSettings>
    code: string
    message: RegExp
  }[] = [
    {
      name: 'a port where nobody listens',
      to: { family: 4, address: '127.0.0.1', port: 1 },
      code: 'COULDNT_CONNECT',
      message: /^could not connect to 127\.0\.0\.1:1: connection refused \(ECONNREFUSED\)$/,
    },
    {
      name: 'a unix socket that is not there',
      to: { family: 'unix', path: '/nowhere/socket', abstract: false },
      code: 'COULDNT_CONNECT',
      message: /^could not connect to \/nowhere\/socket: no such file \(ENOENT\)$/,
    },
    {
      name: 'a port that cannot be',
      to: { family: 4, address: '127.0.0.1', port: 70_000 },
      code: 'COULDNT_CONNECT',
      message: /^could not connect to 127\.0\.0\.1:70000: there is no port 70000$/,
    },
    {
      name: 'an address of another machine as the local end',
      settings: { localAddress: '192.0.2.1' },
      code: 'INTERFACE_FAILED',
      message: /^the local end 192\.0\.2\.1 cannot be used to reach 127\.0\.0\.1:\d+: .*\(EADDRNOTAVAIL\)$/,
    },
    {
      name: 'a local address of another family',
      settings: { localAddress: '::1' },
      code: 'INTERFACE_FAILED',
      message: /^the local address ::1 is IPv6, and 127\.0\.0\.1:\d+ is IPv4$/,
    },
    {
      name: 'a local address that is none',
      settings: { localAddress: 'here' },
      code: 'INTERFACE_FAILED',
      message: /^the local address here is not an address/,
    },
    {
      name: 'an interface that is not there',
      settings: { interfaceName: 'nonesuch9' },
      code: 'INTERFACE_FAILED',
      message: new RegExp(`^there is no network interface nonesuch9; there are: .*${loopback}`),
    },
  ]

  test.each(refusals)('refuses $name', async ({ to, settings, code, message }) => {
    const error = await failureOf(dial(to ?? (await serve()), settings))
    expect(error).toMatchObject({ code, phase: 'connect' })
    expect(error.message).toMatch(message)
  })

  test('names the range when all its local ports are taken', async () => {
    const to = await serve()
    const { port } = (await serve()) as { port: number }
    const error = await failureOf(dial(to, { localPort: port }))
    expect(error.code).toBe('INTERFACE_FAILED')
    expect(error.message).toContain(`port ${port} cannot be used`)
    expect(error.details).toMatchObject({ system: 'EADDRINUSE' })
  })

  test('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const stream = await dialer.dial(await serve(), { noDelay: true }, signal)
    const nobody = { family: 4, address: '127.0.0.1', port: 1 } as const
    await failureOf(dialer.dial(nobody, { noDelay: true }, signal))
    expect(getEventListeners(signal, 'abort')).toEqual([])
    stream.abort()
  })

  test('rejects with the reason of a signal that has aborted, and opens nothing', async () => {
    const reason = new Error('not wanted')
    let opened = 0
    const to = await serve('127.0.0.1', () => (opened += 1))
    await expect(dialer.dial(to, { noDelay: true }, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(opened).toBe(0)
  })

  test('rejects with the reason of a signal that aborts meanwhile, and leaves nothing open', async () => {
    const to = await serve()
    const reason = new Error('given up')
    const stop = new AbortController()
    const dialling = dialer.dial(to, { noDelay: true, localPort: 0 }, stop.signal)
    stop.abort(reason)
    await expect(dialling).rejects.toBe(reason)
    while (openSockets() > 0) await new Promise((turn) => setImmediate(turn))
  })
})

describe('the resolver', () => {
  test('finds the addresses of a name', async () => {
    const found = await resolver.lookup('localhost', 4)
    expect(found).toContainEqual({ address: '127.0.0.1', family: 4 })
  })

  test('finds an address written as one', async () => {
    expect(await resolver.lookup('127.0.0.3', 'any')).toEqual([{ address: '127.0.0.3', family: 4 }])
  })

  // A label has at most 63 characters (RFC 1035 section 2.3.4), so that nobody need be asked.
  test.each(['', `${'x'.repeat(64)}.test`])('rejects with COULDNT_RESOLVE_HOST for %j', async (name) => {
    const error = await failureOf(resolver.lookup(name, 'any'))
    expect(error).toMatchObject({ code: 'COULDNT_RESOLVE_HOST', phase: 'resolve', details: { host: name } })
    expect(error.message).toContain(`no address found for ${JSON.stringify(name)}`)
  })
})

describe('the environment of a thread', () => {
  test('is the same object each time', () => {
    expect(nodeEnvironment()).toBe(nodeEnvironment())
    expect(nodeEnvironment()).not.toBe(makeNodeEnvironment())
  })
})

async function dial(to: SocketAddress, settings: Partial<DialSettings> = {}): Promise<ByteStream> {
  const all = { noDelay: true, keepAliveMs: 500, ...settings }
  const stream = await dialer.dial(to, all, new AbortController().signal)
  closing.push(() => stream.abort())
  return stream
}

async function greetingFrom(stream: ByteStream): Promise<string> {
  const sink = record(stream)
  await sink.until((it) => it.hasEnded)
  return sink.text
}

/** A server that tells each peer the address it came from. */
async function serve(address = '127.0.0.1', onPeer: () => void = () => {}): Promise<SocketAddress> {
  const server = greeter(onPeer)
  await listen(server.listen(0, address))
  const { port } = server.address() as AddressInfo
  return { family: address.includes(':') ? 6 : 4, address, port }
}

function greeter(onPeer: () => void = () => {}): Server {
  return createServer((peer) => {
    onPeer()
    peer.on('error', () => {})
    peer.end(peer.remoteAddress === undefined || peer.remoteAddress === '' ? 'unix' : peer.remoteAddress)
  })
}

async function listen(server: Server): Promise<void> {
  closing.push(() => server.close())
  await once(server, 'listening')
}

async function failureOf(work: Promise<unknown>): Promise<TransferError> {
  return work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error as TransferError,
  )
}

function openSockets(): number {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name === 'TCPSocketWrap' || name === 'TCPConnectWrap').length
}
