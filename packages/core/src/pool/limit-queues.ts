/**
 * `LimitQueues`: who waits at a limit: one queue per first hop (it stands in the `Destination`) and one for the
 * total, each in order of priority and arrival; and whose turn it is when others go before by reuse.
 */
import { LIMITS } from '../tables/limits.ts'
import type { Poolable } from './poolable.ts'
import { goesBefore, waitQueue, type Bucket, type Destination, type WaitQueue, type Want } from './records.ts'

export type LimitReason = 'host-limit' | 'total-limit'

export class LimitQueues<C extends Poolable> {
  readonly #total: WaitQueue<C, 'limitPlace'> = waitQueue('limitPlace')

  push(want: Want<C>, reason: LimitReason): void {
    ;(reason === 'total-limit' ? this.#total : want.bucket!.destination.limited).push(want)
  }

  /** Does nothing for a want that waits at no limit. */
  remove(want: Want<C>): void {
    if (want.limitPlace < 0) return
    ;(want.state === 'total-limit' ? this.#total : want.bucket!.destination.limited).remove(want)
  }

  /** Whether a place at `destination` would serve anybody. */
  isWaitedFor(destination: Destination<C>): boolean {
    return this.#total.size > 0 || destination.limited.size > 0
  }

  /** The first of each queue that a place at `destination` could serve, whoever goes before the other first. */
  heads(destination: Destination<C>): readonly [Want<C> | undefined, Want<C> | undefined] {
    const atHost = destination.limited.first
    const inAll = this.#total.first
    const hostGoesFirst = atHost !== undefined && (inAll === undefined || goesBefore(atHost, inAll))
    return hostGoesFirst ? [atHost, inAll] : [inAll, atHost]
  }

  /** Everyone who waits for the total limit, in no particular order. */
  total(): readonly Want<C>[] {
    return this.#total.values()
  }

  /**
   * Who waits at a limit, has been overtaken often enough, and must go before `next`, which a used connection of
   * `bucket` could serve; counts the overtaking. Without this, a busy host would keep its connections for ever.
   */
  dueBefore(bucket: Bucket<C>, next: Want<C>): Want<C> | undefined {
    const atHost = bucket.destination.limited.first
    if (isDue(atHost, bucket, next)) return atHost
    const inAll = this.#total.first
    return isDue(inAll, bucket, next) ? inAll : undefined
  }
}

function isDue<C extends Poolable>(
  limited: Want<C> | undefined,
  bucket: Bucket<C>,
  next: Want<C>,
): limited is Want<C> {
  if (limited === undefined || limited === next || goesBefore(next, limited)) return false
  // Of the same bucket it is served in its order, unless only a new connection will do for it.
  if (limited.bucket === bucket && limited.fresh === undefined) return false
  limited.overtaken += 1
  return limited.overtaken > LIMITS.overtakings
}
