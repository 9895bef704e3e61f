/** Summaries as text: the same rows in columns for the terminal and as tables of Markdown for docs/performance.md. Pure. */
import { FIGURES } from './figures.ts'
import type { Spread } from './statistics.ts'
import type { EntrantSummary, Summary, Verdict } from './summary.ts'

/** A case for the terminal. */
export function caseText(summary: Summary): string {
  const { subject } = summary
  const isEmpty = summary.entrants.length === 0
  return [
    `${summary.name}: ${summary.title}`,
    isEmpty
      ? '(nobody could take part)'
      : `(${summary.rounds} rounds; a ratio is "${subject}" divided by the client, below 1: the first takes less)`,
    ...(isEmpty ? [] : columns(rowsOf(summary))),
    ...summary.skipped.map(({ name, why }) => `left out: ${name}: ${why}`),
    ...(summary.verdicts.length === 0 ? [] : ['', ...summary.verdicts.map(verdictLine)]),
    '',
  ].join('\n')
}

/** A case for a page. */
export function caseMarkdown(summary: Summary): string {
  return [
    `### ${summary.name}`,
    '',
    `${summary.title}; ${summary.rounds} rounds.`,
    '',
    ...markdownTable(rowsOf(summary)),
    ...summary.skipped.flatMap(({ name, why }) => ['', `Left out: ${name} (${why}).`]),
  ].join('\n')
}

/** All targets of all cases for a page. */
export function targetsMarkdown(summaries: readonly Summary[]): string {
  const rows = summaries.flatMap(({ name, verdicts }) =>
    verdicts.map((verdict) => [
      name,
      aboutText(verdict),
      boundText(verdict),
      valueText(verdict),
      metText(verdict),
    ]),
  )
  return markdownTable([['case', 'figure', 'target', 'measured', ''], ...rows]).join('\n')
}

export function verdictLine(verdict: Verdict): string {
  return `target: ${aboutText(verdict)}: ${boundText(verdict)}: ${valueText(verdict)}, ${metText(verdict)}`
}

function rowsOf({ entrants, columns: names, baseline, subject }: Summary): readonly (readonly string[])[] {
  const head = [
    'client',
    ...names.map((name) => FIGURES[name].title),
    ...(baseline === undefined ? [] : [`us beyond ${baseline}`]),
    'processor ratio',
    'elapsed ratio',
  ]
  const rows = entrants.map((entrant) => [
    entrant.name,
    ...names.map((name) => figureText(entrant, name)),
    ...(baseline === undefined ? [] : [rangeText(entrant.beyondUs, 1)]),
    entrant.name === subject ? '1' : rangeText(entrant.cpuRatio),
    entrant.name === subject ? '1' : rangeText(entrant.timeRatio),
  ])
  return [head, ...rows]
}

function figureText({ figures }: EntrantSummary, name: keyof typeof FIGURES): string {
  const value = figures[name]
  return value === undefined ? '' : FIGURES[name].text(value.median)
}

function aboutText({ figure, of, against }: Verdict): string {
  return against === undefined
    ? `${FIGURES[figure].words}, ${of}`
    : `${FIGURES[figure].words}, ${of} / ${against}`
}

function boundText({ figure, against, atMost, atLeast }: Verdict): string {
  const text = (value: number): string =>
    against === undefined ? FIGURES[figure].text(value) : value.toFixed(2)
  return atMost === undefined ? `at least ${text(atLeast ?? 0)}` : `at most ${text(atMost)}`
}

function valueText({ figure, against, value }: Verdict): string {
  if (against !== undefined) return rangeText(value)
  const { text } = FIGURES[figure]
  return `${text(value.median)} (${text(value.least)} to ${text(value.most)})`
}

function metText({ isMet }: Verdict): string {
  return isMet ? 'met' : '**missed**'
}

function rangeText(spread: Spread | undefined, digits = 2): string {
  if (spread === undefined) return ''
  const { median, least, most } = spread
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = widthsOf(rows)
  return rows.map((row) => row.map((cell, column) => padded(cell, column, widths)).join('  '))
}

/** As prettier writes it: the first column to the left, the others to the right. */
function markdownTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = widthsOf(rows).map((width) => Math.max(3, width))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => padded(cell, column, widths)).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const [head, ...rest] = rows
  return head === undefined ? [] : [line(head), `| ${rule.join(' | ')} |`, ...rest.map(line)]
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  return column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
}
