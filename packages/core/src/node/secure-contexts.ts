/**
 * Secure contexts, one for each TLS configuration, least recently used ones dropped.
 *
 * The rule: a context is made once for equal settings and anew after a day, so that replaced certificates
 * and revocation lists are noticed (libcurl's CURLOPT_CA_CACHE_TIMEOUT, 24 h). A failure is not kept.
 */
import type { Clock, Milliseconds, TlsSettings } from '../env/environment.ts'
import { LIMITS } from '../tables/limits.ts'
import { readTlsMaterial, type TlsMaterial } from './tls-material.ts'

interface Entry {
  readonly material: Promise<TlsMaterial>
  readonly madeAt: Milliseconds
}

export class SecureContexts {
  readonly #clock: Pick<Clock, 'now'>
  /** In order of use, by `TlsSettings.key`. */
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Rejects with SSL_CACERT_BADFILE, SSL_CERTPROBLEM, SSL_CRL_BADFILE, SSL_CIPHER or SSL_PINNEDPUBKEYNOTMATCH. */
  material(settings: TlsSettings): Promise<TlsMaterial> {
    const now = this.#clock.now()
    let entry = this.#entries.get(settings.key)
    this.#entries.delete(settings.key)
    if (entry === undefined || now - entry.madeAt > LIFETIME_MS) {
      entry = { material: readTlsMaterial(settings), madeAt: now }
      this.#forgetFailure(settings.key, entry)
    }
    this.#entries.set(settings.key, entry)
    if (this.#entries.size > LIMITS.secureContexts) this.#dropOldest()
    return entry.material
  }

  #forgetFailure(key: string, entry: Entry): void {
    entry.material.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
  }

  #dropOldest(): void {
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key)
      return
    }
  }
}

const LIFETIME_MS = 24 * 60 * 60 * 1000
