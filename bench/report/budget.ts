/**
 * The ratios that were reached, by case, and whether they are kept: what is worse by more than 15 % fails. Only ratios
 * within one run, and sizes, which no machine makes larger; never times, which say more of the machine than of us. Pure.
 */
import { FIGURES, type FigureName } from './figures.ts'
import type { Summary } from './summary.ts'

/** The middle value of each comparison, by case and by what is compared. */
export type Budget = Readonly<Record<string, Readonly<Record<string, number>>>>

/** By how much a ratio may be worse. */
const TOLERANCE = 1.15

interface Comparison {
  readonly key: string
  readonly figure: FigureName
  readonly value: number
}

/** The budget that this run would keep: what it measured, and for the rest what there was. */
export function budgetOf(summaries: readonly Summary[], before: Budget): Budget {
  const cases = Object.fromEntries(
    summaries.map((summary) => [
      summary.name,
      {
        ...before[summary.name],
        ...Object.fromEntries(
          comparisons(summary).map(({ key, value }) => [key, Number(value.toPrecision(3))]),
        ),
      },
    ]),
  )
  return { ...before, ...cases }
}

/** How many comparisons of this run the budget knows. */
export function budgeted(summaries: readonly Summary[], budget: Budget): number {
  return summaries
    .map(
      (summary) => comparisons(summary).filter(({ key }) => budget[summary.name]?.[key] !== undefined).length,
    )
    .reduce((sum, count) => sum + count, 0)
}

/** One line for each comparison that is worse than the budget allows. */
export function overBudget(summaries: readonly Summary[], budget: Budget): readonly string[] {
  return summaries.flatMap((summary) =>
    comparisons(summary).flatMap(({ key, figure, value }) => {
      const allowed = budget[summary.name]?.[key]
      if (allowed === undefined) return []
      const isWorse =
        FIGURES[figure].better === 'lower' ? value > allowed * TOLERANCE : value < allowed / TOLERANCE
      return isWorse ? [`${summary.name}: ${key}: ${value.toPrecision(3)} instead of ${allowed}`] : []
    }),
  )
}

/** The processor time of the first by each other's, and whatever has a target. */
function comparisons(summary: Summary): readonly Comparison[] {
  const { subject, entrants, verdicts, baseline, isMixed = false } = summary
  const ratios = entrants.flatMap(({ name, cpuRatio, point }): readonly Comparison[] => {
    // Where a client is compared with itself, or with what does something else, targets say what counts.
    const isOther = isMixed || baseline !== undefined || point !== undefined
    if (cpuRatio === undefined || name === subject || isOther) return []
    return [{ key: keyOf('cpuUs', subject, name), figure: 'cpuUs', value: cpuRatio.median }]
  })
  const judged = verdicts.map(({ figure, of, against, value }): Comparison => ({
    key: keyOf(figure, of, against),
    figure,
    value: value.median,
  }))
  return [...ratios, ...judged]
}

function keyOf(figure: FigureName, of: string, against: string | undefined): string {
  return against === undefined
    ? `${FIGURES[figure].words}, ${of}`
    : `${FIGURES[figure].words}, ${of} / ${against}`
}
