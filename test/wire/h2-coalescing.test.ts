/** One connection for two names of one certificate, with real certificates and servers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server } from '../support/servers/server.ts'

const authority = makeAuthority()
const credentials = authority.issue({ names: ['a.test', '*.b.test'], addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe.each(H2_SERVERS)('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let server: H2Server
    beforeAll(async () => {
      server = await kind.start(credentials)
    })
    afterAll(() => server?.stop())

    /** Connections opened for one transfer to each name in turn; the first waits for none. */
    async function openedFor(names: readonly string[], coalesce = true): Promise<number> {
      const port = Number(new URL(server.https!).port)
      await using multi = new Multi({ coalesce })
      let opened = 0
      multi.events.on('connection-opened', () => (opened += 1))
      for (const name of names) {
        const { status, info } = await multi.add(
          new Easy({
            url: `https://${name}:${port}/small`,
            caInfoBlob: authority.cert,
            resolve: [...new Set(names)].map((one) => `${one}:${port}:127.0.0.1`),
          }),
        )
        expect([status, info.httpVersion]).toEqual([200, '2'])
      }
      return opened
    }

    test('serves all names that its certificate covers on one connection', async () => {
      expect(await openedFor(['a.test', 'www.b.test', 'x.b.test', 'a.test'])).toBe(1)
    })

    test('a resumed session covers them as well', async () => {
      const port = Number(new URL(server.https!).port)
      await using multi = new Multi({ coalesce: true })
      const resolve = ['a.test', 'www.b.test'].map((name) => `${name}:${port}:127.0.0.1`)
      const get = (name: string, forbidReuse = false) =>
        multi.add(
          new Easy({
            url: `https://${name}:${port}/small`,
            caInfoBlob: authority.cert,
            resolve,
            forbidReuse,
          }),
        )
      await get('a.test', true)
      const resumed = await get('a.test')
      expect([resumed.info.connReused, resumed.info.tlsResumed]).toEqual([false, true])
      const other = await get('www.b.test')
      expect([other.info.connReused, other.info.connId]).toEqual([true, resumed.info.connId])
      expect(other.info.verdict?.coalescedWith).toBe('a.test')
    })

    test('opens one for each name without the option', async () => {
      expect(await openedFor(['a.test', 'www.b.test', 'a.test'], false)).toBe(2)
    })
  })
})
