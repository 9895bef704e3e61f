/**
 * A pool of plain objects: no sockets, no HTTP, time by hand. Openings end when the test says so, and every
 * step can be followed by a check of the books.
 */
import { TimerQueue } from '../../packages/core/src/base/timer-queue.ts'
import type { Clock } from '../../packages/core/src/env/environment.ts'
import { parseUrl } from '../../packages/core/src/http/origin.ts'
import { OptionSet } from '../../packages/core/src/options/option-set.ts'
import type { CacheOptions } from '../../packages/core/src/options/option-types.ts'
import { Pool } from '../../packages/core/src/pool/pool.ts'
import type { Poolable } from '../../packages/core/src/pool/poolable.ts'
import {
  Want,
  type FreshReason,
  type Member,
  type WantHolder,
  type WantTerms,
} from '../../packages/core/src/pool/records.ts'
import { makeIdentity } from '../../packages/core/src/route/identity.ts'
import type { CloseReason } from '../../packages/core/src/tables/close-reasons.ts'
import { CACHE_OPTIONS, EASY_OPTIONS } from '../../packages/core/src/tables/option-table.ts'

export class PlainConnection implements Poolable {
  readonly identity: Poolable['identity']
  readonly firstHop: string
  capacity = 1
  isMultiplexed = false
  get announcedCapacity(): number {
    return this.capacity
  }
  closed: CloseReason | undefined
  awake = true

  constructor(terms: WantTerms) {
    this.identity = terms.identity
    this.firstHop = terms.firstHop
  }

  close(reason: CloseReason): void {
    this.closed = reason
  }

  hold(awake: boolean): void {
    this.awake = awake
  }
}

/** Someone who wants a connection; remembers what it was told. */
export class PlainHolder implements WantHolder<PlainConnection> {
  readonly want: Want<PlainConnection>
  member: Member<PlainConnection> | undefined
  outcome: 'waiting' | 'granted' | 'refused' | 'cancelled' = 'waiting'
  answers = 0

  constructor(terms: WantTerms, fresh?: FreshReason, freshFrom?: number) {
    this.want = new Want(terms, this, fresh, freshFrom)
  }

  granted(member: Member<PlainConnection>): void {
    this.answers += 1
    this.outcome = 'granted'
    this.member = member
  }

  refused(): void {
    this.answers += 1
    this.outcome = 'refused'
  }

  waiting(): void {}
  opening(): void {}
}

interface PendingOpening {
  readonly terms: WantTerms
  settle(connection: PlainConnection | undefined): void
}

export class PlainPool {
  readonly pool: Pool<PlainConnection>
  readonly openings: PendingOpening[] = []
  readonly scouts: (() => void)[] = []
  readonly holders: PlainHolder[] = []
  #now = 0
  readonly #timers: { due: number; wake: () => void; isOff: boolean }[] = []
  #turns: (() => void)[] = []

  constructor(options: CacheOptions = {}) {
    const clock: Clock = {
      now: () => this.#now,
      date: () => new Date(0),
      at: (due, wake) => {
        const timer = { due, wake, isOff: false }
        this.#timers.push(timer)
        return { cancel: () => void (timer.isOff = true) }
      },
      stayAwake: () => ({ cancel: () => undefined }),
      afterPendingInput: (then) => void this.#turns.push(then),
    }
    this.pool = new Pool<PlainConnection>(
      {
        clock,
        timers: new TimerQueue(clock),
        observer: undefined,
        opener: {
          joined: () => undefined,
          findTwin: (terms) =>
            new Promise((resolve) => void this.scouts.push(() => resolve(this.#twinOf(terms)))),
          open: (terms, _report, signal) =>
            new Promise<PlainConnection>((resolve, reject) => {
              const opening: PendingOpening = {
                terms,
                settle: (connection) =>
                  connection === undefined ? reject(new Error('refused')) : resolve(connection),
              }
              this.openings.push(opening)
              signal.addEventListener('abort', () => {
                this.openings.splice(this.openings.indexOf(opening), 1)
                reject(signal.reason as Error)
              })
            }),
        },
      },
      new OptionSet(CACHE_OPTIONS, options).snapshot(),
    )
  }

  /** Asks for a connection to `host`; `tag` makes another identity at the same host and port. */
  want(
    host: string,
    {
      tag,
      priority = 0,
      fresh,
      shares = false,
      pipeWait = true,
    }: { tag?: string; priority?: number; fresh?: FreshReason; shares?: boolean; pipeWait?: boolean } = {},
  ): PlainHolder {
    const httpVersion = shares ? '2tls' : '1.1'
    const settings = new OptionSet(EASY_OPTIONS, { connectionTag: tag, httpVersion }).snapshot()
    const terms: WantTerms = {
      identity: makeIdentity(settings, parseUrl(`http://${host}.test/`).origin),
      firstHop: `${host}.test:80`,
      priority,
      pipelinable: false,
      multiplexing: shares ? 'maybe' : 'never',
      protocolKey: shares ? host : '',
      pipeWait,
      maxIdleMs: 118_000,
      maxLifetimeMs: 0,
    }
    const holder = new PlainHolder(terms, fresh, fresh === 'retry-needs-new' ? this.#newerFrom() : undefined)
    this.holders.push(holder)
    this.pool.acquire(holder.want)
    return holder
  }

  /** From which number on connections are newer than the last one that died in use. */
  #newerFrom(): number {
    const died = this.holders.map(({ member }) => member?.newerFrom).filter((from) => from !== undefined)
    return died.at(-1) ?? this.pool.nextId
  }

  cancel(holder: PlainHolder): void {
    this.pool.cancel(holder.want)
    if (holder.outcome === 'waiting') holder.outcome = 'cancelled'
  }

  release(holder: PlainHolder, close?: CloseReason): void {
    const member = holder.member!
    holder.member = undefined
    member.maxIdleMs = 118_000
    this.pool.release(member, close)
  }

  /** Lets everything happen that waits for a look at pending input. */
  turn(): void {
    for (const then of this.#turns.splice(0)) then()
  }

  /** Moves time on, firing timers on the way. */
  pass(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers.splice(0)) {
      if (timer.isOff) continue
      if (timer.due <= this.#now) timer.wake()
      else this.#timers.push(timer)
    }
  }

  /** Ends the oldest opening, well or badly. `streams`: its connection is shared by so many. */
  async endOpening(isGood: boolean, streams?: number): Promise<void> {
    const opening = this.openings.shift()
    if (opening === undefined) return
    const connection = new PlainConnection(opening.terms)
    if (streams !== undefined && opening.terms.multiplexing !== 'never') {
      connection.isMultiplexed = true
      connection.capacity = streams
    }
    opening.settle(isGood ? connection : undefined)
    await this.#settled()
  }

  /** Ends the oldest search for a connection to another name. */
  async endScout(): Promise<void> {
    this.scouts.shift()?.()
    await this.#settled()
  }

  #twinOf(terms: WantTerms): Member<PlainConnection> | undefined {
    return [...this.pool.members()].find(
      ({ connection, leases, joinable, bucket }) =>
        connection.isMultiplexed &&
        joinable &&
        leases < connection.capacity &&
        bucket.host.name !== terms.identity.host,
    )
  }

  async #settled(): Promise<void> {
    // A promise's callbacks run in the turns after it is settled.
    for (let i = 0; i < 10; i += 1) await Promise.resolve()
  }

  /** The books: what must hold after every step. Answers what does not. */
  problems(): string[] {
    const problems: string[] = []
    const { settings } = this.pool
    const members = [...this.pool.members()]
    const leased = this.holders.filter(({ member }) => member !== undefined)
    const say = (isWrong: boolean, what: string): void => void (isWrong && problems.push(what))
    say(
      this.pool.count !== members.length + this.openings.length,
      `count ${this.pool.count} is not ${members.length} open + ${this.openings.length} opening`,
    )
    say(
      settings.maxTotalConnections > 0 && this.pool.count > settings.maxTotalConnections,
      'the total limit is broken',
    )
    for (const host of new Set(members.map(({ bucket }) => bucket.destination))) {
      say(
        settings.maxHostConnections > 0 && host.count > settings.maxHostConnections,
        `the limit of ${host.key} is broken`,
      )
    }
    // Until pending input was looked at, some of the idle ones are promised.
    say(
      this.#turns.length === 0 && this.pool.idleCount > this.pool.idleLimit,
      'too many idle connections are kept',
    )
    for (const member of members) {
      const holders = leased.filter((holder) => holder.member === member)
      // A cancelled one holds its lease until the look is done.
      const held = this.holders.filter(({ want }) => want.held === member)
      say(
        member.leases !== holders.length + held.length,
        `#${member.id} counts ${member.leases} leases and has ${holders.length} and ${held.length}`,
      )
      say(member.connection.closed !== undefined, `#${member.id} is closed and still in the pool`)
      say(
        member.inPool.isListed !== (member.leases === 0),
        `#${member.id} is ${member.leases === 0 ? 'idle and not listed' : 'busy and listed as idle'}`,
      )
    }
    // Nobody waits at a limit beside room, or beside an idle connection that could make room for it.
    // The place of a connection that was lost in use is its holder's first, until the lease is given back.
    const isUnsettled = this.#turns.length > 0 || leased.some(({ member }) => member!.closed !== undefined)
    for (const { want, outcome } of isUnsettled ? [] : this.holders) {
      if (outcome !== 'waiting') continue
      const { destination } = want.bucket!
      const here = want.state === 'host-limit'
      if (!here && want.state !== 'total-limit') continue
      const [count, limit] = here
        ? [destination.count, settings.maxHostConnections]
        : [this.pool.count, settings.maxTotalConnections]
      say(count < limit, `a want waits at the ${want.state} beside room`)
      say(
        (here ? destination.idle.size : this.pool.idleCount) > 0,
        `a want waits at the ${want.state} beside an idle connection`,
      )
    }
    for (const { want, outcome } of isUnsettled ? [] : this.holders) {
      const { bucket, state } = want
      if (outcome !== 'waiting' || want.terms.multiplexing === 'never') continue
      if (want.fresh !== undefined) {
        const isComing = [...bucket!.host.openings].some(
          (opening) =>
            opening.bucket === bucket &&
            !opening.abort.signal.aborted &&
            !opening.isStuck &&
            want.takes(opening.id),
        )
        say(state === 'shared-opening' && !isComing, 'a retry waits to share an opening that is not there')
        continue
      }
      const isShared = members.some(
        (member) =>
          (member.bucket === bucket || bucket!.alias === member) &&
          member.connection.isMultiplexed &&
          member.joinable &&
          member.yieldsTo === undefined &&
          member.leases < member.connection.capacity,
      )
      say(isShared && state !== 'input-check', `a want waits (${state}) beside a shared connection with room`)
      say(
        state === 'stream-limit' &&
          !members.some(
            (member) => member.bucket === bucket && member.connection.isMultiplexed && member.joinable,
          ),
        'a want waits for room on a connection that is not there',
      )
      say(
        state === 'shared-opening' && !bucket!.isScouting && bucket!.openings === bucket!.abandoned,
        'a want waits to share an opening that is not there',
      )
    }
    for (const holder of this.holders) say(holder.answers > 1, 'a want was answered twice')
    say(
      leased.some(({ member }) => member!.connection.closed !== undefined && member!.closed === undefined),
      'a leased connection was closed behind its holder',
    )
    return problems
  }

  /** Ends everything in order: no want may be left without an answer. */
  async drain(): Promise<string[]> {
    for (let step = 0; step < 10_000; step += 1) {
      const busy = this.holders.find(({ member }) => member !== undefined)
      if (busy !== undefined) this.release(busy)
      else if (this.openings.length > 0) await this.endOpening(true)
      else if (this.scouts.length > 0) await this.endScout()
      else if (this.#turns.length > 0) this.turn()
      else break
      await this.#settled()
    }
    const unanswered = this.holders.filter(({ outcome }) => outcome === 'waiting').length
    return [...this.problems(), ...(unanswered === 0 ? [] : [`${unanswered} wants were never answered`])]
  }
}
