/** The floor of HTTP/2: bare frames, new requests written together for all streams that ended together. */
import { performance } from 'node:perf_hooks'
import type { Client, Seen, Terms } from '../../rounds/measure.ts'
import { openFrames, type FrameConnection } from './h2-frames.ts'

export async function start(terms: Terms): Promise<Client> {
  let round: Round | undefined
  const connection = await openFrames(terms, {
    data: (id, byteCount) => round?.data(id, byteCount),
    end: () => {
      if (round !== undefined) round.ended += 1
    },
    read: () => round?.read(),
  })
  return {
    run: (count) =>
      new Promise((resolve) => {
        round = new Round(connection, Math.min(terms.streams, count), count, resolve)
      }),
    close: () => connection.close(),
  }
}

/** One run of `count` exchanges; tells of fairness when all of them ran at once. */
class Round {
  /** Streams ended since the last look. */
  ended = 0
  readonly #connection: FrameConnection
  readonly #count: number
  readonly #resolve: (seen: Seen) => void
  readonly #from = performance.now()
  readonly #firstId: number
  /** Bytes of each stream, where they are compared. */
  readonly #seen: number[] | undefined
  #begun: number
  #done = 0
  #bytes = 0
  #firstMs = 0
  #spread: number | undefined

  constructor(connection: FrameConnection, streams: number, count: number, resolve: (seen: Seen) => void) {
    this.#connection = connection
    this.#count = count
    this.#resolve = resolve
    this.#seen = streams > 1 && count === streams ? Array.from({ length: count }, () => 0) : undefined
    this.#begun = streams
    this.#firstId = connection.request(streams)
  }

  data(id: number, byteCount: number): void {
    this.#bytes += byteCount
    if (this.#seen !== undefined) this.#seen[(id - this.#firstId) / 2]! += byteCount
  }

  read(): void {
    const { ended } = this
    if (ended === 0) return
    this.ended = 0
    this.#done += ended
    if (this.#seen !== undefined && this.#spread === undefined) {
      this.#firstMs = performance.now() - this.#from
      this.#spread = Math.max(...this.#seen) / Math.max(1, Math.min(...this.#seen))
    }
    if (this.#done === this.#count) {
      const fairness =
        this.#spread === undefined ? {} : { figures: { firstMs: this.#firstMs, spread: this.#spread } }
      this.#resolve({ bytes: this.#bytes, ...fairness })
      return
    }
    const next = Math.min(ended, this.#count - this.#begun)
    if (next === 0) return
    this.#begun += next
    this.#connection.request(next)
  }
}
