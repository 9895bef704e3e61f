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
  type Handle,
  type MultiOptions,
  type ReuseVerdict,
  type SharedCaches,
  type StreamedResult,
  type TransferHandle,
  type TransferResult,
} from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Admission } from './admission.ts'
import { Member, Members } from './members.ts'
import { MessageQueue } from './message-queue.ts'

/** Where a multi lives. */
export interface MultiSurroundings {
  /** The outside world. Default: Node's own (`nodeEnvironment()`). */
  readonly environment?: Environment
  /** Caches to use instead of own ones. */
  readonly share?: SharedCaches
}

/** Options of a multi and where it lives. */
export type MultiInit = MultiOptions & MultiSurroundings

/** A finished transfer (libcurl: CURLMsg). */
export interface TransferMessage<H extends TransferHandle = TransferHandle> {
  readonly handle: H
  /** What it gave; undefined when it failed. */
  readonly result: TransferResult | undefined
  /** Why it failed; undefined when it did not. */
  readonly error: TransferError | undefined
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
  readonly #members = new Members<H>()
  readonly #messages = new MessageQueue<TransferMessage<H>>()
  /** Whether anyone has asked for messages: kept only from then on, or nobody would take them out. */
  #keepsMessages = false
  #admission: Admission | undefined
  #idlers: (() => void)[] = []
  #isClosed = false

  /** UNKNOWN_OPTION, BAD_FUNCTION_ARGUMENT; SHARE_INVALID for a closed share or one of another environment. */
  constructor(init: MultiInit = {}) {
    const { environment, share, ...options } = init
    this.#cacheOptions = new OptionSet(CACHE_OPTIONS)
    this.#options = new OptionSet(MULTI_OPTIONS)
    const world = environment ?? share?.environment ?? nodeEnvironment()
    if (share !== undefined && share.environment !== world) {
      throw new TransferError('SHARE_INVALID', 'the share belongs to another environment than the multi')
    }
    this.#assign(options)
    share?.attach(this)
    this.#share = share
    const cache =
      share?.connections ??
      new ConnectionCache(world, this.#cacheOptions.snapshot(), {
        ...(share?.dns === undefined ? {} : { dns: share.dns }),
        ...(share?.tlsSessions === undefined ? {} : { tlsSessions: share.tlsSessions }),
      })
    this.#engine = new Engine(cache)
  }

  /**
   * Sets options; all or, when one is refused, none. Limits hold at once. Those of connections belong to the
   * cache: with a share that shares connections they are set on the share.
   */
  set(options: MultiOptions): this {
    this.#assign(options as Record<string, unknown>)
    if (this.#engine.cache !== this.#share?.connections)
      this.#engine.pool.reconfigure(this.#cacheOptions.snapshot())
    return this
  }

  // ---- Running handles -----------------------------------------------------------------------------

  /**
   * Runs a handle and gathers its response; when it is done the handle is free again, for this multi or any
   * other use. Rejects with a TransferError: MULTI_ADDED_ALREADY when the handle is in a multi,
   * RECURSIVE_API_CALL when it runs by itself.
   */
  add(handle: H): Promise<TransferResult> {
    return this.#run(handle, this.#perform)
  }

  /** Runs a handle and resolves when its head is here; the body is read at the reader's pace. Rejects as `add` does. */
  stream(handle: H): Promise<StreamedResult> {
    return this.#run(handle, this.#stream)
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

  /** How many transfers run or wait. */
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

  /** Every open connection as it stands. */
  connections(): ConnectionSnapshot[] {
    return this.#engine.cache.snapshot()
  }

  /** Which connection a handle would get now, and why not each of the others; nothing is performed. */
  explain(handle: H): ReuseVerdict {
    return this.#engine.explain(handle.handle)
  }

  /** What happens in the cache and to transfers, for observers. */
  get events(): EngineEmitter {
    return this.#engine.cache.events
  }

  /** Closes idle connections that have expired. Answers how many. */
  upkeep(): number {
    return this.#engine.pool.closeExpired()
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
    this.#engine.abortAll(new TransferError('MULTI_ABORTED', 'the multi was closed'))
    for (const member of this.#members) this.#release(member)
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
    const before = this.#options.copy()
    this.#options.assign(own)
    try {
      this.#cacheOptions.assign(rest)
    } catch (error) {
      this.#options.adopt(before)
      throw error
    }
    const { maxTransfers, maxHostTransfers } = this.#options.snapshot()
    const old = before.snapshot()
    if (maxTransfers === old.maxTransfers && maxHostTransfers === old.maxHostTransfers) return
    this.#admission =
      maxTransfers === 0 && maxHostTransfers === 0 ? undefined : new Admission(maxTransfers, maxHostTransfers)
  }

  readonly #perform = (handle: Handle): Promise<TransferResult> => this.#engine.perform(handle)
  readonly #stream = (handle: Handle): Promise<StreamedResult> => this.#engine.stream(handle)

  #run<R>(handle: H, run: (handle: Handle) => Promise<R>): Promise<R> {
    const refusal = this.#refusal(handle)
    if (refusal !== undefined) return Promise.reject(refusal)
    const member = this.#members.add(handle)
    handle.handle.runner = member
    this.#engine.pool.earnIdle(4 * this.#members.size)
    const running =
      this.#admission === undefined ? run(handle.handle) : this.#admit(member, this.#admission, run)
    running.then(
      (result) => this.#ended(member, result, undefined),
      (error: unknown) => this.#ended(member, undefined, error),
    )
    return running
  }

  #admit<R>(member: Member<H>, admission: Admission, run: (handle: Handle) => Promise<R>): Promise<R> {
    const { handle } = member.handle
    let host: string
    try {
      host = handle.plan().url.origin.text
    } catch (error) {
      return Promise.reject(error)
    }
    return admission.run(host, handle.options.value('priority'), () => {
      if (handle.runner !== member)
        throw new TransferError('MULTI_ABORTED', 'the handle was removed from its multi')
      return run(handle)
    })
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

  #ended(member: Member<H>, result: unknown, error: unknown): void {
    const { handle } = member
    this.#release(member)
    if (!this.#keepsMessages) return
    this.#messages.push({
      handle,
      result: result as TransferResult | undefined,
      error:
        error === undefined || isTransferError(error)
          ? error
          : new TransferError('FAILED_INIT', String(error), {}, { cause: error }),
    })
  }

  /** Takes a handle out; does nothing when it was taken out before, even if it is in again. */
  #release(member: Member<H>): void {
    const { handle } = member.handle
    if (handle.runner !== member) return
    handle.runner = undefined
    this.#members.remove(member)
    if (this.#members.size > 0) return
    for (const resolve of this.#idlers.splice(0)) resolve()
  }
}
