/** undici: the large body of `request` as an async iterable. */
import { overLanes } from './lanes.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin }) {
  const pool = keptPool(origin, 1)
  return {
    run: (count) =>
      overLanes(1, count, async () => {
        let bytes = 0
        const { body } = await pool.request({ path: '/large', method: 'GET' })
        for await (const piece of body) bytes += piece.length
        return bytes
      }),
    close: () => pool.close(),
  }
}
