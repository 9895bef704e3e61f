/**
 * Job (c): four subsystems of one program, each made in its own way, at work at the same time on one share.
 * They know nothing of each other.
 */
import PQueue from 'p-queue'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { Share } from '@trunkline/share'
import type { Job, Run } from './run.ts'

const CONNECTIONS = 6

export const subsystems: Job = {
  title: `four subsystems on one share with at most ${CONNECTIONS} connections`,
  async run({ urls }, run) {
    await using share = new Share({ maxTotalConnections: CONNECTIONS })
    if (share.events !== undefined) run.tally.watch(share.events)
    const all = [inTurn, allAtOnce, inSmallGroups, withOwnQueue]
    await Promise.all(
      all.map((work, index) =>
        work(
          urls.filter((_, at) => at % all.length === index),
          share,
          run,
        ),
      ),
    )
    if (run.tally.peak > CONNECTIONS) run.problems.push(`${run.tally.peak} connections were open at once`)
    return urls
  },
}

type Subsystem = (urls: readonly string[], share: Share, run: Run) => Promise<void>

/** One easy handle. */
const inTurn: Subsystem = async (urls, share, run) => {
  using easy = new Easy({ share })
  for (const url of urls) await run.fetch(url, (options) => easy.set(options).perform())
}

/** A multi that is given everything at once: what cannot run yet waits in the cache. */
const allAtOnce: Subsystem = async (urls, share, run) => {
  await using multi = new Multi({ share })
  await Promise.all(urls.map((url) => run.fetch(url, (options) => multi.add(new Easy(options)))))
}

/** A multi that admits a few transfers at a time: what cannot run yet waits outside. */
const inSmallGroups: Subsystem = async (urls, share, run) => {
  await using multi = new Multi({ share, maxTransfers: 3 })
  await Promise.all(urls.map((url) => run.fetch(url, (options) => multi.add(new Easy(options)))))
}

/** A job queue of its own, with an easy handle for each job. */
const withOwnQueue: Subsystem = async (urls, share, run) => {
  const queue = new PQueue({ concurrency: 2 })
  const jobs = urls.map((url) => async (): Promise<void> => {
    await run.fetch(url, async (options) => {
      using easy = new Easy({ ...options, share })
      return await easy.perform()
    })
  })
  await queue.addAll(jobs)
}
