/**
 * `Watch`: the time limits of one transfer, and what it is to be woken for.
 *
 * The rule: a transfer without limits never touches a timer. A limit that passes ends the transfer, but for the two
 * that look at what moved: they look again, and go on where something did.
 */
import type { TimerQueue } from '../base/timer-queue.ts'
import type { Cancelable, Clock, Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { EasySettings } from '../options/option-types.ts'
import { Deadlines, type DeadlineName, type LimitName, type WakeName } from './deadlines.ts'
import { deadlineText } from './failure-text.ts'
import { LowSpeedWatch, SPEED_INTERVAL_MS } from './low-speed.ts'
import type { TransferRecord } from './transfer-record.ts'

/** Whose time it is: a transfer. */
export interface WatchOwner {
  readonly isPaused: boolean
  /** Whether bytes could move now, so that slowness is the peer's. */
  readonly isMoving: boolean
  woken(name: WakeName): void
  /** OPERATION_TIMEDOUT, without a phase. */
  passed(name: LimitName, error: TransferError): void
}

/** Whether there is a limit of the whole transfer. */
export function hasLimits({ timeoutMs, lowSpeedLimit, lowSpeedTimeMs }: EasySettings): boolean {
  return timeoutMs > 0 || (lowSpeedLimit > 0 && lowSpeedTimeMs > 0)
}

/** Made with the first limit: most transfers have none. */
export class Watch {
  readonly #owner: WatchOwner
  readonly #time: { readonly clock: Clock; readonly timers: TimerQueue }
  readonly #settings: EasySettings
  readonly #record: TransferRecord
  #deadlines: Deadlines | undefined
  #speed: LowSpeedWatch | undefined
  #lastMoveAt: Milliseconds
  #awake: Cancelable | undefined

  constructor(
    owner: WatchOwner,
    time: { readonly clock: Clock; readonly timers: TimerQueue },
    settings: EasySettings,
    record: TransferRecord,
  ) {
    this.#owner = owner
    this.#time = time
    this.#settings = settings
    this.#record = record
    this.#lastMoveAt = time.clock.now()
  }

  /** Sets the limits of the whole transfer. */
  begin(): void {
    const { timeoutMs, lowSpeedLimit, lowSpeedTimeMs } = this.#settings
    const { startedAt } = this.#record
    if (timeoutMs > 0) this.at('total', startedAt + timeoutMs)
    if (lowSpeedLimit > 0 && lowSpeedTimeMs > 0) {
      this.#speed = new LowSpeedWatch(lowSpeedLimit, lowSpeedTimeMs, startedAt, 0)
      this.at('low-speed', startedAt + SPEED_INTERVAL_MS)
    }
  }

  at(name: DeadlineName, due: Milliseconds): void {
    const { clock, timers } = this.#time
    this.#deadlines ??= new Deadlines(
      timers,
      () => clock.now(),
      (fallen) => this.#fell(fallen),
    )
    this.#deadlines.set(name, due)
    // While a time of our own is waited for, no socket need be open to keep the process.
    if (OF_OUR_OWN.has(name)) this.#awake ??= clock.stayAwake()
  }

  after(name: DeadlineName, ms: Milliseconds): void {
    this.at(name, this.#time.clock.now() + ms)
  }

  clear(name: DeadlineName): void {
    this.#deadlines?.clear(name)
    if (OF_OUR_OWN.has(name)) this.#letSleep()
  }

  clearAll(names: readonly DeadlineName[]): void {
    if (this.#deadlines !== undefined) for (const name of names) this.clear(name)
  }

  /** Bytes moved, or might have been moving all the time. */
  moved(now: Milliseconds): void {
    this.#lastMoveAt = now
  }

  /** Something new begins: what was before does not count. */
  restart(now: Milliseconds): void {
    this.moved(now)
    this.#restartSpeed(now)
  }

  end(): void {
    this.#deadlines?.clearAll()
    this.#letSleep()
  }

  #letSleep(): void {
    this.#awake?.cancel()
    this.#awake = undefined
  }

  #fell(name: DeadlineName): void {
    if (isWake(name)) {
      if (OF_OUR_OWN.has(name)) this.#letSleep()
      this.#owner.woken(name)
      return
    }
    const now = this.#time.clock.now()
    const next =
      name === 'idle' ? this.#nextIdle(now) : name === 'low-speed' ? this.#nextSpeed(now) : undefined
    if (next !== undefined) {
      this.at(name, next)
      return
    }
    const { text, limitMs } = deadlineText(name, this.#settings, this.#record, now)
    const details = { deadline: name, limitMs, received: this.#record.downloaded }
    this.#owner.passed(name, new TransferError('OPERATION_TIMEDOUT', text, details))
  }

  /** When to look again; undefined: nothing moved for too long. */
  #nextIdle(now: Milliseconds): Milliseconds | undefined {
    const { idleTimeoutMs } = this.#settings
    if (this.#owner.isPaused) return now + idleTimeoutMs
    const due = this.#lastMoveAt + idleTimeoutMs
    return due > now ? due : undefined
  }

  #nextSpeed(now: Milliseconds): Milliseconds | undefined {
    const { isMoving } = this.#owner
    if (!isMoving) this.#restartSpeed(now)
    const isTooSlow = isMoving && this.#speed!.tooSlow(now, this.#bytes) !== undefined
    return isTooSlow ? undefined : now + SPEED_INTERVAL_MS
  }

  #restartSpeed(now: Milliseconds): void {
    this.#speed?.restart(now, this.#bytes)
  }

  get #bytes(): number {
    return this.#record.downloaded + this.#record.uploaded
  }
}

const WAKES: ReadonlySet<DeadlineName> = new Set<WakeName>([
  'expect-100',
  'receive-rate',
  'send-rate',
  'retry',
])

/** What is waited for because we want it so. */
const OF_OUR_OWN: ReadonlySet<DeadlineName> = new Set<WakeName>(['receive-rate', 'send-rate', 'retry'])

function isWake(name: DeadlineName): name is WakeName {
  return WAKES.has(name)
}
