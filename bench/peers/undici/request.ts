/** undici: `request`, its usual form, the body gathered. */
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher, opened, check } = oneDispatcher(terms)
  const request = { path: terms.path, method: 'GET' }
  return {
    async run(count) {
      const seen = await overLanes(laneCount(terms), count, async () => {
        const { body } = await dispatcher.request(request)
        return (await body.arrayBuffer()).byteLength
      })
      check()
      return { ...seen, figures: { connections: opened() } }
    },
    close: () => dispatcher.destroy(),
  }
}
