/** Trunkline: large bodies over one HTTP/2 connection, through write functions. */
import { Easy } from '@trunkline/easy'
import { downloadSideBySide } from './side-by-side.mjs'
import { http2Multi } from './trunkline-http2.mjs'

export async function start(terms) {
  const { multi, options, check } = http2Multi(terms)
  const lanes = Array.from({ length: terms.streams }, () => {
    const lane = { saw: undefined, easy: undefined }
    lane.easy = new Easy({
      ...options,
      writeFunction(piece) {
        lane.saw(piece.length)
      },
    })
    return lane
  })
  return {
    run: (count) =>
      downloadSideBySide(terms.streams, count, async (number, saw) => {
        const lane = lanes[number]
        lane.saw = saw
        check(await multi.add(lane.easy))
      }),
    close: () => multi.close(),
  }
}
