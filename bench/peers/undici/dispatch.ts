/** undici: `dispatch`, its lowest form: a handler with callbacks, the body only counted. Small bodies and large ones. */
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide, isLarge, laneCount, overLanes } from '../lanes.ts'
import { countedDispatch } from './counting.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher, check } = oneDispatcher(terms)
  const lanes = laneCount(terms)
  return {
    async run(count) {
      const seen = isLarge(terms)
        ? await downloadSideBySide(lanes, count, (_lane, saw) => countedDispatch(dispatcher, terms.path, saw))
        : await overLanes(lanes, count, () => countedDispatch(dispatcher, terms.path))
      check()
      return seen
    },
    close: () => dispatcher.destroy(),
  }
}
