/** undici: the large body through `stream`, into a writable that counts. */
import { Writable } from 'node:stream'
import { overLanes } from './lanes.mjs'
import { keptPool } from './undici-pool.mjs'

export async function start({ origin }) {
  const pool = keptPool(origin, 1)
  return {
    run: (count) =>
      overLanes(1, count, async () => {
        let bytes = 0
        await pool.stream(
          { path: '/large', method: 'GET' },
          () =>
            new Writable({
              write(chunk, _encoding, done) {
                bytes += chunk.length
                done()
              },
            }),
        )
        return bytes
      }),
    close: () => pool.close(),
  }
}
