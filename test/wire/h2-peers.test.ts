/** The HTTP/2 servers that other tests run against do what is said of them, seen with the client of node:http2. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeAuthority } from '../support/certificates.ts'
import { LARGE_FIELDS, LARGE_VALUE, MANY_FIELDS, TRAILERS } from '../support/servers/app.ts'
import { MANY, manyDocument, SMALL, tenMegabytes } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server } from '../support/servers/server.ts'

const MAX_STREAMS = 37
const REQUESTS_PER_CONNECTION = 10

const HTTP1 = ['nginx', 'apache', 'h2o', 'caddy', 'haproxy']
const UPGRADE = ['apache', 'h2o', 'caddy']
const RELOAD = ['nginx', 'apache', 'h2o', 'haproxy', 'node-http2']

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe.each(H2_SERVERS)('$name', (kind) => {
  let server: H2Server
  describe.runIf(installed.includes(kind))('when installed', () => {
    beforeAll(async () => {
      server = await kind.start({ ...credentials, maxConcurrentStreams: MAX_STREAMS })
    })
    afterAll(() => server?.stop())

    test('serves its files over TLS by ALPN', async () => {
      const session = await open(server.https)
      expect(session.alpnProtocol).toBe('h2')
      expect((await exchange(session, '/small')).body).toEqual(SMALL)
      expect((await exchange(session, '/10mb')).body.equals(tenMegabytes())).toBe(true)
      const many = await Promise.all(
        Array.from({ length: MANY }, (_, index) => exchange(session, `/many/${index}`)),
      )
      expect(many.every(({ body }, index) => body.equals(manyDocument(index)))).toBe(true)
      expect((await exchange(session, '/not-there')).headers[':status']).toBe(404)
    })

    test('serves its files over clear text to those who know', async () => {
      const session = await open(server.http2Clear)
      expect(session.alpnProtocol).toBe('h2c')
      expect((await exchange(session, '/small')).body).toEqual(SMALL)
    })

    test.runIf(HTTP1.includes(kind.name))('speaks HTTP/1.1 over clear text', async () => {
      const response = await fetch(`${server.http1Clear}/small`)
      expect(Buffer.from(await response.arrayBuffer())).toEqual(SMALL)
    })

    test.runIf(UPGRADE.includes(kind.name))('upgrades to h2c', async () => {
      expect(await upgrade(`${server.h2cUpgrade}`)).toBe('SETTINGS')
    })

    test('reads what is uploaded and sends it back', async () => {
      const session = await open(server.https)
      const sent = tenMegabytes().subarray(0, 1_000_003)
      for (const method of ['POST', 'PUT']) {
        const { headers, body } = await exchange(session, '/app/echo', { ':method': method }, sent)
        expect(headers[':status']).toBe(200)
        expect(body.equals(sent)).toBe(true)
      }
    })

    test('hands on trailers, or not, as it says', async () => {
      const { body, trailers } = await exchange(await open(server.https), '/app/trailers')
      expect(body.toString()).toBe('with trailers\n')
      const arrived = Object.entries(TRAILERS).every(([name, value]) => trailers?.[name] === value)
      expect(arrived).toBe(kind.passes.trailers)
    })

    test.runIf(kind.passes.manyFields)('hands on large heads', async () => {
      const session = await open(server.https)
      const { headers: many } = await exchange(session, '/app/fields')
      expect(Object.keys(many).filter((name) => name.startsWith('x-field-'))).toHaveLength(MANY_FIELDS)
      const { headers: large } = await exchange(session, '/app/large-head')
      const values = Object.entries(large).filter(([name]) => name.startsWith('x-large-'))
      expect(values).toHaveLength(LARGE_FIELDS)
      expect(values.every(([, value]) => value === LARGE_VALUE)).toBe(true)
    })

    test.runIf(kind.passes.earlyHints)('hands on a 103', async () => {
      const { hints, headers } = await exchange(await open(server.https), '/app/early')
      expect(hints.map((hint) => hint[':status'])).toEqual([103])
      expect(hints[0]?.link).toContain('rel=preload')
      expect(headers[':status']).toBe(200)
    })

    test.runIf(kind.passes.duplex)('answers while it is being asked', async () => {
      const session = await open(server.https)
      const stream = session.request({ ':path': '/app/duplex', ':method': 'POST' })
      for (const word of ['one', 'two', 'three']) {
        stream.write(word)
        const [echoed] = (await once(stream, 'data')) as [Buffer]
        expect(echoed.toString()).toBe(word)
      }
      stream.end()
      await once(stream, 'end')
    })

    test('allows as many streams as it is told, or not, as it says', async () => {
      const session = await open(server.https)
      // Its SETTINGS came before any answer.
      await exchange(session, '/small')
      const obeys = session.remoteSettings.maxConcurrentStreams === MAX_STREAMS
      expect(obeys).toBe(kind.limits.maxConcurrentStreams)
    })

    describe.runIf(RELOAD.includes(kind.name))('reloaded', () => {
      test.each(['https', 'http2Clear'] as const)(
        'says GOAWAY, and ends what it began (%s)',
        async (scheme) => {
          const session = await open(server[scheme])
          const wentAway = once(session, 'goaway') as Promise<[number, number]>
          const stream = session.request({ ':path': '/app/held' })
          const [held] = (await once(stream, 'data')) as [Buffer]
          expect(held.toString()).toBe('held\n')
          await server.reload?.()
          // HAProxy does not heed every signal.
          const again = setInterval(() => void server.reload?.(), 1_000)
          expect((await wentAway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
          clearInterval(again)
          server.app?.letGo()
          const [rest] = (await once(stream, 'data')) as [Buffer]
          expect(rest.toString()).toBe('let go\n')
          await once(stream, 'end')

          const next = await open(server[scheme])
          expect((await exchange(next, '/small')).body).toEqual(SMALL)
        },
      )
    })

    test.runIf(kind.limits.requestsPerConnection)(
      'says GOAWAY after as many requests as it is told',
      async () => {
        const limited = await kind.start({ ...credentials, requestsPerConnection: REQUESTS_PER_CONNECTION })
        onTestFinished(() => limited.stop())
        const session = await open(limited.https)
        const wentAway = once(session, 'goaway') as Promise<[number, number]>
        for (let nth = 1; nth <= REQUESTS_PER_CONNECTION; nth += 1)
          expect((await exchange(session, '/small')).body).toEqual(SMALL)
        const [code, lastStream] = await wentAway
        expect(code).toBe(constants.NGHTTP2_NO_ERROR)
        expect(lastStream).toBe(2 * REQUESTS_PER_CONNECTION - 1)
      },
    )

    test('stops, and leaves no folder', async () => {
      let root = ''
      const brief = await kind.start({ ...credentials, fill: (path) => (root = path) })
      expect(existsSync(root)).toBe(true)
      const session = await open(brief.https)
      const closed = new Promise((resolve) => session.once('close', resolve))
      await brief.stop()
      await closed
      expect(existsSync(root)).toBe(false)
      await expect(open(brief.https)).rejects.toThrow('ECONNREFUSED')
    })
  })
})

/** A session, closed with the test. Rejects when there is no connection. */
async function open(origin: string | undefined): Promise<ClientHttp2Session> {
  if (origin === undefined) throw new Error('The server has no such origin.')
  const session = connect(origin, { ca: authority.cert })
  onTestFinished(() => session.destroy())
  // Servers that are stopped end it, some with a reset.
  session.on('error', () => undefined)
  await once(session, 'connect')
  return session
}

interface Exchange {
  readonly hints: readonly IncomingHttpHeaders[]
  readonly headers: IncomingHttpHeaders & { readonly ':status'?: number }
  readonly body: Buffer
  readonly trailers: IncomingHttpHeaders | undefined
}

async function exchange(
  session: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body?: Uint8Array,
): Promise<Exchange> {
  const stream: ClientHttp2Stream = session.request({ ':path': path, ...headers })
  const hints: IncomingHttpHeaders[] = []
  let trailers: IncomingHttpHeaders | undefined
  stream.on('headers', (hint) => hints.push(hint))
  stream.on('trailers', (fields) => (trailers = fields))
  stream.end(body)
  const [head] = (await once(stream, 'response')) as [Exchange['headers']]
  return { hints, headers: head, body: Buffer.concat(await stream.toArray()), trailers }
}

/** Asks for `h2c`; returns the name of the first frame behind the 101. */
async function upgrade(origin: string): Promise<string> {
  const request = get(`${origin}/small`, {
    headers: {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    },
  })
  const [response, socket, first] = (await once(request, 'upgrade')) as [unknown, Socket, Buffer]
  onTestFinished(() => void socket.destroy())
  expect(response).toMatchObject({ statusCode: 101, headers: { upgrade: 'h2c' } })
  socket.on('error', () => undefined)
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(Buffer.of(0, 0, 0, SETTINGS, 0, 0, 0, 0, 0))
  const frame = first.length > 0 ? first : ((await once(socket, 'data')) as [Buffer])[0]
  return frame[3] === SETTINGS ? 'SETTINGS' : `frame of type ${frame[3]}`
}

/** RFC 9113 section 6.5. */
const SETTINGS = 0x04
