/** What a handle remembers between transfers: cookies, HSTS, Alt-Svc, and their files; over both versions. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { simulate, type SimExchange, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Share } from '@trunkline/share'

const VERSIONS = ['1.1', '2-prior-knowledge'] as const

interface Asked {
  readonly url: string
  readonly cookie: string | undefined
}

interface Stage {
  readonly asked: Asked[]
  readonly world: SimWorld
  make(options?: EasyOptions): Easy
}

/** Origins a.test and b.test, by http and https, that say `answer(target)` as their fields. */
async function play<T>(
  answer: (exchange: SimExchange) => Readonly<Record<string, string | readonly string[]>>,
  run: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { value } = await simulate(1, async (world) => {
    const asked: Asked[] = []
    for (const origin of [
      'http://a.test',
      'https://a.test',
      'http://b.test',
      'https://www.a.test',
      'https://alt.test:8443',
    ])
      world.origin(
        origin,
        (exchange) => {
          asked.push({
            url: `${origin}${exchange.request.target}`,
            cookie: exchange.request.fields.get('cookie'),
          })
          const headers = answer(exchange)
          exchange.respond({ status: 'Location' in headers ? 302 : 200, headers, body: 'ok' })
        },
        {
          http2: true,
          ...(origin.startsWith('https') ? { tls: { certificateNames: ['a.test', 'www.a.test'] } } : {}),
        },
      )
    return run({
      asked,
      world,
      make: (options) => new Easy({ environment: world.environment, url: 'http://a.test/', ...options }),
    })
  })
  return value
}

const file = (world: SimWorld, path: string): Promise<string | undefined> =>
  world.environment.stateFiles.read(path)

describe.each(VERSIONS)('cookies over HTTP/%s', (httpVersion) => {
  test('are off unless asked for', async () => {
    await play(
      () => ({ 'Set-Cookie': 'a=1' }),
      async ({ make, asked }) => {
        const easy = make({ httpVersion })
        await easy.perform()
        await easy.perform()
        expect(asked.map(({ cookie }) => cookie)).toEqual([undefined, undefined])
        expect(easy.info!.cookieList).toEqual([])
      },
    )
  })

  test('set by one response go with the next request, those of redirects too', async () => {
    await play(
      ({ request }) =>
        request.target === '/'
          ? { 'Set-Cookie': ['a=1', 'b=2; Path=/next'], Location: '/next' }
          : { 'Set-Cookie': 'c=3' },
      async ({ make, asked }) => {
        const easy = make({ httpVersion, cookieFile: [''], followLocation: true })
        await easy.perform()
        easy.set({ url: 'http://a.test/next' })
        await easy.perform()
        expect(asked.map(({ cookie }) => cookie)).toEqual([undefined, 'b=2; a=1', 'b=2; c=3; a=1'])
        expect(easy.info!.cookieList).toHaveLength(3)
        expect(JSON.stringify(easy.info)).not.toContain('b=2')
      },
    )
  })

  test('of the option go beside those of the jar, to the first host only', async () => {
    await play(
      ({ request }) => ({
        'Set-Cookie': 'jar=1',
        ...(request.target === '/' ? { Location: 'http://b.test/b' } : {}),
      }),
      async ({ make, asked }) => {
        const easy = make({ httpVersion, cookieFile: [''], cookie: 'mine=2', followLocation: true })
        await easy.perform()
        await easy.perform()
        expect(asked.map(({ cookie }) => cookie)).toEqual(['mine=2', undefined, 'jar=1; mine=2', 'jar=1'])
      },
    )
  })

  test('come from files and go to the jar when the handle is closed', async () => {
    await play(
      () => ({ 'Set-Cookie': 'new=1; Max-Age=1000' }),
      async ({ make, asked, world }) => {
        await world.environment.stateFiles.update('/jar', () => 'a.test\tFALSE\t/\tFALSE\t0\told\t0\n')
        const easy = make({ httpVersion, cookieFile: ['/jar'], cookieJar: '/jar' })
        await easy.perform()
        await easy.close()
        expect(asked[0]!.cookie).toBe('old=0')
        const saved = await file(world, '/jar')
        expect(saved).toContain('a.test\tFALSE\t/\tFALSE\t0\told\t0')
        expect(saved).toMatch(/a\.test\tFALSE\t\/\tFALSE\t\d+\tnew\t1/)
      },
    )
  })

  test('a jar that two handles save holds what both learned', async () => {
    await play(
      ({ request }) => ({ 'Set-Cookie': `${request.target.slice(1)}=1; Max-Age=1000` }),
      async ({ make, world }) => {
        const both = ['one', 'two'].map((name) =>
          make({ httpVersion, url: `http://a.test/${name}`, cookieJar: '/jar' }),
        )
        await Promise.all(both.map((easy) => easy.perform()))
        await Promise.all(both.map((easy) => easy.close()))
        const saved = await file(world, '/jar')
        expect([saved?.includes('\tone\t1'), saved?.includes('\ttwo\t1')]).toEqual([true, true])
      },
    )
  })

  test('commands of cookieList are done once, in their order', async () => {
    await play(
      () => ({}),
      async ({ make, asked, world }) => {
        const easy = make({
          httpVersion,
          cookieJar: '/jar',
          cookieList: [
            'a.test\tFALSE\t/\tFALSE\t0\tx\t1',
            'Set-Cookie: y=2; domain=a.test; Max-Age=9',
            'FLUSH',
            'SESS',
          ],
        })
        await easy.perform()
        expect(asked[0]!.cookie).toBe('y=2')
        expect(await file(world, '/jar')).toContain('\tx\t1')
        easy.set({ cookieList: ['ALL'] })
        await easy.perform()
        await easy.perform()
        expect(asked.slice(1).map(({ cookie }) => cookie)).toEqual([undefined, undefined])
      },
    )
  })

  test('a share of cookies turns them on for all', async () => {
    await play(
      ({ request }) => ({ 'Set-Cookie': `c${request.target.slice(1)}=1` }),
      async ({ make, asked, world }) => {
        const share = new Share({ environment: world.environment, parts: ['cookies'] })
        const [one, two] = [1, 2].map((n) =>
          make({ httpVersion, url: `http://a.test/${n}`, share } as EasyOptions),
        )
        await one!.perform()
        await two!.perform()
        await one!.perform()
        expect(asked.map(({ cookie }) => cookie)).toEqual([undefined, 'c1=1', 'c2=1; c1=1'])
        await Promise.all([one!.close(), two!.close()])
        await share.close()
      },
    )
  })

  test('a duplicate begins with the cookies of its original, and goes its own way', async () => {
    await play(
      ({ request }) => (request.target === '/' ? { 'Set-Cookie': 'a=1' } : { 'Set-Cookie': 'b=2' }),
      async ({ make, asked }) => {
        const easy = make({ httpVersion, cookieFile: [''] })
        await easy.perform()
        const copy = easy.duplicate().set({ url: 'http://a.test/b' })
        await copy.perform()
        await easy.perform()
        expect(asked.map(({ cookie }) => cookie)).toEqual([undefined, 'a=1', 'a=1'])
      },
    )
  })

  test('a Cookie field of the user takes the place of ours', async () => {
    await play(
      () => ({ 'Set-Cookie': 'a=1' }),
      async ({ make, asked }) => {
        const easy = make({ httpVersion, cookieFile: [''], headers: { Cookie: 'own=1' } })
        await easy.perform()
        await easy.perform()
        expect(asked.map(({ cookie }) => cookie)).toEqual(['own=1', 'own=1'])
      },
    )
  })
})

describe('HSTS', () => {
  const POLICY = { 'Strict-Transport-Security': 'max-age=1000; includeSubDomains' }
  const insecure = { sslVerifyPeer: false } as const

  test('a host that asks for it is asked by HTTPS from then on, over both versions', async () => {
    for (const httpVersion of ['1.1', '2tls'] as const) {
      await play(
        () => POLICY,
        async ({ make, asked }) => {
          const easy = make({ hsts: '', httpVersion, url: 'https://a.test/' })
          await easy.perform()
          easy.set({ url: 'http://a.test/plain' })
          await easy.perform()
          easy.set({ url: 'http://www.a.test./sub' })
          await easy.perform()
          expect(asked.map(({ url }) => url)).toEqual([
            'https://a.test/',
            'https://a.test/plain',
            'https://www.a.test/sub',
          ])
          expect(easy.info!.effectiveUrl).toBe('https://www.a.test./sub')
        },
      )
    }
  })

  test('a redirect to HTTP is upgraded too', async () => {
    await play(
      ({ request }) => ({ ...POLICY, ...(request.target === '/' ? { Location: 'http://a.test/end' } : {}) }),
      async ({ make, asked }) => {
        const easy = make({ hsts: '', url: 'https://a.test/', followLocation: true })
        await easy.perform()
        expect(asked.map(({ url }) => url)).toEqual(['https://a.test/', 'https://a.test/end'])
      },
    )
  })

  test('what was not verified, or came in clear text, is not believed', async () => {
    await play(
      () => POLICY,
      async ({ make, asked }) => {
        const easy = make({ hsts: '', url: 'https://a.test/', ...insecure })
        await easy.perform()
        easy.set({ url: 'http://a.test/' })
        await easy.perform()
        await easy.perform()
        expect(asked.map(({ url }) => url)).toEqual(['https://a.test/', 'http://a.test/', 'http://a.test/'])
      },
    )
  })

  test('is read from a file, from a function, and written', async () => {
    await play(
      () => ({}),
      async ({ make, asked, world }) => {
        await world.environment.stateFiles.update('/hsts', () => '.a.test "20300101 00:00:00"\n')
        const easy = make({
          hsts: '/hsts',
          url: 'http://www.a.test/',
          hstsReadFunction: () => [{ host: 'preloaded.test', includeSubDomains: false }],
          ...insecure,
        })
        await easy.perform()
        await easy.close()
        expect(asked[0]!.url).toBe('https://www.a.test/')
        expect(await file(world, '/hsts')).toContain('preloaded.test "unlimited"')
        expect(await file(world, '/hsts')).toContain('.a.test "20300101 00:00:00"')
      },
    )
  })
})

describe('Alt-Svc', () => {
  test('an alternative of HTTP/2 is used for what comes after, and named', async () => {
    const used: (string | undefined)[] = []
    await play(
      ({ request }) => {
        used.push(request.fields.first('alt-used'))
        return { 'Alt-Svc': 'h3=":443", h2="alt.test:8443"; ma=100' }
      },
      async ({ make, asked, world }) => {
        const easy = make({ altSvc: '/alt', url: 'https://a.test/' })
        await easy.perform()
        await easy.perform()
        expect(asked.map(({ url }) => url)).toEqual(['https://a.test/', 'https://alt.test:8443/'])
        expect(used).toEqual([undefined, 'alt.test:8443'])
        await easy.close()
        expect(await file(world, '/alt')).toMatch(/h2 a\.test 443 h3 a\.test 443 /)
      },
    )
  })

  test('one that cannot be reached is left aside', async () => {
    await play(
      () => ({ 'Alt-Svc': 'h2="alt.test:9999"' }),
      async ({ make, asked }) => {
        const easy = make({ altSvc: '', url: 'https://a.test/' })
        await easy.perform()
        await easy.perform()
        expect(asked.map(({ url }) => url)).toEqual(['https://a.test/', 'https://a.test/'])
      },
    )
  })
})

test('TLS sessions that one handle exports are resumed by another', async () => {
  await play(
    () => ({}),
    async ({ make }) => {
      const url = 'https://a.test/'
      const first = make({ url })
      await first.perform()
      const text = first.tlsSessions.export()
      const second = make({ url })
      second.tlsSessions.import(text)
      await second.perform()
      const stranger = make({ url, connectionTag: 'another tenant' })
      stranger.tlsSessions.import(text)
      await stranger.perform()
      expect([first, second, stranger].map((easy) => easy.info!.tlsResumed)).toEqual([false, true, false])
    },
  )
})
