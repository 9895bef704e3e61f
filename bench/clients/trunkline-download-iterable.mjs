/** Trunkline: the large body through the async iterable. */
import { Easy } from '@trunkline/easy'
import { overLanes } from './lanes.mjs'

export async function start({ origin }) {
  const easy = new Easy({ url: `${origin}/large` })
  return {
    run: (count) =>
      overLanes(1, count, async () => {
        let bytes = 0
        const { body, finished } = await easy.stream()
        for await (const piece of body) bytes += piece.length
        await finished
        return bytes
      }),
    close: () => easy.close(),
  }
}
