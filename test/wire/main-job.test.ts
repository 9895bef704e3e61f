/** The main job on its embedded site, with the origin in this process: that it checks what it says it checks. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runBurst, runJobs } from '../../examples/main-job/jobs.ts'
import { parseManifest } from '../../examples/main-job/manifest.ts'
import { startOrigin, type Origin } from '../../examples/main-job/origin.ts'
import type { Section } from '../../examples/main-job/report.ts'
import { figures, reasons } from '../../examples/main-job/report.ts'
import { embeddedBurst, embeddedWork, givenWork } from '../../examples/main-job/works.ts'

const PAGES = 40
let origin: Origin

beforeAll(async () => {
  origin = await startOrigin(PAGES)
})
afterAll(() => origin.close())

test('every page is found by its links and has the right body, over http and https, with reuse and without', async () => {
  const sections = await runJobs(embeddedWork(origin, PAGES))
  expect(problemsOf(sections)).toEqual([])
  const [script = [], crawl = [], shared = []] = sections.map(({ runs }) =>
    runs.map(({ name, hashed, tally }) => ({ name, hashed, opened: tally.opened, failed: tally.failed })),
  )
  const names = ['http, with reuse', 'http, without', 'https, with reuse', 'https, without']
  expect(script).toEqual(
    names.map((name, index) => ({ name, hashed: 20, opened: index % 2 === 0 ? 1 : 20, failed: 0 })),
  )
  for (const runs of [crawl, shared]) {
    expect(runs.map(({ name, hashed, failed }) => [name, hashed, failed])).toEqual(
      names.map((name) => [name, PAGES, 0]),
    )
    expect(runs.map(({ opened }, index) => (index % 2 === 0 ? opened <= 6 : opened === PAGES))).toEqual([
      true,
      true,
      true,
      true,
    ])
  }
})

test('the report has a line for each run, and closes with no reason left out', async () => {
  const sections = await runJobs(embeddedWork(origin, PAGES))
  const table = figures(sections).split('\n')
  expect(table.filter((line) => /^ {4}https?, /.test(line))).toHaveLength(12)
  expect(new Set(table.filter((line) => /^ {4}/.test(line)).map((line) => line.length)).size).toBe(1)
  expect(reasons(sections)).toContain('cache-closed')
})

test('five hundred transfers by a hundred handles are streams of one connection', async () => {
  const section = await runBurst(embeddedBurst(origin, PAGES))
  expect(problemsOf([section])).toEqual([])
  const told = section.runs.map(({ name, hashed, tally }) => ({
    name,
    hashed,
    opened: tally.opened,
    streams: tally.streams,
    peakStreams: tally.peakStreams,
    savedTls: tally.savedTls,
  }))
  expect(told).toEqual([
    { name: 'https, HTTP/2', hashed: 500, opened: 1, streams: 500, peakStreams: 100, savedTls: 499 },
    { name: 'https, HTTP/1.1, at most 6', hashed: 500, opened: 6, streams: 0, peakStreams: 0, savedTls: 494 },
    { ...told[2], name: 'https, HTTP/1.1, at most 100', hashed: 500, streams: 0, peakStreams: 0 },
  ])
  expect(told[2]!.opened).toBeLessThanOrEqual(100)

  // The first of the hundred opened it, the others waited for it.
  const [{ tally } = section.runs[0]!] = section.runs
  expect([...tally.waits]).toEqual(
    expect.arrayContaining([
      ['connecting', 1],
      ['shared-opening', 99],
    ]),
  )
  expect([...tally.outcomes]).toEqual(
    expect.arrayContaining([
      ['opened', 1],
      ['reused', 499],
    ]),
  )

  const [, row = ''] = figures([section]).split('\n(a)')
  expect(row).toMatch(/https, HTTP\/2 +500 +1 +500, 100 at once +99\.8% +499 TCP, 499 TLS /)
  expect(reasons([section])).toMatch(
    /for example +reused #0 \(request \d+ on it\); waited [\d.]+ m?s for the opening of another, to share it\n/,
  )
})

test('a burst that does not get along with one connection is a problem', async () => {
  const section = await runBurst(embeddedBurst({ ...origin, http2: origin.https }, PAGES))
  const [overHttp2, ...others] = section.runs
  expect(overHttp2!.problems).toEqual([
    expect.stringMatching(/^\d+ connections were opened for 500 transfers, 0 of them over HTTP\/2$/),
  ])
  expect(overHttp2!.hashed).toBe(500)
  expect(problemsOf([{ ...section, runs: others }])).toEqual([])
})

test('a body that is not the one of the manifest, a missing page and an unlisted one are problems', async () => {
  const [work] = embeddedWork(origin, PAGES)
  const manifest = parseManifest(`${'0'.repeat(64)}  ./page/1\n${'1'.repeat(64)}  nowhere\n`)
  const urls = ['page/1', 'page/2', 'nowhere'].map((path) => `${origin.http}${path}`)
  const sections = await runJobs([{ ...work!, urls, script: urls, maxPages: 0, pages: undefined, manifest }])
  expect(new Set(problemsOf(sections).map((problem) => problem.replace(/is [0-9a-f]{64}/, 'is X')))).toEqual(
    new Set([
      expect.stringMatching(/page\/1: SHA-256 is X, expected 0{64} \(\d+ bytes\)$/),
      expect.stringMatching(/page\/2: not in the manifest$/),
      expect.stringMatching(/nowhere: status 404$/),
    ]),
  )
})

test('given URLs are crawled from, and a certificate that nobody vouches for is a problem unless it is told not to be', async () => {
  const settings = { urls: [origin.https], isQuick: false, caFile: undefined, manifestFile: undefined }
  const trusting = await runJobs([givenWork({ ...settings, isInsecure: true })])
  expect(problemsOf(trusting)).toEqual([])
  expect(trusting[1]!.runs[0]!.tally.transfers).toBe(PAGES)

  const strict = await runJobs([givenWork({ ...settings, isInsecure: false })])
  expect(problemsOf(strict)[0]).toContain('PEER_FAILED_VERIFICATION')
})

function problemsOf(sections: readonly Section[]): string[] {
  return sections.flatMap(({ runs }) => runs.flatMap(({ problems }) => problems))
}
