/** Trunkline: one multi, one HTTP/2 connection, a handle per stream, added again as soon as it is done. */
import { Easy } from '@trunkline/easy'
import { overLanes } from './lanes.mjs'
import { http2Multi } from './trunkline-http2.mjs'

export async function start(terms) {
  const { multi, options, check } = http2Multi(terms)
  const handles = Array.from({ length: terms.streams }, () => new Easy(options))
  return {
    async run(count) {
      let last
      const bytes = await overLanes(terms.streams, count, async (lane) => {
        last = await multi.add(handles[lane])
        return last.body.length
      })
      check(last)
      return bytes
    },
    close: () => multi.close(),
  }
}
