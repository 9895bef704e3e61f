/**
 * What a share lends to handles and multis. The interface stands here because both take one, and neither
 * imports the other's package.
 */
import type { DnsCache } from '../cache/dns-cache.ts'
import type { TlsSessionCache } from '../cache/tls-session-cache.ts'
import type { Environment } from '../env/environment.ts'
import type { ConnectionCache } from './connection-cache.ts'

/** A `Share`, as those who use it see it. */
export interface SharedCaches {
  readonly environment: Environment
  /** The parts that are shared; undefined ones the user keeps for itself. */
  readonly connections: ConnectionCache | undefined
  readonly dns: DnsCache | undefined
  readonly tlsSessions: TlsSessionCache | undefined
  /** Counts a user in. SHARE_INVALID when the share is closed. */
  attach(user: object): void
  /** Counts a user out. */
  detach(user: object): void
}
