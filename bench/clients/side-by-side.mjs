/**
 * Downloads over lanes side by side, and how fairly they shared one connection: told of batches that begin
 * together, one download per lane.
 */
import { performance } from 'node:perf_hooks'
import { overLanes } from './lanes.mjs'

/**
 * Runs `count` downloads; `download(lane, saw)` calls `saw(byteCount)` for every piece. Answers `{ bytes }` and,
 * when every lane had just one, `fairness`: when the first and the last were done, and by what factor the lane
 * that had most was ahead of the one that had least when the first was done.
 */
export async function downloadSideBySide(lanes, count, download) {
  const seen = Array.from({ length: lanes }, () => 0)
  const from = performance.now()
  let firstMs
  let lastMs = 0
  let spread = 1
  const bytes = await overLanes(lanes, count, async (lane) => {
    const before = seen[lane]
    await download(lane, (byteCount) => {
      seen[lane] += byteCount
    })
    lastMs = performance.now() - from
    if (firstMs === undefined) {
      firstMs = lastMs
      // A lane that has nothing yet counts as one byte: JSON knows no infinity.
      spread = Math.max(...seen) / Math.max(1, Math.min(...seen))
    }
    return seen[lane] - before
  })
  if (lanes === 1 || count !== lanes) return { bytes }
  return { bytes, fairness: { firstMs, lastMs, spread } }
}
