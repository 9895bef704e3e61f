/** `resolve` and `connectTo`: which entry counts, and what is refused. */
import { describe, expect, test } from 'vitest'
import { pinnedAddresses, redirectedBy } from '../../../packages/core/src/route/pins.ts'

describe('resolve', () => {
  const CASES: readonly (readonly [string, readonly string[], readonly string[] | undefined])[] = [
    ['an entry for host and port', ['a.test:80:10.0.0.1'], ['10.0.0.1']],
    ['several addresses', ['a.test:80:10.0.0.1,[::1],2001:db8::1'], ['10.0.0.1', '::1', '2001:db8::1']],
    ['another port', ['a.test:81:10.0.0.1'], undefined],
    ['another host', ['b.test:80:10.0.0.1'], undefined],
    ['any host', ['*:80:10.0.0.1'], ['10.0.0.1']],
    ['any port', ['a.test:*:10.0.0.1'], ['10.0.0.1']],
    ['the last of several', ['a.test:80:10.0.0.1', 'a.test:80:10.0.0.2'], ['10.0.0.2']],
    [
      'the name itself before any host, whatever the order',
      ['a.test:80:10.0.0.1', '*:80:10.0.0.2'],
      ['10.0.0.1'],
    ],
    ['an entry taken back', ['a.test:80:10.0.0.1', '-a.test:80'], undefined],
    ['an entry that may expire', ['+a.test:80:10.0.0.1'], ['10.0.0.1']],
    ['an address with a zone', ['a.test:80:[fe80::1%eth0]'], ['fe80::1%eth0']],
    ['an IPv4 address in an IPv6 one', ['a.test:80:::ffff:10.0.0.1'], ['::ffff:10.0.0.1']],
    ['upper case', ['A.TEST:80:10.0.0.1'], ['10.0.0.1']],
  ]
  test.each(CASES)('takes %s', (_name, entries, expected) => {
    expect(pinnedAddresses(entries, 'a.test', 80)?.addresses).toEqual(expected)
  })

  test.each([
    ['a.test:80:10.0.0.1', false],
    ['+a.test:80:10.0.0.1', true],
    ['+*:80:10.0.0.1', true],
  ])('%s expires: %s', (entry, expires) => {
    expect(pinnedAddresses([entry], 'a.test', 80)?.expires).toBe(expires)
  })

  test.each([
    ['no address', 'a.test:80'],
    ['an empty address', 'a.test:80:'],
    ['a name for an address', 'a.test:80:localhost'],
    ['an impossible address', 'a.test:80:10.0.0.256'],
    ['what merely looks like an IPv6 address', 'a.test:80:1:2'],
    ['an address with a port', 'a.test:80:10.0.0.1:5'],
    ['a group too long', 'a.test:80:12345::1'],
    ['a zone without a name', 'a.test:80:fe80::1%'],
    ['a port too high', 'a.test:70000:10.0.0.1'],
    ['no host', ':80:10.0.0.1'],
  ])('refuses %s', (_name, entry) => {
    expect(() => pinnedAddresses([entry], 'a.test', 80)).toThrow(
      expect.objectContaining({
        code: 'BAD_FUNCTION_ARGUMENT',
        message: expect.stringContaining(JSON.stringify(entry)),
      }),
    )
  })
})

describe('connectTo', () => {
  const CASES: readonly (readonly [string, readonly string[], object | undefined])[] = [
    ['host and port', ['a.test:80:b.test:8080'], { host: 'b.test', port: 8080 }],
    ['any host and port', ['::b.test:8080'], { host: 'b.test', port: 8080 }],
    ['the port alone', ['a.test:80::8080'], { host: 'a.test', port: 8080 }],
    ['the host alone', ['a.test:80:b.test:'], { host: 'b.test', port: 80 }],
    [
      'the first that matches',
      ['c.test:80:x.test:1', 'a.test:80:b.test:2', 'a.test:80:d.test:3'],
      { host: 'b.test', port: 2 },
    ],
    ['an IPv6 address', ['a.test:80:[::1]:8080'], { host: '::1', port: 8080 }],
    ['nothing for another port', ['a.test:81:b.test:8080'], undefined],
  ]
  test.each(CASES)('takes %s', (_name, entries, expected) => {
    expect(redirectedBy(entries, 'a.test', 80)).toEqual(expected)
  })

  test.each([['a.test:80:b.test'], ['a.test:80:b.test:99999'], ['a.test:x:b.test:80']])(
    'refuses %s',
    (entry) => {
      expect(() => redirectedBy([entry], 'a.test', 80)).toThrow(
        expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }),
      )
    },
  )
})
