/** Trunkline: large bodies as web streams. */
import { Easy } from '@trunkline/easy'
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide } from '../lanes.ts'

export function start({ origin, path }: Terms): Client {
  const easy = new Easy({ url: `${origin}${path}` })
  return {
    run: (count) =>
      downloadSideBySide(1, count, async (_lane, saw) => {
        const { body, finished } = await easy.stream()
        for await (const piece of body.web()) saw(piece.length)
        await finished
      }),
    close: () => easy.close(),
  }
}
