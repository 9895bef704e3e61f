/** undici: `request`, the body gathered and decoded at once, by hand. */
import { gunzipSync } from 'node:zlib'
import { overLanes } from './lanes.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin, connections, path }) {
  const pool = keptPool(origin, connections)
  const request = { path, method: 'GET', headers: { 'accept-encoding': 'gzip' } }
  return {
    run: (count) =>
      overLanes(connections, count, async () => {
        const { body } = await pool.request(request)
        return gunzipSync(await body.arrayBuffer()).length
      }),
    close: () => pool.close(),
  }
}
