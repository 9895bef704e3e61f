/** undici: the large body through `dispatch`. */
import { overLanes } from './lanes.mjs'
import { countedDispatch } from './undici-counting.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin }) {
  const pool = keptPool(origin, 1)
  return {
    run: (count) => overLanes(1, count, () => countedDispatch(pool, '/large')),
    close: () => pool.close(),
  }
}
