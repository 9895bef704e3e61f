/** The fetch that Node has built in. It opens as many connections as there are lanes, and decodes by itself. */
import type { Client, Terms } from '../../rounds/measure.ts'
import { laneCount, overLanes } from '../lanes.ts'

export function start(terms: Terms): Client {
  const url = `${terms.origin}${terms.path}`
  return {
    run: (count) =>
      overLanes(laneCount(terms), count, async () => {
        const response = await fetch(url)
        return (await response.arrayBuffer()).byteLength
      }),
    close: () => undefined,
  }
}
