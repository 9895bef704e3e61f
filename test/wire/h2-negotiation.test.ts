/** Which version of HTTP is spoken: chosen by ALPN, known, offered; and what is said when that was wrong. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { serveHttp } from '../support/loopback.ts'
import { SMALL } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server, H2ServerKind } from '../support/servers/server.ts'

/** They have a port that speaks HTTP/1.1 and nothing else. */
const HTTP1_ALONE = ['nginx']

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe('a server of HTTP/1.1 alone', () => {
  test('is taken by ALPN for what it is, and that is remembered', async () => {
    const url = await serveHttps()
    await using multi = new Multi()
    const get = () => multi.add(new Easy({ url, caInfoBlob: authority.cert }))
    const cold = await Promise.all(Array.from({ length: 5 }, get))
    for (const { status, httpVersion, info } of cold)
      expect([status, httpVersion, info.alpn, info.streamId]).toEqual([200, '1.1', 'http/1.1', 0])
    // One handshake had to show it.
    expect(waitsOf(cold)).toContain('shared-opening')
    multi.networkChanged()
    expect(multi.connections()).toEqual([])
    const warm = await Promise.all(Array.from({ length: 5 }, get))
    expect(new Set(warm.map(({ info }) => info.connId)).size).toBe(5)
    expect(waitsOf(warm)).not.toContain('shared-opening')
  })

  test('does not understand prior knowledge, which is told', async () => {
    const { url } = await serveHttp((_, response) => response.end('one'))
    using easy = new Easy({ url, httpVersion: '2-prior-knowledge' })
    await expect(easy.perform()).rejects.toMatchObject({
      code: 'HTTP2',
      message: expect.stringMatching(/HTTP\/1/),
    })
  })

  test('passes over an offer to go on in HTTP/2', async () => {
    const heads: unknown[] = []
    const { url } = await serveHttp((request, response) => {
      heads.push(request.headers.upgrade)
      response.end('one')
    })
    using easy = new Easy({ url, httpVersion: '2' })
    const first = await easy.perform()
    expect([first.httpVersion, first.text(), first.info.streamId]).toEqual(['1.1', 'one', 0])
    const second = await easy.perform()
    expect(second.info.connReused).toBe(true)
    // The offer is one of the first request of a connection.
    expect(heads).toEqual(['h2c', undefined])
  })
})

describe.each(H2_SERVERS)('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    test('is spoken to as the options say', async () => {
      const server = await start(kind)
      const versions = async (init: ConstructorParameters<typeof Easy>[0]) => {
        using easy = new Easy({ ...init, caInfoBlob: authority.cert })
        const { body, httpVersion, info } = await easy.perform()
        expect(Buffer.from(body)).toEqual(SMALL)
        return [httpVersion, info.alpn]
      }
      const secure = `${server.https}/small`
      expect(await versions({ url: secure })).toEqual(['2', 'h2'])
      expect(await versions({ url: secure, httpVersion: '2' })).toEqual(['2', 'h2'])
      expect(await versions({ url: secure, httpVersion: '2-prior-knowledge' })).toEqual(['2', 'h2'])
      if (server.http1Clear === undefined) return
      expect(await versions({ url: secure, httpVersion: '1.1' })).toEqual(['1.1', 'http/1.1'])
      expect(await versions({ url: `${server.http1Clear}/small` })).toEqual(['1.1', ''])
      expect(await versions({ url: `${server.http1Clear}/small`, httpVersion: '1.1' })).toEqual(['1.1', ''])
    })

    test.runIf(kind.origins.includes('h2cUpgrade'))('goes over to HTTP/2 when it is offered', async () => {
      const server = await start(kind)
      await using multi = new Multi({ maxTotalConnections: 1 })
      // Some end the connection behind the first answer: then the next is begun in the same way.
      for (let nth = 1; nth <= 20; nth += 1) {
        const { httpVersion, body, info } = await multi.add(
          new Easy({ url: `${server.h2cUpgrade}/small`, httpVersion: '2' }),
        )
        expect([httpVersion, info.alpn]).toEqual(['2', ''])
        expect(info.streamId % 2).toBe(1)
        expect(Buffer.from(body)).toEqual(SMALL)
      }
    })

    test.runIf(kind.origins.includes('h2cUpgrade'))(
      'answers an upload in HTTP/1.1: it is no offer',
      async () => {
        const server = await start(kind)
        using easy = new Easy({ url: `${server.h2cUpgrade}/app/echo`, httpVersion: '2', body: 'up' })
        const { httpVersion, body } = await easy.perform()
        expect([httpVersion, Buffer.from(body).toString()]).toEqual(['1.1', 'up'])
      },
    )

    test.runIf(speaksNoHttp1(kind))('does not understand an offer on a port of HTTP/2 alone', async () => {
      const server = await start(kind)
      for (const httpVersion of ['2', '1.1'] as const) {
        using easy = new Easy({ url: `${server.http2Clear}/small`, httpVersion })
        const error = await easy.perform().then(
          () => undefined,
          (reason: { code: string; message: string }) => reason,
        )
        expect(['UNSUPPORTED_PROTOCOL', 'GOT_NOTHING']).toContain(error?.code)
        expect(error?.message).toContain('127.0.0.1')
      }
    })

    test.runIf(HTTP1_ALONE.includes(kind.name))(
      'does not understand prior knowledge on a port of HTTP/1.1 alone',
      async () => {
        const server = await start(kind)
        using easy = new Easy({ url: `${server.http1Clear}/small`, httpVersion: '2-prior-knowledge' })
        await expect(easy.perform()).rejects.toMatchObject({
          code: 'HTTP2',
          message: expect.stringMatching(/127\.0\.0\.1.*answered in HTTP\/1/),
        })
      },
    )
  })
})

/** Whether its port for clear HTTP/2 is for nothing else. */
function speaksNoHttp1({ origins }: H2ServerKind): boolean {
  return origins.includes('http2Clear') && !origins.includes('h2cUpgrade')
}

async function start(kind: H2ServerKind): Promise<H2Server> {
  const server = await kind.start(credentials)
  onTestFinished(() => server.stop())
  return server
}

/** A server of node:https, closed with the test. */
async function serveHttps(): Promise<string> {
  const server = createServer(credentials, (_, response) => void setImmediate(() => response.end('one')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function waitsOf(results: readonly { readonly info: { readonly verdict: Verdict | undefined } }[]): string[] {
  return results.flatMap(({ info }) => info.verdict?.waits.map(({ reason }) => reason) ?? [])
}

interface Verdict {
  readonly waits: readonly { readonly reason: string }[]
}
