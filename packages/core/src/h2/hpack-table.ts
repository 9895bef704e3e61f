/**
 * The dynamic table of HPACK (RFC 7541 2.3.2 and section 4): the fields added last, as many as fit.
 *
 * The rule: an entry costs its name, its value and 32 bytes, and the entries never cost more than the table may
 * hold. Places count from the newest, which is 0; the index on the wire is 62 more.
 */

/** What an entry costs beside its name and value; also what a field of a list counts (RFC 7541 4.1, RFC 9113 10.5.1). */
export const ENTRY_BYTES = 32

export class HpackTable {
  /** A ring; its size is a power of two. The field added as nth stands at `2 * (n & mask)`, value behind name. */
  #ring = emptyRing(FIRST_ENTRIES)
  #mask = FIRST_ENTRIES - 1
  #count = 0
  #added = 0
  #bytes = 0
  #maxBytes: number
  readonly #search: Search | undefined

  /** `isSearched`: whether `placeOfName` and `placeOfField` will be asked. */
  constructor(maxBytes: number, isSearched: boolean) {
    this.#maxBytes = maxBytes
    this.#search = isSearched ? new Map() : undefined
  }

  /** How many entries there are. */
  get count(): number {
    return this.#count
  }

  /** What they cost. */
  get bytes(): number {
    return this.#bytes
  }

  get maxBytes(): number {
    return this.#maxBytes
  }

  /** How many fields were ever added, those included that did not fit: while it stays, nothing has moved. */
  get added(): number {
    return this.#added
  }

  /** `place` must be below `count`. */
  nameAt(place: number): string {
    return this.#ring[2 * ((this.#added - 1 - place) & this.#mask)]!
  }

  /** `place` must be below `count`. */
  valueAt(place: number): string {
    return this.#ring[2 * ((this.#added - 1 - place) & this.#mask) + 1]!
  }

  /** The place of the newest entry with this name; -1 when there is none. */
  placeOfName(name: string): number {
    const named = this.#search?.get(name)
    return named === undefined ? -1 : this.#added - 1 - named.newest
  }

  /** The place of the newest entry with this name and value; -1 when there is none. */
  placeOfField(name: string, value: string): number {
    const nth = this.#search?.get(name)?.values.get(value)
    return nth === undefined ? -1 : this.#added - 1 - nth
  }

  /** Adds a field, for which older ones go; one that is larger than the table just empties it (RFC 7541 4.4). */
  add(name: string, value: string): void {
    const cost = name.length + value.length + ENTRY_BYTES
    if (this.#bytes + cost > this.#maxBytes) this.#evictDownTo(this.#maxBytes - cost)
    const nth = this.#added++
    if (cost > this.#maxBytes) return
    if (this.#count > this.#mask) this.#growRing(nth)
    const at = 2 * (nth & this.#mask)
    this.#ring[at] = name
    this.#ring[at + 1] = value
    this.#count += 1
    this.#bytes += cost
    if (this.#search !== undefined) note(this.#search, name, value, nth)
  }

  /** Sets what the entries may cost; the oldest go until they do (RFC 7541 4.3). True: some went. */
  resize(maxBytes: number): boolean {
    const before = this.#count
    this.#maxBytes = maxBytes
    this.#evictDownTo(maxBytes)
    return this.#count < before
  }

  #evictDownTo(bytes: number): void {
    while (this.#bytes > bytes && this.#count > 0) {
      const nth = this.#added - this.#count
      const at = 2 * (nth & this.#mask)
      const name = this.#ring[at]!
      const value = this.#ring[at + 1]!
      this.#ring[at] = this.#ring[at + 1] = undefined
      this.#count -= 1
      this.#bytes -= name.length + value.length + ENTRY_BYTES
      if (this.#search !== undefined) forget(this.#search, name, value, nth)
    }
  }

  #growRing(added: number): void {
    const mask = this.#mask * 2 + 1
    const ring = emptyRing(mask + 1)
    for (let nth = added - this.#count; nth < added; nth += 1) {
      const from = 2 * (nth & this.#mask)
      const to = 2 * (nth & mask)
      ring[to] = this.#ring[from]
      ring[to + 1] = this.#ring[from + 1]
    }
    this.#ring = ring
    this.#mask = mask
  }
}

function emptyRing(entries: number): (string | undefined)[] {
  return Array.from({ length: 2 * entries }, () => undefined)
}

/** For each name: which entry is the newest, and which is the newest with each value; by how many were added before. */
type Search = Map<string, { newest: number; readonly values: Map<string, number> }>

function note(search: Search, name: string, value: string, nth: number): void {
  const named = search.get(name)
  if (named === undefined) {
    search.set(name, { newest: nth, values: new Map([[value, nth]]) })
  } else {
    named.newest = nth
    named.values.set(value, nth)
  }
}

function forget(search: Search, name: string, value: string, nth: number): void {
  const named = search.get(name)!
  if (named.newest === nth) search.delete(name)
  else if (named.values.get(value) === nth) named.values.delete(value)
}

/** Usual connections hold some 10 to 30 entries. */
const FIRST_ENTRIES = 16
