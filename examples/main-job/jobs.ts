/** The jobs: three with reuse and without, on everything there is to work on; one over HTTP/2 and without. */
import { burst, BURST_MANNERS } from './burst.ts'
import { crawl } from './crawl.ts'
import { easyScript } from './easy-script.ts'
import { WITH_REUSE, WITHOUT } from './manners.ts'
import type { Section } from './report.ts'
import { Run, type Job, type Work } from './run.ts'
import { subsystems } from './subsystems.ts'

/** Whatever runs first pays for compiling the engine; so something runs first that is not shown. */
export async function warmUp(works: readonly Work[]): Promise<void> {
  for (const work of works)
    for (const manner of [WITH_REUSE, WITHOUT]) await new Run(work, manner).do(easyScript)
}

/** Runs the three, one after another: they are timed. */
export async function runJobs(works: readonly Work[]): Promise<Section[]> {
  const runs = new Map<Job, Run[]>([easyScript, crawl, subsystems].map((job) => [job, []]))
  for (const work of works) {
    let { urls } = work
    for (const [job, done] of runs) {
      const run = new Run({ ...work, urls }, WITH_REUSE)
      const plain = new Run({ ...work, urls }, WITHOUT)
      const fetched = await run.do(job)
      await plain.do(job)
      done.push(run, plain)
      // What the crawl has found is what the subsystems share.
      if (job === crawl) urls = fetched
    }
  }
  return [...runs].map(([job, done]) => ({ job, runs: done }))
}

/** Runs the burst in all its manners, one after another. */
export async function runBurst(work: Work): Promise<Section> {
  const runs = BURST_MANNERS.map((manner) => new Run(work, manner))
  for (const run of runs) await run.do(burst)
  return { job: burst, runs }
}
