/** WebSockets against npm's ws: large messages, compression that is not asked for, hard ends, UNIX sockets, the command. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, type ServerOptions } from 'ws'
import { Easy } from '@trunkline/easy'
import { trunkline } from '../support/command-line.ts'
import { serveTcp } from '../support/loopback.ts'
import { startWs } from '../support/servers/web-socket-peers.ts'

/** A server until the test is over; answers its URL. */
async function serve(
  behave: (socket: WebSocket, request: IncomingMessage) => void,
  options: ServerOptions = {},
): Promise<string> {
  const server = await startWs(undefined, options, behave)
  onTestFinished(() => server.stop())
  return `ws://127.0.0.1:${server.port}`
}

const MEGABYTE = 1024 * 1024

/** Runs `work` and answers by how much the memory of buffers grew meanwhile, at most, as `sample` saw it. */
function bufferWatch(): { sample(): void; readonly growth: number } {
  const before = process.memoryUsage().arrayBuffers
  let most = before
  return {
    sample() {
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    },
    get growth() {
      return most - before
    },
  }
}

describe('a message of 50 MB', () => {
  const SIZE = 50 * MEGABYTE
  const whole = Buffer.alloc(SIZE, 'trunkline ')

  test('is received piece by piece in little memory', async () => {
    const url = await serve((socket) => socket.send(whole), { perMessageDeflate: false })
    await using easy = new Easy({ url })
    let size = 0
    let isEqual = true
    let watch: ReturnType<typeof bufferWatch> | undefined
    const socket = await easy.webSocket({
      onPiece(bytes, { offset, bytesLeft, length }) {
        watch ??= bufferWatch()
        watch.sample()
        isEqual &&= Buffer.compare(bytes, whole.subarray(offset, offset + length)) === 0
        size += length
        if (bytesLeft === 0) void socket.close()
      },
    })
    await socket.closed
    expect([size, isEqual]).toEqual([SIZE, true])
    expect(watch!.growth).toBeLessThan(8 * MEGABYTE)
  })

  test('goes to a write function in little memory', async () => {
    const url = await serve(
      (socket) => {
        socket.send(whole)
        socket.close()
      },
      { perMessageDeflate: false },
    )
    let size = 0
    let watch: ReturnType<typeof bufferWatch> | undefined
    await using easy = new Easy({
      url,
      writeFunction: (bytes) => {
        watch ??= bufferWatch()
        watch.sample()
        size += bytes.length
      },
    })
    await easy.perform()
    expect(size).toBe(SIZE)
    expect(watch!.growth).toBeLessThan(8 * MEGABYTE)
  })

  test('is gathered, and sent back', async () => {
    const url = await serve((socket) => socket.on('message', (data) => socket.send(data as Buffer)), {
      perMessageDeflate: false,
      maxPayload: SIZE,
    })
    await using easy = new Easy({ url })
    const socket = await easy.webSocket()
    if (!socket.send(whole)) await socket.drained()
    expect(Buffer.compare((await socket.recv()) as Uint8Array, whole)).toBe(0)
    await socket.close()
  })

  test('is refused beyond its limit, before it has come', async () => {
    const url = await serve((socket) => socket.send(whole), { perMessageDeflate: false })
    await using easy = new Easy({ url })
    const socket = await easy.webSocket({ maxMessageBytes: SIZE - 1 })
    await expect(socket.recv()).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(easy.info!.sizeDownload).toBeLessThan(MEGABYTE)
  })
})

test('what nobody takes fills the server’s queue, not ours', async () => {
  let server: WebSocket | undefined
  const url = await serve(
    (socket) => {
      server = socket
      for (let i = 0; i < 300; i += 1) socket.send(Buffer.alloc(100_000, i))
    },
    { perMessageDeflate: false },
  )
  await using easy = new Easy({ url })
  const socket = await easy.webSocket()
  const watch = bufferWatch()
  // As long as the server's queue shrinks something still arrives somewhere.
  for (let last = -1; server!.bufferedAmount !== last;) {
    last = server!.bufferedAmount
    for (let turn = 0; turn < 200; turn += 1) await new Promise((done) => setImmediate(done))
    watch.sample()
  }
  expect(server!.bufferedAmount).toBeGreaterThan(10 * MEGABYTE)
  expect(watch.growth).toBeLessThan(8 * MEGABYTE)
  let count = 0
  while (count < 300 && (await socket.recv()) !== undefined) count += 1
  expect(count).toBe(300)
  await socket.close()
})

test('compression is not asked for, so that none is used', async () => {
  const url = await serve((socket) => socket.send(socket.extensions), {
    perMessageDeflate: { threshold: 0 },
  })
  await using easy = new Easy({ url })
  const socket = await easy.webSocket()
  expect([await socket.recv(), socket.headers.first('sec-websocket-extensions')]).toEqual(['', undefined])
  await socket.close()
})

test('subprotocols are agreed on', async () => {
  const url = await serve((socket) => socket.close(), {
    handleProtocols: (offered) => [...offered].at(-1)!,
  })
  await using easy = new Easy({ url, headers: { 'Sec-WebSocket-Protocol': 'mqtt, wamp' } })
  const socket = await easy.webSocket()
  expect(socket.protocol).toBe('wamp')
})

test('a refusal of the server is one', async () => {
  const url = await serve(() => undefined, { verifyClient: (_info, answer) => answer(false, 403, 'No') })
  await using easy = new Easy({ url })
  await expect(easy.webSocket()).rejects.toMatchObject({
    code: 'HTTP_RETURNED_ERROR',
    message: 'Refused WebSocket upgrade: 403',
  })
})

test('a server that hangs up is told from one that closes', async () => {
  const url = await serve((socket) => socket.terminate())
  await using easy = new Easy({ url })
  const socket = await easy.webSocket()
  expect(await socket.closed).toMatchObject({ code: 1006, isClean: false })
})

test('what the server calls invalid it says by its code', async () => {
  const url = await serve((socket) => socket.on('message', () => undefined), { maxPayload: 10 })
  await using easy = new Easy({ url })
  const socket = await easy.webSocket()
  socket.send('more than ten')
  expect(await socket.closed).toMatchObject({ code: 1009, isClean: true })
})

test('over a UNIX socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-ws-'))
  const path = join(folder, 'ws.sock')
  const server = createServer().listen(path)
  await once(server, 'listening')
  const { stop } = await startWs(server, {}, (socket) => socket.send('here'))
  try {
    await using easy = new Easy({ url: 'ws://any.test/', unixSocketPath: path })
    const socket = await easy.webSocket()
    expect(await socket.recv()).toBe('here')
    await socket.close()
  } finally {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

describe('a raw connection', () => {
  /** SMTP as far as a greeting goes: the server speaks first. */
  function talk(socket: Socket): void {
    socket.write('220 here\r\n')
    socket.on('data', (bytes) => socket.write(`250 ${bytes.toString()}`))
    socket.on('end', () => socket.end('221 bye\r\n'))
  }

  test('to a server that speaks no HTTP', async () => {
    const { port } = await serveTcp(talk)
    await using easy = new Easy({ url: `http://127.0.0.1:${port}` })
    const socket = await easy.connect()
    const read = async (): Promise<string> => Buffer.from((await socket.recv()) ?? '').toString()
    expect(await read()).toBe('220 here\r\n')
    socket.send('HELO\r\n')
    expect(await read()).toBe('250 HELO\r\n')
    socket.end()
    expect([await read(), await read()]).toEqual(['221 bye\r\n', ''])
    await socket.close()
  })

  test('moves 50 MB either way at once, at the pace of the slower', async () => {
    const size = 50 * MEGABYTE
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    await using easy = new Easy({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` })
    const socket = await easy.connect()
    const send = async (): Promise<void> => {
      const piece = new Uint8Array(MEGABYTE).fill(0x5a)
      for (let sent = 0; sent < size; sent += piece.length) if (!socket.send(piece)) await socket.drained()
      socket.end()
    }
    const receive = async (): Promise<number> => {
      let count = 0
      for await (const bytes of socket) count += bytes.length
      return count
    }
    const [, received] = await Promise.all([send(), receive()])
    expect(received).toBe(size)
    await socket.close()
  })

  test('keeps what was sent before close()', async () => {
    let heard = 0
    const peers: Socket[] = []
    const { port } = await serveTcp((socket) => {
      peers.push(socket)
      socket.end()
      socket.on('data', (bytes) => (heard += bytes.length))
    })
    await using easy = new Easy({ url: `http://127.0.0.1:${port}` })
    const socket = await easy.connect()
    expect(await socket.recv()).toBeUndefined()
    socket.send(new Uint8Array(5_000_000))
    await Promise.all([once(peers[0]!, 'end'), socket.close()])
    expect(heard).toBe(5_000_000)
  })
})

describe('the command', () => {
  test('prints messages until the server closes', async () => {
    const url = await serve((socket) => {
      socket.send('one\n')
      socket.send(Buffer.from([0, 255]))
      socket.ping()
      socket.close(1001, 'not shown')
    })
    const run = await trunkline(['-sS', url])
    expect(run).toMatchObject({ exitCode: 0, stderr: '' })
    expect(run.stdout).toEqual(Buffer.from('one\n\0\xff', 'latin1'))
  })

  test('shows heads with -i and -v, and what -w asks for', async () => {
    const url = await serve((socket) => socket.close())
    const run = await trunkline(['-siv', '-w', '%{response_code} %{scheme} %{exitcode}', `${url}/x`])
    expect(run.exitCode).toBe(0)
    expect(run.stdout.toString()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n[^]*\r\n\r\n101 ws 0$/)
    expect(run.stderr).toMatch(/^> GET \/x HTTP\/1\.1$/m)
    expect(run.stderr).toMatch(/^> Sec-WebSocket-Key: [A-Za-z0-9+/]{22}==$/m)
    expect(run.stderr).toMatch(/^\* Closing connection #0: the connection speaks another protocol now$/m)
  })

  test.each([
    [
      'a refusal',
      (socket: Socket) => void socket.end('HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno'),
      22,
      'Refused WebSocket upgrade: 404',
    ],
    [
      'what is no WebSocket',
      (socket: Socket) => void socket.end('HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n'),
      8,
      'another protocol than WebSocket',
    ],
    ['nothing', (socket: Socket) => void socket.end(), 52, 'Empty reply'],
  ])('ends with curl\u2019s exit code for %s', async (_what, answer, exitCode, text) => {
    const { port } = await serveTcp((socket) => void socket.once('data', () => answer(socket)))
    const run = await trunkline([`ws://127.0.0.1:${port}/`])
    expect([run.exitCode, run.stdout.length]).toEqual([exitCode, 0])
    expect(run.stderr).toContain(text)
  })

  test('ends at --max-time with 28, and keeps what it printed', async () => {
    const url = await serve((socket) => socket.send('so far'))
    const run = await trunkline(['-sS', '-m', '0.3', url])
    expect([run.exitCode, run.stdout.toString()]).toEqual([28, 'so far'])
  })
})
