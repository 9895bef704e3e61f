/** Servers that end HTTP/2 connections: by GOAWAY, by going away, and by being away for a while. */
import { once } from 'node:events'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { TransferErrorCode, TransferResult } from '@trunkline/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { isTransferError } from '../../packages/core/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { MANY, manyDocument } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server } from '../support/servers/server.ts'
import { directWaysOf, wayTo } from '../support/servers/ways.ts'

const REQUESTS_PER_CONNECTION = 50
const BURST = 500
/** On one connection at most, by our own limit. */
const STREAMS = 100
/** Transfers under way at once while a server is reloaded or restarted. */
const LOAD = 40
const RELOADS = 2
const BETWEEN_RELOADS = 500
const AROUND_RESTART = 300

/** They do not heed every signal to reload, whoever their client is. */
const MISSES_SIGNALS = ['haproxy']

/** They now and then end a connection in the middle of a stream when they are reloaded. */
const CUTS_STREAMS = ['apache']

/** What may be said of a connection that a server ends without a word, or that cannot be opened. */
const CLEAR: ReadonlySet<TransferErrorCode> = new Set<TransferErrorCode>([
  'COULDNT_CONNECT',
  'SSL_CONNECT_ERROR',
  'SEND_ERROR',
  'RECV_ERROR',
  'GOT_NOTHING',
  'HTTP2',
  'HTTP2_STREAM',
])

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe.each(H2_SERVERS)('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let server: H2Server
    beforeAll(async () => {
      server = await kind.start({ ...credentials, requestsPerConnection: 100_000 })
    })
    afterAll(() => server?.stop())

    describe.each(directWaysOf(kind))('over $name', (way) => {
      test.runIf(kind.limits.requestsPerConnection)(
        'GOAWAY in the middle of a burst loses nothing',
        async () => {
          const limited = await kind.start({ ...credentials, requestsPerConnection: REQUESTS_PER_CONNECTION })
          onTestFinished(() => limited.stop())
          await using load = new Load(wayTo(limited, way, authority.cert))
          await Promise.all(
            Array.from({ length: BURST }, (_, nth) => (nth % 5 === 0 ? load.post() : load.one())),
          )
          expect(load.failures).toEqual([])
          // node:http2 still answers the streams that had come when it said so.
          expect(load.opened).toBeGreaterThanOrEqual(BURST / (REQUESTS_PER_CONNECTION + STREAMS))
          expect([...load.closes.keys()]).toEqual(['goaway'])
          // What is not idempotent is sent again only when it was not acted on. nginx has the files itself.
          const arrived = limited.app?.requests
          expect(arrived).toBe(kind.name === 'nginx' ? BURST / 5 : BURST)
        },
      )

      test.runIf(kind.canReload)('reloads under load lose nothing', async () => {
        await using load = new Load(wayTo(server, way, authority.cert))
        for (let reload = 0; reload < RELOADS; reload += 1) {
          await load.run(BETWEEN_RELOADS, async () => {
            const goaway = load.closed()
            await server.reload?.()
            const again = MISSES_SIGNALS.includes(kind.name)
              ? setInterval(() => void server.reload?.(), 1_000)
              : undefined
            await goaway
            clearInterval(again)
          })
        }
        expect(load.failures.filter((error) => !isLostByServer(kind.name, error))).toEqual([])
        expect(load.succeeded).toBeGreaterThanOrEqual(RELOADS * BETWEEN_RELOADS)
        // node:http2 may close behind its GOAWAY at once, and those that cut streams may reset the connection.
        const allowed = [
          'goaway',
          'peer-closed',
          ...(CUTS_STREAMS.includes(kind.name) ? ['receive-error'] : []),
        ]
        for (const reason of load.closes.keys()) expect(allowed).toContain(reason)
        expect(load.opened).toBeGreaterThan(RELOADS)
      })

      test.runIf(kind.canReload && !CUTS_STREAMS.includes(kind.name))(
        'what began before a reload comes to its end, and others go elsewhere',
        async () => {
          const multi = new Multi()
          onTestFinished(() => multi.close())
          const own = await kind.start(credentials)
          onTestFinished(() => own.stop())
          const to = wayTo(own, way, authority.cert)
          const { body, finished, info } = await multi.stream(new Easy(to('/app/held')))
          const { value: held } = await body.next()
          expect(Buffer.from(held!).toString()).toBe('held\n')
          // A reload takes its time; until then the connection takes others.
          let next: TransferResult | undefined
          for (let nth = 0; next === undefined || next.info.connId === 0; nth += 1) {
            if (nth === 0 || (nth % 200 === 0 && MISSES_SIGNALS.includes(kind.name))) await own.reload?.()
            next = await multi.add(new Easy(to('/small')))
          }
          expect([next.info.connId, next.info.connReused]).toEqual([1, false])
          own.app?.letGo()
          const { value: rest } = await body.next()
          expect(Buffer.from(rest!).toString()).toBe('let go\n')
          expect(await finished).toBeUndefined()
          expect([info.connId, info.sizeDownload]).toEqual([0, 12])
        },
      )

      test('a restart under load is told clearly, and got over', async () => {
        await using load = new Load(wayTo(server, way, authority.cert))
        await load.run(AROUND_RESTART, () => server.restart())
        const during = load.failures.splice(0)
        for (const error of during) {
          if (!isTransferError(error)) throw error
          expect(CLEAR).toContain(error.code)
          expect(error.message).toMatch(/127\.0\.0\.1/)
        }
        await load.run(AROUND_RESTART)
        expect(load.failures).toEqual([])
      })

      test('a connection that was closed while it was idle costs no error', async () => {
        await using load = new Load(wayTo(server, way, authority.cert))
        for (let round = 1; round <= 3; round += 1) {
          await load.one()
          await server.restart()
          await load.one()
          expect(load.failures).toEqual([])
          expect(load.opened).toBe(1 + round)
        }
        expect(load.retries).toBe(0)
      })
    })
  })
})

test('a connection that dies with many transfers on it is replaced by one', async () => {
  const sockets: Socket[] = []
  let streams = 0
  const server = createServer()
  server.on('connection', (socket: Socket) => void sockets.push(socket))
  server.on('sessionError', () => undefined)
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => undefined)
    if (sockets.length > 1) {
      stream.respond({ ':status': 200 })
      stream.end('whole')
      return
    }
    streams += 1
    // The first has been answered: those behind it are on a reused connection.
    if (streams === 1) stream.respond({ ':status': 200 }, { endStream: true })
    else if (streams === 1 + LOAD) sockets[0]!.resetAndDestroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await using multi = new Multi()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const get = () => multi.add(new Easy({ url, httpVersion: '2-prior-knowledge' }))
  await get()
  const results = await Promise.all(Array.from({ length: LOAD }, get))
  expect(results.every((result) => result.text() === 'whole' && result.info.numRetries === 1)).toBe(true)
  expect(sockets).toHaveLength(2)
})

/** Apache takes new connections that it then closes without a word; what opened one is not sent again. */
function isLostByServer(name: string, error: unknown): boolean {
  return name === 'apache' && isTransferError(error) && error.details['request'] === 1
}

/** Transfers of small documents over one multi, counted by how they end. */
class Load {
  readonly #multi = new Multi()
  readonly #to: ReturnType<typeof wayTo>
  readonly failures: unknown[] = []
  readonly closes = new Map<string, number>()
  succeeded = 0
  opened = 0
  retries = 0
  #begun = 0
  #isHappening = false

  constructor(to: ReturnType<typeof wayTo>) {
    this.#to = to
    this.#multi.events.on('connection-opened', () => (this.opened += 1))
    this.#multi.events.on('connection-closed', (_, reason) =>
      this.closes.set(reason, (this.closes.get(reason) ?? 0) + 1),
    )
  }

  /** Resolves when a connection is closed. */
  closed(): Promise<void> {
    return new Promise((resolve) => this.#multi.events.once('connection-closed', () => resolve()))
  }

  /** One transfer, whole and from HTTP/2, or noted as failed. */
  async one(): Promise<void> {
    const index = this.#begun % MANY
    this.#begun += 1
    try {
      const { status, httpVersion, body, info } = await this.#multi.add(new Easy(this.#to(`/many/${index}`)))
      this.retries += info.numRetries
      if (status !== 200 || httpVersion !== '2' || !manyDocument(index).equals(body))
        throw new Error(`/many/${index}: ${status} over HTTP/${httpVersion}, ${body.length} bytes`)
      this.succeeded += 1
    } catch (error) {
      this.failures.push(error)
    }
  }

  /** The same by a method that is not idempotent. */
  async post(): Promise<void> {
    this.#begun += 1
    const body = `number ${this.#begun}`
    try {
      const result = await this.#multi.add(new Easy({ ...this.#to('/app/echo'), body }))
      this.retries += result.info.numRetries
      if (result.text() !== body) throw new Error(`${body}: ${result.status} ${result.text()}`)
      this.succeeded += 1
    } catch (error) {
      this.failures.push(error)
    }
  }

  /**
   * LOAD transfers at a time until `count` more have succeeded; `event` happens in the middle, and they go on at
   * least until it is over.
   */
  async run(count: number, event?: () => Promise<void>): Promise<void> {
    const goal = this.succeeded + count
    const middle = this.succeeded + Math.floor(count / 2)
    let happening: Promise<void> | undefined
    const worker = async (): Promise<void> => {
      while (this.#isHappening || this.succeeded < goal) {
        if (event !== undefined && happening === undefined && this.succeeded >= middle) {
          this.#isHappening = true
          happening = event().finally(() => (this.#isHappening = false))
        }
        await this.one()
      }
    }
    await Promise.all(Array.from({ length: LOAD }, worker))
    await happening
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#multi.close()
  }
}
