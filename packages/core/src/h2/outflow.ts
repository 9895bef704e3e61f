/**
 * `Outflow`: DATA on its way out: what each stream has to send, the windows of both levels, whose turn it is.
 *
 * The rule: streams take turns frame by frame, so that none waits for the end of another's upload; nothing is
 * framed beyond what the windows and the socket take.
 */
import { LinkedList } from '../base/linked-list.ts'
import type { ByteWriter } from '../base/byte-writer.ts'
import { LIMITS } from '../tables/limits.ts'
import { writeData, writeHeaders } from './frame-writer.ts'
import type { FloodGuard } from './flood-guard.ts'
import type { HpackEncoder } from './hpack-encoder.ts'
import type { H2Stream } from './h2-stream.ts'
import { FIRST_WINDOW, MAX_WINDOW, MIN_FRAME_SIZE } from './protocol.ts'
import { connectionError, streamError } from './violation.ts'

interface OutflowParts<Owner> {
  readonly out: ByteWriter
  readonly encoder: HpackEncoder
  readonly guard: FloodGuard
  /** All of a stream is framed, END_STREAM included. */
  readonly ended: (stream: H2Stream<Owner>) => void
  /** All that a stream was given is framed, after `write` answered false. */
  readonly writable: (stream: H2Stream<Owner>) => void
}

export class Outflow<Owner> {
  readonly #out: ByteWriter
  readonly #encoder: HpackEncoder
  readonly #guard: FloodGuard
  readonly #writable: (stream: H2Stream<Owner>) => void
  readonly #ended: (stream: H2Stream<Owner>) => void
  readonly #sendable = new LinkedList<H2Stream<Owner>>()
  #window = FIRST_WINDOW
  /** DATA frames are kept at the size that every peer takes, so that streams take turns often. */
  readonly #frameSize = MIN_FRAME_SIZE
  /** The socket takes no more for now. */
  isBlocked = false
  #isStopped = false

  constructor(parts: OutflowParts<Owner>) {
    this.#out = parts.out
    this.#encoder = parts.encoder
    this.#guard = parts.guard
    this.#ended = parts.ended
    this.#writable = parts.writable
  }

  /** Takes a piece of a body, which must stay unchanged until it is sent. False: no more until `writable`. */
  write(stream: H2Stream<Owner>, bytes: Uint8Array, isLast: boolean): boolean {
    if (bytes.length > 0) stream.queue.push(bytes)
    if (isLast) {
      this.end(stream)
    } else {
      this.#schedule(stream)
      this.pump()
    }
    stream.wantsMore = stream.queue.length > 0
    return !stream.wantsMore
  }

  /**
   * Nothing follows but, perhaps, trailers. An end by itself waits for no window and no turn (RFC 9113 6.9.1): the
   * peer may give back no window of the connection before it has it.
   */
  end(stream: H2Stream<Owner>): void {
    stream.isEnding = true
    if (stream.queue.length === 0) {
      this.#finish(stream)
      return
    }
    this.#schedule(stream)
    this.pump()
  }

  /** A stream is over: what it had to send is dropped. */
  drop(stream: H2Stream<Owner>): void {
    stream.sendable.unlink()
    stream.queue.length = 0
  }

  /** The session is over: nothing more is sent. */
  stop(): void {
    this.#isStopped = true
  }

  /** WINDOW_UPDATE for the connection. Throws a connection error. */
  widen(increment: number): void {
    this.#window += increment
    if (increment === 0 || this.#window > MAX_WINDOW) throw overflow('the connection', increment)
  }

  /** WINDOW_UPDATE for a stream, or a new initial window. Throws a stream error. */
  widenStream(stream: H2Stream<Owner>, increment: number): void {
    stream.sendWindow += increment
    if (stream.sendWindow > MAX_WINDOW)
      throw streamError('FLOW_CONTROL_ERROR', `the window of stream ${stream.id} grew beyond 2^31-1`)
    // A smaller initial window may leave less than nothing (RFC 9113 6.9.2).
    if (stream.sendWindow > 0) this.#schedule(stream)
    else stream.sendable.unlink()
  }

  /** Frames what may be sent now; streams take turns. */
  pump(): void {
    while (!this.isBlocked && !this.#isStopped && this.#out.length < LIMITS.h2OutputBytes) {
      const stream = this.#sendable.first
      if (stream === undefined || this.#window <= 0) return
      this.#sendOne(stream)
    }
  }

  #sendOne(stream: H2Stream<Owner>): void {
    const piece = stream.queue[0]!
    const from = stream.sentOfFirst
    const count = Math.min(piece.length - from, this.#frameSize, stream.sendWindow, this.#window)
    this.#window -= count
    stream.sendWindow -= count
    const isWhole = from + count === piece.length
    const isLast = isWhole && stream.queue.length === 1 && stream.isEnding && stream.trailers === undefined
    writeData(this.#out, stream.id, piece, from, from + count, isLast)
    if (isWhole) {
      stream.queue.shift()
      stream.sentOfFirst = 0
    } else {
      stream.sentOfFirst += count
    }
    this.#guard.earned(updatesFor(count, isWhole))
    stream.sendable.unlink()
    if (isLast) this.#ended(stream)
    else if (stream.isEnding && stream.queue.length === 0) this.#finish(stream)
    else this.#schedule(stream)
    if (stream.wantsMore && stream.queue.length === 0) {
      stream.wantsMore = false
      this.#writable(stream)
    }
  }

  /** The queue is empty and the end is due. */
  #finish(stream: H2Stream<Owner>): void {
    const { trailers } = stream
    if (trailers === undefined) {
      writeData(this.#out, stream.id, NOTHING, 0, 0, true)
    } else {
      writeHeaders(this.#out, stream.id, this.#encoder, trailers, true, this.#frameSize)
    }
    this.#ended(stream)
  }

  /** Puts a stream at the end of the line, if it has something that may be sent. */
  #schedule(stream: H2Stream<Owner>): void {
    if (!stream.sendable.isListed && stream.queue.length > 0 && stream.sendWindow > 0)
      this.#sendable.push(stream.sendable)
  }
}

/**
 * How many updates of windows a peer may answer DATA with: both levels, for each 512 bytes that it reads. One that
 * opens its window by a few bytes at a time has them sent in vain (CVE-2019-9511).
 */
function updatesFor(bytes: number, isWhole: boolean): number {
  const updates = bytes >>> 8
  return isWhole ? Math.max(4, updates) : updates
}

function overflow(what: string, increment: number): Error {
  return increment === 0
    ? connectionError('PROTOCOL_ERROR', `WINDOW_UPDATE of 0 for ${what}`)
    : connectionError('FLOW_CONTROL_ERROR', `the window of ${what} grew beyond 2^31-1`)
}

const NOTHING = new Uint8Array(0)
