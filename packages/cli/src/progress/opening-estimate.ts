/**
 * `OpeningEstimate`: what opening a connection costs, by what was measured in one run, so that it can be said what
 * reuse has saved.
 *
 * The rule: rather too little than too much. An opening is its round trips at the pace of the fastest thing that took
 * one with the same origin: connecting, a handshake, or an answer; and never more than the fastest opening. What one
 * opening took says little: the first of a process is slow for reasons that a second one would not meet, and in a burst
 * each is measured while the others keep the process busy. Lookups do not count, which the next opening would not make,
 * and neither does the work of cryptography.
 */
import type { TransferInfo } from '@trunkline/core'

/** What was measured of one origin, microseconds; Infinity: nothing. */
interface Measured {
  tripUs: number
  openedUs: number
  trips: number
  reused: number
}

export class OpeningEstimate {
  readonly #origins = new Map<string, Measured>()

  /** Takes in a transfer that had a connection. */
  add(info: TransferInfo): void {
    const measured = this.#of(info)
    if (info.connReused) measured.reused += 1
    // What redirects came before is in the same times.
    if (info.redirectCount > 0) return
    const { startTransferTimeUs, preTransferTimeUs, postTransferTimeUs } = info
    tripTook(measured, startTransferTimeUs - Math.max(preTransferTimeUs, postTransferTimeUs))
    if (!info.connReused) opened(measured, info)
  }

  /** What the openings would have taken that reuse has saved, one after the other. */
  get savedUs(): number {
    let sum = 0
    for (const { tripUs, openedUs, trips, reused } of this.#origins.values()) {
      // Of an origin where nothing was opened nothing is known.
      if (openedUs !== Infinity) sum += reused * Math.min(openedUs, trips * tripUs)
    }
    return sum
  }

  #of({ effectiveUrl }: TransferInfo): Measured {
    const [origin] = /^[^/]*\/\/[^/?#]*/.exec(effectiveUrl) ?? ['']
    let measured = this.#origins.get(origin)
    if (measured === undefined) {
      measured = { tripUs: Infinity, openedUs: Infinity, trips: 1, reused: 0 }
      this.#origins.set(origin, measured)
    }
    return measured
  }
}

function opened(measured: Measured, info: TransferInfo): void {
  const { queueTimeUs, nameLookupTimeUs, connectTimeUs, appConnectTimeUs, tlsVersion, tlsResumed } = info
  const beganUs = Math.max(queueTimeUs, nameLookupTimeUs)
  const openedUs = Math.max(connectTimeUs, appConnectTimeUs) - beganUs
  if (openedUs > 0) measured.openedUs = Math.min(measured.openedUs, openedUs)
  if (info.usedProxy) {
    // How many round trips it adds is not known.
    measured.trips = Infinity
    return
  }
  tripTook(measured, connectTimeUs - beganUs)
  if (tlsVersion === '') return
  // RFC 8446 2: one round trip; RFC 5246 7.3: two, of which a resumed session saves one.
  const handshakeTrips = tlsVersion === 'TLSv1.3' || tlsResumed ? 1 : 2
  tripTook(measured, (appConnectTimeUs - connectTimeUs) / handshakeTrips)
  measured.trips = 1 + handshakeTrips
}

/** What took no time was not measured. */
function tripTook(measured: Measured, us: number): void {
  if (us > 0) measured.tripUs = Math.min(measured.tripUs, us)
}
