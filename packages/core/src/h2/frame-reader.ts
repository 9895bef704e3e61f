/**
 * Bytes to frames (RFC 9113 section 4), without I/O: checks what a frame must look like by itself, and hands
 * it to a sink.
 *
 * The rule: DATA is handed on as it comes, never gathered; of other frames, those that lie whole in one view
 * are not copied. What the reader keeps is bounded by the frame size that was announced.
 */
import { FLAG, FRAME, FRAME_HEAD_BYTES, FRAME_RULES } from './protocol.ts'
import { connectionError } from './violation.ts'

/** Who gets the frames. Calls come from inside `receive`; an error thrown from them is thrown from it. */
export interface FrameSink {
  /** A whole frame other than DATA. The payload is valid during the call only. */
  frame(type: number, flags: number, streamId: number, payload: Uint8Array): void
  /** A DATA frame begins; `length` is what flow control counts, padding included. False: nobody wants its bytes. */
  dataBegins(streamId: number, length: number): boolean
  /** Bytes of the DATA frame under way, without padding; valid during the call only. */
  dataBytes(bytes: Uint8Array): void
  /** The DATA frame is complete. */
  dataEnds(flags: number): void
}

const NOTHING = new Uint8Array(0)
/** `HTTP`, as the length and type of a frame. */
const HTT = 0x485454
const P = 0x50

export class FrameReader {
  readonly #sink: FrameSink
  readonly #maxFrameSize: number
  /** A frame head that came in pieces. */
  readonly #head = new Uint8Array(FRAME_HEAD_BYTES)
  #headBytes = 0
  /** The frame under way; -1: none. */
  #type = -1
  #flags = 0
  #streamId = 0
  #length = 0
  /** Its payload, when it comes in pieces and is not DATA. */
  #gathered = NOTHING
  #gatheredBytes = 0
  /** Of the DATA frame under way: bytes left before its padding, and of it; -1: its pad length is not read yet. */
  #dataLeft = 0
  #padLeft = 0
  #isDataWanted = false
  #isStopped = false

  constructor(sink: FrameSink, maxFrameSize: number) {
    this.#sink = sink
    this.#maxFrameSize = maxFrameSize
  }

  /** Reads no more, whatever comes. */
  stop(): void {
    this.#isStopped = true
  }

  /** The bytes of the DATA frame under way are wanted no more. */
  skipData(): void {
    this.#isDataWanted = false
  }

  /** Reads a view to its end. Throws a connection error of HTTP2, after which the reader is broken for good. */
  receive(view: Uint8Array): void {
    let at = 0
    while (!this.#isStopped) {
      if (this.#type < 0) {
        at = this.#readHead(view, at)
        if (this.#type < 0) return
        if (this.#type === FRAME.DATA) this.#beginData()
      }
      at = this.#type === FRAME.DATA ? this.#readData(view, at) : this.#readPayload(view, at)
      // A frame that is not complete has taken all there was.
      if (this.#type >= 0) return
    }
  }

  #readHead(view: Uint8Array, from: number): number {
    const left = view.length - from
    if (this.#headBytes === 0 && left >= FRAME_HEAD_BYTES) {
      this.#begin(view, from)
      return from + FRAME_HEAD_BYTES
    }
    const count = Math.min(left, FRAME_HEAD_BYTES - this.#headBytes)
    if (count > 0) this.#head.set(view.subarray(from, from + count), this.#headBytes)
    this.#headBytes += count
    if (this.#headBytes === FRAME_HEAD_BYTES) {
      this.#headBytes = 0
      this.#begin(this.#head, 0)
    }
    return from + count
  }

  #begin(head: Uint8Array, at: number): void {
    const length = (head[at]! << 16) | (head[at + 1]! << 8) | head[at + 2]!
    const type = head[at + 3]!
    // The highest bit is reserved and passed over (RFC 9113 4.1).
    const streamId =
      ((head[at + 5]! & 0x7f) << 24) | (head[at + 6]! << 16) | (head[at + 7]! << 8) | head[at + 8]!
    const rule = FRAME_RULES[type]
    if (length > this.#maxFrameSize) {
      // A server that does not know HTTP/2 answers its preface in HTTP/1.
      if (length === HTT && type === P)
        throw connectionError('PROTOCOL_ERROR', 'the peer answered in HTTP/1 to HTTP/2')
      const name = rule?.name ?? `frame of type ${type}`
      throw connectionError(
        'FRAME_SIZE_ERROR',
        `${name} of ${length} bytes, at most ${this.#maxFrameSize} are allowed`,
        {
          length,
          limit: this.#maxFrameSize,
        },
      )
    }
    if (rule !== undefined) {
      if (length < rule.least || length > rule.most)
        throw connectionError('FRAME_SIZE_ERROR', `${rule.name} of ${length} bytes`, { length })
      if (rule.on === 'stream' ? streamId === 0 : rule.on === 'connection' && streamId !== 0)
        throw connectionError('PROTOCOL_ERROR', `${rule.name} on stream ${streamId}`, { stream: streamId })
    }
    this.#type = type
    this.#flags = head[at + 4]!
    this.#streamId = streamId
    this.#length = length
    this.#gatheredBytes = 0
  }

  #readPayload(view: Uint8Array, from: number): number {
    const length = this.#length
    const left = view.length - from
    if (this.#gatheredBytes === 0 && left >= length) {
      this.#hand(view.subarray(from, from + length))
      return from + length
    }
    const count = Math.min(left, length - this.#gatheredBytes)
    if (count === 0) return from
    if (this.#gathered.length < length) {
      const grown = new Uint8Array(length)
      grown.set(this.#gathered.subarray(0, this.#gatheredBytes))
      this.#gathered = grown
    }
    this.#gathered.set(view.subarray(from, from + count), this.#gatheredBytes)
    this.#gatheredBytes += count
    if (this.#gatheredBytes === length) this.#hand(this.#gathered.subarray(0, length))
    return from + count
  }

  #hand(payload: Uint8Array): void {
    const type = this.#type
    this.#type = -1
    this.#gatheredBytes = 0
    this.#sink.frame(type, this.#flags, this.#streamId, payload)
  }

  #beginData(): void {
    const isPadded = (this.#flags & FLAG.PADDED) !== 0
    if (isPadded && this.#length === 0)
      throw connectionError('FRAME_SIZE_ERROR', 'padded DATA without a pad length')
    this.#padLeft = isPadded ? -1 : 0
    this.#dataLeft = isPadded ? this.#length - 1 : this.#length
    this.#isDataWanted = this.#sink.dataBegins(this.#streamId, this.#length)
  }

  #readData(view: Uint8Array, from: number): number {
    let at = from
    if (this.#padLeft < 0) {
      if (at === view.length) return at
      const pad = view[at]!
      at += 1
      if (pad > this.#dataLeft)
        throw connectionError('PROTOCOL_ERROR', `padding of ${pad} bytes in DATA of ${this.#length}`, { pad })
      this.#padLeft = pad
      this.#dataLeft -= pad
    }
    const count = Math.min(this.#dataLeft, view.length - at)
    if (count > 0) {
      this.#dataLeft -= count
      if (this.#isDataWanted) this.#sink.dataBytes(view.subarray(at, at + count))
      at += count
    }
    if (this.#dataLeft > 0) return at
    const skipped = Math.min(this.#padLeft, view.length - at)
    this.#padLeft -= skipped
    at += skipped
    if (this.#padLeft === 0) {
      this.#type = -1
      this.#sink.dataEnds(this.#flags)
    }
    return at
  }
}
