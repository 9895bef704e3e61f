/** Ranges, resumed downloads, time conditions and redirects of servers that nobody here wrote, over both versions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EasyOptions, TransferResult } from '@trunkline/core'
import { Easy } from '../../packages/easy/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import { tenMegabytes } from '../support/servers/documents.ts'
import { H2_SERVERS, installedH2Servers } from '../support/servers/h2-servers.ts'
import type { H2Server } from '../support/servers/server.ts'

/** Those that serve files themselves. */
const FILE_SERVERS = ['nginx', 'apache', 'h2o', 'caddy']
const LARGE = tenMegabytes()

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })
const installed = installedH2Servers()

describe.each(H2_SERVERS.filter(({ name }) => FILE_SERVERS.includes(name)))('$name', (kind) => {
  describe.runIf(installed.includes(kind))('when installed', () => {
    let server: H2Server
    beforeAll(async () => {
      server = await kind.start(credentials)
    })
    afterAll(() => server?.stop())

    describe.each([
      ['1.1', '1.1'],
      ['2tls', '2'],
    ] as const)('over %s', (httpVersion, spoken) => {
      async function get(path: string, options: EasyOptions = {}): Promise<TransferResult> {
        await using easy = new Easy({
          url: `${server.https}${path}`,
          caInfoBlob: authority.cert,
          httpVersion,
          ...options,
        })
        const result = await easy.perform()
        expect(result.info.httpVersion).toBe(spoken)
        return result
      }

      test('a range is what it says', async () => {
        const { status, body } = await get('/10mb', { range: '1000-1999' })
        expect(status).toBe(206)
        expect(Buffer.compare(body, LARGE.subarray(1_000, 2_000))).toBe(0)
      })

      test('a download goes on where it was left, and ends where nothing is left', async () => {
        const from = LARGE.length - 5_000
        const rest = await get('/10mb', { resumeFrom: from })
        expect(Buffer.compare(rest.body, LARGE.subarray(from))).toBe(0)
        const nothing = await get('/10mb', { resumeFrom: LARGE.length })
        expect([nothing.body.length, nothing.info.conditionUnmet]).toEqual([0, true])
      })

      test('what has not changed is not sent', async () => {
        const first = await get('/small')
        const timeValueS = first.info.fileTime
        expect(timeValueS).toBeGreaterThan(0)
        const again = await get('/small', { timeCondition: 'if-modified-since', timeValueS })
        expect([again.status, again.body.length, again.info.conditionUnmet]).toEqual([304, 0, true])
        const older = await get('/small', { timeCondition: 'if-modified-since', timeValueS: timeValueS - 1 })
        expect([older.status, older.info.conditionUnmet]).toEqual([200, false])
      })
    })
  })
})
