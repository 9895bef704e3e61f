/** The report, as plain text: a table of figures, and what the verdicts and events told. */
import type { Job, Run } from './run.ts'
import type { Tally } from './tally.ts'

/** One job with its runs, in order. */
export interface Section {
  readonly job: Job
  readonly runs: readonly Run[]
}

const HEADINGS = ['', 'transfers', 'opened', 'streams', 'reused', 'handshakes saved', 'received', 'time']

export function figures(sections: readonly Section[]): string {
  const rows = sections.map(({ runs }) => runs.map(cells))
  const all = [HEADINGS, ...rows.flat()]
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
  return sections
    .flatMap((section, index) => ['', titleOf(section, index), ...(rows[index] ?? []).map(line)])
    .reduce((text, next) => `${text}\n${next}`, line(HEADINGS))
}

export function reasons(sections: readonly Section[]): string {
  return sections
    .flatMap((section, index) => [
      '',
      titleOf(section, index),
      ...section.runs.flatMap((run) => [
        `    ${run.name}`,
        ...told(run.tally).map((line) => `        ${line}`),
      ]),
    ])
    .slice(1)
    .join('\n')
}

function titleOf({ job }: Section, index: number): string {
  return `(${'abcd'[index]}) ${job.title}`
}

function cells(run: Run): string[] {
  const { tally } = run
  const saved = [
    ...(tally.savedTcp > 0 ? [`${number(tally.savedTcp)} TCP`] : []),
    ...(tally.savedTls > 0 ? [`${number(tally.savedTls)} TLS`] : []),
  ]
  return [
    `    ${run.name}`,
    number(tally.transfers),
    number(tally.opened),
    tally.streams === 0 ? 'none' : `${number(tally.streams)}, ${number(tally.peakStreams)} at once`,
    `${((100 * tally.reused) / Math.max(1, tally.transfers)).toFixed(1)}%`,
    saved.length > 0 ? saved.join(', ') : 'none',
    `${(tally.received / 1e6).toFixed(1)} MB`,
    run.wallMs < 10_000 ? `${number(Math.round(run.wallMs))} ms` : `${(run.wallMs / 1_000).toFixed(1)} s`,
  ]
}

function told(tally: Tally): string[] {
  const lines = [
    ['outcomes', tally.outcomes],
    ['waited for', tally.waits],
    ['passed over', tally.passedOver],
    ['closed', tally.closes],
  ] as const
  return [
    ...lines
      .filter(([, counts]) => counts.size > 0)
      .map(([name, counts]) => `${name.padEnd(12)} ${list(counts)}`),
    ...(tally.joined > 0 ? [`shared       ${number(tally.joined)} joined others on a connection`] : []),
    ...(tally.joining === '' ? [] : [`for example  ${tally.joining}`]),
    ...(tally.resumed > 0 ? [`resumed      ${number(tally.resumed)} TLS handshakes`] : []),
    ...(tally.retries > 0 ? [`retried      ${number(tally.retries)}, each on a new connection`] : []),
    ...(tally.failed > 0 ? [`failed       ${number(tally.failed)}`] : []),
  ]
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ')
}

export function number(value: number): string {
  return value.toLocaleString('en-US')
}
