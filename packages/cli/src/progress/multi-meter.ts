/**
 * `MultiMeter`: `--progress multi`: every transfer under way, all of them, and the connections: drawn in place on a
 * terminal, elsewhere as lines now and then and at the end.
 *
 * The rule: as the other meters, it only looks, by a timer of its own.
 */
import type { Cancelable, Clock, ConnectionSnapshot } from '@trunkline/core'
import type { LiveBlock } from '../output/live-block.ts'
import { multiRows, sumRows, type MultiState, type RowState } from './multi-rows.ts'
import type { Meter, Watched } from './progress-meter.ts'
import { SpeedGauge } from './speed-gauge.ts'

/** Often enough to look alive, and seldom enough to be read. */
const DRAWN_EVERY_MS = 250
/** Where lines stay: a log wants few of them. */
const TOLD_EVERY_MS = 10_000

/** What it looks at, and where it shows it. */
export interface MultiMeterWorld {
  readonly clock: Clock
  connections(): readonly ConnectionSnapshot[]
  /** Undefined: nothing can be redrawn. */
  readonly screen: LiveBlock | undefined
  write(text: string): void
}

export class MultiMeter implements Meter {
  readonly #world: MultiMeterWorld
  readonly #periodMs: number
  readonly #begunAt: number
  readonly #running = new Map<Watched, SpeedGauge>()
  readonly #gauge = new SpeedGauge()
  #timer: Cancelable | undefined
  #moved = 0
  #done = 0
  #failed = 0
  #served = 0
  #reused = 0

  constructor(world: MultiMeterWorld) {
    this.#world = world
    this.#periodMs = world.screen === undefined ? TOLD_EVERY_MS : DRAWN_EVERY_MS
    this.#begunAt = world.clock.now()
  }

  begin(watched: Watched): void {
    this.#running.set(watched, new SpeedGauge())
    if (this.#timer === undefined) this.#arm()
  }

  ended(watched: Watched, isFailed: boolean): void {
    if (!this.#running.delete(watched)) return
    if (isFailed) this.#failed += 1
    else this.#done += 1
    const info = watched.info()
    if (info === undefined) return
    this.#moved += info.sizeDownload + info.sizeUpload
    if (info.connId < 0) return
    this.#served += 1
    if (info.connReused) this.#reused += 1
  }

  stop(): void {
    if (this.#timer === undefined) return
    this.#timer.cancel()
    this.#timer = undefined
    const { screen, clock } = this.#world
    const spentMs = clock.now() - this.#begunAt
    // What counts in the end is the speed of the whole.
    const state = {
      ...this.#look(),
      rows: [],
      speed: spentMs > 0 ? Math.floor((this.#moved * 1_000) / spentMs) : 0,
    }
    if (screen === undefined) this.#tell(state)
    else screen.finish(multiRows(state, screen.window))
  }

  #arm(): void {
    const { clock } = this.#world
    this.#timer = clock.at(clock.now() + this.#periodMs, () => {
      this.#arm()
      const { screen } = this.#world
      if (screen === undefined) this.#tell(this.#look())
      else screen.show(multiRows(this.#look(), screen.window))
    })
  }

  #tell(state: MultiState): void {
    this.#world.write(`${sumRows(state).join('; ')}\n`)
  }

  #look(): MultiState {
    const at = this.#world.clock.now()
    const rows: RowState[] = []
    let [moved, served, reused] = [this.#moved, this.#served, this.#reused]
    for (const [watched, gauge] of this.#running) {
      const info = watched.info()
      const bytes = info === undefined ? 0 : info.sizeDownload + info.sizeUpload
      const hasConnection = info !== undefined && info.connId >= 0
      if (hasConnection) served += 1
      if (hasConnection && info.connReused) reused += 1
      moved += bytes
      rows.push({
        url: watched.url,
        hasConnection,
        moved: bytes,
        total:
          info === undefined
            ? 0
            : Math.max(0, info.contentLengthDownload) + Math.max(0, info.contentLengthUpload),
        speed: gauge.look(at, bytes) ?? 0,
      })
    }
    const connections = this.#world.connections()
    return {
      rows,
      done: this.#done,
      failed: this.#failed,
      moved,
      speed: this.#gauge.look(at, moved) ?? 0,
      spentMs: at - this.#begunAt,
      open: connections.length,
      busy: connections.filter(({ state }) => state === 'busy').length,
      served,
      reused,
    }
  }
}
