/** Trunkline: `size` new handles added to one multi at once, each with a URL of its own, as by someone with a list of URLs. */
import { setImmediate as turn } from 'node:timers/promises'
import type { TransferResult } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { heapBytes } from '../heap.ts'
import type { Client, Terms } from '../../rounds/measure.ts'
import { oneMulti } from './one-multi.ts'

export function start(terms: Terms): Client {
  const { multi, options } = oneMulti(terms)
  const { size } = terms
  const make = (index: number): Easy => new Easy({ ...options, url: `${String(options.url)}?${index}` })
  return {
    async run(count) {
      let bytes = 0
      const gather = (result: TransferResult): void => {
        bytes += result.body.length
      }
      for (let left = count; left > 0; left -= size) {
        const batch = Math.min(left, size)
        for (let index = 0; index < batch; index += 1) void multi.add(make(index)).then(gather)
        await multi.idle()
      }
      return { bytes }
    },
    async examine() {
      const before = heapBytes()
      const handles = Array.from({ length: size }, (_, index) => make(index))
      const made = heapBytes()
      const ends: Promise<unknown>[] = []
      for (const easy of handles) ends.push(multi.add(easy))
      await turn()
      const added = heapBytes()
      const settled = Promise.allSettled(ends)
      await multi.close()
      await settled
      return {
        heapBytesPerHandle: (added - before) / size,
        heapBytesPerWait: (added - made) / size,
      }
    },
    close: () => multi.close(),
  }
}
