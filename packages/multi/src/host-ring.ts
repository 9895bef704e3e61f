/**
 * `HostRing`: the order of admission: hosts in turn, and within a host by priority, then arrival; at most so
 * many at once per host. A queue class for p-queue.
 *
 * The rule: `size` counts only what may run now, because p-queue takes a job whenever `size` is above zero;
 * so whoever frees a place at a host must make the queue look again.
 */

type Job = () => Promise<unknown>

interface Entry {
  readonly job: Job
  readonly priority: number
}

interface Lane {
  readonly host: string
  readonly entries: Entry[]
  active: number
  /** Whether the lane stands in the ring of those that may run. */
  isRunnable: boolean
}

export class HostRing {
  readonly #limit: number
  readonly #lanes = new Map<string, Lane>()
  readonly #ring: Lane[] = []
  #runnable = 0

  /** `limit`: transfers at once per host. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Jobs that may run now. */
  get size(): number {
    return this.#runnable
  }

  /** Jobs that wait, for a place at their host or for their turn. */
  get waiting(): number {
    let waiting = 0
    for (const lane of this.#lanes.values()) waiting += lane.entries.length
    return waiting
  }

  add(host: string, priority: number, job: Job): void {
    let lane = this.#lanes.get(host)
    if (lane === undefined)
      this.#lanes.set(host, (lane = { host, entries: [], active: 0, isRunnable: false }))
    // Nearly always at the end: a scan from there is short.
    let at = lane.entries.length
    while (at > 0 && lane.entries[at - 1]!.priority < priority) at -= 1
    lane.entries.splice(at, 0, { job, priority })
    this.#count(lane)
  }

  /** The next job in turn; its host has one place less until `done(host)`. */
  shift(): Job | undefined {
    const lane = this.#ring.shift()
    if (lane === undefined) return undefined
    lane.isRunnable = false
    this.#runnable -= 1
    const { job } = lane.entries.shift()!
    lane.active += 1
    this.#count(lane)
    return job
  }

  done(host: string): void {
    const lane = this.#lanes.get(host)!
    lane.active -= 1
    this.#count(lane)
    if (lane.active === 0 && lane.entries.length === 0) this.#lanes.delete(host)
  }

  /** Puts a lane into the ring when its next job may run. One job of a lane is in the ring at a time: hosts take turns. */
  #count(lane: Lane): void {
    if (lane.isRunnable || lane.entries.length === 0 || lane.active >= this.#limit) return
    lane.isRunnable = true
    this.#ring.push(lane)
    this.#runnable += 1
  }
}
