/** Lanes: loops side by side, each beginning its next exchange when one is done. Every client in Node is driven by them. */
import { performance } from 'node:perf_hooks'
import type { Seen, Terms } from '../rounds/measure.ts'

/** How many exchanges run at once. `connections` of 0 are as many as the client likes. */
export function laneCount({ connections, streams }: Terms): number {
  return Math.max(1, connections) * streams
}

/** Whether bodies are counted piece by piece rather than gathered. */
export function isLarge({ bytes }: Terms): boolean {
  return bytes >= 1_000_000
}

/** Runs `count` exchanges over lanes; `exchange(lane)` answers how many bytes it saw. */
export async function overLanes(
  lanes: number,
  count: number,
  exchange: (lane: number) => Promise<number>,
): Promise<Seen> {
  let left = count
  let bytes = 0
  const lane = async (number: number): Promise<void> => {
    while (left > 0) {
      left -= 1
      const seen = await exchange(number)
      bytes += seen
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, (_, number) => lane(number)))
  return { bytes }
}

/**
 * Runs `count` downloads; `download(lane, saw)` calls `saw(byteCount)` for every piece. When every lane had just one,
 * tells how fairly they shared one connection: when the first was done, and by what factor the lane that had most was
 * ahead of the one that had least then.
 */
export async function downloadSideBySide(
  lanes: number,
  count: number,
  download: (lane: number, saw: (byteCount: number) => void) => Promise<unknown>,
): Promise<Seen> {
  const seen = Array.from({ length: lanes }, () => 0)
  const saws = seen.map((_, lane) => (byteCount: number) => {
    seen[lane]! += byteCount
  })
  const from = performance.now()
  let firstMs: number | undefined
  let spread = 1
  const { bytes } = await overLanes(lanes, count, async (lane) => {
    const before = seen[lane]!
    await download(lane, saws[lane]!)
    if (firstMs === undefined) {
      firstMs = performance.now() - from
      // A lane that has nothing yet counts as one byte: JSON knows no infinity.
      spread = Math.max(...seen) / Math.max(1, Math.min(...seen))
    }
    return seen[lane]! - before
  })
  if (lanes === 1 || count !== lanes) return { bytes }
  return { bytes, figures: { firstMs: firstMs ?? 0, spread } }
}
