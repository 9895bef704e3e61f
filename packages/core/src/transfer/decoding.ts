/**
 * `Decoding`: the stages that a coded body goes through on its way to the client: its transfer codings, then its
 * content codings. (Before them the length was checked, and the framing taken off.)
 *
 * The rule: it holds a bounded number of bytes, however much a body turns into and however slowly that is taken; the
 * owner hears of the end once, when all that was received is decoded and delivered. A body that is small and whole
 * is decoded in one call, which costs a fraction of what a decoder does.
 */
import { joined } from '../base/joined.ts'
import type { Coding, Decoder, Decoders, DecoderSink } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import { LIMITS } from '../tables/limits.ts'
import { tooLarge } from './failures.ts'

/** Who receives the body: a transfer. */
export interface DecodingOwner {
  /** A piece of the decoded body, valid during the call only. May pause or end the decoding. */
  decoded(bytes: Uint8Array): void
  /** No more of the body is to be received for now, or it is again. */
  decodingFull(isFull: boolean): void
  /** The data cannot be decoded, or is too much. The last call. */
  decodingFailed(error: TransferError): void
  /** All is delivered. What `end` was told comes back. The last call. */
  decodingEnded(trailers: Fields | undefined, error: TransferError | undefined): void
}

export interface DecodingTerms {
  /** In the order in which they are undone; at least one. */
  readonly codings: readonly Coding[]
  /** Bytes of the coded body, where known. */
  readonly length: number | undefined
  /** The most that the body may become; 0: no limit. */
  readonly maxBytes: number
  /** The same for each received byte. */
  readonly maxRatio: number
}

export class Decoding {
  readonly #terms: DecodingTerms
  readonly #decoders: Decoders
  readonly #owner: DecodingOwner
  /** Undefined: until now the body is small. */
  #stages: Decoder[] | undefined
  /** What came of it, while it is. */
  readonly #kept: Uint8Array[] = []
  #received = 0
  /** Bytes that came out of each stage. */
  readonly #made: number[]
  #isFull = false
  #isPaused = false
  #isOver = false
  #end: { readonly trailers: Fields | undefined; readonly error: TransferError | undefined } | undefined

  constructor(terms: DecodingTerms, decoders: Decoders, owner: DecodingOwner) {
    this.#terms = terms
    this.#decoders = decoders
    this.#owner = owner
    this.#made = terms.codings.map(() => 0)
  }

  /** Whether more of the body can be taken. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** A received piece of the body, valid during the call only. */
  write(bytes: Uint8Array): void {
    if (this.#isOver) return
    const before = this.#received
    this.#received += bytes.length
    if (this.#stages === undefined) {
      if (this.#received <= LIMITS.wholeCodedBytes) {
        this.#kept.push(new Uint8Array(bytes))
        // It may be whole at the end of this read of the socket, or go on for hours, or be broken already.
        if (before === 0) queueMicrotask(this.#goOn)
        return
      }
      this.#open()
    }
    this.#feed(bytes)
  }

  /** The body is complete; with `error`: no more of it comes. */
  end(trailers: Fields | undefined, error: TransferError | undefined): void {
    if (this.#isOver) return
    this.#end = { trailers, error }
    // Who has paused must not wait to hear of a failure.
    if (error !== undefined && this.#isPaused) this.#finish()
    else if (this.#stages !== undefined) this.#stages[0]!.end()
    else if (!this.#isPaused) this.#endSmall()
  }

  /** Delivers nothing until `resume`. */
  pause(): void {
    this.#isPaused = true
    this.#stages?.at(-1)!.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#stages !== undefined) this.#stages.at(-1)!.resume()
    else if (this.#end !== undefined) this.#endSmall()
  }

  /** Gives up; the owner hears nothing more. */
  abort(): void {
    this.#isOver = true
    for (const stage of this.#stages ?? []) stage.abort()
  }

  /** It did not end at once: what has come is decoded now. */
  readonly #goOn = (): void => {
    if (!this.#isOver && this.#stages === undefined && this.#end === undefined) this.#open()
  }

  #endSmall(): void {
    const whole = this.#decodeSmall()
    if (whole === undefined) {
      this.#open()
      if (!this.#isOver) this.#stages![0]!.end()
      return
    }
    this.#kept.length = 0
    if (whole.length > 0) this.#deliver(whole, this.#made.length - 1)
    // As a decoder would: the end waits, too.
    if (!this.#isPaused) this.#finish()
  }

  /** The whole body; undefined when it is too much for one call, or wrong. Empty: there was none, or it is delivered. */
  #decodeSmall(): Uint8Array | undefined {
    let bytes = joined(this.#kept)
    for (const coding of this.#terms.codings) {
      if (bytes.length === 0) return bytes
      const decoded = this.#decoders.decodeWhole(coding, bytes, LIMITS.wholeDecodedBytes)
      if (decoded === undefined) return undefined
      bytes = decoded
    }
    return bytes
  }

  #open(): void {
    const { codings } = this.#terms
    const stages: Decoder[] = []
    // The last one first: each knows the one that follows.
    for (let at = codings.length - 1; at >= 0; at -= 1) {
      const next = stages[0]
      const sink = next === undefined ? this.#lastSink(at) : this.#sinkTo(next, at)
      stages.unshift(this.#decoders.open(codings[at]!, sink))
    }
    this.#stages = stages
    if (this.#isPaused) stages.at(-1)!.pause()
    const kept = this.#kept.splice(0)
    for (const bytes of kept) this.#feed(bytes)
  }

  #feed(bytes: Uint8Array): void {
    if (this.#isOver || this.#stages![0]!.write(bytes) || this.#isFull || this.#isOver) return
    this.#isFull = true
    this.#owner.decodingFull(true)
  }

  #drained(at: number): void {
    if (at > 0) this.#stages![at - 1]!.resume()
    else if (this.#isFull && !this.#isOver) {
      this.#isFull = false
      this.#owner.decodingFull(false)
    }
  }

  #lastSink(at: number): DecoderSink {
    return {
      decoded: (bytes) => this.#deliver(bytes, at),
      drained: () => this.#drained(at),
      ended: () => this.#finish(),
      failed: (error) => this.#fail(error),
    }
  }

  #sinkTo(next: Decoder, at: number): DecoderSink {
    return {
      decoded: (bytes) => {
        if (this.#isTooMuch(bytes.length, at)) return
        if (!next.write(bytes) && !this.#isOver) this.#stages![at]!.pause()
      },
      drained: () => this.#drained(at),
      ended: () => next.end(),
      failed: (error) => this.#fail(error),
    }
  }

  #deliver(bytes: Uint8Array, at: number): void {
    if (!this.#isTooMuch(bytes.length, at)) this.#owner.decoded(bytes)
  }

  /** Counts what a stage has made, and ends everything when it is more than allowed. */
  #isTooMuch(count: number, at: number): boolean {
    if (this.#isOver) return true
    const { maxBytes, maxRatio } = this.#terms
    const made = (this.#made[at]! += count)
    const isLast = at === this.#made.length - 1
    if (isLast && maxBytes > 0 && made > maxBytes) this.#fail(tooLarge(maxBytes, made))
    else if (maxRatio > 0 && made > LIMITS.decodedFloorBytes && made > maxRatio * this.#received)
      this.#fail(tooDense(this.#received, made, maxRatio))
    return this.#isOver
  }

  #fail(error: TransferError): void {
    if (this.#isOver) return
    // What broke off is seldom whole; why it broke off says more.
    if (this.#end?.error !== undefined) {
      this.#finish()
      return
    }
    this.abort()
    this.#owner.decodingFailed(error)
  }

  #finish(): void {
    if (this.#isOver) return
    this.abort()
    this.#owner.decodingEnded(this.#end!.trailers, this.#end!.error)
  }
}

function tooDense(received: number, decoded: number, limit: number): TransferError {
  return new TransferError(
    'TOO_LARGE',
    `${received} bytes of the body became ${decoded} bytes or more, over ${limit} times as many (maxDecodedRatio)`,
    { received, decoded, limit },
    { phase: 'receive' },
  )
}
