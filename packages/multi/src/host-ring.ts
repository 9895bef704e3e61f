/**
 * `HostRing`: the order of admission: hosts in turn, and within a host by priority, then arrival; at most so
 * many at once per host. A queue class for p-queue.
 *
 * The rule: `size` counts only what may run now, because p-queue takes a job whenever `size` is above zero;
 * so whoever frees a place at a host must make the queue look again.
 */
import { Heap, LinkedList, ListNode } from '@trunkline/core'

type Job = () => Promise<unknown>

/** One who wants in. */
export class Entry {
  readonly host: string
  readonly priority: number
  /** Set when it is put into the ring. */
  job: Job | undefined = undefined
  arrival = 0
  /** Its place among those that wait; -1: it waits no longer. */
  place = -1

  constructor(host: string, priority: number) {
    this.host = host
    this.priority = priority
  }
}

/** Those of one host. */
class Lane {
  readonly host: string
  readonly waiting = new Heap<'place', Entry>('place', goesBefore)
  active = 0
  /** Its place in the ring: listed while its next job may run. */
  readonly turn: ListNode<Lane> = new ListNode<Lane>(this)

  constructor(host: string) {
    this.host = host
  }
}

export class HostRing {
  #limit: number
  readonly #lanes = new Map<string, Lane>()
  /** Each lane stands here once: hosts take turns. */
  readonly #ring = new LinkedList<Lane>()
  #arrivals = 0

  /** `limit`: transfers at once per host. */
  constructor(limit: number) {
    this.#limit = limit
  }

  set limit(limit: number) {
    this.#limit = limit
    for (const lane of this.#lanes.values()) this.#settle(lane)
  }

  /** Lanes whose next job may run now; one job of a lane counts at a time. */
  get size(): number {
    return this.#ring.size
  }

  add(entry: Entry, job: Job): void {
    const { host } = entry
    let lane = this.#lanes.get(host)
    if (lane === undefined) this.#lanes.set(host, (lane = new Lane(host)))
    entry.job = job
    entry.arrival = this.#arrivals++
    lane.waiting.push(entry)
    this.#settle(lane)
  }

  /** The next job in turn; its host has one place less until `done`. */
  shift(): Job | undefined {
    const lane = this.#ring.first
    if (lane === undefined) return undefined
    lane.turn.unlink()
    const { job } = lane.waiting.shift()!
    lane.active += 1
    this.#settle(lane)
    return job
  }

  /** Takes an entry out: out of the line while it waits, else it frees its place at its host. */
  leave(entry: Entry): void {
    const lane = this.#lanes.get(entry.host)!
    if (entry.place >= 0) lane.waiting.remove(entry)
    else lane.active -= 1
    this.#settle(lane)
    if (lane.active === 0 && lane.waiting.size === 0) this.#lanes.delete(lane.host)
  }

  /** Puts a lane into the ring, or takes it out, as its next job may run or not. */
  #settle(lane: Lane): void {
    const mayRun = lane.waiting.size > 0 && lane.active < this.#limit
    if (!mayRun) lane.turn.unlink()
    else if (!lane.turn.isListed) this.#ring.push(lane.turn)
  }
}

function goesBefore(a: Entry, b: Entry): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.arrival < b.arrival
}
