/** undici: the large body through `dispatch`. */
import { overLanes } from './lanes.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin }) {
  const pool = keptPool(origin, 1)
  return {
    run: (count) => overLanes(1, count, () => download(pool)),
    close: () => pool.close(),
  }
}

function download(pool) {
  return new Promise((resolve, reject) => {
    let bytes = 0
    pool.dispatch(
      { path: '/large', method: 'GET' },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData(_controller, chunk) {
          bytes += chunk.length
        },
        onResponseEnd: () => resolve(bytes),
        onResponseError: (_controller, error) => reject(error),
      },
    )
  })
}
