/** DNS messages, whole and spoilt: every cut, every flipped byte, names that go round in circles. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAnswer, writeQuestion } from '../../../packages/core/src/dns/dns-message.ts'
import { readName } from '../../../packages/core/src/dns/dns-name.ts'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { dnsAnswer, type DnsRecordWish } from '../../support/dns-answer.ts'

const V4: DnsRecordWish = { name: 'a.test', type: 'A', ttlS: 300, data: [192, 0, 2, 1] }

describe('a question', () => {
  test('is what RFC 8484 4.1.1 shows', () => {
    const example = '00000100000100000000000003777777076578616d706c6503636f6d0000010001'
    expect(Buffer.from(writeQuestion('www.example.com', 'A')).toString('hex')).toBe(example)
    expect(Buffer.from(writeQuestion('www.example.com.', 'AAAA')).toString('hex')).toBe(
      `${example.slice(0, -8)}001c0001`,
    )
  })

  test.each([['a..b'], ['.'], [''], ['a'.repeat(64)], [`${'a.'.repeat(127)}a`], ['\u00e9.test']])(
    'is not written for %j',
    (name) => {
      expect(() => writeQuestion(name, 'A')).toThrow(
        expect.objectContaining({ code: 'COULDNT_RESOLVE_HOST' }),
      )
    },
  )

  test('has room for the longest name', () => {
    expect(writeQuestion(`${'a.'.repeat(126)}a`, 'A')).toHaveLength(12 + 255 + 4)
  })
})

describe('an answer', () => {
  test('has addresses with their times', () => {
    const message = dnsAnswer('a.test', 'A', [V4, { ...V4, ttlS: 0x80000001, data: [10, 0, 0, 255] }])
    expect(readAnswer(message, 'A.Test.', 'A')).toEqual({
      exists: true,
      addresses: [
        { address: '192.0.2.1', family: 4, ttlMs: 300_000 },
        { address: '10.0.0.255', family: 4, ttlMs: 0 },
      ],
    })
  })

  test.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00010000000000000000000000000000', '1::'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000100010001000100010001', '2001:db8:1:1:1:1:1:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['00000000000100000000000000000000', '0:0:1::'],
  ])('%s is %s (RFC 5952)', (hex, address) => {
    const message = dnsAnswer('a.test', 'AAAA', [{ ...V4, type: 'AAAA', data: [...Buffer.from(hex, 'hex')] }])
    expect(readAnswer(message, 'a.test', 'AAAA').addresses[0]).toEqual({ address, family: 6, ttlMs: 300_000 })
  })

  test('follows aliases in any order, as long as the shortest holds', () => {
    const message = dnsAnswer('a.test', 'A', [
      { ...V4, name: 'C.test' },
      { name: 'b.test', type: 'CNAME', ttlS: 20, target: 'c.test' },
      { name: 'a.test', type: 'CNAME', ttlS: 60, target: 'B.TEST' },
    ])
    expect(readAnswer(message, 'a.test', 'A').addresses).toEqual([
      { address: '192.0.2.1', family: 4, ttlMs: 20_000 },
    ])
  })

  test('has nothing to say of other names, types and classes', () => {
    const message = dnsAnswer('a.test', 'A', [
      { ...V4, name: 'evil.test' },
      { ...V4, class: 3 },
      { ...V4, type: 'TXT' },
      { name: 'b.test', type: 'CNAME', ttlS: 1, target: 'evil.test' },
    ])
    expect(readAnswer(message, 'a.test', 'A')).toEqual({ exists: true, addresses: [] })
  })

  test('a name that does not exist has none', () => {
    expect(readAnswer(dnsAnswer('a.test', 'A', [], { rcode: 3 }), 'a.test', 'A')).toEqual({
      exists: false,
      addresses: [],
    })
  })

  test('aliases that go round in circles end', () => {
    const message = dnsAnswer('a.test', 'A', [
      { name: 'a.test', type: 'CNAME', ttlS: 1, target: 'b.test' },
      { name: 'b.test', type: 'CNAME', ttlS: 1, target: 'a.test' },
    ])
    expect(readAnswer(message, 'a.test', 'A').addresses).toEqual([])
  })

  test('no more aliases than bounded, nor addresses', () => {
    const chain = Array.from({ length: LIMITS.dnsAliases + 2 }, (_, i): DnsRecordWish => ({
      name: `${i}.test`,
      type: 'CNAME',
      ttlS: 1,
      target: `${i + 1}.test`,
    }))
    expect(() => readAnswer(dnsAnswer('0.test', 'A', chain), '0.test', 'A')).toThrow(/more than 16 aliases/)
    const many = dnsAnswer(
      'a.test',
      'A',
      Array.from({ length: 100 }, () => V4),
    )
    expect(readAnswer(many, 'a.test', 'A').addresses).toHaveLength(LIMITS.dnsAddresses)
  })

  test.each<readonly [string, Uint8Array, RegExp]>([
    ['another id', dnsAnswer('a.test', 'A', [V4], { id: 7 }), /another id/],
    ['a question', dnsAnswer('a.test', 'A', [V4], { flags: 0x0100 }), /it is a question/],
    ['an update', dnsAnswer('a.test', 'A', [V4], { flags: 0xa800 }), /something else than a query/],
    ['cut short', dnsAnswer('a.test', 'A', [V4], { flags: 0x8380 }), /cut short/],
    ['SERVFAIL', dnsAnswer('a.test', 'A', [], { rcode: 2 }), /SERVFAIL/],
    ['REFUSED', dnsAnswer('a.test', 'A', [], { rcode: 5 }), /REFUSED/],
    ['an unknown code', dnsAnswer('a.test', 'A', [], { rcode: 9 }), /code 9/],
    ['the answer to another name', dnsAnswer('b.test', 'A', [V4]), /another question/],
    ['the answer to another type', dnsAnswer('a.test', 'AAAA', [V4]), /another question/],
    ['an address too short', dnsAnswer('a.test', 'A', [{ ...V4, data: [1, 2, 3] }]), /has 3 bytes/],
    ['nothing', new Uint8Array(0), /0 bytes/],
  ])('%s is refused', (_what, message, why) => {
    expect(() => readAnswer(message, 'a.test', 'A')).toThrow(
      expect.objectContaining({ code: 'COULDNT_RESOLVE_HOST', message: expect.stringMatching(why) }),
    )
  })

  test.each<readonly [string, readonly number[], RegExp]>([
    ['at itself', [0xc0, 12], /points forward, or at itself/],
    ['forward', [0xc0, 40], /points forward/],
    ['beyond the end', [0xff, 0xff], /points forward/],
    ['at a pointer that leads to it', [1, 0x61, 0xc0, 12], /points forward, or at itself/],
    ['nowhere, being half', [0xc0], /ends within a name/],
    ['in an unknown kind of label', [0x80, 1], /unknown kind/],
  ])('a name that points %s ends', (_what, name, why) => {
    const message = Uint8Array.from([0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, ...name])
    expect(() => readAnswer(message, 'a.test', 'A')).toThrow(why)
  })

  test('a name put together by pointers is no longer than others', () => {
    // Pieces of 63, each of which goes on with the one before it.
    const text = Array.from({ length: 63 }, () => 0x61)
    const start = (piece: number): number => (piece === 0 ? 0 : 65 + (piece - 1) * 66)
    const pieces = Array.from({ length: 5 }, (_, i) => [
      63,
      ...text,
      ...(i === 0 ? [0] : [0xc0, start(i - 1)]),
    ])
    const message = Uint8Array.from(pieces.flat())
    expect(readName(message, start(2)).name).toHaveLength(3 * 64 - 1)
    expect(() => readName(message, start(3))).toThrow(/longer than 255/)
  })
})

describe('a spoilt answer', () => {
  const WHOLE = dnsAnswer('www.a.test', 'A', [
    { name: 'www.a.test', type: 'CNAME', ttlS: 60, target: 'edge.a.test' },
    { ...V4, name: 'edge.a.test' },
    { ...V4, name: 'edge.a.test', data: [192, 0, 2, 2] },
  ])
  const outcome = (message: Uint8Array): 'read' | 'refused' => {
    try {
      readAnswer(message, 'www.a.test', 'A')
      return 'read'
    } catch (error) {
      if (isTransferError(error) && error.code === 'COULDNT_RESOLVE_HOST') return 'refused'
      throw error
    }
  }

  test('is refused wherever it is cut', () => {
    expect(outcome(WHOLE)).toBe('read')
    for (let length = 0; length < WHOLE.length; length += 1)
      expect([length, outcome(WHOLE.subarray(0, length))]).toEqual([length, 'refused'])
  })

  test('is read or refused, whichever byte is another', () => {
    let refused = 0
    for (let at = 0; at < WHOLE.length; at += 1) {
      for (let value = 0; value < 256; value += 1) {
        const spoilt = WHOLE.slice()
        spoilt[at] = value
        if (outcome(spoilt) === 'refused') refused += 1
      }
    }
    expect(refused).toBeGreaterThan(1_000)
  })

  test('with anything behind it is read', () => {
    expect(outcome(Uint8Array.from([...WHOLE, 1, 2, 3]))).toBe('read')
  })

  test('of any bytes ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ size: 'max', maxLength: 400 }), (tail) => {
        const message = Uint8Array.from([0, 0, 0x81, 0x80, 0, 0, 255, 255, 0, 0, 0, 0, ...tail])
        return outcome(message) === 'refused'
      }),
    )
  })
})
