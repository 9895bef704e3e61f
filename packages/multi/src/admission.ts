/**
 * `Admission`: how many transfers run at once, in all and per host; the others wait. A p-queue with the fair
 * order of `HostRing`. A multi that never had these limits has none, and its transfers never pass through here.
 *
 * The rule: whoever has entered is counted until it leaves, and leaves once; from the line it goes at once.
 */
import type { AdmissionGate } from '@trunkline/core'
import PQueue from 'p-queue'
import { Entry, HostRing } from './host-ring.ts'

interface QueueOptions {
  readonly entry?: Entry
  readonly priority?: number
}

/** What p-queue asks of a queue class. */
type Run = () => Promise<unknown>

export class Admission implements AdmissionGate {
  readonly #queue: PQueue<never, QueueOptions>
  readonly #ring = new HostRing(Infinity)

  constructor() {
    const ring = this.#ring
    // p-queue makes the queue itself, without arguments: the class closes over the ring.
    class Lanes {
      get size(): number {
        return ring.size
      }
      enqueue(run: Run, { entry }: QueueOptions): void {
        ring.add(entry!, run)
      }
      dequeue(): Run | undefined {
        return ring.shift()
      }
      filter(): Run[] {
        return []
      }
      setPriority(): void {}
    }
    this.#queue = new PQueue({ queueClass: Lanes as never })
  }

  /** Transfers at once; 0: no limit. More are let in at once when a limit rises; none is turned out when it falls. */
  limit(total: number, perHost: number): void {
    this.#ring.limit = perHost === 0 ? Infinity : perHost
    // Set even when it is the same: it makes p-queue look for what the ring has now.
    this.#queue.concurrency = total === 0 ? Infinity : total
  }

  enter(host: string, priority: number, go: () => void): () => void {
    const entry = new Entry(host, priority)
    let leave!: () => void
    const over = new Promise<void>((resolve) => (leave = resolve))
    // Of one that leaves from the line, p-queue never hears again.
    void this.#queue.add(
      () => {
        go()
        return over
      },
      { entry },
    )
    return () => {
      this.#ring.leave(entry)
      leave()
    }
  }
}
