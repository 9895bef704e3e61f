/** What the encoder writes the decoder reads, over long-lived pairs of both, whatever happens to the tables. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../../packages/core/src/base/byte-writer.ts'
import { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { HpackDecoder } from '../../../packages/core/src/h2/hpack-decoder.ts'
import { HeaderList, HpackEncoder } from '../../../packages/core/src/h2/hpack-encoder.ts'
import type { Indexing } from '../../../packages/core/src/h2/hpack-indexing.ts'

const MUCH = 1_000_000

const latin1 = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'))
const name = fc.oneof(
  fc.constantFrom(':method', ':path', ':status', 'accept', 'cookie', 'x-a', 'x-b', 'x-c'),
  latin1(12),
)
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'GET', '/', '200', 'a', 'b', 'gzip, deflate', 'x'.repeat(50)) },
  { weight: 1, arbitrary: latin1(60) },
  { weight: 1, arbitrary: fc.constantFrom('y'.repeat(300), '\u00e9'.repeat(200)) },
)
const indexing = fc.constantFrom<Indexing>('index', 'index', 'index', 'plain', 'never')
const headerList = fc
  .array(fc.tuple(name, value, indexing), { maxLength: 10 })
  .map(
    (fields) =>
      [
        fields.flatMap(([fieldName, fieldValue]) => [fieldName, fieldValue]),
        fields.map((one) => one[2]),
      ] as const,
  )

const limit = fc.oneof(fc.constantFrom(0, 31, 64, 100, 128, 200, 4096), fc.nat(10_000))
type Step =
  { readonly send: number; readonly over: number } | { readonly limit: number; readonly over: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ send: fc.nat(5), over: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ limit, over: fc.nat(1) }) },
)

/** All entries of a table, the newest first. */
function tableOf(decoder: HpackDecoder): string[] {
  const entries: string[] = []
  for (let bytes = 0; bytes < decoder.tableBytes; bytes += decoder.listBytes)
    entries.push(...decoder.decode(indexed(62 + entries.length / 2), MUCH, MUCH))
  return entries
}

function indexed(index: number): Uint8Array {
  return index < 127 ? Uint8Array.of(0x80 | index) : Uint8Array.of(0xff, index - 127)
}

describe('encoder and decoder', () => {
  test('agree on every list and on the table, over two connections that share their lists', () => {
    let repeats = 0
    fc.assert(
      fc.property(
        fc.array(headerList, { minLength: 1, maxLength: 6 }),
        fc.array(step, { minLength: 20, maxLength: 60 }),
        fc.constantFrom(4096, 4096, 128, 10_000),
        (pool, steps, ownLimit) => {
          const lists = pool.map(([pairs, how]) => new HeaderList(pairs, how))
          const ends = [0, 1].map(() => ({
            encoder: new HpackEncoder(ownLimit),
            decoder: new HpackDecoder(4096),
            limit: 4096,
          }))
          const secrets = pool.flatMap(([pairs, how]) =>
            how.flatMap((one, nth) => (one === 'never' ? [`${pairs[2 * nth]}\n${pairs[2 * nth + 1]}`] : [])),
          )
          const indexedAnyway = new Set(
            pool.flatMap(([pairs, how]) =>
              how.flatMap((one, nth) =>
                one === 'index' ? [`${pairs[2 * nth]}\n${pairs[2 * nth + 1]}`] : [],
              ),
            ),
          )
          const writer = new ByteWriter()
          for (const one of steps) {
            const end = ends[one.over]!
            if ('limit' in one) {
              end.encoder.setPeerLimit(one.limit)
              end.decoder.setMaxTableBytes(one.limit)
              end.limit = one.limit
              continue
            }
            const headers = lists[one.send % lists.length]!
            const state = headers.state
            end.encoder.encode(headers, writer)
            if (state !== undefined && headers.state === state) repeats += 1
            expect(end.decoder.decode(writer.take(), MUCH, MUCH)).toEqual(headers.pairs)
            expect(end.decoder.listBytes).toBe(headers.listBytes)
            expect(end.decoder.tableBytes).toBe(end.encoder.tableBytes)
            expect(end.decoder.tableBytes).toBeLessThanOrEqual(Math.min(end.limit, ownLimit))
          }
          for (const { encoder, decoder } of ends) {
            encoder.encode(new HeaderList([], []), writer)
            decoder.decode(writer.take(), MUCH, MUCH)
            const table = tableOf(decoder)
            const known = table.flatMap((text, at) => (at % 2 === 0 ? [`${text}\n${table[at + 1]}`] : []))
            expect(secrets.filter((secret) => known.includes(secret) && !indexedAnyway.has(secret))).toEqual(
              [],
            )
          }
        },
      ),
      { numRuns: 500 },
    )
    expect(repeats).toBeGreaterThan(100)
  })

  test('a list that was sent before gives the bytes that a new list like it gives', () => {
    fc.assert(
      fc.property(
        fc.array(headerList, { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 30 }),
        (pool, steps) => {
          const kept = pool.map(([pairs, how]) => new HeaderList(pairs, how))
          const [encoder, plain] = [new HpackEncoder(4096), new HpackEncoder(4096)]
          const [writer, other] = [new ByteWriter(), new ByteWriter()]
          for (const one of steps) {
            if ('limit' in one) {
              encoder.setPeerLimit(one.limit)
              plain.setPeerLimit(one.limit)
              continue
            }
            const nth = one.send % pool.length
            encoder.encode(kept[nth]!, writer)
            plain.encode(new HeaderList(...pool[nth]!), other)
          }
          expect([...writer.take()]).toEqual([...other.take()])
        },
      ),
    )
  })
})

/** Blocks of one connection, as an encoder gives them. */
const connection = fc.array(headerList, { minLength: 1, maxLength: 4 }).map((pool) => {
  const encoder = new HpackEncoder(4096)
  const writer = new ByteWriter()
  encoder.setPeerLimit(256)
  return [...pool, ...pool].map(([pairs, how]) => {
    encoder.encode(new HeaderList(pairs, how), writer)
    return { pairs, block: writer.take() }
  })
})

/** A decoder that has read these blocks. */
function after(blocks: readonly { readonly block: Uint8Array }[]): HpackDecoder {
  const decoder = new HpackDecoder(4096)
  for (const { block } of blocks) decoder.decode(block, MUCH, MUCH)
  return decoder
}

/** What `run` gives, or the TransferError that it throws; every other error is one of the test. */
function attempt<T>(run: () => T): T | TransferError {
  try {
    return run()
  } catch (error) {
    if (error instanceof TransferError) return error
    throw error
  }
}

describe('a block', () => {
  test('that was cut is refused, or ends between two fields', () => {
    let refused = 0
    fc.assert(
      fc.property(connection, (sent) => {
        const nth = sent.length - 1
        for (const at of [0, nth >> 1, nth]) {
          const { pairs, block } = sent[at]!
          for (let to = 0; to < block.length; to += 1) {
            const decoder = after(sent.slice(0, at))
            const left = attempt(() => decoder.decode(block.subarray(0, to), MUCH, MUCH))
            if (left instanceof TransferError) {
              refused += 1
              continue
            }
            expect(left).toEqual(pairs.slice(0, left.length))
          }
        }
      }),
      { numRuns: 60 },
    )
    expect(refused).toBeGreaterThan(100)
  })

  test('that was spoilt is refused, or gives a list; and the table stays within its limit', () => {
    let refused = 0
    let taken = 0
    fc.assert(
      fc.property(
        connection,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (sent, which, where, bits) => {
          const at = which % sent.length
          const block = sent[at]!.block.slice()
          if (block.length === 0) return
          block[where % block.length]! ^= bits
          const decoder = after(sent.slice(0, at))
          const outcome = attempt(() => {
            decoder.decode(block, MUCH, MUCH)
            for (const later of sent.slice(at + 1)) decoder.decode(later.block, MUCH, MUCH)
          })
          if (outcome instanceof TransferError) refused += 1
          else taken += 1
          expect(decoder.tableBytes).toBeLessThanOrEqual(4096)
        },
      ),
      { numRuns: 1_000 },
    )
    expect(refused).toBeGreaterThan(50)
    expect(taken).toBeGreaterThan(50)
  })
})
