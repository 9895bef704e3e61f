/**
 * `Multi`: many handles at once over one connection cache, which the multi owns (libcurl: the multi
 * interface). Handles come and go; connections stay, and serve whichever handle asks next.
 */
import {
  CACHE_OPTIONS,
  ConnectionCache,
  Engine,
  MULTI_OPTIONS,
  OptionSet,
  TransferError,
  isTransferError,
  type ConnectionSnapshot,
  type EngineEmitter,
  type Environment,
  type MultiOptions,
  type RawConnection,
  type ReuseVerdict,
  type SharedCaches,
  type StreamedResult,
  type TlsSessionCache,
  type TransferHandle,
  type TransferResult,
  type WebSocketConnection,
  type WebSocketInit,
} from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Admission } from './admission.ts'
import { Member, Members } from './members.ts'
import { MessageQueue } from './message-queue.ts'

/** Where a multi lives. */
export interface MultiSurroundings {
  /** The outside world. Default: Node's own (`nodeEnvironment()`). */
  readonly environment?: Environment | undefined
  /** Caches to use instead of own ones. With shared connections the limits of the cache are the share's. */
  readonly share?: SharedCaches | undefined
}

/** Options of a multi and where it lives. */
export type MultiInit = MultiOptions & MultiSurroundings

/** A finished transfer (libcurl: CURLMsg). */
export interface TransferMessage<H extends TransferHandle = TransferHandle> {
  readonly handle: H
  /** What it gave; undefined when it failed, and for a streamed one, whose reader has had everything. */
  readonly result: TransferResult | undefined
  /** Why it failed; undefined when it did not. */
  readonly error: TransferError | undefined
  /** Whether it was run by `stream`; the message comes when its body is complete, or has failed. */
  readonly streamed: boolean
}

/**
 * A multi.
 *
 * @example
 * ```ts
 * await using multi = new Multi({ maxHostConnections: 6 })
 * const pages = await Promise.all(urls.map((url) => multi.add(new Easy({ url }))))
 * ```
 */
export class Multi<H extends TransferHandle = TransferHandle> {
  readonly #cacheOptions: OptionSet<typeof CACHE_OPTIONS>
  readonly #options: OptionSet<typeof MULTI_OPTIONS>
  readonly #share: SharedCaches | undefined
  readonly #engine: Engine
  /** For handles whose share has connections of its own, by these. */
  readonly #sharedEngines = new WeakMap<ConnectionCache, Engine>()
  readonly #members = new Members<H>((member, result, error) => this.#gathered(member, result, error))
  readonly #messages = new MessageQueue<TransferMessage<H>>()
  /** Whether anyone has asked for messages: kept only from then on, or nobody would take them out. */
  #keepsMessages = false
  #admission: Admission | undefined
  #idlers: (() => void)[] = []
  #isClosed = false

  /**
   * UNKNOWN_OPTION; BAD_FUNCTION_ARGUMENT, also for a limit of the cache beside a share that shares connections;
   * SHARE_INVALID for a closed share or one of another environment.
   */
  constructor(init: MultiInit = {}) {
    const { environment, share, ...options } = init
    this.#cacheOptions = new OptionSet(CACHE_OPTIONS)
    this.#options = new OptionSet(MULTI_OPTIONS)
    const world = environment ?? share?.environment ?? nodeEnvironment()
    if (share !== undefined && share.environment !== world) {
      throw new TransferError('SHARE_INVALID', 'the share belongs to another environment than the multi')
    }
    this.#share = share
    this.#assign(options)
    share?.attach(this)
    const cache =
      share?.connections ??
      new ConnectionCache(world, this.#cacheOptions.snapshot(), {
        ...(share?.dns === undefined ? {} : { dns: share.dns }),
        ...(share?.tlsSessions === undefined ? {} : { tlsSessions: share.tlsSessions }),
      })
    this.#engine = new Engine(cache)
    this.#limitTransfers()
  }

  /** The TLS sessions in use, to be exported, imported or forgotten (curl_easy_ssls_export, _import). */
  get tlsSessions(): TlsSessionCache {
    return this.#share?.tlsSessions ?? this.#engine.cache.tlsSessions
  }

  /**
   * Sets options; all or, when one is refused, none. Limits hold at once: a higher one lets waiting transfers
   * in, a lower one lets no more in until so many have ended. Those of connections belong to the cache: with a
   * share that shares connections they are set on the share, and refused here with BAD_FUNCTION_ARGUMENT.
   */
  set(options: MultiOptions): this {
    this.#assign(options as Record<string, unknown>)
    if (this.#engine.cache !== this.#share?.connections)
      this.#engine.pool.reconfigure(this.#cacheOptions.snapshot())
    this.#limitTransfers()
    return this
  }

  // ---- Running handles -----------------------------------------------------------------------------

  /**
   * Runs a handle and gathers its response; when it is done the handle is free again, for this multi or any
   * other use. A handle with a share uses the share's connections. Rejects with a TransferError:
   * MULTI_ADDED_ALREADY when the handle is in a multi, RECURSIVE_API_CALL when it runs by itself.
   */
  add(handle: H): Promise<TransferResult> {
    const refusal = this.#refusal(handle)
    if (refusal !== undefined) return Promise.reject(refusal)
    const member = this.#enter(handle)
    member.running = this.#engineFor(handle).perform(handle.handle, member)
    return member.running
  }

  /**
   * Runs a handle and resolves when its head is here; the body is read at the reader's pace. The handle is in
   * the multi until the body is complete or has failed. Rejects as `add` does.
   */
  stream(handle: H): Promise<StreamedResult> {
    const refusal = this.#refusal(handle)
    if (refusal !== undefined) return Promise.reject(refusal)
    const member = this.#enter(handle)
    return this.#engineFor(handle).stream(handle.handle, (error) =>
      this.#ended(member, undefined, error, true),
    )
  }

  /**
   * Opens a connection and hands it over, as `Easy.connect` does. The handle is in the multi, and the connection counts
   * towards its limits, until it is closed. Rejects as `add` does.
   */
  connect(handle: H): Promise<RawConnection> {
    const refusal = this.#refusal(handle)
    if (refusal !== undefined) return Promise.reject(refusal)
    const member = this.#enter(handle)
    return this.#engineFor(handle).connect(handle.handle, (error) =>
      this.#ended(member, undefined, error, true),
    )
  }

  /**
   * Opens a WebSocket, as `Easy.webSocket` does. The handle is in the multi, and the connection counts towards its
   * limits, until it is closed. Rejects as `add` does.
   */
  webSocket(handle: H, init: WebSocketInit = {}): Promise<WebSocketConnection> {
    const refusal = this.#refusal(handle)
    if (refusal !== undefined) return Promise.reject(refusal)
    const member = this.#enter(handle)
    return this.#engineFor(handle).webSocket(handle.handle, init, (error) =>
      this.#ended(member, undefined, error, true),
    )
  }

  /** Takes a handle out, ending its transfer with MULTI_ABORTED. MULTI_BAD_EASY_HANDLE when it is not in. */
  remove(handle: H): void {
    const { runner } = handle.handle
    if (!this.#isMember(runner))
      throw new TransferError('MULTI_BAD_EASY_HANDLE', 'the handle is not in this multi')
    handle.handle.transfer?.abort(new TransferError('MULTI_ABORTED', 'the handle was removed from its multi'))
    this.#release(runner)
  }

  /** The handles in the multi, in the order of their arrival. */
  get handles(): readonly H[] {
    return Array.from(this.#members, ({ handle }) => handle)
  }

  /** How many transfers run or wait, those included whose body is being read. */
  get size(): number {
    return this.#members.size
  }

  /** Resolves when no handle is in the multi; at once when none is. */
  idle(): Promise<void> {
    if (this.#members.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idlers.push(resolve))
  }

  // ---- Messages ------------------------------------------------------------------------------------

  /** Finished transfers, from the first call on, as they finish; ends when the multi is closed. */
  messages(): AsyncIterable<TransferMessage<H>> {
    this.#keepsMessages = true
    return this.#messages
  }

  /** The oldest message not yet taken (curl_multi_info_read); undefined when there is none. The first call begins the keeping. */
  infoRead(): TransferMessage<H> | undefined {
    this.#keepsMessages = true
    return this.#messages.shift()
  }

  // ---- The cache -----------------------------------------------------------------------------------

  /** Every open connection of the multi's cache as it stands. */
  connections(): ConnectionSnapshot[] {
    return this.#engine.cache.snapshot()
  }

  /** Which connection a handle would get now, and why not each of the others; nothing is performed. */
  explain(handle: H): ReuseVerdict {
    return this.#engineFor(handle).explain(handle.handle)
  }

  /** What happens in the multi's cache and to transfers over it, for observers; of those over a handle's share, its events tell. */
  get events(): EngineEmitter {
    return this.#engine.cache.events
  }

  /** Closes idle connections that have expired, and asks those of HTTP/2 for a sign of life. Answers how many it closed. */
  upkeep(): number {
    return this.#engine.cache.lookAfterIdle()
  }

  /** After a change of network: idle connections are closed, busy ones when their transfer is done (CURLMOPT_NETWORK_CHANGED). */
  networkChanged(): void {
    this.#engine.cache.dns.forget()
    this.#engine.pool.networkChanged()
  }

  /**
   * Ends all transfers with MULTI_ABORTED and closes the multi's own connections gracefully, within two
   * seconds; those of a share stay. Closing twice does nothing.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const error = new TransferError('MULTI_ABORTED', 'the multi was closed')
    for (const member of Array.from(this.#members)) {
      member.handle.handle.transfer?.abort(error)
      this.#release(member)
    }
    this.#engine.close()
    const closing = this.#engine.cache === this.#share?.connections ? undefined : this.#engine.cache.close()
    this.#share?.detach(this)
    await closing
    // The last transfers' messages come in the turn after their end.
    this.#messages.close()
  }

  /** Closes, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // ---- Insides -------------------------------------------------------------------------------------

  #assign(options: Record<string, unknown>): void {
    const own = Object.fromEntries(
      Object.entries(options).filter(([name]) => Object.hasOwn(MULTI_OPTIONS, name)),
    )
    const rest = Object.fromEntries(
      Object.entries(options).filter(([name]) => !Object.hasOwn(MULTI_OPTIONS, name)),
    )
    if (this.#share?.connections !== undefined) checkNotShared(rest)
    const before = this.#options.copy()
    this.#options.assign(own)
    try {
      this.#cacheOptions.assign(rest)
    } catch (error) {
      this.#options.adopt(before)
      throw error
    }
  }

  /** Puts the limits of transfers in force; the first time, those that run already are counted in. */
  #limitTransfers(): void {
    const { maxTransfers, maxHostTransfers } = this.#options.snapshot()
    if (this.#admission === undefined) {
      if (maxTransfers === 0 && maxHostTransfers === 0) return
      const admission = new Admission()
      for (const member of this.#members) {
        const { transfer } = member.handle.handle
        if (transfer === undefined) continue
        member.leave = admission.enter(transfer.plan.url.origin.text, 0, () => undefined)
      }
      this.#admission = this.#engine.admission = admission
    }
    this.#admission.limit(maxTransfers, maxHostTransfers)
  }

  /** The engine for a handle, over the connections of its share where it has one (as libcurl does), else of the multi. */
  #engineFor(handle: H): Engine {
    const cache = handle.share?.connections
    if (cache === undefined || cache === this.#engine.cache) return this.#engine
    let engine = this.#sharedEngines.get(cache)
    if (engine === undefined) this.#sharedEngines.set(cache, (engine = new Engine(cache)))
    engine.admission = this.#admission
    return engine
  }

  #enter(handle: H): Member<H> {
    const member = this.#members.add(handle)
    handle.handle.runner = member
    this.#engine.pool.earnIdle(4 * this.#members.size)
    return member
  }

  #refusal(handle: H): TransferError | undefined {
    if (this.#isClosed) return new TransferError('NO_CONNECTION_AVAILABLE', 'the multi is closed')
    if (handle?.handle === undefined)
      return new TransferError('MULTI_BAD_EASY_HANDLE', 'the argument is not an easy handle')
    const { runner } = handle.handle
    if (runner !== undefined)
      return new TransferError(
        'MULTI_ADDED_ALREADY',
        `the handle is in ${this.#isMember(runner) ? 'this' : 'another'} multi already`,
      )
    if (handle.handle.isRunning)
      return new TransferError('RECURSIVE_API_CALL', 'the handle is running a transfer by itself')
    return undefined
  }

  #isMember(runner: object | undefined): runner is Member<H> {
    return runner instanceof Member && runner.members === this.#members
  }

  #gathered(member: Member<H>, result: TransferResult | undefined, error: unknown): void {
    this.#ended(member, result, error, false)
    // Who takes messages need not look at promises: a failure that nobody catches must not end the process.
    if (error !== undefined) queueMicrotask(() => void member.running?.catch(ignore))
  }

  #ended(member: Member<H>, result: TransferResult | undefined, error: unknown, streamed: boolean): void {
    const { handle } = member
    this.#release(member)
    if (!this.#keepsMessages) return
    this.#messages.push({
      handle,
      result,
      error:
        error === undefined || isTransferError(error)
          ? error
          : new TransferError('FAILED_INIT', String(error), {}, { cause: error }),
      streamed,
    })
  }

  /** Takes a handle out; does nothing when it was taken out before, even if it is in again. */
  #release(member: Member<H>): void {
    const { handle } = member.handle
    if (handle.runner !== member) return
    handle.runner = undefined
    this.#members.remove(member)
    member.leave?.()
    if (this.#members.size > 0 || this.#idlers.length === 0) return
    const idlers = this.#idlers.splice(0)
    // After those who wait for the transfer itself have heard of its end.
    queueMicrotask(() => {
      for (const resolve of idlers) resolve()
    })
  }
}

/** BAD_FUNCTION_ARGUMENT when options of a cache are given beside a share whose cache it is. */
function checkNotShared(options: Readonly<Record<string, unknown>>): void {
  const name = Object.keys(options).find(
    (option) => Object.hasOwn(CACHE_OPTIONS, option) && options[option] !== undefined,
  )
  if (name === undefined) return
  throw new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option ${name} belongs to the share, whose connections the multi uses: set it there`,
    { option: name },
    { phase: 'setup' },
  )
}

function ignore(): void {}
