/**
 * Two joined byte streams over a link: what one end writes, the other hears, later.
 *
 * The rule: as unkind as the port allows. Written bytes are read as late as can be, so that changing them
 * too early shows; views handed to a sink are spoilt afterwards, so that keeping one shows; nothing is ever
 * reported from inside a call made on the stream.
 */
import { invariant, unreachable } from '../base/invariant.ts'
import type { ByteSink, ByteStream, Cancelable, Milliseconds, SocketAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { SimLink } from './sim-link.ts'
import type { SimTrace } from './sim-trace.ts'
import { formatMs } from './sim-trace.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What both ends of a connection share. */
export interface SimWire {
  readonly clock: VirtualClock
  readonly link: SimLink
  readonly trace: SimTrace
  /** For the trace, such as `#3`. */
  readonly name: string
  readonly client: SocketAddress | undefined
  readonly server: SocketAddress
  /** For `jitterMs`. */
  fraction(): number
  /** Called once for each end, when it can neither hear nor say anything more. */
  closed(role: SimRole): void
}

export type SimRole = 'client' | 'server'

/** Above this many bytes written and not yet heard by the other end, `write` answers false. */
export const SIM_WINDOW_BYTES = 64 * 1024

/** A spoilt view is full of these. */
const SPOILT = 0xdb

type Parcel =
  | { readonly is: 'bytes'; bytes: Uint8Array; from: number; readonly since: Milliseconds }
  | { readonly is: 'end'; readonly since: Milliseconds }
  | { readonly is: 'reset'; readonly error: TransferError; readonly since: Milliseconds }

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
  #peer!: SimStream
  #sink: ByteSink | undefined

  /** `left`: given up by us; `broken`: failed; `done`: ended both ways. */
  #state: 'open' | 'left' | 'broken' | 'done' = 'open'
  #hasEnded = false
  #peerHasEnded = false
  #isPaused = false
  #isHeld = true
  #hasAnsweredReset = false

  /** On its way to the peer; the first parcel is the one whose next piece has been timed. */
  readonly #outgoing: Parcel[] = []
  #trip: Cancelable | undefined
  #lineFreeAt: Milliseconds = 0
  #lastLanding: Milliseconds = 0
  #carriedBytes = 0

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
    const isText = typeof bytes === 'string'
    const given = isText ? latin1(bytes) : bytes
    if (given.length > 0) {
      this.#outstandingBytes += given.length
      this.#send({ is: 'bytes', bytes: given, from: 0, since: this.#wire.clock.now() })
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
    this.#send({ is: 'end', since: this.#wire.clock.now() })
    this.#finishIfDone()
  }

  /**
   * What was written and has left still arrives. Then the peer hears an end, or a reset when we had not
   * taken all that came, or had not sent all that was written: so a kernel treats a closed socket.
   */
  abort(): void {
    if (this.#state !== 'open') return
    const hasUnheard = this.#arrived.some((arrival) => arrival.is === 'bytes')
    const hasUnsent = this.#dropBacklog()
    this.#leave()
    if (hasUnheard || hasUnsent) this.#sendReset('RECV_ERROR', 'connection reset by peer')
    else if (!this.#hasEnded) this.#send({ is: 'end', since: this.#wire.clock.now() })
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
    this.#dropBacklog()
    this.#leave()
    this.#hasEnded = true
    this.#sendReset('RECV_ERROR', 'connection reset by peer')
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

  // Sending

  #send(parcel: Parcel): void {
    this.#outgoing.push(parcel)
    if (this.#outgoing.length === 1) this.#depart()
  }

  #sendReset(code: 'RECV_ERROR' | 'SEND_ERROR', message: string): void {
    this.#send({ is: 'reset', error: new TransferError(code, message), since: this.#wire.clock.now() })
  }

  /** Times the next piece of the first parcel. */
  #depart(): void {
    const parcel = this.#outgoing[0]
    if (parcel === undefined || this.#trip !== undefined) return
    const { clock, link } = this.#wire
    const { bytesPerSecond, jitterMs } = link.settings
    const start = link.opensAt(Math.max(parcel.since, this.#lineFreeAt))
    if (start === Infinity) {
      link.onChange(() => this.#depart())
      return
    }
    const size = parcel.is === 'bytes' ? this.#nextPiece(parcel) : 0
    const left = bytesPerSecond === undefined ? start : start + (size / bytesPerSecond) * 1000
    const jitter = jitterMs === undefined ? 0 : jitterMs * this.#wire.fraction()
    const landing = Math.max(clock.now(), this.#lastLanding, left + link.delayMs + jitter)
    this.#trip = clock.at(landing, () => {
      this.#trip = undefined
      const opensAt = link.opensAt(landing)
      if (opensAt === landing) {
        this.#lineFreeAt = left
        this.#lastLanding = landing
        this.#land(parcel, size)
      } else {
        // Lost under way: it leaves again when the route is back.
        this.#lineFreeAt = opensAt
      }
      this.#depart()
    })
  }

  #nextPiece(parcel: Parcel & { is: 'bytes' }): number {
    const { chunkBytes = Infinity } = this.#wire.link.settings
    const untilReset = Math.max(0, this.#resetLimit() - this.#carriedBytes)
    return Math.min(parcel.bytes.length - parcel.from, Math.max(1, chunkBytes), untilReset)
  }

  /** After how many bytes in our direction the link breaks. */
  #resetLimit(): number {
    const limits = this.#wire.link.settings.resetAfterBytes
    return (this.#role === 'client' ? limits?.toServer : limits?.toClient) ?? Infinity
  }

  #land(parcel: Parcel, size: number): void {
    const peer = this.#peer
    const arrow = this.#role === 'client' ? '>' : '<'
    switch (parcel.is) {
      case 'bytes': {
        const piece = copied(parcel.bytes, parcel.from, parcel.from + size)
        parcel.from += size
        this.#carriedBytes += size
        if (parcel.from === parcel.bytes.length) this.#outgoing.shift()
        if (size > 0) {
          this.#note(`${arrow} ${size} bytes`)
          peer.#arrive({ is: 'bytes', bytes: piece })
        }
        if (this.#carriedBytes >= this.#resetLimit()) this.#cut()
        return
      }
      case 'end':
        this.#outgoing.shift()
        this.#note(`${arrow} end`)
        peer.#arrive({ is: 'end' })
        return
      case 'reset':
        this.#outgoing.length = 0
        this.#note(`${arrow} reset`)
        peer.#break(parcel.error)
        return
      default:
        unreachable(parcel)
    }
  }

  /** The link breaks: the peer hears of it now, this end one trip later. */
  #cut(): void {
    const { clock, link } = this.#wire
    this.#note('cut by the network')
    this.#outgoing.length = 0
    const error = (): TransferError => new TransferError('RECV_ERROR', 'connection reset by peer')
    this.#peer.#break(error())
    clock.at(clock.now() + link.delayMs, () => this.#break(error()))
  }

  /** Forgets what a slow line has not carried yet. True when there was something. */
  #dropBacklog(): boolean {
    // Without a rate all that was written left at once.
    if (this.#wire.link.settings.bytesPerSecond === undefined) return false
    const kept = this.#outgoing[0]
    if (kept?.is !== 'bytes') return false
    this.#stopTrip()
    this.#outgoing.length = 0
    return true
  }

  #stopTrip(): void {
    this.#trip?.cancel()
    this.#trip = undefined
  }

  // Receiving

  #arrive(arrival: Arrival): void {
    if (this.#state === 'left' && arrival.is === 'bytes' && !this.#hasAnsweredReset) {
      this.#hasAnsweredReset = true
      this.#sendReset('SEND_ERROR', 'broken pipe: the peer has closed the connection')
    }
    if (this.#state !== 'open') return
    this.#heardAt = this.#wire.clock.now()
    this.#arrived.push(arrival)
    if (this.#reporting === undefined) this.#report()
  }

  /** The connection failed: nothing of ours gets through any more; the sink hears of it after what came before. */
  #break(error: TransferError): void {
    this.#stopTrip()
    this.#outgoing.length = 0
    this.#owesDrained = false
    this.#drainedTrip?.cancel()
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
    return (
      this.#state === 'open' &&
      this.#sink !== undefined &&
      first !== undefined &&
      (!this.#isPaused || first.is === 'failed')
    )
  }

  /** Reports one arrival; the next has an event of its own, so that promises have their turn between. */
  #report(): void {
    if (!this.#canReport()) return
    const sink = this.#sink!
    const arrival = this.#arrived.shift()!
    switch (arrival.is) {
      case 'bytes':
        this.#peer.#wasHeard(arrival.bytes.length)
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
    if (this.#owesDrained && this.#outstandingBytes <= SIM_WINDOW_BYTES / 2)
      this.#drainedSoon(this.#wire.link.delayMs)
  }

  #drainedSoon(ms: Milliseconds): void {
    if (this.#drainedTrip !== undefined || this.#outstandingBytes > SIM_WINDOW_BYTES / 2) return
    const { clock } = this.#wire
    this.#drainedTrip = clock.at(clock.now() + ms, () => {
      this.#drainedTrip = undefined
      if (!this.#owesDrained || this.#sink === undefined || this.#state !== 'open') return
      if (this.#outstandingBytes > SIM_WINDOW_BYTES / 2) return
      // From here on the writer may change what it wrote before.
      for (const parcel of this.#outgoing) if (parcel.is === 'bytes') parcel.bytes = copied(parcel.bytes)
      this.#owesDrained = false
      this.#sink.drained()
    })
  }

  // Leaving

  #leave(): void {
    this.#state = 'left'
    this.#reporting?.cancel()
    this.#drainedTrip?.cancel()
    this.#owesDrained = false
    this.#arrived.length = 0
    // The caller's bytes may change once it has given the stream up.
    for (const parcel of this.#outgoing) if (parcel.is === 'bytes') parcel.bytes = copied(parcel.bytes)
    this.#note(`the ${this.#role} leaves`)
    this.#wire.closed(this.#role)
  }

  #finishIfDone(): void {
    if (this.#state !== 'open' || !this.#hasEnded || !this.#peerHasEnded) return
    this.#state = 'done'
    this.#drainedTrip?.cancel()
    this.#wire.closed(this.#role)
  }

  #note(what: string): void {
    this.#wire.trace.add(this.#wire.clock.now(), `${this.#wire.name} ${what}`)
  }
}

/** `slice` would do, but a Buffer's shares memory with the original. */
export function copied(bytes: Uint8Array, from = 0, to: number = bytes.length): Uint8Array {
  const copy = new Uint8Array(to - from)
  copy.set(bytes.subarray(from, to))
  return copy
}

/** One byte per character; characters beyond Latin-1 are a mistake of the caller. */
export function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    invariant(code <= 0xff, `a string that is not Latin-1 was written: character ${code} at ${i}`)
    bytes[i] = code
  }
  return bytes
}
