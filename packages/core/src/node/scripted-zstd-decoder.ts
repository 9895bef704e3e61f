/**
 * `ScriptedZstdDecoder`: a {@link Decoder} over the package fzstd, for a Node whose zlib has no zstd.
 *
 * The rule: it works on this thread, block by block, and lets others go first after so much work: a hostile body can
 * make fzstd move a window of 8 MiB for every four bytes.
 */
import type { Decoder, DecoderSink } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { ZstdFrames } from './zstd-frames.ts'

/** What is used of fzstd. */
export interface ZstdScript {
  readonly Decompress: new (ondata: (bytes: Uint8Array) => unknown) => {
    push(bytes: Uint8Array, final: boolean): unknown
  }
}

export class ScriptedZstdDecoder implements Decoder {
  readonly #sink: DecoderSink
  readonly #frames = new ZstdFrames()
  readonly #script: InstanceType<ZstdScript['Decompress']>
  readonly #queue: Uint8Array[] = []
  /** Where in the first of the queue. */
  #at = 0
  #queued = 0
  /** What was decoded, and is not handed over: one block. */
  readonly #made: Uint8Array[] = []
  #isFlushed = false
  #isScheduled = false
  #isFull = false
  #isPaused = false
  #isRunning = false
  #isEnding = false
  #isOver = false

  constructor({ Decompress }: ZstdScript, sink: DecoderSink) {
    this.#sink = sink
    this.#script = new Decompress((bytes) => {
      if (bytes.length > 0) this.#made.push(bytes)
    })
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver || bytes.length === 0) return true
    this.#queue.push(new Uint8Array(bytes))
    this.#queued += bytes.length
    this.#run()
    this.#isFull = this.#queued >= LIMITS.decoderInputBytes
    return !this.#isFull
  }

  end(): void {
    this.#isEnding = true
    this.#run()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#run()
  }

  abort(): void {
    this.#isOver = true
    this.#queue.length = 0
  }

  /** Decodes what waits, until somebody pauses or it is others' turn. */
  #run(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    let work = 0
    while (this.#goesOn && work < WORK_AT_ONCE) {
      const made = this.#made.shift()
      if (made !== undefined) {
        this.#sink.decoded(made)
        continue
      }
      if (this.#isFlushed) break
      if (this.#queue.length === 0 && !this.#isEnding) break
      this.#decode()
      work += this.#frames.window + BLOCK_WORK
    }
    this.#isRunning = false
    if (!this.#goesOn) return
    if (work >= WORK_AT_ONCE) this.#schedule()
    else if (this.#isFlushed) {
      this.#isOver = true
      this.#sink.ended()
      return
    }
    if (this.#isFull && this.#queued < LIMITS.decoderInputBytes) {
      this.#isFull = false
      this.#sink.drained()
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#run()
    })
  }

  get #goesOn(): boolean {
    return !this.#isPaused && !this.#isOver
  }

  /** The next block, or what stands between two. */
  #decode(): void {
    try {
      const piece = this.#queue[0]
      if (piece === undefined) this.#flush()
      else this.#decodeBlock(piece)
    } catch (cause) {
      this.#fail(cause as Error)
    }
  }

  #decodeBlock(piece: Uint8Array): void {
    const from = this.#at
    const to = this.#frames.read(piece, from)
    this.#at = to
    this.#queued -= to - from
    if (to === piece.length) {
      this.#queue.shift()
      this.#at = 0
    }
    this.#script.push(piece.subarray(from, to), false)
  }

  /** Frames of less than 18 bytes are decoded at the end only. */
  #flush(): void {
    if (!this.#frames.isBetweenFrames) throw new Error('it ends early')
    this.#isFlushed = true
    this.#script.push(NO_BYTES, true)
  }

  #fail(cause: Error): void {
    if (this.#isOver) return
    this.abort()
    this.#sink.failed(
      new TransferError(
        'BAD_CONTENT_ENCODING',
        `the zstd data of the body is broken: ${cause.message}`,
        { coding: 'zstd' },
        { phase: 'receive', cause },
      ),
    )
  }
}

/** Bytes moved before others have a turn: about 10 ms. */
const WORK_AT_ONCE = 64 * 1024 * 1024
/** What a block costs beside the move of the window. */
const BLOCK_WORK = 128 * 1024
const NO_BYTES = new Uint8Array(0)
