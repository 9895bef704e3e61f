/**
 * `Easy`: one transfer at a time with one set of options, and a connection cache of its own that lives as
 * long as the handle (libcurl: the easy interface).
 */
import {
  CACHE_OPTIONS,
  ConnectionCache,
  Engine,
  Handle,
  OptionSet,
  TransferError,
  type CacheSettings,
  type EasyOptions,
  type EasySettings,
  type EngineEmitter,
  type Environment,
  type FrameMeta,
  type InfoName,
  type InfoValues,
  type RawConnection,
  type ReuseVerdict,
  type SharedCaches,
  type StreamedResult,
  type TlsSessionCache,
  type TransferHandle,
  type TransferInfo,
  type TransferResult,
  type WebSocketConnection,
  type WebSocketInit,
} from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'

/** Where a handle lives. */
export interface EasySurroundings {
  /** The outside world. Default: Node's own (`nodeEnvironment()`). */
  readonly environment?: Environment | undefined
  /** Caches to use instead of own ones (libcurl: CURLOPT_SHARE). */
  readonly share?: SharedCaches | undefined
}

/** Options of a handle and where it lives. */
export type EasyInit = EasyOptions & EasySurroundings

/**
 * An easy handle.
 *
 * @example
 * ```ts
 * using easy = new Easy({ url: 'https://example.com/', timeoutMs: 5_000 })
 * const { status, info } = await easy.perform()
 * ```
 */
export class Easy implements TransferHandle {
  /** What engines run; not for use by hand. */
  readonly handle: Handle
  readonly #environment: Environment
  #share: SharedCaches | undefined
  #engine: Engine | undefined
  #isClosed = false

  /** UNKNOWN_OPTION, BAD_FUNCTION_ARGUMENT; SHARE_INVALID for a closed share or one of another environment. */
  constructor(init: EasyInit = {}) {
    const { environment, share } = init
    this.#environment = environment ?? share?.environment ?? nodeEnvironment()
    this.handle = new Handle(optionsOf(init), this.#environment.decoders)
    if (share !== undefined) this.#attach(share)
  }

  /**
   * Runs one request and closes everything after it. For repeated requests keep a handle: it keeps its
   * connections.
   */
  static async get(url: string | URL, init: Omit<EasyInit, 'url'> = {}): Promise<TransferResult> {
    using easy = new Easy({ ...init, url })
    return await easy.perform()
  }

  // ---- Options -------------------------------------------------------------------------------------

  /** Sets options by name; all or, when one is refused, none. Undefined puts one back to its default. They hold from the next run on. */
  set(options: EasyOptions): this {
    this.handle.options.assign(options)
    return this
  }

  /** Sets one option, by Trunkline's name or by libcurl's, then in libcurl's unit: `setopt('CURLOPT_MAXAGE_CONN', 60)` is seconds. */
  setopt<Name extends keyof EasyOptions>(name: Name, value: EasyOptions[Name]): this
  setopt(name: `CURLOPT_${string}`, value: unknown): this
  setopt(name: string, value: unknown): this {
    if (name === 'CURLOPT_SHARE') this.#setShare(value as SharedCaches | undefined)
    else if (name.startsWith('CURLOPT_')) this.handle.options.setByCurlName(name, value)
    else this.handle.options.set(name, value)
    return this
  }

  /** The value in force of one option. */
  getopt<Name extends keyof EasySettings>(name: Name): EasySettings[Name] {
    return this.handle.options.value(name)
  }

  /** Puts all options back to their defaults. Connections, names and sessions stay, nonces of Digest are forgotten (curl_easy_reset). */
  reset(): this {
    this.handle.reset()
    return this
  }

  /** A new handle with the same options, environment and share, and its own caches (curl_easy_duphandle). */
  duplicate(): Easy {
    const copy = new Easy({
      environment: this.#environment,
      share: this.#share,
    })
    copy.handle.adopt(this.handle)
    return copy
  }

  // ---- Running -------------------------------------------------------------------------------------

  /**
   * Runs the transfer and gathers the response. Rejects with a TransferError: URL_MALFORMAT and
   * BAD_FUNCTION_ARGUMENT before anything is sent, RECURSIVE_API_CALL while the handle runs. A status of 400
   * or above is a response like any other, unless `failOnError` is set.
   */
  perform(): Promise<TransferResult> {
    const refusal = this.#refusal()
    return refusal === undefined ? this.#ownEngine().perform(this.handle) : Promise.reject(refusal)
  }

  /**
   * Runs the transfer and resolves when the response's head is here; the body is read as it comes, no faster
   * than it is taken. Rejects as `perform` does.
   */
  stream(): Promise<StreamedResult> {
    const refusal = this.#refusal()
    return refusal === undefined ? this.#ownEngine().stream(this.handle) : Promise.reject(refusal)
  }

  /**
   * Opens a connection to the URL's host, through TLS where the scheme says so, and hands it over without a word said
   * on it (CURLOPT_CONNECT_ONLY); with `wsRawMode` and a URL of ws or wss, behind the WebSocket handshake. It is never
   * an idle one, and serves nobody else; the handle is busy until it is closed, and `timeoutMs`, `idleTimeoutMs` and
   * `signal` hold all the while. Rejects as `perform` does.
   */
  connect(): Promise<RawConnection> {
    const refusal = this.#refusal()
    return refusal === undefined ? this.#ownEngine().connect(this.handle) : Promise.reject(refusal)
  }

  /**
   * Opens the WebSocket of a URL of ws or wss (RFC 6455); the handle is busy until it is closed, and `timeoutMs`,
   * `idleTimeoutMs` and `signal` hold all the while. Rejects as `perform` does; HTTP_RETURNED_ERROR when the server
   * answers anything but 101, WEIRD_SERVER_REPLY when its 101 is none for this request.
   */
  webSocket(init: WebSocketInit = {}): Promise<WebSocketConnection> {
    const refusal = this.#refusal()
    return refusal === undefined ? this.#ownEngine().webSocket(this.handle, init) : Promise.reject(refusal)
  }

  /** Inside a write function: the WebSocket frame that the piece came in (curl_ws_meta); undefined elsewhere. */
  get frameMeta(): FrameMeta | undefined {
    return this.handle.frame
  }

  /** Holds back the rest of the response until `resume` (curl_easy_pause). Does nothing when no transfer runs. */
  pause(): void {
    this.handle.transfer?.pause()
  }

  /** Goes on after `pause`, or after a write function's "pause". */
  resume(): void {
    this.handle.transfer?.resume()
  }

  /** Ends the running transfer with ABORTED_BY_CALLBACK. */
  abort(reason = 'the transfer was aborted'): void {
    this.handle.transfer?.abort(new TransferError('ABORTED_BY_CALLBACK', reason))
  }

  /** The share in use; set by `setopt('CURLOPT_SHARE', share)`. */
  get share(): SharedCaches | undefined {
    return this.#share
  }

  // ---- Facts ---------------------------------------------------------------------------------------

  /** All facts of the transfer that runs or ran last; undefined before the first. */
  get info(): TransferInfo | undefined {
    return this.handle.info
  }

  /** One fact, by Trunkline's or libcurl's name. UNKNOWN_OPTION for other names; undefined before the first transfer. */
  getinfo<Name extends InfoName>(name: Name): InfoValues[Name] | undefined
  getinfo(name: `CURLINFO_${string}`): InfoValues[InfoName] | undefined
  getinfo(name: string): InfoValues[InfoName] | undefined {
    return this.handle.info?.get(name)
  }

  /** The TLS sessions in use, to be exported, imported or forgotten (curl_easy_ssls_export, _import). */
  get tlsSessions(): TlsSessionCache {
    return this.#share?.tlsSessions ?? this.#ownEngine().cache.tlsSessions
  }

  /** Which connection a transfer would use now, and why not the others; nothing is performed. */
  explain(): ReuseVerdict {
    return this.#ownEngine().explain(this.handle)
  }

  /** What happens in the handle's cache, for observers. */
  get events(): EngineEmitter {
    return this.#ownEngine().cache.events
  }

  /**
   * Changes the priority of the response while it comes, as a Priority field has it: `u=0` is most urgent, `u=7`
   * least, `i` may be mixed with others (RFC 9218). Over HTTP/2 the server is told by PRIORITY_UPDATE; over
   * HTTP/1, and while nothing runs, it does nothing. BAD_FUNCTION_ARGUMENT for what cannot be sent.
   */
  reprioritize(value: string): void {
    this.handle.transfer?.reprioritize(value)
  }

  // ---- Upkeep and the end --------------------------------------------------------------------------

  /**
   * Closes idle connections that have expired, and asks those of HTTP/2 for a sign of life (curl_easy_upkeep).
   * Answers how many it closed.
   */
  upkeep(): number {
    return this.#engine?.cache.lookAfterIdle() ?? 0
  }

  /**
   * Writes the files of cookieJar, hsts and altSvc now (libcurl: CURLOPT_COOKIELIST "FLUSH"), each merged with what
   * others wrote meanwhile. Rejects with WRITE_ERROR; the old files stay.
   */
  save(): Promise<void> {
    return this.handle.save()
  }

  /**
   * Ends the running transfer, writes the files of cookieJar, hsts and altSvc, and closes the handle's own
   * connections gracefully, within two seconds; those of a share stay. Closing twice does nothing. The process
   * stays alive until it is done. Rejects with WRITE_ERROR, when a file could not be written.
   */
  async close(): Promise<void> {
    await this.#close(true)
  }

  /** Closes without waiting, and without keeping the process alive for it. */
  [Symbol.dispose](): void {
    void this.#close(false)
  }

  /** Closes, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // ---- Insides -------------------------------------------------------------------------------------

  #close(awaited: boolean): Promise<void> | undefined {
    if (this.#isClosed) return undefined
    this.#isClosed = true
    const engine = this.#engine
    this.handle.transfer?.abort(new TransferError('ABORTED_BY_CALLBACK', 'the handle was closed'))
    engine?.close()
    const closing = engine?.cache === this.#share?.connections ? undefined : engine?.cache.close(awaited)
    this.#share?.detach(this)
    const ending = Promise.all([this.handle.save(), closing]).then(() => undefined)
    // Who does not wait for the end hears nothing of a full disk: there is nobody to tell.
    return awaited ? ending : ending.catch(() => undefined)
  }

  #refusal(): TransferError | undefined {
    if (this.#isClosed) return new TransferError('FAILED_INIT', 'the handle is closed')
    if (this.handle.runner !== undefined)
      return new TransferError('RECURSIVE_API_CALL', 'the handle is in a multi, which runs it')
    return undefined
  }

  /** The private engine, made at first use: a handle that only ever runs in a multi needs none. */
  #ownEngine(): Engine {
    if (this.#engine === undefined) {
      const share = this.#share
      const cache =
        share?.connections ??
        new ConnectionCache(this.#environment, this.#cacheSettings(), {
          ...(share?.dns === undefined ? {} : { dns: share.dns }),
          ...(share?.tlsSessions === undefined ? {} : { tlsSessions: share.tlsSessions }),
        })
      this.#engine = new Engine(cache)
    } else if (this.#share?.connections === undefined) {
      const { pool } = this.#engine
      const maxConnects = this.handle.options.value('maxConnects')
      if (pool.settings.maxConnects !== maxConnects) pool.reconfigure({ ...pool.settings, maxConnects })
    }
    return this.#engine
  }

  #cacheSettings(): CacheSettings {
    return new OptionSet(CACHE_OPTIONS, { maxConnects: this.handle.options.value('maxConnects') }).snapshot()
  }

  #setShare(share: SharedCaches | undefined): void {
    this.handle.checkIdle()
    const engine = this.#engine
    this.#engine = undefined
    if (engine !== undefined && engine.cache !== this.#share?.connections) void engine.cache.close()
    this.#share?.detach(this)
    this.#share = undefined
    this.handle.borrow(undefined, undefined, undefined)
    if (share !== undefined) this.#attach(share)
  }

  #attach(share: SharedCaches): void {
    if (share.environment !== this.#environment) {
      throw new TransferError('SHARE_INVALID', 'the share belongs to another environment than the handle')
    }
    share.attach(this)
    this.#share = share
    this.handle.borrow(share.dns, share.tlsSessions, share.memory)
  }
}

/** The options without the surroundings; where none are given they are the options, and no copy is made. */
function optionsOf(init: EasyInit): EasyOptions {
  if (!('environment' in init) && !('share' in init)) return init
  const { environment: _environment, share: _share, ...options } = init
  return options
}
