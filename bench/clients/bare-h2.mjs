/** The floor of HTTP/2: bare frames, new requests written together for all streams that ended together. */
import { performance } from 'node:perf_hooks'
import { openFrames } from './bare-h2-frames.mjs'

export async function start(terms) {
  let round
  const connection = await openFrames(terms, {
    data: (id, byteCount) => round.data(id, byteCount),
    end: () => {
      round.ended += 1
    },
    read: () => round?.read(),
  })
  return {
    run: (count) =>
      new Promise((resolve) => {
        round = new Round(connection, terms.streams, count, resolve)
        round.begin()
      }),
    close: () => connection.close(),
  }
}

/** One run of `count` exchanges; tells of fairness when all of them ran at once. */
class Round {
  /** Streams ended since the last look. */
  ended = 0
  #connection
  #streams
  #count
  #resolve
  #from = performance.now()
  #firstId = 0
  #begun = 0
  #done = 0
  #bytes = 0
  #seen
  #firstMs
  #spread

  constructor(connection, streams, count, resolve) {
    this.#connection = connection
    this.#streams = streams
    this.#count = count
    this.#resolve = resolve
    if (streams > 1 && count === streams) this.#seen = Array.from({ length: count }, () => 0)
  }

  begin() {
    this.#begun = Math.min(this.#streams, this.#count)
    this.#firstId = this.#connection.request(this.#begun)
  }

  data(id, byteCount) {
    this.#bytes += byteCount
    if (this.#seen !== undefined) this.#seen[(id - this.#firstId) / 2] += byteCount
  }

  read() {
    const { ended } = this
    if (ended === 0) return
    this.ended = 0
    this.#done += ended
    const ms = performance.now() - this.#from
    if (this.#seen !== undefined && this.#firstMs === undefined) {
      this.#firstMs = ms
      this.#spread = Math.max(...this.#seen) / Math.max(1, Math.min(...this.#seen))
    }
    if (this.#done === this.#count) {
      const fairness = this.#seen && { firstMs: this.#firstMs, lastMs: ms, spread: this.#spread }
      this.#resolve({ bytes: this.#bytes, ...(fairness && { fairness }) })
      return
    }
    const next = Math.min(ended, this.#count - this.#begun)
    if (next === 0) return
    this.#begun += next
    this.#connection.request(next)
  }
}
