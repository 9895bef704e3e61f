/** undici: `size` requests begun at once on one pool, each with a path of its own. */
import { setImmediate as turn } from 'node:timers/promises'
import { heapBytes } from '../heap.ts'
import type { Client, Terms } from '../../rounds/measure.ts'
import { oneDispatcher } from './dispatcher.ts'

export function start(terms: Terms): Client {
  const { dispatcher } = oneDispatcher(terms)
  const { size, path } = terms
  const exchange = async (index: number): Promise<number> => {
    const { body } = await dispatcher.request({ path: `${path}?${index}`, method: 'GET' })
    return (await body.arrayBuffer()).byteLength
  }
  return {
    async run(count) {
      let bytes = 0
      for (let left = count; left > 0; left -= size) {
        const batch = Math.min(left, size)
        await new Promise<void>((resolve, reject) => {
          let open = batch
          const gather = (seen: number): void => {
            bytes += seen
            open -= 1
            if (open === 0) resolve()
          }
          for (let index = 0; index < batch; index += 1) exchange(index).then(gather, reject)
        })
      }
      return { bytes }
    },
    async examine() {
      const before = heapBytes()
      const ends: Promise<unknown>[] = []
      for (let index = 0; index < size; index += 1) ends.push(exchange(index))
      await turn()
      const added = heapBytes()
      const settled = Promise.allSettled(ends)
      await dispatcher.destroy()
      await settled
      return { heapBytesPerHandle: (added - before) / size }
    },
    close: () => undefined,
  }
}
