/**
 * The main job: the engine at work, in figures. Three jobs on an embedded site (or on given URLs), each with
 * reuse and without, and on the embedded site a burst over HTTP/2; every response is checked. Exits with 0 only when everything was as it should be.
 */
import { parseCommandLine, USAGE, type Settings } from './command-line.ts'
import { runBurst, runJobs, warmUp } from './jobs.ts'
import { forkOrigin } from './origin-process.ts'
import { figures, number, reasons, type Section } from './report.ts'
import type { Work } from './run.ts'
import { embeddedBurst, embeddedWork, givenWork } from './works.ts'

const PAGES = 500
const QUICK_PAGES = 40
const PROBLEMS_SHOWN = 10

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let settings: Settings
  let given: Work | undefined
  try {
    settings = parseCommandLine(args)
    if (settings.urls.length > 0) given = givenWork(settings)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    return 2
  }
  return given === undefined
    ? await onEmbeddedSite(settings.isQuick ? QUICK_PAGES : PAGES)
    : await on([given], [])
}

async function onEmbeddedSite(pages: number): Promise<number> {
  const origin = await forkOrigin(pages)
  try {
    const places = `${origin.http}, ${origin.https} and, with HTTP/2, ${origin.http2}`
    console.log(`Embedded site of ${pages} pages in another process: ${places}\n`)
    return await on(embeddedWork(origin, pages), [embeddedBurst(origin, pages)])
  } finally {
    origin.close()
  }
}

async function on(works: readonly Work[], bursts: readonly Work[]): Promise<number> {
  await warmUp([...works, ...bursts])
  const sections = await runJobs(works)
  for (const work of bursts) sections.push(await runBurst(work))
  console.log(figures(sections))
  console.log(`\nWhy, as verdicts and events tell\n\n${reasons(sections)}\n`)
  return conclude(sections)
}

function conclude(sections: readonly Section[]): number {
  const runs = sections.flatMap((section) => section.runs)
  const sum = (of: (run: (typeof runs)[number]) => number): number =>
    runs.reduce((total, run) => total + of(run), 0)
  const transfers = number(sum((run) => run.tally.transfers))
  const hashed = number(sum((run) => run.hashed))
  const problems = runs.flatMap((run) => run.problems)
  if (problems.length === 0) {
    console.log(`${transfers} transfers, all complete; ${hashed} bodies checked by SHA-256, all right`)
    return 0
  }
  const different = [...new Set(problems)]
  for (const problem of different.slice(0, PROBLEMS_SHOWN)) console.error(problem)
  if (different.length > PROBLEMS_SHOWN) console.error(`... and ${different.length - PROBLEMS_SHOWN} more`)
  console.error(`FAILED: ${transfers} transfers, ${number(problems.length)} problems`)
  return 1
}
