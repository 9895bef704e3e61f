/** The Huffman code of RFC 7541: its table, both ways, and what is refused. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../packages/core/src/base/byte-writer.ts'
import { CODE_LENGTHS, CODES, EOS } from '../../../packages/core/src/h2/huffman-codes.ts'
import { huffmanDecode, huffmanEncode, huffmanLength } from '../../../packages/core/src/h2/huffman.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

function coded(text: string): Uint8Array {
  const writer = new ByteWriter()
  huffmanEncode(text, writer)
  return writer.take()
}

/** Bits as text, to bytes; filled up with ones. */
function bits(...parts: string[]): Uint8Array {
  const all = parts.join('')
  const padded = all.padEnd(Math.ceil(all.length / 8) * 8, '1')
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
}
const codeOf = (symbol: number): string => CODES[symbol]!.toString(2).padStart(CODE_LENGTHS[symbol]!, '0')

/** Text made of all bytes, short codes and long ones. */
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)

describe('the code table', () => {
  // RFC 7541 appendix B, the first and last symbols of several lengths.
  test.each([
    [0, '1111111111000'],
    [1, '11111111111111111011000'],
    [10, '111111111111111111111111111100'],
    [0x30, '00000'],
    [0x74, '01001'],
    [0x20, '010100'],
    [0x75, '101101'],
    [0x3a, '1011100'],
    [0x7a, '1111011'],
    [0x26, '11111000'],
    [0x5a, '11111101'],
    [0x21, '1111111000'],
    [0x7c, '11111111100'],
    [0x23, '111111111010'],
    [0x5c, '1111111111111110000'],
    [0x80, '11111111111111100110'],
    [0xc3, '1111111111111110001'],
    [0xf9, '1111111111111111111111111110'],
    [0xff, '11111111111111111111101110'],
    [EOS, '111111111111111111111111111111'],
  ])('%i is %s', (symbol, code) => {
    expect(codeOf(symbol)).toBe(code)
  })

  test('is complete: no bits are left that mean nothing', () => {
    expect(CODE_LENGTHS.length).toBe(257)
    expect([...CODE_LENGTHS].reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1)
  })

  test('no code begins with another', () => {
    const codes = Array.from(CODES, (_, symbol) => codeOf(symbol)).sort()
    const clashes = codes.filter((code, at) => codes[at + 1]?.startsWith(code))
    expect(clashes).toEqual([])
  })
})

describe('coding', () => {
  // RFC 7541 C.4 and C.6.
  test.each([
    ['', ''],
    ['www.example.com', 'f1e3 c2e5 f23a 6ba0 ab90 f4ff'],
    ['no-cache', 'a8eb 1064 9cbf'],
    ['custom-key', '25a8 49e9 5ba9 7d7f'],
    ['custom-value', '25a8 49e9 5bb8 e8b4 bf'],
    ['302', '6402'],
    ['private', 'aec3 771a 4b'],
    ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff'],
    ['https://www.example.com', '9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3'],
    ['gzip', '9bd9 ab'],
  ])('%j is %s', (plain, code) => {
    expect(hex(coded(plain))).toBe(code.replaceAll(' ', ''))
    expect(huffmanLength(plain)).toBe(bytesOf(code).length)
    expect(huffmanDecode(bytesOf(code), 0, bytesOf(code).length)).toBe(plain)
  })

  test('every byte, alone and behind and before others, comes back', () => {
    for (let code = 0; code <= 0xff; code += 1) {
      const char = String.fromCharCode(code)
      for (const plain of [
        char,
        `a${char}`,
        `${char}a`,
        `ab${char}cd`,
        char.repeat(9),
        `${char}\u0001${char}`,
      ]) {
        const bytes = coded(plain)
        expect(huffmanDecode(bytes, 0, bytes.length)).toBe(plain)
      }
    }
  })

  test('long text comes back', () => {
    const plain = Array.from({ length: 5_000 }, (_, at) => String.fromCharCode((at * 7) % 256)).join('')
    const bytes = coded(plain)
    expect(huffmanDecode(bytes, 0, bytes.length)).toBe(plain)
  })

  test('any text comes back from the middle of other bytes, and has the length foretold', () => {
    fc.assert(
      fc.property(
        text,
        fc.uint8Array({ maxLength: 4 }),
        fc.uint8Array({ maxLength: 4 }),
        (plain, front, back) => {
          const bytes = coded(plain)
          expect(bytes.length).toBe(huffmanLength(plain))
          const among = Uint8Array.from([...front, ...bytes, ...back])
          expect(huffmanDecode(among, front.length, front.length + bytes.length)).toBe(plain)
        },
      ),
    )
  })

  test('text that is not Latin-1 is a bug', () => {
    expect(() => huffmanLength('a\u0130')).toThrow('bug in Trunkline')
  })
})

describe('refused is', () => {
  test.each([
    ['EOS alone', bits(codeOf(EOS))],
    ['EOS behind text', bits(codeOf(0x61), codeOf(EOS))],
    ['EOS before text', bits(codeOf(EOS), codeOf(0x61))],
    ['EOS in long text', bits(codeOf(0x61).repeat(20), codeOf(EOS), codeOf(0x61).repeat(20))],
    ['padding of a byte', bits('11111111')],
    ['padding of a byte behind text', bits('00000', '111', '11111111')],
    ['padding of eight bits', bits(codeOf(0x26), '11111111')],
    ['padding of two bytes', bits('00000', '111', '11111111', '11111111')],
    ['padding of three bytes', bits('00000', '111', '1'.repeat(24))],
    ['padding with a zero', bits('00000', '110')],
    ['padding with zeros', bits('00000', '000')],
    ['padding with a zero behind two bytes', bits('00000', '00000', '00000', '0')],
    ['the beginning of a long code', bits(codeOf(0xff).slice(0, 16))],
    ['the beginning of a long code behind text', bits(codeOf(0x26), codeOf(10).slice(0, 24))],
    ['all but the last bit of a code', bits('00000', codeOf(0x20), codeOf(0x20).slice(0, 5))],
  ])('%s', (_case, bytes) => {
    expect(huffmanDecode(bytes, 0, bytes.length)).toBeUndefined()
  })

  test('padding of up to seven ones is not', () => {
    const texts = ['0', '0!', '00', '000', ' ', '  ', ':', '&', '!', '|', '#', '$']
    const paddings = new Set(
      texts.map((plain) => {
        const bytes = coded(plain)
        expect(huffmanDecode(bytes, 0, bytes.length)).toBe(plain)
        return bytes.length * 8 - [...plain].reduce((sum, char) => sum + CODE_LENGTHS[char.charCodeAt(0)]!, 0)
      }),
    )
    expect([...paddings].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
    // Seven: 25 bits of code.
    const seven = coded('\u00c7')
    expect(CODE_LENGTHS[0xc7]).toBe(25)
    expect(huffmanDecode(seven, 0, seven.length)).toBe('\u00c7')
  })

  test('everything else that is not the coding of the text it gives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const plain = huffmanDecode(bytes, 0, bytes.length)
        expect(plain === undefined ? '' : hex(coded(plain))).toBe(plain === undefined ? '' : hex(bytes))
      }),
      { numRuns: 2_000 },
    )
  })

  test('each coding that was cut, unless what is left is a coding', () => {
    fc.assert(
      fc.property(text, (plain) => {
        const bytes = coded(plain)
        for (let to = 0; to < bytes.length; to += 1) {
          const left = huffmanDecode(bytes, 0, to)
          if (left === undefined) continue
          expect(plain.startsWith(left)).toBe(true)
          expect(hex(coded(left))).toBe(hex(bytes.subarray(0, to)))
        }
      }),
    )
  })
})
