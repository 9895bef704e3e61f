/**
 * A sink that copies what it hears, and lets a test wait for it.
 *
 * The rule: what was heard stands in `calls`, in order, one short word per call, so that a test compares a list.
 */
import type { ByteSink, ByteStream } from '../../../packages/core/src/env/environment.ts'
import type { TransferError } from '../../../packages/core/src/errors/transfer-error.ts'

export class StreamRecorder implements ByteSink {
  /** `bytes` (several in a row count as one), `ended`, `failed CODE`, `drained`. */
  readonly calls: string[] = []
  /** All bytes heard, as Latin-1 text. */
  text = ''
  error: TransferError | undefined
  /** How many calls of `bytes` there were. */
  pieces = 0
  /** Runs inside each `bytes` call, after the view was copied. */
  onBytes: (view: Uint8Array) => unknown = () => {}
  #waiting: { holds: () => boolean; resolve: () => void }[] = []

  bytes(view: Uint8Array): void {
    this.pieces += 1
    for (let at = 0; at < view.length; at += 8192)
      this.text += String.fromCharCode(...view.subarray(at, at + 8192))
    if (this.calls.at(-1) !== 'bytes') this.calls.push('bytes')
    this.onBytes(view)
    this.#wake()
  }

  ended(): void {
    this.#heard('ended')
  }

  failed(error: TransferError): void {
    this.error = error
    this.#heard(`failed ${error.code}`)
  }

  drained(): void {
    this.#heard('drained')
  }

  /** Resolves as soon as `holds` does, which is looked at after each call. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }))
  }

  untilText(text: string): Promise<void> {
    return this.until(() => this.text === text)
  }

  untilCall(call: string): Promise<void> {
    return this.until(() => this.calls.includes(call))
  }

  /** Until the other end is heard to be gone, however it says so. */
  untilGone(): Promise<void> {
    return this.until(() => this.calls.some((call) => call === 'ended' || call.startsWith('failed')))
  }

  #heard(call: string): void {
    this.calls.push(call)
    this.#wake()
  }

  #wake(): void {
    const woken = this.#waiting.filter((waiter) => waiter.holds())
    this.#waiting = this.#waiting.filter((waiter) => !woken.includes(waiter))
    for (const waiter of woken) waiter.resolve()
  }
}

/** A stream and what was heard from it. */
export interface RecordedStream<S extends ByteStream = ByteStream> {
  readonly stream: S
  readonly heard: StreamRecorder
}

/** Listens to a stream from now on; to be called in the turn in which the stream was handed over. */
export function record<S extends ByteStream>(stream: S): RecordedStream<S> {
  const heard = new StreamRecorder()
  stream.sink = heard
  return { stream, heard }
}
