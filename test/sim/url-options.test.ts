/** Options that say how URLs are read and what is asked for, over both versions. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'

interface Told {
  readonly status: number | string
  readonly asked: readonly string[]
  readonly effectiveUrl: string
}

async function ask(options: EasyOptions, locations: Readonly<Record<string, string>> = {}): Promise<Told> {
  const { value } = await simulate(1, async (world) => {
    const asked: string[] = []
    for (const where of [
      'http://a.test',
      'http://a.test:8080',
      'http://xn--fa-hia.test',
      'http://127.0.0.1',
    ]) {
      world.origin(
        where,
        (exchange) => {
          const { request } = exchange
          asked.push(`${request.method} ${request.fields.first('host')} ${request.target}`)
          const location = locations[request.target]
          exchange.respond(location === undefined ? {} : { status: 302, headers: { Location: location } })
        },
        { http2: true },
      )
    }
    await using easy = new Easy({ environment: world.environment, ...options })
    const status = await easy.perform().then(
      (result) => result.status,
      (error: TransferError) => error.code,
    )
    return { status, asked, effectiveUrl: easy.info?.effectiveUrl ?? '' }
  })
  return value
}

describe.each(['1.1', '2-prior-knowledge'] as const)('over HTTP/%s', (httpVersion) => {
  test.each<readonly [EasyOptions, string]>([
    [{ url: 'a.test' }, 'GET a.test /'],
    [{ url: 'a.test:8080/x?y#z' }, 'GET a.test:8080 /x?y'],
    [{ url: 'A.test:80/' }, 'GET a.test /'],
    [{ url: 'http:/a.test/' }, 'GET a.test /'],
    [{ url: 'a.test', defaultProtocol: 'http' }, 'GET a.test /'],
    [{ url: 'fa\u00df.test/\u00e4?\u00f6' }, 'GET xn--fa-hia.test /%C3%A4?%C3%B6'],
    [{ url: '0x7f.1/' }, 'GET 127.0.0.1 /'],
    [{ url: 'http://a.test/x/../y/./z' }, 'GET a.test /y/z'],
    [{ url: 'http://a.test/x/../y/./z', pathAsIs: true }, 'GET a.test /x/../y/./z'],
    [{ url: 'http://a.test/{x}|"<>^`' }, 'GET a.test /{x}|"<>^`'],
    [{ url: 'http://a.test/?' }, 'GET a.test /?'],
    [{ url: 'http://a.test/x', requestTarget: '*', method: 'OPTIONS' }, 'OPTIONS a.test *'],
    [{ url: 'http://a.test/x', requestTarget: '/y?z' }, 'GET a.test /y?z'],
  ])('%j asks %s', async (options, expected) => {
    expect((await ask({ ...options, httpVersion })).asked).toEqual([expected])
  })

  test('a redirect leads to its own target, its path as it is where that is wanted', async () => {
    const locations = { '/own': '/x/../end', '/x/../end': 'next/./one' }
    const options = { url: 'http://a.test/y', requestTarget: '/own', followLocation: true, httpVersion }
    expect((await ask(options, locations)).asked).toEqual(['GET a.test /own', 'GET a.test /end'])
    expect((await ask({ ...options, pathAsIs: true }, locations)).asked).toEqual([
      'GET a.test /own',
      // curl takes the dots out of paths that redirects give.
      'GET a.test /end',
    ])
  })

  test('a blank in a Location is %20 in its path and + in its query', async () => {
    const { asked, effectiveUrl } = await ask(
      { url: 'a.test', followLocation: true, httpVersion },
      { '/': 'x y?z w#a b' },
    )
    expect(asked).toEqual(['GET a.test /', 'GET a.test /x%20y?z+w'])
    expect(effectiveUrl).toBe('http://a.test/x%20y?z+w')
  })

  test.each<readonly [string, string, string]>([
    ['Fa\u00df.test/x', '', 'http://fa\u00df.test/x'],
    ['http://u:p@fa%C3%9F.test:80', '', 'http://fa\u00df.test/'],
    ['fa\u00df.test/x/y', 'z?q', 'http://fa\u00df.test/x/z?q'],
    ['a.test/', 'http://fa\u00c3\u009f.test/z', 'http://fa\u00df.test/z'],
    ['http://xn--fa-hia.test/', '', 'http://xn--fa-hia.test/'],
    ['fa\u00df.test/', 'http://a.test/z', 'http://a.test/z'],
  ])('%s and %j end at %s, whatever name is looked up', async (url, location, effectiveUrl) => {
    const locations = location === '' ? {} : { '/': location, '/x/y': location }
    const told = await ask({ url, followLocation: true, httpVersion }, locations)
    expect([told.status, told.effectiveUrl]).toEqual([200, effectiveUrl])
    expect(told.asked[0]).toContain(url.startsWith('a.test') ? ' a.test' : ' xn--fa-hia.test')
  })

  test.each<readonly [EasyOptions, string, number]>([
    [{ url: 'ftp.a.test' }, 'UNSUPPORTED_PROTOCOL', 0],
    [{ url: 'a.test', defaultProtocol: 'ftp' }, 'UNSUPPORTED_PROTOCOL', 0],
    [{ url: 'a.test', protocols: ['https'] }, 'UNSUPPORTED_PROTOCOL', 0],
    [{ url: 'http://me:pass@a.test/', disallowUsernameInUrl: true }, 'LOGIN_DENIED', 0],
    [{ url: 'a.test/login', disallowUsernameInUrl: true, followLocation: true }, 'LOGIN_DENIED', 1],
    [{ url: 'a.test/https', protocols: ['http'], followLocation: true }, 'UNSUPPORTED_PROTOCOL', 1],
    [{ url: 'a.test/tel', followLocation: true }, 'UNSUPPORTED_PROTOCOL', 1],
    [{ url: 'a.test/bad', followLocation: true }, 'URL_MALFORMAT', 1],
  ])('%j is refused with %s', async (options, code, requests) => {
    const locations = {
      '/login': 'http://me:pass@a.test/',
      '/https': 'https://a.test/',
      '/tel': 'tel:123',
      '/bad': 'http://a b/',
    }
    const { status, asked } = await ask({ ...options, httpVersion }, locations)
    expect([status, asked.length]).toEqual([code, requests])
  })
})

test.each([
  ['1.1', ['Host:'], undefined],
  ['2-prior-knowledge', ['Host:'], 'a.test:8080'],
  ['2-prior-knowledge', ['Host;'], 'a.test:8080'],
  ['2-prior-knowledge', ['Host: other.test'], 'other.test'],
] as const)('over HTTP/%s %j leaves the host %s', async (httpVersion, headers, host) => {
  const { asked } = await ask({ url: 'http://a.test:8080/x', httpVersion, headers })
  // RFC 9113 8.3.1: a request for http or https says where it goes.
  expect(asked).toEqual([`GET ${host} /x`])
})

test('a zone is part of the way, and not of the request', async () => {
  const { value } = await simulate(1, async (world) => {
    const asked: string[] = []
    world.network.listen('fe80::1%eth0', 80, () => asked.push('connected'))
    await using easy = new Easy({
      url: 'http://[fe80::1%25eth0]/x',
      connectTimeoutMs: 100,
      firstByteTimeoutMs: 100,
      environment: world.environment,
    })
    await easy.perform().catch(() => undefined)
    const { text } = easy.handle.plan().request
    return {
      to: world.network.dials.map(({ to }) => (to.family === 'unix' ? '' : to.address)),
      text,
      url: easy.info!.effectiveUrl,
    }
  })
  expect(value.to).toEqual(['fe80::1%eth0'])
  expect(value.text).toContain('Host: [fe80::1]\r\n')
  expect(value.url).toBe('http://[fe80::1%25eth0]/x')
})
