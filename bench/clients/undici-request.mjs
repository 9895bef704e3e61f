/** undici: `request`, its usual form, the body gathered. With one connection: one after the other. */
import { overLanes } from './lanes.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin, ca, connections }) {
  const pool = keptPool(origin, connections, ca)
  return {
    run: (count) =>
      overLanes(connections, count, async () => {
        const { body } = await pool.request({ path: '/small', method: 'GET' })
        return (await body.arrayBuffer()).byteLength
      }),
    close: () => pool.close(),
  }
}
