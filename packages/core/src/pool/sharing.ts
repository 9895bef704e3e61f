/**
 * Which shared (HTTP/2) connection a want joins, and whether it waits for one that is being opened: pure, over
 * the records of its bucket.
 */
import type { Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import { suits } from './note-candidates.ts'
import type { Poolable } from './poolable.ts'
import type { Bucket, Member, Want } from './records.ts'

/** What a server chose the last time, where it had the choice. */
export interface KnownProtocol {
  readonly isMultiplexed: boolean
  /** Requests that one connection took at once. */
  readonly capacity: number
}

/**
 * The connection of `bucket` that a want should join: the fullest with room, an idle one only when there is
 * none; or, for `least-loaded`, the one with the fewest requests. A few are looked at: there are seldom more.
 */
export function sharedFor<C extends Poolable>(
  bucket: Bucket<C>,
  want: Want<C>,
  now: Milliseconds,
  pick: 'fullest' | 'least-loaded',
): Member<C> | undefined {
  if (want.terms.multiplexing === 'never') return undefined
  const idle = bucket.idleShared.size === 0 ? undefined : idleFor(bucket, want, now)
  if (pick === 'least-loaded' && idle !== undefined) return idle
  let best: Member<C> | undefined
  let left: number = LIMITS.pickTries
  if (bucket.sharedWithRoom.size === 0) return idle ?? aliasFor(bucket, want, now)
  for (const member of bucket.sharedWithRoom) {
    if (suits(member, want, now) && (best === undefined || goesFirst(member, best, pick))) best = member
    left -= 1
    if (left === 0) break
  }
  return best ?? idle ?? aliasFor(bucket, want, now)
}

/** A connection to another name that was found to serve this one (RFC 9113 9.1.1). */
function aliasFor<C extends Poolable>(
  bucket: Bucket<C>,
  want: Want<C>,
  now: Milliseconds,
): Member<C> | undefined {
  const member = bucket.alias
  if (member === undefined || !member.joinable || member.yieldsTo !== undefined) return undefined
  return member.leases < member.connection.capacity && suits(member, want, now) ? member : undefined
}

function goesFirst<C extends Poolable>(
  a: Member<C>,
  b: Member<C>,
  pick: 'fullest' | 'least-loaded',
): boolean {
  return pick === 'fullest' ? a.leases > b.leases : a.leases < b.leases
}

function idleFor<C extends Poolable>(
  bucket: Bucket<C>,
  want: Want<C>,
  now: Milliseconds,
): Member<C> | undefined {
  return bucket.idleShared
    .lastFew(LIMITS.pickTries)
    .find((member) => member.expiresAt > now && member.connection.capacity > 0 && suits(member, want, now))
}

/**
 * Whether a want waits for an opening of its bucket instead of beginning its own. While nobody knows what the
 * server chooses, one opening is enough to find out; once it is known, as many as those who wait will fill.
 */
export function waitsForOpening<C extends Poolable>(
  bucket: Bucket<C>,
  want: Want<C>,
  known: KnownProtocol | undefined,
): boolean {
  const { multiplexing, pipeWait } = want.terms
  const openings = want.fresh === undefined ? bucket.openings - bucket.abandoned : newOpenings(bucket, want)
  if (openings === 0 || multiplexing === 'never' || !pipeWait) return false
  if (known === undefined && multiplexing === 'maybe') return true
  if (known?.isMultiplexed === false) return false
  const others = bucket.waiters.size - (want.bucketPlace >= 0 ? 1 : 0)
  return others < openings * (known?.capacity ?? LIMITS.h2FirstStreams)
}

/** Openings whose connection is new enough. Seldom asked for. */
function newOpenings<C extends Poolable>(bucket: Bucket<C>, want: Want<C>): number {
  let count = 0
  for (const opening of bucket.host.openings) {
    if (opening.bucket !== bucket || opening.abort.signal.aborted || opening.isStuck) continue
    if (want.takes(opening.id)) count += 1
  }
  return count
}
