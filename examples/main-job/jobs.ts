/** The three jobs, each with reuse and without, on everything there is to work on. */
import { crawl } from './crawl.ts'
import { easyScript } from './easy-script.ts'
import type { Section } from './report.ts'
import { Run, type Job, type Work } from './run.ts'
import { subsystems } from './subsystems.ts'

/** Whatever runs first pays for compiling the engine; so something runs first that is not shown. */
export async function warmUp(works: readonly Work[]): Promise<void> {
  for (const work of works)
    for (const isReusing of [true, false]) await new Run(work, isReusing).do(easyScript)
}

/** Runs all, one after another: they are timed. */
export async function runJobs(works: readonly Work[]): Promise<Section[]> {
  const runs = new Map<Job, Run[]>([easyScript, crawl, subsystems].map((job) => [job, []]))
  for (const work of works) {
    let { urls } = work
    for (const [job, done] of runs) {
      const run = new Run({ ...work, urls }, true)
      const plain = new Run({ ...work, urls }, false)
      const fetched = await run.do(job)
      await plain.do(job)
      done.push(run, plain)
      // What the crawl has found is what the subsystems share.
      if (job === crawl) urls = fetched
    }
  }
  return [...runs].map(([job, done]) => ({ job, runs: done }))
}
