/** Coded bodies of servers that nobody here wrote, over both versions; and bodies that become far too much. */
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError, TransferResult } from '@trunkline/core'
import { Easy } from '../../packages/easy/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { noise } from '../support/coded-bodies.ts'
import { listen, serveTcp } from '../support/loopback.ts'
import { manyDocument, SMALL, tenMegabytes } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import { hasBrotli } from '../support/servers/nginx.ts'
import type { H2Server } from '../support/servers/server.ts'

/** What they code files with when asked, below `/coded/`. */
const CODINGS: Readonly<Record<string, readonly string[]>> = {
  nginx: hasBrotli() ? ['gzip', 'br'] : ['gzip'],
  apache: ['gzip', 'br'],
  h2o: ['gzip', 'br'],
  caddy: ['gzip', 'zstd'],
}
const LARGE = tenMegabytes()
const DENSE = noise(300_000)

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()
if (!hasBrotli())
  console.info('nginx has no brotli (on Debian: apt-get install libnginx-mod-http-brotli-filter)')

describe.each(H2_SERVERS.filter(({ name }) => name in CODINGS))('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let server: H2Server
    beforeAll(async () => {
      server = await kind.start({
        ...credentials,
        fill(root) {
          writeFileSync(join(root, 'dense'), DENSE)
          // For gzip_static of nginx; to others it is another file.
          writeFileSync(join(root, 'static'), SMALL)
          writeFileSync(join(root, 'static.gz'), zlib.gzipSync(SMALL))
        },
      })
    })
    afterAll(() => server?.stop())

    describe.each([
      ['1.1', '1.1'],
      ['2tls', '2'],
    ] as const)('over %s', (httpVersion, spoken) => {
      const options = { caInfoBlob: authority.cert, httpVersion }

      async function get(easy: Easy, path: string, more: EasyOptions): Promise<TransferResult> {
        easy.set({ url: `${server.https}/coded${path}`, ...options, ...more })
        const result = await easy.perform()
        expect(result.info.httpVersion).toBe(spoken)
        return result
      }

      test.each(CODINGS[kind.name]!)('%s is decoded, on one connection', async (acceptEncoding) => {
        await using easy = new Easy()
        const coded = new Map<string, [string | undefined, number]>()
        for (const [path, body] of [
          ['/small', SMALL],
          ['/many/7', manyDocument(7)],
          ['/dense', DENSE],
          ['/10mb', LARGE],
          ['/static', SMALL],
        ] as const) {
          const { status, body: got, headers, info } = await get(easy, path, { acceptEncoding })
          expect([path, status, Buffer.compare(got, body)]).toEqual([path, 200, 0])
          expect(info.sizeDecoded).toBe(body.length)
          coded.set(path, [headers.first('content-encoding'), info.sizeDownload])
        }
        expect(coded.get('/10mb')![0]).toBe(acceptEncoding)
        expect(coded.get('/10mb')![1]).toBeLessThan(1_000_000)
        expect(easy.info!.connRequests).toBe(5)
      })

      test('not asked for, nothing is coded', async () => {
        await using easy = new Easy()
        const { body, headers } = await get(easy, '/10mb', {})
        expect([headers.has('content-encoding'), Buffer.compare(body, LARGE)]).toEqual([false, 0])
      })

      test('raw, what comes is what the server coded', async () => {
        await using easy = new Easy()
        const { body, headers } = await get(easy, '/10mb', {
          acceptEncoding: 'gzip',
          httpContentDecoding: false,
        })
        expect(headers.first('content-encoding')).toBe('gzip')
        expect(Buffer.compare(zlib.gunzipSync(body), LARGE)).toBe(0)
      })

      test('HEAD has nothing to decode', async () => {
        await using easy = new Easy()
        // Apache 2.4 answers HEAD with a body when it codes it over HTTP/2, which ends the stream.
        if (kind.name === 'apache' && spoken === '2') return
        const { body } = await get(easy, '/10mb', { acceptEncoding: 'gzip', noBody: true })
        expect(body.length).toBe(0)
      })

      test('read at leisure it is whole', async () => {
        await using easy = new Easy({ url: `${server.https}/coded/10mb`, acceptEncoding: 'gzip', ...options })
        const { body } = await easy.stream()
        let at = 0
        for await (const piece of body) {
          expect(Buffer.compare(piece, LARGE.subarray(at, at + piece.length))).toBe(0)
          at += piece.length
          await new Promise((resolve) => setImmediate(resolve))
        }
        expect(at).toBe(LARGE.length)
      })
    })
  })
})

describe('a body that becomes far too much', () => {
  /** Zeros, of which gzip makes the 1,030th part, and br next to nothing. */
  const BOMB_BYTES = 512 * 1024 * 1024

  async function bomb(coding: 'gzip' | 'br', times: 1 | 2): Promise<{ url: string; sent: () => number }> {
    let sent = 0
    const server = createServer((_request, response) => {
      response.setHeader('Content-Encoding', times === 1 ? coding : `${coding}, gzip`)
      const coder = coding === 'gzip' ? zlib.createGzip() : zlib.createBrotliCompress(QUICK)
      const last = times === 1 ? coder : coder.pipe(zlib.createGzip())
      last.on('data', (piece: Buffer) => (sent += piece.length))
      last.pipe(response)
      const zeros = Buffer.alloc(1024 * 1024)
      let left = BOMB_BYTES
      const feed = (): void => {
        while (left > 0) {
          left -= zeros.length
          if (response.destroyed) return
          if (!coder.write(zeros)) {
            coder.once('drain', feed)
            return
          }
        }
        coder.end()
      }
      feed()
    })
    const { url } = await listen(server)
    return { url, sent: () => sent }
  }
  const QUICK = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }

  test.each([
    ['gzip', 1],
    ['br', 1],
    ['gzip', 2],
    ['br', 2],
  ] as const)('%s, %i times: ends early, and memory stays bounded', async (coding, times) => {
    const { url } = await bomb(coding, times)
    let largest = 0
    const before = process.memoryUsage()
    await using easy = new Easy({
      url,
      acceptEncoding: '',
      writeFunction: () => {
        const { arrayBuffers } = process.memoryUsage()
        largest = Math.max(largest, arrayBuffers)
      },
    })
    const error = await easy.perform().catch((reason: TransferError) => reason)
    expect(error).toMatchObject({ code: 'TOO_LARGE', details: { limit: 200 } })
    // What is received and waits for the decoder counts as received.
    expect(easy.info!.sizeDecoded).toBeLessThan(40 * 1024 * 1024)
    // Of the server too, which is in this process.
    expect(largest - before.arrayBuffers).toBeLessThan(64 * 1024 * 1024)
  })

  test('allowed, it streams through in bounded memory', async () => {
    const { url } = await bomb('gzip', 1)
    let bytes = 0
    let largest = 0
    const before = process.memoryUsage()
    await using easy = new Easy({
      url,
      acceptEncoding: '',
      maxDecodedRatio: 0,
      writeFunction: (piece) => {
        bytes += piece.length
        largest = Math.max(largest, process.memoryUsage().arrayBuffers)
      },
    })
    await easy.perform()
    expect(bytes).toBe(BOMB_BYTES)
    expect(largest - before.arrayBuffers).toBeLessThan(128 * 1024 * 1024)
  })
})

describe('transfer codings', () => {
  test('gzip and chunks, from a server that asks TE first', async () => {
    let asked = ''
    const { url } = await serveTcp((socket) => {
      socket.on('data', (bytes) => {
        asked = bytes.toString('latin1')
        const coded = zlib.gzipSync(LARGE)
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n')
        for (let at = 0; at < coded.length; at += 10_000) {
          const piece = coded.subarray(at, at + 10_000)
          socket.write(`${piece.length.toString(16)}\r\n`)
          socket.write(piece)
          socket.write('\r\n')
        }
        socket.write('0\r\n\r\n')
      })
    })
    await using easy = new Easy({ url, transferEncoding: true })
    const { body } = await easy.perform()
    expect(asked).toContain('\r\nTE: gzip\r\n')
    expect(Buffer.compare(body, LARGE)).toBe(0)
    await easy.perform()
    expect(easy.info!.connReused).toBe(true)
  })
})

const hasCurl = spawnSync('curl', ['--version']).status === 0
if (!hasCurl) console.info('curl is not installed: nothing is compared with it')

test.runIf(hasCurl)('what is asked for is what curl asks for', async () => {
  const heads: string[] = []
  const { url } = await serveTcp((socket) => {
    socket.on('data', (bytes) => {
      heads.push(bytes.toString('latin1'))
      socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
    })
  })
  await using easy = new Easy({ url, acceptEncoding: '', transferEncoding: true })
  await easy.perform()
  await new Promise((resolve) => {
    // Not spawnSync: the server is in this process.
    void import('node:child_process').then(({ execFile }) =>
      execFile('curl', ['-s', '--compressed', '--tr-encoding', url], resolve),
    )
  })
  const fieldsOf = (head: string): string[] =>
    head.split('\r\n').filter((line) => /^(te|connection|accept-encoding):/i.test(line))
  expect(fieldsOf(heads[0]!).sort()).toEqual(fieldsOf(heads[1]!).sort())
})
