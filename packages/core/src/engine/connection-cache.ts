/**
 * `ConnectionCache`: a pool of real connections, with what is needed to open them: the world, names, TLS
 * sessions. One belongs to each multi, to each easy handle that runs alone, or to a share.
 */
import { DigestStates } from '../auth/digest-states.ts'
import { NonceCounts } from '../auth/nonce-counts.ts'
import { TimerQueue } from '../base/timer-queue.ts'
import { DnsCache } from '../cache/dns-cache.ts'
import { TlsSessionCache } from '../cache/tls-session-cache.ts'
import { deferred } from '../base/deferred.ts'
import { LruMap } from '../base/lru-map.ts'
import { buildChain } from '../connect/build-chain.ts'
import { keepConnectHeads } from '../connect/connect-heads.ts'
import type { ConnectContext, ConnectTimes } from '../connect/filter.ts'
import { Connection, type ConnectionKeeper } from '../connection/connection.ts'
import type { Clock, Environment, Milliseconds } from '../env/environment.ts'
import type { ResponseHead } from '../http/message.ts'
import type { CacheSettings } from '../options/option-types.ts'
import type { Member } from '../pool/records.ts'
import { Pool, type Opener, type PoolObserver } from '../pool/pool.ts'
import type { OpeningPhase } from '../pool/poolable.ts'
import { withoutH2 } from '../route/route.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import { LIMITS } from '../tables/limits.ts'
import type { ConnectTerms } from '../transfer/request-plan.ts'
import { findTwin, TwinIndex } from './coalescing.ts'
import { Lookups } from './lookups.ts'
import { EngineEmitter, snapshotOf, type ConnectionSnapshot } from './events.ts'

/** Parts that may come from a share. */
export interface SharedParts {
  readonly dns?: DnsCache
  readonly tlsSessions?: TlsSessionCache
}

/** A pool of connections with what is needed to open them. Owned by a multi, an easy handle or a share. */
export class ConnectionCache
  implements Opener<Connection, ConnectTerms>, ConnectionKeeper, PoolObserver<Connection>
{
  readonly environment: Environment
  readonly clock: Clock
  readonly timers: TimerQueue
  readonly dns: DnsCache
  readonly tlsSessions: TlsSessionCache
  readonly pool: Pool<Connection, ConnectTerms>
  readonly events = new EngineEmitter()
  /** @internal */ readonly nonces = new NonceCounts(LIMITS.digestNonces)
  /** @internal */ readonly lookups: Lookups
  /** Connections that are not yet wholly closed. */
  readonly #alive = new Set<Connection>()
  /** Connections that say goodbye, the one longest at it first. */
  readonly #closing = new Set<Connection>()
  /** Identities whose server asked for HTTP/1.1 where HTTP/2 was spoken. */
  readonly #refuseH2 = new LruMap<string, true>(LIMITS.rememberedHosts)
  readonly #twins = new TwinIndex()
  readonly #allGone = deferred<void>()
  #isClosing = false

  /** `idleWithoutOption`: idle connections kept when `maxConnects` is 0. */
  constructor(
    environment: Environment,
    settings: CacheSettings,
    shared: SharedParts = {},
    idleWithoutOption = 5,
  ) {
    const { clock } = environment
    this.environment = environment
    this.clock = clock
    this.timers = new TimerQueue(clock)
    this.dns = shared.dns ?? new DnsCache(clock, environment.resolver)
    this.tlsSessions = shared.tlsSessions ?? new TlsSessionCache(environment)
    this.lookups = new Lookups(environment)
    this.pool = new Pool(
      { clock, timers: this.timers, opener: this, observer: this },
      settings,
      idleWithoutOption,
    )
  }

  /** Every open connection as it stands. */
  snapshot(): ConnectionSnapshot[] {
    const now = this.clock.now()
    return [...this.pool.members()].map((member) => snapshotOf(member, now))
  }

  /** Closes idle connections that have expired, and asks the others for a sign of life where the protocol has one. */
  lookAfterIdle(): number {
    const closed = this.pool.closeExpired()
    for (const { connection, isIdle } of this.pool.members()) if (isIdle) connection.askForLife()
    return closed
  }

  /**
   * Closes everything, gracefully; resolves when it is done, within about two seconds. `awaited`: the process
   * stays alive until then, because somebody waits for it.
   */
  close(awaited = true): Promise<void> {
    this.#isClosing = true
    this.lookups.close()
    this.pool.close()
    if (this.#alive.size === 0) this.#allGone.resolve()
    if (awaited) for (const connection of this.#alive) connection.hold(true)
    return this.#allGone.promise
  }

  // ---- Opener --------------------------------------------------------------------------------------

  async open(
    terms: ConnectTerms,
    report: (phase: OpeningPhase) => void,
    signal: AbortSignal,
  ): Promise<Connection> {
    this.#cutGoodbyes(terms.firstHop)
    const { clock } = this
    const times: ConnectTimes = {
      startedAt: clock.now(),
      resolvedAt: undefined,
      connectedAt: undefined,
      securedAt: undefined,
    }
    const { dialer, tls: tlsProvider } = this.environment
    const heads: ResponseHead[] = []
    const context: ConnectContext = {
      clock,
      dialer,
      tls: tlsProvider,
      names: terms.names ?? this.dns,
      sessions: terms.sessions ?? this.tlsSessions,
      identityKey: terms.identity.key,
      dnsCacheTimeoutMs: terms.dnsCacheTimeoutMs,
      happyEyeballsMs: terms.happyEyeballsMs,
      special: this.lookups.special(terms.lookup),
      order: this.lookups.order(terms),
      times,
      signal,
      report,
      login: {
        environment: this.environment,
        digests: terms.digests ?? new DigestStates(LIMITS.digestStates),
        nonces: this.nonces,
        negotiate: undefined,
      },
      connectAnswered: (proxy, sent, head) => {
        heads.push(head)
        const { text: origin } = terms.route.origin
        if (this.events.hears['connect-answered'])
          this.events.tell('connect-answered', { origin, proxy, sent, head })
      },
    }
    const isRefused = this.#refuseH2.get(terms.identity.key) === true
    const route = isRefused ? withoutH2(terms.route) : terms.route
    const chain = await buildChain(route, context).catch((error: unknown) => {
      keepConnectHeads(error, heads)
      throw error
    })
    const connection = new Connection(this, {
      ...chain,
      connectHeads: heads,
      route,
      priorKnowledge: terms.priorKnowledge && !isRefused,
      connectOnly: terms.connectOnly,
      identity: terms.identity,
      times,
    })
    this.#alive.add(connection)
    return connection
  }

  /** @internal */
  findTwin(terms: ConnectTerms): Promise<Member<Connection> | undefined> {
    return findTwin(terms, terms.names ?? this.dns, this.#twins, this.lookups.special(terms.lookup))
  }

  /** @internal */
  joined(member: Member<Connection>): void {
    member.connection.joined(member)
    this.#twins.add(member)
  }

  // ---- ConnectionKeeper ----------------------------------------------------------------------------

  /** @internal */
  pipelining(): number {
    return this.pool.settings.pipelining
  }

  /** @internal */
  maxConcurrentStreams(): number {
    return this.pool.settings.maxConcurrentStreams
  }

  /** @internal */
  upkeep(): { readonly intervalMs: Milliseconds; readonly timeoutMs: Milliseconds } {
    const { upkeepIntervalMs, upkeepTimeoutMs } = this.pool.settings
    return { intervalMs: upkeepIntervalMs, timeoutMs: upkeepTimeoutMs }
  }

  /** @internal */
  retired(member: Member<Connection>, reason: CloseReason): void {
    this.pool.retire(member, reason)
  }

  /** @internal The server of a connection wants HTTP/1.1 for requests with these terms, from now on. */
  refuseH2(terms: ConnectTerms, member: Member<Connection>): void {
    this.#refuseH2.set(terms.identity.key, true)
    this.pool.learn(terms.protocolKey, false)
    this.pool.part(member, terms, 'http-1.1-required')
  }

  /** @internal */
  lost(member: Member<Connection>, reason: CloseReason): void {
    this.pool.lost(member, reason)
  }

  /** @internal */
  release(member: Member<Connection>, reason: CloseReason | undefined): void {
    this.pool.release(member, reason)
  }

  /** @internal */
  roomChanged(member: Member<Connection>): void {
    this.pool.roomChanged(member)
  }

  /** @internal */
  refusePipelining(member: Member<Connection>): void {
    this.pool.refusePipelining(member)
  }

  /** @internal */
  closing(connection: Connection): void {
    this.#closing.add(connection)
  }

  /** @internal */
  gone(connection: Connection): void {
    this.#alive.delete(connection)
    this.#closing.delete(connection)
    if (this.#isClosing && this.#alive.size === 0) this.#allGone.resolve()
  }

  // ---- PoolObserver --------------------------------------------------------------------------------

  /** @internal */
  opened(member: Member<Connection>): void {
    if (this.events.hears['connection-opened'])
      this.events.tell('connection-opened', snapshotOf(member, this.clock.now()))
  }

  /** @internal */
  idle(member: Member<Connection>): void {
    if (this.events.hears['connection-idle'])
      this.events.tell('connection-idle', snapshotOf(member, this.clock.now()))
  }

  /** @internal */
  closed(member: Member<Connection>, reason: CloseReason): void {
    this.#twins.remove(member)
    if (this.events.hears['connection-closed'])
      this.events.tell('connection-closed', snapshotOf(member, this.clock.now()), reason)
  }

  /**
   * Connections that say goodbye are open for the server still, so they count when a limit is near: the oldest
   * are cut short for a new one (as libcurl does).
   */
  #cutGoodbyes(firstHop: string): void {
    const { maxHostConnections, maxTotalConnections } = this.pool.settings
    if (this.#closing.size === 0 || (maxHostConnections === 0 && maxTotalConnections === 0)) return
    const here = [...this.#closing].filter((connection) => connection.firstHop === firstHop)
    const tooMany =
      maxHostConnections === 0 ? 0 : this.pool.countAt(firstHop) + here.length - maxHostConnections
    for (const connection of here.slice(0, Math.max(0, tooMany))) connection.cutShort()
    for (const connection of this.#closing) {
      if (maxTotalConnections === 0 || this.pool.count + this.#closing.size <= maxTotalConnections) break
      connection.cutShort()
    }
  }
}
