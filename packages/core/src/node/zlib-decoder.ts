/**
 * `ZlibDecoder`: a {@link Decoder} over one of the streams of node:zlib, which work on a thread of the pool.
 *
 * The rule: the sink is told of one end, whatever the stream below says after it; data that goes on behind its
 * end is refused, unless it is the zeros that gzip allows there.
 */
import type { Transform } from 'node:stream'
import type { Coding, Decoder, DecoderSink } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'

/** A stream of node:zlib: it tells how much of its input it has used. */
export type ZlibTransform = Transform & { readonly bytesWritten: number }

export class ZlibDecoder implements Decoder {
  readonly #coding: Coding
  readonly #make: (head: Uint8Array) => ZlibTransform
  readonly #sink: DecoderSink
  #below: ZlibTransform | undefined
  /** The first byte, when the form of the data shows with the second. */
  #head: Uint8Array | undefined
  #taken = 0
  #isPaused = false
  #isEnding = false
  /** The data has come to its end. */
  #isComplete = false
  #isOver = false

  /** `make` is called with the first bytes of the data, at least two where there are so many. */
  constructor(coding: Coding, make: (head: Uint8Array) => ZlibTransform, sink: DecoderSink) {
    this.#coding = coding
    this.#make = make
    this.#sink = sink
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver || bytes.length === 0) return true
    this.#taken += bytes.length
    if (this.#isComplete) {
      this.#checkRest()
      return true
    }
    let piece = new Uint8Array(bytes)
    if (this.#below === undefined) {
      if (this.#head !== undefined) piece = joined(this.#head, piece)
      if (piece.length < 2) {
        this.#head = piece
        return true
      }
      this.#begin(piece)
    }
    return this.#below!.write(piece)
  }

  end(): void {
    if (this.#isOver) return
    this.#isEnding = true
    if (this.#taken === 0) this.#finish()
    else if (this.#isComplete) this.#tellEnd()
    else {
      const head = this.#head
      if (head !== undefined) {
        this.#begin(head)
        this.#below!.write(head)
      }
      this.#below!.end()
    }
  }

  pause(): void {
    this.#isPaused = true
    this.#below?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#below?.resume()
    if (this.#isComplete && this.#isEnding && !this.#isOver) this.#finish()
  }

  abort(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#below?.destroy()
  }

  #begin(head: Uint8Array): void {
    this.#head = undefined
    const below = this.#make(head)
    this.#below = below
    below.on('data', (bytes: Uint8Array) => {
      if (!this.#isOver) this.#sink.decoded(bytes)
    })
    below.on('drain', () => {
      if (!this.#isOver) this.#sink.drained()
    })
    below.on('end', () => this.#completed())
    below.on('error', (error) => this.#failed(error))
    if (this.#isPaused) below.pause()
  }

  #completed(): void {
    if (this.#isOver) return
    this.#isComplete = true
    this.#checkRest()
    if (this.#isEnding) this.#tellEnd()
    // What is written from now on is not for the stream below, which may have asked for a rest.
    else if (!this.#isOver) this.#sink.drained()
  }

  #checkRest(): void {
    if (this.#coding === 'gzip' || this.#below!.bytesWritten === this.#taken) return
    this.#fail(`the ${this.#coding} data of the body is followed by bytes that are not part of it`)
  }

  #failed(cause: Error & { readonly code?: string }): void {
    // After its end the stream may be told of what came behind it.
    if (this.#isComplete) return
    const what = cause.code === 'Z_BUF_ERROR' ? 'ends early' : `is broken: ${cause.message}`
    this.#fail(`the ${this.#coding} data of the body ${what}`, cause)
  }

  #fail(message: string, cause?: Error): void {
    if (this.#isOver) return
    this.abort()
    this.#sink.failed(
      new TransferError(
        'BAD_CONTENT_ENCODING',
        message,
        { coding: this.#coding },
        { phase: 'receive', cause },
      ),
    )
  }

  #tellEnd(): void {
    if (!this.#isPaused) this.#finish()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#below?.destroy()
    this.#sink.ended()
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
