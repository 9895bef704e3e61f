/**
 * `TlsSessionCache`: sessions to resume, under the whole identity of the connection they came from.
 *
 * The rule: the key is the identity, so that a session never crosses a difference in certificate, key, trust
 * or name (CVE-2016-5419, CVE-2017-7468, CVE-2021-22890); a session is handed out once.
 */
import { LruMap } from '../base/lru-map.ts'
import type { SessionStore } from '../connect/filter.ts'
import type { Clock, Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'

interface Kept {
  readonly session: Uint8Array
  readonly at: Milliseconds
}

/** TLS sessions to resume, each under the whole identity of the connection that it came from. */
export class TlsSessionCache implements SessionStore {
  readonly #clock: Clock
  readonly #sessions = new LruMap<string, Kept[]>(LIMITS.tlsSessionPeers)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Peers with sessions. */
  get size(): number {
    return this.#sessions.size
  }

  /** The newest session, which is then gone. */
  take(key: string): Uint8Array | undefined {
    const sessions = this.#sessions.get(key)
    const kept = sessions?.pop()
    // The others are older still.
    const isOver = kept !== undefined && this.#clock.now() - kept.at > LIMITS.tlsSessionMs
    if (sessions?.length === 0 || isOver) this.#sessions.delete(key)
    return isOver ? undefined : kept?.session
  }

  /** Keeps a session; the oldest of too many goes. */
  put(key: string, session: Uint8Array): void {
    const sessions = this.#sessions.get(key) ?? []
    sessions.push({ session, at: this.#clock.now() })
    if (sessions.length > LIMITS.tlsSessionsPerPeer) sessions.shift()
    this.#sessions.set(key, sessions)
  }

  /** Forgets all sessions. */
  clear(): void {
    this.#sessions.clear()
  }
}
