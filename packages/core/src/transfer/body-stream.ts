/**
 * `ResponseBody`: a response body read piece by piece, at the reader's pace: an async iterable, or a web
 * stream. What is not read is not received: the transfer pauses after a few pieces.
 */
import { Fifo } from '../base/fifo.ts'
import type { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'

/** What a body does to its transfer. */
export interface BodyControl {
  pause(): void
  resume(): void
  /** Bytes that are being delivered, for good. */
  keep(bytes: Uint8Array): Uint8Array
  /** The reader has had enough. */
  cancel(reason: unknown): void
}

interface Reader {
  resolve(result: IteratorResult<Uint8Array, undefined>): void
  reject(error: unknown): void
}

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined }

/**
 * A response body, read piece by piece at the reader's pace, once.
 *
 * @example
 * ```ts
 * const { body } = await easy.stream()
 * for await (const bytes of body) await file.write(bytes)
 * ```
 */
export class ResponseBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #control: BodyControl
  readonly #pieces = new Fifo<Uint8Array>()
  /** Bytes of the pieces that wait. */
  #queued = 0
  #reader: Reader | undefined
  #end: 'open' | 'ended' | TransferError = 'open'
  #isStopped = false

  constructor(control: BodyControl) {
    this.#control = control
  }

  /** The next piece, which is the reader's own, or the end. Rejects with what ended the transfer, after all that had come was read. */
  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const piece = this.#pieces.shift()
    if (piece !== undefined) {
      this.#queued -= piece.length
      if (this.#pieces.size === 0 && this.#end === 'open') this.#control.resume()
      return Promise.resolve({ done: false, value: piece })
    }
    if (this.#end === 'ended') return Promise.resolve(DONE)
    if (this.#end !== 'open') return Promise.reject(this.#end)
    if (this.#reader !== undefined)
      return Promise.reject(
        new TypeError('the body is being read already: wait for one next() before the other'),
      )
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  /** Ends reading early; the transfer is given up. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#stop('the body was not read to its end')
    return Promise.resolve(DONE)
  }

  /** The body itself: there is one reader. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** The same body as a web stream of bytes. */
  web(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await this.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => this.#stop(reason),
      },
      { highWaterMark: 0 },
    )
  }

  /** @internal A received piece. */
  push(bytes: Uint8Array): 'pause' | void {
    if (this.#isStopped) return
    const piece = this.#control.keep(bytes)
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve({ done: false, value: piece })
      return
    }
    this.#pieces.push(piece)
    this.#queued += piece.length
    if (this.#queued >= LIMITS.pausedBytes) return 'pause'
  }

  /** @internal The body is complete, or its transfer failed. */
  finish(error?: TransferError): void {
    this.#end = error ?? 'ended'
    const reader = this.#reader
    this.#reader = undefined
    if (error === undefined) reader?.resolve(DONE)
    else reader?.reject(error)
  }

  #stop(reason: unknown): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#pieces.clear()
    this.#queued = 0
    if (this.#end === 'open') {
      this.#control.cancel(reason)
      this.#end = 'ended'
    }
  }
}
