/** What the rounds of a case say: figures with their ranges, ratios to the first, targets met or missed. Pure. */
import type { Case, Target } from '../cases/case.ts'
import type { Measure } from '../rounds/measure.ts'
import type { Ran, Skipped } from '../rounds/run-case.ts'
import { FIGURES, valuesOf, type Count, type FigureName } from './figures.ts'
import { median, ratios, spreadOf, type Spread } from './statistics.ts'

/** One case, ready for JSON. */
export interface Summary {
  readonly name: string
  readonly title: string
  readonly rounds: number
  /** The client whose figures are divided by the others'. */
  readonly subject: string
  readonly columns: readonly FigureName[]
  readonly baseline?: string
  readonly isMixed?: boolean
  readonly entrants: readonly EntrantSummary[]
  readonly skipped: readonly Skipped[]
  readonly verdicts: readonly Verdict[]
}

export interface EntrantSummary {
  readonly name: string
  readonly exchanges: number
  readonly figures: Readonly<Partial<Record<FigureName, Spread>>>
  /** Processor and elapsed time of an exchange of the first by this one's, in the same round; undefined without the first. */
  readonly cpuRatio?: Spread
  readonly timeRatio?: Spread
  /** Processor microseconds of an exchange beyond the baseline's. */
  readonly beyondUs?: Spread
  readonly point?: { readonly series: string; readonly x: number }
}

/** What a target says, and what became of it. */
export interface Verdict extends Target {
  readonly value: Spread
  readonly isMet: boolean
}

/** `countOf`: what a round of an entrant was made of. */
export function summarize(plan: Case, { rounds, skipped }: Ran, countOf: (name: string) => Count): Summary {
  const figure = (name: FigureName, of: string): readonly number[] | undefined => {
    const measures = rounds.get(of)
    return measures === undefined ? undefined : valuesOf(name, measures, countOf(of))
  }
  const present = plan.entrants.filter(({ name }) => rounds.has(name))
  // Not the first that is present: a ratio to somebody else would mean something else.
  const subject = plan.entrants[0]?.name ?? ''
  const ratioOf = (name: FigureName, of: string): Spread | undefined => {
    const values = figure(name, subject)
    const others = figure(name, of)
    return values === undefined || others === undefined ? undefined : spreadOf(ratios(values, others))
  }
  const entrants = present.map(({ name, point }): EntrantSummary => {
    const beyond =
      plan.baseline === undefined
        ? undefined
        : differences(figure('cpuUs', name), figure('cpuUs', plan.baseline))
    const cpuRatio = ratioOf('cpuUs', name)
    const timeRatio = ratioOf('ms', name)
    return {
      name,
      exchanges: countOf(name).exchanges,
      figures: figuresOf(rounds.get(name)!, countOf(name)),
      ...(cpuRatio === undefined ? {} : { cpuRatio }),
      ...(timeRatio === undefined ? {} : { timeRatio }),
      ...(beyond === undefined ? {} : { beyondUs: beyond }),
      ...(point === undefined ? {} : { point }),
    }
  })
  return {
    name: plan.name,
    title: plan.title,
    rounds: rounds.get(present[0]?.name ?? '')?.length ?? 0,
    subject,
    columns: plan.columns,
    ...(plan.baseline === undefined ? {} : { baseline: plan.baseline }),
    ...(plan.isMixed === true ? { isMixed: true } : {}),
    entrants,
    skipped,
    verdicts: plan.targets.flatMap((target) => {
      const values = figure(target.figure, target.of)
      if (target.against === undefined) return values === undefined ? [] : [judge(target, values)]
      const others = figure(target.figure, target.against)
      return values === undefined || others === undefined ? [] : [judge(target, ratios(values, others))]
    }),
  }
}

function judge(target: Target, values: readonly number[]): Verdict {
  const { atMost = Infinity, atLeast = -Infinity, inEveryRound = false } = target
  const judged = inEveryRound ? values : [median(values)]
  return {
    ...target,
    value: spreadOf(values),
    isMet: judged.every((value) => value <= atMost && value >= atLeast),
  }
}

function figuresOf(measures: readonly Measure[], count: Count): EntrantSummary['figures'] {
  const figures: Partial<Record<FigureName, Spread>> = {}
  for (const name of Object.keys(FIGURES) as FigureName[]) {
    const values = valuesOf(name, measures, count)
    if (values !== undefined) figures[name] = spreadOf(values)
  }
  return figures
}

function differences(
  values: readonly number[] | undefined,
  others: readonly number[] | undefined,
): Spread | undefined {
  if (values === undefined || others === undefined) return undefined
  return spreadOf(values.map((value, round) => value - others[round]!))
}
