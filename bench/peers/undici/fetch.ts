/** undici's `fetch`, the body gathered. */
import { fetch } from 'undici'
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  const url = `${terms.origin}${terms.path}`
  return {
    run: (count) =>
      overLanes(laneCount(terms), count, async () => {
        const response = await fetch(url, { dispatcher })
        return (await response.arrayBuffer()).byteLength
      }),
    close: () => dispatcher.destroy(),
  }
}
