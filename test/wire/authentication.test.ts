/** Basic and Digest of Apache httpd, over both versions; uploads to it under Digest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'
import {
  APACHE_USER,
  hasApache,
  startApacheLogins,
  type ApacheLogins,
} from '../support/servers/apache-logins.ts'

const authority = makeAuthority()

describe.runIf(hasApache())('Apache httpd', () => {
  let server: ApacheLogins
  beforeAll(async () => {
    server = await startApacheLogins(authority.issue({ addresses: ['127.0.0.1'] }))
  })
  afterAll(() => server?.stop())

  describe.each([
    ['1.1', '1.1'],
    ['2tls', '2'],
  ] as const)('over %s', (httpVersion, spoken) => {
    function make(path: string, options: EasyOptions = {}): Easy {
      return new Easy({
        url: `${server.https}${path}`,
        caInfoBlob: authority.cert,
        httpVersion,
        ...APACHE_USER,
        ...options,
      })
    }

    test.each([
      ['/basic/secret', undefined, 'the secret of basic'],
      ['/basic/secret', ['any'], 'the secret of basic'],
      ['/digest/secret', ['digest'], 'the secret of digest'],
      ['/digest/secret', ['anysafe'], 'the secret of digest'],
      ['/digest/secret?a=b&c', ['digest', 'basic', 'ntlm'], 'the secret of digest'],
    ] as const)('%s with %j lets the user in', async (path, httpAuth, expected) => {
      await using easy = make(path, { httpAuth })
      const result = await easy.perform()
      expect([result.status, result.text(), result.info.httpVersion]).toEqual([200, expected, spoken])
      expect(result.info.numConnects).toBe(1)
    })

    test.each([
      ['/basic/secret', undefined],
      ['/digest/secret', ['digest']],
      ['/digest/secret', ['basic']],
      ['/basic/secret', ['anysafe']],
    ] as const)('%s with %j and a wrong password, or the wrong scheme, is a 401', async (path, httpAuth) => {
      const password = httpAuth?.[0] === 'basic' || httpAuth?.[0] === 'anysafe' ? APACHE_USER.password : 'no'
      await using easy = make(path, { httpAuth, password })
      const result = await easy.perform()
      expect([result.status, result.info.httpAuthAvail]).toEqual([401, [path.slice(1, -7)]])
    })

    test('a nonce is used again and again, by one handle and by many', async () => {
      await using easy = make('/digest/secret', { httpAuth: ['digest'] })
      for (let turn = 0; turn < 5; turn += 1) expect((await easy.perform()).status).toBe(200)
      expect(easy.info!.connRequests).toBe(6)
      await using multi = new Multi()
      const handles = Array.from({ length: 20 }, () => make('/digest/secret', { httpAuth: ['digest'] }))
      const results = await Promise.all(handles.map((handle) => multi.add(handle)))
      expect(results.map(({ status }) => status)).toEqual(handles.map(() => 200))
    })

    test.each(['bytes', 'stream'] as const)(
      'an upload of %s waits for the challenge, and arrives',
      async (kind) => {
        const bytes = new Uint8Array(300_000).map((_, at) => at % 251)
        await using easy = make(`/digest/upload-${kind}-${spoken}`, {
          httpAuth: ['digest'],
          upload: true,
          body: kind === 'bytes' ? bytes : () => [bytes.subarray(0, 1_000), bytes.subarray(1_000)],
        })
        const put = await easy.perform()
        expect([put.status, put.info.sizeUpload]).toEqual([201, bytes.length])
        easy.set({ upload: undefined, body: undefined })
        expect(Buffer.compare((await easy.perform()).body, bytes)).toBe(0)
      },
    )
  })

  test('names and passwords in the URL are as good', async () => {
    const { username, password } = APACHE_USER
    const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`
    const url = `${server.http.replace('://', `://${login}@`)}/digest/secret`
    const result = await Easy.get(url, { httpAuth: ['any'] })
    expect([result.status, result.info.effectiveUrl]).toEqual([200, `${server.http}/digest/secret`])
  })
})
