/**
 * docs/performance.md: the part between two marks is what a run measured, the rest is written by hand. Pure, but for the
 * writing of the page and its pictures at the end.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Case } from '../cases/case.ts'
import { FIGURES } from './figures.ts'
import { drawPlot, type Series } from './plot.ts'
import type { Summary } from './summary.ts'
import { caseMarkdown, targetsMarkdown } from './tables.ts'

/** Where and with what a run was made. */
export interface Machine {
  readonly date: string
  readonly processor: string
  /** The share of processor time that others took before it began, from 0 to 1. */
  readonly busy: number
  /** Rounds were short. */
  readonly isQuick: boolean
  readonly placement: string
  readonly server: string
  readonly versions: Readonly<Record<string, string>>
}

/** More than this disturbs. */
const BUSY = 0.1

const BEGIN = '<!-- measured: npm run bench -- --docs writes from here -->'
const END = '<!-- measured: to here -->'

/** `page` with what was measured in place of what was there. */
export function pageWith(page: string, machine: Machine, summaries: readonly Summary[]): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" and "${END}"`)
  const measured = [
    BEGIN,
    '',
    `${machineText(machine)}`,
    '',
    '### Targets',
    '',
    targetsMarkdown(summaries),
    '',
    summaries.map(caseMarkdown).join('\n\n'),
    '',
  ].join('\n')
  return `${page.slice(0, begin)}${measured}\n${page.slice(end)}`
}

export function machineText(machine: Machine): string {
  const { date, processor, placement, server, versions } = machine
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const how = [
    ...(machine.isQuick ? ['in short rounds'] : []),
    ...(machine.busy > BUSY
      ? [`on a machine that was busy with other things (${Math.round(machine.busy * 100)} % of its time)`]
      : []),
  ]
  return [
    `Measured on ${date}${how.map((words) => ` ${words}`).join('')}:`,
    `${processor}; ${placement}; server: ${server}; ${names.join(', ')}.`,
  ].join(' ')
}

/** The picture of a case; undefined when it has none, or too little to show. */
export function pictureOf({ plot }: Case, { entrants }: Summary): string | undefined {
  if (plot === undefined) return undefined
  const series = new Map<string, { x: number; y: number }[]>()
  for (const { point, figures } of entrants) {
    const value = figures[plot.figure]
    if (point === undefined || value === undefined) continue
    const points = series.get(point.series) ?? []
    series.set(point.series, [...points, { x: point.x, y: value.median }])
  }
  const lines = [...series].map(([name, points]): Series => ({ name, points }))
  if (lines.every(({ points }) => points.length < 2)) return undefined
  return drawPlot({
    title: `Processor time per transfer by ${plot.x}`,
    x: plot.x,
    y: FIGURES[plot.figure].title,
    series: lines,
  })
}

/** Writes the page and the pictures into docs/. */
export function writeDocs(
  docs: string,
  machine: Machine,
  ran: readonly { readonly plan: Case; readonly summary: Summary }[],
): void {
  for (const { plan, summary } of ran) {
    const picture = pictureOf(plan, summary)
    if (plan.plot !== undefined && picture !== undefined) writeFileSync(`${docs}${plan.plot.file}`, picture)
  }
  const file = `${docs}performance.md`
  const page = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    pageWith(
      page,
      machine,
      ran.map(({ summary }) => summary),
    ),
  )
}
