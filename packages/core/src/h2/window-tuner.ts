/**
 * `WindowTuner`: how large the receive windows of streams should be, by the rate at which they fill: a window
 * that is filled within one round trip holds the peer back (its size is below the bandwidth-delay product), so
 * it is doubled. The round trip is that of a PING, sent when a stream has consumed half of its window; small
 * responses never cause one. The method is that of gRPC's BDP estimator.
 *
 * The rule: windows only grow, a stream's to LIMITS.h2StreamWindow, all growth of a connection together to
 * LIMITS.h2WindowGrowth, so that what paused streams hold is bounded.
 */
import { LIMITS } from '../tables/limits.ts'

/** What a stream must have for its window to be tuned. All in bytes. */
export interface TunedStream {
  /** The size that its window is kept at. */
  window: number
  /** Body bytes received so far. */
  received: number
  /** How much must have been received before it is probed again. */
  probeFrom: number
}

export class WindowTuner<Stream extends TunedStream> {
  #probed: Stream | undefined
  #receivedBefore = 0
  #grown = 0

  /** The window of `stream` is half consumed. Answers whether a PING should go out now, to be told of by `answered`. */
  probe(stream: Stream): boolean {
    if (
      this.#probed !== undefined ||
      stream.window >= LIMITS.h2StreamWindow ||
      stream.received < stream.probeFrom
    )
      return false
    this.#probed = stream
    this.#receivedBefore = stream.received
    return true
  }

  /** The PING was answered. Answers by how much the window of its stream grows now, and the stream. */
  answered(): { readonly stream: Stream; readonly growth: number } | undefined {
    const stream = this.#probed
    if (stream === undefined) return undefined
    this.#probed = undefined
    const perRoundTrip = stream.received - this.#receivedBefore
    if (perRoundTrip * 3 < stream.window * 2) {
      stream.probeFrom = stream.received + stream.window * 8
      return undefined
    }
    const growth = Math.min(
      stream.window,
      LIMITS.h2StreamWindow - stream.window,
      LIMITS.h2WindowGrowth - this.#grown,
    )
    if (growth <= 0) return undefined
    this.#grown += growth
    stream.window += growth
    return { stream, growth }
  }

  /** A stream is over: what its window had grown by may go to others. */
  left(stream: Stream): void {
    if (this.#probed === stream) this.#probed = undefined
    this.#grown -= stream.window - LIMITS.h2FirstStreamWindow
  }
}
