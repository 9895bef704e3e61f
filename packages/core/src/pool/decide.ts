/**
 * What to do for a want that no idle connection can serve: pure, over counts of one destination and of the
 * whole pool.
 */

/** The state that the decision depends on, all counts. Limits of 0 are no limits. */
export interface Room {
  /** Connections to this destination, openings included, and how many of them are idle and not promised. */
  readonly atHost: number
  readonly idleAtHost: number
  readonly hostLimit: number
  /** The same for the whole pool. */
  readonly inAll: number
  readonly idleInAll: number
  readonly totalLimit: number
  /** Whether the want may join a busy connection that has room. */
  readonly mayJoin: boolean
}

export type Step =
  /** Open one, after closing this many idle ones, longest unused first. */
  | { readonly is: 'open'; readonly closeHere: number; readonly closeAnywhere: number }
  | { readonly is: 'join' }
  | { readonly is: 'wait'; readonly reason: 'host-limit' | 'total-limit' }

const OPEN: Step = { is: 'open', closeHere: 0, closeAnywhere: 0 }
const JOIN: Step = { is: 'join' }
const WAIT_AT_HOST: Step = { is: 'wait', reason: 'host-limit' }
const WAIT_IN_ALL: Step = { is: 'wait', reason: 'total-limit' }

/**
 * Opens within the limits; rather than wait, closes idle connections that do not fit the want, or joins a
 * busy one; waits for the narrower limit first.
 */
export function decide(room: Room): Step {
  const closeHere = excess(room.atHost, room.hostLimit)
  const closeInAll = excess(room.inAll, room.totalLimit)
  if (closeHere === 0 && closeInAll === 0) return OPEN
  // What is closed here makes room in all as well.
  const closeAnywhere = Math.max(0, closeInAll - closeHere)
  if (closeHere <= room.idleAtHost && closeHere + closeAnywhere <= room.idleInAll) {
    return { is: 'open', closeHere, closeAnywhere }
  }
  if (room.mayJoin) return JOIN
  return closeHere > room.idleAtHost ? WAIT_AT_HOST : WAIT_IN_ALL
}

/** How many must go before one more fits. */
function excess(count: number, limit: number): number {
  return limit === 0 ? 0 : Math.max(0, count + 1 - limit)
}
