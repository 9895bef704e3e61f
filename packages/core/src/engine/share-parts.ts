/**
 * What a share lends to handles and multis, and what a multi runs. The interfaces stand here because share,
 * easy and multi meet in them, and none imports another's package.
 */
import type { DnsCache } from '../cache/dns-cache.ts'
import type { TlsSessionCache } from '../cache/tls-session-cache.ts'
import type { Environment } from '../env/environment.ts'
import type { Handle } from '../transfer/handle.ts'
import type { SharedMemory } from '../transfer/handle-memory.ts'
import type { ConnectionCache } from './connection-cache.ts'

/** A `Share`, as those who use it see it. */
export interface SharedCaches {
  readonly environment: Environment
  /** The parts that are shared; undefined ones the user keeps for itself. */
  readonly connections: ConnectionCache | undefined
  readonly dns: DnsCache | undefined
  readonly tlsSessions: TlsSessionCache | undefined
  /** Cookies, HSTS, Alt-Svc. */
  readonly memory: SharedMemory | undefined
  /** Counts a user in. SHARE_INVALID when the share is closed. */
  attach(user: object): void
  /** Counts a user out. */
  detach(user: object): void
}

/** Anything that can be run: an `Easy`. */
export interface TransferHandle {
  readonly handle: Handle
  /** The share it uses, whoever runs it; its connections go before those of a multi. */
  readonly share?: SharedCaches | undefined
}
