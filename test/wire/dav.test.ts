/** Uploads to Apache's mod_dav, which keeps what it is sent: PUT, resumed PUT, and conditions on ETags. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entityTag, sameEntityTag, type EasyOptions, type TransferResult } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { makeAuthority } from '../support/certificates.ts'
import { apache } from '../support/servers/apache.ts'
import { tenMegabytes } from '../support/servers/documents.ts'
import type { H2Server } from '../support/servers/server.ts'

const authority = makeAuthority()
const credentials = authority.issue({ addresses: ['127.0.0.1'] })

describe.runIf(apache.isInstalled())('mod_dav, when installed', () => {
  let server: H2Server
  let folder: string
  beforeAll(async () => {
    server = await apache.start(credentials)
    folder = mkdtempSync(join(tmpdir(), 'trunkline-dav-'))
    writeFileSync(join(folder, 'large'), tenMegabytes())
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  describe.each([
    ['1.1', '1.1'],
    ['2tls', '2'],
  ] as const)('over %s', (httpVersion, spoken) => {
    async function ask(path: string, options: EasyOptions = {}): Promise<TransferResult> {
      await using easy = new Easy({
        url: `${server.https}/dav/${spoken}-${path}`,
        caInfoBlob: authority.cert,
        httpVersion,
        ...options,
      })
      const result = await easy.perform()
      expect(result.info.httpVersion).toBe(spoken)
      return result
    }

    test('keeps a file that is put there', async () => {
      expect((await ask('file', { upload: true, body: { file: join(folder, 'large') } })).status).toBe(201)
      expect(Buffer.compare((await ask('file')).body, tenMegabytes())).toBe(0)
    })

    test('keeps what comes in pieces of unknown length', async () => {
      const large = tenMegabytes()
      const body = function* (): Generator<Uint8Array> {
        for (let at = 0; at < large.length; at += 100_000) yield large.subarray(at, at + 100_000)
      }
      expect((await ask('pieces', { upload: true, body })).status).toBe(201)
      expect(Buffer.compare((await ask('pieces')).body, large)).toBe(0)
    })

    test('goes on with an upload where it was left', async () => {
      const large = tenMegabytes()
      const left = 3_000_001
      expect((await ask('resumed', { upload: true, body: large.subarray(0, left) })).status).toBe(201)
      const rest = await ask('resumed', {
        upload: true,
        body: { file: join(folder, 'large') },
        resumeFrom: left,
      })
      expect([rest.status, rest.info.sizeUpload]).toEqual([204, large.length - left])
      expect(Buffer.compare((await ask('resumed')).body, large)).toBe(0)
    })

    test('heeds ETags', async () => {
      await ask('tagged', { upload: true, body: 'one' })
      const first = entityTag((await ask('tagged')).headers)!
      const same = await ask('tagged', { headers: { 'If-None-Match': first } })
      expect([same.status, same.body.length]).toEqual([304, 0])
      // A tag of this second is weak, which If-Match does not take: RFC 9110 13.1.1.
      const put = (tag: string): Promise<TransferResult> =>
        ask('tagged', { upload: true, body: tag, headers: { 'If-Match': tag } })
      expect([(await put('"another"')).status, (await put('*')).status]).toEqual([412, 204])
      expect(sameEntityTag(first, entityTag((await ask('tagged')).headers)!, 'weak')).toBe(false)
      expect((await ask('tagged')).text()).toBe('*')
    })
  })
})
