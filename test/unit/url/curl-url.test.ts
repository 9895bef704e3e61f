/** The URL API: parts read and set one by one, as curl_url_get and curl_url_set have it. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CurlUrl,
  type UrlGetFlags,
  type UrlPart,
  type UrlSetFlags,
} from '../../../packages/easy/src/index.ts'

const START = 'http://h:81/p?q=1#f'

describe('get', () => {
  const FULL = new CurlUrl('http://u%20x:p%40@R\u00e4k.se:80/a%20b?c+d=%C3%A9#f%2F')
  test.each<readonly [UrlPart, UrlGetFlags, string | undefined]>([
    ['url', {}, 'http://u%20x:p%40@r\u00e4k.se:80/a%20b?c+d=%C3%A9#f%2F'],
    ['url', { punycode: true, noDefaultPort: true }, 'http://u%20x:p%40@xn--rk-via.se/a%20b?c+d=%C3%A9#f%2F'],
    ['url', { urlencode: true }, 'http://u%20x:p%40@r%C3%A4k.se:80/a%20b?c+d=%C3%A9#f%2F'],
    ['host', {}, 'r\u00e4k.se'],
    ['host', { punycode: true }, 'xn--rk-via.se'],
    ['user', { urldecode: true }, 'u x'],
    ['password', {}, 'p%40'],
    ['password', { urldecode: true }, 'p@'],
    ['options', {}, undefined],
    ['zoneid', {}, undefined],
    ['port', {}, '80'],
    ['port', { noDefaultPort: true }, undefined],
    ['path', { urldecode: true }, '/a b'],
    ['query', { urldecode: true }, 'c d=\u00e9'],
    ['fragment', { urldecode: true }, 'f/'],
  ])('%s %j is %s', (part, flags, value) => {
    expect(FULL.get(part, flags)).toBe(value)
  })

  test('what was not written', () => {
    const url = new CurlUrl('ftp.a.test?', { guessScheme: true })
    expect([url.get('scheme'), url.get('scheme', { noGuessScheme: true })]).toEqual(['ftp', undefined])
    expect([url.get('url'), url.get('url', { noGuessScheme: true })]).toEqual([
      'ftp://ftp.a.test/',
      'ftp.a.test/',
    ])
    expect([url.get('port'), url.get('port', { defaultPort: true })]).toEqual([undefined, '21'])
    expect([url.get('query'), url.get('query', { getEmpty: true })]).toEqual([undefined, ''])
    expect(url.get('url', { getEmpty: true, defaultPort: true })).toBe('ftp://ftp.a.test:21/?')
    expect(url.set('scheme', 'https').get('scheme', { noGuessScheme: true })).toBe('https')
  })

  test('punycode is shown as it reads', () => {
    const show = (host: string): string | undefined =>
      new CurlUrl(`http://${host}/`).get('host', { puny2idn: true })
    expect([show('xn--rksmrgs-5wao1o.se'), show('plain.test'), show('xn--zca.de')]).toEqual([
      'r\u00e4ksm\u00f6rg\u00e5s.se',
      'plain.test',
      '\u00df.de',
    ])
    // RFC 3492 7.1 (B) and (L).
    expect(show('xn--ihqwcrb4cv8a8dqg056pqjye.test')).toBe(
      '\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587.test',
    )
    expect(show('xn--3B-ww4c5e180e575a65lsy2b.test')).toBe('3\u5e74b\u7d44\u91d1\u516b\u5148\u751f.test')
  })

  test('what cannot be given out', () => {
    expect(() => new CurlUrl('http://a/%01').get('path', { urldecode: true })).toThrow(
      expect.objectContaining({ details: { part: 'path', urlCode: 'CURLUE_URLDECODE' } }),
    )
    expect(() => new CurlUrl('http://a/?%ff').get('query', { urldecode: true })).toThrow(/UTF-8/)
    expect(() => new CurlUrl().get('url')).toThrow(expect.objectContaining({ code: 'URL_MALFORMAT' }))
    expect(() => new CurlUrl(START).get('nonsense' as UrlPart)).toThrow(
      expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }),
    )
  })
})

describe('set', () => {
  test.each<readonly [UrlPart, string | undefined, UrlSetFlags, string]>([
    ['path', 'x', {}, 'http://h:81/x?q=1#f'],
    ['path', 'a b?c#d%', { urlencode: true }, 'http://h:81/a%20b%3Fc%23d%25?q=1#f'],
    ['path', "/!$&'(){}[]*+,;=:@", { urlencode: true }, "http://h:81/!$&'(){}[]*+,;=:@?q=1#f"],
    ['path', 'a?b#c', {}, 'http://h:81/a%3Fb%23c?q=1#f'],
    ['query', 'a=b&c d+e', { urlencode: true }, 'http://h:81/p?a%3Db%26c+d%2Be#f'],
    ['query', 'n=o=p q', { urlencode: true, appendQuery: true }, 'http://h:81/p?q=1&n=o%3Dp+q#f'],
    ['query', 'n=o', { appendQuery: true }, 'http://h:81/p?q=1&n=o#f'],
    ['query', 'a#b', {}, 'http://h:81/p?a%23b#f'],
    ['query', undefined, {}, 'http://h:81/p#f'],
    ['fragment', 'x y', { urlencode: true }, 'http://h:81/p?q=1#x%20y'],
    ['fragment', undefined, {}, 'http://h:81/p?q=1'],
    ['user', 'a:b@c/\u00e9', { urlencode: true }, 'http://a%3Ab%40c%2F%C3%A9@h:81/p?q=1#f'],
    ['user', 'a:b@c/', {}, 'http://a%3Ab%40c%2F@h:81/p?q=1#f'],
    ['password', 'x', {}, 'http://:x@h:81/p?q=1#f'],
    ['scheme', 'FTP', {}, 'ftp://h:81/p?q=1#f'],
    ['scheme', 'zz', { nonSupportScheme: true }, 'zz://h:81/p?q=1#f'],
    ['host', '[fe80::1%25x]', {}, 'http://[fe80::1%25x]:81/p?q=1#f'],
    ['host', '0x7f.1', {}, 'http://127.0.0.1:81/p?q=1#f'],
    ['port', '00080', {}, 'http://h:80/p?q=1#f'],
    ['port', undefined, {}, 'http://h/p?q=1#f'],
    ['path', undefined, {}, 'http://h:81/?q=1#f'],
    ['url', '../x y?z w', { allowSpace: true, urlencode: true }, 'http://h:81/x%20y?z+w'],
    ['url', '//other/z', {}, 'http://other/z'],
    ['url', '', {}, 'http://h:81/p?q=1'],
  ])('%s to %s with %j', (part, value, flags, expected) => {
    expect(new CurlUrl(START).set(part, value, flags).get('url')).toBe(expected)
  })

  test('a zone belongs to an IPv6 address', () => {
    const url = new CurlUrl('http://[fe80::1]/').set('zoneid', 'eth1')
    expect([url.get('url'), url.get('host'), url.get('zoneid')]).toEqual([
      'http://[fe80::1%25eth1]/',
      '[fe80::1]',
      'eth1',
    ])
  })

  test.each<readonly [UrlPart, string, UrlSetFlags, string]>([
    ['host', 'a b', {}, 'host'],
    ['host', 'a/b', {}, 'host'],
    ['host', 'a%2fb', {}, 'host'],
    ['host', '', {}, 'host'],
    ['host', 'a:80', {}, 'host'],
    ['port', 'x', {}, 'port'],
    ['port', '', {}, 'port'],
    ['port', '65536', {}, 'port'],
    ['scheme', 'zz', {}, 'scheme'],
    ['scheme', '1a', { nonSupportScheme: true }, 'scheme'],
    ['scheme', 'a'.repeat(41), { nonSupportScheme: true }, 'scheme'],
    ['path', 'a b', {}, 'path'],
    ['path', 'a\r\nb', { allowSpace: true }, 'path'],
    ['user', 'a\0', { urlencode: true }, 'user'],
    ['fragment', '\ud800', {}, 'fragment'],
    ['path', 'x'.repeat(8_000_001), {}, 'path'],
    ['url', 'http://a:b/', {}, 'port'],
  ])('%s is not set to what it cannot be, and nothing changes', (part, value, flags, blamed) => {
    const url = new CurlUrl(START)
    expect(() => url.set(part, value, flags)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ part: blamed }) }),
    )
    expect(url.get('url')).toBe(START)
  })

  test('parts can come one by one, and a copy is its own', () => {
    const url = new CurlUrl().set('host', 'a.test').set('scheme', 'https').set('path', 'x')
    const copy = url.duplicate().set('host', 'b.test')
    expect([String(url), JSON.stringify(copy), String(new CurlUrl())]).toEqual([
      'https://a.test/x',
      '"https://b.test/x"',
      '',
    ])
    expect(new CurlUrl(START).set('url', undefined).get('host')).toBeUndefined()
  })

  test('whatever is set, what comes out is read as the same parts', () => {
    const parts = ['user', 'password', 'path', 'query', 'fragment'] as const
    const text = fc.string({ unit: fc.constantFrom(...'ab/?#@:;[]\\%&=+.\u00e9 '), maxLength: 12 })
    fc.assert(
      fc.property(
        fc.record({ user: text, password: text, path: text, query: text, fragment: text }),
        fc.boolean(),
        (values, urlencode) => {
          const url = new CurlUrl('http://h:81/')
          for (const part of parts)
            url.set(part, values[part].replaceAll(urlencode ? '' : ' ', ''), { urlencode })
          const again = new CurlUrl(url.get('url', { getEmpty: true }), { pathAsIs: true })
          for (const part of [...parts, 'host', 'port'] as const)
            expect(again.get(part, { getEmpty: true })).toBe(url.get(part, { getEmpty: true }))
          expect(!urlencode || again.get('user', { urldecode: true }) === values.user).toBe(true)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
