/**
 * `DigestStates`: the Digest states of one handle, at many origins and proxies.
 *
 * The rule: a state is found by role, peer and user together, or not at all. Nonces of one server shown to
 * another have been three advisories of curl's (CVE-2026-7168, CVE-2026-8927, CVE-2026-11856). Another handle
 * begins with none, as in libcurl.
 */
import { LruMap } from '../base/lru-map.ts'
import { DigestState } from './digest.ts'
import type { Hashes, RandomSource } from '../env/environment.ts'

/** Whose state. */
export interface DigestOwner {
  readonly role: 'origin' | 'proxy'
  /** Scheme, host and port, as `Origin.text` has them. */
  readonly peer: string
  readonly user: string
}

export class DigestStates {
  readonly #limit: number
  /** Made for the first: every handle has one of these, and few have to do with Digest. */
  #states: LruMap<string, DigestState> | undefined

  /** `limit`: how many are kept; the one not used for longest is forgotten first. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The state of an owner; made when there is none. */
  of(
    { role, peer, user }: DigestOwner,
    ports: { readonly hashes: Hashes; readonly random: RandomSource },
  ): DigestState {
    const key = JSON.stringify([role, peer, user])
    this.#states ??= new LruMap(this.#limit)
    const known = this.#states.get(key)
    if (known !== undefined) return known
    const made = new DigestState(ports.hashes, ports.random)
    this.#states.set(key, made)
    return made
  }

  /** Forgets all. */
  clear(): void {
    this.#states = undefined
  }
}
