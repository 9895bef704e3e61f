/**
 * The two ends of a simulated connection: what one writes, the other hears, later.
 *
 * The rule: as unkind as the port allows. Written bytes are read as late as can be, so that changing them
 * too early shows; views handed to a sink are spoilt afterwards, so that keeping one shows; nothing is ever
 * reported from inside a call made on the stream.
 */
import { invariant, unreachable } from '../base/invariant.ts'
import type { ByteSink, ByteStream, Cancelable, Milliseconds, SocketAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { latin1Bytes } from './sim-bytes.ts'
import { SimLane, type SimLaneEnd, type SimLaneParts } from './sim-lane.ts'
import { formatMs } from './sim-trace.ts'

/** What both ends of a connection share. */
export interface SimWire extends SimLaneParts {
  readonly client: SocketAddress | undefined
  readonly server: SocketAddress
  /** Called once for each end, when it can neither hear nor say anything more. */
  closed(role: SimRole): void
}

export type SimRole = 'client' | 'server'

/** Above this many bytes written and not yet heard by the other end, `write` answers false. */
export const SIM_WINDOW_BYTES = 64 * 1024

/** `drained` comes when no more than this is left of them. */
const DRAINED_BYTES = SIM_WINDOW_BYTES / 2
/** A spoilt view is full of these. */
const SPOILT = 0xdb

type Arrival =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'end' }
  | { readonly is: 'failed'; readonly error: TransferError }

/** One end of a simulated connection. Besides the port it can `reset` and `close`, as servers in tests must. */
export class SimStream implements ByteStream {
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
  readonly #wire: SimWire
  readonly #role: SimRole
  readonly #outgoing: SimLane
  /** The other end; set once, by `join`. */
  #peer!: SimStream
  #sink: ByteSink | undefined

  /** `left`: given up by us; `broken`: failed; `done`: ended both ways. */
  #state: 'open' | 'left' | 'broken' | 'done' = 'open'
  #hasEnded = false
  #peerHasEnded = false
  #isPaused = false
  #isHeld = true
  #hasAnsweredReset = false

  /** Written, and not yet heard by the peer's sink. */
  #outstandingBytes = 0
  #owesDrained = false
  #drainedTrip: Cancelable | undefined

  readonly #arrived: Arrival[] = []
  #reporting: Cancelable | undefined
  #heardAt: Milliseconds

  private constructor(wire: SimWire, role: SimRole) {
    this.#wire = wire
    this.#role = role
    this.local = role === 'client' ? wire.client : wire.server
    this.remote = role === 'client' ? wire.server : wire.client
    this.#heardAt = wire.clock.now()
    this.#outgoing = new SimLane(wire, role === 'client' ? 'toServer' : 'toClient', this.#landings())
  }

  /** Makes both ends of an open connection. */
  static join(wire: SimWire): { client: SimStream; server: SimStream } {
    const client = new SimStream(wire, 'client')
    const server = new SimStream(wire, 'server')
    client.#peer = server
    server.#peer = client
    return { client, server }
  }

  get sink(): ByteSink | undefined {
    return this.#sink
  }

  set sink(sink: ByteSink | undefined) {
    this.#sink = sink
    this.#reportSoon()
    if (this.#owesDrained) this.#drainedSoon(0)
  }

  /** Whether this end may still hear or say something. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Whether this end was last told that it keeps the process awake. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  write(bytes: Uint8Array | string): boolean {
    if (this.#state !== 'open') return false
    if (this.#hasEnded) throw new Error(`write() after end() on ${this.#wire.name}, the ${this.#role}'s end`)
    const given = typeof bytes === 'string' ? latin1Bytes(bytes) : bytes
    if (given.length > 0) {
      this.#outstandingBytes += given.length
      this.#outgoing.send(given)
    }
    if (this.#outstandingBytes > SIM_WINDOW_BYTES) this.#owesDrained = true
    return !this.#owesDrained
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#reportSoon()
  }

  end(): void {
    if (this.#state !== 'open' || this.#hasEnded) return
    this.#hasEnded = true
    this.#outgoing.sendEnd()
    this.#finishIfDone()
  }

  /**
   * What was written and has left still arrives. Then the peer hears an end, or a reset when we had not
   * taken all that came, or had not sent all that was written: so a kernel treats a closed socket.
   */
  abort(): void {
    if (this.#state !== 'open') return
    const hasUnheard = this.#arrived.some((arrival) => arrival.is === 'bytes')
    const hasUnsent = this.#outgoing.dropBacklog()
    this.#leave()
    if (hasUnheard || hasUnsent) this.#outgoing.sendReset(resetByPeer())
    else if (!this.#hasEnded) this.#outgoing.sendEnd()
    this.#hasEnded = true
  }

  /** Ends after all that was written, takes no more input, and answers whatever still comes with a reset. */
  close(): void {
    if (this.#state !== 'open') return
    this.end()
    if (this.isOpen) this.#leave()
  }

  /** Breaks the connection: the peer fails with RECV_ERROR once all that has left has arrived. */
  reset(): void {
    if (this.#state !== 'open') return
    this.#outgoing.dropBacklog()
    this.#leave()
    this.#hasEnded = true
    this.#outgoing.sendReset(resetByPeer())
  }

  hold(awake: boolean): void {
    this.#isHeld = awake
  }

  /** One line for a list of open waits; undefined when this end is not open. */
  describe(): string | undefined {
    if (this.#state !== 'open') return undefined
    const facts = [
      this.#peerHasEnded ? 'has heard the end' : `waits for bytes since ${formatMs(this.#heardAt)} ms`,
    ]
    if (this.#sink === undefined) facts.push('has no sink')
    if (this.#isPaused) facts.push('is paused')
    const unheard = this.#arrived.reduce(
      (sum, arrival) => sum + (arrival.is === 'bytes' ? arrival.bytes.length : 0),
      0,
    )
    if (unheard > 0) facts.push(`has ${unheard} bytes unheard`)
    if (this.#outstandingBytes > 0) facts.push(`has ${this.#outstandingBytes} bytes under way`)
    if (this.#owesDrained) facts.push('awaits drained')
    if (this.#hasEnded) facts.push('has ended')
    return `${this.#role} ${facts.join(', ')}`
  }

  /** What comes of our lane's landings, all at the peer. */
  #landings(): SimLaneEnd {
    return {
      bytes: (bytes) => this.#peer.#arrive({ is: 'bytes', bytes }),
      ended: () => this.#peer.#arrive({ is: 'end' }),
      broken: (error) => this.#peer.#break(error),
      // The peer hears of it now, this end one trip later.
      cut: () => {
        const { clock, link } = this.#wire
        this.#peer.#break(resetByPeer())
        clock.at(clock.now() + link.delayMs, () => this.#break(resetByPeer()))
      },
    }
  }

  #arrive(arrival: Arrival): void {
    if (this.#state === 'left' && arrival.is === 'bytes' && !this.#hasAnsweredReset) {
      this.#hasAnsweredReset = true
      this.#outgoing.sendReset(
        new TransferError('SEND_ERROR', 'broken pipe: the peer has closed the connection'),
      )
    }
    if (this.#state !== 'open') return
    this.#heardAt = this.#wire.clock.now()
    this.#arrived.push(arrival)
    if (this.#reporting === undefined) this.#report()
  }

  /** The connection failed: nothing of ours gets through any more; the sink hears of it after what came before. */
  #break(error: TransferError): void {
    this.#outgoing.clear()
    this.#stopDrained()
    this.#arrive({ is: 'failed', error })
  }

  #reportSoon(): void {
    if (this.#reporting !== undefined || !this.#canReport()) return
    const { clock } = this.#wire
    this.#reporting = clock.at(clock.now(), () => {
      this.#reporting = undefined
      this.#report()
    })
  }

  #canReport(): boolean {
    const first = this.#arrived[0]
    if (this.#state !== 'open' || this.#sink === undefined || first === undefined) return false
    return !this.#isPaused || first.is === 'failed'
  }

  /** Reports one arrival; the next has an event of its own, so that promises have their turn between. */
  #report(): void {
    if (!this.#canReport()) return
    const sink = this.#sink!
    const peer = this.#peer
    const arrival = this.#arrived.shift()!
    switch (arrival.is) {
      case 'bytes':
        peer.#wasHeard(arrival.bytes.length)
        sink.bytes(arrival.bytes)
        arrival.bytes.fill(SPOILT)
        break
      case 'end':
        invariant(!this.#peerHasEnded, 'a simulated stream ended twice')
        this.#peerHasEnded = true
        sink.ended()
        this.#finishIfDone()
        break
      case 'failed':
        this.#state = 'broken'
        this.#wire.closed(this.#role)
        sink.failed(arrival.error)
        break
      default:
        unreachable(arrival)
    }
    this.#reportSoon()
  }

  #wasHeard(count: number): void {
    this.#outstandingBytes -= count
    if (this.#owesDrained) this.#drainedSoon(this.#wire.link.delayMs)
  }

  #drainedSoon(ms: Milliseconds): void {
    if (this.#drainedTrip !== undefined || this.#outstandingBytes > DRAINED_BYTES) return
    const { clock } = this.#wire
    this.#drainedTrip = clock.at(clock.now() + ms, () => {
      this.#drainedTrip = undefined
      if (!this.#owesDrained || this.#sink === undefined || this.#outstandingBytes > DRAINED_BYTES) return
      // From here on the writer may change what it wrote before.
      this.#outgoing.ownBytes()
      this.#owesDrained = false
      this.#sink.drained()
    })
  }

  #stopDrained(): void {
    this.#drainedTrip?.cancel()
    this.#drainedTrip = undefined
    this.#owesDrained = false
  }

  #leave(): void {
    const { clock, trace, name } = this.#wire
    this.#state = 'left'
    this.#reporting?.cancel()
    this.#stopDrained()
    this.#arrived.length = 0
    // The caller's bytes may change once it has given the stream up.
    this.#outgoing.ownBytes()
    trace.add(clock.now(), `${name} the ${this.#role} leaves`)
    this.#wire.closed(this.#role)
  }

  #finishIfDone(): void {
    if (this.#state !== 'open' || !this.#hasEnded || !this.#peerHasEnded) return
    this.#state = 'done'
    this.#stopDrained()
    this.#wire.closed(this.#role)
  }
}

function resetByPeer(): TransferError {
  return new TransferError('RECV_ERROR', 'connection reset by peer')
}
