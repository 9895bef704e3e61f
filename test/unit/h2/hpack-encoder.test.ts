/** Writing header blocks: the form of each field, sizes of the table, and lists that are sent again. */
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../packages/core/src/base/byte-writer.ts'
import { HpackDecoder } from '../../../packages/core/src/h2/hpack-decoder.ts'
import { defaultIndexing, HeaderList, HpackEncoder } from '../../../packages/core/src/h2/hpack-encoder.ts'
import type { Indexing } from '../../../packages/core/src/h2/hpack-indexing.ts'

const list = (...fields: readonly (readonly [string, string, Indexing?])[]): HeaderList =>
  new HeaderList(
    fields.flatMap(([name, value]) => [name, value]),
    fields.map(([, , indexing]) => indexing ?? 'index'),
  )

const plain = (hex: string): string => hex.replaceAll(' ', '')

function encode(encoder: HpackEncoder, headers: HeaderList): string {
  const writer = new ByteWriter()
  encoder.encode(headers, writer)
  return Buffer.from(writer.take()).toString('hex')
}

/** Below, values are of characters that the Huffman code makes no shorter, so that blocks can be read. */
const EMPTY = list()

describe('the form of a field', () => {
  test.each<[string, readonly [string, string, Indexing], string, string]>([
    ['known to all', [':method', 'GET', 'index'], '82', '82'],
    ['known to all, though plain', [':method', 'GET', 'plain'], '82', '82'],
    ['known to all, but never indexed', [':method', 'GET', 'never'], '1203474554', '1203474554'],
    ['added', ['age', '#', 'index'], '550123', 'be'],
    ['added, with a new name', ['&', '#', 'index'], '4001260123', 'be'],
    ['plain', ['age', '#', 'plain'], '0f060123', '0f060123'],
    ['plain, with a new name', ['&', '#', 'plain'], '0001260123', '0001260123'],
    ['never indexed', ['authorization', '#', 'never'], '1f080123', '1f080123'],
    ['never indexed, with a new name', ['&', '#', 'never'], '1001260123', '1001260123'],
    ['of the last static name', ['www-authenticate', '#', 'index'], '7d0123', 'be'],
    ['of a name among several', [':status', '##', 'plain'], '08022323', '08022323'],
    ['empty', ['age', '', 'index'], '95', '95'],
    ['empty, with a new name', ['&', '', 'plain'], '00012600', '00012600'],
  ])('%s', (_case, field, first, second) => {
    const encoder = new HpackEncoder(4096)
    expect([encode(encoder, list(field)), encode(encoder, list(field))]).toEqual([first, second])
  })

  test('takes the name of an entry, and the newest entry', () => {
    const encoder = new HpackEncoder(4096)
    expect(encode(encoder, list(['&', '#'], ['&', '$'], ['!', '#']))).toBe(
      plain('4001260123 7e0124 4001210123'),
    )
    expect(encode(encoder, list(['&', '#', 'plain']))).toBe('c0')
    expect(encode(encoder, list(['&', '!', 'plain']))).toBe('0f300121')
    expect(encode(encoder, list(['&', '!', 'never']))).toBe('1f300121')
  })

  test('of what is never indexed does not depend on values of the table', () => {
    const encoder = new HpackEncoder(4096)
    encode(encoder, list(['&', '#']))
    expect(encode(encoder, list(['&', '#', 'never']))).toBe('1f2f0123')
    const bytes = encoder.tableBytes
    encode(encoder, list(['secret', 'value', 'never'], ['authorization', 'value', 'never']))
    expect(encoder.tableBytes).toBe(bytes)
  })

  test('is coded only when that is shorter', () => {
    const encoder = new HpackEncoder(4096)
    expect(encode(encoder, list(['age', '00', 'plain']))).toBe(plain('0f06 023030'))
    expect(encode(encoder, list(['age', '000', 'plain']))).toBe(plain('0f06 820001'))
    expect(encode(encoder, list(['age', '###', 'plain']))).toBe(plain('0f06 03232323'))
    expect(encode(encoder, list(['age', '\u00ff\u0080', 'plain']))).toBe(plain('0f06 02ff80'))
  })

  test('has lengths and indices of several bytes', () => {
    const encoder = new HpackEncoder(4096)
    const long = '#'.repeat(127)
    expect(encode(encoder, list(['age', long, 'plain']))).toBe(`0f067f00${'23'.repeat(127)}`)
    expect(encode(encoder, list(['age', long + '#', 'plain']))).toBe(`0f067f01${'23'.repeat(128)}`)
    for (let nth = 0; nth < 66; nth += 1) encode(encoder, list([`#${nth}`, '']))
    expect(encode(encoder, list(['#1', '']))).toBe('fe')
    expect(encode(encoder, list(['#0', '']))).toBe('ff00')
    expect(encode(encoder, list(['#0', '#', 'plain']))).toBe('0f700123')
  })

  test('is not added when the field would take more than three quarters of the table', () => {
    const encoder = new HpackEncoder(100)
    // 75 bytes: 32 and 43.
    expect(encode(encoder, list(['&', '#'.repeat(43)]))).toBe(plain(`3f45000126 2b${'23'.repeat(43)}`))
    expect(encoder.tableBytes).toBe(0)
    encode(encoder, list(['&', '#'.repeat(42)]))
    expect(encoder.tableBytes).toBe(75)
  })
})

describe('the size of the table', () => {
  test('is told when it is our own and smaller', () => {
    const encoder = new HpackEncoder(30)
    expect(encode(encoder, EMPTY)).toBe('3e')
    expect(encode(encoder, EMPTY)).toBe('')
  })

  test.each([
    ['nothing, as long as it is not less', 4096, [4096, 65_536, 4096], ''],
    ['less', 4096, [100], '3f45'],
    ['nothing', 4096, [0], '20'],
    ['less and back again', 4096, [100, 4096], '3f45 3fe11f'],
    ['less and more than before', 65_536, [100, 10_000], '3f45 3ff14d'],
    ['more', 65_536, [10_000], '3ff14d'],
    ['more than is wanted', 5_000, [10_000], '3fe926'],
    ['more and back again', 65_536, [10_000, 4096], ''],
    ['several, all less', 4096, [200, 10, 100], '2a 3f45'],
    ['down step by step', 4096, [200, 100, 10], '2a'],
    ['down and a little up', 4096, [0, 10], '20 2a'],
  ])('follows the peer: %s', (_case, own, limits, updates) => {
    const encoder = new HpackEncoder(own)
    for (const limit of limits) encoder.setPeerLimit(limit)
    expect(encode(encoder, EMPTY)).toBe(plain(updates))
    expect(encode(encoder, EMPTY)).toBe('')
  })

  test('lets entries go at its smallest, and not before the next block', () => {
    const encoder = new HpackEncoder(4096)
    encode(encoder, list(['&', '#'], ['!', '#']))
    expect(encoder.tableBytes).toBe(68)
    encoder.setPeerLimit(40)
    encoder.setPeerLimit(4096)
    expect(encoder.tableBytes).toBe(68)
    expect(encode(encoder, list(['!', '#'], ['&', '#', 'plain']))).toBe(plain('3f093fe11f be 0001260123'))
    expect(encoder.tableBytes).toBe(34)
  })

  test('of nothing adds nothing', () => {
    const encoder = new HpackEncoder(4096)
    encoder.setPeerLimit(0)
    expect(encode(encoder, list(['&', '#']))).toBe(plain('20 0001260123'))
    expect(encode(encoder, list(['&', '#']))).toBe('0001260123')
    expect(encoder.tableBytes).toBe(0)
  })
})

describe('a list that is sent again', () => {
  test('is as short as it can be from the second time on, and the same then', () => {
    const encoder = new HpackEncoder(4096)
    const headers = list([':method', 'GET'], ['&', '#'], ['age', '#', 'plain'])
    const blocks = [1, 2, 3, 4].map(() => encode(encoder, headers))
    const later = '82be0f060123'
    expect(blocks).toEqual(['8240012601230f060123', later, later, later])
  })

  test('has other indices after another list was added', () => {
    const encoder = new HpackEncoder(4096)
    const headers = list(['&', '#'])
    encode(encoder, headers)
    expect(encode(encoder, headers)).toBe('be')
    encode(encoder, list(['!', '#']))
    expect(encode(encoder, headers)).toBe('bf')
    expect(encode(encoder, headers)).toBe('bf')
    encode(encoder, list(['!', '#']))
    expect(encode(encoder, headers)).toBe('bf')
  })

  test('is written out again after its entries went', () => {
    const encoder = new HpackEncoder(4096)
    const headers = list(['&', '#'])
    encode(encoder, headers)
    expect(encode(encoder, headers)).toBe('be')
    encoder.setPeerLimit(0)
    encoder.setPeerLimit(4096)
    expect(encode(encoder, headers)).toBe(plain('203fe11f 4001260123'))
    expect(encode(encoder, headers)).toBe('be')
  })

  test('goes over several connections, each with its own table', () => {
    const [one, other] = [new HpackEncoder(4096), new HpackEncoder(4096)]
    const headers = list(['&', '#'])
    encode(other, list(['!', '#']))
    expect([encode(one, headers), encode(one, headers)]).toEqual(['4001260123', 'be'])
    expect([encode(other, headers), encode(other, headers)]).toEqual(['4001260123', 'be'])
    encode(other, list(['"', '#']))
    expect([encode(one, headers), encode(other, headers), encode(one, headers)]).toEqual(['be', 'bf', 'be'])
  })

  test('is kept apart from what the writer does later, and from what stood before it', () => {
    const encoder = new HpackEncoder(4096)
    const headers = list(['&', '#', 'plain'])
    const writer = new ByteWriter()
    writer.byte(0xaa)
    encoder.encode(headers, writer)
    writer.bytes.fill(0)
    writer.clear()
    writer.byte(0xbb)
    encoder.encode(headers, writer)
    expect(Buffer.from(writer.take()).toString('hex')).toBe('bb0001260123')
  })

  test('counts as the peer counts', () => {
    expect(list(['&', '#'], ['age', '']).listBytes).toBe(34 + 35)
  })

  test('has one indexing for each field', () => {
    expect(() => new HeaderList(['&', '#'], [])).toThrow('bug in Trunkline')
  })
})

describe('what is indexed', () => {
  test.each<[string, string | undefined, Indexing]>([
    ['authorization', 'Basic x', 'never'],
    ['proxy-authorization', undefined, 'never'],
    ['cookie', undefined, 'never'],
    ['cookie', 'a'.repeat(19), 'never'],
    ['cookie', 'a'.repeat(20), 'index'],
    ['set-cookie', 'a'.repeat(20), 'plain'],
    [':path', '/', 'plain'],
    ['content-length', '1', 'plain'],
    ['if-none-match', undefined, 'plain'],
    ['if-modified-since', undefined, 'plain'],
    ['etag', undefined, 'plain'],
    ['date', undefined, 'plain'],
    ['range', undefined, 'plain'],
    ['age', undefined, 'plain'],
    ['location', undefined, 'plain'],
    [':method', 'GET', 'index'],
    [':authority', 'a', 'index'],
    ['user-agent', undefined, 'index'],
    ['x-something', undefined, 'index'],
  ])('%s: %s: %s', (name, value, indexing) => {
    expect(defaultIndexing(name, value)).toBe(indexing)
  })

  test('a short cookie stays out of both tables', () => {
    const encoder = new HpackEncoder(4096)
    const decoder = new HpackDecoder(4096)
    const block = encode(encoder, list(['cookie', 'id=1', defaultIndexing('cookie', 'id=1')]))
    expect(block.slice(0, 4)).toBe('1f11')
    expect(decoder.decode(Buffer.from(block, 'hex'), 1_000, 10)).toEqual(['cookie', 'id=1'])
    expect([encoder.tableBytes, decoder.tableBytes]).toEqual([0, 0])
  })
})
