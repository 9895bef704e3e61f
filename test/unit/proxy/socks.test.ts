/** SOCKS handshakes, whole, cut, with trailing bytes and spoilt. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Handshake } from '../../../packages/core/src/proxy/handshake.ts'
import { Socks4Handshake } from '../../../packages/core/src/proxy/socks4.ts'
import { Socks5Handshake } from '../../../packages/core/src/proxy/socks5.ts'
import { bytesOf, play, type Played } from '../../support/handshake-ends.ts'

type Make = () => Handshake

/** The same whatever the cutting. */
function playEveryWay(make: Make, answers: readonly string[], thenEnds = false): Played {
  const bytes = answers.map(bytesOf)
  const whole = play(make(), bytes, 0, thenEnds)
  for (const size of [1, 2, 3, 7]) expect(play(make(), bytes, size, thenEnds)).toEqual(whole)
  return whole
}

const five =
  (host = 'a.test', credentials?: { user: string; password: string }): Make =>
  () =>
    new Socks5Handshake({ host, port: 0x1f90, credentials })
const four =
  (host = '10.0.0.1', user = ''): Make =>
  () =>
    new Socks4Handshake({ host, port: 80, user })

const LOGIN = { user: 'ada', password: 'secret' }
const V4_REPLY = '\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50'

describe('SOCKS5', () => {
  test.each([
    ['a name', 'a.test', '\x03\x06a.test'],
    ['an IPv4 address', '10.1.2.3', '\x01\x0a\x01\x02\x03'],
    ['an IPv6 address', '2001:db8::1', '\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01'],
  ])('asks for %s', (_name, host, written) => {
    expect(playEveryWay(five(host), ['\x05\x00', V4_REPLY])).toEqual({
      sent: `\x05\x01\x00\x05\x01\x00${written}\x1f\x90`,
      end: 'done ',
    })
  })

  test('logs in when it is asked to, and offers to go without', () => {
    expect(playEveryWay(five('a.test', LOGIN), ['\x05\x02', '\x01\x00', V4_REPLY])).toEqual({
      sent: '\x05\x02\x00\x02\x01\x03ada\x06secret\x05\x01\x00\x03\x06a.test\x1f\x90',
      end: 'done ',
    })
    expect(playEveryWay(five('a.test', LOGIN), ['\x05\x00', V4_REPLY]).end).toBe('done ')
  })

  test('takes names and passwords as UTF-8, and an empty password', () => {
    const { sent } = playEveryWay(five('a.test', { user: 'ä', password: '' }), ['\x05\x02'])
    expect(sent).toBe('\x05\x02\x00\x02\x01\x02\xc3\xa4\x00')
  })

  test.each([
    ['IPv4', V4_REPLY],
    ['IPv6', `\x05\x00\x00\x04${'\x11'.repeat(16)}\x00\x50`],
    ['a name', '\x05\x00\x00\x03\x05p.com\x00\x50'],
    ['a name of 255 bytes', `\x05\x00\x00\x03\xff${'n'.repeat(255)}\x00\x50`],
    ['an empty name', '\x05\x00\x00\x03\x00\x00\x50'],
  ])('reads a reply with %s to its end, and not beyond', (_name, reply) => {
    expect(playEveryWay(five(), ['\x05\x00', `${reply}HTTP`]).end).toBe('done HTTP')
    expect(playEveryWay(five(), ['\x05\x00', reply.slice(0, -1)]).end).toBe('more')
  })

  test.each([
    [1, 'REPLY_GENERAL_SERVER_FAILURE'],
    [2, 'REPLY_NOT_ALLOWED'],
    [3, 'REPLY_NETWORK_UNREACHABLE'],
    [4, 'REPLY_HOST_UNREACHABLE'],
    [5, 'REPLY_CONNECTION_REFUSED'],
    [6, 'REPLY_TTL_EXPIRED'],
    [7, 'REPLY_COMMAND_NOT_SUPPORTED'],
    [8, 'REPLY_ADDRESS_TYPE_NOT_SUPPORTED'],
    [9, 'REPLY_UNASSIGNED'],
    [255, 'REPLY_UNASSIGNED'],
  ])('reply %i', (code, problem) => {
    const reply = `\x05${String.fromCharCode(code)}`
    expect(playEveryWay(five(), ['\x05\x00', reply]).end).toBe(`PROXY ${problem}`)
  })

  test.each<[string, readonly string[], string]>([
    ['another version', ['\x04\x00'], 'BAD_VERSION'],
    ['HTTP', ['HTTP/1.1 400 Bad Request'], 'BAD_VERSION'],
    ['no method suits', ['\x05\xff'], 'NO_AUTH'],
    ['a method that was not offered', ['\x05\x01'], 'UNKNOWN_MODE'],
    ['a login that was not offered', ['\x05\x02'], 'UNKNOWN_MODE'],
    ['a reply of another version', ['\x05\x00', '\x04\x00\x00\x01'], 'BAD_VERSION'],
    ['an unknown type of address', ['\x05\x00', '\x05\x00\x00\x02\x00'], 'BAD_ADDRESS_TYPE'],
  ])('%s', (_name, answers, problem) => {
    expect(playEveryWay(five(), answers).end).toBe(`PROXY ${problem}`)
  })

  test('a login that is refused', () => {
    expect(playEveryWay(five('a.test', LOGIN), ['\x05\x02', '\x01\x01']).end).toBe('PROXY USER_REJECTED')
  })

  test('what comes unasked is no answer', () => {
    const whole = [bytesOf(`\x05\x00${V4_REPLY}`)]
    expect(play(five()(), whole, 0).end).toBe('PROXY UNKNOWN_FAIL')
  })

  test.each<[string, readonly string[]]>([
    ['before a word', []],
    ['after the method', ['\x05\x00']],
    ['in the reply', ['\x05\x00', '\x05\x00\x00']],
  ])('a proxy that closes %s', (_name, answers) => {
    expect(playEveryWay(five(), answers, true).end).toBe('PROXY CLOSED')
  })

  test('lengths up to 255 bytes, and none beyond (CVE-2023-38545)', () => {
    expect(() => five('n'.repeat(255))()).not.toThrow()
    for (const make of [
      five('n'.repeat(256)),
      five('ä'.repeat(128)),
      five('a.test', { user: 'u'.repeat(256), password: '' }),
      five('a.test', { user: 'u', password: 'ä'.repeat(128) }),
    ])
      expect(make).toThrow(expect.objectContaining({ code: 'PROXY' }))
  })

  test('any bytes end in an error, in more, or in a tunnel', () => {
    const answers = fc.array(fc.uint8Array({ maxLength: 40, size: 'max' }), { maxLength: 4, size: 'max' })
    fc.assert(
      fc.property(answers, fc.integer({ min: 0, max: 5 }), (pieces, size) => {
        const { end } = play(five('a.test', LOGIN)(), pieces, size, true)
        expect(end).toMatch(/^(PROXY|done)/)
      }),
    )
  })
})

describe('SOCKS4', () => {
  test('asks for an address, with a user', () => {
    expect(playEveryWay(four('10.0.0.1', 'ada'), ['\x00\x5a\0\0\0\0\0\0rest'])).toEqual({
      sent: '\x04\x01\x00\x50\x0a\x00\x00\x01ada\x00',
      end: 'done rest',
    })
  })

  test('asks for a name (SOCKS4a)', () => {
    expect(playEveryWay(four('a.test'), []).sent).toBe('\x04\x01\x00\x50\x00\x00\x00\x01\x00a.test\x00')
  })

  test.each([
    [91, 'REQUEST_FAILED'],
    [92, 'IDENTD'],
    [93, 'IDENTD_DIFFER'],
    [94, 'UNKNOWN_FAIL'],
    [0, 'UNKNOWN_FAIL'],
  ])('code %i', (code, problem) => {
    expect(playEveryWay(four(), [`\x00${String.fromCharCode(code)}\0\0\0\0\0\0`]).end).toBe(
      `PROXY ${problem}`,
    )
  })

  test('another version, an early end', () => {
    expect(playEveryWay(four(), ['\x04\x5a\0\0\0\0\0\0']).end).toBe('PROXY BAD_VERSION')
    expect(playEveryWay(four(), ['\x00\x5a\0\0\0'], true).end).toBe('PROXY CLOSED')
  })

  test('what does not fit', () => {
    expect(four('2001:db8::1')).toThrow(expect.objectContaining({ code: 'PROXY' }))
    expect(four('n'.repeat(256))).toThrow(expect.objectContaining({ code: 'PROXY' }))
    expect(four('10.0.0.1', 'u'.repeat(256))).toThrow(expect.objectContaining({ code: 'PROXY' }))
    expect(four('a.test\0evil')).toThrow(expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }))
    expect(four('10.0.0.1', 'a\0b')).toThrow(expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }))
  })
})
