/**
 * The block decoded last, for the case that it comes again, as those of equal responses do.
 *
 * The rule: it means the same again if it does not depend on the dynamic table, or if nothing was added to that
 * since. (A block with a size update is not noted, and nothing else evicts without adding.) In the first case
 * what it added is added again; nginx, for one, adds all its fields with each response and refers to none.
 */
import type { HpackTable } from './hpack-table.ts'

export class LastBlock {
  #bytes: Uint8Array = NO_BYTES
  #length = -1
  #pairs: readonly string[] = []
  #listBytes = 0
  #adds: readonly number[] | undefined
  #addedThen = -1

  get pairs(): readonly string[] {
    return this.#pairs
  }

  get listBytes(): number {
    return this.#listBytes
  }

  /** `adds`: where the pairs stand that were added; `addedThen`: of the table, or -1 if the block does not use it. */
  note(
    block: Uint8Array,
    pairs: readonly string[],
    listBytes: number,
    adds: readonly number[] | undefined,
    addedThen: number,
  ): void {
    const { length } = block
    if (length > LONGEST_NOTED) return
    if (length > this.#bytes.length) this.#bytes = new Uint8Array(Math.max(2 * length, 128))
    this.#bytes.set(block)
    this.#length = length
    this.#pairs = pairs
    this.#listBytes = listBytes
    this.#adds = adds
    this.#addedThen = addedThen
  }

  forget(): void {
    this.#length = -1
  }

  isRepeated(block: Uint8Array, table: HpackTable): boolean {
    const { length } = block
    if (length !== this.#length) return false
    if (this.#addedThen >= 0 && this.#addedThen !== table.added) return false
    const bytes = this.#bytes
    for (let at = 0; at < length; at += 1) if (bytes[at] !== block[at]) return false
    return true
  }

  addAgain(table: HpackTable): void {
    if (this.#adds === undefined) return
    for (const at of this.#adds) table.add(this.#pairs[at]!, this.#pairs[at + 1]!)
  }
}

/** Blocks longer than this are not kept for comparison. Usual ones have 10 to 300 bytes. */
const LONGEST_NOTED = 1024
const NO_BYTES = new Uint8Array(0)
