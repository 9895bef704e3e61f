import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ByteSink, ByteStream, DialSettings } from '../../packages/core/src/env/environment.ts'
import { makeNodeEnvironment } from '../../packages/core/src/node/index.ts'
import { record } from '../support/recording-sink.ts'

const PLAIN: DialSettings = { noDelay: true }
const environment = makeNodeEnvironment()
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

describe('a stream over a socket', () => {
  test('reports what the peer sends, then its end, without being asked to flow', async () => {
    const stream = await dial(await serve((peer) => peer.end('hello')))
    const sink = record(stream)
    await sink.until((it) => it.hasEnded)
    expect(sink.calls).toEqual(['bytes 5', 'ended'])
    expect(sink.text).toBe('hello')
  })

  test('still takes bytes after the peer has ended, and ends its own direction apart', async () => {
    let heard = ''
    const peerDone = new Promise<void>((done) => {
      void serve((peer) => {
        peer.end('bye')
        peer.on('data', (bytes) => (heard += bytes.toString('latin1')))
        peer.on('end', done)
      }).then(async (port) => {
        const stream = await dial(port)
        await record(stream).until((it) => it.hasEnded)
        stream.write('last ')
        stream.write(new Uint8Array([119, 111, 114, 100, 0xff]))
        stream.end()
      })
    })
    await peerDone
    expect(heard).toBe('last word\xff')
  })

  test('writes a string as Latin-1', async () => {
    const { port, heard } = await listener()
    const stream = await dial(port)
    record(stream)
    stream.write('caf\xe9')
    stream.end()
    expect(await heard()).toEqual(Buffer.from([99, 97, 102, 0xe9]))
  })

  test('keeps input that comes before there is a sink, in order', async () => {
    const peers: Socket[] = []
    const stream = await dial(await serve((peer) => peers.push(peer)))
    await environmentTurn(() => peers.length === 1)
    peers[0]!.write('early ')
    peers[0]!.end('bird')
    await once(peers[0]!, 'finish')
    await settled()
    await settled()
    const sink = record(stream)
    expect(sink.calls).toEqual([])
    await sink.until((it) => it.hasEnded)
    expect(sink.text).toBe('early bird')
    expect(sink.calls.at(-1)).toBe('ended')
  })

  test('reads nothing while paused, so that the peer must wait, and all of it after', async () => {
    const sent = randomBytes(24 * 1024 * 1024)
    let peer: Socket | undefined
    const stream = await dial(
      await serve((socket) => {
        peer = socket
        socket.write(sent)
        socket.end()
      }),
    )
    const sink = record(stream)
    await sink.until((it) => it.calls.length > 0)
    stream.pause()
    const before = sink.calls.length
    await settled()
    await settled()
    expect(sink.calls.length).toBe(before)
    expect(peer!.writableLength).toBeGreaterThan(0)
    stream.resume()
    expect(sink.calls.length).toBe(before)
    await sink.until((it) => it.hasEnded)
    expect(sink.received.equals(sent)).toBe(true)
  })

  test('can be paused from inside bytes, and tells nothing until it is resumed', async () => {
    const stream = await dial(await serve((peer) => peer.end(Buffer.alloc(1024 * 1024))))
    let paused = false
    let received = 0
    let endedAt = 0
    const ended = new Promise<void>((done) => {
      const sink: ByteSink = {
        bytes: (view) => {
          expect(paused).toBe(false)
          received += view.length
          paused = true
          stream.pause()
          setImmediate(() => {
            paused = false
            stream.resume()
          })
        },
        ended: () => {
          expect(paused).toBe(false)
          endedAt = received
          done()
        },
        failed: () => expect.unreachable(),
        drained: () => {},
      }
      stream.sink = sink
    })
    await ended
    expect(endedAt).toBe(1024 * 1024)
  })

  test('asks for a rest when too much is queued, and says when it has drained', async () => {
    const { port, heard } = await listener()
    const stream = await dial(port)
    const sink = record(stream)
    const block = Buffer.alloc(1024 * 1024, 'x')
    let written = 0
    while (stream.write(block)) written += 1
    expect(sink.calls).toEqual([])
    await sink.until((it) => it.drains === 1)
    stream.end()
    expect((await heard()).length).toBe((written + 1) * block.length)
  })

  test('says nothing more once it is aborted, even from inside bytes', async () => {
    const stream = await dial(await serve((peer) => peer.end(Buffer.alloc(8 * 1024 * 1024))))
    const calls: string[] = []
    const closed = new Promise<void>((done) => {
      stream.sink = {
        bytes: () => {
          calls.push('bytes')
          stream.abort()
          stream.abort()
          setImmediate(() => setImmediate(done))
        },
        ended: () => calls.push('ended'),
        failed: () => calls.push('failed'),
        drained: () => calls.push('drained'),
      }
    })
    await closed
    expect(calls).toEqual(['bytes'])
    expect(stream.write('unheard')).toBe(true)
  })

  test('fails with RECV_ERROR when the peer resets, once and last', async () => {
    const stream = await dial(await serve((peer) => peer.once('data', () => peer.resetAndDestroy())))
    const sink = record(stream)
    stream.write('x')
    await sink.until((it) => it.failure !== undefined)
    expect(sink.calls).toEqual(['failed RECV_ERROR'])
    expect(sink.failure!.message).toMatch(
      /^receiving from 127\.0\.0\.1:\d+ failed: connection reset by the peer \(ECONNRESET\)$/,
    )
    expect(sink.failure!.phase).toBe('receive')
    expect(stream.write('unheard')).toBe(true)
  })

  test('reports a failed write after the call, not from inside it', async () => {
    const peers: Socket[] = []
    const stream = await dial(await serve((peer) => peers.push(peer)))
    await environmentTurn(() => peers.length === 1)
    const sink = record(stream)
    stream.pause()
    peers[0]!.resetAndDestroy()
    await once(peers[0]!, 'close')
    let told = 0
    for (let round = 0; round < 50 && sink.failure === undefined; round += 1) {
      const before = sink.calls.length
      stream.write('x')
      if (sink.calls.length !== before) told += 1
      await settled()
    }
    expect(told).toBe(0)
    expect(['SEND_ERROR', 'RECV_ERROR']).toContain(sink.failure!.code)
  })

  test('knows both its ends', async () => {
    const port = await serve(() => {})
    const stream = await dial(port)
    expect(stream.remote).toEqual({ family: 4, address: '127.0.0.1', port })
    expect(stream.local).toMatchObject({ family: 4, address: '127.0.0.1' })
    stream.abort()
    expect(stream.local).toMatchObject({ family: 4, address: '127.0.0.1' })
  })

  test('keeps the process alive only while it is told to', async () => {
    const stream = await dial(await serve(() => {}))
    await settled()
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((it) => it === 'TCPSocketWrap').length
    const held = sockets()
    stream.hold(false)
    stream.hold(false)
    expect(sockets()).toBe(held - 1)
    stream.hold(true)
    expect(sockets()).toBe(held)
  })

  test('shares one read buffer among many connections without mixing their bytes', async () => {
    const bodies = Array.from({ length: 120 }, () =>
      randomBytes(300_000 + Math.floor(Math.random() * 500_000)),
    )
    const port = await serve((peer) => {
      peer.once('data', (asked) => peer.end(bodies[Number(asked.toString())]!))
    })
    const digests = await Promise.all(
      bodies.map(async (_, index) => {
        const stream = await dial(port)
        const hash = createHash('sha256')
        const done = new Promise<string>((resolve, reject) => {
          stream.sink = {
            bytes: (view) => void hash.update(view),
            ended: () => resolve(hash.digest('hex')),
            failed: reject,
            drained: () => {},
          }
        })
        stream.write(String(index))
        return done
      }),
    )
    expect(digests).toEqual(bodies.map((body) => createHash('sha256').update(body).digest('hex')))
  })
})

async function dial(port: number): Promise<ByteStream> {
  const to = { family: 4, address: '127.0.0.1', port } as const
  const stream = await environment.dialer.dial(to, PLAIN, new AbortController().signal)
  closing.push(() => stream.abort())
  return stream
}

async function serve(welcome: (peer: Socket) => void): Promise<number> {
  const server: Server = createServer({ allowHalfOpen: true }, (peer) => {
    peer.on('error', () => {})
    closing.push(() => peer.destroy())
    welcome(peer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A server that takes one connection and keeps what it hears until the end. */
async function listener(): Promise<{ port: number; heard: () => Promise<Buffer> }> {
  const parts: Buffer[] = []
  let ended!: () => void
  const end = new Promise<void>((done) => (ended = done))
  const port = await serve((peer) => {
    peer.on('data', (bytes) => parts.push(bytes))
    peer.on('end', ended)
  })
  return { port, heard: () => end.then(() => Buffer.concat(parts)) }
}

/** All input that waits now has been reported. */
function settled(): Promise<void> {
  return new Promise((done) => environment.clock.afterPendingInput(done))
}

async function environmentTurn(until: () => boolean): Promise<void> {
  while (!until()) await settled()
}
