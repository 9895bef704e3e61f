/**
 * Wrong connection reused: what went wrong elsewhere, one test per advisory, judged by what servers saw. All
 * transfers of a test share one connection cache, so that each could have had the connection of another.
 */
import { describe, expect, test } from 'vitest'
import { EASY_OPTIONS, type EasyOptions, type OptionRow } from '@trunkline/core'
import { isConnectionBound } from '../../packages/core/src/auth/select.ts'
import { negotiateServer, ntlmServer, tokensOf } from '../support/login-servers.ts'
import { otherValue, WITHOUT_A_RUN } from '../support/option-values.ts'
import { basic, redirect, VERSIONS, witness } from '../support/witnesses.ts'

const ADA: EasyOptions = { username: 'ada', password: 'secret' }
const EVE: EasyOptions = { username: 'eve', password: 'secret' }
const NTLM: EasyOptions = { httpAuth: ['ntlm'] }
const GSS: EasyOptions = { httpAuth: ['negotiate'] }
const AS_ADA: EasyOptions = { ...GSS, negotiateFunction: tokensOf('ada') }
const AS_EVE: EasyOptions = { ...GSS, negotiateFunction: tokensOf('eve') }

describe('connections that belong to somebody', () => {
  test('CVE-2014-0015: an NTLM connection of one user is not given to another', async () => {
    await witness(ntlmServer(), async ({ ask, connections }) => {
      expect(await ask({ ...NTLM, ...ADA })).toBe('hello ada')
      expect(await ask({ ...NTLM, ...EVE })).toBe('hello eve')
      expect(await ask({ ...NTLM, ...ADA })).toBe('hello ada')
      expect(connections()).toEqual([
        'http://a.test#1',
        'http://a.test#1',
        'http://a.test#2',
        'http://a.test#2',
        'http://a.test#1',
      ])
    })
  })

  test('CVE-2014-0138: every way to log a connection in leaves it to one user', async () => {
    const binding = EASY_OPTIONS.httpAuth.choices.filter(
      (word) => word === 'any' || word === 'anysafe' || isConnectionBound(word),
    )
    expect(binding).toEqual(['ntlm', 'negotiate', 'any', 'anysafe'])
    for (const word of binding) {
      await witness(undefined, async ({ ask, connections }) => {
        const options: EasyOptions = { httpAuth: [word], negotiateFunction: tokensOf('x') }
        for (const user of [ADA, EVE, {}]) await ask({ ...options, ...user })
        expect([word, new Set(connections()).size]).toEqual([word, 3])
      })
    }
  })

  test('CVE-2015-3143: an NTLM connection is not given to a request without credentials', async () => {
    await witness(ntlmServer(), async ({ ask, connections, authorizations }) => {
      await ask({ ...NTLM, ...ADA })
      expect(await ask({})).toBe('who?')
      expect(connections().at(-1)).toBe('http://a.test#2')
      expect(authorizations().at(-1)).toBeUndefined()
    })
  })

  test('CVE-2015-3148: a Negotiate connection is not taken for one that anybody may use', async () => {
    await witness(negotiateServer(), async ({ ask, connections }) => {
      expect(await ask(AS_ADA)).toBe('hello ada')
      expect(await ask({})).toBe('who?')
      expect(await ask(AS_ADA)).toBe('hello ada')
      expect(connections()).toEqual(['http://a.test#1', 'http://a.test#2', 'http://a.test#1'])
    })
  })

  test('CVE-2026-1965: a Negotiate connection of one user is not given to another', async () => {
    await witness(negotiateServer(), async ({ ask, connections }) => {
      expect(await ask({ ...AS_ADA, ...ADA })).toBe('hello ada')
      expect(await ask({ ...AS_EVE, ...EVE })).toBe('hello eve')
      expect(new Set(connections()).size).toBe(2)
    })
  })

  test('CVE-2026-1965: nor to one whose GSS library has another ticket, where no names are given', async () => {
    await witness(negotiateServer(), async ({ ask, connections }) => {
      expect(await ask(AS_ADA)).toBe('hello ada')
      expect(await ask(AS_EVE)).toBe('hello eve')
      expect(await ask(AS_ADA)).toBe('hello ada')
      expect(connections()).toEqual(['http://a.test#1', 'http://a.test#2', 'http://a.test#1'])
    })
  })

  test('CVE-2026-5545: nor to a request of another user by another scheme', async () => {
    await witness(negotiateServer(), async ({ ask }) => {
      expect(await ask({ ...AS_ADA, ...ADA })).toBe('hello ada')
      expect(await ask({ ...EVE, httpAuth: ['basic'] })).toBe('hello eve')
      expect(await ask({ ...EVE, httpAuth: ['basic', 'negotiate'] })).toBe('hello eve')
    })
  })

  test('CVE-2026-8458: tokens for another service, made by another function, go by another connection', async () => {
    await witness(negotiateServer(), async ({ ask, connections }) => {
      const service = (name: string) => () => new TextEncoder().encode(name)
      await ask({ ...GSS, ...ADA, negotiateFunction: service('HTTP@a.test') })
      await ask({ ...GSS, ...ADA, negotiateFunction: service('other@a.test') })
      expect(new Set(connections()).size).toBe(2)
    })
  })

  test('CVE-2016-8616: names and passwords differ by case too', async () => {
    const spellings: EasyOptions[] = [
      { username: 'ada', password: 'Secret' },
      { username: 'ada', password: 'secret' },
      { username: 'Ada', password: 'secret' },
    ]
    await witness(ntlmServer(['ada', 'Ada']), async ({ ask, connections }) => {
      for (const user of spellings) await ask({ ...NTLM, ...user })
      for (const user of spellings) await ask({ ...NTLM, ...user })
      expect(new Set(connections()).size).toBe(3)
    })
  })

  test.each(VERSIONS)('CVE-2022-22576: a token goes with its request only, HTTP/%s', async (httpVersion) => {
    await witness(undefined, async ({ ask, authorizations, connections }) => {
      const options: EasyOptions = { httpVersion }
      await ask({ ...options, xoauth2Bearer: 'token-of-ada' })
      await ask({ ...options, xoauth2Bearer: 'token-of-eve' })
      await ask(options)
      expect(authorizations()).toEqual(['Bearer token-of-ada', 'Bearer token-of-eve', undefined])
      expect(new Set(connections()).size).toBe(1)
    })
  })

  test('CVE-2022-22576: a connection that was logged in serves no token', async () => {
    await witness(ntlmServer(), async ({ ask, connections }) => {
      await ask({ ...NTLM, ...ADA })
      expect(await ask({ xoauth2Bearer: 'token-of-eve' })).toBe('who?')
      expect(await ask({ ...EVE, httpAuth: ['bearer', 'ntlm'], xoauth2Bearer: 'token-of-eve' })).toBe(
        'hello eve',
      )
      expect(new Set(connections()).size).toBe(3)
    })
  })

  test('CVE-2026-1965: at a proxy that forwards, a login is at one origin, and of one user', async () => {
    await witness(undefined, async ({ ask, world }) => {
      // What the proxy passes on is told apart by the connections that it was asked on.
      const proxy = world.proxy('http://p.test:3128')
      const options: EasyOptions = { proxy: 'http://p.test:3128', ...NTLM }
      for (const url of ['http://a.test/', 'http://b.test/', 'http://a.test/'])
        for (const user of [ADA, EVE]) await ask({ ...options, ...user, url })
      await ask({ proxy: 'http://p.test:3128' })
      const used = proxy.requests.map(({ target, connection }) => `${target} #${connection}`)
      expect(used).toEqual([
        'http://a.test/ #1',
        'http://a.test/ #2',
        'http://b.test/ #3',
        'http://b.test/ #4',
        'http://a.test/ #1',
        'http://a.test/ #2',
        'http://a.test/ #5',
      ])
    })
  })

  test('CVE-2026-3805: what a connection knows dies with it, and begins anew on the next', async () => {
    const types: (number | undefined)[] = []
    const server = ntlmServer()
    await witness(
      (seen, exchange) => {
        types.push(
          seen.authorization === undefined ? undefined : atob(seen.authorization.slice(5)).charCodeAt(8),
        )
        // In the middle of the first handshake.
        if (types.length === 2) {
          exchange.connection.reset()
          return undefined
        }
        return server(seen, exchange)
      },
      async ({ ask }) => {
        expect(await ask({ ...NTLM, ...ADA })).toBe('hello ada')
        expect(types).toEqual([1, 3, 1, 3])
      },
    )
  })

  test.each(VERSIONS)(
    'CVE-2015-3236: a handle that was reset forgets its user, HTTP/%s',
    async (httpVersion) => {
      await witness(undefined, async ({ make, ask, authorizations, connections }) => {
        const easy = make({ httpVersion, ...ADA })
        await ask(easy)
        easy.reset().set({ httpVersion, url: 'http://a.test/' })
        await ask(easy)
        expect(authorizations()).toEqual([basic('ada', 'secret'), undefined])
        expect(new Set(connections()).size).toBe(1)
      })
    },
  )

  test('HTTP/2 carries no login of a connection, though server and user would', async () => {
    await witness(ntlmServer(), async ({ ask, authorizations }) => {
      expect(await ask({ ...ADA, httpAuth: ['any'], httpVersion: '2-prior-knowledge' })).toBe('who?')
      expect(authorizations()).toEqual([undefined])
    })
  })
})

describe('ways that differ', () => {
  test('CVE-2020-8231: a number once given to a connection is never given to another', async () => {
    await witness(undefined, async ({ make, ask, multi }) => {
      const ids: number[] = []
      const easy = make({ forbidReuse: true })
      for (let i = 0; i < 20; i += 1) {
        await ask(easy)
        ids.push(easy.info!.connId)
      }
      expect(ids).toEqual(ids.map((_, index) => index))
      await ask({ url: 'http://b.test/' })
      // What is over answers for nobody: not for the connection that came after it, either.
      expect(multi.connections().map(({ id }) => id)).toEqual([20])
    })
  })

  test.each([
    ['in URLs', (zone: string): EasyOptions => ({ url: `http://[fe80::1%25${zone}]/` })],
    ['in connectTo', (zone: string): EasyOptions => ({ connectTo: [`a.test:80:[fe80::1%${zone}]:80`] })],
    ['in resolve', (zone: string): EasyOptions => ({ resolve: [`a.test:80:[fe80::1%${zone}]`] })],
  ])('CVE-2022-27775: addresses of different zones are different %s', async (_where, options) => {
    await witness(undefined, async ({ ask, world }) => {
      for (const zone of ['eth0', 'eth1']) {
        world.network.name(`on-${zone}`, [`fe80::1%${zone}`])
        world.origin(`http://on-${zone}`, (exchange) => exchange.respond({ body: zone }), { http2: true })
      }
      for (const httpVersion of VERSIONS) {
        const told = [
          await ask({ httpVersion, ...options('eth0') }),
          await ask({ httpVersion, ...options('eth1') }),
          await ask({ httpVersion, ...options('eth0') }),
        ]
        expect(told).toEqual(['eth0', 'eth1', 'eth0'])
      }
    })
  })

  test.each(VERSIONS)(
    'CVE-2026-4873: a connection in clear text never serves who wants TLS, HTTP/%s',
    async (httpVersion) => {
      await witness(
        ({ url }) =>
          url === 'https://a.test/policy'
            ? { headers: { 'Strict-Transport-Security': 'max-age=1000' }, body: 'secure' }
            : { body: url },
        async ({ ask, make, multi }) => {
          // The same name and port, by TLS and without.
          expect(await ask({ httpVersion, url: 'http://a.test:8443/' })).toBe('http://a.test:8443/')
          const secure = multi.explain(make({ httpVersion, url: 'https://a.test:8443/' }))
          expect(secure.outcome).not.toBe('reused')
          expect(JSON.stringify(secure)).toContain('"code":"scheme"')
          expect(await ask({ httpVersion })).toBe('http://a.test/')
          const easy = make({ httpVersion, hsts: '', url: 'https://a.test/policy' })
          expect(await ask(easy)).toBe('secure')
          expect(await ask(easy.set({ url: 'http://a.test/after' }))).toBe('https://a.test/after')
        },
        { origins: ['http://a.test', 'https://a.test', 'http://a.test:8443'] },
      )
    },
  )

  test('CVE-2026-8286: who verifies does not join a connection of one who did not, busy or idle', async () => {
    await witness(
      async (_seen, exchange) => {
        await exchange.sleep(100)
        return { body: 'hello' }
      },
      async ({ ask, world, connections }) => {
        const options: EasyOptions = { url: 'https://a.test/', httpVersion: '2tls' }
        const loose = ask({ ...options, sslVerifyPeer: false })
        await world.sleep(50)
        expect(await ask(options)).toBe('PEER_FAILED_VERIFICATION')
        expect(await loose).toBe('hello')
        expect(await ask(options)).toBe('PEER_FAILED_VERIFICATION')
        expect(connections()).toEqual(['https://a.test#1'])
      },
      { server: { tls: { untrusted: true } } },
    )
  })

  test.each(VERSIONS)(
    'an origin is host, port and scheme: each has its connections, HTTP/%s',
    async (httpVersion) => {
      await witness(
        ({ url }) => (url === 'http://a.test/' ? redirect('http://a.test:8080/') : { body: 'end' }),
        async ({ ask, connections }) => {
          await ask({ httpVersion, followLocation: true })
          await ask({ httpVersion, url: 'http://A.TEST:8080/' })
          await ask({ httpVersion, url: 'http://a.test:80/again' })
          expect(connections()).toEqual([
            'http://a.test#1',
            'http://a.test:8080#1',
            'http://a.test:8080#1',
            'http://a.test#1',
          ])
        },
      )
    },
  )
})

/** Options of proxies shape nothing without one: test/security/proxies.test.ts has them. */
const SHAPING = Object.entries(EASY_OPTIONS as Record<string, OptionRow>).filter(
  ([, row]) => row.identity !== 'no' && row.identity !== ('proxy' as string),
)

// The advisories behind these tests are all of one kind: somebody forgot an option in the match. Whatever is added to
// the table with an identity is tested here from then on.
describe('CVE-2022-27782, CVE-2023-27535, CVE-2023-27536, CVE-2023-27538: no option is forgotten in the match', () => {
  test.each(SHAPING)('%s', async (name, row) => {
    await witness(
      async (_seen, exchange) => {
        await exchange.sleep(10)
        return { body: 'ok' }
      },
      async ({ multi, make, world }) => {
        const url = 'https://a.test/'
        // Where options lead that lead elsewhere.
        const elsewhere = { http2: true, tls: { certificateNames: ['a.test'] } }
        for (const host of ['10.9.9.9', 'other.test']) world.origin(`https://${host}`, okay, elsewhere)
        world.origin('https://a.test', okay, { ...elsewhere, unixPath: '/Some.pem' })
        const plain = make({ url })
        const shaped = make({ url, [name]: otherValue(name, row) } as EasyOptions)
        const run = (easy: typeof plain): Promise<number | undefined> =>
          multi.add(easy).then(
            () => easy.info!.connId,
            () => undefined,
          )
        const first = await run(plain)
        expect(first).toBeDefined()
        const verdict = multi.explain(shaped)
        expect(verdict.outcome).not.toBe('reused')
        const reasons = verdict.candidates.find(({ connection }) => connection === first)?.reasons ?? []
        expect(reasons.map(({ field }) => field)).toContain(name)
        if (WITHOUT_A_RUN.has(name)) return
        // One after the other, and both at once, when the connection of one could be joined by the other.
        const second = await run(shaped)
        expect(second).not.toBe(first)
        expect(await Promise.all([run(plain), run(shaped)])).toEqual([first, second])
      },
    )
  })
})

describe('CVE-2021-22924, CVE-2026-8932: TLS identities are compared field by field, and by case', () => {
  const files = [
    'caInfo',
    'caPath',
    'crlFile',
    'sslCert',
    'sslKey',
    'keyPasswd',
    'sslCipherList',
    'sslEcCurves',
  ] as const

  test.each(files)('%s', async (name) => {
    await witness(undefined, async ({ ask, connections }) => {
      const url = 'https://a.test/'
      for (const value of ['/Ca.pem', '/ca.pem', '/Ca.pem', undefined]) await ask({ url, [name]: value })
      expect(connections()).toEqual([
        'https://a.test#1',
        'https://a.test#2',
        'https://a.test#1',
        'https://a.test#3',
      ])
    })
  })

  test('of blobs the bytes count, not the object', async () => {
    await witness(undefined, async ({ ask, connections }) => {
      const url = 'https://a.test/'
      for (const last of [1, 2, 1]) await ask({ url, sslKeyBlob: Uint8Array.of(7, last) })
      expect(connections()).toEqual(['https://a.test#1', 'https://a.test#2', 'https://a.test#1'])
    })
  })
})

function okay(exchange: { respond(response: { body: string }): void }): void {
  exchange.respond({ body: 'ok' })
}
