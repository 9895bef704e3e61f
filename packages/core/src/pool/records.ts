/**
 * The pool's own records, which refer to one another: `Want` (what a transfer asks for), `Opening` (a
 * connection on its way), `Member` (a connection in the pool), and what these are kept apart by, from fine to
 * coarse: `Bucket` (one identity; its connections are interchangeable), `Destination` (one first hop; its
 * connections a limit counts) and `Host` (one host name; among its connections a verdict looks).
 *
 * The rule: records hold what the pool counts and decides on, and decide nothing themselves; nothing here is
 * asked of a connection. Only `pool.ts` changes them, but for the limits and hints that a transfer leaves on
 * its connection.
 */
import { Heap } from '../base/heap.ts'
import { LinkedList, ListNode } from '../base/linked-list.ts'
import { SmallSet } from '../base/small-set.ts'
import { Timer } from '../base/timer-queue.ts'
import type { Milliseconds } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import type { Identity } from '../route/identity.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { OpeningPhase, Poolable } from './poolable.ts'
import type { ReuseVerdict } from './verdict.ts'

// ---- Wants --------------------------------------------------------------------------------------

/** What a transfer waits for. */
export type WaitReason =
  | 'admission'
  | 'input-check'
  | 'connecting'
  /** For an opening of another's, whose connection may be shared. */
  | 'shared-opening'
  /** For room on a shared connection, where no further one could be opened. */
  | 'stream-limit'
  | 'host-limit'
  | 'total-limit'

/** Who wants. Calls come from inside the pool, which is in order by then and may be called back. */
export interface WantHolder<C extends Poolable> {
  /** The connection is the holder's for one exchange, until `pool.release(member, ...)`, exactly once. */
  granted(member: Member<C>, reused: boolean): void
  /** No connection could be had. */
  refused(error: TransferError): void
  /** It now waits for `reason`. */
  waiting(reason: WaitReason): void
  /** A connection is being opened on its behalf and has come to `phase`. */
  opening(phase: OpeningPhase): void
}

/** What does not change between the tries of a transfer. */
export interface WantTerms {
  readonly identity: Identity
  readonly firstHop: string
  /** A higher number goes first. */
  readonly priority: number
  /** Whether the request may share a connection with unanswered ones before it. */
  readonly pipelinable: boolean
  /** Whether a new connection will be one that many can share: never, if the server chooses so, or in any case. */
  readonly multiplexing: 'never' | 'maybe' | 'always'
  /** Under which is remembered what the server chose; empty: it has no choice. */
  readonly protocolKey: string
  /** Whether to wait for an opening of another's that may be shared, rather than open one more. */
  readonly pipeWait: boolean
  /** Idle connections older than this are not wanted. 0: no limit. */
  readonly maxIdleMs: Milliseconds
  /** Connections older than this are not wanted. 0: no limit. */
  readonly maxLifetimeMs: Milliseconds
  /** It does not wait at limits of connections: whoever stands there may be waiting for it (a lookup). */
  readonly isBeyondLimits?: boolean | undefined
}

export type FreshReason = 'fresh-requested' | 'retry-needs-new' | 'misdirected'

export class Want<C extends Poolable, T extends WantTerms = WantTerms> {
  readonly terms: T
  readonly holder: WantHolder<C>
  /** Why only a new connection will do; undefined: any that fits. */
  readonly fresh: FreshReason | undefined
  /** Connections numbered from this on will do all the same, being new enough; undefined: none but its own. */
  readonly freshFrom: number | undefined

  // The rest is the pool's.
  /** @internal */ state: 'made' | WaitReason | 'settled' = 'made'
  /** Its place in line; -1: not asked for yet. */
  arrival: number
  /** @internal When it began to wait for its present reason, if it waits at a limit or for an opening. */ reasonSince: Milliseconds = 0
  /** @internal Time spent waiting at limits. */ limitedMs: Milliseconds = 0
  /** @internal */ bucket: Bucket<C> | undefined = undefined
  /** @internal The opening made on its behalf. */ opening: Opening<C> | undefined = undefined
  /** @internal The shared connection that it holds a lease on until pending input has been looked at. */ held:
    Member<C> | undefined = undefined
  /** @internal Place among the waiters of its bucket. */ bucketPlace = -1
  /** @internal Place among those waiting at a limit. */ limitPlace = -1
  /** @internal The connection that takes no more so that this one gets its place. */ yielding:
    Member<C> | undefined = undefined
  /** @internal How often younger wants went before it by reuse while it stood first at a limit. */ overtaken = 0
  /** What the search found, and why. */
  verdict: ReuseVerdict | undefined = undefined

  /** `arrival`: the place in line of an earlier try, which this one keeps. */
  constructor(terms: T, holder: WantHolder<C>, fresh?: FreshReason, freshFrom?: number, arrival = -1) {
    this.terms = terms
    this.holder = holder
    this.fresh = fresh
    this.freshFrom = freshFrom
    this.arrival = arrival
  }

  /** Whether the connection numbered `id` is new enough. */
  takes(id: number): boolean {
    return this.fresh === undefined || (this.freshFrom !== undefined && id >= this.freshFrom)
  }
}

/** Whether `a` comes before `b`: by priority, then by arrival. */
export function goesBefore(a: Want<Poolable>, b: Want<Poolable>): boolean {
  return a.terms.priority !== b.terms.priority ? a.terms.priority > b.terms.priority : a.arrival < b.arrival
}

// ---- Openings -----------------------------------------------------------------------------------

export class Opening<C extends Poolable> {
  /** The id its connection will have. */
  readonly id: number
  readonly bucket: Bucket<C>
  readonly startedAt: Milliseconds
  readonly abort = new AbortController()
  phase: OpeningPhase = 'resolve'
  /** It takes longer than somebody who waited for it allows, or the network changed: nobody else waits for it. */
  isStuck = false
  /** Who waits for it; undefined once that one was served otherwise. */
  want: Want<C> | undefined
  /** Where to remember what the server chose. */
  readonly protocolKey: string
  /** The ages that its connection may reach when nobody uses it: those of the want it was begun for. */
  readonly maxIdleMs: Milliseconds
  readonly maxLifetimeMs: Milliseconds

  constructor(id: number, bucket: Bucket<C>, startedAt: Milliseconds, want: Want<C>) {
    this.id = id
    this.bucket = bucket
    this.startedAt = startedAt
    this.want = want
    this.protocolKey = want.terms.protocolKey
    this.maxIdleMs = want.terms.maxIdleMs
    this.maxLifetimeMs = want.terms.maxLifetimeMs
  }
}

// ---- Members ------------------------------------------------------------------------------------

export class Member<C extends Poolable> {
  /** Numbered from 0 within the pool, never used twice. */
  readonly id: number
  readonly connection: C
  readonly bucket: Bucket<C>
  readonly openedAt: Milliseconds
  /** The number of the connection that came next when this one left the pool: whatever has it or a higher one is newer. */
  newerFrom: number | undefined = undefined
  /** Exchanges under way. */
  leases = 0
  /** Exchanges given out so far. */
  served = 0
  idleSince: Milliseconds
  /** How long it may be idle and how old it may be, as the transfer that left it said. 0: no limit. */
  maxIdleMs: Milliseconds = 0
  maxLifetimeMs: Milliseconds = 0
  /** How long the server said it keeps it, the margin taken off; undefined: it did not say. */
  hintMs: Milliseconds | undefined = undefined
  /** Whether it has been idle: what was idle may have died meanwhile, whether it had served anyone or not. */
  wasIdle = false
  /** Set once it has left the pool. */
  closed: CloseReason | undefined = undefined
  /** Whether another may join it: over HTTP/1, all its requests may be pipelined; over HTTP/2, it is not draining. */
  joinable = false
  /** Whether it is known to be shared. */
  isShared = false
  /** Other names that it serves as well, the one found first at the front; and those in which somebody waits. Undefined: there never was one. */
  aliases: Set<Bucket<C>> | undefined = undefined
  hungryAliases: Set<Bucket<C>> | undefined = undefined
  /** For whom it takes no more, so that its place becomes free. */
  yieldsTo: Want<C> | undefined = undefined
  /** Where to remember what its server chose. */
  protocolKey = ''
  /** It was idle, is shared again, and pending input has not been looked at since. */
  isUnattended = false
  /** Why it is to be closed as soon as it is free. */
  stale: CloseReason | undefined = undefined
  /** @internal */ awake = true

  /** @internal Idle, in its bucket. */ readonly inBucket: ListNode<Member<C>> = new ListNode<Member<C>>(this)
  /** @internal Idle, at its first hop. */ readonly inDestination: ListNode<Member<C>> = new ListNode<
    Member<C>
  >(this)
  /** @internal Idle, in the pool. */ readonly inPool: ListNode<Member<C>> = new ListNode<Member<C>>(this)
  /** @internal Busy with room, in its bucket (one list for each kind). */ readonly withRoom: ListNode<
    Member<C>
  > = new ListNode<Member<C>>(this)
  /** @internal Looks after idle time and age. */ readonly expiry: Timer<unknown>

  constructor(
    id: number,
    connection: C,
    bucket: Bucket<C>,
    openedAt: Milliseconds,
    expire: (member: Member<C>) => void,
  ) {
    this.id = id
    this.connection = connection
    this.bucket = bucket
    this.openedAt = openedAt
    this.idleSince = openedAt
    this.expiry = new Timer<unknown>(expire as (owner: unknown) => void, this)
  }

  get isIdle(): boolean {
    return this.leases === 0 && this.closed === undefined
  }

  /** When it must leave the pool if it stays idle until then; Infinity: never. */
  get expiresAt(): Milliseconds {
    const idleMs = Math.min(this.maxIdleMs || Infinity, this.hintMs ?? Infinity)
    return Math.min(this.idleSince + idleMs, this.openedAt + (this.maxLifetimeMs || Infinity))
  }

  /** Why it must leave then. */
  get expiryReason(): CloseReason {
    const at = this.expiresAt
    if (this.maxIdleMs > 0 && this.idleSince + this.maxIdleMs === at) return 'idle-too-long'
    return this.hintMs !== undefined && this.idleSince + this.hintMs === at ? 'keep-alive-hint' : 'too-old'
  }
}

// ---- Groups -------------------------------------------------------------------------------------

/** Wants in order of priority and arrival. */
export type WaitQueue<C extends Poolable, Slot extends 'bucketPlace' | 'limitPlace'> = Heap<Slot, Want<C>>

export function waitQueue<C extends Poolable, Slot extends 'bucketPlace' | 'limitPlace'>(
  slot: Slot,
): WaitQueue<C, Slot> {
  return new Heap<Slot, Want<C>>(slot, goesBefore)
}

/** Stands for a list that nothing was put in yet. */
const EMPTY = new LinkedList<never>()

export class Bucket<C extends Poolable> {
  readonly identity: Identity
  readonly host: Host<C>
  readonly destination: Destination<C>
  /** Idle connections, longest unused first. */
  idle: LinkedList<Member<C>> = EMPTY
  /** The same for those that are shared. */
  idleShared: LinkedList<Member<C>> = EMPTY
  /** Busy ones that may take a further request, the one joined last at the end: HTTP/1, by pipelining. */
  withRoom: LinkedList<Member<C>> = EMPTY
  /** The same for those that are shared. */
  sharedWithRoom: LinkedList<Member<C>> = EMPTY
  /** Everyone who waits for a connection of this identity and would take a used one. */
  readonly waiters: WaitQueue<C, 'bucketPlace'> = waitQueue('bucketPlace')
  /** Wants that will be served from `idle` when pending input has been looked at. */
  claims = 0
  /** What keeps the bucket: unsettled wants, openings and connections. */
  wants = 0
  openings = 0
  members = 0
  /** A shared connection to another name that serves this one as well; the bucket is kept as long as that is open. */
  alias: Member<C> | undefined = undefined
  /** Whether it is being found out if there is such a connection, and whether that was done just now. */
  isScouting = false
  hasScouted = false
  /** Openings that were given up, or that nobody else waits for, and have not ended yet. */
  abandoned = 0
  /** Wants that wait to share a connection: all, and those of them that need a new one. */
  sharing = 0
  repeating = 0

  constructor(identity: Identity, host: Host<C>, destination: Destination<C>) {
    this.identity = identity
    this.host = host
    this.destination = destination
    host.buckets += 1
    destination.buckets += 1
  }

  /** A list of its own, to put something in: nearly all buckets use one of the four. */
  own(list: 'idle' | 'idleShared' | 'withRoom' | 'sharedWithRoom'): LinkedList<Member<C>> {
    if (this[list] === EMPTY) this[list] = new LinkedList()
    return this[list]
  }

  /** Whether there may be a shared connection for those who want one here. */
  get hasShared(): boolean {
    return this.sharedWithRoom.size > 0 || this.idleShared.size > 0 || this.alias !== undefined
  }

  get isEmpty(): boolean {
    return this.members === 0 && this.openings === 0 && this.wants === 0 && this.alias === undefined
  }
}

export class Destination<C extends Poolable> {
  /** `host:port` of the first hop, or the path of a UNIX socket. */
  readonly key: string
  buckets = 0
  /** Connections open and being opened. */
  count = 0
  readonly idle = new LinkedList<Member<C>>()
  /** Idle ones that are promised to someone. */
  claims = 0
  /** Those who wait for the limit per host. */
  readonly limited: WaitQueue<C, 'limitPlace'> = waitQueue('limitPlace')

  constructor(key: string) {
    this.key = key
  }
}

/** A connection that is no more, kept for the next verdict. */
export interface ClosedRecord {
  readonly id: number
  readonly identity: Identity
  readonly reason: CloseReason
  readonly at: Milliseconds
}

const NONE_CLOSED: readonly ClosedRecord[] = []

export class Host<C extends Poolable> {
  readonly name: string
  buckets = 0
  readonly members = new SmallSet<Member<C>>()
  readonly openings = new SmallSet<Opening<C>>()
  closed: readonly ClosedRecord[] = NONE_CLOSED
  /** A server said that it is not responsible for this name on a connection to another (421). */
  refusesCoalescing = false
  /** A server of this name answered pipelined requests wrongly once. */
  refusesPipelining = false

  constructor(name: string) {
    this.name = name
  }

  remember(record: ClosedRecord): void {
    this.closed = [...this.closed.slice(1 - LIMITS.closedPerHost), record]
  }
}
