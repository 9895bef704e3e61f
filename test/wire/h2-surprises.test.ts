/**
 * What users of curl, undici and Go would be surprised by over HTTP/2, if it were otherwise; the servers are those of
 * node:http2 and of raw frames.
 *
 * The rule: each test says whose behaviour is met, or what would go wrong.
 */
import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { isTransferError, type EasyOptions, type TransferError, type TransferResult } from '@trunkline/core'
import { expect, onTestFinished, test } from 'vitest'
import { versionText } from '../../packages/cli/src/help/version.ts'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { serveTcp } from '../support/loopback.ts'

const TYPE = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4, GOAWAY: 7 } as const
const END_STREAM = 1
const END_HEADERS = 4
const STATUS_200 = Buffer.from([0x88])

// nginx closes the connection, without a GOAWAY, when one request has a field above its limit. In Go and undici
// each goes on or fails by itself; repeated together with the culprit, all would fail.
test('one request that kills its connection does not take the others along', async () => {
  const server = await serveFrames((socket, id, size) => {
    if (size > 2_000) socket.destroy()
    // After all that came with it.
    else setImmediate(() => socket.write(answer(id)))
  })
  const multi = new Multi()
  onTestFinished(() => multi.close())
  const get = (options: EasyOptions = {}): Promise<string> =>
    multi.add(new Easy({ url: server.url, httpVersion: '2-prior-knowledge', ...options })).then(
      ({ status }) => String(status),
      (error: TransferError) => `${error.code} after ${String(error.details['retries'])} retries`,
    )
  await get()
  const others = Array.from({ length: 6 }, () => get())
  const killer = get({ headers: { 'X-Long': 'a'.repeat(5_000) } })
  expect(await Promise.all(others)).toEqual(others.map(() => '200'))
  expect(await killer).toMatch(/^RECV_ERROR/)
})

// As in curl and in Node's own client. Who sends it must close the connection (RFC 9113 5.4.1), but node:http2
// as a server waits for the client: the transfer would hang until its deadline, or for ever.
test('GOAWAY with an error ends what is under way, and its error says why', { timeout: 20_000 }, async () => {
  const server = createServer((_, response) => response.end('ok'))
  server.on('sessionError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  // More than 64 KiB of head: the server answers GOAWAY (COMPRESSION_ERROR) and leaves the connection open.
  const { error } = await run(`http://127.0.0.1:${port}/${'x'.repeat(100_000)}`, { timeoutMs: 5_000 })
  expect(error?.code).not.toBe('OPERATION_TIMEDOUT')
  expect(error?.message).toContain('COMPRESSION_ERROR')
})

// Go: "server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=INTERNAL_ERROR, debug="disk full"".
// That the connection was closed would say nothing of why.
test('a connection closed after GOAWAY with an error says what the GOAWAY said', async () => {
  const server = await serveFrames((socket, id) => socket.end(goaway(id, 2, 'disk full')))
  const { error } = await run(server.url)
  expect(error).toBeDefined()
  expect(error?.message).toContain('INTERNAL_ERROR')
  expect(error?.message).toContain('disk full')
})

// node:http2 as a server sends it in place of END_STREAM now and then, when its socket was congested. curl,
// Node's client and undici take it for the end of the body: nothing can be missing but trailers.
test('RST_STREAM (NO_ERROR) after as much as Content-Length announced is the end of the body', async () => {
  const length = literal('content-length', '5')
  const server = await serveFrames((socket, id) => {
    socket.write(frame(TYPE.HEADERS, END_HEADERS, id, Buffer.concat([STATUS_200, length])))
    socket.write(frame(TYPE.DATA, 0, id, Buffer.from('whole')))
    socket.write(frame(TYPE.RST_STREAM, 0, id, Buffer.alloc(4)))
  })
  const { result, error } = await run(server.url)
  expect(error?.message).toBeUndefined()
  expect(result?.text()).toBe('whole')
})

// TE may say "trailers" and nothing else (RFC 9113 8.2.2). curl sends that when it is among what was asked for; a
// server that has trailers only for those who ask would keep them back.
test('of TE: gzip, trailers what HTTP/2 allows is sent', async () => {
  const server = createServer((request, response) => response.end(String(request.headers.te ?? 'none')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { result } = await run(`http://127.0.0.1:${port}/`, { headers: { TE: 'gzip, trailers' } })
  expect(result?.text()).toBe('trailers')
})

// curl: "Remote peer returned unexpected data while we expected SETTINGS frame. Perhaps, peer does not support
// HTTP/2 properly." Read as a frame, what came would be one of type 45 and of 5 MB, which helps nobody.
test('who does not speak HTTP/2 at all is said not to', async () => {
  const server = await serveTcp((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))
  const { error } = await run(server.url)
  expect(error?.code).toBe('HTTP2')
  expect(error?.message).toMatch(/HTTP\/2|SETTINGS/)
})

// It is a SETTINGS frame, too: "SETTINGS came before SETTINGS" would be a riddle.
test('an acknowledgement before the settings themselves is called one', async () => {
  const server = await serveTcp((socket) => socket.write(frame(TYPE.SETTINGS, 1, 0)))
  const { error } = await run(server.url)
  expect(error?.message).not.toContain('SETTINGS came before SETTINGS')
})

// As over HTTP/1. Without the number one could not see that the response had begun, which is why it is not
// repeated.
test('a connection lost within a body says after how many bytes', async () => {
  const server = await serveFrames((socket, id) => {
    socket.write(frame(TYPE.HEADERS, END_HEADERS, id, STATUS_200))
    socket.end(frame(TYPE.DATA, 0, id, Buffer.from('part')))
  })
  const { error } = await run(server.url)
  expect(error?.code).toBe('RECV_ERROR')
  expect(error?.message).toMatch(/\b4 bytes/)
})

// It must return an iterable, but `async () => [...]` is the first thing that one tries, and what JavaScript says
// of a promise that is iterated does not lead to the mistake.
test('a body function that returns no iterable is told so, whatever it returns', async () => {
  const server = await serveFrames((socket, id) => socket.write(answer(id)))
  const body = (() => Promise.resolve(['a'])) as unknown as NonNullable<EasyOptions['body']>
  const { error } = await run(server.url, { body })
  expect(error?.code).toBe('READ_ERROR')
  expect(error?.message).toContain('the body function did not return an iterable')
})

// `curl --version` lists HTTP2 among the features.
test('the command says that it speaks HTTP/2', () => {
  expect(versionText()).toMatch(/HTTP\/?2/)
})

interface Told {
  readonly result?: TransferResult
  readonly error?: TransferError
}

async function run(url: string, options: EasyOptions = {}): Promise<Told> {
  const easy = new Easy({ url, httpVersion: '2-prior-knowledge', timeoutMs: 3_000, ...options })
  onTestFinished(() => easy.close())
  try {
    return { result: await easy.perform() }
  } catch (error) {
    if (isTransferError(error)) return { error }
    throw error
  }
}

/** A server that says SETTINGS at once, and `answers` to each HEADERS frame, whose payload has `size` bytes. */
async function serveFrames(
  answers: (socket: Socket, streamId: number, size: number) => void,
): Promise<{ url: string }> {
  return await serveTcp((socket) => {
    let unread = Buffer.alloc(0)
    let isBegun = false
    socket.setNoDelay(true)
    socket.write(frame(TYPE.SETTINGS, 0, 0))
    socket.on('data', (bytes) => {
      unread = Buffer.concat([unread, bytes])
      if (!isBegun) {
        if (unread.length < PREFACE_LENGTH) return
        unread = unread.subarray(PREFACE_LENGTH)
        isBegun = true
      }
      while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
        const type = unread[3]
        const id = unread.readUInt32BE(5)
        const size = unread.readUIntBE(0, 3)
        unread = unread.subarray(9 + size)
        if (type === TYPE.HEADERS) answers(socket, id, size)
      }
    })
  })
}

const PREFACE_LENGTH = 24

function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, payload])
}

function goaway(lastStreamId: number, code: number, text: string): Buffer {
  const numbers = Buffer.alloc(8)
  numbers.writeUInt32BE(lastStreamId, 0)
  numbers.writeUInt32BE(code, 4)
  return frame(TYPE.GOAWAY, 0, 0, Buffer.concat([numbers, Buffer.from(text)]))
}

function answer(streamId: number): Buffer {
  const head = frame(TYPE.HEADERS, END_HEADERS, streamId, STATUS_200)
  return Buffer.concat([head, frame(TYPE.DATA, END_STREAM, streamId, Buffer.from('ok'))])
}

/** A literal field without indexing (RFC 7541 6.2.2); name and value below 127 bytes. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])
}
