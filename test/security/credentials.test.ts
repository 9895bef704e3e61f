/**
 * Credentials, fields and state that leak: what went wrong elsewhere, one test per advisory, judged by what each
 * origin was told. Over both versions of HTTP.
 */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, Environment } from '@trunkline/core'
import { digestServer, tokensOf } from '../support/login-servers.ts'
import { basic, redirect, VERSIONS, witness, type Answer, type Scene } from '../support/witnesses.ts'

/** Redirects by path, the rest is answered with its own URL. */
function redirects(locations: Readonly<Record<string, string>>): Answer {
  return ({ url }) => {
    const { pathname } = new URL(url)
    const to = locations[pathname]
    return to === undefined ? { body: url } : redirect(to)
  }
}

/** Where a step from http://a.test leads that is another origin: by host, by port, by scheme. */
const ELSEWHERE = ['http://b.test/end', 'http://a.test:8080/end', 'https://a.test/end'] as const

async function withNetrc(world: Scene['world'], text: string): Promise<EasyOptions> {
  await world.environment.stateFiles.update('/netrc', () => text)
  return { netrc: 'optional', netrcFile: '/netrc' }
}

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  const FOLLOW: EasyOptions = { httpVersion, followLocation: true, url: 'http://a.test/start' }

  test.each(ELSEWHERE)(
    'CVE-2018-1000007, CVE-2022-27774: an Authorization field stays behind: %s',
    async (to) => {
      await witness(redirects({ '/start': to }), async ({ ask, authorizations }) => {
        expect(await ask({ ...FOLLOW, headers: { Authorization: 'Custom secret' } })).toBe(to)
        expect(authorizations()).toEqual(['Custom secret', undefined])
      })
    },
  )

  test.each(ELSEWHERE)('CVE-2022-27774: so do name and password: %s', async (to) => {
    await witness(redirects({ '/start': to }), async ({ ask, authorizations }) => {
      await ask({ ...FOLLOW, username: 'ada', password: 'love' })
      await ask({ ...FOLLOW, url: 'http://ada:love@a.test/start' })
      expect(authorizations()).toEqual([basic('ada', 'love'), undefined, basic('ada', 'love'), undefined])
    })
  })

  test('CVE-2022-27776: and a Cookie field, though only the port differs', async () => {
    const to = 'http://a.test:8080/end'
    await witness(redirects({ '/start': to }), async ({ ask, seen }) => {
      await ask({ ...FOLLOW, headers: { Cookie: 'session=1' } })
      await ask({ ...FOLLOW, cookie: 'session=2' })
      expect(seen.map(({ cookie }) => cookie)).toEqual(['session=1', undefined, 'session=2', undefined])
    })
  })

  test.each(ELSEWHERE)(
    'CVE-2022-31151, CVE-2023-45143: and a Cookie field in any spelling: %s',
    async (to) => {
      await witness(redirects({ '/start': to }), async ({ ask, seen }) => {
        await ask({ ...FOLLOW, headers: [['cOOkie', 'session=1']] })
        expect(seen.map(({ cookie }) => cookie)).toEqual(['session=1', undefined])
      })
    },
  )

  test.each(ELSEWHERE)('CVE-2024-24758, CVE-2024-30260: and Proxy-Authorization: %s', async (to) => {
    await witness(redirects({ '/start': to }), async ({ ask, seen }) => {
      await ask({
        ...FOLLOW,
        headers: { 'Proxy-Authorization': 'Basic x', Authorization: 'Basic y', Host: 'h.test' },
      })
      const { host, ...rest } = seen[1]!.fields
      expect(host).toBe(new URL(to).host)
      expect(rest).not.toHaveProperty('proxy-authorization')
      expect(rest).not.toHaveProperty('authorization')
    })
  })

  test('CVE-2022-27774: from TLS to clear text nothing goes along', async () => {
    await witness(redirects({ '/start': 'http://a.test/end' }), async ({ ask, seen }) => {
      const url = 'https://a.test/start'
      const headers = { Authorization: 'Custom secret', Cookie: 'session=1' }
      for (const options of [{ headers }, { username: 'ada' }, { xoauth2Bearer: 'tokentoken' }])
        await ask({ ...FOLLOW, url, ...options })
      const ends = seen.filter(({ url: asked }) => asked === 'http://a.test/end')
      expect(ends.map(({ authorization, cookie }) => [authorization, cookie])).toEqual(
        Array.from({ length: 3 }, () => [undefined, undefined]),
      )
      expect(seen.filter(({ authorization }) => authorization !== undefined)).toHaveLength(3)
    })
  })

  test.each(['http://b.test/end', 'https://a.test/end', 'http://a.test:8080/end'])(
    'CVE-2025-14524: a bearer token is for its origin: %s',
    async (to) => {
      await witness(redirects({ '/start': '/same', '/same': to }), async ({ ask, authorizations }) => {
        await ask({ ...FOLLOW, xoauth2Bearer: 'tokentoken', username: 'ada' })
        expect(authorizations()).toEqual(['Bearer tokentoken', 'Bearer tokentoken', undefined])
      })
    },
  )

  test('CVE-2026-3783: also when the target has an entry of the netrc file, which gets its own', async () => {
    await witness(redirects({ '/start': 'http://b.test/end' }), async ({ ask, authorizations, world }) => {
      const netrc = await withNetrc(world, 'machine b.test login bob password builder\n')
      await ask({ ...FOLLOW, ...netrc, xoauth2Bearer: 'tokentoken' })
      expect(authorizations()).toEqual(['Bearer tokentoken', basic('bob', 'builder')])
    })
  })

  test.each([
    ['an empty entry', 'machine a.test login ada password love\nmachine b.test\n', undefined],
    [
      'an entry with a name alone',
      'machine a.test login ada password love\nmachine b.test login bob\n',
      basic('bob', ''),
    ],
    ['no entry', 'machine a.test login ada password love\n', undefined],
  ])('CVE-2024-11053: a password of one host is not that of the next: %s', async (_what, text, expected) => {
    await witness(redirects({ '/start': 'http://b.test/end' }), async ({ ask, authorizations, world }) => {
      await ask({ ...FOLLOW, ...(await withNetrc(world, text)) })
      const [first, second] = authorizations()
      expect(first).toBe(basic('ada', 'love'))
      expect([undefined, expected]).toContain(second)
      expect(second ?? '').not.toBe(basic('bob', 'love'))
    })
  })

  test('CVE-2025-0167: nor is it that of an empty default', async () => {
    await witness(redirects({ '/start': 'http://b.test/end' }), async ({ ask, authorizations, world }) => {
      const netrc = await withNetrc(world, 'machine a.test login ada password love\ndefault\n')
      await ask({ ...FOLLOW, ...netrc })
      expect(authorizations()).toEqual([basic('ada', 'love'), undefined])
    })
  })

  test('CVE-2026-8926: a user of the URL does not get the password of another', async () => {
    await witness(undefined, async ({ ask, authorizations, world }) => {
      const netrc = await withNetrc(
        world,
        'machine a.test login ada password love\ndefault login any password one\n',
      )
      await ask({ ...netrc, httpVersion, url: 'http://eve@a.test/' })
      await ask({ ...netrc, httpVersion, username: 'eve' })
      await ask({ ...netrc, httpVersion, url: 'http://ada@a.test/' })
      const said = authorizations().map((value) => value && atob(value.slice(6)))
      expect(said.slice(0, 2).join()).not.toMatch(/love|one/)
      expect(said[2]).toBe('ada:love')
    })
  })

  test('CVE-2026-6276: a custom Host chooses cookies for its own request only', async () => {
    await witness(
      () => ({ headers: { 'Set-Cookie': 'of=custom' } }),
      async ({ ask, make, seen }) => {
        const easy = make({ httpVersion, cookieFile: [''], headers: { Host: 'secret.test' } })
        await ask(easy)
        await ask(easy.set({ headers: undefined, url: 'http://a.test/plain' }))
        await ask(easy.set({ headers: { Host: 'secret.test' }, url: 'http://b.test/custom' }))
        expect(seen.map(({ fields, cookie }) => [fields['host'], cookie])).toEqual([
          ['secret.test', undefined],
          ['a.test', undefined],
          ['secret.test', 'of=custom'],
        ])
      },
    )
  })

  test('CVE-2026-11856: what Digest knows of one origin, and of one user, is told to no other', async () => {
    const digest: EasyOptions = { httpVersion, httpAuth: ['digest'], username: 'ada', password: 'love' }
    await witness(digestServer({ ada: 'love', eve: 'hate' }), async ({ ask, make, seen }) => {
      const easy = make(digest)
      for (const url of ['http://a.test/', 'http://b.test/', 'http://a.test:8080/', 'https://a.test/'])
        expect(await ask(easy.set({ url }))).toBe('hello ada')
      expect(await ask(easy.set({ url: 'http://a.test/', username: 'eve', password: 'hate' }))).toBe(
        'hello eve',
      )
      // Each party was asked afresh, and no answer carried the nonce of another.
      expect(seen.map(({ authorization }) => authorization !== undefined)).toEqual(
        Array.from({ length: 10 }, (_, index) => index % 2 === 1),
      )
      for (const { url, authorization } of seen.filter((_, index) => index % 2 === 1))
        expect(authorization).toContain(`nonce="nonce of ${new URL(url).host}"`)
    })
  })

  test('CVE-2021-22876: a Referer of ours has no credentials and no fragment', async () => {
    await witness(redirects({ '/start': 'http://b.test/end' }), async ({ ask, seen }) => {
      await ask({ ...FOLLOW, autoReferer: true, url: 'http://ada:love@a.test/start#part' })
      expect(seen.map(({ fields }) => fields['referer'])).toEqual([undefined, 'http://a.test/start'])
    })
  })

  test.each([
    ['http://ada:lo@ve@a.test/start', '/end'],
    ['http://ada@b.test:x@a.test/start', '/end'],
    ['http://ada:%40c.test%2F@a.test/start', 'http://us%40c.test:p%40c.test@b.test/end'],
    ['http://a.test/start', 'http://us@c.test:p@c.test@b.test/end'],
  ])('CVE-2020-8169: no part of a password is looked up as a name: %s, %s', async (url, to) => {
    await witness(redirects({ '/start': to }), async ({ make, world, seen }) => {
      const names: string[] = []
      const { resolver } = world.environment
      const environment: Environment = {
        ...world.environment,
        resolver: {
          lookup: (name, ...rest) => {
            names.push(name)
            return resolver.lookup(name, ...rest)
          },
        },
      }
      const easy = make({ ...FOLLOW, environment, url } as EasyOptions)
      const outcome = await easy.perform().then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
      // An "@" that is not encoded may also be refused, but not be taken for the end of the name.
      const isEncoded = url.includes('%40')
      expect(isEncoded ? ['done'] : ['done', 'URL_MALFORMAT']).toContain(outcome)
      expect(seen.map((one) => new URL(one.url).host)).toEqual(
        outcome === 'done' ? ['a.test', isEncoded ? 'b.test' : 'a.test'] : seen.map(() => 'a.test'),
      )
      expect(names.filter((name) => name !== 'a.test' && name !== 'b.test')).toEqual([])
    })
  })

  test('CVE-2026-9079: a password, a name or a token that was taken back is not sent', async () => {
    await witness(undefined, async ({ ask, make, authorizations }) => {
      const easy = make({ httpVersion, username: 'ada', password: 'love' })
      await ask(easy)
      await ask(easy.set({ password: undefined }))
      await ask(easy.set({ username: undefined }))
      await ask(easy.set({ xoauth2Bearer: 'tokentoken' }))
      await ask(easy.set({ xoauth2Bearer: undefined }))
      expect(authorizations()).toEqual([
        basic('ada', 'love'),
        basic('ada', ''),
        undefined,
        'Bearer tokentoken',
        undefined,
      ])
    })
  })

  test('what is sent in no other way stays with its first origin, too: AWS signatures', async () => {
    await witness(redirects({ '/start': 'http://b.test/end' }), async ({ ask, seen }) => {
      await ask({ ...FOLLOW, username: 'key', password: 'secret', awsSigv4: 'aws:amz:eu-west-1:s3' })
      expect(seen[0]!.authorization).toContain('AWS4-HMAC-SHA256')
      expect(Object.keys(seen[1]!.fields).filter((name) => /auth|amz/.test(name))).toEqual([])
    })
  })

  test('a duplicate, a reset and a second handle start without what the first one held', async () => {
    await witness(undefined, async ({ ask, make, seen }) => {
      const easy = make({
        httpVersion,
        username: 'ada',
        password: 'love',
        headers: { 'X-Of': 'first' },
        cookie: 'a=1',
      })
      await ask(easy)
      await ask({ httpVersion })
      await ask(easy.reset().set({ httpVersion, url: 'http://a.test/' }))
      for (const { authorization, cookie, fields } of seen.slice(1))
        expect([authorization, cookie, fields['x-of']]).toEqual([undefined, undefined, undefined])
    })
  })
})

describe('Negotiate', () => {
  test.each(ELSEWHERE)('CVE-2022-27774: makes no token for who is elsewhere: %s', async (to) => {
    const hosts: string[] = []
    await witness(
      ({ url }) =>
        url === 'http://a.test/start'
          ? redirect(to)
          : { status: 401, headers: { 'WWW-Authenticate': ['Negotiate', 'NTLM', 'Basic realm="give me"'] } },
      async ({ ask, authorizations }) => {
        const negotiateFunction = ({ host }: { readonly host: string }): Uint8Array => {
          hosts.push(host)
          return tokensOf('ada')()
        }
        for (const httpAuth of [['negotiate'], ['any'], ['negotiate', 'basic']] as const)
          await ask({ url: 'http://a.test/start', followLocation: true, negotiateFunction, httpAuth })
        // Asked unasked where it is the only way; the redirect is answered by nothing at all.
        expect(hosts).toEqual(['a.test'])
        expect(authorizations()).toEqual([
          `Negotiate ${btoa('ada')}`,
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
        ])
      },
    )
  })

  test('CVE-2011-2192: nothing is delegated: a function is asked for a token and for nothing else', async () => {
    const asked: string[][] = []
    await witness(undefined, async ({ ask, make }) => {
      const negotiateFunction = (request: object): Uint8Array => {
        asked.push(Object.keys(request).sort())
        return Uint8Array.of(1)
      }
      await ask({ httpAuth: ['negotiate'], negotiateFunction })
      expect(asked).toEqual([['challenge', 'handshake', 'host', 'role', 'service']])
      expect(() => make().setopt('CURLOPT_GSSAPI_DELEGATION', 1)).toThrow(/no option/)
    })
  })
})
