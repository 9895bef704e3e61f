/** Handshakes over streams in virtual time: no byte is lost behind them, and nothing is left when they fail. */
import { describe, expect, test } from 'vitest'
import { ReplayStream } from '../../../packages/core/src/connect/replay-stream.ts'
import { runHandshake, type HandshakeEnd } from '../../../packages/core/src/connect/run-handshake.ts'
import type { ByteStream } from '../../../packages/core/src/env/environment.ts'
import { responseList } from '../../../packages/core/src/h2/messages.ts'
import { H2Session } from '../../../packages/core/src/h2/session.ts'
import { Fields } from '../../../packages/core/src/http/fields.ts'
import { Socks4Handshake } from '../../../packages/core/src/proxy/socks4.ts'
import { simulate, type SimStream, type SimWorld } from '../../../packages/core/src/sim/index.ts'
import { Easy } from '../../../packages/easy/src/index.ts'

const GRANTED = '\x00\x5a\0\0\0\0\0\0'

/** Dials a machine that does as `serve` says, and runs a SOCKS4 handshake there. */
async function run(
  world: SimWorld,
  serve: (socket: SimStream) => void,
  signal = new AbortController().signal,
): Promise<HandshakeEnd> {
  world.network.listen('p.test', 1080, (socket) => {
    socket.sink = {
      bytes: () => serve(socket),
      ended: () => socket.close(),
      failed: () => {},
      drained: () => {},
    }
  })
  const [address = ''] = world.network.addressesOf('p.test')
  const stream = await world.environment.dialer.dial(
    { family: 4, address, port: 1080 },
    { noDelay: true },
    signal,
  )
  return await runHandshake(stream, new Socks4Handshake({ host: '10.0.0.9', port: 80, user: '' }), signal)
}

function listen(stream: ByteStream): string[] {
  const lines: string[] = []
  stream.sink = {
    bytes: (view) => lines.push(String.fromCharCode(...view)),
    ended: () => lines.push('ended'),
    failed: ({ code }) => lines.push(code),
    drained: () => {},
  }
  return lines
}

describe('a handshake', () => {
  test('hands on the stream itself when nothing came behind', () =>
    simulate(1, async (world) => {
      const end = await run(world, (socket) => void socket.write(GRANTED))
      expect(end.is === 'open' && !(end.stream instanceof ReplayStream)).toBe(true)
    }))

  test('hands on what came behind it, first and once, and what comes later', () =>
    simulate(1, async (world) => {
      const end = await run(world, (socket) => {
        socket.write(`${GRANTED}first `)
        void world.sleep(5).then(() => socket.write('second'))
        void world.sleep(6).then(() => socket.end())
      })
      const { stream } = end as Extract<HandshakeEnd, { is: 'open' }>
      await world.sleep(20)
      const lines = listen(stream)
      // Never from inside a call.
      expect(lines).toEqual([])
      await world.sleep(20)
      expect(lines).toEqual(['first ', 'second', 'ended'])
    }))

  test('keeps it while paused, and drops it when given up', () =>
    simulate(1, async (world) => {
      const end = await run(world, (socket) => void socket.write(`${GRANTED}first`))
      const { stream } = end as Extract<HandshakeEnd, { is: 'open' }>
      stream.pause()
      const lines = listen(stream)
      await world.sleep(5)
      expect(lines).toEqual([])
      stream.resume()
      expect(lines).toEqual([])
      await world.sleep(5)
      expect(lines).toEqual(['first'])
      stream.abort()
    }).then(() =>
      simulate(1, async (world) => {
        const end = await run(world, (socket) => void socket.write(`${GRANTED}first`))
        const { stream } = end as Extract<HandshakeEnd, { is: 'open' }>
        const lines = listen(stream)
        stream.abort()
        await world.sleep(5)
        expect([lines, world.network.openConnections]).toEqual([[], 0])
      }),
    ))

  test.each<[string, (socket: SimStream) => void, string]>([
    ['a refusal', (socket) => void socket.write('\x00\x5b\0\0\0\0\0\0'), 'PROXY'],
    ['an end', (socket) => socket.end(), 'PROXY'],
    ['a reset', (socket) => socket.reset(), 'RECV_ERROR'],
  ])('ends with %s, and leaves nothing', async (_name, serve, code) => {
    await simulate(1, async (world) => {
      await expect(run(world, serve)).rejects.toMatchObject({ code, phase: 'proxy' })
      await world.sleep(5)
      expect(world.network.openConnections).toBe(0)
    })
  })

  test('ends with the signal', () =>
    simulate(1, async (world) => {
      const controller = new AbortController()
      const running = run(world, () => {}, controller.signal)
      void world.sleep(10).then(() => controller.abort(new Error('enough')))
      await expect(running).rejects.toThrow('enough')
      await world.sleep(5)
      expect(world.network.openConnections).toBe(0)
    }))
})

test('the settings of an HTTP/2 server that come in one piece with the answer to CONNECT are heeded', () =>
  simulate(1, async (world) => {
    world.network.listen('p.test', 3128, (socket) => {
      let isTunnel = false
      const session: H2Session<undefined> = new H2Session<undefined>(
        { role: 'server', maxConcurrentStreams: 7 },
        {
          request: (stream) => session.respond(stream, responseList(200, Fields.of()), true),
          data: () => {},
          streamEnded: () => {},
          streamFailed: () => {},
          writable: () => {},
          settingsChanged: () => {},
          goingAway: () => {},
          pong: () => {},
          broken: () => {},
          outputReady: () => {},
        },
      )
      socket.sink = {
        bytes: (view) => {
          if (isTunnel) {
            session.receive(view, world.clock.now())
            socket.write(session.takeOutput())
            return
          }
          isTunnel = true
          session.begin()
          const head = Uint8Array.from('HTTP/1.1 200 OK\r\n\r\n', (char) => char.charCodeAt(0))
          socket.write(Uint8Array.from([...head, ...session.takeOutput()]))
        },
        ended: () => socket.close(),
        failed: () => {},
        drained: () => {},
      }
    })
    await using easy = new Easy({
      environment: world.environment,
      url: 'http://a.test/',
      proxy: 'p.test:3128',
      httpProxyTunnel: true,
      httpVersion: '2-prior-knowledge',
    })
    let capacity = 0
    easy.events.on('connection-idle', (connection) => (capacity = connection.capacity))
    expect((await easy.perform()).status).toBe(200)
    expect(capacity).toBe(7)
  }))
