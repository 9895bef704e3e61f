/**
 * `NonceCounts`: how often each nonce of Digest was used over one connection cache, by whichever handle.
 *
 * The rule: a count is given out once. Handles are challenged one by one, but a server may give the same nonce to
 * several, and takes a count that it has seen for a replay (RFC 7616 3.4).
 */
import { LruMap } from '../base/lru-map.ts'
import type { NonceCounter } from './digest.ts'

export class NonceCounts {
  readonly #counts: LruMap<string, number>

  /** `limit`: nonces that are kept; the one not used for longest is forgotten first. */
  constructor(limit: number) {
    this.#counts = new LruMap(limit)
  }

  /** The counter for nonces of one party; `peer` as `Origin.text` has it. */
  of(role: 'origin' | 'proxy', peer: string): NonceCounter {
    return {
      next: (nonce, last) => {
        const key = JSON.stringify([role, peer, nonce])
        // What was forgotten here the asker may still know.
        const count = Math.max(this.#counts.get(key) ?? 0, last) + 1
        this.#counts.set(key, count)
        return count
      },
    }
  }
}
