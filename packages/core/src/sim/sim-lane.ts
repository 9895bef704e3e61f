/**
 * One direction of a simulated connection: what was sent, on its way over the link.
 *
 * The rule: one piece is under way at a time and lands when the link says; bytes are copied when they land
 * and not before. A lane knows when things land, not what an end makes of them.
 */
import { unreachable } from '../base/invariant.ts'
import type { Cancelable, Milliseconds } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import { copied } from './sim-bytes.ts'
import type { SimLink } from './sim-link.ts'
import type { SimTrace } from './sim-trace.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What the two lanes of a connection share. */
export interface SimLaneParts {
  readonly clock: VirtualClock
  readonly link: SimLink
  readonly trace: SimTrace
  /** For the trace, such as `#3`. */
  readonly name: string
  /** For `jitterMs`. */
  fraction(): number
}

/** Who is told when something has landed at the far end. */
export interface SimLaneEnd {
  bytes(bytes: Uint8Array): void
  ended(): void
  broken(error: TransferError): void
  /** The link broke, as `resetAfterBytes` says. */
  cut(): void
}

type Parcel =
  | { readonly is: 'bytes'; bytes: Uint8Array; from: number; readonly since: Milliseconds }
  | { readonly is: 'end'; readonly since: Milliseconds }
  | { readonly is: 'reset'; readonly error: TransferError; readonly since: Milliseconds }

export class SimLane {
  readonly #parts: SimLaneParts
  readonly #direction: 'toServer' | 'toClient'
  readonly #farEnd: SimLaneEnd
  /** The first is the one whose next piece is under way. */
  readonly #parcels: Parcel[] = []
  #trip: Cancelable | undefined
  #lineFreeAt: Milliseconds = 0
  #lastLanding: Milliseconds = 0
  #carriedBytes = 0

  constructor(parts: SimLaneParts, direction: 'toServer' | 'toClient', farEnd: SimLaneEnd) {
    this.#parts = parts
    this.#direction = direction
    this.#farEnd = farEnd
  }

  /** Sends bytes, which must not change until they land, or until `ownBytes`. */
  send(bytes: Uint8Array): void {
    this.#push({ is: 'bytes', bytes, from: 0, since: this.#parts.clock.now() })
  }

  sendEnd(): void {
    this.#push({ is: 'end', since: this.#parts.clock.now() })
  }

  sendReset(error: TransferError): void {
    this.#push({ is: 'reset', error, since: this.#parts.clock.now() })
  }

  /** Copies what has not landed: from now on the sender may change it. */
  ownBytes(): void {
    for (const parcel of this.#parcels) if (parcel.is === 'bytes') parcel.bytes = copied(parcel.bytes)
  }

  /** Forgets the bytes that a slow line has not carried yet. True when there were some. */
  dropBacklog(): boolean {
    // Without a rate all that was written left at once.
    if (this.#parts.link.settings.bytesPerSecond === undefined || this.#parcels[0]?.is !== 'bytes')
      return false
    this.clear()
    return true
  }

  /** Forgets everything. */
  clear(): void {
    this.#trip?.cancel()
    this.#trip = undefined
    this.#parcels.length = 0
  }

  #push(parcel: Parcel): void {
    this.#parcels.push(parcel)
    if (this.#parcels.length === 1) this.#depart()
  }

  /** Times the next piece of the first parcel. */
  #depart(): void {
    const parcel = this.#parcels[0]
    if (parcel === undefined || this.#trip !== undefined) return
    const { clock, link } = this.#parts
    const { bytesPerSecond, jitterMs } = link.settings
    const start = link.opensAt(Math.max(parcel.since, this.#lineFreeAt))
    if (start === Infinity) {
      link.onChange(() => this.#depart())
      return
    }
    const size = parcel.is === 'bytes' ? this.#nextPiece(parcel) : 0
    const left = bytesPerSecond === undefined ? start : start + (size / bytesPerSecond) * 1000
    const jitter = jitterMs === undefined ? 0 : jitterMs * this.#parts.fraction()
    const landing = Math.max(clock.now(), this.#lastLanding, left + link.delayMs + jitter)
    this.#trip = clock.at(landing, () => {
      this.#trip = undefined
      const opensAt = link.opensAt(landing)
      if (opensAt === landing) {
        this.#lineFreeAt = left
        this.#lastLanding = landing
        this.#land(parcel, size)
      } else {
        // Lost under way: it leaves again when the route is back.
        this.#lineFreeAt = opensAt
      }
      this.#depart()
    })
  }

  #nextPiece(parcel: Parcel & { is: 'bytes' }): number {
    const { chunkBytes = Infinity } = this.#parts.link.settings
    const untilCut = Math.max(0, this.#cutsAfter() - this.#carriedBytes)
    return Math.min(parcel.bytes.length - parcel.from, Math.max(1, chunkBytes), untilCut)
  }

  #cutsAfter(): number {
    return this.#parts.link.settings.resetAfterBytes?.[this.#direction] ?? Infinity
  }

  #land(parcel: Parcel, size: number): void {
    switch (parcel.is) {
      case 'bytes': {
        const piece = copied(parcel.bytes, parcel.from, parcel.from + size)
        parcel.from += size
        this.#carriedBytes += size
        if (parcel.from === parcel.bytes.length) this.#parcels.shift()
        if (size > 0) {
          this.#note(`${size} bytes`)
          this.#farEnd.bytes(piece)
        }
        if (this.#carriedBytes >= this.#cutsAfter()) {
          this.#note('cut')
          this.clear()
          this.#farEnd.cut()
        }
        return
      }
      case 'end':
        this.#parcels.shift()
        this.#note('end')
        this.#farEnd.ended()
        return
      case 'reset':
        this.clear()
        this.#note('reset')
        this.#farEnd.broken(parcel.error)
        return
      default:
        unreachable(parcel)
    }
  }

  #note(what: string): void {
    const { trace, clock, name } = this.#parts
    trace.add(clock.now(), `${name} ${this.#direction === 'toServer' ? '>' : '<'} ${what}`)
  }
}
