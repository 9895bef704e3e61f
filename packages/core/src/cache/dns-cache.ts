/**
 * `DnsCache`: names to addresses, believed for a time the asking transfer sets.
 *
 * The rules: one lookup per name at a time, however many ask; a few lookups at once (getaddrinfo holds one
 * of libuv's four threads each, and a hundred lookups of a dead name would stop all file and DNS work for
 * minutes: nodejs/node issues 8436, 62503); a name that was not found is believed half as long (libcurl); what
 * was asked in different ways is kept apart, and never longer than the answer itself says.
 */
import PQueue from 'p-queue'
import { LruMap } from '../base/lru-map.ts'
import type { FoundName, NameLookup, SpecialLookup } from '../connect/filter.ts'
import type { Clock, Milliseconds, ResolvedAddress, Resolver } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import type { AddressFamily } from '../route/route.ts'
import { LIMITS } from '../tables/limits.ts'

interface Entry {
  readonly at: Milliseconds
  /** Addresses, or why there are none. */
  readonly answer: FoundName | TransferError
  /** How long the answer itself says that it holds. */
  readonly ttlMs: Milliseconds
}

/** A lookup that runs or waits for its turn. */
interface Lookup {
  /** The signals of those who asked; undefined for one who does not lose interest. */
  readonly askers: (AbortSignal | undefined)[]
  answer: Promise<FoundName> | undefined
  /** Ends it when nobody waits any more; only ways that are not the system's can. */
  readonly abandoned: AbortController | undefined
}

/** Names to addresses, remembered for as long as the asking transfer allows; one lookup per name at a time. */
export class DnsCache implements NameLookup {
  readonly #clock: Clock
  readonly #resolver: Resolver
  readonly #entries = new LruMap<string, Entry>(LIMITS.dnsEntries)
  readonly #underWay = new Map<string, Lookup>()
  /** When lists of addresses given by hand were first used; each list is a value of its own. */
  readonly #pinsSince = new WeakMap<object, Milliseconds>()
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
    special?: SpecialLookup,
  ): Promise<FoundName> {
    const key = special === undefined ? `${family} ${name}` : `${family} ${name} ${special.key}`
    const known = this.#entries.get(key)
    if (known !== undefined && this.#isFresh(known, maxAgeMs)) {
      if (isTransferError(known.answer)) throw notFoundAgain(name, known.answer, this.#clock.now() - known.at)
      return known.answer
    }
    let lookup = this.#underWay.get(key)
    if (lookup !== undefined) lookup.askers.push(signal)
    else {
      const abandoned = special === undefined ? undefined : new AbortController()
      lookup = { askers: [signal], answer: undefined, abandoned }
      this.#underWay.set(key, lookup)
      lookup.answer = this.#look(key, name, family, lookup, special)
    }
    if (lookup.abandoned !== undefined) this.#watch(lookup, key, signal)
    return lookup.answer!
  }

  arePinsFresh(pins: object, maxAgeMs: Milliseconds): boolean {
    const now = this.#clock.now()
    const since = this.#pinsSince.get(pins)
    if (since === undefined) this.#pinsSince.set(pins, now)
    return since === undefined || maxAgeMs < 0 || now - since < maxAgeMs
  }

  /** Forgets a name, or all. */
  forget(name?: string): void {
    if (name === undefined) this.#entries.clear()
    else
      for (const key of this.#entries.keys()) {
        if (key.split(' ', 2)[1] === name) this.#entries.delete(key)
      }
  }

  /** Calls a lookup off once all who asked have lost interest. */
  #watch(lookup: Lookup, key: string, signal: AbortSignal | undefined): void {
    const look = (): void => {
      if (!lookup.askers.every((one) => one?.aborted === true)) return
      // Who asks from now on asks anew.
      if (this.#underWay.get(key) === lookup) this.#underWay.delete(key)
      lookup.abandoned!.abort(signal!.reason)
    }
    if (signal?.aborted === true) look()
    else signal?.addEventListener('abort', look, { once: true })
  }

  #isFresh(entry: Entry, maxAgeMs: Milliseconds): boolean {
    if (maxAgeMs < 0) return true
    const limit = isTransferError(entry.answer) ? maxAgeMs / 2 : maxAgeMs
    return this.#clock.now() - entry.at < Math.min(limit, entry.ttlMs)
  }

  async #look(
    key: string,
    name: string,
    family: AddressFamily,
    lookup: Lookup,
    special: SpecialLookup | undefined,
  ): Promise<FoundName> {
    try {
      const addresses = await (special === undefined
        ? this.#askSystem(key, name, family, lookup)
        : special.look(name, family, lookup.abandoned!.signal))
      const ttlMs = Math.min(...addresses.map((found) => found.ttlMs ?? Infinity))
      this.#entries.set(key, {
        at: this.#clock.now(),
        answer: { addresses, cached: true },
        ttlMs: Math.max(ttlMs, LIMITS.dnsLeastTtlMs),
      })
      return { addresses, cached: false }
    } catch (error) {
      // Neither the end of who asked nor a server that is out of order says anything of the name.
      if (
        isTransferError(error) &&
        error.code === 'COULDNT_RESOLVE_HOST' &&
        error.details['transient'] !== true
      )
        this.#entries.set(key, { at: this.#clock.now(), answer: error, ttlMs: Infinity })
      throw error
    } finally {
      if (this.#underWay.get(key) === lookup) this.#underWay.delete(key)
    }
  }

  #askSystem(
    key: string,
    name: string,
    family: AddressFamily,
    lookup: Lookup,
  ): Promise<readonly ResolvedAddress[]> {
    return this.#queue.add(() => {
      // While it waited for its turn, everyone may have lost interest: then it would only hold others up.
      if (lookup.askers.every((signal) => signal?.aborted === true)) {
        this.#underWay.delete(key) // Who asks from now on asks anew.
        throw lookup.askers[0]!.reason
      }
      return this.#resolver.lookup(name, family)
    })
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
