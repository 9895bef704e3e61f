/** Job (a): one easy handle, one request after another. */
import { Easy } from '@trunkline/easy'
import type { Job } from './run.ts'

const REQUESTS = 20

export const easyScript: Job = {
  title: `a script: one easy handle, ${REQUESTS} requests in turn`,
  async run({ script }, run) {
    const list = Array.from({ length: REQUESTS }, (_, index) => script[index % script.length] ?? '')
    await using easy = new Easy()
    run.tally.watch(easy.events)
    for (const url of list) await run.fetch(url, (options) => easy.set(options).perform())
    return list
  },
}
