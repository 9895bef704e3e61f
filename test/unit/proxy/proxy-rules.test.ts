/** How proxies are named, which hosts need none, what variables say, and the PROXY header. */
import { describe, expect, test } from 'vitest'
import { haproxyHeader } from '../../../packages/core/src/proxy/haproxy-header.ts'
import { addressBytes, sharePrefix } from '../../../packages/core/src/proxy/ip-address.ts'
import { isListed } from '../../../packages/core/src/proxy/no-proxy.ts'
import { noProxyList, proxyFor } from '../../../packages/core/src/proxy/proxy-environment.ts'
import { parseProxy } from '../../../packages/core/src/proxy/proxy-peer.ts'

describe('noProxy', () => {
  // Those marked are seen of curl 7.88; the rest is its documentation.
  test.each([
    ['*', 'a.test', true],
    ['b.test,*', 'a.test', false], // seen
    ['a.test', 'a.test', true],
    ['a.test', 'www.a.test', true],
    ['a.test', 'aa.test', false],
    ['.a.test', 'a.test', true],
    ['.a.test', 'www.a.test', true],
    ['a.test.', 'a.test', true],
    ['a.test', 'a.test.', true],
    ['A.Test', 'a.test', true],
    ['*.test', 'a.test', false], // seen
    ['x, a.test ,y', 'a.test', true],
    ['x y\ta.test', 'a.test', false], // seen with 8.22; older ones part entries at blanks, too
    ['a.test:80', 'a.test', false], // seen
    ['', 'a.test', false],
    [',', 'a.test', false],
    ['.', 'a.test', false],
    ['test', 'a.test', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['0.0.1', '127.0.0.1', false],
    ['127.0.0.0/8', '127.9.9.9', true], // seen
    ['127.0.0.0/8', '128.0.0.1', false],
    ['192.168.1.0/23', '192.168.0.255', true],
    ['192.168.1.0/23', '192.168.2.0', false],
    ['10.0.0.1/32', '10.0.0.1', true],
    ['10.0.0.1/33', '10.0.0.1', false],
    ['10.0.0.0/', '10.0.0.0', false],
    ['10.0.0.0/x', '10.0.0.0', false],
    ['0.0.0.0/0', '10.0.0.0', true],
    ['0.0.0.0/0', '::1', false],
    ['::1', '::1', true], // seen
    ['[::1]', '::1', true],
    ['0:0::1', '::1', true],
    ['fd00::/8', 'fdab::9', true],
    ['fd00::/8', 'fe00::9', false],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['2001:db8::/33', '2001:db8:7fff::', true],
    ['fe80::1', 'fe80::1%eth0', true],
  ])('%j and %s: %s', (list, host, listed) => {
    expect(isListed(list, host)).toBe(listed)
  })
})

describe('addresses', () => {
  test.each([
    ['1.2.3.4', [1, 2, 3, 4]],
    ['::', Array.from({ length: 16 }, () => 0)],
    ['::ffff:1.2.3.4', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['1::8', [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8]],
  ])('%s', (text, bytes) => {
    expect([...addressBytes(text)!]).toEqual(bytes)
  })

  test.each(['', 'a.test', '1.2.3', '1.2.3.256', '1:2', ':::', '1.2.3.4.5'])('%j is none', (text) => {
    expect(addressBytes(text)).toBeUndefined()
  })

  test('prefixes count bits', () => {
    const a = Uint8Array.of(0b1010_1010, 0b1111_0000)
    const b = Uint8Array.of(0b1010_1010, 0b1110_0000)
    expect([0, 8, 11, 12, 16].map((bits) => sharePrefix(a, b, bits))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('the name of a proxy', () => {
  const parse = (text: string): string => {
    const {
      type,
      host,
      port,
      path,
      credentials,
      text: shown,
    } = parseProxy(text, 'proxy', { type: 'http', port: 0 })
    return [
      type,
      host,
      port,
      path ?? '-',
      credentials === undefined ? '-' : `${credentials.user}/${credentials.password}`,
      shown,
    ].join(' ')
  }

  test.each([
    ['p.test', 'http p.test 1080 - - http://p.test:1080'],
    ['p.test:80', 'http p.test 80 - - http://p.test:80'],
    ['http://p.test:80', 'http p.test 80 - - http://p.test:80'],
    ['HTTP://P.Test:3128/', 'http p.test 3128 - - http://p.test:3128'],
    ['https://p.test', 'https p.test 443 - - https://p.test:443'],
    ['p.test:', 'http p.test 1080 - - http://p.test:1080'],
    ['socks://p.test', 'socks4 p.test 1080 - - socks4://p.test:1080'],
    ['socks5h://u:p@[::1]:9', 'socks5h ::1 9 - u/p socks5h://[::1]:9'],
    ['http://u%40x:p%3A@p.test', 'http p.test 1080 - u@x/p: http://p.test:1080'],
    ['u:a@b:c@p.test:1', 'http p.test 1 - u/a@b:c http://p.test:1'],
    ['u@p.test', 'http p.test 1080 - u/ http://p.test:1080'],
    [':p@p.test', 'http p.test 1080 - /p http://p.test:1080'],
    ['p.test:1/path?query#part', 'http p.test 1 - - http://p.test:1'],
    [
      'socks5h://localhost/run/tor.sock',
      'socks5h localhost 1080 /run/tor.sock - socks5h://localhost/run/tor.sock',
    ],
    ['socks5://localhost/', 'socks5 localhost 1080 - - socks5://localhost:1080'],
    ['bücher.test', 'http xn--bcher-kva.test 1080 - - http://xn--bcher-kva.test:1080'],
  ])('%s', (text, expected) => {
    expect(parse(text)).toBe(expected)
  })

  test.each([
    ['p.test', 'http1.0 http://p.test:1080'],
    ['http://p.test:80', 'http1.0 http://p.test:80'],
    ['https://p.test', 'https https://p.test:443'],
    ['socks5://p.test', 'socks5 socks5://p.test:1080'],
  ])('%s with the type http1.0', (text, expected) => {
    const { type, text: shown } = parseProxy(text, 'proxy', { type: 'http1.0', port: 0 })
    expect(`${type} ${shown}`).toBe(expected)
  })

  test.each([
    '',
    '@',
    'http://',
    'http://@',
    ':3128',
    'p.test:0',
    'p.test:65536',
    'p.test:x',
    'a b',
    'a\tb',
    '\x00',
    'p.test\r\nX: y',
    '[::1',
    'u:secret@',
  ])('%j is none, and nothing of it is told', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'COULDNT_RESOLVE_PROXY' }))
    expect(() => parse(text)).not.toThrow(/secret/)
  })

  test('a scheme that no proxy has', () => {
    expect(() => parse('ftp://p.test')).toThrow(expect.objectContaining({ code: 'COULDNT_CONNECT' }))
  })
})

describe('variables', () => {
  test.each([
    ['http', { http_proxy: 'a' }, 'a'],
    ['http', { HTTP_PROXY: 'a' }, undefined],
    ['http', { https_proxy: 'a' }, undefined],
    ['https', { https_proxy: 'a', HTTPS_PROXY: 'b' }, 'a'],
    ['https', { HTTPS_PROXY: 'b', all_proxy: 'c' }, 'b'],
    ['https', { https_proxy: '', all_proxy: 'c' }, 'c'],
    ['http', { ALL_PROXY: 'd' }, 'd'],
    ['http', {}, undefined],
  ] as const)('for %s of %j: %s', (scheme, variables, found) => {
    expect(proxyFor(scheme, variables)).toBe(found)
  })

  test('no_proxy, then NO_PROXY', () => {
    expect(noProxyList({ no_proxy: 'a', NO_PROXY: 'b' })).toBe('a')
    expect(noProxyList({ no_proxy: '', NO_PROXY: 'b' })).toBe('b')
  })
})

describe('the PROXY header', () => {
  const v4 = (address: string, port: number) => ({ family: 4 as const, address, port })
  const v6 = (address: string, port: number) => ({ family: 6 as const, address, port })

  test.each([
    ['IPv4', v4('10.0.0.1', 5), v4('10.0.0.2', 80), undefined, 'PROXY TCP4 10.0.0.1 10.0.0.2 5 80\r\n'],
    ['IPv6', v6('fe80::1%eth0', 5), v6('fd00::2', 80), undefined, 'PROXY TCP6 fe80::1 fd00::2 5 80\r\n'],
    [
      'another client',
      v4('10.0.0.1', 5),
      v4('10.0.0.2', 80),
      '192.0.2.9',
      'PROXY TCP4 192.0.2.9 192.0.2.9 5 80\r\n',
    ],
    [
      'a client of the other family',
      v4('10.0.0.1', 5),
      v4('10.0.0.2', 80),
      'fd00::9',
      'PROXY TCP6 fd00::9 fd00::9 5 80\r\n',
    ],
    ['nothing known', undefined, v4('10.0.0.2', 80), undefined, 'PROXY UNKNOWN\r\n'],
  ])('%s', (_name, local, remote, clientIp, line) => {
    expect(haproxyHeader(local, remote, clientIp)).toBe(line)
  })
})
