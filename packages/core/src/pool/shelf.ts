/**
 * `Shelf`: the idle connections, longest unused first: of the pool, and in the same order of each bucket and
 * destination; and how many of them are promised.
 *
 * The rule: a promise is for one connection of a bucket, not for a certain one; what is promised is not closed
 * to make room. All operations are O(1), but for passing over promised ones.
 */
import { LinkedList } from '../base/linked-list.ts'
import type { Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import { suits } from './note-candidates.ts'
import type { Poolable } from './poolable.ts'
import { goesBefore, type Bucket, type Destination, type Member, type Want } from './records.ts'

export class Shelf<C extends Poolable> {
  readonly #all = new LinkedList<Member<C>>()
  #promises = 0

  /** Idle connections, promised ones included. */
  get size(): number {
    return this.#all.size
  }

  /** Idle connections that are not promised. */
  get spare(): number {
    return Math.max(0, this.#all.size - this.#promises)
  }

  get first(): Member<C> | undefined {
    return this.#all.first
  }

  [Symbol.iterator](): Iterator<Member<C>> {
    return this.#all[Symbol.iterator]()
  }

  put(member: Member<C>): void {
    const { bucket } = member
    bucket.own(member.connection.isMultiplexed ? 'idleShared' : 'idle').push(member.inBucket)
    bucket.destination.idle.push(member.inDestination)
    this.#all.push(member.inPool)
  }

  take(member: Member<C>): void {
    member.inBucket.unlink()
    member.inDestination.unlink()
    member.inPool.unlink()
  }

  promise(bucket: Bucket<C>): void {
    bucket.claims += 1
    bucket.destination.claims += 1
    this.#promises += 1
  }

  /** A promise is kept, or not needed any more. */
  endPromise(bucket: Bucket<C>): void {
    bucket.claims -= 1
    bucket.destination.claims -= 1
    this.#promises -= 1
  }

  /** Whether a bucket has an idle connection that is not promised. */
  hasSpare(bucket: Bucket<C>): boolean {
    return bucket.idle.size > bucket.claims
  }

  spareAt(destination: Destination<C> | undefined): number {
    return destination === undefined ? 0 : Math.max(0, destination.idle.size - destination.claims)
  }

  /** The longest unused that are not promised, at most `count`; of one destination, or of the whole pool. */
  longestUnused(count: number, destination?: Destination<C>): Member<C>[] {
    const found: Member<C>[] = []
    if (count === 0) return found
    const passed = new Map<Bucket<C>, number>()
    for (const member of destination?.idle ?? this.#all) {
      const { bucket, connection } = member
      if (connection.isMultiplexed) {
        // Whoever was to have it holds it already.
        found.push(member)
        if (found.length === count) break
        continue
      }
      const taken = passed.get(bucket) ?? 0
      if (bucket.idle.size - taken <= bucket.claims) continue
      passed.set(bucket, taken + 1)
      found.push(member)
      if (found.length === count) break
    }
    return found
  }

  /** The connection of a bucket that is picked next. */
  next(bucket: Bucket<C>, pick: 'lifo' | 'fifo'): Member<C> | undefined {
    return pick === 'lifo' ? bucket.idle.last : bucket.idle.first
  }

  /** One that suits a want for which the next is too old: the last used are the best bet, and only a few are looked at. */
  suiting(bucket: Bucket<C>, want: Want<C>, now: Milliseconds): Member<C> | undefined {
    return bucket.idle.lastFew(LIMITS.pickTries).find((member) => suits(member, want, now))
  }

  /** The first waiting want of a bucket that the connection picked next would suit. */
  wantFor(bucket: Bucket<C>, pick: 'lifo' | 'fifo', now: Milliseconds): Want<C> | undefined {
    const { first } = bucket.waiters
    if (first === undefined) return undefined
    const member = this.next(bucket, pick)!
    if (suits(member, first, now)) return first
    // Seldom: wants of one bucket that differ in how old a connection they take.
    let next: Want<C> | undefined
    for (const want of bucket.waiters.values()) {
      if (suits(member, want, now) && (next === undefined || goesBefore(want, next))) next = want
    }
    return next
  }
}
