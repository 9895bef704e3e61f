/** One transfer at a time over HTTP/2, from servers that nobody here wrote, in each way that they know. */
import { createHash } from 'node:crypto'
import type { TransferInfo, TransferResult } from '@trunkline/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { LARGE_FIELDS, LARGE_VALUE, MANY_FIELDS, TRAILERS } from '../support/servers/app.ts'
import { SMALL, TEN_MEGABYTES, tenMegabytes } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server } from '../support/servers/server.ts'
import { waysOf, wayTo } from '../support/servers/ways.ts'

const LARGE = tenMegabytes()
const LARGE_HASH = hashOf(LARGE)
const MIDDLE = LARGE.subarray(0, 1024 * 1024)

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe.each(H2_SERVERS)('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let server: H2Server
    beforeAll(async () => {
      server = await kind.start(credentials)
    })
    afterAll(() => server?.stop())

    describe.each(waysOf(kind))('over $name', (way) => {
      let easy: Easy
      let options: ReturnType<typeof wayTo>
      beforeAll(() => {
        options = wayTo(server, way, authority.cert)
        easy = new Easy()
      })
      afterAll(() => easy?.close())

      const run = (path: string, more: Parameters<Easy['set']>[0] = {}): Promise<TransferResult> =>
        easy
          .reset()
          .set({ ...options(path), ...more })
          .perform()

      test('tells what it spoke, and goes on where it is', async () => {
        using fresh = new Easy(options('/small'))
        const first = await fresh.perform()
        expect(first.body).toEqual(new Uint8Array(SMALL))
        expect(first).toMatchObject({ status: 200, httpVersion: '2', reason: '' })
        expect(factsOf(first.info)).toEqual({
          httpVersion: '2',
          streamId: 1,
          connId: 0,
          connReused: false,
          connRequests: 1,
          connStreams: 1,
          numConnects: 1,
          alpn: way.name === 'TLS' ? 'h2' : '',
        })
        expect(first.info.verdict?.text).toMatch(/^opened #0: no connection to the host; waited /)
        const second = await fresh.perform()
        expect(second.body).toEqual(first.body)
        expect(factsOf(second.info)).toEqual({
          ...factsOf(first.info),
          streamId: 3,
          connReused: true,
          connRequests: 2,
          numConnects: 0,
        })
        expect(second.info.verdict?.text).toMatch(/^reused #0 \(request 2 on it, idle [^)]+\)$/)
      })

      test('HEAD, and what is not there', async () => {
        const head = await run('/small', { noBody: true })
        expect(head).toMatchObject({ status: 200, httpVersion: '2' })
        expect(head.body).toHaveLength(0)
        // nghttpd says no length to HEAD.
        expect([null, String(SMALL.length)]).toContain(head.headers.first('content-length') ?? null)
        expect((await run('/not-there')).status).toBe(404)
        expect((await run('/small')).info.streamId % 2).toBe(1)
      })

      test('10 MB down', async () => {
        const { body, info } = await run('/10mb')
        expect(hashOf(body)).toBe(LARGE_HASH)
        expect(info).toMatchObject({ sizeDownload: TEN_MEGABYTES, numRetries: 0 })
      })

      test.each([
        ['35 bytes', SMALL],
        ['1 MB', MIDDLE],
        ['10 MB', LARGE],
      ])('%s up and down again', async (_, bytes) => {
        for (const upload of [false, true]) {
          const { status, body, info } = await run('/app/echo', { body: bytes, upload })
          expect([status, info.effectiveMethod]).toEqual([200, upload ? 'PUT' : 'POST'])
          expect(hashOf(body)).toBe(hashOf(bytes))
          expect(info).toMatchObject({ sizeUpload: bytes.length, sizeDownload: bytes.length })
        }
      })

      test('a body whose length nobody knows', async () => {
        for (const upload of [false, true]) {
          const body = () => piecesOf(MIDDLE)
          const result = await run('/app/echo', { body, upload })
          expect(result.status).toBe(200)
          expect(hashOf(result.body)).toBe(hashOf(MIDDLE))
        }
      })

      test.runIf(kind.passes.trailers)('trailers', async () => {
        const { trailers, body } = await run('/app/trailers')
        expect(Buffer.from(body).toString()).toBe('with trailers\n')
        for (const [name, value] of Object.entries(TRAILERS)) expect(trailers?.first(name)).toBe(value)
      })

      test.runIf(kind.passes.earlyHints)('a 103 before the answer', async () => {
        const heads: unknown[] = []
        const result = await run('/app/early', {
          headerFunction: ({ status, fields }, final) =>
            void heads.push([status, final, fields.first('link')?.includes('rel=preload') ?? false]),
        })
        expect(result.status).toBe(200)
        expect(heads).toEqual([
          [103, false, true],
          [200, true, false],
        ])
      })

      test.runIf(kind.passes.manyFields)('many fields, and large ones', async () => {
        const many = await run('/app/fields')
        for (let index = 0; index < MANY_FIELDS; index += 1)
          expect(many.headers.all(`x-field-${index}`)).toEqual([`value ${index}`])
        const large = await run('/app/large-head')
        for (let index = 0; index < LARGE_FIELDS; index += 1)
          expect(large.headers.first(`x-large-${index}`)).toBe(LARGE_VALUE)
        expect(large.info.headerSize).toBeGreaterThan(40_000)
      })

      test('a request head of more than one frame', async () => {
        // On a connection that speaks HTTP/2 already: over HTTP/1.1 servers take shorter lines.
        await run('/small')
        const cookie = `c=${'{~}^|'.repeat(4_000)}`
        const result = await run(server.app === undefined ? '/small' : '/app/headers', {
          headers: { Cookie: cookie },
        })
        // nghttpd takes it, and cannot tell.
        const told = server.app === undefined ? cookie : result.json<{ cookie: string }>().cookie
        expect(told).toBe(cookie)
      })
    })
  })
})

function factsOf(info: TransferInfo): object {
  const { httpVersion, streamId, connId, connReused, connRequests, connStreams, numConnects, alpn } = info
  return { httpVersion, streamId, connId, connReused, connRequests, connStreams, numConnects, alpn }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  // Sizes that no frame and no window has.
  for (let at = 0; at < bytes.length; at += 7_001) yield bytes.subarray(at, at + 7_001)
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
