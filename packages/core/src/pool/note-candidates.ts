/** Why a connection does not suit a want, as pure functions, and the notes of it that a verdict is made from. */
import type { Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import type { Poolable } from './poolable.ts'
import type { Host, Member, Want } from './records.ts'
import type { CandidateNote, NotedReason, ReuseVerdict } from './verdict.ts'

/** Whether the ages that the want sets allow the connection, and the connection's own lifetime does. */
export function suits<C extends Poolable>(member: Member<C>, want: Want<C>, now: Milliseconds): boolean {
  const { maxIdleMs, maxLifetimeMs } = want.terms
  // A retry takes what is new enough where it is shared; else only a connection of its own.
  if (want.fresh !== undefined && !(member.connection.isMultiplexed && want.takes(member.id))) return false
  const age = now - member.openedAt
  if (exceeds(age, maxLifetimeMs) || exceeds(age, member.maxLifetimeMs)) return false
  return member.leases > 0 || !exceeds(now - member.idleSince, maxIdleMs)
}

function exceeds(time: Milliseconds, limit: Milliseconds): boolean {
  return limit > 0 && time > limit
}

/** Every reason beside a different identity for which an open connection is not taken. */
function reasonsOf<C extends Poolable>(
  member: Member<C>,
  want: Want<C>,
  now: Milliseconds,
  pipelining: number,
): NotedReason[] {
  const reasons: NotedReason[] = []
  if (want.fresh !== undefined) reasons.push({ code: want.fresh })
  const age = now - member.openedAt
  const lifetime = [want.terms.maxLifetimeMs, member.maxLifetimeMs].find((limit) => exceeds(age, limit))
  if (lifetime !== undefined) reasons.push({ code: 'too-old', haveMs: age, wantMs: lifetime })
  const { maxIdleMs } = want.terms
  const idle = now - member.idleSince
  if (member.stale !== undefined) reasons.push({ code: 'draining', field: member.stale })
  else if (member.leases > 0) reasons.push(...busyReasons(member, want, pipelining))
  else if (exceeds(idle, maxIdleMs)) reasons.push({ code: 'idle-too-long', haveMs: idle, wantMs: maxIdleMs })
  // An idle one that fits a want which has to open one for itself is promised to others.
  else if (reasons.length === 0 && want.opening !== undefined && member.bucket === want.bucket)
    reasons.push({ code: 'promised' })
  return reasons
}

function busyReasons<C extends Poolable>(
  member: Member<C>,
  want: Want<C>,
  pipelining: number,
): NotedReason[] {
  const { connection, leases } = member
  if (connection.isMultiplexed) {
    if (want.terms.multiplexing === 'never') return [{ code: 'busy' }]
    return leases >= connection.capacity
      ? [{ code: 'streams-full', have: leases, want: connection.capacity }]
      : []
  }
  if (pipelining === 1) return [{ code: 'busy' }]
  const mayJoin = want.terms.pipelinable && member.joinable && !member.bucket.host.refusesPipelining
  return [{ code: mayJoin ? 'pipeline-full' : 'not-pipelinable' }]
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
    notes.push({ id, identity, state: 'closed', reasons: [{ code: 'closed', field: reason }] })
  }
  for (const member of host.members) {
    if (notes.length >= LIMITS.verdictCandidates) break
    if (member === picked) continue
    notes.push({
      id: member.id,
      identity: member.bucket.identity,
      state: member.leases > 0 ? 'busy' : 'idle',
      reasons: reasonsOf(member, want, now, pipelining),
    })
  }
  for (const { id, bucket } of host.openings) {
    if (notes.length >= LIMITS.verdictCandidates) break
    notes.push({ id, identity: bucket.identity, state: 'connecting', reasons: [{ code: 'connecting' }] })
  }
  const all = host.closed.length + host.members.size + host.openings.size - (picked === undefined ? 0 : 1)
  verdict.note(notes, all - notes.length)
}
