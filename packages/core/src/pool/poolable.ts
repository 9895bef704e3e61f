/** The few things a pool must know of a connection, so that it can be tested with plain objects. */
import type { Identity } from '../route/identity.ts'
import type { CloseReason } from '../tables/close-reasons.ts'

export interface Poolable {
  readonly identity: Identity
  /** `host:port` of the first hop, which limits per host count. */
  readonly firstHop: string
  /** Requests it can take at once: 1, or more once the peer is known to allow it; 0 when it takes no more. */
  readonly capacity: number
  /** The same, as far as the peer has announced it: what it has no room for at the moment does not count. */
  readonly announcedCapacity: number
  /** Whether its requests are independent of one another (HTTP/2), so that it is shared before another is opened. */
  readonly isMultiplexed: boolean
  /** Called when the pool has let go of it: close politely, in your own time. */
  close(reason: CloseReason): void
  /** Whether it should keep the process alive. */
  hold(awake: boolean): void
}

/** What an opening is doing. */
export type OpeningPhase = 'resolve' | 'connect' | 'proxy' | 'tls'
