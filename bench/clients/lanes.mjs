/** Runs `count` exchanges over `lanes` loops side by side, each beginning its next when one is done; answers the sum. */
export async function overLanes(lanes, count, exchange) {
  let left = count
  let bytes = 0
  const lane = async (number) => {
    while (left > 0) {
      left -= 1
      const seen = await exchange(number)
      bytes += seen
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)))
  return bytes
}
