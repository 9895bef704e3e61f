/** undici: `request`, the body gathered and decoded at once, by hand. */
import { gunzipSync } from 'node:zlib'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  const request = { path: terms.path, method: 'GET', headers: { 'accept-encoding': 'gzip' } }
  return {
    run: (count) =>
      overLanes(laneCount(terms), count, async () => {
        const { body } = await dispatcher.request(request)
        return gunzipSync(await body.arrayBuffer()).length
      }),
    close: () => dispatcher.destroy(),
  }
}
