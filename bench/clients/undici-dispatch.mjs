/** undici: `dispatch`, its lowest form: a handler with callbacks, the body only counted. */
import { overLanes } from './lanes.mjs'
import { countedDispatch } from './undici-counting.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin, ca, connections }) {
  const pool = keptPool(origin, connections, ca)
  return {
    run: (count) => overLanes(connections, count, () => countedDispatch(pool, '/small')),
    close: () => pool.close(),
  }
}
