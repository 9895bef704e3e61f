/** Who takes messages need not look at promises: a failure that nobody catches does not end the process. */
import { expect, test } from 'vitest'
import { simulate } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'

test('a transfer that fails, and that nobody waits for, is no unhandled rejection', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    await simulate(1, async ({ environment }) => {
      await using multi = new Multi({ environment })
      void multi.add(new Easy({ environment, url: 'http://nowhere.test/' }))
      void multi.add(new Easy({ environment, url: 'nonsense://a.test/' }))
      await multi.idle()
    })
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('unhandledRejection', note)
  }
  expect(unhandled).toEqual([])
})
