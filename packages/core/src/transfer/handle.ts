/**
 * `Handle`: what an engine knows of an easy handle: its options, the plan computed from them, and the
 * transfer it is running. `Easy` is made around one; whatever runs handles takes a `TransferHandle`.
 */
import type { NameLookup, SessionStore } from '../connect/filter.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { OptionSet } from '../options/option-set.ts'
import type { EasyOptions, EasySettings } from '../options/option-types.ts'
import { EASY_OPTIONS } from '../tables/option-table.ts'
import type { FrameMeta } from '../websocket/frame-meta.ts'
import { SpentBodies } from './body-source.ts'
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
  #names: NameLookup | undefined
  #sessions: SessionStore | undefined
  #spentBodies = new SpentBodies()
  #planned: { readonly settings: EasySettings; readonly plan: RequestPlan } | undefined

  constructor(options: EasyOptions | OptionSet<typeof EASY_OPTIONS> = {}) {
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

  /** @internal Takes over the options of another handle, and with its body what has become of it. */
  adopt(other: Handle): void {
    this.options.adopt(other.options)
    this.#spentBodies = other.#spentBodies
    this.#planned = undefined
  }

  /** @internal Names and TLS sessions of a share: connections opened for this handle use them, in whatever cache. */
  borrow(names: NameLookup | undefined, sessions: SessionStore | undefined): void {
    this.#names = names
    this.#sessions = sessions
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
    const plan = planRequest(settings, this.#spentBodies)
    if (this.#names === undefined && this.#sessions === undefined) return plan
    return { ...plan, terms: { ...plan.terms, names: this.#names, sessions: this.#sessions } }
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
