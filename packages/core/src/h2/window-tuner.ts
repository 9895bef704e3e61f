/**
 * `WindowTuner`: how large the receive windows of streams should be, by the rate at which they fill: a window
 * that is filled within one round trip holds the peer back (its size is below the bandwidth-delay product), so
 * all are doubled. The round trip is that of a PING, sent when a stream has consumed half of its window; small
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
  /** What windows should be, as far as the bound on all of them allows; the same for all, so that none is preferred. */
  #target: number = LIMITS.h2FirstStreamWindow
  #probed: Stream | undefined
  #receivedBefore = 0
  #grown = 0

  /** Answers by how much the window of `stream`, one of `streams`, grows now. */
  grow(stream: Stream, streams: number): number {
    const share = LIMITS.h2FirstStreamWindow + Math.floor(LIMITS.h2WindowGrowth / streams)
    const growth = Math.min(
      Math.min(this.#target, share) - stream.window,
      LIMITS.h2WindowGrowth - this.#grown,
    )
    if (growth <= 0) return 0
    this.#grown += growth
    stream.window += growth
    return growth
  }

  /** The window of `stream` is half consumed. Answers whether a PING should go out now, to be told of by `answered`. */
  probe(stream: Stream): boolean {
    if (this.#probed !== undefined || this.#target >= LIMITS.h2StreamWindow) return false
    if (stream.window < this.#target || stream.received < stream.probeFrom) return false
    this.#probed = stream
    this.#receivedBefore = stream.received
    return true
  }

  /**
   * The PING was answered. Answers whether windows are to grow: those of all streams under way now, together, so
   * that none gets ahead of the others.
   */
  answered(): boolean {
    const stream = this.#probed
    if (stream === undefined) return false
    this.#probed = undefined
    const perRoundTrip = stream.received - this.#receivedBefore
    // Half of the window was left when the PING went out, and more cannot come before its answer: two thirds of
    // that is what gRPC takes for a window that holds the peer back.
    if (perRoundTrip * 3 < stream.window) {
      stream.probeFrom = stream.received + stream.window * 8
      return false
    }
    this.#target = Math.min(this.#target * 2, LIMITS.h2StreamWindow)
    return true
  }

  /** A stream is over: what its window had grown by may go to others. */
  left(stream: Stream): void {
    if (this.#probed === stream) this.#probed = undefined
    this.#grown -= stream.window - LIMITS.h2FirstStreamWindow
  }
}
