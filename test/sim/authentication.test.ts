/** Authentication at an origin: rounds of challenges, what is kept between transfers, whose a connection is. Over both versions. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimExchange, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

interface Seen {
  readonly path: string
  readonly connection: number
  readonly authorization: string | undefined
  readonly length: string | undefined
  readonly body: string
}

const VERSIONS = ['1.1', '2-prior-knowledge'] as const
const USER = { username: 'ada', password: 'love lace' }

/** A world with an origin that records what it is asked before `answer` does. */
async function play<T>(
  answer: (exchange: SimExchange, seen: readonly Seen[]) => void | Promise<void>,
  run: (easy: (options: EasyOptions) => Easy, seen: Seen[], world: SimWorld) => Promise<T>,
): Promise<T> {
  const { value } = await simulate(1, async (world) => {
    const seen: Seen[] = []
    const handler: SimHandler = async (exchange) => {
      const { fields, target } = exchange.request
      const body = new TextDecoder().decode(await exchange.body())
      seen.push({
        path: target,
        connection: exchange.connection.id,
        authorization: fields.first('authorization'),
        length: fields.first('content-length'),
        body,
      })
      await answer(exchange, seen)
    }
    for (const host of ['a.test', 'b.test']) world.origin(`http://${host}`, handler, { http2: true })
    return run(
      (options) => new Easy({ environment: world.environment, url: 'http://a.test/x?y', ...options }),
      seen,
      world,
    )
  })
  return value
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** A Digest server (RFC 7616 with MD5) that knows one user, and counts nonces. */
function digestServer({ maxUses = Infinity } = {}): (exchange: SimExchange) => void {
  let nonce = 0
  let uses = 0
  return (exchange) => {
    const { fields, method } = exchange.request
    const given = fields.first('authorization') ?? ''
    const part = (name: string): string => new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(given)?.[1] ?? ''
    const secret = md5(`ada:here:love lace`)
    const what = md5(`${method}:${part('uri')}`)
    const expected = md5(`${secret}:${part('nonce')}:${part('nc')}:${part('cnonce')}:auth:${what}`)
    const isRight = given !== '' && part('response') === expected
    const isFresh = part('nonce') === `n${nonce}` && Number.parseInt(part('nc'), 16) === uses + 1
    if (isRight && isFresh && uses < maxUses) {
      uses += 1
      exchange.respond({ body: `hello, nc ${part('nc')}` })
      return
    }
    nonce += 1
    uses = 0
    const stale = isRight ? ', stale=true' : ''
    exchange.respond({
      status: 401,
      headers: { 'WWW-Authenticate': `Digest realm="here", nonce="n${nonce}", qop="auth"${stale}` },
      body: 'who are you?',
    })
  }
}

describe.each(VERSIONS)('over HTTP/%s', (httpVersion) => {
  test('Digest answers a challenge, and the next transfer needs none', async () => {
    await play(digestServer(), async (make, seen) => {
      const easy = make({ ...USER, httpAuth: ['digest'], httpVersion })
      expect((await easy.perform()).text()).toBe('hello, nc 00000001')
      expect((await easy.perform()).text()).toBe('hello, nc 00000002')
      expect(seen.map(({ authorization }) => authorization?.slice(0, 6))).toEqual([
        undefined,
        'Digest',
        'Digest',
      ])
      expect(easy.info!.numConnects).toBe(0)
      expect(easy.info!.responseCode).toBe(200)
    })
  })

  test('what Digest knows is of one handle, and forgotten when that is reset', async () => {
    await play(digestServer(), async (make, seen) => {
      const options: EasyOptions = { ...USER, httpAuth: ['digest'], httpVersion }
      const easy = make(options)
      await easy.perform()
      expect((await easy.duplicate().perform()).text()).toBe('hello, nc 00000001')
      // The first one's nonce is stale by now.
      expect((await easy.perform()).text()).toBe('hello, nc 00000001')
      await easy
        .reset()
        .set({ ...options, url: 'http://a.test/x?y' })
        .perform()
      expect(seen.map(({ authorization }) => (authorization === undefined ? '-' : 'D')).join('')).toBe(
        '-D-DDD-D',
      )
    })
  })

  test('handles at once over one cache use no count of a nonce twice', async () => {
    const used: string[] = []
    await play(
      (exchange) => {
        const given = exchange.request.fields.first('authorization')
        if (given !== undefined) used.push(/nc=(\w+)/.exec(given)![1]!)
        const challenge = { 'WWW-Authenticate': 'Digest realm="here", nonce="the same", qop="auth"' }
        exchange.respond(given === undefined ? { status: 401, headers: challenge } : { body: 'in' })
      },
      async (make, _seen, world) => {
        await using multi = new Multi({ environment: world.environment })
        const options: EasyOptions = { ...USER, httpAuth: ['digest'], httpVersion }
        await Promise.all(Array.from({ length: 20 }, () => multi.add(make(options))))
        expect(used.length).toBe(20)
        expect(new Set(used).size).toBe(20)
      },
    )
  })

  test('a stale nonce is replaced without a word to the user', async () => {
    await play(digestServer({ maxUses: 1 }), async (make, seen) => {
      const easy = make({ ...USER, httpAuth: ['digest'], httpVersion })
      await easy.perform()
      expect((await easy.perform()).text()).toBe('hello, nc 00000001')
      expect(seen).toHaveLength(4)
    })
  })

  test('a wrong password is refused once, and the refusal delivered', async () => {
    await play(digestServer(), async (make, seen) => {
      const easy = make({ ...USER, password: 'wrong', httpAuth: ['digest'], httpVersion })
      const result = await easy.perform()
      expect([result.status, result.text()]).toEqual([401, 'who are you?'])
      expect(easy.info!.httpAuthAvail).toEqual(['digest'])
      expect(seen).toHaveLength(2)
    })
  })

  test('any asks first, and takes the strongest that is offered', async () => {
    await play(
      (exchange) => {
        if (exchange.request.fields.has('authorization')) exchange.respond({ body: 'in' })
        else
          exchange.respond({
            status: 401,
            headers: { 'WWW-Authenticate': ['Basic realm="b"', 'Digest realm="d", nonce="1", qop="auth"'] },
          })
      },
      async (make, seen) => {
        const easy = make({ ...USER, httpAuth: ['any'], httpVersion })
        expect((await easy.perform()).text()).toBe('in')
        expect(seen.map(({ authorization }) => authorization?.split(' ')[0])).toEqual([undefined, 'Digest'])
      },
    )
  })

  test('a body waits for the challenge, and goes with the answer', async () => {
    await play(digestServer(), async (make, seen) => {
      const easy = make({ ...USER, httpAuth: ['digest'], httpVersion, body: 'the body' })
      expect((await easy.perform()).status).toBe(200)
      expect(seen.map(({ length, body }) => [length, body])).toEqual([
        ['0', ''],
        ['8', 'the body'],
      ])
      expect(easy.info!.sizeUpload).toBe(8)
    })
  })

  test('a body that was held back goes when nobody asks who it is from', async () => {
    await play(
      (exchange) => exchange.respond({ body: 'welcome' }),
      async (make, seen) => {
        const easy = make({ ...USER, httpAuth: ['digest'], httpVersion, body: 'the body' })
        expect((await easy.perform()).text()).toBe('welcome')
        expect(seen.map(({ body, authorization }) => [body, authorization])).toEqual([
          ['', undefined],
          ['the body', undefined],
        ])
      },
    )
  })

  test('a body of unknown length is sent when the challenge is answered', async () => {
    await play(digestServer(), async (make, seen) => {
      const body = async function* (): AsyncGenerator<string> {
        yield 'one '
        yield 'two'
      }
      const easy = make({ ...USER, httpAuth: ['digest'], httpVersion, body: () => body() })
      expect((await easy.perform()).status).toBe(200)
      expect(seen.at(-1)!.body).toBe('one two')
    })
  })

  // CVE-2026-11856: the nonce of one origin is none of another's business.
  test('what one origin said is not told to another, nor under another name', async () => {
    await play(digestServer(), async (make, seen) => {
      const easy = make({ ...USER, httpAuth: ['digest'], httpVersion })
      await easy.perform()
      easy.set({ url: 'http://b.test/' })
      await easy.perform()
      easy.set({ url: 'http://a.test/', username: 'eve' })
      await easy.perform()
      expect(seen.map(({ authorization }) => authorization !== undefined)).toEqual([
        false,
        true,
        false,
        true,
        false,
        true,
      ])
    })
  })

  test('a redirect elsewhere takes no credentials along, one at home goes on with the nonce', async () => {
    await play(
      (exchange) => {
        const { target, fields } = exchange.request
        if (!fields.has('authorization') && target !== '/else') {
          exchange.respond({
            status: 401,
            headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="1", qop=auth' },
          })
        } else if (target === '/x?y') exchange.respond({ status: 302, headers: { Location: '/home' } })
        else if (target === '/home')
          exchange.respond({ status: 302, headers: { Location: 'http://b.test/else' } })
        else exchange.respond({ body: 'done' })
      },
      async (make, seen) => {
        const easy = make({ ...USER, httpAuth: ['digest'], httpVersion, followLocation: true })
        expect((await easy.perform()).text()).toBe('done')
        expect(
          seen.map(({ path, authorization }) => [path, authorization?.replace(/.*(nc=\d+).*/, '$1')]),
        ).toEqual([
          ['/x?y', undefined],
          ['/x?y', 'nc=00000001'],
          ['/home', 'nc=00000002'],
          ['/else', undefined],
        ])
      },
    )
  })

  test('AWS Signature Version 4 signs what is sent', async () => {
    await play(
      (exchange) => exchange.respond({ body: 'ok' }),
      async (make, seen) => {
        const easy = make({
          username: 'AKID',
          password: 'secret',
          awsSigv4: 'aws:amz:eu-west-1:service',
          httpVersion,
          body: 'x',
        })
        await easy.perform()
        expect(seen[0]!.authorization).toMatch(
          /^AWS4-HMAC-SHA256 Credential=AKID\/20260101\/eu-west-1\/service\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
        )
      },
    )
  })

  test('a netrc file gives name and password for its hosts, after redirects too', async () => {
    await play(
      (exchange) =>
        exchange.request.target === '/x?y'
          ? exchange.respond({ status: 302, headers: { Location: 'http://b.test/else' } })
          : exchange.respond({ body: 'ok' }),
      async (make, seen, world) => {
        await world.environment.stateFiles.update(
          '/netrc',
          () => 'machine a.test login ann password a\nmachine b.test login bob password b\n',
        )
        const easy = make({ netrc: 'optional', netrcFile: '/netrc', followLocation: true, httpVersion })
        await easy.perform()
        expect(seen.map(({ authorization }) => atob(authorization!.slice(6)))).toEqual(['ann:a', 'bob:b'])
      },
    )
  })

  test('a netrc file that must be there and is not, is told of before anything is sent', async () => {
    await play(
      (exchange) => exchange.respond({ body: 'ok' }),
      async (make, seen) => {
        const easy = make({ netrc: 'required', netrcFile: '/nowhere', httpVersion })
        const error: TransferError = await easy.perform().then(
          () => expect.unreachable(),
          (reason: TransferError) => reason,
        )
        expect([error.code, error.message]).toEqual(['READ_ERROR', 'there is no netrc file /nowhere'])
        expect(seen).toEqual([])
      },
    )
  })

  test('cancelled at any moment of a challenge, nothing is left', async () => {
    for (let step = 0; step < 12; step += 1) {
      await play(digestServer(), async (make, _seen, world) => {
        const easy = make({ ...USER, httpAuth: ['digest'], httpVersion, body: 'the body' })
        let events = 0
        const done = easy.perform().then(
          () => 'done',
          (error: TransferError) => error.code,
        )
        for (; events < step; events += 1) await world.sleep(0.25)
        easy.abort()
        expect(['done', 'ABORTED_BY_CALLBACK']).toContain(await done)
        easy.set({ body: undefined })
        expect((await easy.perform()).status).toBe(200)
      })
    }
  })
})

// ---- What authenticates connections (HTTP/1.1 only) -------------------------------------------------

const TYPE_2 = 'TlRMTVNTUAACAAAADAAMADgAAAABAgIAASNFZ4mrze8AAAAAAAAAAAAAAABEAAAABgBwFwAAAA9TAGUAcgB2AGUAcgA='

/** A server that authenticates connections by the form of NTLM, as IIS does: what is asked on one afterwards is welcome. */
function ntlmServer(): (exchange: SimExchange) => void {
  const known = new Map<number, string>()
  return (exchange) => {
    const { id } = exchange.connection
    const given = exchange.request.fields.first('authorization')?.slice(5)
    const type = given === undefined ? 0 : atob(given).charCodeAt(8)
    if (type === 3) known.set(id, atob(given!).replaceAll('\0', '').includes('ada') ? 'ada' : 'eve')
    if (type === 1) {
      exchange.respond({ status: 401, headers: { 'WWW-Authenticate': `NTLM ${TYPE_2}` }, body: 'go on' })
    } else if (known.has(id)) exchange.respond({ body: `hello ${known.get(id)}` })
    else exchange.respond({ status: 401, headers: { 'WWW-Authenticate': 'NTLM' }, body: 'who?' })
  }
}

describe('NTLM', () => {
  test('authenticates a connection, which then serves this user without a word', async () => {
    await play(ntlmServer(), async (make, seen) => {
      const easy = make({ ...USER, httpAuth: ['ntlm'] })
      expect((await easy.perform()).text()).toBe('hello ada')
      expect((await easy.perform()).text()).toBe('hello ada')
      expect(seen.map(({ connection, authorization }) => [connection, authorization !== undefined])).toEqual([
        [1, true],
        [1, true],
        [1, false],
      ])
      expect(easy.info!.connRequests).toBe(3)
    })
  })

  test('a connection of one user serves no other, and the verdict says why without names', async () => {
    await play(ntlmServer(), async (make, seen, world) => {
      await using multi = new Multi({ environment: world.environment })
      const ada = make({ ...USER, httpAuth: ['ntlm'] })
      const eve = make({ username: 'eve', password: 'x', httpAuth: ['ntlm'] })
      const nobody = make({})
      expect((await multi.add(ada)).text()).toBe('hello ada')
      expect((await multi.add(eve)).text()).toBe('hello eve')
      expect((await multi.add(nobody)).status).toBe(401)
      expect(new Set(seen.map(({ connection }) => connection)).size).toBe(3)
      const verdict = JSON.stringify(nobody.info!.verdict)
      expect(verdict).toContain('"code":"login"')
      expect(verdict).not.toMatch(/ada|eve|love/)
    })
  })

  test('with several schemes it is taken when offered, on the connection that offered it', async () => {
    await play(ntlmServer(), async (make, seen) => {
      const easy = make({ ...USER, httpAuth: ['any'] })
      expect((await easy.perform()).text()).toBe('hello ada')
      expect(seen.map(({ connection }) => connection)).toEqual([1, 1, 1])
    })
  })

  test('a wrong answer is a refusal, delivered', async () => {
    await play(
      (exchange) => exchange.respond({ status: 401, headers: { 'WWW-Authenticate': 'NTLM' }, body: 'no' }),
      async (make, seen) => {
        const result = await make({ ...USER, httpAuth: ['ntlm'] }).perform()
        expect([result.status, result.text()]).toEqual([401, 'no'])
        expect(seen).toHaveLength(1)
      },
    )
  })

  test('a server that closes after its challenge is tried once more, and then believed', async () => {
    await play(
      (exchange) =>
        exchange.respond({
          status: 401,
          headers: { 'WWW-Authenticate': `NTLM ${TYPE_2}`, Connection: 'close' },
          body: 'no',
        }),
      async (make, seen) => {
        const result = await make({ ...USER, httpAuth: ['ntlm'] }).perform()
        expect(result.status).toBe(401)
        expect(seen.length).toBeLessThanOrEqual(3)
      },
    )
  })

  test('goes over HTTP/1.1 though HTTP/2 was to be had', async () => {
    const { value } = await simulate(1, async (world) => {
      world.origin('https://a.test', ntlmServer(), { http2: true })
      const easy = new Easy({
        environment: world.environment,
        url: 'https://a.test/',
        sslVerifyPeer: false,
        ...USER,
        httpAuth: ['ntlm'],
      })
      const result = await easy.perform()
      return [result.text(), easy.info!.alpn]
    })
    expect(value).toEqual(['hello ada', 'http/1.1'])
  })
})

describe('Negotiate', () => {
  test('is not built in without a function', async () => {
    await play(
      (exchange) => exchange.respond(),
      async (make, seen) => {
        await expect(make({ ...USER, httpAuth: ['negotiate'] }).perform()).rejects.toMatchObject({
          code: 'NOT_BUILT_IN',
        })
        expect(seen).toEqual([])
      },
    )
  })

  const server = (exchange: SimExchange): void => {
    const given = exchange.request.fields.first('authorization')
    if (given === `Negotiate ${btoa('first')}`) {
      exchange.respond({ status: 401, headers: { 'WWW-Authenticate': `Negotiate ${btoa('more')}` } })
    } else if (given === `Negotiate ${btoa('second')}`) exchange.respond({ body: 'in' })
    else exchange.respond({ status: 401, headers: { 'WWW-Authenticate': 'Negotiate' } })
  }

  test('sends the tokens that the function makes, at once or later', async () => {
    await play(server, async (make, seen) => {
      const asked: (readonly [string, string, string | undefined])[] = []
      const easy = make({
        httpAuth: ['negotiate'],
        negotiateFunction: async ({ host, service, challenge }) => {
          asked.push([host, service, challenge && new TextDecoder().decode(challenge)])
          return new TextEncoder().encode(challenge === undefined ? 'first' : 'second')
        },
      })
      expect((await easy.perform()).text()).toBe('in')
      expect(asked).toEqual([
        ['a.test', 'HTTP', undefined],
        ['a.test', 'HTTP', 'more'],
      ])
      expect(seen.map(({ connection }) => connection)).toEqual([1, 1])
    })
  })

  test('a function that throws ends the transfer, and the connection is of use to others', async () => {
    await play(server, async (make) => {
      const easy = make({
        httpAuth: ['negotiate'],
        negotiateFunction: () => Promise.reject(new Error('no ticket')),
      })
      await expect(easy.perform()).rejects.toMatchObject({
        code: 'AUTH_ERROR',
        message: expect.stringContaining('no ticket'),
      })
      expect(easy.explain().outcome).toBe('reused')
    })
  })
})

test('connections die in the middle of a handshake, and nothing hangs', async () => {
  await play(
    (exchange, seen) => {
      if (seen.length === 2) exchange.connection.reset()
      else ntlmServer()(exchange)
    },
    async (make) => {
      await expect(make({ ...USER, httpAuth: ['ntlm'] }).perform()).resolves.toBeDefined()
    },
  )
})
