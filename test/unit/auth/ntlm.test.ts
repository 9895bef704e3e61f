import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import { encodeBase64 } from '../../../packages/core/src/auth/base64.ts'
import { encryptDes } from '../../../packages/core/src/auth/des.ts'
import { hexOf } from '../../../packages/core/src/auth/hash.ts'
import { md4 } from '../../../packages/core/src/auth/md4.ts'
import { NTLM_FLAGS, parseTypeTwo } from '../../../packages/core/src/auth/ntlm-messages.ts'
import { respondV1, respondV2, utf16 } from '../../../packages/core/src/auth/ntlm-responses.ts'
import { NtlmHandshake } from '../../../packages/core/src/auth/ntlm.ts'
import { challengeOf, constantRandom, fromHex, fromText, HASHES } from './ports.ts'

describe('md4 (RFC 1320 A.5)', () => {
  test.each([
    ['', '31d6cfe0d16ae931b73c59d7e0c089c0'],
    ['a', 'bde52cb31de33e46245e05fbdbd6fb24'],
    ['abc', 'a448017aaf21d8525fc10ae87aa6729d'],
    ['message digest', 'd9130a8164549fe818874806e1c7014b'],
    ['abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'],
    ['1234567890'.repeat(8), 'e33b4ddc9c38f2199c3e7b164fcc0536'],
  ])('of %j', (text, hash) => {
    expect(hexOf(md4(fromText(text)))).toBe(hash)
  })
})

describe('encryptDes', () => {
  /** Takes the parity bits out of a key of 8 bytes. */
  function withoutParity(hex: string): Uint8Array {
    const bits = [...fromHex(hex)].flatMap((byte) => (byte >> 1).toString(2).padStart(7, '0').split(''))
    return Uint8Array.from({ length: 7 }, (_, at) => parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2))
  }

  // NBS Special Publication 500-20, and the worked example that all textbooks have.
  test.each([
    ['133457799bbcdff1', '0123456789abcdef', '85e813540f0ab405'],
    ['0101010101010101', '95f8a5e5dd31d900', '8000000000000000'],
    ['8001010101010101', '0000000000000000', '95a8d72813daa94d'],
    ['7ca110454a1a6e57', '01a1d6d039776742', '690f5b0d9a26939b'],
    ['0131d9619dc1376e', '5cd54ca83def57da', '7a389d10354bd271'],
    ['1c587f1c13924fef', '305532286d6f295a', '63fac0d034d9f793'],
    ['fedcba9876543210', '0123456789abcdef', 'ed39d950fa74bcc4'],
  ])('with %s', (key, block, cipher) => {
    expect(hexOf(encryptDes(withoutParity(key), fromHex(block)))).toBe(cipher)
  })
})

describe('responses ([MS-NLMP] 4.2)', () => {
  const challenge = fromHex('0123456789abcdef')

  test('of NTLMv1', () => {
    const { lm, nt } = respondV1('Password', challenge)
    expect(hexOf(nt)).toBe('67c43011f30298a2ad35ece64f16331c44bdbed927841f94')
    expect(hexOf(lm)).toBe('98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13')
  })

  test('of NTLMv2', () => {
    const targetInfo = fromHex('02000c0044006f006d00610069006e0001000c0053006500720076006500720000000000')
    const facts = {
      user: 'User',
      domain: 'Domain',
      challenge,
      targetInfo,
      clientChallenge: fromHex('aa'.repeat(8)),
      dateMs: Date.UTC(1601, 0, 1),
    }
    const { lm, nt } = respondV2('Password', facts, HASHES)
    expect(hexOf(lm)).toBe('86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa')
    expect(hexOf(nt)).toBe(
      `68cd0ab851e51c96aabc927bebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000${hexOf(targetInfo)}00000000`,
    )
  })

  test('of NTLMv2 count tenths of microseconds since 1601, lowest byte first', () => {
    const facts = {
      user: '',
      domain: '',
      challenge,
      targetInfo: new Uint8Array(0),
      clientChallenge: new Uint8Array(8),
    }
    const { nt } = respondV2('', { ...facts, dateMs: 0 }, HASHES)
    expect(hexOf(nt.subarray(24, 32))).toBe('00803ed5deb19d01')
  })
})

const TYPE_1 = 'NTLM TlRMTVNTUAABAAAABoIIAAAAAAAAAAAAAAAAAAAAAAA='
const TYPE_2 =
  'NTLM TlRMTVNTUAACAAAAAgACADAAAACGggEAc51AYVDgyNcAAAAAAAAAAG4AbgAyAAAAQ0MCAAQAQwBDAAEAEgBFAEwASQBTAEEAQgBFAFQASAAEABgAYwBjAC4AaQBjAGUAZABlAHYALgBuAHUAAwAsAGUAbABpAHMAYQBiAGUAdABoAC4AYwBjAC4AaQBjAGUAZABlAHYALgBuAHUAAAAAAA=='

function handshake(maxMessageBytes: number = LIMITS.ntlmMessageBytes): NtlmHandshake {
  const clock = { date: () => new Date(Date.UTC(2024, 0, 2)) }
  return new NtlmHandshake({
    hashes: HASHES,
    random: constantRandom(0xaa),
    clock,
    maxMessageBytes,
    maxNameBytes: LIMITS.ntlmNameBytes,
  })
}

/** A type 2 message with a target info of its own. */
function typeTwo(
  flags: number,
  targetInfo: Uint8Array,
  overrides: { length?: number; offset?: number } = {},
): Uint8Array {
  const bytes = new Uint8Array(48 + targetInfo.length)
  bytes.set(fromText('NTLMSSP\0'))
  bytes.set(fromHex('0123456789abcdef'), 24)
  bytes.set(targetInfo, 48)
  const view = new DataView(bytes.buffer)
  view.setUint32(8, 2, true)
  view.setUint32(20, flags, true)
  view.setUint16(40, overrides.length ?? targetInfo.length, true)
  view.setUint32(44, overrides.offset ?? 48, true)
  return bytes
}

function answerTo(message: Uint8Array, user: string): Buffer {
  const one = handshake()
  one.authorize({ user, password: 'Password' })
  expect(one.receive(challengeOf(`NTLM ${encodeBase64(message)}`))).toBe(true)
  return Buffer.from(one.authorize({ user, password: 'Password' })!.slice('NTLM '.length), 'base64')
}

describe('NtlmHandshake', () => {
  test.each([
    [
      'testuser',
      'testpass',
      'NTLM TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAAAAAAABwAAAACAAIAHAAAAALAAsAeAAAAAAAAAAAAAAAhoIBAFpkQwKRCZFMhjj0tw47wEjKHRHlvzfxQamFcheMuv8v+xeqphEO5V41xRd7R9deOXRlc3R1c2VyV09SS1NUQVRJT04=',
    ],
    [
      'mydomain\\myself',
      'secret',
      'NTLM TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAAAgACABwAAAABgAGAHgAAAALAAsAfgAAAAAAAAAAAAAAhoIBAMIyJpR5mHpg2FZha5kRaFZ9436GAxPu0C5llxexSQ5QzVkiLSfkcpVyRgCXXqR+Am15ZG9tYWlubXlzZWxmV09SS1NUQVRJT04=',
    ],
  ])("says what curl says for %s (curl's cases 67 and 91)", (user, password, third) => {
    const one = handshake()
    const credentials = { user, password }
    expect(one.receive(challengeOf('NTLM'))).toBe(true)
    expect(one.isReady).toBe(false)
    expect(one.authorize(credentials)).toBe(TYPE_1)
    expect(one.receive(challengeOf(TYPE_2))).toBe(true)
    expect(one.isReady).toBe(true)
    expect(one.authorize(credentials)).toBe(third)
    expect(one.isDone).toBe(false)
    one.accept()
    expect(one.isDone).toBe(true)
    expect(one.authorize(credentials)).toBeUndefined()
  })

  test('takes domain/user as domain\\user, and the backslash first', () => {
    const message = typeTwo(NTLM_FLAGS.oem, new Uint8Array(0))
    expect(answerTo(message, 'a/b').subarray(112).toString()).toBe('abWORKSTATION')
    expect(answerTo(message, 'a/b').readUInt16LE(28)).toBe(1)
    expect(answerTo(message, 'a/b\\c').readUInt16LE(28)).toBe(3)
  })

  test('answers NTLMv2 when the server speaks of extended security, in Unicode when it says so', () => {
    const targetInfo = fromHex('02000c0044006f006d00610069006e0000000000')
    const { unicode, extendedSecurity, targetInfo: hasInfo } = NTLM_FLAGS
    const third = answerTo(typeTwo(unicode | extendedSecurity | hasInfo, targetInfo), 'Dom\\J\u00e4')
    const facts = {
      user: 'J\u00e4',
      domain: 'Dom',
      challenge: fromHex('0123456789abcdef'),
      targetInfo,
      clientChallenge: fromHex('aa'.repeat(8)),
      dateMs: Date.UTC(2024, 0, 2),
    }
    const { lm, nt } = respondV2('Password', facts, HASHES)
    expect(hexOf(third.subarray(64))).toBe(
      hexOf(lm) + hexOf(nt) + hexOf(utf16('Dom')) + hexOf(utf16('J\u00e4')) + hexOf(utf16('WORKSTATION')),
    )
    expect(third.readUInt16LE(36)).toBe(4)
  })

  test('offers Unicode for a name that is not ASCII', () => {
    const first = Buffer.from(handshake().authorize({ user: 'J\u00e4', password: 'p' })!.slice(5), 'base64')
    expect(first.readUInt32LE(12)).toBe(0x88207)
  })

  test.each([
    ['a refusal of type 3', [TYPE_2, undefined, 'NTLM']],
    ['another type 2 after type 3', [TYPE_2, undefined, TYPE_2]],
    ['no type 2 after type 1', ['NTLM']],
    ['an empty type 2', ['NTLM AAAA']],
    ['what is not base64', ['NTLM TlRMTVNTUAACAAAA*']],
    ['a type 1 for a type 2', [TYPE_1]],
  ])('ends with %s', (_, steps) => {
    const one = handshake()
    const credentials = { user: 'u', password: 'p' }
    one.authorize(credentials)
    const outcomes = steps.map((step) =>
      step === undefined ? one.authorize(credentials) !== undefined : one.receive(challengeOf(step)),
    )
    expect(outcomes.pop()).toBe(false)
    expect(outcomes.every(Boolean)).toBe(true)
  })

  test('does not take a type 2 that it did not ask for', () => {
    expect(handshake().receive(challengeOf(TYPE_2))).toBe(false)
  })

  test('begins anew when a finished connection is asked again', () => {
    const one = handshake()
    const credentials = { user: 'u', password: 'p' }
    one.authorize(credentials)
    one.receive(challengeOf(TYPE_2))
    one.authorize(credentials)
    one.accept()
    expect(one.receive(challengeOf('NTLM'))).toBe(true)
    expect(one.authorize(credentials)).toBe(TYPE_1)
  })

  test('refuses names that do not fit after type 1, as curl does', () => {
    const one = handshake()
    const credentials = { user: `testuser${'A'.repeat(1100)}`, password: 's3cret' }
    expect(one.authorize(credentials)).toBe(TYPE_1)
    expect(one.receive(challengeOf(TYPE_2))).toBe(true)
    expect(() => one.authorize(credentials)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })

  test('refuses a NUL before a byte is made', () => {
    expect(() => handshake().authorize({ user: 'u', password: 's3cret\0' })).toThrow(
      expect.objectContaining({
        code: 'BAD_FUNCTION_ARGUMENT',
        message: 'the password contains the character U+0000',
      }),
    )
  })
})

describe('parseTypeTwo', () => {
  const info = fromHex('01000000')
  const flags = NTLM_FLAGS.targetInfo

  test.each([
    ['a length past the end (CVE-2018-16890)', typeTwo(flags, info, { length: 5 })],
    ['an offset past the end', typeTwo(flags, info, { offset: 53 })],
    [
      'an offset that wraps 32 bits with its length (CVE-2018-16890)',
      typeTwo(flags, info, { offset: 0xffffffff }),
    ],
    ['an offset into the head', typeTwo(flags, info, { offset: 20 })],
    ['31 bytes', typeTwo(flags, info).subarray(0, 31)],
    ['a wrong signature', typeTwo(flags, info).fill(0x41, 0, 1)],
    ['another type', typeTwo(flags, info).fill(3, 8, 9)],
  ])('refuses %s', (_, message) => {
    expect(parseTypeTwo(message)).toBeUndefined()
  })

  test('reads what is in bounds, at any place of a larger buffer', () => {
    const message = typeTwo(flags, info)
    const shifted = new Uint8Array(message.length + 3)
    shifted.set(message, 3)
    expect(parseTypeTwo(shifted.subarray(3))).toEqual({
      flags,
      challenge: fromHex('0123456789abcdef'),
      targetInfo: info,
    })
  })

  test('a target info that leaves no room is TOO_LARGE, not an overflow (CVE-2019-3822)', () => {
    const large = typeTwo(flags | NTLM_FLAGS.extendedSecurity, new Uint8Array(65_400))
    expect(() => answerTo(large, 'u')).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })

  test('never reads outside of any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(0xffff),
        fc.nat(0xffffffff),
        (bytes, length, offset) => {
          const given = typeTwo(flags, bytes, { length, offset })
          const isInside = length === 0 || (offset >= 48 && offset + length <= given.length)
          const inside = length === 0 ? new Uint8Array(0) : given.slice(offset, offset + length)
          expect(parseTypeTwo(given)?.targetInfo).toEqual(isInside ? inside : undefined)
        },
      ),
    )
  })
})
