/** What went wrong elsewhere with URLs and names, and does not here: one test for each number. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate } from '@trunkline/core/sim'
import { CurlUrl, Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { readAnswer } from '../../packages/core/src/dns/dns-message.ts'
import { parseUrl, resolveUrl } from '../../packages/core/src/http/origin.ts'
import { OptionSet } from '../../packages/core/src/options/option-set.ts'
import { makeIdentity } from '../../packages/core/src/route/identity.ts'
import { EASY_OPTIONS } from '../../packages/core/src/tables/option-table.ts'
import { dnsAnswer } from '../support/dns-answer.ts'

interface Seen {
  /** The body, or code and message. */
  readonly told: string
  /** What servers were asked. */
  readonly asked: readonly string[]
  readonly lookups: number
}

/** One transfer in a world where good.test and evil.test listen. */
async function transfer(
  options: EasyOptions,
  locations: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const { value } = await simulate(1, async (world) => {
    const asked: string[] = []
    for (const host of ['good.test', 'evil.test', '127.0.0.1']) {
      world.origin(
        `http://${host}`,
        (exchange) => {
          const { request } = exchange
          asked.push(`${request.method} ${host}${request.target}`)
          const location = host === 'good.test' ? locations[request.target] : undefined
          exchange.respond(
            location === undefined ? { body: host } : { status: 302, headers: { Location: location } },
          )
        },
        { http2: true },
      )
    }
    // What an option may not hold is refused when it is set.
    const run = async (): Promise<string> => {
      await using easy = new Easy({ environment: world.environment, ...options })
      return (await easy.perform()).text()
    }
    const told = await run().catch((error: TransferError) => `${error.code} ${error.message}`)
    return { told, asked, lookups: world.network.lookups }
  })
  return value
}

describe.each(['1.1', '2-prior-knowledge'] as const)('over HTTP/%s', (httpVersion) => {
  test.each([
    'http://good.test/\r\nX: y',
    'http://good.test/?a\nb',
    'http://good.test/#\0',
    'http://good.test\t/',
    'http://u\r@good.test/',
    ' http://good.test/',
    'http://good.test/ ',
  ])('CVE-2012-0036: %j is refused', async (url) => {
    const { told, asked, lookups } = await transfer({ url, httpVersion })
    expect(told).toMatch(/^URL_MALFORMAT /)
    expect([asked, lookups]).toEqual([[], 0])
  })

  test.each<EasyOptions>([
    { url: 'http://good.test/', requestTarget: '/x HTTP/1.1\r\nHost: evil.test' },
    { url: 'http://good.test/', requestTarget: '/a b' },
    { url: 'http://good.test/', requestTarget: '/\u0100' },
    { url: 'http://good.test/', requestTarget: '' },
  ])('CVE-2014-8150: %j puts no line into the head', async (options) => {
    const { told, asked, lookups } = await transfer({ ...options, httpVersion })
    expect(told).toMatch(/^BAD_FUNCTION_ARGUMENT option requestTarget/)
    expect([asked, lookups]).toEqual([[], 0])
  })

  test('CVE-2016-8624: "#" ends the host', async () => {
    const { told, asked } = await transfer({ url: 'http://good.test#@evil.test/x.txt', httpVersion })
    expect([told, asked]).toEqual(['good.test', ['GET good.test/']])
    const query = await transfer({ url: 'http://good.test?@evil.test/', httpVersion })
    expect(query.asked).toEqual(['GET good.test/?@evil.test/'])
  })

  test.each([
    'good.test%2fevil.test',
    'good.test%23.evil.test',
    'good.test%3a80',
    'good%00.test',
    'good.test%5cevil',
    'good.test%40evil.test',
    'good.test\uff0fevil.test',
    'good.test\uff1aevil',
  ])('CVE-2022-27780: %s is no host', async (host) => {
    const { told, asked, lookups } = await transfer({ url: `http://${host}/`, httpVersion })
    expect(told).toMatch(/^URL_MALFORMAT the host .* is refused/)
    expect([asked, lookups]).toEqual([[], 0])
  })

  test('CVE-2024-2004: no protocol is none', async () => {
    const { told, asked, lookups } = await transfer({ url: 'http://good.test/', protocols: [], httpVersion })
    expect(told).toMatch(/^UNSUPPORTED_PROTOCOL .*protocols allows \(none\)/)
    expect([asked, lookups]).toEqual([[], 0])
    const redirected = await transfer(
      {
        url: 'http://good.test/',
        followLocation: true,
        protocols: ['http'],
        redirProtocols: [],
        httpVersion,
      },
      { '/': 'http://evil.test/' },
    )
    expect(redirected.told).toMatch(/^UNSUPPORTED_PROTOCOL/)
    expect(redirected.asked).toEqual(['GET good.test/'])
  })

  test('CVE-2020-8169: a password with "@" reaches no resolver', async () => {
    const { told, asked, lookups } = await transfer({ url: 'http://me:pass@word@good.test/', httpVersion })
    expect(told).toMatch(/^URL_MALFORMAT .*more than one "@"/)
    expect(told).not.toContain('word@')
    expect([asked, lookups]).toEqual([[], 0])
  })

  test('CVE-2022-35949: a path names no host', async () => {
    for (const path of [
      '//evil.test/x',
      '/\\evil.test',
      '/@evil.test/',
      '/:80@evil.test',
      '/http://evil.test/',
    ]) {
      const { asked } = await transfer({ url: `http://good.test${path}`, httpVersion })
      expect(asked).toEqual([`GET good.test${path}`])
    }
    for (const target of ['//evil.test/x', 'http://evil.test/', '@evil.test']) {
      const { asked } = await transfer({ url: 'http://good.test/', requestTarget: target, httpVersion })
      expect(asked).toEqual([`GET good.test${target}`])
    }
  })
})

test('CVE-2022-35949: whatever a path holds, the origin stays', () => {
  const path = fc.string({ unit: fc.constantFrom(...'/\\@:?#.%2eab[];=&evil'), maxLength: 30 })
  const base = parseUrl('https://good.test:8443/a/b?c')
  fc.assert(
    fc.property(path, (text) => {
      expect(parseUrl(`https://good.test:8443/${text}`).origin.text).toBe('https://good.test:8443')
      expect(resolveUrl(base, `/x${text}`).origin.text).toBe('https://good.test:8443')
      expect(resolveUrl(base, `./${text}`).origin.text).toBe('https://good.test:8443')
      const url = new CurlUrl(base.text).set('path', text)
      expect([url.get('host'), url.get('port'), parseUrl(url.get('url')!).origin.text]).toEqual([
        'good.test',
        '8443',
        'https://good.test:8443',
      ])
    }),
    { numRuns: 1_000 },
  )
})

test('CVE-2016-8625: names are mapped by UTS 46, non-transitional', () => {
  const host = (name: string): string => parseUrl(`http://${name}/`).origin.host
  // By IDNA 2003 the first four were strasse, the sigma another one, and the joiners nothing: other names.
  expect(
    [
      'stra\u00dfe.test',
      'STRA\u1e9eE.test',
      'fa\u00df.de',
      '\u03b2\u03cc\u03bb\u03bf\u03c2.com',
      '\u0644\u200c\u0627.test',
    ].map((name) => {
      try {
        return host(name)
      } catch {
        return 'refused'
      }
    }),
  ).toEqual([
    'xn--strae-oqa.test',
    'xn--strae-oqa.test',
    'xn--fa-hia.de',
    'xn--nxasmm1c.com',
    expect.stringMatching(/^(?:refused|xn--.*)$/),
  ])
})

test('CVE-2022-43551: other dots are dots, before anything is looked up by the name', () => {
  for (const dot of ['\u3002', '\uff0e', '\uff61', '%E3%80%82'])
    expect(parseUrl(`https://good${dot}test/`).origin.text).toBe('https://good.test:443')
})

test('CVE-2022-27775: connections of two zones are two', () => {
  const identity = (url: string): string =>
    makeIdentity(new OptionSet(EASY_OPTIONS).snapshot(), parseUrl(url).origin).key
  const keys = ['http://[fe80::1%25eth0]/', 'http://[fe80::1%25eth1]/', 'http://[fe80::1]/'].map(identity)
  expect(new Set(keys).size).toBe(3)
  expect(identity('http://[fe80::1%eth0]/')).toBe(keys[0])
})

test('CVE-2019-5435: what is too long is refused', () => {
  expect(() => new CurlUrl(`http://good.test/${'a'.repeat(8_000_000)}`)).toThrow(/8000017 characters/)
  expect(() => new CurlUrl('http://good.test/').set('query', 'a'.repeat(8_000_001))).toThrow(
    /at most 8000000/,
  )
  expect(() => parseUrl(`http://${'a.'.repeat(200)}test/`)).toThrow(
    /404 characters long; a name has at most 254/,
  )
})

test('every spelling of an address is that address, for whoever looks whether it may be asked', async () => {
  for (const spelling of [
    '127.0.0.1',
    '127.1',
    '0x7f.0.0.1',
    '0177.1',
    '2130706433',
    '0x7f000001',
    '127.0.0.1.',
    '%31%32%37.0.0.1',
    '\u2460\u2461\u2466.1',
  ]) {
    const { told, lookups } = await transfer({ url: `http://${spelling}/` })
    expect([spelling, told, lookups]).toEqual([spelling, '127.0.0.1', 0])
  }
})

test('CVE-2008-1447: an answer that is for another question, or brings more than asked, is no use', () => {
  const evil = { name: 'evil.test', type: 'A', ttlS: 60, data: [10, 6, 6, 6] } as const
  expect(readAnswer(dnsAnswer('good.test', 'A', [evil]), 'good.test', 'A').addresses).toEqual([])
  expect(() => readAnswer(dnsAnswer('evil.test', 'A', [evil]), 'good.test', 'A')).toThrow(/another question/)
})

test('RFC 7686: no name server hears of .onion names, by no way of asking', async () => {
  const { value } = await simulate(1, async (world) => {
    const asked: string[] = []
    world.origin('https://dns.test', ({ request }) => void asked.push(request.target), { http2: true })
    await using multi = new Multi({ environment: world.environment })
    const ways: EasyOptions[] = [{}, { dohUrl: 'https://dns.test/' }, { dnsServers: ['192.0.2.53'] }]
    const codes: string[] = []
    for (const way of ways) {
      const easy = new Easy({ url: 'http://abc.onion/', ...way, environment: world.environment })
      codes.push(
        await multi.add(easy).then(
          () => 'found',
          (error: TransferError) => error.code,
        ),
      )
    }
    return { codes, asked, lookups: world.network.lookups }
  })
  expect(value).toEqual({
    codes: Array.from({ length: 3 }, () => 'COULDNT_RESOLVE_HOST'),
    asked: [],
    lookups: 0,
  })
})
