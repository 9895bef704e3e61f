/**
 * `Pool`: owns connections, openings and waiting wants of one cache, and is the only one that counts leases.
 *
 * The rules: no operation costs more than O(log n) in connections or waiters; a want goes through
 * `acquire`, then is granted or refused once, or cancelled; a lease is released once. State is put in order
 * before anyone outside is called, so that whoever is called may call back.
 *
 * An idle connection is handed out only after pending input has been looked at (CVE-2026-6733: an answer
 * that nobody asked for must not become the answer to the next request). One exception costs no turn: a
 * connection passes to a waiting want in the very call that read the end of its previous response.
 */
import { LinkedList } from '../base/linked-list.ts'
import type { TimerQueue } from '../base/timer-queue.ts'
import type { Clock, Milliseconds } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import type { CacheSettings } from '../options/option-types.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import { decide } from './decide.ts'
import { Directory } from './directory.ts'
import { noteCandidates, suits } from './note-candidates.ts'
import type { OpeningPhase, Poolable } from './poolable.ts'
import { ReuseVerdict } from './verdict.ts'
import {
  Bucket,
  Destination,
  goesBefore,
  Member,
  Opening,
  waitQueue,
  type WaitQueue,
  type Want,
  type WantTerms,
} from './records.ts'

/** Opens connections for a pool. */
export interface Opener<C extends Poolable, T extends WantTerms> {
  /** Resolves with an open connection, or rejects and leaves nothing open; with the signal's reason when it aborts. */
  open(terms: T, id: number, report: (phase: OpeningPhase) => void, signal: AbortSignal): Promise<C>
  /** The connection is in the pool now, as `member`. */
  joined(member: Member<C>): void
}

/** Who watches. Nothing in the engine depends on these calls. */
export interface PoolObserver<C extends Poolable> {
  opened(member: Member<C>): void
  reused(member: Member<C>): void
  idle(member: Member<C>): void
  closed(member: Member<C>, reason: CloseReason): void
}

/** What a pool needs from outside. */
export interface PoolPorts<C extends Poolable, T extends WantTerms> {
  readonly clock: Clock
  readonly timers: TimerQueue
  readonly opener: Opener<C, T>
  readonly observer: PoolObserver<C> | undefined
}

export class Pool<C extends Poolable, T extends WantTerms = WantTerms> {
  readonly #ports: PoolPorts<C, T>
  #settings: CacheSettings
  /** Idle connections kept when `maxConnects` is 0. */
  #earnedIdle: number
  readonly #directory = new Directory<C>()
  /** Idle connections of the whole pool, longest unused first. */
  readonly #idle = new LinkedList<Member<C>>()
  readonly #limited: WaitQueue<C, 'limitPlace'> = waitQueue('limitPlace')
  /** Wants to be served once pending input has been looked at. */
  #claimants: Want<C, T>[] = []
  /** Connections that became idle since, and still keep the process awake. */
  #settling: Member<C>[] = []
  /** Openings that nobody waits for any more. */
  readonly #surplus = new Set<Opening<C>>()
  #isTurnDue = false
  #claims = 0
  #count = 0
  #nextId = 0
  #arrivals = 0
  #isClosed = false

  constructor(ports: PoolPorts<C, T>, settings: CacheSettings, idleWithoutOption = 5) {
    this.#ports = ports
    this.#settings = settings
    this.#earnedIdle = idleWithoutOption
  }

  get settings(): CacheSettings {
    return this.#settings
  }

  /** Connections open and being opened. */
  get count(): number {
    return this.#count
  }

  get idleCount(): number {
    return this.#idle.size
  }

  /** How many idle connections are kept. */
  get idleLimit(): number {
    return this.#settings.maxConnects > 0 ? this.#settings.maxConnects : this.#earnedIdle
  }

  /** Every open connection, for snapshots. */
  *members(): Iterable<Member<C>> {
    for (const host of this.#directory.hosts()) yield* host.members
  }

  /** New limits hold from now on: too many idle connections are closed, and waiting wants looked at again. */
  reconfigure(settings: CacheSettings): void {
    this.#settings = settings
    this.#closeSurplusIdle()
    for (const destination of this.#directory.destinations()) this.#serveLimited(destination)
  }

  /** Raises the number of idle connections kept without an explicit limit; it never shrinks. */
  earnIdle(count: number): void {
    if (count > this.#earnedIdle) this.#earnedIdle = count
  }

  /** Asks for a connection. Answers through the want's holder, possibly before this returns. */
  acquire(want: Want<C, T>): void {
    want.arrival = this.#arrivals++
    want.since = want.reasonSince = this.#ports.clock.now()
    if (this.#isClosed) {
      want.state = 'settled'
      want.holder.refused(
        new TransferError(
          'NO_CONNECTION_AVAILABLE',
          'the connection cache is closed',
          {},
          { phase: 'queue' },
        ),
      )
      return
    }
    const bucket = this.#directory.enter(want.terms)
    want.bucket = bucket
    bucket.wants += 1
    if (want.fresh === undefined && bucket.idle.size > bucket.claims) this.#claim(want, bucket)
    else this.#place(want, bucket)
  }

  /** Takes a want back; does nothing when it was settled. */
  cancel(want: Want<C, T>): void {
    if (want.state === 'settled') return
    const bucket = want.bucket!
    this.#settle(want)
    if (want.opening !== undefined) {
      const opening = want.opening
      this.#orphan(opening)
      if (opening.want === undefined && bucket.waiters.size === 0) this.#abandon(opening)
    }
    this.#directory.leave(bucket)
  }

  /**
   * Ends a lease. With a reason the connection is closed; without, it serves the next waiting want or goes
   * idle. Call it from within the read that ended the response, or after one.
   */
  release(member: Member<C>, close?: CloseReason): void {
    member.leases -= 1
    if (member.closed !== undefined) return
    const reason = close ?? (member.leases === 0 ? member.stale : undefined)
    if (reason !== undefined) {
      this.#close(member, reason)
      return
    }
    const bucket = member.bucket
    if (member.leases > 0) {
      this.#noteRoom(member)
      this.#serveRoom(bucket)
      return
    }
    const now = (member.idleSince = this.#ports.clock.now())
    member.joinable = false
    member.withRoom.unlink()
    const next = bucket.waiters.first as Want<C, T> | undefined
    if (this.#givesWay(member, next)) return
    if (next !== undefined && suits(member, next, now)) {
      this.#hand(member, next, undefined)
      this.#serveRoom(bucket)
    } else if (next !== undefined && next.limitPlace >= 0) this.#close(member, 'made-room')
    else this.#goIdle(member)
  }

  /** The connection is gone, or must not be used again, and closes itself. Its leases are still to be released. */
  lost(member: Member<C>, reason: CloseReason): void {
    if (member.closed === undefined) this.#forget(member, reason)
  }

  /** The connection's capacity changed, or whether others may join its busy ones. */
  roomChanged(member: Member<C>): void {
    if (member.closed !== undefined) return
    this.#noteRoom(member)
    this.#serveRoom(member.bucket)
  }

  /** A server answered pipelined requests wrongly: its host is not pipelined to any more. */
  refusePipelining(member: Member<C>): void {
    member.bucket.host.refusesPipelining = true
  }

  /** Gives up openings that nobody waits for. */
  abandonSurplus(): void {
    for (const opening of this.#surplus) if (opening.bucket.waiters.size === 0) this.#abandon(opening)
  }

  /** Closes all idle connections. */
  closeIdle(reason: CloseReason): void {
    // What is closed may make room for others, who may close more: look at the first one each time.
    for (let member = this.#idle.first; member !== undefined; member = this.#idle.first)
      this.#close(member, reason)
  }

  /** Closes idle connections that have expired. Answers how many. */
  closeExpired(): number {
    const now = this.#ports.clock.now()
    let closed = 0
    for (const member of [...this.#idle]) {
      const expiry = member.expires()
      if (!member.isIdle || expiry === undefined || expiry.at > now) continue
      this.#close(member, expiry.why)
      closed += 1
    }
    return closed
  }

  /** After a change of network: idle connections go now, busy ones when their transfer is done. */
  networkChanged(): void {
    for (const member of this.members()) {
      member.stale = 'network-changed'
      member.joinable = false
      member.withRoom.unlink()
    }
    this.closeIdle('network-changed')
  }

  /** Refuses everyone who waits, gives up openings and closes idle connections; busy ones close on release. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const waiting = new Set<Want<C, T>>(this.#claimants)
    for (const bucket of this.#directory.buckets())
      for (const want of bucket.waiters.values()) waiting.add(want as Want<C, T>)
    for (const queue of [
      this.#limited,
      ...[...this.#directory.destinations()].map((destination) => destination.limited),
    ]) {
      for (const want of queue.values()) waiting.add(want as Want<C, T>)
    }
    for (const host of this.#directory.hosts()) {
      for (const opening of host.openings) {
        if (opening.want !== undefined) waiting.add(opening.want as Want<C, T>)
        opening.want = undefined
        opening.abort.abort(new Error('the connection cache is closed'))
      }
    }
    for (const want of waiting) {
      if (want.state === 'settled') continue
      want.opening = undefined
      this.#refuse(
        want,
        new TransferError(
          'NO_CONNECTION_AVAILABLE',
          'the connection cache was closed',
          {},
          { phase: 'queue' },
        ),
      )
    }
    this.closeIdle('cache-closed')
  }

  /** What the search would say for these terms now, without acquiring anything. */
  explain(want: Want<C, T>): ReuseVerdict {
    const terms = want.terms
    const verdict = new ReuseVerdict(terms.identity)
    const bucket = this.#directory.bucket(terms.identity.key)
    const now = this.#ports.clock.now()
    const pick =
      want.fresh === undefined && bucket !== undefined ? this.#pick(bucket, want, now, false) : undefined
    noteCandidates(verdict, this.#directory.host(terms.identity.host), want, now, this.#settings.pipelining)
    if (pick !== undefined) {
      verdict.outcome = 'reused'
      verdict.connection = pick.id
      verdict.request = pick.served + 1
      verdict.idleMs = now - pick.idleSince
    } else {
      const step = decide(this.#room(want, bucket, this.#directory.destination(terms.firstHop)))
      if (step.is === 'wait') verdict.waits.push({ reason: step.reason, ms: 0 })
      else verdict.outcome = step.is === 'open' ? 'opened' : 'reused'
      if (step.is === 'join') verdict.connection = bucket!.withRoom.first!.id
    }
    return verdict
  }

  // ---- Serving wants -------------------------------------------------------------------------------

  /** Promises an idle connection; which one is settled after the look at pending input. */
  #claim(want: Want<C, T>, bucket: Bucket<C>): void {
    want.state = 'input-check'
    bucket.claims += 1
    bucket.destination.claims += 1
    this.#claims += 1
    this.#claimants.push(want)
    this.#dueTurn()
  }

  #dueTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#ports.clock.afterPendingInput(this.#turn)
  }

  /** Pending input has been looked at: whatever is still idle is alive. */
  readonly #turn = (): void => {
    this.#isTurnDue = false
    const claimants = this.#claimants
    const settling = this.#settling
    if (claimants.length > 0) {
      this.#claimants = []
      const now = this.#ports.clock.now()
      for (const want of claimants) {
        const bucket = want.bucket!
        bucket.claims -= 1
        bucket.destination.claims -= 1
        this.#claims -= 1
        if (want.state !== 'input-check') continue
        const member = this.#pick(bucket, want, now, true)
        if (member === undefined) this.#place(want, bucket)
        else {
          this.#hand(member, want, now - member.idleSince)
          this.#serveRoom(bucket)
        }
      }
    }
    if (settling.length > 0) {
      this.#settling = []
      for (const member of settling) if (member.isIdle) this.#hold(member, false)
    }
  }

  /** The idle connection that suits a want; expired ones met on the way are closed when `closes` is set. */
  #pick(bucket: Bucket<C>, want: Want<C, T>, now: Milliseconds, closes: boolean): Member<C> | undefined {
    const takesLast = this.#settings.pick === 'lifo'
    for (let member = takesLast ? bucket.idle.last : bucket.idle.first; member !== undefined;) {
      const expiry = member.expires()
      if (expiry === undefined || expiry.at > now) {
        if (suits(member, want, now)) return member
        // Seldom: a want with a limit of its own, stricter than that of whoever left the connection.
        return [...bucket.idle].reverse().find((other) => suits(other, want, now))
      }
      if (!closes) return undefined
      this.#close(member, expiry.why)
      member = takesLast ? bucket.idle.last : bucket.idle.first
    }
    return undefined
  }

  /** Opens, joins or queues for a want that no idle connection serves. */
  #place(want: Want<C, T>, bucket: Bucket<C>): void {
    const step = decide(this.#room(want, bucket, bucket.destination))
    switch (step.is) {
      case 'open':
        for (let i = 0; i < step.closeHere; i += 1) this.#closeForRoom(bucket.destination.idle.first!)
        for (let i = 0; i < step.closeAnywhere; i += 1) this.#closeForRoom(this.#idle.first!)
        if (want.fresh === undefined && want.bucketPlace < 0) bucket.waiters.push(want as Want<C>)
        this.#open(want, bucket)
        return
      case 'join':
        this.#hand(bucket.withRoom.first!, want, undefined)
        return
      case 'wait':
        if (want.fresh === undefined && want.bucketPlace < 0) bucket.waiters.push(want as Want<C>)
        ;(step.reason === 'host-limit' ? bucket.destination.limited : this.#limited).push(want as Want<C>)
        this.#waitFor(want, step.reason)
    }
  }

  #room(
    want: Want<C, T>,
    bucket: Bucket<C> | undefined,
    destination: Destination<C> | undefined,
  ): Parameters<typeof decide>[0] {
    return {
      atHost: destination?.count ?? 0,
      idleAtHost: destination === undefined ? 0 : Math.max(0, destination.idle.size - destination.claims),
      hostLimit: this.#settings.maxHostConnections,
      inAll: this.#count,
      idleInAll: Math.max(0, this.#idle.size - this.#claims),
      totalLimit: this.#settings.maxTotalConnections,
      mayJoin:
        bucket !== undefined &&
        bucket.withRoom.size > 0 &&
        want.fresh === undefined &&
        want.terms.pipelinable &&
        !bucket.host.refusesPipelining,
    }
  }

  #waitFor(want: Want<C, T>, reason: 'connecting' | 'host-limit' | 'total-limit'): void {
    this.#endWait(want)
    want.state = reason
    want.holder.waiting(reason)
  }

  /** Notes how long the wait for the present reason took. */
  #endWait(want: Want<C, T>): void {
    const now = this.#ports.clock.now()
    const reason = want.state
    if (reason === 'connecting' || reason === 'host-limit' || reason === 'total-limit') {
      const ms = now - want.reasonSince
      if (reason !== 'connecting') want.limitedMs += ms
      want.verdict?.waits.push({ reason, ms })
    }
    want.reasonSince = now
  }

  /** Gives a connection to a want: the one place where leases are counted up. */
  #hand(member: Member<C>, want: Want<C, T>, idleMs: Milliseconds | undefined): void {
    const isReuse = member.served > 0
    const bucket = member.bucket
    this.#endWait(want)
    this.#settle(want)
    member.inBucket.unlink()
    member.inDestination.unlink()
    member.inPool.unlink()
    member.leases += 1
    member.served += 1
    member.joinable = want.terms.pipelinable && (member.leases === 1 || member.joinable)
    const verdict = (want.verdict ??= new ReuseVerdict(want.terms.identity))
    if (this.#settings.explainReuse && !verdict.hasNotes)
      noteCandidates(verdict, bucket.host, want, this.#ports.clock.now(), this.#settings.pipelining, member)
    verdict.outcome = isReuse ? 'reused' : 'opened'
    verdict.connection = member.id
    verdict.request = member.served
    verdict.idleMs = idleMs
    const opening = want.opening
    if (opening !== undefined) this.#orphan(opening)
    if (!member.awake) this.#hold(member, true)
    this.#noteRoom(member)
    if (isReuse) this.#ports.observer?.reused(member)
    want.holder.granted(member, isReuse)
  }

  #refuse(want: Want<C, T>, error: TransferError): void {
    this.#endWait(want)
    this.#settle(want)
    if (want.verdict !== undefined) want.verdict.outcome = 'failed'
    want.holder.refused(error)
  }

  /** The want is done with: granted, refused or cancelled. */
  #settle(want: Want<C, T>): void {
    want.bucket!.wants -= 1
    if (want.bucketPlace >= 0) want.bucket!.waiters.remove(want as Want<C>)
    if (want.limitPlace >= 0)
      (want.state === 'total-limit' ? this.#limited : want.bucket!.destination.limited).remove(
        want as Want<C>,
      )
    want.state = 'settled'
  }

  // ---- Openings ------------------------------------------------------------------------------------

  #open(want: Want<C, T>, bucket: Bucket<C>): void {
    const opening = new Opening<C>(this.#nextId++, bucket, this.#ports.clock.now(), want as Want<C>)
    want.opening = opening
    want.verdict ??= new ReuseVerdict(want.terms.identity)
    if (!want.verdict.hasNotes)
      noteCandidates(want.verdict, bucket.host, want, opening.startedAt, this.#settings.pipelining)
    bucket.openings += 1
    bucket.destination.count += 1
    bucket.host.openings.add(opening)
    this.#count += 1
    this.#waitFor(want, 'connecting')
    const report = (phase: OpeningPhase): void => {
      opening.phase = phase
      opening.want?.holder.opening(phase)
    }
    this.#ports.opener.open(want.terms, opening.id, report, opening.abort.signal).then(
      (connection) => this.#opened(opening, connection),
      (error: unknown) => this.#openFailed(opening, error),
    )
  }

  #opened(opening: Opening<C>, connection: C): void {
    const bucket = opening.bucket
    const member = new Member(opening.id, connection, bucket, this.#ports.clock.now(), this.#expire)
    member.maxIdleMs = opening.maxIdleMs
    member.maxLifetimeMs = opening.maxLifetimeMs
    bucket.openings -= 1
    bucket.members += 1
    bucket.host.openings.delete(opening)
    bucket.host.members.add(member)
    this.#ports.opener.joined(member)
    this.#ports.observer?.opened(member)
    this.#surplus.delete(opening)
    const own = opening.want
    if (own !== undefined) own.opening = undefined
    opening.want = undefined
    // The oldest want goes first, whoever the opening was begun for; unless that one insists on a new one.
    const first = own?.fresh !== undefined ? own : (bucket.waiters.first ?? own)
    if (first !== own && own !== undefined) {
      own.opening = first!.opening
      if (own.opening !== undefined) own.opening.want = own
      first!.opening = undefined
    }
    if (this.#isClosed || opening.abort.signal.aborted) this.#close(member, 'cache-closed')
    else if (first === undefined) this.#goIdle(member)
    else this.#hand(member, first as Want<C, T>, undefined)
    if (own !== undefined && own !== first && own.opening === undefined && own.state === 'connecting')
      this.#place(own as Want<C, T>, bucket)
  }

  #openFailed(opening: Opening<C>, error: unknown): void {
    const bucket = opening.bucket
    bucket.openings -= 1
    bucket.host.openings.delete(opening)
    this.#surplus.delete(opening)
    bucket.destination.count -= 1
    this.#count -= 1
    const want = opening.want as Want<C, T> | undefined
    if (want !== undefined) {
      want.opening = undefined
      this.#refuse(
        want,
        isTransferError(error)
          ? error
          : new TransferError('COULDNT_CONNECT', String(error), {}, { phase: 'connect', cause: error }),
      )
    }
    this.#serveLimited(bucket.destination)
    this.#directory.leave(bucket)
  }

  /** The want of an opening is served otherwise: another want of its bucket that is stuck at a limit adopts it. */
  #orphan(opening: Opening<C>): void {
    if (opening.want !== undefined) opening.want.opening = undefined
    opening.want = undefined
    const heir = opening.bucket.waiters.first as Want<C, T> | undefined
    if (heir === undefined || heir.opening !== undefined || heir.limitPlace < 0) {
      this.#surplus.add(opening)
      return
    }
    ;(heir.state === 'total-limit' ? this.#limited : opening.bucket.destination.limited).remove(
      heir as Want<C>,
    )
    opening.want = heir as Want<C>
    heir.opening = opening
    this.#waitFor(heir, 'connecting')
    heir.holder.opening(opening.phase)
  }

  #abandon(opening: Opening<C>): void {
    opening.abort.abort(new Error('no transfer wants this connection any more'))
  }

  // ---- Idle connections and their end --------------------------------------------------------------

  #goIdle(member: Member<C>): void {
    const now = (member.idleSince = this.#ports.clock.now())
    const expiry = member.expires()
    if (this.#isClosed || (expiry !== undefined && expiry.at <= now)) {
      this.#close(member, this.#isClosed ? 'cache-closed' : expiry!.why)
      return
    }
    const bucket = member.bucket
    bucket.idle.push(member.inBucket)
    bucket.destination.idle.push(member.inDestination)
    this.#idle.push(member.inPool)
    // A timer that is set stays: it looks again when it fires. So reuse costs no timer at all.
    if (expiry !== undefined && (!member.expiry.isSet || expiry.at < member.expiry.due))
      this.#ports.timers.set(member.expiry, expiry.at)
    this.#settling.push(member)
    this.#dueTurn()
    this.#ports.observer?.idle(member)
    this.#closeSurplusIdle()
  }

  readonly #expire = (member: Member<C>): void => {
    if (member.closed !== undefined) return
    const expiry = member.expires()
    if (expiry === undefined) return
    const now = this.#ports.clock.now()
    if (member.isIdle && expiry.at <= now) this.#close(member, expiry.why)
    else if (expiry.at > now) this.#ports.timers.set(member.expiry, expiry.at)
  }

  #closeSurplusIdle(): void {
    while (this.#idle.size > this.idleLimit) this.#close(this.#idle.first!, 'cache-full')
  }

  #closeForRoom(member: Member<C>): void {
    this.#forget(member, 'made-room', false)
    member.connection.close('made-room')
  }

  #close(member: Member<C>, reason: CloseReason): void {
    this.#forget(member, reason)
    member.connection.close(reason)
  }

  /** Takes a connection out of every list and count, and serves who waited for its place. */
  #forget(member: Member<C>, reason: CloseReason, serves = true): void {
    const bucket = member.bucket
    member.closed = reason
    member.inBucket.unlink()
    member.inDestination.unlink()
    member.inPool.unlink()
    member.withRoom.unlink()
    this.#ports.timers.clear(member.expiry)
    bucket.members -= 1
    bucket.destination.count -= 1
    bucket.host.members.delete(member)
    bucket.host.remember({ id: member.id, identity: bucket.identity, reason, at: this.#ports.clock.now() })
    this.#count -= 1
    this.#ports.observer?.closed(member, reason)
    if (serves) this.#serveLimited(bucket.destination)
    this.#directory.leave(bucket)
  }

  #hold(member: Member<C>, awake: boolean): void {
    member.awake = awake
    member.connection.hold(awake)
  }

  // ---- Limits --------------------------------------------------------------------------------------

  /** A place became free at `destination`, and so in all: serves those whose turn it is, and nobody else. */
  #serveLimited(destination: Destination<C>): void {
    if (this.#isClosed) return
    this.#serveQueue(destination.limited)
    this.#serveQueue(this.#limited)
  }

  #serveQueue(queue: WaitQueue<C, 'limitPlace'>): void {
    for (
      let want = queue.first as Want<C, T> | undefined;
      want !== undefined;
      want = queue.first as Want<C, T> | undefined
    ) {
      const bucket = want.bucket!
      const step = decide(this.#room(want, bucket, bucket.destination))
      if (step.is === 'wait' && step.reason === want.state) return
      queue.remove(want as Want<C>)
      this.#place(want, bucket)
    }
  }

  /**
   * Whether a connection that just became free is closed for a want at a limit that has been overtaken often
   * enough, or has nobody before it. Without this, a busy host would keep its connections for ever.
   */
  #givesWay(member: Member<C>, next: Want<C> | undefined): boolean {
    const destination = member.bucket.destination
    const atHost = destination.limited.first
    const inAll = this.#limited.first
    if (atHost === undefined && inAll === undefined) return false
    for (const limited of [atHost, inAll]) {
      if (limited === undefined || limited === next) continue
      // A want that can take this very connection comes as `next`; one that insists on a new one cannot.
      if (limited.bucket === member.bucket && limited.fresh === undefined) continue
      if (next !== undefined && (goesBefore(next, limited) || ++limited.overtaken <= LIMITS.overtakings))
        continue
      this.#close(member, 'made-room')
      return true
    }
    return false
  }

  // ---- Sharing a busy connection (pipelining) ------------------------------------------------------

  #noteRoom(member: Member<C>): void {
    const hasRoom = member.leases > 0 && member.joinable && member.leases < member.connection.capacity
    if (!hasRoom) member.withRoom.unlink()
    else if (!member.withRoom.isListed) member.bucket.withRoom.push(member.withRoom)
  }

  /** Wants at a limit join connections that have room. */
  #serveRoom(bucket: Bucket<C>): void {
    if (bucket.host.refusesPipelining) return
    while (bucket.withRoom.size > 0) {
      const want = bucket.waiters.first
      if (want === undefined || want.limitPlace < 0 || !want.terms.pipelinable) return
      this.#hand(bucket.withRoom.first!, want as Want<C, T>, undefined)
    }
  }
}
