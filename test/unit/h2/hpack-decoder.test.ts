/** Reading header blocks: what is refused, sizes of the table, the two limits, and blocks that come again. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { HpackDecoder } from '../../../packages/core/src/h2/hpack-decoder.ts'

const MUCH = 1_000_000
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const decode = (decoder: HpackDecoder, block: string): readonly string[] =>
  decoder.decode(bytesOf(block), MUCH, MUCH)

/** What `run` gives, or the TransferError that it throws; every other error is one of the test. */
function attempt<T>(run: () => T): T | TransferError {
  try {
    return run()
  } catch (error) {
    if (error instanceof TransferError) return error
    throw error
  }
}

function failureOf(run: () => unknown): TransferError {
  const failure = attempt(run)
  if (failure instanceof TransferError) return failure
  throw new Error('nothing was thrown')
}

/** `a: b`, added: 34 bytes. */
const ADD = '4001 61 01 62'

describe('a block is refused', () => {
  test.each([
    ['index 0', '80', 'the index 0'],
    ['an index behind the empty table', 'be', 'the index 62, and the last one is 61'],
    ['an index behind the table', `${ADD} bf`, 'the index 63, and the last one is 62'],
    ['an index behind the table, in several bytes', 'ff 80 01', 'the index 255'],
    ['the largest index', 'ff 80 ff ff ff 07', 'the index 2147483647'],
    ['a name index behind the table, added', '7e 01 61', 'the index 62'],
    ['a name index behind the table, not added', '0f 2f 01 61', 'the index 62'],
    ['a name index behind the table, never added', '1f 2f 01 61', 'the index 62'],
    ['an integer above 2^31 - 1', 'ff 81 ff ff ff 07', 'above 2147483647'],
    ['an integer far above 2^31 - 1', 'ff ff ff ff ff 7f', 'above 2147483647'],
    ['an integer of six bytes more', 'ff 80 80 80 80 80 00', 'longer than 5 bytes'],
    ['a length above 2^31 - 1', '00 7f ff ff ff ff 0f', 'above 2147483647'],
    ['a size above 2^31 - 1', '3f ff ff ff ff 0f', 'above 2147483647'],
    ['an index without its end', 'ff', 'within an integer'],
    ['an index without its last byte', 'ff 80', 'within an integer'],
    ['a literal without a name', '40', 'before a string'],
    ['a literal without a value', '40 01 61', 'before a string'],
    ['a literal with an index and no value', '41', 'before a string'],
    ['a literal with half an index', '7f', 'within an integer'],
    ['a name longer than the block', '40 02 61', 'a string has 2 bytes, and 1 are left'],
    ['a value longer than the block', '40 01 61 02 62', 'a string has 2 bytes, and 1 are left'],
    ['a value of 2 GiB', '40 01 61 7f 80 ff ff ff 07', 'a string has 2147483647 bytes, and 0 are left'],
    ['a coded value longer than the block', '41 82 1f', 'a string has 2 bytes, and 1 are left'],
    ['a coded value with EOS', '41 84 ff ff ff ff', 'Huffman'],
    ['a coded value with a byte of padding', '41 82 1f ff', 'Huffman'],
    ['a coded name padded with zeros', '40 81 18 01 61', 'Huffman'],
    ['a size update behind a field', '82 3f e1 1f', 'behind a field'],
    ['a size update between fields', '82 20 82', 'behind a field'],
    ['a size above what was announced', '3f e2 1f', '4097 bytes, and 4096 were allowed'],
    ['a second size above what was announced', '20 3f e2 1f', '4097 bytes, and 4096 were allowed'],
    ['a size without its end', '3f', 'within an integer'],
  ])('for %s', (_case, block, message) => {
    const decoder = new HpackDecoder(4096)
    const error = failureOf(() => decode(decoder, block))
    expect(error.message).toContain(message)
    expect({ code: error.code, phase: error.phase, h2: error.details.h2 }).toEqual({
      code: 'HTTP2',
      phase: 'receive',
      h2: 'COMPRESSION_ERROR',
    })
    // The tables differ from here on, perhaps: nothing can be trusted.
    expect(failureOf(() => decode(decoder, '82'))).toBe(error)
  })

  test.each([
    ['an empty block', '', []],
    ['an empty value and an empty coded name', '00 80 00', ['', '']],
    ['bytes that are no text', '00 02 ff 00 01 80', ['\u00ff\0', '\u0080']],
    [
      'a length of 127 with zeros behind',
      `00 01 61 7f 80 80 80 80 00 ${'62'.repeat(127)}`,
      ['a', 'b'.repeat(127)],
    ],
    ['sizes at the beginning', '20 3f e1 1f 82', [':method', 'GET']],
  ])('but not for %s', (_case, block, pairs) => {
    expect(decode(new HpackDecoder(4096), block)).toEqual(pairs)
  })
})

describe('the table', () => {
  test('lets the oldest go, and knows the rest by their new indices', () => {
    const decoder = new HpackDecoder(70)
    decode(decoder, '4001 61 01 31  4001 62 01 32')
    expect(decoder.tableBytes).toBe(68)
    expect(decode(decoder, 'be bf')).toEqual(['b', '2', 'a', '1'])
    decode(decoder, '4001 63 01 33')
    expect(decoder.tableBytes).toBe(68)
    expect(decode(decoder, 'be bf')).toEqual(['c', '3', 'b', '2'])
    expect(() => decode(decoder, 'c0')).toThrow('the index 64')
  })

  test('gives a name to a field for which that very entry goes', () => {
    const decoder = new HpackDecoder(40)
    decode(decoder, ADD)
    expect(decode(decoder, '7e 03 313233')).toEqual(['a', '123'])
    expect(decode(decoder, 'be')).toEqual(['a', '123'])
    expect(decoder.tableBytes).toBe(36)
  })

  test('is emptied by a field that is larger than itself', () => {
    const decoder = new HpackDecoder(40)
    decode(decoder, ADD)
    expect(decode(decoder, '7e 08 3132333435363738')).toEqual(['a', '12345678'])
    expect(decoder.tableBytes).toBe(0)
    expect(() => decode(decoder, 'be')).toThrow('the index 62')
  })

  test('holds many small entries in order', () => {
    const decoder = new HpackDecoder(4096)
    for (let nth = 0; nth < 1_000; nth += 1)
      decode(decoder, `40 00 04 ${Buffer.from(String(nth).padStart(4, '0')).toString('hex')}`)
    expect(decoder.tableBytes).toBe(113 * 36)
    expect(decode(decoder, 'be bf ff 2f')).toEqual(['', '0999', '', '0998', '', '0887'])
    expect(() => decode(decoder, 'ff 30')).toThrow('the index 175, and the last one is 174')
  })

  test('keeps nothing of literals that are not added', () => {
    const decoder = new HpackDecoder(4096)
    expect(decode(decoder, '0001 61 01 62 1001 61 01 62')).toEqual(['a', 'b', 'a', 'b'])
    expect(decoder.tableBytes).toBe(0)
  })
})

describe('the size of the table', () => {
  test('is what the block says, and the oldest go', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, '4001 61 01 31  4001 62 01 32')
    expect(decode(decoder, '3f 03 be')).toEqual(['b', '2'])
    expect(decoder.tableBytes).toBe(34)
    decode(decoder, '20')
    expect(decoder.tableBytes).toBe(0)
    decode(decoder, ADD)
    expect(decoder.tableBytes).toBe(0)
    decode(decoder, `3f e1 1f ${ADD}`)
    expect(decoder.tableBytes).toBe(34)
  })

  test('is 4096 at first, even if more is allowed', () => {
    const decoder = new HpackDecoder(65_536)
    const large = `4001 61 7f 81 1e ${'62'.repeat(3_968)}`
    decode(decoder, large)
    expect(decoder.tableBytes).toBe(1 + 3_968 + 32)
    decode(decoder, large)
    expect(decoder.tableBytes).toBe(1 + 3_968 + 32)
    decode(decoder, `3f e1 ff 03 ${large}`)
    expect(decoder.tableBytes).toBe(2 * (1 + 3_968 + 32))
    expect(() => decode(decoder, '3f e2 ff 03')).toThrow('65537 bytes, and 65536 were allowed')
  })

  test.each([
    ['a field', '82'],
    ['an indexed field of the table', 'be'],
    ['nothing', ''],
  ])('must be said again when less is allowed: a block with %s is refused', (_case, block) => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, ADD)
    decoder.setMaxTableBytes(100)
    expect(() => decode(decoder, block)).toThrow('the table size update to at most 100 bytes is missing')
  })

  test('must be said even before a block that came before', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, '82')
    decoder.setMaxTableBytes(100)
    expect(() => decode(decoder, '82')).toThrow('is missing')
  })

  test.each([
    ['the new limit', '3f 45', 100],
    ['less', '20', 0],
    ['less, then the new limit', '20 3f 45', 100],
  ])('is said again with %s, once', (_case, update, most) => {
    const decoder = new HpackDecoder(4096)
    decoder.setMaxTableBytes(100)
    expect(decode(decoder, `${update} 82`)).toEqual([':method', 'GET'])
    expect(decode(decoder, '82')).toEqual([':method', 'GET'])
    decode(decoder, `${ADD} ${ADD} ${ADD}`)
    expect(decoder.tableBytes).toBe(Math.floor(most / 34) * 34)
  })

  test('must go through the smallest limit in between', () => {
    const lowered = (): HpackDecoder => {
      const decoder = new HpackDecoder(4096)
      decode(decoder, ADD)
      decoder.setMaxTableBytes(10)
      decoder.setMaxTableBytes(20)
      decoder.setMaxTableBytes(4096)
      return decoder
    }
    expect(() => decode(lowered(), '82')).toThrow('at most 10 bytes is missing')
    expect(() => decode(lowered(), '3f e1 1f 82')).toThrow('4096 bytes, and 10 were allowed meanwhile')
    expect(() => decode(lowered(), '34 82')).toThrow('20 bytes, and 10 were allowed meanwhile')
    const decoder = lowered()
    expect(decode(decoder, '2a 3f e1 1f 82')).toEqual([':method', 'GET'])
    expect(decoder.tableBytes).toBe(0)
    decode(decoder, ADD)
    expect(decoder.tableBytes).toBe(34)
  })

  test('need not be said when more is allowed, or as much as the peer uses', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, '3f 45')
    decoder.setMaxTableBytes(65_536)
    decoder.setMaxTableBytes(100)
    expect(decode(decoder, '82')).toEqual([':method', 'GET'])
    expect(() => decode(decoder, '3f 46')).toThrow('101 bytes, and 100 were allowed')
  })
})

describe('the limits', () => {
  // 42 bytes each: `:method: GET`.
  test.each([
    ['all that may be', '82 82 82', 126, 3, 3, false],
    ['a byte too many', '82 82 82', 125, 3, 2, true],
    ['a field too many', '82 82 82', 126, 2, 2, true],
    ['no bytes', '82', 0, 3, 0, true],
    ['no fields', '82', 126, 0, 0, true],
    ['nothing where nothing may be', '', 0, 0, 0, false],
  ])('%s', (_case, block, maxListBytes, maxFields, kept, isTooLarge) => {
    const decoder = new HpackDecoder(4096)
    const pairs = decoder.decode(bytesOf(block), maxListBytes, maxFields)
    expect(pairs).toEqual(Array.from({ length: kept }, () => [':method', 'GET']).flat())
    expect(decoder.isTooLarge).toBe(isTooLarge)
    expect(decoder.listBytes).toBe(bytesOf(block).length * 42)
  })

  test('a field behind one that is too large is not kept, even if it would fit', () => {
    const decoder = new HpackDecoder(4096)
    const pairs = decoder.decode(bytesOf(`82 4001 61 0a 31323334353637383930 82`), 84, 10)
    expect(pairs).toEqual([':method', 'GET'])
    expect(decoder.isTooLarge).toBe(true)
    expect(decoder.listBytes).toBe(42 + 43 + 42)
  })

  test('what is not kept is added to the table, and checked', () => {
    const decoder = new HpackDecoder(4096)
    decoder.decode(bytesOf(ADD), 0, 0)
    expect(decoder.tableBytes).toBe(34)
    expect(decode(decoder, 'be')).toEqual(['a', 'b'])
    expect(decoder.isTooLarge).toBe(false)
    expect(() => decoder.decode(bytesOf('82 80'), 0, 0)).toThrow('the index 0')
    const other = new HpackDecoder(4096)
    expect(() => other.decode(bytesOf('82 0001 61 81 00'), 0, 0)).toThrow('Huffman')
  })

  test('a large field that is repeated by its index costs no more than the limit', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, `4001 61 7f 81 1e ${'62'.repeat(3_968)}`)
    const pairs = decoder.decode(new Uint8Array(60_000).fill(0xbe), 20_000, 100)
    expect(pairs.length).toBe(2 * 4)
    expect(decoder.listBytes).toBe(60_000 * (1 + 3_968 + 32))
    expect(decoder.isTooLarge).toBe(true)
  })
})

describe('a block that comes again', () => {
  test.each([
    ['of the static table', '82 87', 0],
    ['of the dynamic table', '82 be', 34],
    ['of literals', '0001 61 01 62', 34],
  ])('with fields %s gives the same array', (_case, block, tableBytes) => {
    const decoder = new HpackDecoder(4096)
    if (tableBytes > 0) decode(decoder, ADD)
    const pairs = decode(decoder, block)
    const { listBytes } = decoder
    expect(decode(decoder, block)).toBe(pairs)
    expect(decode(decoder, block)).toBe(pairs)
    expect({ listBytes: decoder.listBytes, tableBytes: decoder.tableBytes }).toEqual({
      listBytes,
      tableBytes,
    })
  })

  test('and adds fields gives the same array and adds them again', () => {
    const decoder = new HpackDecoder(110)
    const pairs = decode(decoder, `82 ${ADD}`)
    expect(decode(decoder, `82 ${ADD}`)).toBe(pairs)
    expect(decoder.tableBytes).toBe(68)
    expect(decode(decoder, `82 ${ADD}`)).toBe(pairs)
    expect(decode(decoder, `82 ${ADD}`)).toBe(pairs)
    expect(decoder.tableBytes).toBe(102)
    expect(decode(decoder, 'be bf c0')).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
  })

  test('after another table means something else', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, '4001 61 01 31')
    expect(decode(decoder, 'be')).toEqual(['a', '1'])
    decode(decoder, '4001 62 01 32')
    expect(decode(decoder, 'be')).toEqual(['b', '2'])
    decode(decoder, '20 3f e1 1f')
    expect(() => decode(decoder, 'be')).toThrow('the index 62')
  })

  test('and both refers to the table and adds to it is decoded again', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, ADD)
    expect(decode(decoder, '7e 01 63 be')).toEqual(['a', 'c', 'a', 'c'])
    expect(decode(decoder, '7e 01 64 bf')).toEqual(['a', 'd', 'a', 'c'])
    expect(decode(decoder, '7e 01 64 bf')).toEqual(['a', 'd', 'a', 'd'])
  })

  test('with a size update updates the size again', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, `20 3f e1 1f ${ADD}`)
    decode(decoder, `20 3f e1 1f ${ADD}`)
    expect(decoder.tableBytes).toBe(34)
  })

  test('is judged by the limits of its time', () => {
    const decoder = new HpackDecoder(4096)
    decode(decoder, '82 87')
    expect(decoder.decode(bytesOf('82 87'), 42, 10)).toEqual([':method', 'GET'])
    expect(decoder.isTooLarge).toBe(true)
    expect(decoder.decode(bytesOf('82 87'), 1_000, 1)).toEqual([':method', 'GET'])
    expect(decoder.isTooLarge).toBe(true)
    expect(decode(decoder, '82 87')).toEqual([':method', 'GET', ':scheme', 'https'])
    expect(decoder.isTooLarge).toBe(false)
    expect(decode(decoder, '82 87')).toHaveLength(4)
    expect(decoder.isTooLarge).toBe(false)
  })

  test('is compared with what it was, though its bytes have changed since', () => {
    const decoder = new HpackDecoder(4096)
    const block = bytesOf('82 84')
    expect(decoder.decode(block, MUCH, MUCH)).toEqual([':method', 'GET', ':path', '/'])
    block[1] = 0x85
    expect(decoder.decode(block, MUCH, MUCH)).toEqual([':method', 'GET', ':path', '/index.html'])
  })

  test('means what it would mean if it were decoded anew', () => {
    const blocks = fc.array(
      fc.array(
        fc.constantFrom(
          '82',
          '88',
          'be',
          'bf',
          'c0',
          ADD,
          '4001 61 01 63',
          '7e 01 65',
          '0f 2f 01 66',
          '5081 1f',
        ),
        { maxLength: 3 },
      ),
      { minLength: 1, maxLength: 3 },
    )
    const order = fc.array(fc.nat(2), { maxLength: 30 })
    fc.assert(
      fc.property(blocks, order, fc.constantFrom(40, 80, 4096), (pool, choice, maxTableBytes) => {
        const start = '4001 78 01 31 4001 79 01 32 4001 7a 01 33'
        const decoder = new HpackDecoder(4096)
        const forgetful = new HpackDecoder(4096)
        for (const one of [decoder, forgetful]) {
          one.setMaxTableBytes(maxTableBytes)
          decode(one, `${Buffer.from(sizeUpdate(maxTableBytes)).toString('hex')} ${start}`)
        }
        for (const nth of choice) {
          const block = pool[nth % pool.length]!.join('')
          // An empty block in between is the one decoded last then.
          decode(forgetful, '')
          const expected = outcome(forgetful, block)
          expect(outcome(decoder, block)).toEqual(expected)
          if (typeof expected === 'string') return
        }
      }),
      { numRuns: 500 },
    )
  })
})

function outcome(decoder: HpackDecoder, block: string): unknown {
  const pairs = attempt(() => decode(decoder, block))
  if (pairs instanceof TransferError) return pairs.message
  const { listBytes, isTooLarge, tableBytes } = decoder
  return { pairs: [...pairs], listBytes, isTooLarge, tableBytes }
}

function sizeUpdate(size: number): number[] {
  if (size < 31) return [0x20 | size]
  const bytes = [0x3f]
  let rest = size - 31
  for (; rest >= 128; rest >>= 7) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}

describe('whatever comes', () => {
  const fragment = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom('82', 'be', ADD, '3f21', '7f00 8130', '1001 61 84 ffff ffff').map(bytesOf),
  )
  const block = fc
    .oneof(
      fc.array(fragment, { maxLength: 12 }),
      fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 1 }),
    )
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))

  test('only a TransferError is thrown, and nothing grows beyond its limit', () => {
    let refused = 0
    let decoded = 0
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 6 }),
        fc.nat(300),
        fc.nat(6),
        (blocks, maxListBytes, maxFields) => {
          const decoder = new HpackDecoder(128)
          for (const one of blocks) {
            const pairs = attempt(() => decoder.decode(one, maxListBytes, maxFields))
            expect(decoder.tableBytes).toBeLessThanOrEqual(128)
            if (pairs instanceof TransferError) {
              refused += 1
              return
            }
            decoded += 1
            const listBytes = pairs.reduce((sum, text) => sum + text.length + 16, 0)
            expect(listBytes).toBeLessThanOrEqual(maxListBytes)
            expect(pairs.length).toBeLessThanOrEqual(2 * maxFields)
            expect(decoder.isTooLarge).toBe(listBytes < decoder.listBytes)
          }
        },
      ),
      { numRuns: 3_000 },
    )
    expect(refused).toBeGreaterThan(100)
    expect(decoded).toBeGreaterThan(100)
  })
})
