/** How much memory is held, once everything that is not has been collected. */

/** Bytes of the heap and of what hangs on it outside. */
export function heapBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Bytes of the whole process in memory. */
export function residentBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}
