/** Many transfers over few HTTP/2 connections, with servers that nobody here wrote. */
import { createHash } from 'node:crypto'
import type { EasyOptions, MultiOptions, TransferResult } from '@trunkline/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeEnvironment } from '../../packages/core/src/node/index.ts'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { MANY, manyDocument, TEN_MEGABYTES, tenMegabytes } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server } from '../support/servers/server.ts'
import { directWaysOf, TLS_WAY, waysOf, wayTo } from '../support/servers/ways.ts'

const LARGE = tenMegabytes()
const LARGE_HASH = hashOf(LARGE)
/** What the servers allow by themselves, or more. */
const STREAMS = 100
const HANDLES = 1_000
const PAUSES = 10

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe.each(H2_SERVERS)('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let server: H2Server
    beforeAll(async () => {
      server = await kind.start({
        ...credentials,
        maxConcurrentStreams: STREAMS,
        requestsPerConnection: 100_000,
      })
    })
    afterAll(() => server?.stop())

    describe.each(directWaysOf(kind))('over $name', (way) => {
      test('a hundred cold transfers open one connection', async () => {
        await using many = new Many(wayTo(server, way, authority.cert))
        const results = await many.documents(STREAMS)
        expect(many.opened).toBe(1)
        expect(new Set(results.map(({ info }) => info.connId))).toEqual(new Set([0]))
        expect(results.map(({ info }) => info.streamId).sort((a, b) => a - b)).toEqual(
          Array.from({ length: STREAMS }, (_, index) => 2 * index + 1),
        )
        // All were on it at once.
        expect(results.some(({ info }) => info.connStreams === STREAMS)).toBe(true)
        expect(results.filter(({ info }) => info.connReused)).toHaveLength(STREAMS - 1)
      })

      test('a thousand at once share as few as can take them', async () => {
        await using many = new Many(wayTo(server, way, authority.cert))
        await many.documents(HANDLES)
        expect(many.opened).toBeGreaterThan(0)
        expect(many.opened).toBeLessThanOrEqual(HANDLES / STREAMS)
        // Nor are more begun and given up again.
        expect(many.dialled).toBeLessThanOrEqual(HANDLES / STREAMS)
        expect(many.closes).toEqual([])
      })
    })

    describe('with large bodies', () => {
      test('three uploads of 10 MB at once, and back', async () => {
        await using many = new Many(wayTo(server, TLS_WAY, authority.cert), { maxTotalConnections: 1 })
        const results = await Promise.all(
          Array.from({ length: 3 }, () => many.multi.add(many.easy('/app/echo', { body: LARGE }))),
        )
        expect(results.map(({ status, body }) => [status, hashOf(body)])).toEqual(
          Array.from({ length: 3 }, () => [200, LARGE_HASH]),
        )
        expect([many.opened, many.closes]).toEqual([1, []])
      })

      test('twenty downloads of 10 MB at once', async () => {
        await using many = new Many(wayTo(server, TLS_WAY, authority.cert), { maxTotalConnections: 1 })
        const hashes = await Promise.all(Array.from({ length: 20 }, () => many.hashed('/10mb')))
        expect(new Set(hashes)).toEqual(new Set([LARGE_HASH]))
        expect([many.opened, many.closes]).toEqual([1, []])
      })

      test('all kinds of transfers and ends at once, and each body is its own', async () => {
        await using many = new Many(wayTo(server, TLS_WAY, authority.cert), { maxTotalConnections: 1 })
        await many.documents(1)
        const random = seeded(7)
        const kinds = [
          () => many.documents(1),
          async () => expect(await many.hashed('/10mb', random(40))).toBe(LARGE_HASH),
          async () => {
            const bytes = LARGE.subarray(random(251), random(300_000) + 251)
            const { status, body } = await many.multi.add(many.easy('/app/echo', { body: bytes }))
            expect([status, hashOf(body)]).toEqual([200, hashOf(bytes)])
          },
          async () => {
            let left = random(2_000_000)
            const easy = many.easy('/10mb', {
              writeFunction(bytes) {
                left -= bytes.length
                if (left < 0) easy.abort()
              },
            })
            await expect(many.multi.add(easy)).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
          },
          async () => {
            const limit = random(200_000)
            const easy = many.easy('/app/echo', {
              body: LARGE.subarray(0, 300_000),
              progressFunction: ({ uploaded }) => (uploaded > limit ? 'abort' : undefined),
            })
            await expect(many.multi.add(easy)).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
          },
        ]
        const worker = async (): Promise<void> => {
          for (let nth = 0; nth < 6; nth += 1) await kinds[random(kinds.length)]!()
        }
        await Promise.all(Array.from({ length: 20 }, worker))
        await many.documents(10)
        expect([many.opened, many.closes]).toEqual([1, []])
      })
    })

    describe.each(waysOf(kind))('over $name', (way) => {
      test('a thousand share the only one that is allowed', async () => {
        await using many = new Many(wayTo(server, way, authority.cert), { maxTotalConnections: 1 })
        await many.documents(HANDLES)
        expect([many.opened, many.closes]).toEqual([1, []])
      })

      // HAProxy refuses streams in bursts when the machine is busy; beside two that last, that stood still once in fifty runs.
      const retry = kind.name === 'haproxy' ? 1 : 0
      test('a download that is not read holds up nobody', { retry }, async () => {
        await using many = new Many(wayTo(server, way, authority.cert), { maxTotalConnections: 1 })
        const { body, info } = await many.multi.stream(many.easy('/10mb'))
        let pausedBytes = 0
        const paused = many.easy('/10mb', {
          writeFunction: (bytes) => {
            pausedBytes += bytes.length
            return 'pause'
          },
        })
        const pausedEnd = many.multi.add(paused)
        await many.documents(300)
        expect(await many.hashed('/10mb')).toBe(LARGE_HASH)
        expect(info.sizeDownload).toBeLessThan(TEN_MEGABYTES)
        expect(pausedBytes).toBeLessThan(TEN_MEGABYTES)

        const hash = createHash('sha256')
        for await (const bytes of body) hash.update(bytes)
        expect(hash.digest('hex')).toBe(LARGE_HASH)
        many.multi.remove(paused)
        await expect(pausedEnd).rejects.toMatchObject({ code: 'MULTI_ABORTED' })
        await many.documents(10)
        expect([many.opened, many.closes]).toEqual([1, []])
      })

      test('what is paused goes on where it was', async () => {
        await using many = new Many(wayTo(server, way, authority.cert), { maxTotalConnections: 1 })
        const hash = createHash('sha256')
        let pauses = 0
        const easy = many.easy('/10mb', {
          writeFunction: (bytes) => {
            hash.update(bytes)
            if (pauses === PAUSES) return
            pauses += 1
            // A sibling runs in between, so that the connection is read meanwhile.
            void many.multi.add(many.easy('/small')).then(() => easy.resume())
            return 'pause'
          },
        })
        await many.multi.add(easy)
        expect([hash.digest('hex'), pauses]).toEqual([LARGE_HASH, PAUSES])
        expect([many.opened, many.closes]).toEqual([1, []])
      })

      test('an abort is felt by nobody else', async () => {
        await using many = new Many(wayTo(server, way, authority.cert), { maxTotalConnections: 1 })
        // After an upgrade the first transfer began in HTTP/1.1, where an abort means the connection.
        await many.documents(1)
        const doomed = Array.from({ length: 5 }, () => {
          const easy = many.easy('/10mb', { writeFunction: () => easy.abort() })
          return easy
        })
        const ends = doomed.map((easy) => many.multi.add(easy))
        const others = Array.from({ length: 5 }, () => many.hashed('/10mb'))
        for (const end of ends) await expect(end).rejects.toMatchObject({ code: 'ABORTED_BY_CALLBACK' })
        expect(new Set(await Promise.all(others))).toEqual(new Set([LARGE_HASH]))
        const [after] = await many.documents(1)
        expect(after?.info.connReused).toBe(true)
        expect([many.opened, many.closes]).toEqual([1, []])
      })

      test('a refusal ends an upload of 10 MB, not its connection', async () => {
        if (server.app === undefined) return
        await using many = new Many(wayTo(server, way, authority.cert), { maxTotalConnections: 1 })
        await many.documents(1)
        const { status, text, info } = await many.multi
          .add(many.easy('/app/refuse', { body: LARGE }))
          .then((result) => ({ status: result.status, text: result.text(), info: result.info }))
        expect([status, text]).toEqual([403, 'refused\n'])
        expect(info.connId).toBe(0)
        const [after] = await many.documents(1)
        expect(after?.info.connId).toBe(0)
        expect([many.opened, many.closes]).toEqual([1, []])
      })
    })
  })
})

/** A multi whose openings and closes are counted. */
class Many {
  readonly multi: Multi<Easy>
  readonly #to: (path: string) => EasyOptions
  opened = 0
  /** Attempts to connect. */
  dialled = 0
  /** Why connections were closed. */
  readonly closes: string[] = []

  constructor(to: (path: string) => EasyOptions, options: MultiOptions = {}) {
    this.#to = to
    const { dialer, ...rest } = nodeEnvironment()
    const dial: typeof dialer.dial = (...terms) => {
      this.dialled += 1
      return dialer.dial(...terms)
    }
    this.multi = new Multi({ ...options, environment: { ...rest, dialer: { dial } } })
    this.multi.events.on('connection-opened', () => (this.opened += 1))
    this.multi.events.on('connection-closed', (_, reason) => this.closes.push(reason))
  }

  easy(path: string, more: EasyOptions = {}): Easy {
    return new Easy({ ...this.#to(path), ...more })
  }

  /** Asks for so many small documents at once, each by a handle of its own, and checks that all came whole. */
  async documents(count: number): Promise<TransferResult[]> {
    const results = await Promise.all(
      Array.from({ length: count }, (_, index) => this.multi.add(this.easy(`/many/${index % MANY}`))),
    )
    const wrong = results.filter(
      ({ status, httpVersion, body, info }, index) =>
        status !== 200 ||
        httpVersion !== '2' ||
        info.numRetries !== 0 ||
        !manyDocument(index % MANY).equals(body),
    )
    if (wrong.length > 0) throw new Error(`${wrong.length} of ${count}: ${JSON.stringify(wrong[0]?.info)}`)
    return results
  }

  /** Asks for a document; the hash of what came. So many times the delivery is held up for a turn. */
  async hashed(path: string, pauses = 0): Promise<string> {
    const hash = createHash('sha256')
    let left = pauses
    const easy = this.easy(path, {
      writeFunction: (bytes) => {
        hash.update(bytes)
        if (left === 0) return
        left -= 1
        setImmediate(() => easy.resume())
        return 'pause'
      },
    })
    await this.multi.add(easy)
    return hash.digest('hex')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.multi.close()
  }
}

/** Numbers from 0 to below a limit, the same in each run (Numerical Recipes' generator). */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
