/**
 * A doubly linked list whose nodes belong to their owners: moving an owner from list to list costs no
 * allocation, and every operation is O(1). A node is in at most one list.
 *
 * @internal
 */
export class ListNode<T> {
  readonly owner: T
  /** @internal */ list: LinkedList<T> | undefined = undefined
  /** @internal */ before: ListNode<T> | undefined = undefined
  /** @internal */ after: ListNode<T> | undefined = undefined

  constructor(owner: T) {
    this.owner = owner
  }

  get isListed(): boolean {
    return this.list !== undefined
  }

  /** Takes the node out of whatever list it is in. */
  unlink(): void {
    this.list?.remove(this)
  }
}

/** @internal The list, from first to last. */
export class LinkedList<T> implements Iterable<T> {
  #first: ListNode<T> | undefined = undefined
  #last: ListNode<T> | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#first?.owner
  }

  get last(): T | undefined {
    return this.#last?.owner
  }

  /** Puts a node at the end, out of the list it was in. */
  push(node: ListNode<T>): void {
    node.unlink()
    node.list = this
    node.before = this.#last
    if (this.#last === undefined) this.#first = node
    else this.#last.after = node
    this.#last = node
    this.#size += 1
  }

  /** @internal Called through {@link ListNode.unlink}. */
  remove(node: ListNode<T>): void {
    if (node.before === undefined) this.#first = node.after
    else node.before.after = node.after
    if (node.after === undefined) this.#last = node.before
    else node.after.before = node.before
    node.list = node.before = node.after = undefined
    this.#size -= 1
  }

  /** At most `count` owners, from the last one backwards. */
  lastFew(count: number): T[] {
    const owners: T[] = []
    for (let node = this.#last; node !== undefined && owners.length < count; node = node.before)
      owners.push(node.owner)
    return owners
  }

  /** From first to last; the owner just given may be unlinked meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    let node = this.#first
    while (node !== undefined) {
      const after = node.after
      yield node.owner
      node = after
    }
  }
}
