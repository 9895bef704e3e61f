/** Job (b): a crawl by a multi. Pages are parsed for links as they come; connections are few. */
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import { linksOf } from './links.ts'
import type { Job } from './run.ts'

const CONNECTIONS = 6

export const crawl: Job = {
  title: `a crawl: a multi with at most ${CONNECTIONS} connections`,
  async run({ urls, maxPages, pages }, run) {
    await using multi = new Multi({ maxTotalConnections: CONNECTIONS })
    run.tally.watch(multi.events)
    const seen = new Set(urls)
    const limit = Math.max(maxPages, seen.size)

    async function visit(url: string): Promise<void> {
      const html = await run.fetch(url, (options) => multi.add(new Easy(options)))
      const fresh: string[] = []
      for (const link of html === '' ? [] : linksOf(html, url)) {
        if (seen.has(link) || seen.size === limit) continue
        seen.add(link)
        fresh.push(link)
      }
      await Promise.all(fresh.map(visit))
    }

    await Promise.all([...seen].map(visit))
    if (pages !== undefined && seen.size !== pages) run.problems.push(`found ${seen.size} of ${pages} pages`)
    if (run.tally.peak > CONNECTIONS) run.problems.push(`${run.tally.peak} connections were open at once`)
    return [...seen]
  },
}
