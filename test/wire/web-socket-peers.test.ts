/** WebSockets with servers that nobody here wrote, and through proxies that nobody here wrote, in clear text and TLS. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { makeAuthority } from '../support/certificates.ts'
import {
  installedWebSocketPeers,
  WEB_SOCKET_PEERS,
  type WebSocketPeer,
} from '../support/servers/web-socket-peers.ts'

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedWebSocketPeers()

describe.each(WEB_SOCKET_PEERS)('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let peer: WebSocketPeer
    beforeAll(async () => {
      peer = await kind.start(credentials)
    })
    afterAll(() => peer?.stop())

    describe.each(['ws', 'wss'] as const)('%s', (scheme) => {
      const handle = (path: string): Easy =>
        new Easy({ url: `${peer[scheme]}${path}`, caInfoBlob: authority.cert, timeoutMs: 15_000 })

      test('messages of all kinds and sizes come back as they went', async () => {
        const sent = [
          '',
          'text',
          'κόσμε \u{1f600}',
          ...[1, 125, 126, 65_535, 65_536, 1_000_000].map((size) => new Uint8Array(randomBytes(size))),
          'x'.repeat(300_000),
        ]
        await using easy = handle('/echo')
        const socket = await easy.webSocket()
        expect(socket.headers.has('sec-websocket-extensions')).toBe(false)
        for (const message of sent) if (!socket.send(message)) await socket.drained()
        for (const message of sent) {
          const got = await socket.recv()
          expect(typeof got).toBe(typeof message)
          expect(Buffer.compare(Buffer.from(got as string), Buffer.from(message as string))).toBe(0)
        }
        expect(await socket.close(1000, 'done')).toMatchObject({ code: 1000, isClean: true })
      })

      test('fragments either way', async () => {
        await using easy = handle('/pieces')
        const socket = await easy.webSocket()
        expect(await socket.recv()).toBe('one, two, drei \u00e4')
        await socket.close()
        easy.set({ url: `${peer[scheme]}/echo` })
        const other = await easy.webSocket()
        for (const [i, piece] of ['a', 'b', ''].entries()) {
          other.sendFragment(piece, i === 2)
          if (i < 2) other.ping()
        }
        expect(await other.recv()).toBe('ab')
        await other.close()
      })

      test('pings either way', async () => {
        await using easy = handle('/ping')
        const socket = await easy.webSocket()
        expect(await socket.recv()).toBe('answered are you there')
        await socket.close()
        easy.set({ url: `${peer[scheme]}/echo` })
        const pong = new Promise<string>((resolve) => {
          void easy
            .webSocket({ onPong: (bytes) => resolve(Buffer.from(bytes).toString()) })
            .then((other) => other.ping('and you'))
        })
        expect(await pong).toBe('and you')
      })

      test.each([
        [1000, ''],
        [1001, 'going'],
        [1011, 'geht nicht: \u00fc'],
        [3000, ''],
        [4999, 'x'.repeat(123)],
      ])('the server closes with %i %j', async (code, reason) => {
        await using easy = handle(`/close?code=${code}&reason=${encodeURIComponent(reason)}`)
        const socket = await easy.webSocket()
        expect(await socket.recv()).toBeUndefined()
        expect(await socket.closed).toEqual({ code, reason, isClean: true, error: undefined })
        // As a transfer it is a success.
        expect((await easy.perform()).status).toBe(101)
      })

      test('many at once, in one multi', async () => {
        await using multi = new Multi()
        const talk = async (n: number): Promise<unknown> => {
          const socket = await multi.webSocket(handle('/echo'))
          socket.send(String(n))
          const got = await socket.recv()
          await socket.close()
          return got
        }
        const numbers = Array.from({ length: 20 }, (_, n) => n)
        expect(await Promise.all(numbers.map(talk))).toEqual(numbers.map(String))
        expect(multi.connections().filter(({ origin }) => origin.startsWith(scheme))).toEqual([])
      })
    })
  })
})
