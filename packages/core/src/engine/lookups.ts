/**
 * `Lookups`: the ways of looking names up that transfers of one connection cache ask for, beside the system's.
 *
 * The rule: what one way needs is made when it is first asked for, and belongs to the cache: it ends with it.
 */
import { LruMap } from '../base/lru-map.ts'
import { rotated, shuffled } from '../connect/address-order.ts'
import type { AddressOrder, SpecialLookup } from '../connect/filter.ts'
import type { Environment } from '../env/environment.ts'
import type { DohWay, LookupWay } from '../route/lookup-way.ts'
import { LIMITS } from '../tables/limits.ts'
import type { ConnectTerms } from '../transfer/request-plan.ts'
import { askOverHttps, type DohRunner } from './doh.ts'

/** Runs the transfers of lookups, until it is closed. */
export interface LookupRunner extends DohRunner {
  close(): void
}

export class Lookups {
  readonly #environment: Environment
  readonly #ways = new LruMap<string, SpecialLookup>(LIMITS.lookupWays)
  /** How many connections to a host and port began with another address, for dnsRoundRobin. */
  readonly #turns = new LruMap<string, number>(LIMITS.rememberedHosts)
  #makeRunner: (() => LookupRunner) | undefined
  #runner: LookupRunner | undefined

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Says who runs transfers over the cache; the first one counts. */
  runBy(makeRunner: () => LookupRunner): void {
    this.#makeRunner ??= makeRunner
  }

  /** Undefined: as the system does. */
  special(way: LookupWay | undefined): SpecialLookup | undefined {
    if (way === undefined) return undefined
    let special = this.#ways.get(way.key)
    if (special === undefined) {
      special = this.#make(way)
      this.#ways.set(way.key, special)
    }
    return special
  }

  /** Undefined: as they are found. */
  order({ addressOrder, firstHop }: ConnectTerms): AddressOrder | undefined {
    if (addressOrder === undefined) return undefined
    if (addressOrder === 'shuffled')
      return (addresses) => shuffled(addresses, () => this.#environment.random.fraction())
    const turn = this.#turns.get(firstHop) ?? 0
    this.#turns.set(firstHop, turn + 1)
    return (addresses) => rotated(addresses, turn)
  }

  /** Ends what is under way. */
  close(): void {
    this.#runner?.close()
  }

  #make({ key, doh, servers }: LookupWay): SpecialLookup {
    const { resolver } = this.#environment
    return doh === undefined
      ? { key, look: (name, family) => resolver.lookup(name, family, servers) }
      : { key, look: (name, family, signal) => this.#askOverHttps(doh, { name, family, signal }) }
  }

  #askOverHttps(way: DohWay, question: Parameters<typeof askOverHttps>[1]): ReturnType<typeof askOverHttps> {
    this.#runner ??= this.#makeRunner!()
    return askOverHttps(way, question, this.#runner)
  }
}
