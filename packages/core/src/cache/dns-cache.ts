/**
 * `DnsCache`: names to addresses, believed for a time the asking transfer sets.
 *
 * The rules: one lookup per name at a time, however many ask; a few lookups at once (getaddrinfo holds one
 * of libuv's four threads each, and a hundred lookups of a dead name would stop all file and DNS work for
 * minutes: nodejs/node issues 8436, 62503); a name that was not found is believed half as long (libcurl).
 */
import PQueue from 'p-queue'
import { LruMap } from '../base/lru-map.ts'
import type { FoundName, NameLookup } from '../connect/filter.ts'
import type { Clock, Milliseconds, Resolver } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import type { AddressFamily } from '../route/route.ts'
import { LIMITS } from '../tables/limits.ts'

interface Entry {
  readonly at: Milliseconds
  /** Addresses, or why there are none. */
  readonly answer: FoundName | TransferError
}

/** A lookup that runs or waits for its turn. */
interface Lookup {
  /** The signals of those who asked; undefined for one who does not lose interest. */
  readonly askers: (AbortSignal | undefined)[]
  answer: Promise<FoundName> | undefined
}

/** Names to addresses, remembered for as long as the asking transfer allows; one lookup per name at a time. */
export class DnsCache implements NameLookup {
  readonly #clock: Clock
  readonly #resolver: Resolver
  readonly #entries = new LruMap<string, Entry>(LIMITS.dnsEntries)
  readonly #underWay = new Map<string, Lookup>()
  readonly #queue = new PQueue({ concurrency: LIMITS.dnsLookups })

  constructor(clock: Clock, resolver: Resolver) {
    this.#clock = clock
    this.#resolver = resolver
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * The addresses of a name. Rejects with COULDNT_RESOLVE_HOST. `maxAgeMs`: how old a remembered answer may
   * be; 0: always look anew; negative: any age.
   */
  async lookup(
    name: string,
    family: AddressFamily,
    maxAgeMs: Milliseconds,
    signal?: AbortSignal,
  ): Promise<FoundName> {
    const key = `${family} ${name}`
    const known = this.#entries.get(key)
    if (known !== undefined && this.#isFresh(known, maxAgeMs)) {
      if (isTransferError(known.answer)) throw notFoundAgain(name, known.answer, this.#clock.now() - known.at)
      return known.answer
    }
    let lookup = this.#underWay.get(key)
    if (lookup !== undefined) lookup.askers.push(signal)
    else {
      lookup = { askers: [signal], answer: undefined }
      this.#underWay.set(key, lookup)
      lookup.answer = this.#look(key, name, family, lookup)
    }
    return lookup.answer!
  }

  /** Forgets a name, or all. */
  forget(name?: string): void {
    if (name === undefined) this.#entries.clear()
    else for (const family of ['any', 4, 6]) this.#entries.delete(`${family} ${name}`)
  }

  #isFresh(entry: Entry, maxAgeMs: Milliseconds): boolean {
    if (maxAgeMs < 0) return true
    const limit = isTransferError(entry.answer) ? maxAgeMs / 2 : maxAgeMs
    return this.#clock.now() - entry.at < limit
  }

  async #look(key: string, name: string, family: AddressFamily, lookup: Lookup): Promise<FoundName> {
    try {
      const addresses = await this.#queue.add(() => {
        // While it waited for its turn, everyone may have lost interest: then it would only hold others up.
        if (lookup.askers.every((signal) => signal?.aborted === true)) {
          this.#underWay.delete(key) // Who asks from now on asks anew.
          throw lookup.askers[0]!.reason
        }
        return this.#resolver.lookup(name, family)
      })
      this.#entries.set(key, { at: this.#clock.now(), answer: { addresses, cached: true } })
      return { addresses, cached: false }
    } catch (error) {
      if (isTransferError(error)) this.#entries.set(key, { at: this.#clock.now(), answer: error })
      throw error
    } finally {
      if (this.#underWay.get(key) === lookup) this.#underWay.delete(key)
    }
  }
}

function notFoundAgain(name: string, first: TransferError, ageMs: Milliseconds): TransferError {
  return new TransferError(
    first.code,
    `${name} was not found ${(ageMs / 1_000).toFixed(1)} s ago: ${first.message}`,
    { ...first.details, ageMs },
    { phase: 'resolve', cause: first },
  )
}
