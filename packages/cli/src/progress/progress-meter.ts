/**
 * `ProgressMeter`: shows how far the transfers of a run are, once a second and at their end.
 *
 * The rule: it only reads what transfers tell of themselves, by a timer of its own: a transfer pays nothing for it.
 */
import type { Cancelable, Clock, TransferInfo } from '@trunkline/core'
import {
  barRow,
  METER_HEAD,
  meterRow,
  PARALLEL_HEAD,
  parallelRow,
  type ProgressState,
} from './progress-line.ts'
import { SpeedGauge } from './speed-gauge.ts'

/** Which of the meters is shown. */
export type MeterKind = 'table' | 'bar' | 'parallel'

/** A transfer that is watched. */
export interface Watched {
  /** As it was given. */
  readonly url: string
  /** Undefined: it has not begun. */
  info(): TransferInfo | undefined
}

/** Shows how far the transfers of a run are. */
export interface Meter {
  begin(watched: Watched): void
  /** What did not begin, or has ended already, is ignored. */
  ended(watched: Watched, isFailed: boolean): void
  /** The run is over. */
  stop(): void
}

const PERIOD_MS = 1_000

export class ProgressMeter implements Meter {
  readonly #kind: MeterKind
  readonly #clock: Clock
  readonly #write: (text: string) => void
  readonly #columns: number
  readonly #begunAt: number
  readonly #running = new Set<Watched>()
  #sums = NOTHING
  #begun = 0
  #turn = 0
  #hasHead = false
  #timer: Cancelable | undefined
  #gauge = new SpeedGauge()

  constructor(kind: MeterKind, clock: Clock, columns: number, write: (text: string) => void) {
    this.#kind = kind
    this.#clock = clock
    this.#write = write
    this.#columns = columns
    this.#begunAt = clock.now()
  }

  /** A transfer begins. */
  begin(watched: Watched): void {
    this.#running.add(watched)
    this.#begun += 1
    if (this.#kind !== 'parallel') {
      this.#hasHead = false
      this.#gauge = new SpeedGauge()
    }
    this.#timer ??= this.#clock.at(this.#clock.now() + PERIOD_MS, () => this.#tick())
  }

  /** A transfer is over. */
  ended(watched: Watched): void {
    if (!this.#running.has(watched)) return
    const info = watched.info()
    // Of what never began there is nothing to show.
    if (this.#kind !== 'parallel' && (this.#hasHead || (info !== undefined && info.connId >= 0))) {
      this.#show(stateOf(info))
      this.#write('\n')
    }
    this.#sums = plus(this.#sums, stateOf(info))
    this.#running.delete(watched)
    if (this.#running.size === 0 && this.#kind !== 'parallel') this.#rest()
  }

  /** The run is over. */
  stop(): void {
    this.#rest()
    if (this.#kind !== 'parallel' || this.#begun === 0) return
    this.#showAll()
    this.#write('\n')
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #tick(): void {
    this.#timer = this.#clock.at(this.#clock.now() + PERIOD_MS, () => this.#tick())
    if (this.#kind === 'parallel') this.#showAll()
    else for (const watched of this.#running) this.#show(stateOf(watched.info()))
  }

  #show(state: Sums & { readonly spentUs: number }): void {
    const whole = { ...state, currentSpeed: this.#speed(state.downloaded + state.uploaded, state.spentUs) }
    if (this.#kind === 'bar') this.#write(`\r${barRow(whole, this.#columns, (this.#turn += 1))}`)
    else this.#write(`${this.#head(METER_HEAD)}\r${meterRow(whole)}`)
  }

  #showAll(): void {
    const all = Array.from(this.#running, (watched) => stateOf(watched.info())).reduce(plus, this.#sums)
    const spentUs = (this.#clock.now() - this.#begunAt) * 1_000
    const state = { ...all, spentUs, currentSpeed: this.#speed(all.downloaded + all.uploaded, spentUs) }
    const row = parallelRow({ ...state, begun: this.#begun, running: this.#running.size, isWhole: false })
    this.#write(`${this.#head(PARALLEL_HEAD)}\r${row}`)
  }

  #head(text: string): string {
    if (this.#hasHead) return ''
    this.#hasHead = true
    return text
  }

  #speed(bytes: number, spentUs: number): number {
    const lately = this.#gauge.look(this.#clock.now(), bytes)
    if (lately !== undefined) return lately
    return spentUs <= 0 ? 0 : Math.floor((bytes * 1_000_000) / spentUs)
  }
}

type Sums = Pick<ProgressState, 'downloaded' | 'downloadTotal' | 'uploaded' | 'uploadTotal'>

const NOTHING: Sums = { downloaded: 0, downloadTotal: 0, uploaded: 0, uploadTotal: 0 }

function plus(one: Sums, other: Sums): Sums {
  return {
    downloaded: one.downloaded + other.downloaded,
    downloadTotal: one.downloadTotal + Math.max(0, other.downloadTotal),
    uploaded: one.uploaded + other.uploaded,
    uploadTotal: one.uploadTotal + Math.max(0, other.uploadTotal),
  }
}

function stateOf(info: TransferInfo | undefined): Sums & { readonly spentUs: number } {
  if (info === undefined) return { ...NOTHING, spentUs: 0 }
  return {
    downloaded: info.sizeDownload,
    downloadTotal: info.contentLengthDownload,
    uploaded: info.sizeUpload,
    uploadTotal: info.contentLengthUpload,
    spentUs: info.totalTimeUs,
  }
}
