/** Why a connection does not suit a want, as pure functions, and the notes of it that a verdict is made from. */
import type { Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import type { ReuseReason } from '../tables/reuse-reasons.ts'
import type { Poolable } from './poolable.ts'
import type { Host, Member, Want } from './records.ts'
import type { CandidateNote, ReuseVerdict } from './verdict.ts'

/** Whether the ages that the want sets allow the connection, and the connection's own lifetime does. */
export function suits<C extends Poolable>(member: Member<C>, want: Want<C>, now: Milliseconds): boolean {
  return unsuited(member, want, now) === undefined
}

function unsuited<C extends Poolable>(
  member: Member<C>,
  want: Want<C>,
  now: Milliseconds,
): ReuseReason | undefined {
  const { maxIdleMs, maxLifetimeMs } = want.terms
  const age = now - member.openedAt
  if (exceeds(age, maxLifetimeMs) || exceeds(age, member.maxLifetimeMs)) return 'too-old'
  return member.leases === 0 && exceeds(now - member.idleSince, maxIdleMs) ? 'idle-too-long' : undefined
}

function exceeds(time: Milliseconds, limit: Milliseconds): boolean {
  return limit > 0 && time > limit
}

function busyReason<C extends Poolable>(member: Member<C>, want: Want<C>, pipelining: number): ReuseReason {
  if (pipelining === 1) return 'busy'
  const mayJoin = want.terms.pipelinable && member.joinable && !member.bucket.host.refusesPipelining
  return mayJoin ? 'pipeline-full' : 'not-pipelinable'
}

/** An idle one that fits a want which has to open one for itself is promised to others. */
function idleReason<C extends Poolable>(member: Member<C>, want: Want<C>): ReuseReason | undefined {
  return want.opening !== undefined && member.bucket === want.bucket ? 'promised' : undefined
}

/**
 * Notes down the connections to the host as they are now: those closed lately, those open but for `picked`,
 * and those on their way; at most LIMITS.verdictCandidates, the rest are counted.
 */
export function noteCandidates<C extends Poolable>(
  verdict: ReuseVerdict,
  host: Host<C> | undefined,
  want: Want<C>,
  now: Milliseconds,
  pipelining: number,
  picked?: Member<C>,
): void {
  const notes: CandidateNote[] = []
  if (host === undefined) {
    verdict.note(notes, 0)
    return
  }
  for (const { id, identity, reason } of host.closed) {
    notes.push({ id, identity, state: 'closed', reason: 'closed', field: reason })
  }
  for (const member of host.members) {
    if (notes.length >= LIMITS.verdictCandidates) break
    if (member === picked) continue
    const isBusy = member.leases > 0
    notes.push({
      id: member.id,
      identity: member.bucket.identity,
      state: isBusy ? 'busy' : 'idle',
      reason:
        want.fresh ??
        unsuited(member, want, now) ??
        (isBusy ? busyReason(member, want, pipelining) : idleReason(member, want)),
    })
  }
  for (const { id, bucket } of host.openings) {
    if (notes.length >= LIMITS.verdictCandidates) break
    notes.push({ id, identity: bucket.identity, state: 'connecting', reason: 'connecting' })
  }
  const all = host.closed.length + host.members.size + host.openings.size - (picked === undefined ? 0 : 1)
  verdict.note(notes, all - notes.length)
}
