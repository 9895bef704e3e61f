/** undici: a large body sent piece by piece, or whole where it is said to be. */
import type { Client, Terms } from '../../rounds/measure.ts'
import { overLanes } from '../lanes.ts'
import { pieces } from '../upload-pieces.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  const { path, bytes, options } = terms
  const whole = options['isWhole'] === true ? Buffer.alloc(bytes) : undefined
  return {
    run: (count) =>
      overLanes(1, count, async () => {
        const { body } = await dispatcher.request({
          path,
          method: 'PUT',
          headers: { 'content-length': String(bytes) },
          body: whole ?? pieces(bytes),
        })
        return Number(await body.text())
      }),
    close: () => dispatcher.destroy(),
  }
}
