/**
 * Reads header blocks (RFC 7541 section 3.1, 5 and 6): bytes to names and values.
 *
 * The rule: whatever a block says, the table stays in step with the peer's, and what is kept is bounded by the
 * two limits and the table. Work is bounded by the length of the block.
 */
import { latin1 } from '../base/ascii.ts'
import { huffmanDecode } from './huffman.ts'
import { LastBlock } from './hpack-last-block.ts'
import { FIRST_DYNAMIC_INDEX, STATIC_FIELDS } from './hpack-static.ts'
import { ENTRY_BYTES, HpackTable } from './hpack-table.ts'
import { connectionError } from './violation.ts'

export class HpackDecoder {
  readonly #table: HpackTable
  /** What the peer may set the table to. */
  #allowedBytes: number
  /** A size update to at most this must begin the next block; -1 when none must. */
  #requiredBytes = -1
  #listBytes = 0
  #isTooLarge = false
  #failure: Error | undefined

  #block: Uint8Array = NO_BYTES
  #at = 0

  readonly #last = new LastBlock()

  /** `maxTableBytes`: the SETTINGS_HEADER_TABLE_SIZE that was announced when the first block may come. */
  constructor(maxTableBytes: number) {
    // The peer uses 4096 until it says otherwise in a block, even when it may use more (RFC 9113 6.5.2).
    this.#table = new HpackTable(Math.min(maxTableBytes, FIRST_TABLE_BYTES), false)
    this.#allowedBytes = maxTableBytes
  }

  /** Of the block decoded last: name, value and 32 for each field, kept or not (RFC 9113 10.5.1). */
  get listBytes(): number {
    return this.#listBytes
  }

  /** The block decoded last had more than it might: fields are missing at the end of its list. */
  get isTooLarge(): boolean {
    return this.#isTooLarge
  }

  /** What the entries of the dynamic table cost. */
  get tableBytes(): number {
    return this.#table.bytes
  }

  /**
   * Takes note that the peer acknowledged another SETTINGS_HEADER_TABLE_SIZE. When it is less than the table may
   * hold, the next block must begin with a size update (RFC 7541 4.2, RFC 9113 4.3.1).
   */
  setMaxTableBytes(maxTableBytes: number): void {
    this.#allowedBytes = maxTableBytes
    const required = this.#requiredBytes
    if (maxTableBytes < this.#table.maxBytes && (required < 0 || maxTableBytes < required))
      this.#requiredBytes = maxTableBytes
  }

  /**
   * One whole header block: name, value, name, value and so on, in Latin-1. The list must not be changed; it is
   * the same array as before when the same block comes again, so that what was made of it can be kept.
   *
   * Fields beyond `maxListBytes` (counted as in `listBytes`) or `maxFields` are not kept. Throws HTTP2 with
   * COMPRESSION_ERROR; nothing more can be decoded then.
   */
  decode(block: Uint8Array, maxListBytes: number, maxFields: number): readonly string[] {
    if (this.#failure !== undefined) throw this.#failure
    const last = this.#last
    if (last.isRepeated(block, this.#table) && this.#requiredBytes < 0) {
      if (last.listBytes <= maxListBytes && last.pairs.length <= 2 * maxFields) {
        last.addAgain(this.#table)
        this.#listBytes = last.listBytes
        this.#isTooLarge = false
        return last.pairs
      }
    }
    last.forget()
    this.#block = block
    this.#at = 0
    try {
      return this.#decode(maxListBytes, maxFields)
    } catch (error) {
      this.#failure = error as Error
      throw error
    } finally {
      this.#block = NO_BYTES
    }
  }

  #decode(maxListBytes: number, maxFields: number): readonly string[] {
    const block = this.#block
    const end = block.length
    const table = this.#table
    const pairs: string[] = []
    let adds: number[] | undefined
    let isRepeatable = true
    let usesTable = false
    let listBytes = 0
    let fieldsLeft = maxFields

    while (this.#at < end && (block[this.#at]! & 0xe0) === 0x20) {
      this.#updateSize(this.#integer(0x1f))
      isRepeatable = false
    }
    if (this.#requiredBytes >= 0)
      throw broken(`the table size update to at most ${this.#requiredBytes} bytes is missing`)

    while (this.#at < end) {
      const first = block[this.#at]!
      let name: string
      let value: string
      if (first >= 0x80) {
        const index = first < 0xff ? first & 0x7f : this.#integer(0x7f)
        if (first < 0xff) this.#at += 1
        if (index < FIRST_DYNAMIC_INDEX) {
          if (index === 0) throw broken('a field has the index 0')
          name = STATIC_FIELDS[2 * index]!
          value = STATIC_FIELDS[2 * index + 1]!
        } else {
          const place = this.#placeOf(index)
          name = table.nameAt(place)
          value = table.valueAt(place)
          usesTable = true
        }
      } else {
        if ((first & 0xe0) === 0x20) throw broken('a table size update stands behind a field')
        const isAdded = first >= 0x40
        const mask = isAdded ? 0x3f : 0x0f
        let index = first & mask
        if (index === mask) index = this.#integer(mask)
        else this.#at += 1
        if (index === 0) name = this.#string()
        else if (index < FIRST_DYNAMIC_INDEX) name = STATIC_FIELDS[2 * index]!
        else {
          name = table.nameAt(this.#placeOf(index))
          usesTable = true
        }
        value = this.#string()
        if (isAdded) {
          table.add(name, value)
          ;(adds ??= []).push(pairs.length)
        }
      }

      listBytes += name.length + value.length + ENTRY_BYTES
      fieldsLeft -= 1
      if (listBytes <= maxListBytes && fieldsLeft >= 0) pairs.push(name, value)
    }

    this.#listBytes = listBytes
    this.#isTooLarge = listBytes > maxListBytes || fieldsLeft < 0
    if (isRepeatable && !this.#isTooLarge && !(usesTable && adds !== undefined))
      this.#last.note(block, pairs, listBytes, adds, usesTable ? table.added : -1)
    return pairs
  }

  #updateSize(bytes: number): void {
    if (bytes > this.#allowedBytes)
      throw broken(`the table is to hold ${bytes} bytes, and ${this.#allowedBytes} were allowed`)
    // The first update of a block answers for the smallest limit since the last block.
    if (this.#requiredBytes >= 0) {
      if (bytes > this.#requiredBytes)
        throw broken(`the table is to hold ${bytes} bytes, and ${this.#requiredBytes} were allowed meanwhile`)
      this.#requiredBytes = -1
    }
    this.#table.resize(bytes)
  }

  #placeOf(index: number): number {
    const place = index - FIRST_DYNAMIC_INDEX
    if (place >= this.#table.count)
      throw broken(
        `a field has the index ${index}, and the last one is ${this.#table.count + FIRST_DYNAMIC_INDEX - 1}`,
      )
    return place
  }

  /** The integer (RFC 7541 5.1) whose prefix, as large as `mask`, is in the byte at hand. */
  #integer(mask: number): number {
    const block = this.#block
    let value = block[this.#at++]! & mask
    if (value < mask) return value
    let factor = 1
    for (let count = 0; count < CONTINUATION_BYTES; count += 1) {
      if (this.#at >= block.length) throw broken('the block ends within an integer')
      const byte = block[this.#at++]!
      value += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) {
        if (value > MAX_INTEGER) break
        return value
      }
    }
    throw broken(`an integer is above ${MAX_INTEGER} or longer than ${CONTINUATION_BYTES} bytes`)
  }

  /** The string (RFC 7541 5.2) at hand. */
  #string(): string {
    const block = this.#block
    if (this.#at >= block.length) throw broken('the block ends before a string')
    const first = block[this.#at]!
    let length = first & 0x7f
    if (length === 0x7f) length = this.#integer(0x7f)
    else this.#at += 1
    const from = this.#at
    const to = from + length
    if (to > block.length)
      throw broken(`a string has ${length} bytes, and ${block.length - from} are left in the block`)
    this.#at = to
    if (first < 0x80) return latin1(block, from, to)
    const text = huffmanDecode(block, from, to)
    if (text === undefined) throw broken('a string breaks the Huffman code')
    return text
  }
}

function broken(message: string): Error {
  return connectionError('COMPRESSION_ERROR', message)
}

/** SETTINGS_HEADER_TABLE_SIZE at first (RFC 9113 6.5.2). */
const FIRST_TABLE_BYTES = 4096
const MAX_INTEGER = 2 ** 31 - 1
/** Enough for that with every prefix. */
const CONTINUATION_BYTES = 5
const NO_BYTES = new Uint8Array(0)
