/**
 * What observers of an engine hear. Nothing in the engine depends on these events, and a payload is made
 * only when somebody listens.
 */
import { EventEmitter } from 'eventemitter3'
import type { Connection } from '../connection/connection.ts'
import type { Milliseconds } from '../env/environment.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import type { Member, WaitReason } from '../pool/records.ts'
import { describeRoute } from '../route/route.ts'
import type { CloseReason } from '../tables/close-reasons.ts'
import type { TransferInfo } from '../transfer/transfer-info.ts'

/** One connection as it stands. */
export interface ConnectionSnapshot {
  /** Numbered from 0 within its cache. */
  readonly id: number
  readonly state: 'idle' | 'busy' | 'closed'
  /** `https://a.test:443`. */
  readonly origin: string
  /** `socket a.test:443 > tls a.test`. */
  readonly route: string
  /** Transfers it has served or is serving. */
  readonly requests: number
  /** Transfers under way on it. */
  readonly active: number
  readonly ageMs: Milliseconds
  /** How long it has been idle; 0 while busy. */
  readonly idleMs: Milliseconds
  readonly alpn: string
  /** The version of HTTP that is spoken: `http/1.1` (also 1.0) or `h2`. */
  readonly protocol: 'http/1.1' | 'h2'
  /** Transfers that it can serve at once. */
  readonly capacity: number
  /** Everything on one line: `Connection #3 https://a.test:443 idle 4 ms, 12 requests`. */
  readonly text: string
}

/** A proxy's answer to CONNECT. */
export interface ConnectAnswer {
  /** `https://a.test:443`, to which the tunnel leads. */
  readonly origin: string
  /** `http://p.test:3128`. */
  readonly proxy: string
  /** The head of the CONNECT, Latin-1; the words of its login are left out. */
  readonly sent: string
  readonly head: ResponseHead
}

/** The events of an engine, with what their listeners get. */
export interface EngineEvents {
  /** A proxy answered a CONNECT, well or not; informational answers and each round of a login included. */
  'connect-answered': (answer: ConnectAnswer) => void
  /** A connection is open, TLS included. */
  'connection-opened': (connection: ConnectionSnapshot) => void
  /** A connection that had served a transfer before serves another. */
  'connection-reused': (connection: ConnectionSnapshot) => void
  /** Its transfer is done and it is kept. */
  'connection-idle': (connection: ConnectionSnapshot) => void
  /** A connection has left the cache, and why. */
  'connection-closed': (connection: ConnectionSnapshot, reason: CloseReason) => void
  /** The transfer waits: at a limit, for an opening, or for a look at pending input. */
  'transfer-queued': (transfer: TransferInfo, reason: WaitReason) => void
  /** The transfer has its connection. */
  'transfer-started': (transfer: TransferInfo) => void
  /** A piece of the request body was handed to the connection; the view is valid during the call only. */
  'body-moved': (transfer: TransferInfo, bytes: Uint8Array) => void
  /** The request, its body included, was handed to the connection to its end. */
  'request-sent': (transfer: TransferInfo) => void
  /** The reused connection was dead; the request is sent again on a new one. */
  'transfer-retried': (transfer: TransferInfo, error: TransferError) => void
  /** The transfer has ended, well or with an error. */
  'transfer-done': (transfer: TransferInfo, error: TransferError | undefined) => void
}

type Listener<Event extends keyof EngineEvents> = EventEmitter.EventListener<EngineEvents, Event>

/** Where the events of an engine are heard: `on`, `once`, `off`. */
export class EngineEmitter extends EventEmitter<EngineEvents> {
  /**
   * @internal Whether making a payload is worth while: anybody ever listened. Members instead of `listenerCount`, which is
   * asked five times an exchange and looks names up in a dictionary: 0.1 us of 11 (Node 20).
   */
  readonly hears: { [Event in keyof EngineEvents]: boolean } = {
    'connect-answered': false,
    'connection-opened': false,
    'connection-reused': false,
    'connection-idle': false,
    'connection-closed': false,
    'transfer-queued': false,
    'transfer-started': false,
    'body-moved': false,
    'request-sent': false,
    'transfer-retried': false,
    'transfer-done': false,
  }

  /** Calls `listener` from now on. */
  override on<Event extends keyof EngineEvents>(
    event: Event,
    listener: Listener<Event>,
    self?: unknown,
  ): this {
    this.hears[event] = true
    return super.on(event, listener, self)
  }

  /** The same as `on`. */
  override addListener<Event extends keyof EngineEvents>(
    event: Event,
    listener: Listener<Event>,
    self?: unknown,
  ): this {
    return this.on(event, listener, self)
  }

  /** Calls `listener` the next time, and then no more. */
  override once<Event extends keyof EngineEvents>(
    event: Event,
    listener: Listener<Event>,
    self?: unknown,
  ): this {
    this.hears[event] = true
    return super.once(event, listener, self)
  }

  /**
   * @internal Emits, and keeps what listeners throw away from the engine, whose state would be left half
   * changed: it is thrown by itself in a turn of its own, as an uncaught exception.
   */
  tell<Event extends keyof EngineEvents>(event: Event, ...payload: Parameters<EngineEvents[Event]>): void {
    try {
      this.emit(event, ...(payload as never))
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

export function snapshotOf(member: Member<Connection>, now: Milliseconds): ConnectionSnapshot {
  const { connection } = member
  const state = member.closed !== undefined ? 'closed' : member.leases > 0 ? 'busy' : 'idle'
  const idleMs = state === 'idle' ? now - member.idleSince : 0
  const origin = connection.route.origin.text
  const streams = connection.isMultiplexed && state === 'busy' ? ` (${member.leases} streams)` : ''
  const shown = state === 'idle' ? `idle ${Math.round(idleMs)} ms` : state
  return {
    id: member.id,
    state,
    origin,
    route: describeRoute(connection.route),
    requests: member.served,
    active: member.leases,
    ageMs: now - member.openedAt,
    idleMs,
    alpn: connection.tls?.alpn ?? '',
    protocol: connection.protocol,
    capacity: connection.capacity,
    text: `Connection #${member.id} ${origin} ${shown}${streams}, ${member.served} ${member.served === 1 ? 'request' : 'requests'}`,
  }
}
