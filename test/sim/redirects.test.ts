/** Redirects (RFC 9110 section 15.4; libcurl's CURLOPT_FOLLOWLOCATION and what belongs to it), over both versions. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, ResponseHead, TransferError } from '@trunkline/core'
import { simulate, type SimHandler, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

interface Seen {
  readonly line: string
  readonly fields: Record<string, string | string[]>
  readonly body: string
}

interface Scene {
  readonly url?: string
  readonly options?: EasyOptions
  /** Location by path at a.test; `STATUS URL`. */
  readonly locations: Readonly<Record<string, string>>
}

const VERSIONS = ['1.1', '2-prior-knowledge'] as const

/** Follows from http://a.test/start, to a.test and b.test, and tells what each was asked. */
async function follow(
  { url = 'http://a.test/start', options = {}, locations }: Scene,
  httpVersion: (typeof VERSIONS)[number] = '1.1',
): Promise<{ status: number | string; text: string; seen: Seen[]; easy: Easy; message: string }> {
  const { value } = await simulate(1, async (world: SimWorld) => {
    const seen: Seen[] = []
    const handler =
      (host: string): SimHandler =>
      async (exchange) => {
        const { method, target, fields } = exchange.request
        const body = new TextDecoder('latin1').decode(await exchange.body())
        seen.push({ line: `${method} ${host}${target}`, fields: fields.toObject(), body })
        const [status, ...rest] = (locations[target] ?? '').split(' ')
        if (status === '') exchange.respond({ body: `${host}${target}` })
        else
          exchange.respond({ status: Number(status), headers: { Location: rest.join(' ') }, body: 'moved' })
      }
    for (const host of ['a.test', 'b.test', 'a.test:8080'])
      world.origin(`http://${host}`, handler(host), { http2: true })
    const easy = new Easy({
      url,
      followLocation: true,
      httpVersion,
      environment: world.environment,
      ...options,
    })
    const told = await easy.perform().then(
      (result) => ({ status: result.status, text: result.text(), message: '' }),
      (error: TransferError) => ({ status: error.code, text: '', message: error.message }),
    )
    return { ...told, seen, easy }
  })
  return value
}

describe.each(VERSIONS)('over HTTP/%s', (version) => {
  test('a chain is followed, and info tells of it', async () => {
    const { status, text, seen, easy } = await follow(
      { locations: { '/start': '301 /one', '/one': '302 http://b.test/two?x=1#y', '/two?x=1': '307 three' } },
      version,
    )
    expect([status, text]).toEqual([200, 'b.test/three'])
    expect(seen.map(({ line }) => line)).toEqual([
      'GET a.test/start',
      'GET a.test/one',
      'GET b.test/two?x=1',
      'GET b.test/three',
    ])
    const info = easy.info!
    expect([info.redirectCount, info.effectiveUrl, info.responseCode]).toEqual([
      3,
      'http://b.test/three',
      200,
    ])
    expect(info.redirectTimeUs).toBeGreaterThan(0)
    expect(info.redirectTimeUs).toBeLessThan(info.totalTimeUs)
  })

  test('one connection serves the whole chain of an origin', async () => {
    const { easy } = await follow({ locations: { '/start': '301 /one', '/one': '301 /two' } }, version)
    expect([easy.info!.numConnects, easy.info!.connRequests]).toEqual([1, 3])
  })

  test.each([
    [301, 'POST', {}, 'GET'],
    [302, 'POST', {}, 'GET'],
    [303, 'POST', {}, 'GET'],
    [307, 'POST', {}, 'POST'],
    [308, 'POST', {}, 'POST'],
    [301, 'POST', { post301: true }, 'POST'],
    [302, 'POST', { post302: true }, 'POST'],
    [303, 'POST', { post303: true }, 'POST'],
    [303, 'PUT', {}, 'GET'],
    [301, 'PUT', {}, 'PUT'],
    [303, 'HEAD', {}, 'HEAD'],
    [301, 'DELETE', {}, 'DELETE'],
  ] as const)('%i after %s with %j asks by %s', async (status, method, options, expected) => {
    const body = method === 'POST' || method === 'PUT' ? 'the body' : undefined
    const { seen } = await follow(
      {
        locations: { '/start': `${status} /end` },
        options: {
          method,
          ...options,
          ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'text/x' } }),
        },
      },
      version,
    )
    const kept = expected === method && body !== undefined
    expect(seen.map(({ line }) => line)).toEqual([`${method} a.test/start`, `${expected} a.test/end`])
    expect(seen[1]!.body).toBe(kept ? body : '')
    expect(seen[1]!.fields['content-type']).toBe(kept ? 'text/x' : undefined)
    expect(seen[1]!.fields['content-length']).toBe(kept ? String(body.length) : undefined)
  })

  // CVE-2018-1000007, CVE-2022-27774, CVE-2022-27776: host, port and scheme all count.
  test.each([
    ['another host', 'http://b.test/end'],
    ['another port', 'http://a.test:8080/end'],
  ])('what belongs to an origin does not go to %s', async (_what, to) => {
    const options: EasyOptions = {
      headers: { Authorization: 'Custom secret', Cookie: 'a=1', Host: 'front.test', 'X-Kept': 'yes' },
    }
    const { seen } = await follow({ locations: { '/start': `302 ${to}` }, options }, version)
    expect(seen[0]!.fields).toMatchObject({
      authorization: 'Custom secret',
      cookie: 'a=1',
      host: 'front.test',
    })
    expect(seen[1]!.fields['authorization']).toBeUndefined()
    expect(seen[1]!.fields['cookie']).toBeUndefined()
    expect(seen[1]!.fields['host']).toBe(new URL(to).host)
    expect(seen[1]!.fields['x-kept']).toBe('yes')
  })

  test('it comes back to its own origin, though the way led elsewhere', async () => {
    const { seen } = await follow(
      {
        url: 'http://me:pass@a.test/start',
        locations: { '/start': '302 http://b.test/mid', '/mid': '302 http://a.test/end' },
      },
      version,
    )
    const login = `Basic ${btoa('me:pass')}`
    expect(seen.map(({ fields }) => fields['authorization'])).toEqual([login, undefined, login])
  })

  test('user and password of the options stay behind', async () => {
    const { seen } = await follow(
      { locations: { '/start': '302 http://b.test/end' }, options: { username: 'me', password: 'pass' } },
      version,
    )
    expect(seen.map(({ fields }) => fields['authorization'])).toEqual([`Basic ${btoa('me:pass')}`, undefined])
  })

  // CVE-2025-14524: a token is for its origin, whatever the redirect leads to.
  test('a bearer token goes to its own origin only', async () => {
    const { seen } = await follow(
      {
        locations: { '/start': '302 /same', '/same': '302 http://a.test:8080/end' },
        options: { xoauth2Bearer: 'mF_9.B5f-4.1JqM', username: 'me', password: 'pass' },
      },
      version,
    )
    expect(seen.map(({ fields }) => fields['authorization'])).toEqual([
      'Bearer mF_9.B5f-4.1JqM',
      'Bearer mF_9.B5f-4.1JqM',
      undefined,
    ])
  })

  test('unrestrictedAuth sends it anywhere', async () => {
    const { seen } = await follow(
      {
        locations: { '/start': '302 http://b.test/end' },
        options: { unrestrictedAuth: true, username: 'me', password: 'pass' },
      },
      version,
    )
    expect(seen[1]!.fields['authorization']).toBe(`Basic ${btoa('me:pass')}`)
  })
})

describe('limits and refusals', () => {
  test.each([
    [0, 0],
    [2, 2],
  ])('maxRedirs %i follows %i', async (maxRedirs, followed) => {
    const { status, seen, message } = await follow({
      locations: { '/start': '302 /start' },
      options: { maxRedirs },
    })
    expect(status).toBe('TOO_MANY_REDIRECTS')
    expect(message).toContain(`more than ${maxRedirs} redirects`)
    expect(seen).toHaveLength(followed + 1)
  })

  test('thirty by default', async () => {
    const { status, seen } = await follow({ locations: { '/start': '302 /start' } })
    expect([status, seen.length]).toEqual(['TOO_MANY_REDIRECTS', 31])
  })

  test.each([
    ['file:///etc/passwd', 'UNSUPPORTED_PROTOCOL'],
    ['gopher://a.test/', 'UNSUPPORTED_PROTOCOL'],
    ['http://', 'URL_MALFORMAT'],
    ['http://a.test:99999/', 'URL_MALFORMAT'],
  ])('a redirect to %s is refused', async (to, code) => {
    const { status, seen } = await follow({ locations: { '/start': `302 ${to}` } })
    expect([status, seen.length]).toEqual([code, 1])
  })

  test('redirProtocols says where one may lead', async () => {
    const { status, message } = await follow({
      locations: { '/start': '302 http://b.test/' },
      options: { redirProtocols: ['https'] },
    })
    expect(status).toBe('UNSUPPORTED_PROTOCOL')
    expect(message).toContain('redirProtocols')
  })

  test.each([
    ['304 /end', 304],
    ['200 /end', 200],
    ['302 ', 302],
  ])('%j is no redirect', async (location, status) => {
    expect(await follow({ locations: { '/start': location } })).toMatchObject({ status })
  })

  test('without the option it is an answer like any other', async () => {
    const { status, text, easy } = await follow({
      locations: { '/start': '302 /end' },
      options: { followLocation: false },
    })
    expect([status, text, easy.info!.redirectUrl]).toEqual([302, 'moved', 'http://a.test/end'])
  })

  test('a body that cannot be read again is not sent on', async () => {
    async function* once(): AsyncGenerator<string> {
      yield 'the body'
    }
    const { status } = await follow({ locations: { '/start': '307 /end' }, options: { body: once() } })
    expect(status).toBe('SEND_FAIL_REWIND')
  })
})

describe('the small print', () => {
  test.each([
    ['a b', '/a%20b'],
    ['\u00c3\u00a9', '/%C3%A9'],
    ['//b.test/x', '/x'],
    ['?q=1', '/start?q=1'],
    ['../up', '/up'],
  ])('Location %j leads to %s', async (location, target) => {
    const { seen } = await follow({ locations: { '/start': `302 ${location}` } })
    expect(seen[1]!.line.endsWith(target)).toBe(true)
  })

  // CVE-2021-22876.
  test('autoReferer tells the URL before, without credentials and fragment', async () => {
    const { seen } = await follow({
      url: 'http://me:pass@a.test/start?q#frag',
      locations: { '/start?q': '302 http://b.test/mid', '/mid': '302 /end' },
      options: { autoReferer: true, referer: 'http://first.test/' },
    })
    expect(seen.map(({ fields }) => fields['referer'])).toEqual([
      'http://first.test/',
      'http://a.test/start?q',
      'http://b.test/mid',
    ])
  })

  test('heads of redirects go to the header function, their bodies to nobody', async () => {
    const heads: (readonly [number, boolean])[] = []
    const pieces: string[] = []
    await follow({
      locations: { '/start': '302 /end' },
      options: {
        headerFunction: (head: ResponseHead, final: boolean) => void heads.push([head.status, final]),
        writeFunction: (bytes) => void pieces.push(new TextDecoder().decode(bytes)),
      },
    })
    expect(heads).toEqual([
      [302, false],
      [200, true],
    ])
    expect(pieces.join('')).toBe('a.test/end')
  })
})
