/** undici: large bodies through `stream`, into a writable that counts. */
import { Writable } from 'node:stream'
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide } from '../lanes.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  const request = { path: terms.path, method: 'GET' }
  return {
    run: (count) =>
      downloadSideBySide(1, count, (_lane, saw) =>
        dispatcher.stream(
          request,
          () =>
            new Writable({
              write(chunk: Buffer, _encoding, done) {
                saw(chunk.length)
                done()
              },
            }),
        ),
      ),
    close: () => dispatcher.destroy(),
  }
}
