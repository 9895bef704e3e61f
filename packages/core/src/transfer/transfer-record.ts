/**
 * `TransferRecord`: what is counted and timed while a transfer runs, as plain mutable numbers. It outlives
 * the transfer inside its `TransferInfo` and holds neither handle nor stream.
 */
import type { ConnectTimes } from '../connect/filter.ts'
import type { Milliseconds, SocketAddress, TlsFacts } from '../env/environment.ts'
import type { ResponseHead } from '../http/message.ts'
import type { ReuseVerdict } from '../pool/verdict.ts'
import type { HandleMemory } from './handle-memory.ts'
import type { RequestPlan } from './request-plan.ts'

/** What is known of the connection that served a transfer; copied, so that the connection itself can go. */
export interface ConnectionFacts {
  readonly id: number
  readonly request: number
  readonly isReused: boolean
  readonly remote: SocketAddress | undefined
  readonly local: SocketAddress | undefined
  /** Transfers on it when this one joined, itself included. */
  readonly streams: number
  /** The HTTP/2 stream; undefined before the request was sent, and over HTTP/1. */
  stream: number | undefined
  protocol: 'http/1.1' | 'h2'
  readonly tls: TlsFacts | undefined
  readonly proxyTls: TlsFacts | undefined
  readonly times: ConnectTimes
}

export class TransferRecord {
  readonly id: number
  /** Of the request last sent. */
  plan: RequestPlan
  readonly startedAt: Milliseconds
  /** When it ended; undefined while it runs. */
  endedAt: Milliseconds | undefined = undefined
  sentFirstAt: Milliseconds | undefined = undefined
  sentLastAt: Milliseconds | undefined = undefined
  firstByteAt: Milliseconds | undefined = undefined
  /** Time spent waiting at limits. */
  queuedMs: Milliseconds = 0
  uploaded = 0
  downloaded = 0
  /** Bytes of the body that were delivered after decoding; -1: nothing is decoded. */
  decoded = -1
  headBytesReceived = 0
  headBytesSent = 0
  /** Announced length of the response body; -1: unknown. */
  downloadTotal = -1
  connects = 0
  /** What was asked for under a condition is not wanted. */
  isUnmet = false
  /** The last status of a proxy's answer to CONNECT; 0: none. */
  connectStatus = 0
  redirects = 0
  /** When the last redirect was followed. */
  redirectedAt: Milliseconds | undefined = undefined
  retries = 0
  /** Times it was begun again by the retry policy. */
  restarts = 0
  head: ResponseHead | undefined = undefined
  connection: ConnectionFacts | undefined = undefined
  verdict: ReuseVerdict | undefined = undefined

  /** Of its handle. */
  readonly memory: HandleMemory | undefined

  constructor(id: number, plan: RequestPlan, startedAt: Milliseconds, memory?: HandleMemory) {
    this.id = id
    this.plan = plan
    this.startedAt = startedAt
    this.memory = memory
  }
}
