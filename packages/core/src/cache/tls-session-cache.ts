/**
 * `TlsSessionCache`: sessions to resume, under the whole identity of the connection they came from.
 *
 * The rule: the key is the identity, so that a session never crosses a difference in certificate, key, trust
 * or name (CVE-2016-5419, CVE-2017-7468, CVE-2021-22890); a session is handed out once.
 */
import { decodeBase64, encodeBase64 } from '../auth/base64.ts'
import { LruMap } from '../base/lru-map.ts'
import type { SessionStore } from '../connect/filter.ts'
import type { Clock, Environment, Milliseconds } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import { readTlsSessions, writeTlsSessions, type SavedSession } from './tls-session-file.ts'

interface Kept {
  readonly session: Uint8Array
  readonly at: Milliseconds
  /** It stands in a text, from which it must go when it is used. */
  isSaved: boolean
}

/** TLS sessions to resume, each under the whole identity of the connection that it came from. */
export class TlsSessionCache implements SessionStore {
  readonly #clock: Clock
  readonly #sessions = new LruMap<string, Kept[]>(LIMITS.tlsSessionPeers)

  /** What was imported and nobody has asked for yet, by digest; and the key of the digests. */
  #imported: { readonly salt: Uint8Array; readonly byDigest: Map<string, SavedSession[]> } | undefined
  /** What stands in texts and was handed out. */
  readonly #spent = new LruMap<string, true>(LIMITS.tlsSessionPeers)
  readonly #ports: Pick<Environment, 'clock' | 'hashes' | 'random'>

  constructor(ports: Pick<Environment, 'clock' | 'hashes' | 'random'>) {
    this.#clock = ports.clock
    this.#ports = ports
  }

  /** Peers with sessions. */
  get size(): number {
    return this.#sessions.size
  }

  /** The newest session, which is then gone. */
  take(key: string): Uint8Array | undefined {
    const sessions = this.#sessions.get(key) ?? this.#claimImported(key)
    const kept = sessions?.pop()
    // The others are older still.
    const isOver = kept !== undefined && this.#clock.now() - kept.at > LIMITS.tlsSessionMs
    if (sessions?.length === 0 || isOver) this.#sessions.delete(key)
    if (kept?.isSaved === true) this.#spent.set(encodeBase64(kept.session), true)
    return isOver ? undefined : kept?.session
  }

  /** Keeps a session; the oldest of too many goes. */
  put(key: string, session: Uint8Array): void {
    // One of TLS 1.2 comes back when it was resumed, and may be again.
    if (this.#spent.size > 0) this.#spent.delete(encodeBase64(session))
    const sessions = this.#sessions.get(key) ?? []
    sessions.push({ session, at: this.#clock.now(), isSaved: false })
    if (sessions.length > LIMITS.tlsSessionsPerPeer) sessions.shift()
    this.#sessions.set(key, sessions)
  }

  /** Forgets all sessions. */
  clear(): void {
    this.#sessions.clear()
    this.#imported = undefined
  }

  /**
   * All sessions as text, for `import` in this or another process (libcurl: curl_easy_ssls_export). `old`: an earlier
   * text, of which stays what is not known better, not too old and not used since. Who reads the text can take part in the connections.
   */
  export(old?: string): string {
    const before = old === undefined ? undefined : readTlsSessions(old)
    const salt =
      before === undefined
        ? (this.#imported?.salt ?? this.#ports.random.bytes(SALT_BYTES))
        : decodeBase64(before.salt)!
    const sinceDate = this.#clock.date().getTime() - this.#clock.now()
    const sessions: SavedSession[] = []
    for (const [key, kept] of this.#sessions) {
      const digest = this.#digest(salt, key)
      for (const one of kept) {
        const { session, at } = one
        sessions.push({ digest, session, issuedS: Math.floor((sinceDate + at) / 1_000) })
        one.isSaved = true
      }
    }
    if (this.#imported !== undefined && encodeBase64(this.#imported.salt) === encodeBase64(salt))
      sessions.push(...[...this.#imported.byDigest.values()].flat())
    const isOfUse = ({ session, issuedS }: SavedSession): boolean =>
      issuedS >= this.#oldestS && this.#spent.get(encodeBase64(session)) === undefined
    return writeTlsSessions(
      { salt: encodeBase64(salt), sessions: sessions.filter(isOfUse) },
      before && { salt: before.salt, sessions: before.sessions.filter(isOfUse) },
    )
  }

  /** Takes over what `export` gave; answers how many sessions that was, 0 for other text. What is known already goes first. */
  import(text: string): number {
    const saved = readTlsSessions(text)
    if (saved === undefined) return 0
    const byDigest = new Map<string, SavedSession[]>()
    const living = saved.sessions.filter(({ issuedS }) => issuedS >= this.#oldestS).slice(-MOST_IMPORTED)
    for (const one of living) byDigest.set(one.digest, [...(byDigest.get(one.digest) ?? []), one])
    this.#imported = { salt: decodeBase64(saved.salt)!, byDigest }
    return living.length
  }

  /** What was issued before is offered no more, in seconds since 1970. */
  get #oldestS(): number {
    return (this.#clock.date().getTime() - LIMITS.tlsSessionMs) / 1_000
  }

  /** Imported sessions are known by digest only, until somebody comes who knows what of. */
  #claimImported(key: string): Kept[] | undefined {
    if (this.#imported === undefined) return undefined
    const { salt, byDigest } = this.#imported
    const digest = this.#digest(salt, key)
    const found = byDigest.get(digest)
    if (found === undefined) return undefined
    byDigest.delete(digest)
    if (byDigest.size === 0) this.#imported = undefined
    const sinceDate = this.#clock.date().getTime() - this.#clock.now()
    const kept = found
      .map(({ session, issuedS }) => ({ session, at: issuedS * 1_000 - sinceDate, isSaved: true }))
      .slice(-LIMITS.tlsSessionsPerPeer)
    this.#sessions.set(key, kept)
    return kept
  }

  #digest(salt: Uint8Array, key: string): string {
    return encodeBase64(this.#ports.hashes.hmac('sha256', salt, new TextEncoder().encode(key)))
  }
}

const SALT_BYTES = 16
const MOST_IMPORTED = LIMITS.tlsSessionPeers * LIMITS.tlsSessionsPerPeer
