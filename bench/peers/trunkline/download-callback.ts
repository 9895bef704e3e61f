/** Trunkline: large bodies through write functions. */
import { Easy } from '@trunkline/easy'
import type { Client, Terms } from '../../rounds/measure.ts'
import { downloadSideBySide, laneCount } from '../lanes.ts'
import { oneMulti } from './one-multi.ts'

export function start(terms: Terms): Client {
  const { multi, options, check } = oneMulti(terms)
  const handles = Array.from({ length: laneCount(terms) }, () => new Easy(options))
  return {
    run: (count) =>
      downloadSideBySide(handles.length, count, async (lane, saw) => {
        const easy = handles[lane]!
        easy.set({ writeFunction: (piece) => saw(piece.length) })
        check(await multi.add(easy))
      }),
    close: () => multi.close(),
  }
}
