/**
 * What the filters of a chain share. A filter makes one hop: it takes the stream below it (none for the
 * socket) and answers with its own, or rejects and leaves nothing open.
 */
import type { AuthPorts } from '../auth/auth-round.ts'
import type { Clock, Dialer, Milliseconds, ResolvedAddress, TlsProvider } from '../env/environment.ts'
import type { ResponseHead } from '../http/message.ts'
import type { OpeningPhase } from '../pool/poolable.ts'
import type { AddressFamily } from '../route/route.ts'

/** Looks names up, with whatever memory it has. */
export interface NameLookup {
  /**
   * Rejects with COULDNT_RESOLVE_HOST. `maxAgeMs` as the option dnsCacheTimeoutMs. `signal` tells that the
   * asker has lost interest; the answer may then never come. `special`: how to ask, when not as the system does.
   */
  lookup(
    name: string,
    family: AddressFamily,
    maxAgeMs: Milliseconds,
    signal?: AbortSignal,
    special?: SpecialLookup,
  ): Promise<FoundName>
  /** Whether addresses given by hand, first used when they were first asked for here, still hold. */
  arePinsFresh(pins: object, maxAgeMs: Milliseconds): boolean
}

/** A way of asking for names that is not the system's. */
export interface SpecialLookup {
  /** Answers are remembered by it. May hold secrets. */
  readonly key: string
  /** Rejects with COULDNT_RESOLVE_HOST; with `transient` in its details that is not remembered. */
  look(name: string, family: AddressFamily, signal: AbortSignal): Promise<readonly ResolvedAddress[]>
}

/** Puts the addresses of one connection in order. */
export type AddressOrder = <A extends { readonly family: 4 | 6 }>(addresses: readonly A[]) => readonly A[]

export interface FoundName {
  readonly addresses: readonly { readonly address: string; readonly family: 4 | 6 }[]
  /** Whether no lookup was needed. */
  readonly cached: boolean
}

/** Keeps TLS sessions between handshakes with the same peer and settings. */
export interface SessionStore {
  /** A session to offer, which is then gone: TLS 1.3 tickets are for one use (RFC 8446 C.4). */
  take(key: string): Uint8Array | undefined
  put(key: string, session: Uint8Array): void
}

/** When the phases of an opening ended, on the clock's scale; undefined: did not happen. */
export interface ConnectTimes {
  readonly startedAt: Milliseconds
  resolvedAt: Milliseconds | undefined
  connectedAt: Milliseconds | undefined
  securedAt: Milliseconds | undefined
}

/** What filters share while a chain is built. */
export interface ConnectContext {
  readonly clock: Clock
  readonly dialer: Dialer
  readonly tls: TlsProvider
  readonly names: NameLookup
  readonly sessions: SessionStore
  /** Under which this connection's sessions are kept: its whole identity. */
  readonly identityKey: string
  readonly dnsCacheTimeoutMs: Milliseconds
  readonly happyEyeballsMs: Milliseconds
  /** How to look names up, when not as the system does. */
  readonly special?: SpecialLookup | undefined
  /** Undefined: as they were found. */
  readonly order?: AddressOrder | undefined
  readonly times: ConnectTimes
  readonly signal: AbortSignal
  /** For logins at proxies. */
  readonly login: AuthPorts
  /** A proxy answered a CONNECT. `sent`: the head of the CONNECT, without the words of its login. */
  connectAnswered(proxy: string, sent: string, head: ResponseHead): void
  /** Tells that a phase begins. */
  report(phase: OpeningPhase): void
}
