/**
 * URLs taken apart. What curl makes of each was asked of libcurl 7.88.1 (curl_url_set, curl_url_get); where the
 * answer here is another one, docs/urls.md says why.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { formatUrl } from '../../../packages/core/src/url/format-url.ts'
import { parseUrlParts, resolveReference } from '../../../packages/core/src/url/parse-url.ts'
import type { UrlParts, UrlSetFlags } from '../../../packages/core/src/url/url-parts.ts'

const GUESS: UrlSetFlags = { guessScheme: true }
const ANY: UrlSetFlags = { nonSupportScheme: true }

function told(text: string, flags: UrlSetFlags = GUESS): Partial<UrlParts> {
  const { isGuessed, asciiHost, ...parts } = parseUrlParts(text, flags)
  const set = Object.entries(parts).filter(([, value]) => value !== undefined)
  return Object.fromEntries([
    ...set,
    ...(isGuessed ? [['isGuessed', true]] : []),
    ...(asciiHost === parts.host ? [] : [['asciiHost', asciiHost]]),
  ]) as Partial<UrlParts>
}

describe('as libcurl has it', () => {
  test.each<readonly [string, Partial<UrlParts>]>([
    ['example.com/x', { scheme: 'http', isGuessed: true, host: 'example.com', path: '/x' }],
    ['http://a/b/./c/../../d/..', { scheme: 'http', host: 'a', path: '/' }],
    ['http://0x7f.1/', { scheme: 'http', host: '127.0.0.1', path: '/' }],
    ['http://127.1', { scheme: 'http', host: '127.0.0.1', path: '/' }],
    ['http://0300.1/', { scheme: 'http', host: '192.0.0.1', path: '/' }],
    ['http://4294967295/', { scheme: 'http', host: '255.255.255.255', path: '/' }],
    ['http://%31%32%37.0.0.1/', { scheme: 'http', host: '127.0.0.1', path: '/' }],
    ['http://[::1]:8080/', { scheme: 'http', host: '::1', port: 8080, path: '/' }],
    ['http://[fe80::1%25eth0]/', { scheme: 'http', host: 'fe80::1', zoneId: 'eth0', path: '/' }],
    ['http://[fe80::1%eth0]:80/', { scheme: 'http', host: 'fe80::1', zoneId: 'eth0', port: 80, path: '/' }],
    ['ftp.example.com', { scheme: 'ftp', isGuessed: true, host: 'ftp.example.com', path: '/' }],
    ['DICT.example.com/d:x', { scheme: 'dict', isGuessed: true, host: 'dict.example.com', path: '/d:x' }],
    ['ftp', { scheme: 'http', isGuessed: true, host: 'ftp', path: '/' }],
    ['http:/example.com', { scheme: 'http', host: 'example.com', path: '/' }],
    ['http:///example.com', { scheme: 'http', host: 'example.com', path: '/' }],
    ['localhost:8080/x', { scheme: 'http', isGuessed: true, host: 'localhost', port: 8080, path: '/x' }],
    ['http://a:/', { scheme: 'http', host: 'a', path: '/' }],
    ['http://a:0/', { scheme: 'http', host: 'a', port: 0, path: '/' }],
    ['http://a:00080/', { scheme: 'http', host: 'a', port: 80, path: '/' }],
    ['http://a?x', { scheme: 'http', host: 'a', path: '/', query: 'x' }],
    ['http://a#f', { scheme: 'http', host: 'a', path: '/', fragment: 'f' }],
    ['http://a?#', { scheme: 'http', host: 'a', path: '/', query: '', fragment: '' }],
    ['http://a/..%2fb', { scheme: 'http', host: 'a', path: '/..%2fb' }],
    ['http://user:pa:ss@h', { scheme: 'http', user: 'user', password: 'pa:ss', host: 'h', path: '/' }],
    ['http://user;opt@h', { scheme: 'http', user: 'user;opt', host: 'h', path: '/' }],
    [
      'imap://user;opt:p@h',
      { scheme: 'imap', user: 'user', options: 'opt', password: 'p', host: 'h', path: '/' },
    ],
    ['file:///etc/passwd', { scheme: 'file', host: '', path: '/etc/passwd' }],
    ['file://localhost/x', { scheme: 'file', host: '', path: '/x' }],
    ['http://a/{x}|"<>', { scheme: 'http', host: 'a', path: '/{x}|"<>' }],
    ['http://-a_b.test/', { scheme: 'http', host: '-a_b.test', path: '/' }],
    ['http://a.test./', { scheme: 'http', host: 'a.test.', path: '/' }],
    ['http://xn--a/', { scheme: 'http', host: 'xn--a', path: '/' }],
    ['http://%58n--a/', { scheme: 'http', host: 'xn--a', path: '/' }],
    ['http://:p@h/', { scheme: 'http', user: '', password: 'p', host: 'h', path: '/' }],
    ['http://a~b/', { scheme: 'http', host: 'a~b', path: '/' }],
    ['http://a/å?ä#ö', { scheme: 'http', host: 'a', path: '/å', query: 'ä', fragment: 'ö' }],
  ])('%s', (text, parts) => {
    expect(told(text)).toEqual(parts)
  })

  test.each<readonly [string, string, string]>([
    ['http://u@v@h/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a%2fb/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a%00b/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a b/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://*.a/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ["http://a'b/", 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a;b/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a/b c', 'path', 'CURLUE_BAD_PATH'],
    ['http:example.com', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['mailto:x', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['http:', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['a.test:?x', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['http://[::1]x/', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['http://a:8x/', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['http://a:65536', 'port', 'CURLUE_BAD_PORT_NUMBER'],
    ['http:////example.com', 'url', 'CURLUE_BAD_SLASHES'],
    ['//a.test/x', 'host', 'CURLUE_NO_HOST'],
    ['/x', 'host', 'CURLUE_NO_HOST'],
    ['?q', 'host', 'CURLUE_NO_HOST'],
    ['http://', 'host', 'CURLUE_NO_HOST'],
    ['http://u:p@/', 'host', 'CURLUE_NO_HOST'],
    ['http://[::1', 'host', 'CURLUE_BAD_IPV6'],
    ['http://[1.2.3.4]/', 'host', 'CURLUE_BAD_IPV6'],

    ['http://[fe80::1%25abcdefghijklmnop]/', 'zoneid', 'CURLUE_BAD_IPV6'],
    ['zz://a/', 'scheme', 'CURLUE_UNSUPPORTED_SCHEME'],
    ['file://a.test/x', 'host', 'CURLUE_BAD_FILE_URL'],
  ])('%s is refused for its %s', (text, part, urlCode) => {
    expect(() => told(text)).toThrow(expect.objectContaining({ details: { part, urlCode } }))
  })
})

describe('otherwise than libcurl', () => {
  test.each<readonly [string, Partial<UrlParts>]>([
    ['HTTP://EXAMPLE.com/A/../b', { scheme: 'http', host: 'example.com', path: '/b' }],
    ['http://[::FFFF:127.0.0.1]/', { scheme: 'http', host: '::ffff:7f00:1', path: '/' }],
    ['http://1.2.3.4./', { scheme: 'http', host: '1.2.3.4', path: '/' }],
    ['http://a/%2e%2E/b/%2e', { scheme: 'http', host: 'a', path: '/b/' }],
    [
      'http://r\u00e4ksm\u00f6rg\u00e5s.se/',
      { scheme: 'http', host: 'r\u00e4ksm\u00f6rg\u00e5s.se', asciiHost: 'xn--rksmrgs-5wao1o.se', path: '/' },
    ],
    ['http://\u00df.de/', { scheme: 'http', host: '\u00df.de', asciiHost: 'xn--zca.de', path: '/' }],
    ['http://\uff41.test/', { scheme: 'http', host: '\uff41.test', asciiHost: 'a.test', path: '/' }],
    ['http://\uff11\uff12\uff17.1/', { scheme: 'http', host: '127.0.0.1', path: '/' }],
  ])('%s', (text, parts) => {
    expect(told(text)).toEqual(parts)
  })

  test.each<readonly [string, string, string]>([
    ['http://256.1.1.1/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://1.2.3.4.5/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://4294967296/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://08/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://ü.xn--a/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://\uff58n--a/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a|b/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['http://a.test\\@b.test/', 'user', 'CURLUE_BAD_USER'],
    ['http://a.test\\b/', 'host', 'CURLUE_BAD_HOSTNAME'],
    ['ht!tp://x/', 'scheme', 'CURLUE_BAD_SCHEME'],
    [`http://${'a'.repeat(255)}/`, 'host', 'CURLUE_BAD_HOSTNAME'],
  ])('%s is refused for its %s', (text, part, urlCode) => {
    expect(() => told(text)).toThrow(expect.objectContaining({ details: { part, urlCode } }))
  })
})

describe('flags', () => {
  test('without a guess a scheme is needed', () => {
    expect(() => parseUrlParts('a.test/x')).toThrow(
      expect.objectContaining({ details: { part: 'scheme', urlCode: 'CURLUE_BAD_SCHEME' } }),
    )
  })

  test('the default goes before the guess, and is not one', () => {
    expect(told('ftp.a.test', { guessScheme: true, defaultScheme: true })).toMatchObject({ scheme: 'https' })
    expect(told('a.test', { defaultScheme: 'WS' })).toEqual({ scheme: 'ws', host: 'a.test', path: '/' })
    expect(() => told('a.test', { defaultScheme: 'zz' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_PROTOCOL' }),
    )
  })

  test('pathAsIs leaves dots', () => {
    expect(told('http://a/x/../%2e/y', { pathAsIs: true }).path).toBe('/x/../%2e/y')
  })

  test('disallowUser refuses credentials, and does not repeat them', () => {
    expect(() => told('http://me:secret@a/', { disallowUser: true })).toThrow(
      expect.objectContaining({ code: 'LOGIN_DENIED', message: expect.not.stringContaining('secret') }),
    )
  })

  test('allowSpace and urlencode', () => {
    expect(told('http://a/b c?d e#f g', { allowSpace: true })).toMatchObject({
      path: '/b c',
      query: 'd e',
      fragment: 'f g',
    })
    expect(told('http://a/b c?d e\u00e9', { allowSpace: true, urlencode: true })).toMatchObject({
      path: '/b%20c',
      query: 'd+e%C3%A9',
    })
    expect(() => told('http://a b/', { allowSpace: true })).toThrow(
      expect.objectContaining({ code: 'URL_MALFORMAT' }),
    )
  })

  test('noAuthority takes URLs without a host', () => {
    expect(told('zz:///p', { ...ANY, noAuthority: true })).toEqual({ scheme: 'zz', host: '', path: '/p' })
  })
})

describe('relative references (RFC 3986 5.4)', () => {
  // The examples of the RFC, which are all of its cases; "http:g" is refused as curl does.
  const BASE = parseUrlParts('http://a/b/c/d;p?q')
  test.each<readonly [string, string]>([
    ['g', 'http://a/b/c/g'],
    ['./g', 'http://a/b/c/g'],
    ['g/', 'http://a/b/c/g/'],
    ['/g', 'http://a/g'],
    ['//g', 'http://g/'],
    ['?y', 'http://a/b/c/d;p?y'],
    ['g?y', 'http://a/b/c/g?y'],
    ['#s', 'http://a/b/c/d;p?q#s'],
    ['g#s', 'http://a/b/c/g#s'],
    ['g?y#s', 'http://a/b/c/g?y#s'],
    [';x', 'http://a/b/c/;x'],
    ['g;x?y#s', 'http://a/b/c/g;x?y#s'],
    ['', 'http://a/b/c/d;p?q'],
    ['.', 'http://a/b/c/'],
    ['./', 'http://a/b/c/'],
    ['..', 'http://a/b/'],
    ['../g', 'http://a/b/g'],
    ['../..', 'http://a/'],
    ['../../../g', 'http://a/g'],
    ['../../../../g', 'http://a/g'],
    ['/./g', 'http://a/g'],
    ['/../g', 'http://a/g'],
    ['g.', 'http://a/b/c/g.'],
    ['..g', 'http://a/b/c/..g'],
    ['./../g', 'http://a/b/g'],
    ['./g/.', 'http://a/b/c/g/'],
    ['g/./h', 'http://a/b/c/g/h'],
    ['g/../h', 'http://a/b/c/h'],
    ['g;x=1/../y', 'http://a/b/c/y'],
    ['g?y/../x', 'http://a/b/c/g?y/../x'],
    ['g#s/../x', 'http://a/b/c/g#s/../x'],
    ['https://h/x', 'https://h/x'],
  ])('%j leads to %s', (reference, expected) => {
    expect(formatUrl(resolveReference(BASE, reference))).toBe(expected)
  })

  test('a scheme without slashes is refused', () => {
    expect(() => resolveReference(BASE, 'http:g')).toThrow(expect.objectContaining({ code: 'URL_MALFORMAT' }))
  })
})

describe('properties', () => {
  const junk = fc.string({
    unit: fc.constantFrom(...'ab.:/?#@[]%\\;=&-_ {}|\u00e9\u4e2d0129x\t'),
    maxLength: 40,
  })

  test('what is read is written so that it is read as the same', () => {
    let read = 0
    fc.assert(
      fc.property(
        junk,
        fc.constantFrom('http://', 'https://u:p@', 'imap://', '', 'http://[::1]', 'file://'),
        (text, start) => {
          let parts: UrlParts
          try {
            parts = parseUrlParts(start + text, { ...GUESS, pathAsIs: true })
          } catch {
            return
          }
          read += 1
          const written = formatUrl(parts, { getEmpty: true })
          expect(parseUrlParts(written, { pathAsIs: true })).toEqual({ ...parts, isGuessed: false })
        },
      ),
      { numRuns: 2_000 },
    )
    expect(read).toBeGreaterThan(200)
  })

  test('only our own errors are thrown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        for (const start of ['', 'http://', 'http://[', 'http://a/']) {
          let thrown: unknown
          try {
            parseUrlParts(start + text, GUESS)
          } catch (error) {
            thrown = error
          }
          expect(thrown === undefined || isTransferError(thrown)).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('a host is a host for browsers too, and the same one', () => {
    let compared = 0
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'aZ1.-_%\u00df\uff41\u3002:@[]0x'),
          minLength: 1,
          maxLength: 12,
        }),
        (name) => {
          let ours: string
          try {
            ours = parseUrlParts(`http://${name}/`).asciiHost
          } catch {
            return
          }
          // A name whose last label is a number is none for browsers; for curl it is one like any other.
          if (/(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/.test(ours) && !/^\d+(\.\d+){3}$/.test(ours)) return
          compared += 1
          expect(new URL(`http://${name}/`).hostname).toBe(ours.includes(':') ? `[${ours}]` : ours)
        },
      ),
      { numRuns: 3_000 },
    )
    expect(compared).toBeGreaterThan(200)
  })
})
