/** undici: the large body of `fetch`, which is a web stream. */
import { fetch } from 'undici'
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide } from '../lanes.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  const url = `${terms.origin}${terms.path}`
  return {
    run: (count) =>
      downloadSideBySide(1, count, async (_lane, saw) => {
        const { body } = await fetch(url, { dispatcher })
        for await (const piece of body) saw(piece.length)
      }),
    close: () => dispatcher.destroy(),
  }
}
