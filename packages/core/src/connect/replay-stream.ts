/**
 * `ReplayStream`: a stream before whose input some bytes stand that were read already: what an origin said behind a
 * proxy's last word.
 *
 * The rule: the bytes come first, once, and never from inside a call; after them the stream below speaks to the sink
 * itself.
 */
import type { ByteSink, ByteStream, SocketAddress } from '../env/environment.ts'

export class ReplayStream implements ByteStream {
  readonly #below: ByteStream
  #bytes: Uint8Array | undefined
  #sink: ByteSink | undefined
  #isPaused = false

  /** Owns the stream. Its sink must not be set. */
  constructor(below: ByteStream, bytes: Uint8Array) {
    this.#below = below
    this.#bytes = bytes
  }

  get sink(): ByteSink | undefined {
    return this.#sink
  }

  set sink(sink: ByteSink | undefined) {
    this.#sink = sink
    if (this.#bytes === undefined) this.#below.sink = sink
    else this.#replaySoon()
  }

  get local(): SocketAddress | undefined {
    return this.#below.local
  }

  get remote(): SocketAddress | undefined {
    return this.#below.remote
  }

  write(bytes: Uint8Array | string): boolean {
    return this.#below.write(bytes)
  }

  pause(): void {
    this.#isPaused = true
    this.#below.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#below.resume()
    this.#replaySoon()
  }

  end(): void {
    this.#below.end()
  }

  abort(): void {
    this.#bytes = undefined
    this.#sink = undefined
    this.#below.abort()
  }

  hold(awake: boolean): void {
    this.#below.hold(awake)
  }

  #replaySoon(): void {
    if (this.#bytes !== undefined) queueMicrotask(this.#replay)
  }

  readonly #replay = (): void => {
    const bytes = this.#bytes
    if (bytes === undefined || this.#sink === undefined || this.#isPaused) return
    this.#bytes = undefined
    this.#sink.bytes(bytes)
    // Whoever heard them may have given it up, or set another sink.
    if (this.#sink !== undefined) this.#below.sink = this.#sink
  }
}
