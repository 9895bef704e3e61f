/**
 * HSTS (RFC 6797): what went wrong elsewhere, one test per advisory, judged by which server was asked. The
 * cache's own rules by the same names stand in test/unit/cache/hsts-cache.test.ts, files in files.test.ts.
 */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { Share } from '@trunkline/share'
import { redirect, VERSIONS, witness, type Answer } from '../support/witnesses.ts'

const POLICY: Answer = ({ url }) => ({
  headers: url.startsWith('https') ? { 'Strict-Transport-Security': 'max-age=1000; includeSubDomains' } : {},
  body: url.split(':')[0]!,
})
const BUECHER = 'xn--bcher-kva.test'
const ORIGINS = ['a.test', 'www.a.test', 'b.test', BUECHER].flatMap((host) => [
  `http://${host}`,
  `https://${host}`,
])

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  const HSTS: EasyOptions = { httpVersion, hsts: '' }

  /** Learns a policy at the first URL; answers by which scheme the others were asked then. */
  function after(learnt: string, urls: readonly string[]): Promise<string[]> {
    return witness(
      POLICY,
      async ({ ask, make }) => {
        const easy = make(HSTS)
        expect(await ask(easy.set({ url: learnt }))).toBe('https')
        const told: string[] = []
        for (const url of urls) told.push(await ask(easy.set({ url })))
        return told
      },
      { origins: ORIGINS },
    )
  }

  test('CVE-2022-30115: a dot at the end of a name changes nothing', async () => {
    expect(
      await after('https://a.test/', ['http://a.test./', 'http://www.a.test./', 'http://A.TEST/']),
    ).toEqual(['https', 'https', 'https'])
    expect(await after('https://a.test./', ['http://a.test/'])).toEqual(['https'])
    expect(await after('https://a.test/', ['http://b.test/'])).toEqual(['http'])
  })

  test('CVE-2022-42916: other characters for a dot are dots', async () => {
    expect(
      await after('https://a.test/', [
        'http://a\u3002test/',
        'http://www\uff0ea\uff61test/',
        'http://a\u3002test\u3002/',
      ]),
    ).toEqual(['https', 'https', 'https'])
  })

  test('CVE-2022-43551: a name learned in one spelling is known in every other', async () => {
    expect(
      await after('https://b\u00fccher.test/', [
        `http://${BUECHER}/`,
        'http://B\u00dcCHER.test/',
        'http://b\u00fccher\u3002test/',
      ]),
    ).toEqual(['https', 'https', 'https'])
    expect(await after(`https://${BUECHER}/`, ['http://b\u00fccher.test/'])).toEqual(['https'])
  })

  test('CVE-2023-23914: what one transfer was told, the next ones know, one after another and at once', async () => {
    await witness(POLICY, async ({ ask, make, world }) => {
      const easy = make({ ...HSTS, url: 'https://a.test/' })
      await ask(easy)
      easy.set({ url: 'http://a.test/' })
      for (let i = 0; i < 3; i += 1) expect(await ask(easy)).toBe('https')
      // A share keeps it for handles that begin later, whatever has been closed meanwhile.
      await using share = new Share({ environment: world.environment, parts: ['hsts'] })
      const first = make({ ...HSTS, url: 'https://b.test/', share } as EasyOptions)
      await first.perform()
      await first.close()
      const others = [1, 2, 3].map(() => make({ ...HSTS, url: 'http://b.test/', share } as EasyOptions))
      for (const result of await Promise.all(others.map((one) => one.perform())))
        expect(result.text()).toBe('https')
      for (const one of others) await one.close()
    })
  })

  test('CVE-2023-27537: a share of it is used by many at once without a lock, and stays whole', async () => {
    await witness(
      ({ url }) => ({
        headers: { 'Strict-Transport-Security': url.endsWith('off') ? 'max-age=0' : 'max-age=1000' },
      }),
      async ({ make, world, ask, seen }) => {
        await using share = new Share({ environment: world.environment, parts: ['hsts'] })
        const handles = Array.from({ length: 20 }, (_, index) =>
          make({
            ...HSTS,
            url: `https://${index % 2 === 0 ? 'a' : 'b'}.test/${index}`,
            share,
          } as EasyOptions),
        )
        await Promise.all(handles.map((one) => ask(one)))
        await Promise.all(handles.map((one) => ask(one.set({ url: 'http://a.test/plain' }))))
        expect(seen.slice(20).every(({ url }) => url === 'https://a.test/plain')).toBe(true)
        for (const one of handles) await one.close()
      },
    )
  })

  test('CVE-2024-9681: a subdomain says nothing for its parent', async () => {
    await witness(
      ({ url }) => ({
        headers: url.startsWith('https')
          ? {
              'Strict-Transport-Security': url.includes('www')
                ? 'max-age=1'
                : 'max-age=1000; includeSubDomains',
            }
          : {},
        body: url.split(':')[0]!,
      }),
      async ({ ask, make, world }) => {
        const easy = make(HSTS)
        for (const url of ['https://a.test/', 'https://www.a.test/']) await ask(easy.set({ url }))
        await world.sleep(5_000)
        expect(await ask(easy.set({ url: 'http://a.test/' }))).toBe('https')
        expect(await ask(easy.set({ url: 'http://www.a.test/' }))).toBe('https')
      },
      { origins: ORIGINS },
    )
  })

  test('a redirect does not lead around it', async () => {
    await witness(
      (seen, exchange) =>
        seen.url === 'https://a.test/go' ? redirect('http://a.test./end') : POLICY(seen, exchange),
      async ({ ask, make }) => {
        const easy = make({ ...HSTS, followLocation: true, url: 'https://a.test/' })
        await ask(easy)
        expect(await ask(easy.set({ url: 'http://a.test/go' }))).toBe('https')
      },
    )
  })
})
