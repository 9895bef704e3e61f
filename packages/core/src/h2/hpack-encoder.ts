/**
 * Writes header blocks (RFC 7541 section 6): names and values to bytes.
 *
 * The rule: a list that was sent before, over a table that has not changed since, is one comparison and one
 * copy; so nothing a block depends on changes without a new `#state`.
 */
import type { ByteWriter } from '../base/byte-writer.ts'
import { invariant } from '../base/invariant.ts'
import type { Indexing } from './hpack-indexing.ts'
import { FIRST_DYNAMIC_INDEX, staticFieldIndex, staticNameIndex } from './hpack-static.ts'
import { ENTRY_BYTES, HpackTable } from './hpack-table.ts'
import { huffmanEncode, huffmanLength } from './huffman.ts'

export { defaultIndexing, type Indexing } from './hpack-indexing.ts'

/**
 * A field section prepared for sending: made once per request and sent any number of times, over any
 * connection. Names are in lower case, and all is Latin-1, which whoever makes the list has checked.
 */
export class HeaderList {
  /** Name, value, name, value and so on, in the order of sending. */
  readonly pairs: readonly string[]
  /** Name, value and 32 for each field, as the peer's SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113 6.5.2). */
  readonly listBytes: number
  /** @internal For each field: how it is indexed, static index of the name, static index of the field; or 0. */
  readonly terms: readonly number[]
  /** @internal What `block` depends on: a state of an encoder. */
  state: object | undefined = undefined
  /** @internal The block in that state. */
  block: Uint8Array = NO_BYTES

  /** `indexing`: one for each field. */
  constructor(pairs: readonly string[], indexing: readonly Indexing[]) {
    invariant(pairs.length === 2 * indexing.length, 'a header list has not one indexing for each field')
    const terms: number[] = []
    let listBytes = 0
    for (let at = 0; at < pairs.length; at += 2) {
      const value = pairs[at + 1]!
      const name = staticNameIndex(pairs[at]!)
      terms.push(TERM[indexing[at >> 1]!], name, staticFieldIndex(name, value))
      listBytes += pairs[at]!.length + value.length + ENTRY_BYTES
    }
    this.pairs = pairs
    this.listBytes = listBytes
    this.terms = terms
  }
}

export class HpackEncoder {
  readonly #table: HpackTable
  readonly #ownLimit: number
  /** What the peer was told, or assumes, that the table may hold. */
  #toldBytes = FIRST_TABLE_BYTES
  /** The smallest size since it was told. */
  #leastBytes: number
  #wantedBytes: number
  /** Another object whenever equal lists could give different blocks. */
  #state: object = {}

  /** `maxTableBytes`: our own bound, whatever the peer allows. */
  constructor(maxTableBytes: number) {
    const bytes = Math.min(maxTableBytes, FIRST_TABLE_BYTES)
    this.#table = new HpackTable(bytes, true)
    this.#ownLimit = maxTableBytes
    this.#leastBytes = this.#wantedBytes = bytes
  }

  /** What the entries of the dynamic table cost. */
  get tableBytes(): number {
    return this.#table.bytes
  }

  /** Takes the SETTINGS_HEADER_TABLE_SIZE of the peer; the next block tells it what was made of it (RFC 7541 4.2). */
  setPeerLimit(bytes: number): void {
    this.#wantedBytes = Math.min(bytes, this.#ownLimit)
    this.#leastBytes = Math.min(this.#leastBytes, this.#wantedBytes)
  }

  /** Appends one whole header block. */
  encode(list: HeaderList, writer: ByteWriter): void {
    if (this.#wantedBytes !== this.#toldBytes || this.#leastBytes !== this.#toldBytes) this.#tellSize(writer)
    if (list.state === this.#state) {
      writer.set(list.block)
      return
    }
    const from = writer.length
    const added = this.#table.added
    this.#writeFields(list, writer)
    if (this.#table.added === added) {
      list.state = this.#state
      list.block = writer.bytes.slice(from, writer.length)
    } else {
      this.#state = {}
    }
  }

  /** The smallest size in between, and the one from now on: at most two updates (RFC 7541 4.2). */
  #tellSize(writer: ByteWriter): void {
    if (this.#leastBytes < this.#wantedBytes && this.#leastBytes < this.#toldBytes) {
      this.#table.resize(this.#leastBytes)
      writeInteger(writer, SIZE_UPDATE, 0x1f, this.#leastBytes)
    }
    this.#table.resize(this.#wantedBytes)
    writeInteger(writer, SIZE_UPDATE, 0x1f, this.#wantedBytes)
    this.#toldBytes = this.#leastBytes = this.#wantedBytes
    this.#state = {}
  }

  #writeFields(list: HeaderList, writer: ByteWriter): void {
    const { pairs, terms } = list
    const table = this.#table
    for (let at = 0, term = 0; at < pairs.length; at += 2, term += 3) {
      const name = pairs[at]!
      const value = pairs[at + 1]!
      let form = terms[term]!
      if (form !== NEVER) {
        let index = terms[term + 2]!
        if (index === 0) {
          const place = table.placeOfField(name, value)
          if (place >= 0) index = place + FIRST_DYNAMIC_INDEX
        }
        if (index > 0) {
          writeInteger(writer, INDEXED, 0x7f, index)
          continue
        }
      }
      let nameIndex = terms[term + 1]!
      if (nameIndex === 0) {
        const place = table.placeOfName(name)
        if (place >= 0) nameIndex = place + FIRST_DYNAMIC_INDEX
      }
      // What fills most of the table would drive out all else. nghttp2 draws the line here, too.
      const isAdded = form === ADDED && name.length + value.length + ENTRY_BYTES <= table.maxBytes * 0.75
      if (form === ADDED && !isAdded) form = PLAIN
      writeInteger(writer, form, isAdded ? 0x3f : 0x0f, nameIndex)
      if (nameIndex === 0) writeString(writer, name)
      writeString(writer, value)
      if (isAdded) table.add(name, value)
    }
  }
}

/** RFC 7541 5.1: `value` behind the bits of `form`, in a prefix as large as `mask`. */
function writeInteger(writer: ByteWriter, form: number, mask: number, value: number): void {
  if (value < mask) {
    writer.byte(form | value)
    return
  }
  writer.byte(form | mask)
  let rest = value - mask
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) writer.byte((rest % 0x80) | 0x80)
  writer.byte(rest)
}

/** RFC 7541 5.2. Coded only when that is shorter: nobody gains by decoding as many bytes. */
function writeString(writer: ByteWriter, text: string): void {
  const codedBytes = huffmanLength(text)
  if (codedBytes < text.length) {
    writeInteger(writer, CODED, 0x7f, codedBytes)
    huffmanEncode(text, writer)
  } else {
    writeInteger(writer, 0, 0x7f, text.length)
    writer.latin1(text)
  }
}

/** The first bits of each form (RFC 7541 section 6). */
const INDEXED = 0x80
const ADDED = 0x40
const PLAIN = 0x00
const NEVER = 0x10
const SIZE_UPDATE = 0x20
/** The first bit of a string that is Huffman-coded. */
const CODED = 0x80

const TERM: Readonly<Record<Indexing, number>> = { index: ADDED, plain: PLAIN, never: NEVER }

/** SETTINGS_HEADER_TABLE_SIZE at first (RFC 9113 6.5.2). */
const FIRST_TABLE_BYTES = 4096
const NO_BYTES = new Uint8Array(0)
