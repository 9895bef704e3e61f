/** The examples of RFC 7541 appendix C: read all of them, and write those whose choices are ours. */
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../packages/core/src/base/byte-writer.ts'
import { HpackDecoder } from '../../../packages/core/src/h2/hpack-decoder.ts'
import { HeaderList, HpackEncoder } from '../../../packages/core/src/h2/hpack-encoder.ts'
import type { Indexing } from '../../../packages/core/src/h2/hpack-indexing.ts'

const plainHex = (text: string): string => text.replaceAll(/\s/g, '')
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(plainHex(text), 'hex'))
const decode = (decoder: HpackDecoder, block: string): string[] => [
  ...decoder.decode(bytesOf(block), 10_000, 100),
]

/** All entries of the dynamic table, the newest first: what the indices from 62 on mean. */
function tableOf(decoder: HpackDecoder): string[] {
  const entries: string[] = []
  for (let bytes = 0; bytes < decoder.tableBytes; bytes += decoder.listBytes)
    entries.push(...decoder.decode(Uint8Array.of(0x80 | (62 + entries.length / 2)), 10_000, 100))
  return entries
}

function encode(encoder: HpackEncoder, pairs: string[], indexing: Indexing): string {
  const writer = new ByteWriter()
  const list = new HeaderList(
    pairs,
    pairs.slice(pairs.length / 2).map(() => indexing),
  )
  encoder.encode(list, writer)
  return Buffer.from(writer.take()).toString('hex')
}

/** Lines `name: value`, as names and values in turn. */
const fields = (...lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)]
  })

const REQUESTS = [
  fields(':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'),
  fields(
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
    'cache-control: no-cache',
  ),
  fields(
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ),
]
const AFTER_REQUESTS = [
  { bytes: 57, table: fields(':authority: www.example.com') },
  { bytes: 110, table: fields('cache-control: no-cache', ':authority: www.example.com') },
  {
    bytes: 164,
    table: fields('custom-key: custom-value', 'cache-control: no-cache', ':authority: www.example.com'),
  },
]
const C3 = [
  '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
  '8286 84be 5808 6e6f 2d63 6163 6865',
  '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
]
const C4 = [
  '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
  '8286 84be 5886 a8eb 1064 9cbf',
  '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
]

const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'
const RESPONSES = [
  fields(
    ':status: 302',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ),
  fields(
    ':status: 307',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:21 GMT',
    'location: https://www.example.com',
  ),
  fields(
    ':status: 200',
    'cache-control: private',
    'date: Mon, 21 Oct 2013 20:13:22 GMT',
    'location: https://www.example.com',
    'content-encoding: gzip',
    `set-cookie: ${COOKIE}`,
  ),
]
const AFTER_RESPONSES = [
  {
    bytes: 222,
    table: fields(
      'location: https://www.example.com',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'cache-control: private',
      ':status: 302',
    ),
  },
  {
    bytes: 222,
    table: fields(
      ':status: 307',
      'location: https://www.example.com',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'cache-control: private',
    ),
  },
  {
    bytes: 215,
    table: fields(`set-cookie: ${COOKIE}`, 'content-encoding: gzip', 'date: Mon, 21 Oct 2013 20:13:22 GMT'),
  },
]
const C5 = [
  `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
   2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
  '4803 3330 37c1 c0bf',
  `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
   54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049
   5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
]
const C6 = [
  `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
   2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
  '4883 640e ffc1 c0bf',
  `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
   77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f
   9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
]

describe('C.1, integers, as sizes of the table and as lengths', () => {
  test.each([
    ['C.1.1', 10, '2a'],
    ['C.1.2', 1337, '3f9a0a'],
  ])('%s: %i in a prefix of 5 bits', (_section, size, block) => {
    const encoder = new HpackEncoder(4096)
    encoder.setPeerLimit(size)
    expect(encode(encoder, [], 'index')).toBe(block)
    expect(decode(new HpackDecoder(size), block)).toEqual([])
    expect(() => decode(new HpackDecoder(size - 1), block)).toThrow(`${size} bytes`)
  })

  test('C.1.3: 42 at the beginning of a byte, whose first bit says something else in HPACK', () => {
    const value = '\\'.repeat(42)
    const block = `0f112a${'5c'.repeat(42)}`
    expect(encode(new HpackEncoder(4096), ['date', value], 'plain')).toBe(block.replace('0f11', '0f12'))
    expect(decode(new HpackDecoder(4096), block)).toEqual(['cookie', value])
  })
})

describe('C.2, single fields', () => {
  test.each([
    [
      'C.2.1, added',
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      ['custom-key', 'custom-header'],
      55,
    ],
    ['C.2.2, not added', '040c 2f73 616d 706c 652f 7061 7468', [':path', '/sample/path'], 0],
    ['C.2.3, never indexed', '1008 7061 7373 776f 7264 0673 6563 7265 74', ['password', 'secret'], 0],
    ['C.2.4, indexed', '82', [':method', 'GET'], 0],
  ])('%s', (_case, block, pairs, tableBytes) => {
    const decoder = new HpackDecoder(4096)
    expect(decode(decoder, block)).toEqual(pairs)
    expect(decoder.tableBytes).toBe(tableBytes)
    expect(tableOf(decoder)).toEqual(tableBytes > 0 ? pairs : [])
  })
})

describe('lists, read', () => {
  test.each([
    ['C.3', 4096, C3, REQUESTS, AFTER_REQUESTS],
    ['C.4', 4096, C4, REQUESTS, AFTER_REQUESTS],
    ['C.5', 256, C5, RESPONSES, AFTER_RESPONSES],
    ['C.6', 256, C6, RESPONSES, AFTER_RESPONSES],
  ])('%s', (_section, maxTableBytes, blocks, lists, after) => {
    const decoder = new HpackDecoder(maxTableBytes)
    blocks.forEach((block, nth) => {
      expect(decode(decoder, block)).toEqual(lists[nth])
      expect({ bytes: decoder.tableBytes, table: tableOf(decoder) }).toEqual(after[nth])
    })
  })
})

describe('lists, written', () => {
  test('C.4', () => {
    const encoder = new HpackEncoder(4096)
    REQUESTS.forEach((pairs, nth) => {
      expect(encode(encoder, pairs, 'index')).toBe(plainHex(C4[nth]!))
      expect(encoder.tableBytes).toBe(AFTER_REQUESTS[nth]!.bytes)
    })
  })

  test('C.6, but for `307`, which the code would not make shorter', () => {
    const encoder = new HpackEncoder(4096)
    encoder.setPeerLimit(256)
    expect(encode(encoder, [], 'index')).toBe('3fe101')
    const expected = [C6[0]!, '4803 3330 37c1 c0bf', C6[2]!]
    RESPONSES.forEach((pairs, nth) => {
      expect(encode(encoder, pairs, 'index')).toBe(plainHex(expected[nth]!))
      expect(encoder.tableBytes).toBe(AFTER_RESPONSES[nth]!.bytes)
    })
  })

  test.each<[string, string[], Indexing, string]>([
    ['C.2.4', [':method', 'GET'], 'plain', '82'],
    ['C.2.2, coded', [':path', '/sample/path'], 'plain', '0489 6103 a6ba 0ac5 634c ff'],
    ['C.2.3, coded', ['password', 'secret'], 'never', '1086 ac68 4783 d927 8441 4961 53'],
  ])('%s', (_section, pairs, indexing, block) => {
    const decoder = new HpackDecoder(4096)
    const written = encode(new HpackEncoder(4096), pairs, indexing)
    expect(written).toBe(plainHex(block))
    expect(decode(decoder, written)).toEqual(pairs)
  })
})
