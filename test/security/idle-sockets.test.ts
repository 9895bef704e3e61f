/**
 * Idle sockets and bodies: what undici and Node got wrong with pools, one test per advisory; at real sockets, where
 * the event loop decides what is seen when, and in the simulator, where every delay can be tried.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { selfSigned } from '../support/certificates.ts'
import { END_STREAM, hostileServer, TYPE } from '../support/hostile-h2.ts'
import { ScriptServer } from '../support/script-server.ts'
import { createServer as createTlsServer } from 'node:tls'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function serve(answer: Parameters<typeof ScriptServer.start>[0]): Promise<ScriptServer> {
  const server = await ScriptServer.start((request) => {
    // Or what is written while the socket idles stays with the server until the next request acknowledges the last
    // answer (RFC 896).
    request.socket.setNoDelay(true)
    return answer(request)
  })
  closing.push(() => server.stop())
  return server
}

function open(options: EasyOptions): Easy {
  const easy = new Easy(options)
  closing.push(() => easy.close())
  return easy
}

function response(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

const POISON = response('poison')

describe('an answer that nobody asked for', () => {
  // The three moments in which it may come: with the answer before, as that is handed on, and while the socket idles.
  test('CVE-2026-6733, CVE-2026-48931: is no answer to what is asked next, whenever it comes', async () => {
    const server = await serve(({ head, connection }) => response(`${head.split(' ')[1]} on ${connection}`))
    const easy = open({ url: server.url })
    for (let round = 0; round < 20; round += 1) {
      const { text, info } = await easy
        .set({ url: `${server.url}before` })
        .perform()
        .then((r) => ({ text: r.text(), info: r.info }))
      expect(text).toMatch(/^\/before on \d+$/)
      const socket = server.sockets.at(-1)!
      const connection = info.connId
      socket.write(POISON)
      // From the next microtask to turns of the event loop later.
      for (let turn = 0; turn < round % 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      const next = await easy.set({ url: `${server.url}after` }).perform()
      expect(next.text()).toMatch(/^\/after on \d+$/)
      expect(next.info.connId).not.toBe(connection)
    }
  })

  test('CVE-2026-6733: nor when it comes in one piece with the answer before', async () => {
    const server = await serve(
      ({ head, connection }) => response(`${head.split(' ')[1]} on ${connection}`) + POISON,
    )
    const easy = open({ url: `${server.url}x` })
    for (let i = 1; i <= 5; i += 1) expect((await easy.perform()).text()).toBe(`/x on ${i}`)
  })

  test('CVE-2026-48931: nobody else is told of what an idle socket hears', async () => {
    const server = await serve(() => response('ok'))
    const heard: string[] = []
    const multi = new Multi()
    closing.push(() => multi.close())
    const easy = open({
      url: server.url,
      writeFunction: (bytes) => void heard.push(Buffer.from(bytes).toString()),
    })
    await multi.add(easy)
    const isClosed = new Promise<string>((resolve) =>
      multi.events.once('connection-closed', (_, reason) => resolve(reason)),
    )
    server.sockets[0]!.write(POISON)
    expect(await isClosed).toBe('unexpected-bytes')
    await multi.add(easy)
    expect(heard).toEqual(['ok', 'ok'])
  })

  // A way of 1 ms in each direction.
  const WAY_MS = 1

  test('CVE-2026-6733: in the simulator, at every delay and in every piece', async () => {
    for (const delayMs of [1, 1.01, 1.1, 1.5, 1.99, 2, 2.5, 5, 10, 100, 300, 900, 1_100, 5_000])
      for (const pieces of [1, 3, POISON.length]) {
        const { next, reasons } = await poisoned(delayMs, pieces)
        expect(next).toBe('/after on 2')
        expect(reasons).toEqual(['unexpected-bytes'])
      }
  })

  test('CVE-2026-6733: what is still on its way when a request leaves can be told from no answer, but harms no third', async () => {
    for (const delayMs of [0, 0.1, 0.9]) {
      const { next, third } = await poisoned(delayMs, 1)
      expect(next).toBe('poison')
      expect(third).toBe('/third on 2')
    }
  })

  async function poisoned(
    delayMs: number,
    pieces: number,
  ): Promise<{ next: string; third: string; reasons: string[] }> {
    const { value } = await simulate(1, async (world) => {
      const origin = world.origin('http://a.test', (exchange) =>
        exchange.respond({ body: `${exchange.request.target} on ${exchange.connection.id}` }),
      )
      world.network.link('a.test', { delayMs: WAY_MS })
      const easy = new Easy({ environment: world.environment, url: 'http://a.test/before' })
      const reasons: string[] = []
      easy.events.on('connection-closed', (_, reason) => void reasons.push(reason))
      await easy.perform()
      const size = Math.ceil(POISON.length / pieces)
      for (let at = 0; at < POISON.length; at += size)
        origin.connections[0]!.write(POISON.slice(at, at + size))
      await world.sleep(delayMs)
      const next = await easy.set({ url: 'http://a.test/after' }).perform()
      await world.sleep(10)
      const third = await easy.set({ url: 'http://a.test/third' }).perform()
      return { next: next.text(), third: third.text(), reasons }
    })
    return value
  }

  test('CVE-2026-6733: over HTTP/2 a stream that nobody opened answers nobody', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      const peers = hostileServer(world, 'http://a.test', async (peer) => {
        peer.settings()
        peer.respond(await peer.request(), `first ${peer.id}`)
        await peer.sleep(10)
        // For the stream that the client would open next.
        peer.head(3, [[':status', '200']])
        peer.frame(TYPE.DATA, END_STREAM, 3, [0x70, 0x6f, 0x69])
      })
      const easy = new Easy({ environment, url: 'http://a.test/', httpVersion: '2-prior-knowledge' })
      expect((await easy.perform()).text()).toBe('first 1')
      await world.sleep(50)
      expect((await easy.perform()).text()).toBe('first 2')
      expect(peers.map(({ goaways }) => goaways)).toEqual([[1], []])
    })
  })
})

describe('where a socket begins', () => {
  const hasLoopbackNet = Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.cidr === '127.0.0.1/8')

  test.runIf(hasLoopbackNet)('every form of the option interface separates sockets', async () => {
    const server = await serve(({ socket }) => response(socket.remoteAddress ?? ''))
    const easy = open({ url: server.url })
    const forms = [
      '127.0.0.2',
      'host!127.0.0.3',
      'host!127.0.0.4',
      'ifhost!lo!127.0.0.5',
      'if!lo',
      undefined,
      'host!127.0.0.3',
    ]
    const told: string[] = []
    for (const form of forms) told.push((await easy.set({ interface: form }).perform()).text())
    expect(told).toEqual([
      '127.0.0.2',
      '127.0.0.3',
      '127.0.0.4',
      '127.0.0.5',
      '127.0.0.1',
      '127.0.0.1',
      '127.0.0.3',
    ])
    // The last one had its socket back; all the others had one each.
    expect(server.sockets).toHaveLength(6)
  })
})

describe('bodies', () => {
  test('CVE-2024-38372: are of their own memory, and stay what they were', async () => {
    const server = await serve(({ head }) => response(head.split(' ')[1]!.repeat(50)))
    const easy = open({ url: server.url })
    const results = []
    for (let i = 0; i < 20; i += 1) results.push(await easy.set({ url: `${server.url}${i}` }).perform())
    for (const [i, result] of results.entries()) {
      const bytes = result.body
      expect(result.text()).toBe(`/${i}`.repeat(50))
      // Not a part of something larger, in which another body, or a key, may stand.
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.byteLength])
    }
    expect(new Set(results.map((result) => result.body.buffer)).size).toBe(20)
  })

  test('CVE-2024-24750: that nobody reads hold nothing for ever', async () => {
    const server = await serve(() => response('x'.repeat(500_000)))
    const multi = new Multi({ maxHostConnections: 2 })
    closing.push(() => multi.close())
    for (let i = 0; i < 20; i += 1) {
      const easy = new Easy({ url: server.url })
      const { body } = await multi.stream(easy)
      // Left alone: taking it out is all that it takes.
      void body
      multi.remove(easy)
      await easy.close()
    }
    // Two places, which twenty bodies have not used up.
    expect((await multi.add(open({ url: server.url }))).text()).toHaveLength(500_000)
    expect(multi.size).toBe(0)
    expect(multi.connections().length).toBeLessThanOrEqual(2)
  })

  test('CVE-2025-47279: nor do handshakes that fail again and again', async () => {
    const sockets = new Set<Socket>()
    let accepted = 0
    const server = createTlsServer(selfSigned({ addresses: ['127.0.0.1'] }))
    server.on('connection', (socket: Socket) => {
      accepted += 1
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    })
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const easy = open({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/` })
    const before = resources()
    for (let i = 0; i < 50; i += 1)
      await expect(easy.perform()).rejects.toMatchObject({ code: 'PEER_FAILED_VERIFICATION' })
    while (sockets.size > 0) await once([...sockets][0]!, 'close')
    expect(accepted).toBe(50)
    expect(easy.tlsSessions.size).toBe(0)
    await settled(before)
  })

  test('CVE-2025-47279: nor do connections that are refused', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const easy = open({ url: `http://127.0.0.1:${port}/` })
    const before = resources()
    for (let i = 0; i < 50; i += 1)
      await expect(easy.perform()).rejects.toMatchObject({ code: 'COULDNT_CONNECT' })
    await settled(before)
  })
})

/** Resolves once no more sockets are open than `before`; what is closed is gone some turns later. */
async function settled(before: number): Promise<void> {
  while (resources() > before) await new Promise((resolve) => setImmediate(resolve))
}

/** Sockets that are open in this process, connecting ones included. */
function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name) && !name.includes('Server'))
    .length
}
