/**
 * `BodyOutput`: where the body of one transfer goes: a file of its own, or a stream that others use too.
 *
 * The rule: no more than `HELD_BYTES` and one piece are held for a stream that does not keep up; then the
 * transfer pauses until it does. A file is opened when its first byte comes, or when its transfer has
 * succeeded without one, so that a failure leaves what was there before.
 */
import type { Writable } from 'node:stream'

/** As much as a disk or a pipe can take in one go without the network noticing. */
const HELD_BYTES = 256 * 1024

/** How an output drives its transfer. */
export interface OutputControl {
  /** The stream has room again. */
  resume(): void
  /** Writing failed; nothing more can be taken. */
  failed(error: Error): void
}

/** The body of one transfer on its way out. */
export class BodyOutput {
  readonly #open: () => Writable
  readonly #isOwn: boolean
  readonly #control: OutputControl
  #stream: Writable | undefined
  /** Pieces handed to the stream and not yet written. */
  #pending = 0
  #isPaused = false
  #failure: Error | undefined
  #settled: (() => void) | undefined

  private constructor(open: () => Writable, isOwn: boolean, control: OutputControl) {
    this.#open = open
    this.#isOwn = isOwn
    this.#control = control
  }

  /** A stream that belongs to somebody else, and stays open. */
  static to(stream: Writable, control: OutputControl): BodyOutput {
    return new BodyOutput(() => stream, false, control)
  }

  /** A stream of its own, made at the first byte and ended with the body. */
  static ownedBy(open: () => Writable, control: OutputControl): BodyOutput {
    return new BodyOutput(open, true, control)
  }

  /** Why writing failed. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Takes a copy of a piece. "pause": there will be a call of `resume`. */
  write(bytes: Uint8Array): 'pause' | void {
    if (this.#failure !== undefined) return
    const stream = this.#opened()
    if (stream === undefined) return
    this.#pending += 1
    stream.write(Buffer.from(bytes), this.#written)
    if (stream.writableLength <= HELD_BYTES) return
    this.#isPaused = true
    return 'pause'
  }

  /** Resolves when everything is written, or nothing more can be; `failure` tells which. `creates`: a body without a byte makes an empty file. */
  async finish(creates: boolean): Promise<void> {
    if (this.#isOwn && creates) this.#opened()
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#settled = resolve))
    const stream = this.#stream
    if (!this.#isOwn || stream === undefined || this.#failure !== undefined) return
    await new Promise<void>((resolve) => {
      stream.once('close', resolve)
      stream.end()
    })
  }

  /** Takes nothing more, as when writing had failed. */
  refuse(error: Error): void {
    this.#failed(error)
  }

  /** Undefined: it cannot be opened. */
  #opened(): Writable | undefined {
    if (this.#stream !== undefined || this.#failure !== undefined) return this.#stream
    try {
      this.#stream = this.#open()
      if (this.#isOwn) this.#stream.on('error', this.#failed)
    } catch (error) {
      this.#failed(error as Error)
    }
    return this.#stream
  }

  readonly #written = (error?: Error | null): void => {
    this.#pending -= 1
    if (error !== undefined && error !== null) this.#failed(error)
    if (this.#isPaused && (this.#pending === 0 || this.#stream!.writableLength <= HELD_BYTES / 2)) {
      this.#isPaused = false
      this.#control.resume()
    }
    if (this.#pending === 0) this.#settled?.()
  }

  readonly #failed = (error: Error): void => {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#control.failed(error)
  }
}
