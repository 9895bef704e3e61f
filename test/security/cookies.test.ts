/**
 * Cookies and public suffixes: what went wrong elsewhere, one test per advisory, judged by what the servers of
 * several hosts were sent. The jar's own rules by the same names stand in test/unit/cookie/security.test.ts.
 */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Share } from '@trunkline/share'
import { END_HEADERS, END_STREAM, hostileServer } from '../support/hostile-h2.ts'
import { VERSIONS, witness, type Scene } from '../support/witnesses.ts'

const ENGINE: EasyOptions = { cookieFile: [''] }

/** Sets cookies as one host, then asks another: what that one was sent. */
async function crossed(
  httpVersion: (typeof VERSIONS)[number],
  setAt: string,
  setCookie: string | readonly string[],
  thenAt: readonly string[],
): Promise<(string | undefined)[]> {
  const hosts = [...new Set([setAt, ...thenAt].map((url) => new URL(url).origin))].filter(
    (origin, _, all) => !(origin.endsWith('.') && all.includes(origin.slice(0, -1))),
  )
  return await witness(
    ({ url }) => ({ headers: url === `${new URL(setAt).origin}/set` ? { 'Set-Cookie': setCookie } : {} }),
    async ({ ask, make, seen }) => {
      const easy = make({ httpVersion, ...ENGINE, sslVerifyHost: false })
      expect(await ask(easy.set({ url: setAt }))).toBe('')
      for (const url of thenAt) expect(await ask(easy.set({ url }))).toBe('')
      expect(seen).toHaveLength(1 + thenAt.length)
      return seen.slice(1).map(({ cookie }) => cookie)
    },
    { origins: hosts },
  )
}

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  test.each([
    ['CVE-2013-1944: a name that ends alike', 'http://ample.test/set', 'ample.test', 'http://example.test/'],
    ['CVE-2014-3613: a part of an address', 'http://10.0.7.1/set', '.0.7.1', 'http://11.0.7.1/'],
    ['CVE-2014-3620: a top-level domain', 'http://a.com/set', 'com', 'http://b.com/'],
    ['CVE-2022-27779: one with a dot at its end', 'http://a.com./set', 'com.', 'http://b.com./'],
    ['CVE-2026-8924: the same in the attribute only', 'http://a.co.uk/set', 'co.uk.', 'http://b.co.uk/'],
    ['CVE-2023-46218: in mixed case', 'http://a.co.uk/set', 'cO.Uk', 'http://b.co.uk/'],
  ])('%s is no domain for cookies', async (_name, setAt, domain, thenAt) => {
    expect(await crossed(httpVersion, setAt, `evil=1; Domain=${domain}`, [thenAt])).toEqual([undefined])
  })

  test('CVE-2013-1944, CVE-2022-27779: and what is one is one, with a dot or without', async () => {
    expect(
      await crossed(httpVersion, 'http://a.x.test/set', 'good=1; Domain=x.test', [
        'http://a.x.test/',
        'http://b.x.test/',
        'http://x.test/',
        'http://y.test/',
      ]),
    ).toEqual(['good=1', 'good=1', 'good=1', undefined])
  })

  test('CVE-2022-32205: a response sets 50 at most, and a request carries 150 and 8,190 bytes', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `n${index}=${'v'.repeat(10)}`)
    const [few] = await crossed(httpVersion, 'http://a.test/set', many, ['http://a.test/'])
    expect(few!.split('; ')).toHaveLength(50)
    const large = Array.from({ length: 50 }, (_, index) => `n${index}=${'v'.repeat(1_000)}`)
    const [bounded] = await crossed(httpVersion, 'http://a.test/set', large, ['http://a.test/'])
    expect(bounded!.length).toBeGreaterThan(1_000)
    expect(bounded!.length).toBeLessThanOrEqual(8_190)
  })

  test('CVE-2025-9086: clear text does not overlay a secure cookie, whatever the path', async () => {
    await witness(
      ({ url }) => ({
        headers: {
          'Set-Cookie': url.startsWith('https')
            ? 'id=safe; Path=/; Secure'
            : ['id=evil; Path="/', 'id=evil; Path=/'],
        },
      }),
      async ({ ask, make, seen }) => {
        const easy = make({ httpVersion, ...ENGINE })
        for (const url of ['https://a.test/', 'http://a.test/', 'http://a.test/deep/down', 'https://a.test/'])
          await ask(easy.set({ url }))
        expect(seen.map(({ cookie }) => cookie)).toEqual([undefined, undefined, undefined, 'id=safe'])
      },
    )
  })

  test('CVE-2026-16729, CVE-2026-9679: bytes of a value come back as they came, and are no attributes', async () => {
    const value = 'a%0d%0aX:%20b%3B Domain'
    const told = await crossed(
      httpVersion,
      'http://a.test/set',
      [`id=${value}`, 'q="x, y"; SameSite=Strict'],
      ['http://a.test/'],
    )
    expect(told).toEqual([`id=${value}; q="x, y"`])
  })

  test('CVE-2026-11525: unknown words for SameSite change nothing else of a cookie', async () => {
    const told = await crossed(
      httpVersion,
      'http://a.test/set',
      ['id=1; SameSite=Lax-or-so; Secure', 'in=2; SameSite=StrictNone'],
      ['http://a.test/'],
    )
    expect(told).toEqual(['in=2'])
  })
})

/** Servers that say what no codec of ours would write, beside one cookie that is well. */
describe('CVE-2022-35252: a cookie with a control byte is not taken', () => {
  const CONTROLS = ['\u0001', '\u0008', '\u000b', '\u001b', '\u001f', '\u007f']

  test('over HTTP/1.1', async () => {
    for (const byte of CONTROLS)
      await witness(
        ({ url }, { connection }) => {
          if (!url.endsWith('/set')) return { body: 'asked' }
          const fields = `Set-Cookie: bad=a${byte}b\r\nSet-Cookie: b${byte}=2\r\nSet-Cookie: good=1\r\n`
          connection.write(`HTTP/1.1 200 OK\r\n${fields}Connection: close\r\nContent-Length: 0\r\n\r\n`)
          connection.close()
          return undefined
        },
        async ({ ask, make, seen }) => {
          const easy = make({ ...ENGINE, url: 'http://a.test/set' })
          const outcome = await ask(easy)
          expect(await ask(easy.set({ url: 'http://a.test/' }))).toBe('asked')
          // A head with such a byte may also be refused as a whole.
          expect(seen[1]!.cookie).toBe(outcome === '' ? 'good=1' : undefined)
        },
      )
  })

  test('over HTTP/2', async () => {
    for (const byte of CONTROLS)
      await simulate(1, async (world) => {
        const { environment } = world
        hostileServer(world, 'http://a.test', async (peer) => {
          peer.settings()
          const stream = await peer.request()
          const cookies = [`bad=a${byte}b`, `b${byte}=2`, 'good=1'].map(
            (value) => ['set-cookie', value] as const,
          )
          peer.head(stream, [[':status', '200'], ...cookies], END_HEADERS | END_STREAM)
        })
        const easy = new Easy({
          environment,
          ...ENGINE,
          url: 'http://a.test/',
          httpVersion: '2-prior-knowledge',
        })
        const isTaken = await easy.perform().then(
          () => true,
          () => false,
        )
        expect(easy.info!.cookieList).toHaveLength(isTaken ? 1 : 0)
        expect(easy.info!.cookieList.join()).not.toContain(byte)
      })
  })
})

describe('files and shares', () => {
  const read = (world: Scene['world'], path: string): Promise<string | undefined> =>
    world.environment.stateFiles.read(path)

  test('CVE-2016-8615: a line that is too long is no cookie, nor is what stands behind its middle', async () => {
    await witness(undefined, async ({ ask, seen, world }) => {
      const injected = 'a.test\tFALSE\t/\tFALSE\t0\tinjected\t1'
      const lines = [4_900, 4_999, 5_000, 5_001, 5_100].map(
        (n) => `a.test\tFALSE\t/\tFALSE\t0\tlong${n}\t${'v'.repeat(n)}${injected}`,
      )
      await world.environment.stateFiles.update(
        '/jar',
        () => `${lines.join('\n')}\na.test\tFALSE\t/\tFALSE\t0\tfine\t1\n`,
      )
      await ask({ cookieFile: ['/jar'] })
      expect(seen[0]!.cookie).toBe('fine=1')
    })
  })

  test('CVE-2016-8623: what is handed out of a shared jar changes nothing in it', async () => {
    await witness(
      () => ({ headers: { 'Set-Cookie': 'id=1' } }),
      async ({ world, make, seen }) => {
        const { environment } = world
        await using share = new Share({ environment, parts: ['cookies'] })
        const one = make({ share } as EasyOptions)
        const two = make({ share } as EasyOptions)
        await one.perform()
        const lines = one.info!.cookieList as string[]
        lines[0] = lines[0]!.replace('id', 'evil')
        lines.push('b.test\tFALSE\t/\tFALSE\t0\tinjected\t1')
        await two.perform()
        expect(seen[1]!.cookie).toBe('id=1')
        await one.close()
        await two.close()
      },
    )
  })

  test('CVE-2023-38546: a duplicate reads no file that nobody named', async () => {
    await witness(undefined, async ({ make, seen, world }) => {
      for (const path of ['none', '/none', '', 'undefined', 'null'])
        await world.environment.stateFiles.update(path, () => 'a.test\tFALSE\t/\tFALSE\t0\tplanted\t1\n')
      const easy = make(ENGINE)
      await easy.perform()
      for (const copy of [
        easy.duplicate(),
        easy.duplicate().duplicate(),
        make({ cookieJar: '' }).duplicate(),
      ])
        await copy.perform()
      expect(seen.map(({ cookie }) => cookie)).toEqual([undefined, undefined, undefined, undefined])
      expect(await read(world, 'none')).toContain('planted')
    })
  })
})
