/**
 * `Handle`: what an engine knows of an easy handle: its options, the plan computed from them, and the
 * transfer it is running. `Easy` is made around one; whatever runs handles takes a `TransferHandle`.
 */
import { DigestStates } from '../auth/digest-states.ts'
import type { NameLookup, SessionStore } from '../connect/filter.ts'
import type { Decoders, Environment } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { OptionSet } from '../options/option-set.ts'
import type { EasyOptions, EasySettings } from '../options/option-types.ts'
import { LIMITS } from '../tables/limits.ts'
import { EASY_OPTIONS } from '../tables/option-table.ts'
import type { FrameMeta } from '../websocket/frame-meta.ts'
import { SpentBodies } from './body-source.ts'
import { HandleMemory, remembersAnything, type SharedMemory } from './handle-memory.ts'
import { planRequest, type RequestPlan } from './request-plan.ts'
import { settingsToConnect } from './web-socket-plan.ts'
import type { Transfer } from './transfer.ts'
import type { TransferInfo } from './transfer-info.ts'

/** What an engine knows of an easy handle. */
export class Handle {
  readonly options: OptionSet<typeof EASY_OPTIONS>
  /** @internal Who runs it: a multi, or the handle itself. */
  runner: object | undefined = undefined
  /** @internal */ transfer: Transfer | undefined = undefined
  /** @internal The frame of the piece that is being delivered. */
  frame: FrameMeta | undefined = undefined
  /** The facts of the transfer that runs or ran last. */
  info: TransferInfo | undefined = undefined
  readonly #decoders: Decoders | undefined
  #names: NameLookup | undefined
  #sessions: SessionStore | undefined
  #shared: SharedMemory | undefined
  #memory: HandleMemory | undefined
  /** Whose memory it begins with. */
  #original: HandleMemory | undefined
  /** Nonces of servers and proxies, which are its own also when it has a share. */
  readonly #digests = new DigestStates(LIMITS.digestStates)
  #servesEngine = false
  #spentBodies = new SpentBodies()
  #planned: { readonly settings: EasySettings; readonly plan: RequestPlan } | undefined

  /** `decoders`: those of the world it runs in, so that servers are told what can be decoded there. */
  constructor(options: EasyOptions | OptionSet<typeof EASY_OPTIONS> = {}, decoders?: Decoders) {
    this.#decoders = decoders
    this.options = options instanceof OptionSet ? options : new OptionSet(EASY_OPTIONS, options)
  }

  /** The plan of a run with the present options; computed anew only after one changed. Throws as `planRequest` does. */
  plan(): RequestPlan {
    const settings = this.options.snapshot()
    if (this.#planned?.settings !== settings) this.#planned = { settings, plan: this.#planWith(settings) }
    return this.#planned.plan
  }

  /** @internal The plan of a run that hands its connection over. Throws as `plan`. */
  planToConnect(): RequestPlan {
    return this.#planWith(settingsToConnect(this.options.snapshot()))
  }

  /** Puts all options back to their defaults, and forgets what it knows of Digest (curl_easy_reset). */
  reset(): void {
    this.options.reset()
    this.#digests.clear()
  }

  /** @internal Takes over the options of another handle, and with its body what has become of it. */
  adopt(other: Handle): void {
    this.options.adopt(other.options)
    this.#spentBodies = other.#spentBodies
    // Copied now: what it learns from here on is its own.
    this.#original = (other.#memory ?? other.#original)?.copied()
    this.#planned = undefined
  }

  /**
   * @internal Names, TLS sessions and memory of a share: connections opened for this handle use the first two, in
   * whatever cache.
   */
  borrow(
    names: NameLookup | undefined,
    sessions: SessionStore | undefined,
    memory: SharedMemory | undefined,
  ): void {
    this.#names = names
    this.#sessions = sessions
    this.#shared = memory
    this.#memory?.share(memory)
    this.#planned = undefined
  }

  /** @internal What it remembers; undefined when nothing asks it to remember anything. */
  memoryIn(environment: Environment): HandleMemory | undefined {
    if (this.#memory === undefined && remembersAnything(this.options.snapshot(), this.#shared)) {
      this.#memory = new HandleMemory(environment, this.#shared)
      if (this.#original !== undefined) this.#memory.adopt(this.#original)
      this.#original = undefined
    }
    return this.#memory
  }

  /** Writes the files that its options name: the cookie jar, HSTS, Alt-Svc. Rejects with WRITE_ERROR. */
  async save(): Promise<void> {
    await this.#memory?.save(this.options.snapshot())
  }

  /** @internal Its transfers are the engine's own, which others may be waiting for: no limit of connections holds them up. */
  serveEngine(): void {
    this.#servesEngine = true
    this.#planned = undefined
  }

  get isRunning(): boolean {
    return this.transfer !== undefined
  }

  /** RECURSIVE_API_CALL while it runs. */
  checkIdle(): void {
    if (this.transfer !== undefined)
      throw new TransferError('RECURSIVE_API_CALL', 'the handle is running a transfer already')
  }

  #planWith(settings: EasySettings): RequestPlan {
    return planRequest(settings, this.#spentBodies, {
      names: this.#names,
      sessions: this.#sessions,
      digests: this.#digests,
      isBeyondLimits: this.#servesEngine,
      decoders: this.#decoders,
    })
  }

  /** `Handle https://a.test/`. Options and plans may hold secrets, and are not shown. */
  toString(): string {
    return `Handle ${this.#planned?.plan.url.text ?? '(no transfer yet)'}`
  }

  /** @internal */
  toJSON(): string {
    return this.toString()
  }

  /** @internal */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}
