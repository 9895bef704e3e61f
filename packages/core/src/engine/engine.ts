/**
 * `Engine`: many transfers at once over one connection cache. Easy runs alone on one of these, Multi runs
 * many handles on one: there is no other way to transfer anything.
 */
import type { NonceCounts } from '../auth/nonce-counts.ts'
import { deferred } from '../base/deferred.ts'
import type { Clock, Decoders, Environment } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { ReuseVerdict } from '../pool/verdict.ts'
import { Want, type Member, type WaitReason } from '../pool/records.ts'
import { delivering } from '../socket/message-delivery.ts'
import { RawClient, type RawConnection } from '../socket/raw-connection.ts'
import { checkForMessages, WebSocketClient } from '../socket/web-socket-client.ts'
import { checkInit, type WebSocketConnection, type WebSocketInit } from '../socket/web-socket-connection.ts'
import type { SocketWorld } from '../socket/web-socket-end.ts'
import { ResponseBody } from '../transfer/body-stream.ts'
import { Collector, type Accountant } from '../transfer/collector.ts'
import type { Handle } from '../transfer/handle.ts'
import type { ConnectTerms, RequestPlan } from '../transfer/request-plan.ts'
import { recall } from '../transfer/recall.ts'
import { StreamedResult } from '../transfer/streamed-result.ts'
import { makeInfo, type TransferInfo } from '../transfer/transfer-info.ts'
import type { TransferRecord } from '../transfer/transfer-record.ts'
import type { TransferResult } from '../transfer/transfer-result.ts'
import { SignalWatch } from '../transfer/signal-watch.ts'
import {
  Transfer,
  type AdmissionGate,
  type TransferClient,
  type TransferKeeper,
} from '../transfer/transfer.ts'
import type { Connection } from '../connection/connection.ts'
import type { ConnectionCache } from './connection-cache.ts'
import { snapshotOf } from './events.ts'

/** Many transfers at once over one connection cache. */
export class Engine implements TransferKeeper {
  readonly cache: ConnectionCache
  readonly clock: Clock
  readonly decoders: Decoders
  readonly timers: ConnectionCache['timers']
  readonly pool: ConnectionCache['pool']
  /** @internal */ readonly signals = new SignalWatch()
  /** Who lets transfers begin; undefined: they begin at once. */
  admission: AdmissionGate | undefined = undefined
  readonly #now: () => number
  /** Whether its transfers are the user's: others are told of nowhere, and count nowhere. */
  readonly #isForUser: boolean
  #nextId = 0
  #running = 0
  readonly #world: SocketWorld
  #isClosed = false

  /** `isForUser`: false for one that runs transfers of the cache itself. */
  constructor(cache: ConnectionCache, isForUser = true) {
    this.cache = cache
    this.clock = cache.clock
    this.decoders = cache.environment.decoders
    this.timers = cache.timers
    this.pool = cache.pool
    this.#now = () => cache.clock.now()
    this.#isForUser = isForUser
    const { random } = cache.environment
    this.#world = { clock: cache.clock, timers: cache.timers, random: (count) => random.bytes(count) }
    if (isForUser) cache.lookups.runBy(() => new Engine(cache, false))
  }

  /** @internal */
  get environment(): Environment {
    return this.cache.environment
  }

  /** @internal */
  get nonces(): NonceCounts {
    return this.cache.nonces
  }

  /** Transfers under way, waiting ones included. */
  get running(): number {
    return this.#running
  }

  /**
   * Runs a handle and gathers the response. Rejects with a TransferError. `accountant` hears of the end when the
   * promise is settled, before anyone else does.
   */
  perform(handle: Handle, accountant?: Accountant): Promise<TransferResult> {
    return new Promise((resolve, reject) => {
      this.#start(handle, new Collector(handle, resolve, reject, accountant))
    })
  }

  /**
   * Runs a handle; resolves when the head is here. Rejects with a TransferError when none comes. `ended` hears
   * of the end of the whole transfer, before the reader of its body does.
   */
  stream(handle: Handle, ended: (error: unknown) => void = ignore): Promise<StreamedResult> {
    return new Promise((resolve, reject) => {
      const finished = deferred<Fields | undefined>()
      finished.promise.catch(() => undefined) // Who reads the body hears of the failure there.
      let hasHead = false
      const body = new ResponseBody({
        pause: () => handle.transfer?.pause(),
        resume: () => handle.transfer?.resume(),
        keep: (bytes) => handle.transfer!.own(bytes),
        cancel: (reason) =>
          handle.transfer?.abort(
            new TransferError(
              'ABORTED_BY_CALLBACK',
              `the reader of the body stopped: ${String(reason)}`,
              {},
              { phase: 'deliver', cause: reason },
            ),
          ),
      })
      const client: TransferClient = {
        head(head, final) {
          if (!final) return
          hasHead = true
          resolve(new StreamedResult(head, body, finished.promise, handle.info!))
        },
        data: (bytes) => body.push(bytes),
        done(trailers) {
          ended(undefined)
          body.finish()
          finished.resolve(trailers)
        },
        failed(error) {
          ended(error)
          if (!hasHead) reject(error)
          body.finish(error)
          finished.reject(error)
        },
      }
      this.#start(handle, client, (error) => {
        ended(error)
        reject(error)
      })
    })
  }

  /** Opens a connection and hands it over; `ended` as for `stream`. Rejects with a TransferError. */
  connect(handle: Handle, ended: (error: unknown) => void = ignore): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const client = new RawClient(handle, resolve, reject)
      this.#hand(handle, client, ended, reject, () => handle.planToConnect())
    })
  }

  /** Opens a WebSocket and hands it over; `ended` as for `stream`. Rejects with a TransferError. */
  webSocket(
    handle: Handle,
    init: WebSocketInit = {},
    ended: (error: unknown) => void = ignore,
  ): Promise<WebSocketConnection> {
    return new Promise((resolve, reject) => {
      const client = new WebSocketClient(handle, init, this.#world, { resolve, reject })
      this.#hand(handle, client, ended, reject, () => {
        const plan = handle.plan()
        checkForMessages(plan)
        checkInit(init)
        return plan
      })
    })
  }

  /**
   * What the search for a connection would say now, by what memory knows now; nothing is performed or read. Throws as
   * planning the request does.
   */
  explain(handle: Handle): ReuseVerdict {
    const memory = handle.memoryIn(this.environment)
    const plan = memory === undefined ? handle.plan() : recall(handle.plan(), memory)
    const silent = { granted: ignore, refused: ignore, waiting: ignore, opening: ignore }
    return this.pool.explain(
      new Want<Connection, ConnectTerms>(
        plan.terms,
        silent,
        plan.settings.freshConnect ? 'fresh-requested' : undefined,
      ),
    )
  }

  /** Takes no more transfers. Those that run are ended by whoever runs them; the cache stays open. */
  close(): void {
    this.#isClosed = true
  }

  /** Starts a run whose client hands a connection over, and tells of the end of both. */
  #hand(
    handle: Handle,
    client: RawClient | WebSocketClient,
    ended: (error: unknown) => void,
    reject: (error: unknown) => void,
    planned: () => RequestPlan,
  ): void {
    const refused = (error: unknown): void => {
      ended(error)
      reject(error)
    }
    client.closed.promise.then(
      (ending) => ended(ending?.error),
      (error: unknown) => ended(error),
    )
    this.#start(handle, client, refused, planned)
  }

  /** `refuse` hears why a run cannot begin, instead of the client; `planned` makes another plan than the handle's. */
  #start(
    handle: Handle,
    client: TransferClient,
    refuse?: (error: unknown) => void,
    planned?: () => RequestPlan,
  ): void {
    let transfer: Transfer | undefined
    try {
      handle.checkIdle()
      if (this.#isClosed)
        throw new TransferError(
          'NO_CONNECTION_AVAILABLE',
          'the handle or its multi is closed',
          {},
          { phase: 'setup' },
        )
      // When there is no plan, what is known of the run before must not pass for this one's.
      handle.info = undefined
      const plan = planned === undefined ? handle.plan() : planned()
      const served = delivering(client, handle, plan, this.#world)
      const memory = handle.memoryIn(this.environment)
      transfer = new Transfer(this.#nextId++, plan, this, served, handle, memory)
      handle.transfer = transfer
      handle.info = this.#infoOf(transfer.record)
      this.#running += 1
      transfer.start()
    } catch (error) {
      // Beginning itself throws only by a bug, which must leave neither a promise pending nor the handle taken.
      if (transfer !== undefined) this.#leave(transfer)
      const told = isTransferError(error) ? error.withPhase('setup') : error
      if (refuse === undefined) client.failed(told as TransferError)
      else refuse(told)
    }
  }

  /** Frees a handle; once for each run. */
  #leave(transfer: Transfer): void {
    const { holder } = transfer
    if (holder.transfer !== transfer) return
    holder.transfer = undefined
    this.#running -= 1
    // Openings that nobody waits for must not keep a finished script alive.
    if (this.#running === 0 && this.#isForUser) this.pool.abandonSurplus()
  }

  #infoOf(record: TransferRecord): TransferInfo {
    return makeInfo(record, this.#now)
  }

  /** @internal */
  refuseH2(terms: ConnectTerms, member: Member<Connection>): void {
    this.cache.refuseH2(terms, member)
  }

  // ---- TransferKeeper ------------------------------------------------------------------------------

  /** @internal */
  queued(transfer: Transfer, reason: WaitReason): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['transfer-queued'])
      events.tell('transfer-queued', this.#infoOf(transfer.record), reason)
  }

  /** @internal */
  reused(member: Member<Connection>): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['connection-reused'])
      events.tell('connection-reused', snapshotOf(member, this.#now()))
  }

  /** @internal */
  started(transfer: Transfer): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['transfer-started'])
      events.tell('transfer-started', this.#infoOf(transfer.record))
  }

  /** @internal */
  retried(transfer: Transfer, error: TransferError): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['transfer-retried'])
      events.tell('transfer-retried', this.#infoOf(transfer.record), error)
  }

  /** @internal */
  bodyMoved(transfer: Transfer, bytes: Uint8Array): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['body-moved'])
      events.tell('body-moved', this.#infoOf(transfer.record), bytes)
  }

  /** @internal */
  sent(transfer: Transfer): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['request-sent'])
      events.tell('request-sent', this.#infoOf(transfer.record))
  }

  /** @internal Frees the handle before its client hears of the end, so that the client may run it again at once. */
  ended(transfer: Transfer, error: TransferError | undefined): void {
    const { events } = this.cache
    if (this.#isForUser && events.hears['transfer-done'])
      events.tell('transfer-done', this.#infoOf(transfer.record), error)
    this.#leave(transfer)
  }
}

function ignore(): void {}
