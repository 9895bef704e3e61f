/**
 * Decoders of the simulated world: gzip, deflate and br, as offloaded work, while which time stands still.
 *
 * The rule: what comes out depends on what went in alone. Each job decodes all that has come once more from the
 * start and hands over what is new; that is slow for large bodies, and has no state that could surprise.
 */
import { joined } from '../base/joined.ts'
import zlib from 'node:zlib'
import type { Coding, Decoder, Decoders, DecoderSink, Environment } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { isZlibHeader } from '../http/codings.ts'
import { LIMITS } from '../tables/limits.ts'

type Offload = Environment['offload']

/** Decoders whose work goes through `offload`. */
export function simDecoders(offload: Offload): Decoders {
  return {
    codings: ['deflate', 'gzip', 'br'],
    decodeWhole(coding, bytes, maxBytes) {
      try {
        return decode(coding, bytes, true, maxBytes)
      } catch {
        return undefined
      }
    },
    open: (coding, sink) => new SimDecoder(coding, sink, offload),
  }
}

class SimDecoder implements Decoder {
  readonly #coding: Coding
  readonly #sink: DecoderSink
  readonly #offload: Offload
  #input: Uint8Array = new Uint8Array(0)
  /** How much of the input was decoded, and what came of it. */
  #used = 0
  #made = 0
  /** Decoded and not handed over. */
  #output: Uint8Array = new Uint8Array(0)
  #error: TransferError | undefined
  #isFull = false
  #isPaused = false
  #isWorking = false
  #isEnding = false
  #isComplete = false
  #isOver = false

  constructor(coding: Coding, sink: DecoderSink, offload: Offload) {
    this.#coding = coding
    this.#sink = sink
    this.#offload = offload
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver || bytes.length === 0) return true
    this.#input = joined([this.#input, bytes])
    this.#isFull = this.#input.length - this.#used >= LIMITS.decoderInputBytes
    this.#work()
    return !this.#isFull
  }

  end(): void {
    this.#isEnding = true
    if (this.#input.length === 0) this.#isComplete = true
    this.#work()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#work()
  }

  abort(): void {
    this.#isOver = true
  }

  #work(): void {
    if (this.#isWorking || this.#isPaused || this.#isOver) return
    this.#isWorking = true
    void this.#offload(() => Promise.resolve(this.#decode())).then(() => {
      this.#isWorking = false
      this.#deliver()
    })
  }

  #decode(): void {
    if (this.#isComplete || this.#error !== undefined || this.#output.length > 0) return
    const isLast = this.#isEnding
    const whole = this.#used === this.#input.length && !isLast ? undefined : this.#decodeAll(isLast)
    this.#used = this.#input.length
    if (whole === undefined) return
    this.#output = whole.subarray(this.#made)
    this.#made = whole.length
    this.#isComplete = isLast
  }

  #decodeAll(isLast: boolean): Uint8Array | undefined {
    try {
      return decode(this.#coding, this.#input, isLast, Number.MAX_SAFE_INTEGER)
    } catch (cause) {
      if (isLast) {
        // What is there comes before what is wrong.
        const prefix = this.#decodeAll(false)
        if (prefix !== undefined) this.#output = prefix.subarray(this.#made)
      }
      this.#error = new TransferError(
        'BAD_CONTENT_ENCODING',
        `the ${this.#coding} data of the body is broken or ends early`,
        { coding: this.#coding },
        { phase: 'receive', cause },
      )
      return undefined
    }
  }

  #deliver(): void {
    if (this.#isOver || this.#isPaused) return
    const output = this.#output
    this.#output = output.subarray(output.length)
    if (output.length > 0) this.#sink.decoded(output)
    if (this.#isOver || this.#isPaused) return
    if (this.#error !== undefined || this.#isComplete) {
      this.#isOver = true
      if (this.#error === undefined) this.#sink.ended()
      else this.#sink.failed(this.#error)
      return
    }
    if (this.#used < this.#input.length || this.#isEnding) this.#work()
    else if (this.#isFull) {
      this.#isFull = false
      this.#sink.drained()
    }
  }
}

function decode(coding: Coding, bytes: Uint8Array, isLast: boolean, maxBytes: number): Uint8Array {
  const { Z_FINISH, Z_SYNC_FLUSH, BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH } = zlib.constants
  const bounds = { maxOutputLength: Math.min(maxBytes, MAX_OUTPUT), info: true }
  if (coding === 'br') {
    const options = { ...bounds, finishFlush: isLast ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH }
    return used(bytes, zlib.brotliDecompressSync(bytes, options), isLast)
  }
  const options = { ...bounds, finishFlush: isLast ? Z_FINISH : Z_SYNC_FLUSH }
  if (coding === 'gzip') return used(bytes, zlib.gunzipSync(bytes, options), false)
  const isBare = bytes.length > 1 && !isZlibHeader(bytes[0]!, bytes[1]!)
  return used(bytes, isBare ? zlib.inflateRawSync(bytes, options) : zlib.inflateSync(bytes, options), isLast)
}

/** What came out, when all input was used. */
function used(bytes: Uint8Array, told: unknown, mustUseAll: boolean): Uint8Array {
  const { buffer, engine } = told as { buffer: Uint8Array; engine: { bytesWritten: number } }
  if (mustUseAll && engine.bytesWritten < bytes.length) throw new Error('bytes follow the end')
  return buffer
}

const MAX_OUTPUT = 256 * 1024 * 1024
