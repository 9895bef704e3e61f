/** Every known reason not to reuse a connection, on real sockets. Time is moved by hand where a reason needs it. */
import { afterEach, describe, expect, test } from 'vitest'
import type { CloseReason, EasyOptions, Environment } from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { logConnections } from '../support/engine-log.ts'
import { ScriptServer, type ScriptedRequest } from '../support/script-server.ts'

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Node's world with a clock that can be set forward; its timers stay real and are not waited for. */
function shiftedWorld(): { environment: Environment; pass: (ms: number) => void } {
  const real = nodeEnvironment()
  let offset = 0
  const clock = {
    now: () => real.clock.now() + offset,
    date: () => real.clock.date(),
    at: (due: number, wake: () => void) => real.clock.at(due - offset, wake),
    stayAwake: () => real.clock.stayAwake(),
    afterPendingInput: (then: () => void) => real.clock.afterPendingInput(then),
  }
  return { environment: { ...real, clock }, pass: (ms) => void (offset += ms) }
}

async function start(answer: (request: ScriptedRequest) => string | undefined, options: EasyOptions = {}) {
  const server = await ScriptServer.start(answer)
  closing.push(() => server.stop())
  const { environment, pass } = shiftedWorld()
  const easy = new Easy({ ...options, url: server.url, environment })
  closing.push(() => easy.close())
  return { server, easy, pass, environment, lines: logConnections(easy.events) }
}

function closed(easy: Easy): Promise<CloseReason> {
  return new Promise((resolve) => easy.events.once('connection-closed', (_, reason) => resolve(reason)))
}

describe('a connection is not reused on real sockets', () => {
  const AFTER_ITS_RESPONSE: readonly (readonly [CloseReason, string, EasyOptions])[] = [
    ['server-close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello', {}],
    ['http-1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', {}],
    [
      'suspicious-framing',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      {},
    ],
    ['excess-bytes', `${HELLO}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`, {}],
    ['client-close', HELLO, { headers: { Connection: 'close' } }],
    ['forbid-reuse', HELLO, { forbidReuse: true }],
  ]
  test.each(AFTER_ITS_RESPONSE)('%s', async (reason, response, options) => {
    const { server, easy, lines } = await start(() => response, options)
    expect([(await easy.perform()).text(), (await easy.perform()).text()]).toEqual(['hello', 'hello'])
    expect(server.sockets).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('closed'))).toEqual([
      `closed #0 ${reason}`,
      `closed #1 ${reason}`,
    ])
  })

  test('body-until-close', async () => {
    const { easy, lines } = await start(({ socket }) => void socket.end('HTTP/1.1 200 OK\r\n\r\nhello'))
    expect([(await easy.perform()).text(), (await easy.perform()).text()]).toEqual(['hello', 'hello'])
    expect(lines).toContain('closed #0 body-until-close')
  })

  test('HTTP/1.0 with keep-alive on both sides is reused', async () => {
    const { server, easy } = await start(
      () => 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello',
      {
        httpVersion: '1.0',
      },
    )
    for (let i = 0; i < 3; i += 1) expect((await easy.perform()).text()).toBe('hello')
    expect(server.sockets).toHaveLength(1)
  })

  test('peer-closed: the server ends it while idle', async () => {
    const { server, easy } = await start(() => HELLO)
    await easy.perform()
    const reason = closed(easy)
    server.sockets[0]!.end()
    expect(await reason).toBe('peer-closed')
    expect((await easy.perform()).text()).toBe('hello')
  })

  test('peer-reset: it is reset while idle', async () => {
    const { server, easy } = await start(() => HELLO)
    await easy.perform()
    const reason = closed(easy)
    server.sockets[0]!.resetAndDestroy()
    expect(await reason).toBe('peer-reset')
    expect((await easy.perform()).text()).toBe('hello')
  })

  test('unexpected-bytes: an answer that nobody asked for is never delivered (CVE-2026-6733)', async () => {
    const { server, easy } = await start(() => HELLO)
    await easy.perform()
    const reason = closed(easy)
    server.sockets[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison')
    expect(await reason).toBe('unexpected-bytes')
    expect((await easy.perform()).text()).toBe('hello')
  })

  test('idle-too-long: 118 s', async () => {
    const { server, easy, pass, lines } = await start(() => HELLO)
    await easy.perform()
    pass(117_000)
    await easy.perform()
    expect(server.sockets).toHaveLength(1)
    pass(118_001)
    await easy.perform()
    expect(lines).toContain('closed #0 idle-too-long')
  })

  test('keep-alive-hint: a margin before the server would close', async () => {
    const { easy, pass, lines } = await start(() =>
      HELLO.replace('\r\n', '\r\nKeep-Alive: timeout=5, max=100\r\n'),
    )
    await easy.perform()
    pass(4_001)
    await easy.perform()
    expect(lines).toContain('closed #0 keep-alive-hint')
  })

  test('too-old: 24 h', async () => {
    const { easy, pass, lines } = await start(() => HELLO, { maxAgeConnMs: 0 })
    await easy.perform()
    pass(24 * 3_600_000 + 1)
    await easy.perform()
    expect(lines).toContain('closed #0 too-old')
  })

  test('receive-error: what had come is kept, the next transfer is well', async () => {
    const pieces: string[] = []
    const { server, easy, lines } = await start(({ connection }) =>
      connection > 1 ? HELLO : 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
    )
    easy.set({
      writeFunction: (bytes) => {
        pieces.push(Buffer.from(bytes).toString())
        server.sockets[0]!.resetAndDestroy()
      },
    })
    await expect(easy.perform()).rejects.toMatchObject({ code: 'RECV_ERROR' })
    expect(pieces).toEqual(['half'])
    expect(lines).toContain('closed #0 receive-error')
    expect((await easy.perform()).status).toBe(200)
  })

  test('cache-full: the longest unused goes', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => ScriptServer.start(() => HELLO)))
    for (const server of servers) closing.push(() => server.stop())
    const easy = new Easy({ maxConnects: 2 })
    closing.push(() => easy.close())
    const lines = logConnections(easy.events)
    for (const { url } of servers) await easy.set({ url }).perform()
    expect(lines).toContain('closed #0 cache-full')
  })

  test('busy: the previous transfer is not finished and cannot be shared', async () => {
    const held: ScriptedRequest[] = []
    const server = await ScriptServer.start((request) => {
      held.push(request)
      if (held.length === 2) for (const { socket } of held) socket.write(HELLO)
      return undefined
    })
    closing.push(() => server.stop())
    const multi = new Multi()
    closing.push(() => multi.close())
    const results = await Promise.all([1, 2].map(() => multi.add(new Easy({ url: server.url }))))
    expect(server.sockets).toHaveLength(2)
    const [noted] = results[1]!.info.verdict!.candidates
    expect(noted!.reasons.map(({ code }) => code)).toEqual(['connecting'])
  })
})
