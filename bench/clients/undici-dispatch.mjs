/** undici: `dispatch`, its lowest form: a handler with callbacks, the body only counted. */
import { overLanes } from './lanes.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin, connections }) {
  const pool = keptPool(origin, connections)
  return {
    run: (count) =>
      overLanes(
        connections,
        count,
        () => new Promise((resolve, reject) => void pool.dispatch(SMALL, new Counting(resolve, reject))),
      ),
    close: () => pool.close(),
  }
}

const SMALL = { path: '/small', method: 'GET' }

class Counting {
  #resolve
  #bytes = 0

  constructor(resolve, reject) {
    this.#resolve = resolve
    this.onResponseError = (_controller, error) => reject(error)
  }

  onRequestStart() {}

  onResponseStart() {}

  onResponseData(_controller, chunk) {
    this.#bytes += chunk.length
  }

  onResponseEnd() {
    this.#resolve(this.#bytes)
  }
}
