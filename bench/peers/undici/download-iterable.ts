/** undici: the large body of `request` as an async iterable. */
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide } from '../lanes.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  return {
    run: (count) =>
      downloadSideBySide(1, count, async (_lane, saw) => {
        const { body } = await dispatcher.request({ path: terms.path, method: 'GET' })
        for await (const piece of body as AsyncIterable<Buffer>) saw(piece.length)
      }),
    close: () => dispatcher.destroy(),
  }
}
