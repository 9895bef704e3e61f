/**
 * `Share`: caches that independent handles and multis use together (libcurl: the share interface). A shared
 * cache is one cache for all its users: its limits and its waiting queues are theirs in common.
 */
import {
  CACHE_OPTIONS,
  ConnectionCache,
  DnsCache,
  makeAltSvcCache,
  makeCookieJar,
  makeHstsCache,
  OptionSet,
  TlsSessionCache,
  TransferError,
  type CacheOptions,
  type ConnectionSnapshot,
  type EngineEmitter,
  type Environment,
  type SharedCaches,
  type SharedMemory,
} from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'

/** What can be shared (libcurl: CURL_LOCK_DATA_CONNECT, _DNS, _SSL_SESSION, _COOKIE, _HSTS; libcurl cannot share Alt-Svc). */
export type SharePart = 'connections' | 'dns' | 'tlsSessions' | 'cookies' | 'hsts' | 'altSvc'

const PARTS: readonly SharePart[] = ['connections', 'dns', 'tlsSessions', 'cookies', 'hsts', 'altSvc']
/** Without asking: what changes no request. */
const DEFAULT_PARTS: readonly SharePart[] = ['connections', 'dns', 'tlsSessions']

/** Options of a share: which parts, where it lives, and the limits of the connection cache. */
export interface ShareInit extends CacheOptions {
  /**
   * Default: connections, dns and tlsSessions. Sharing cookies, hsts or altSvc turns them on for all users of the
   * share.
   */
  readonly parts?: readonly SharePart[] | undefined
  /** The outside world. Default: Node's own (`nodeEnvironment()`). */
  readonly environment?: Environment | undefined
}

/**
 * A share.
 *
 * @example
 * ```ts
 * await using share = new Share({ maxHostConnections: 6 })
 * const api = new Easy({ share, url: 'https://api.test/' })
 * const metrics = new Easy({ share, url: 'https://api.test/metrics' })
 * ```
 */
export class Share implements SharedCaches {
  readonly environment: Environment
  readonly #options: OptionSet<typeof CACHE_OPTIONS>
  readonly #users = new Set<object>()
  readonly #parts = new Set<SharePart>()
  #connections: ConnectionCache | undefined
  #dns: DnsCache | undefined
  #tlsSessions: TlsSessionCache | undefined
  #memory: SharedMemory = {}
  #isClosed = false

  /** UNKNOWN_OPTION, BAD_FUNCTION_ARGUMENT; SHARE_BAD_OPTION for a part that cannot be shared. */
  constructor(init: ShareInit = {}) {
    const { environment, parts, ...options } = init
    this.environment = environment ?? nodeEnvironment()
    this.#options = new OptionSet(CACHE_OPTIONS, options)
    for (const part of parts ?? DEFAULT_PARTS) this.share(part)
  }

  /** Begins to share a part (CURLSHOPT_SHARE). SHARE_IN_USE while anyone uses the share. */
  share(part: SharePart): this {
    this.#checkChange(part)
    const make = MEMORY_MAKERS[part]
    if (make !== undefined && !this.#parts.has(part))
      this.#memory = { ...this.#memory, ...make(this.environment.clock) }
    this.#parts.add(part)
    return this
  }

  /** Shares a part no longer, and closes what it held (CURLSHOPT_UNSHARE). SHARE_IN_USE while anyone uses the share. */
  unshare(part: SharePart): this {
    this.#checkChange(part)
    this.#parts.delete(part)
    if (part === 'connections') {
      void this.#connections?.close()
      this.#connections = undefined
    } else if (part === 'dns') this.#dns = undefined
    else if (part === 'tlsSessions') this.#tlsSessions = undefined
    else this.#memory = { ...this.#memory, [part]: undefined }
    return this
  }

  /** Sets limits of the shared connection cache; they hold at once. UNKNOWN_OPTION, BAD_FUNCTION_ARGUMENT. */
  set(options: CacheOptions): this {
    this.#options.assign(options as Record<string, unknown>)
    this.#connections?.pool.reconfigure(this.#options.snapshot())
    return this
  }

  /** How many handles and multis use it. */
  get users(): number {
    return this.#users.size
  }

  get connections(): ConnectionCache | undefined {
    if (!this.#parts.has('connections')) return undefined
    return (this.#connections ??= new ConnectionCache(this.environment, this.#options.snapshot(), {
      dns: this.#sharedDns(),
      tlsSessions: this.#sharedSessions(),
    }))
  }

  get dns(): DnsCache | undefined {
    return this.#parts.has('dns') ? this.#sharedDns() : undefined
  }

  get tlsSessions(): TlsSessionCache | undefined {
    return this.#parts.has('tlsSessions') ? this.#sharedSessions() : undefined
  }

  /** Cookies, HSTS and Alt-Svc, as far as they are shared. */
  get memory(): SharedMemory | undefined {
    return Object.values(this.#memory).some((part) => part !== undefined) ? this.#memory : undefined
  }

  /** Every open connection of the shared cache. */
  snapshot(): ConnectionSnapshot[] {
    return this.#connections?.snapshot() ?? []
  }

  /** What happens in the shared cache; undefined when connections are not shared. */
  get events(): EngineEmitter | undefined {
    return this.connections?.events
  }

  attach(user: object): void {
    if (this.#isClosed) throw new TransferError('SHARE_INVALID', 'the share is closed')
    this.#users.add(user)
    // The more use it together, the more connections are worth keeping: 4 each, as a multi reckons.
    this.connections?.pool.earnIdle(4 * this.#users.size)
  }

  detach(user: object): void {
    this.#users.delete(user)
  }

  /**
   * Closes the shared connections gracefully, within two seconds (curl_share_cleanup). SHARE_IN_USE while
   * anyone uses the share: close the handles first. Closing twice does nothing.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return
    if (this.#users.size > 0) throw inUse(this.#users.size)
    this.#isClosed = true
    await this.#connections?.close()
  }

  /** Closes, and waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #sharedDns(): DnsCache {
    return (this.#dns ??= new DnsCache(this.environment.clock, this.environment.resolver))
  }

  #sharedSessions(): TlsSessionCache {
    return (this.#tlsSessions ??= new TlsSessionCache(this.environment))
  }

  #checkChange(part: SharePart): void {
    if (!PARTS.includes(part)) {
      throw new TransferError(
        'SHARE_BAD_OPTION',
        `a share can hold ${PARTS.join(', ')}, not ${JSON.stringify(part)}`,
      )
    }
    if (this.#isClosed) throw new TransferError('SHARE_INVALID', 'the share is closed')
    if (this.#users.size > 0) throw inUse(this.#users.size)
  }
}

/** The parts that are made as they are shared. */
const MEMORY_MAKERS: Partial<Record<SharePart, (clock: Environment['clock']) => SharedMemory>> = {
  cookies: (clock) => ({ cookies: makeCookieJar(clock) }),
  hsts: (clock) => ({ hsts: makeHstsCache(clock) }),
  altSvc: (clock) => ({ altSvc: makeAltSvcCache(clock) }),
}

function inUse(users: number): TransferError {
  return new TransferError(
    'SHARE_IN_USE',
    `the share is in use by ${users} ${users === 1 ? 'handle or multi' : 'handles or multis'}`,
    { users },
  )
}
