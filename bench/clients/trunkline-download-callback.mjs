/** Trunkline: the large body through a write function. */
import { Easy } from '@trunkline/easy'
import { overLanes } from './lanes.mjs'

export async function start({ origin, path }) {
  let bytes = 0
  const easy = new Easy({
    url: `${origin}${path}`,
    writeFunction(piece) {
      bytes += piece.length
    },
  })
  return {
    run: (count) =>
      overLanes(1, count, async () => {
        bytes = 0
        await easy.perform()
        return bytes
      }),
    close: () => easy.close(),
  }
}
