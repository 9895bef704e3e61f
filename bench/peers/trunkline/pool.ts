/**
 * Trunkline's pool alone, without sockets and HTTP: what picking, inserting, evicting and expiring an idle connection costs
 * with `size` origins. It takes the pool out of the built engine, because nobody else can get at it.
 */
import type { Clock, EasySettings } from '@trunkline/core'
// Types only, and named `.js`: the compiler would refuse to rewrite `.ts` across projects.
import type * as Origins from '../../../packages/core/src/http/origin.js'
import type * as Options from '../../../packages/core/src/options/option-set.js'
import type * as Pools from '../../../packages/core/src/pool/pool.js'
import type { Poolable } from '../../../packages/core/src/pool/poolable.js'
import type * as Records from '../../../packages/core/src/pool/records.js'
import type * as Identities from '../../../packages/core/src/route/identity.js'
import type * as Timers from '../../../packages/core/src/base/timer-queue.js'
import type * as Tables from '../../../packages/core/src/tables/option-table.js'
import type { Client, OwnFigures, Terms } from '../../rounds/measure.ts'

const BUILT = new URL('../../../../packages/core/dist/', import.meta.url)
const built = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(path, BUILT).href)) as Module
const { parseUrl } = await built<typeof Origins>('http/origin.js')
const { OptionSet } = await built<typeof Options>('options/option-set.js')
const { Pool } = await built<typeof Pools>('pool/pool.js')
const { Want } = await built<typeof Records>('pool/records.js')
const { makeIdentity } = await built<typeof Identities>('route/identity.js')
const { TimerQueue } = await built<typeof Timers>('base/timer-queue.js')
const { CACHE_OPTIONS, EASY_OPTIONS } = await built<typeof Tables>('tables/option-table.js')

type Want = Records.Want<Plain>
type Member = Records.Member<Plain>

/** How many are wanted in one turn, as by 50 transfers side by side. */
const TURN = 50
const MAX_IDLE_MS = 118_000

export function start({ size }: Terms): Client {
  const settings = new OptionSet(EASY_OPTIONS, {}).snapshot()
  const kept = termsOf('kept', size, settings)
  const others = termsOf('other', size, settings)
  return {
    /** `count` of each operation. */
    async run(count) {
      const times: Record<keyof Steps, number> = { insertUs: 0, pickUs: 0, evictUs: 0, expireUs: 0 }
      const laps = Math.max(1, Math.round(count / size))
      for (let lap = 0; lap < laps; lap += 1) {
        const steps = new Steps(size)
        times.insertUs += await cpuUs(() => steps.insertUs(kept))
        times.pickUs += await cpuUs(() => steps.pickUs(kept))
        times.evictUs += await cpuUs(() => steps.evictUs(others))
        times.expireUs += await cpuUs(() => steps.expireUs())
      }
      const each = Object.entries(times).map(([name, us]) => [name, us / (laps * size)])
      return { bytes: 0, figures: Object.fromEntries(each) as OwnFigures }
    },
    close: () => undefined,
  }
}

/** One pool from its first connection to its last. */
class Steps {
  readonly #size: number
  readonly #pool: Pools.Pool<Plain>
  readonly #granted: Member[] = []
  #now = 0
  #turns: (() => void)[] = []
  #wake: { readonly due: number; readonly call: () => void } | undefined

  constructor(size: number) {
    this.#size = size
    const clock: Clock = {
      now: () => this.#now,
      date: () => new Date(0),
      at: (due, call) => {
        const wake = { due, call }
        this.#wake = wake
        return {
          cancel: () => {
            if (this.#wake === wake) this.#wake = undefined
          },
        }
      },
      stayAwake: () => ({ cancel: () => undefined }),
      afterPendingInput: (then) => void this.#turns.push(then),
    }
    this.#pool = new Pool<Plain>(
      {
        clock,
        timers: new TimerQueue(clock),
        observer: undefined,
        opener: {
          joined: () => undefined,
          findTwin: () => Promise.resolve(undefined),
          open: (terms) => Promise.resolve(new Plain(terms)),
        },
      },
      new OptionSet(CACHE_OPTIONS, { maxConnects: size }).snapshot(),
    )
  }

  async insertUs(list: readonly Records.WantTerms[]): Promise<void> {
    await this.#use(list)
    this.#expectIdle(this.#size)
  }

  async pickUs(list: readonly Records.WantTerms[]): Promise<void> {
    const { nextId } = this.#pool
    await this.#use(list)
    if (this.#pool.nextId !== nextId) throw new Error('a connection was opened instead of picked')
  }

  /** Inserts as many as there are, each of which drives out the one longest unused. */
  async evictUs(list: readonly Records.WantTerms[]): Promise<void> {
    await this.#use(list)
    this.#expectIdle(this.#size)
  }

  async expireUs(): Promise<void> {
    this.#now += MAX_IDLE_MS + 1
    while (this.#wake !== undefined && this.#wake.due <= this.#now) {
      const { call } = this.#wake
      this.#wake = undefined
      call()
    }
    await Promise.resolve()
    this.#expectIdle(0)
  }

  async #use(list: readonly Records.WantTerms[]): Promise<void> {
    for (let at = 0; at < list.length; at += TURN) {
      const end = Math.min(at + TURN, list.length)
      for (let index = at; index < end; index += 1) this.#pool.acquire(this.#want(list[index]!))
      while (this.#granted.length < end - at) {
        for (const then of this.#turns.splice(0)) then()
        if (this.#granted.length < end - at) await Promise.resolve()
      }
      for (const member of this.#granted.splice(0)) {
        member.maxIdleMs = MAX_IDLE_MS
        this.#pool.release(member)
      }
    }
  }

  #want(terms: Records.WantTerms): Want {
    return new Want<Plain>(terms, {
      granted: (member) => void this.#granted.push(member),
      refused: (error) => {
        throw error
      },
      waiting: () => undefined,
      opening: () => undefined,
    })
  }

  #expectIdle(count: number): void {
    if (this.#pool.idleCount !== count)
      throw new Error(`${this.#pool.idleCount} connections are idle instead of ${count}`)
  }
}

/** A connection without anything behind it. */
class Plain implements Poolable {
  readonly identity: Poolable['identity']
  readonly firstHop: string
  readonly capacity = 1
  readonly announcedCapacity = 1
  readonly isMultiplexed = false

  constructor(terms: Records.WantTerms) {
    this.identity = terms.identity
    this.firstHop = terms.firstHop
  }

  close(): void {}

  hold(): void {}
}

function termsOf(name: string, count: number, settings: EasySettings): readonly Records.WantTerms[] {
  return Array.from({ length: count }, (_, index) => {
    const host = `${name}${index}.test`
    return {
      identity: makeIdentity(settings, parseUrl(`http://${host}/`).origin),
      firstHop: `${host}:80`,
      priority: 0,
      pipelinable: false,
      multiplexing: 'never',
      protocolKey: '',
      pipeWait: true,
      maxIdleMs: MAX_IDLE_MS,
      maxLifetimeMs: 0,
    }
  })
}

async function cpuUs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
