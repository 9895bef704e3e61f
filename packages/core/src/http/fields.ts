/**
 * `Fields`: a field section (RFC 9110 section 5), in order and with the spelling it came with.
 *
 * The rule: names compare without case, values are Latin-1 text without leading or trailing blanks. A
 * received section keeps its text and the places of its fields, and cuts a string out only when asked: a
 * response of eight fields costs one string instead of sixteen.
 */
import { trimBlanks } from './tokens.ts'

/** The fields of a head or trailer section, in order and with the spelling they came with; names compare without case. */
export class Fields implements Iterable<readonly [name: string, value: string]> {
  /** The text that `#spans` points into; empty when the section was made here. */
  readonly #text: string
  /** Four per field: name from, name to, value from, value to. Undefined once `#pairs` exists. */
  #spans: readonly number[] | undefined
  /** name, value, name, value, ... */
  #pairs: string[] | undefined
  /** Whether `#pairs` belongs to others too, and is copied on the first change. */
  #isShared = false
  /** A bit for each length (modulo 32) that a name has: most questions are about fields that are not there. */
  #lengths = ANY_LENGTH

  private constructor(text: string, spans: readonly number[] | undefined, pairs: string[] | undefined) {
    this.#text = text
    this.#spans = spans
    this.#pairs = pairs
    if (spans === undefined) return
    let lengths = 0
    for (let at = 0; at < spans.length; at += 4) lengths |= 1 << (spans[at + 1]! - spans[at]!)
    this.#lengths = lengths
  }

  /** A section made of name and value pairs. They are not checked here: the writer of a head does that. */
  static of(entries: Iterable<readonly [string, string]> = []): Fields {
    const pairs: string[] = []
    for (const [name, value] of entries) pairs.push(name, value)
    return new Fields('', undefined, pairs)
  }

  /** A received section: `spans` holds four offsets into `text` per field. */
  static received(text: string, spans: readonly number[]): Fields {
    return new Fields(text, spans, undefined)
  }

  /** A section over name, value, name, value, ...: an array that others may hold too, and nobody changes. */
  static sharing(pairs: readonly string[]): Fields {
    const fields = new Fields('', undefined, pairs as string[])
    fields.#isShared = true
    return fields
  }

  /** How many field lines there are. */
  get count(): number {
    return this.#spans === undefined ? this.#pairs!.length / 2 : this.#spans.length / 4
  }

  /** The name of the field at `index`, as it is spelt. */
  nameAt(index: number): string {
    const spans = this.#spans
    return spans === undefined
      ? this.#pairs![index * 2]!
      : this.#text.slice(spans[index * 4]!, spans[index * 4 + 1]!)
  }

  /** The value of the field at `index`. */
  valueAt(index: number): string {
    const spans = this.#spans
    return spans === undefined
      ? this.#pairs![index * 2 + 1]!
      : this.#text.slice(spans[index * 4 + 2]!, spans[index * 4 + 3]!)
  }

  /** The value of the field at `index` as `1*DIGIT`; -1 when it is none, or has more than 15 digits. No string is cut. */
  digitsAt(index: number): number {
    const spans = this.#spans
    const text = spans === undefined ? this.#pairs![index * 2 + 1]! : this.#text
    const from = spans === undefined ? 0 : spans[index * 4 + 2]!
    const to = spans === undefined ? text.length : spans[index * 4 + 3]!
    if (from === to || to - from > 15) return -1
    let number = 0
    for (let at = from; at < to; at += 1) {
      const digit = text.charCodeAt(at) - 0x30
      if (digit < 0 || digit > 9) return -1
      number = number * 10 + digit
    }
    return number
  }

  /** The fields before the one at `index`. */
  before(index: number): Fields {
    return this.#spans === undefined
      ? new Fields('', undefined, this.#pairs!.slice(0, index * 2))
      : new Fields(this.#text, this.#spans.slice(0, index * 4), undefined)
  }

  /** Where the field at `index` begins in the text that was received; -1 when none was. */
  startOf(index: number): number {
    return this.#spans?.[index * 4] ?? -1
  }

  /** The index of the first field called `name` at or after `from`, or -1. */
  indexOf(name: string, from = 0): number {
    if ((this.#lengths & (1 << name.length)) === 0) return -1
    const spans = this.#spans
    if (spans === undefined) {
      const pairs = this.#pairs!
      for (let i = from * 2; i < pairs.length; i += 2)
        if (sameName(pairs[i]!, 0, pairs[i]!.length, name)) return i / 2
    } else {
      for (let i = from * 4; i < spans.length; i += 4)
        if (sameName(this.#text, spans[i]!, spans[i + 1]!, name)) return i / 4
    }
    return -1
  }

  /** Whether there is a field called `name`. */
  has(name: string): boolean {
    return this.indexOf(name) >= 0
  }

  /** The value of the first field called `name`. */
  first(name: string): string | undefined {
    const index = this.indexOf(name)
    return index < 0 ? undefined : this.valueAt(index)
  }

  /** The values of all fields called `name`, in order. */
  all(name: string): string[] {
    const values: string[] = []
    for (let at = this.indexOf(name); at >= 0; at = this.indexOf(name, at + 1)) values.push(this.valueAt(at))
    return values
  }

  /** All fields called `name` joined by `, ` (RFC 9110 5.3); undefined when there is none. */
  get(name: string): string | undefined {
    const at = this.indexOf(name)
    if (at < 0) return undefined
    return this.indexOf(name, at + 1) < 0 ? this.valueAt(at) : this.all(name).join(', ')
  }

  /** The members of a comma-separated list field (RFC 9110 5.6.1), lower-cased, empty ones left out. */
  tokens(name: string): string[] {
    const text = this.get(name)
    if (text === undefined) return []
    return text
      .split(',')
      .map((token) => trimBlanks(token).toLowerCase())
      .filter((token) => token !== '')
  }

  /** Whether `member`, in lower case, is among the members of a comma-separated list field. No string is cut. */
  lists(name: string, member: string): boolean {
    for (let index = this.indexOf(name); index >= 0; index = this.indexOf(name, index + 1)) {
      const spans = this.#spans
      const isListed =
        spans === undefined
          ? hasMember(this.#pairs![index * 2 + 1]!, 0, this.#pairs![index * 2 + 1]!.length, member)
          : hasMember(this.#text, spans[index * 4 + 2]!, spans[index * 4 + 3]!, member)
      if (isListed) return true
    }
    return false
  }

  /** Adds a field at the end. */
  append(name: string, value: string): void {
    this.#own().push(name, value)
  }

  /** Makes `name` occur once, with `value`: where it first stood, else at the end. */
  set(name: string, value: string): void {
    const at = this.indexOf(name)
    const pairs = this.#own()
    if (at < 0) {
      pairs.push(name, value)
      return
    }
    pairs[at * 2 + 1] = value
    for (let next = this.indexOf(name, at + 1); next >= 0; next = this.indexOf(name, next))
      pairs.splice(next * 2, 2)
  }

  /** Changes the value of the field at `index`, and leaves others of its name. */
  setAt(index: number, value: string): void {
    this.#own()[index * 2 + 1] = value
  }

  /** Removes all fields called `name`. */
  delete(name: string): void {
    const pairs = this.#own()
    for (let at = this.indexOf(name); at >= 0; at = this.indexOf(name, at)) pairs.splice(at * 2, 2)
  }

  /** A section of its own with the same fields. */
  copy(): Fields {
    return Fields.of(this)
  }

  /** Names and values, in order. */
  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (let index = 0; index < this.count; index += 1) yield [this.nameAt(index), this.valueAt(index)]
  }

  /** Lower-cased names to values; several fields of one name become a list. For people and JSON. */
  toObject(): Record<string, string | string[]> {
    const object: Record<string, string | string[]> = Object.create(null)
    for (const [name, value] of this) {
      const key = name.toLowerCase()
      const known = object[key]
      object[key] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
    }
    return object
  }

  /** The pairs, cut out of the received text, or copied, on the first change. */
  #own(): string[] {
    if (this.#isShared) {
      this.#pairs = [...this.#pairs!]
      this.#isShared = false
    }
    if (this.#pairs === undefined) {
      const pairs: string[] = []
      for (const [name, value] of this) pairs.push(name, value)
      this.#pairs = pairs
      this.#spans = undefined
      this.#lengths = ANY_LENGTH
    }
    return this.#pairs
  }
}

/** Whether `text[from, to)` equals `name` without regard to the case of ASCII letters. */
function sameName(text: string, from: number, to: number, name: string): boolean {
  if (to - from !== name.length) return false
  for (let i = 0; i < name.length; i += 1) {
    const a = text.charCodeAt(from + i)
    const b = name.charCodeAt(i)
    if (a !== b && foldCase(a) !== foldCase(b)) return false
  }
  return true
}

/** Whether one of the comma-separated parts of `text[from, to)` is `member`, blanks around it and case aside. */
function hasMember(text: string, from: number, to: number, member: string): boolean {
  for (let begin = from; begin <= to;) {
    // Not `indexOf`, which would look through the rest of the head for each field.
    let comma = begin
    while (comma < to && text.charCodeAt(comma) !== COMMA) comma += 1
    let end = comma
    while (begin < end && isBlank(text.charCodeAt(begin))) begin += 1
    while (end > begin && isBlank(text.charCodeAt(end - 1))) end -= 1
    if (sameName(text, begin, end, member)) return true
    begin = comma + 1
  }
  return false
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function foldCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}

const ANY_LENGTH = -1
const COMMA = 0x2c
