/** What the benchmarks conclude from their rounds: ratios in pairs, targets, the budget, and the page they write. */
import { describe, expect, it } from 'vitest'
import { CASES } from '../../../bench/cases/all.ts'
import { node, type Case } from '../../../bench/cases/case.ts'
import { parseOptions } from '../../../bench/options.ts'
import { budgeted, budgetOf, overBudget } from '../../../bench/report/budget.ts'
import { pageWith, pictureOf, type Machine } from '../../../bench/report/page.ts'
import { dearestFunctions } from '../../../bench/report/profile.ts'
import { spreadOf } from '../../../bench/report/statistics.ts'
import { summarize, type Summary } from '../../../bench/report/summary.ts'
import { caseText, targetsMarkdown } from '../../../bench/report/tables.ts'
import type { Measure } from '../../../bench/rounds/measure.ts'

const BODY = { path: '/', bytes: 1_000 }
const PLAN: Case = {
  name: 'plan',
  title: 'A plan',
  terms: { over: 'http', body: BODY, exchanges: 10, warmUp: 0 },
  columns: ['cpuUs', 'connections'],
  entrants: [
    node('ours', 'a', { point: { series: 'ours', x: 10 } }),
    node('theirs', 'b', { point: { series: 'ours', x: 1_000 } }),
    node('absent', 'c'),
  ],
  targets: [
    { figure: 'cpuUs', of: 'ours', against: 'theirs', atMost: 0.5 },
    { figure: 'bytesPerSecond', of: 'ours', against: 'theirs', atLeast: 2 },
    { figure: 'connections', of: 'ours', atMost: 1, inEveryRound: true },
    { figure: 'cpuUs', of: 'ours', against: 'absent', atMost: 1 },
  ],
  plot: { file: 'plan.svg', x: 'things', figure: 'cpuUs' },
}

describe('a summary', () => {
  it('takes the ratios of rounds in pairs, and judges their median', () => {
    // The machine was three times slower in the second round, for both alike.
    const { entrants, verdicts } = summary([100, 300, 120], [250, 750, 300])
    expect(entrants.map(({ name }) => name)).toEqual(['ours', 'theirs'])
    expect(entrants[1]?.cpuRatio).toEqual({ median: 0.4, least: 0.4, most: 0.4 })
    expect(verdicts[0]).toMatchObject({ isMet: true, value: { median: 0.4 } })
  })

  it('misses a target by the median only, unless it is for every round', () => {
    expect(summary([100, 200, 100], [250, 250, 250]).verdicts[0]?.isMet).toBe(true)
    expect(summary([200, 200, 100], [250, 250, 250]).verdicts[0]?.isMet).toBe(false)
    expect(summary([1], [1], [1, 2, 1]).verdicts.find(({ figure }) => figure === 'connections')?.isMet).toBe(
      false,
    )
    expect(summary([1], [1], [1]).verdicts.find(({ figure }) => figure === 'connections')?.isMet).toBe(true)
  })

  it('says nothing of targets against somebody who did not take part', () => {
    expect(summary([1], [1]).verdicts.map(({ against }) => against)).not.toContain('absent')
    expect(caseText(summary([1], [1]))).toContain('left out: absent: it is not here')
  })

  it('has no ratios when the one that the case is about is missing', () => {
    const { entrants } = summarize(
      PLAN,
      {
        rounds: new Map([['theirs', [{ ms: 1, userUs: 1, systemUs: 1, peakBytes: 1 }]]]),
        skipped: [{ name: 'ours', why: 'failed', isFailure: true }],
      },
      () => ({ exchanges: 10, bytes: BODY.bytes }),
    )
    expect(entrants).toHaveLength(1)
    expect(entrants[0]).not.toHaveProperty('cpuRatio')
  })

  it('prints the median of each figure', () => {
    expect(caseText(summary([100, 300, 120], [250, 750, 300]))).toMatch(/ours +12\.0 /)
    expect(targetsMarkdown([summary([100], [250])])).toContain('| plan |')
  })
})

describe('the budget', () => {
  const reached = summary([100], [200])

  it('is kept by what was measured when it was made', () => {
    const budget = budgetOf([reached], {})
    expect(budget['plan']).toMatchObject({ 'processor time, ours / theirs': 0.5 })
    expect(overBudget([reached], budget)).toEqual([])
    expect(budgeted([reached], budget)).toBe(2)
    expect(budgeted([reached], {})).toBe(0)
  })

  it('is broken by more than 15 % in the worse direction, and in no other', () => {
    const lower = { plan: { 'processor time, ours / theirs': 0.44 } }
    expect(overBudget([reached], lower)).toEqual([])
    expect(overBudget([reached], { plan: { 'processor time, ours / theirs': 0.43 } })).toEqual([
      'plan: processor time, ours / theirs: 0.500 instead of 0.43',
    ])
    expect(overBudget([reached], { plan: { 'processor time, ours / theirs': 5 } })).toEqual([])
    // A rate is the other way round.
    expect(overBudget([reached], { plan: { 'bytes per second, ours / theirs': 2.2 } })).toEqual([])
    expect(overBudget([reached], { plan: { 'bytes per second, ours / theirs': 2.4 } })).toHaveLength(1)
  })

  it('of clients that do different things knows only what targets compare', () => {
    const entrants = reached.entrants.map(({ point: _point, ...entrant }) => entrant)
    const alike = { ...reached, entrants, verdicts: [] }
    expect(budgetOf([alike], {})).toEqual({ plan: { 'processor time, ours / theirs': 0.5 } })
    expect(budgetOf([{ ...alike, isMixed: true }], {})).toEqual({ plan: {} })
  })

  it('keeps what was not measured this time', () => {
    expect(budgetOf([reached], { other: { x: 1 }, plan: { y: 2 } })).toMatchObject({
      other: { x: 1 },
      plan: { y: 2 },
    })
  })
})

describe('the page', () => {
  const machine: Machine = {
    date: '2026-01-02',
    processor: '2 x Some',
    busy: 0.02,
    isQuick: false,
    placement: 'anywhere',
    server: 'nginx',
    versions: { Node: 'v20' },
  }

  it('is written between its marks only, and as often as one likes', () => {
    const page =
      'before\n<!-- measured: npm run bench -- --docs writes from here -->\nold\n<!-- measured: to here -->\nafter\n'
    const once = pageWith(page, machine, [summary([100], [200])])
    expect(once).toMatch(/^before\n/)
    expect(once).toMatch(/\nafter\n$/)
    expect(once).toContain('2026-01-02')
    expect(once).not.toContain('old')
    expect(pageWith(once, machine, [summary([100], [200])])).toBe(once)
    expect(once).toContain('Measured on 2026-01-02: 2 x Some')
    expect(pageWith(page, { ...machine, busy: 0.8, isQuick: true }, [])).toContain(
      'Measured on 2026-01-02 in short rounds on a machine that was busy with other things (80 % of its time): 2 x Some',
    )
    expect(() => pageWith('no marks', machine, [])).toThrow('the page has no')
  })

  it('draws a line for each series with a point for each size', () => {
    const picture = pictureOf(PLAN, summary([100], [200])) ?? ''
    expect(picture.match(/<circle/g)).toHaveLength(2)
    expect(picture.match(/<polyline/g)).toHaveLength(1)
    expect(picture).not.toContain('NaN')
    expect(pictureOf({ ...PLAN, entrants: [] }, { ...summary([1], [1]), entrants: [] })).toBeUndefined()
  })
})

describe('cases', () => {
  it('have names of their own', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length)
  })

  it.each(CASES)('$name has targets that speak of those who take part', ({ entrants, targets, baseline }) => {
    const names = entrants.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    const spokenOf = [baseline, ...targets.flatMap(({ of, against }) => [of, against])]
    expect(names).toEqual(expect.arrayContaining(spokenOf.filter((name) => name !== undefined)))
  })

  it('are chosen by name, and nothing else is taken', () => {
    expect(parseOptions(['--case', 'h1-small', '--quick'])).toMatchObject({ cases: ['h1-small'], rounds: 3 })
    expect(parseOptions(['--case', 'h9'])).toBe('there is no case "h9"')
    expect(parseOptions(['--rounds', '0'])).toContain('whole number from 1 on')
    expect(parseOptions(['--server', 'apache'])).toContain('nginx or node')
    expect(parseOptions(['--docs', '--case', 'pool'])).toContain('the whole page')
    expect(typeof parseOptions(['--colour'])).toBe('string')
  })
})

describe('a profile', () => {
  it('is told by the time that functions take themselves, without idling', () => {
    const frame = (functionName: string, url = ''): object => ({ functionName, url, lineNumber: 4 })
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('dear', 'file:///x/packages/core/dist/a.js') },
        { id: 3, callFrame: frame('cheap') },
      ],
      samples: [1, 2, 3, 2],
      timeDeltas: [0, 500, 60, 20, 0],
    }
    expect(dearestFunctions(profile as Parameters<typeof dearestFunctions>[0], 10)).toEqual([
      '    6.00 us  75.0 %  dear  core/dist/a.js:5',
      '    2.00 us  25.0 %  cheap',
    ])
  })
})

it('median and range', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 })
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, least: 1, most: 4 })
})

/** Rounds of so many processor and elapsed microseconds, 10 exchanges each. */
function summary(
  ours: readonly number[],
  theirs: readonly number[],
  connections?: readonly number[],
): Summary {
  const measure = (us: number, round: number): Measure => ({
    ms: us,
    userUs: us,
    systemUs: 0,
    peakBytes: 1,
    ...(connections === undefined ? {} : { figures: { connections: connections[round] ?? 1 } }),
  })
  const count = Math.max(ours.length, connections?.length ?? 0)
  const rounds = (us: readonly number[]): readonly Measure[] =>
    Array.from({ length: count }, (_, round) => measure(us[round] ?? us[0]!, round))
  return summarize(
    PLAN,
    {
      rounds: new Map([
        ['ours', rounds(ours)],
        ['theirs', rounds(theirs)],
      ]),
      skipped: [{ name: 'absent', why: 'it is not here', isFailure: false }],
    },
    () => ({ exchanges: 10, bytes: BODY.bytes }),
  )
}
