/**
 * `Admission`: how many transfers are in the engine at once, in all and per host. A p-queue with the fair
 * order of `HostRing`; a multi without these limits has none, and its transfers never pass through here.
 */
import PQueue from 'p-queue'
import { HostRing } from './host-ring.ts'

interface QueueOptions {
  readonly host?: string
  readonly priority?: number
}

/** What p-queue asks of a queue class. */
type Run = () => Promise<unknown>

export class Admission {
  readonly #queue: PQueue<never, QueueOptions & { readonly priority?: number }>
  readonly #ring: HostRing

  /** `total` and `perHost`: transfers at once; 0: no limit. */
  constructor(total: number, perHost: number) {
    const ring = new HostRing(perHost === 0 ? Infinity : perHost)
    this.#ring = ring
    // p-queue makes the queue itself, without arguments: the class closes over the ring.
    class Lanes {
      get size(): number {
        return ring.size
      }
      enqueue(run: Run, options?: Partial<QueueOptions>): void {
        ring.add(options?.host ?? '', options?.priority ?? 0, run)
      }
      dequeue(): Run | undefined {
        return ring.shift()
      }
      filter(): Run[] {
        return []
      }
      setPriority(): void {}
    }
    this.#queue = new PQueue({ concurrency: total === 0 ? Infinity : total, queueClass: Lanes as never })
  }

  /** Runs `transfer` when there is a place for it, in all and at `host`. */
  run<T>(host: string, priority: number, transfer: () => Promise<T>): Promise<T> {
    return this.#queue.add(
      async () => {
        try {
          return await transfer()
        } finally {
          this.#ring.done(host)
          // A place at the host may make a job runnable that p-queue has not counted: look again.
          const { concurrency } = this.#queue
          this.#queue.concurrency = concurrency
        }
      },
      { host, priority } as never,
    ) as Promise<T>
  }

  /** Transfers that wait for admission. */
  get waiting(): number {
    return this.#ring.waiting
  }
}
