/** Every figure there is: how it comes from a measure, which way is better, and how it is written. */
import type { Measure, OwnFigure, Terms } from '../rounds/measure.ts'

export type FigureName =
  OwnFigure | 'perSecond' | 'bytesPerSecond' | 'ms' | 'cpuUs' | 'userUs' | 'systemUs' | 'cpuMs' | 'peakBytes'

export interface Figure {
  /** With the unit: the head of a column. */
  readonly title: string
  /** In a sentence, without the unit. */
  readonly words: string
  readonly better: 'lower' | 'higher'
  /** Undefined when the client did not tell. */
  value(measure: Measure, count: Count): number | undefined
  text(value: number): string
}

/** What a round was made of. */
export type Count = Pick<Terms, 'exchanges' | 'bytes'>

export const FIGURES: Readonly<Record<FigureName, Figure>> = {
  perSecond: {
    title: 'exchanges/s',
    words: 'exchanges per second',
    better: 'higher',
    value: ({ ms }, { exchanges }) => (exchanges * 1_000) / ms,
    text: (value) => value.toFixed(0),
  },
  bytesPerSecond: {
    title: 'MB/s',
    words: 'bytes per second',
    better: 'higher',
    value: ({ ms }, { exchanges, bytes }) => (exchanges * bytes * 1_000) / ms,
    text: (value) => (value / 1e6).toFixed(0),
  },
  ms: {
    title: 'ms each',
    words: 'elapsed time',
    better: 'lower',
    value: ({ ms }, { exchanges }) => ms / exchanges,
    text: (value) => value.toFixed(1),
  },
  cpuUs: {
    title: 'processor us each',
    words: 'processor time',
    better: 'lower',
    value: ({ userUs, systemUs }, { exchanges }) => (userUs + systemUs) / exchanges,
    text: (value) => value.toFixed(1),
  },
  cpuMs: {
    title: 'processor ms each',
    words: 'processor time',
    better: 'lower',
    value: ({ userUs, systemUs }, { exchanges }) => (userUs + systemUs) / exchanges / 1_000,
    text: (value) => value.toFixed(1),
  },
  userUs: {
    title: 'user',
    words: 'processor time in the program',
    better: 'lower',
    value: ({ userUs }, { exchanges }) => userUs / exchanges,
    text: (value) => value.toFixed(1),
  },
  systemUs: {
    title: 'system',
    words: 'processor time in the system',
    better: 'lower',
    value: ({ systemUs }, { exchanges }) => systemUs / exchanges,
    text: (value) => value.toFixed(1),
  },
  peakBytes: {
    title: 'peak MB',
    words: 'peak memory',
    better: 'lower',
    value: ({ peakBytes }) => peakBytes,
    text: (value) => (value / 2 ** 20).toFixed(0),
  },
  connections: own('connections', 'connections', 'connections opened', (value) => value.toFixed(0)),
  firstMs: own('firstMs', 'first done after ms', 'time to the first end', (value) => value.toFixed(0)),
  spread: own('spread', 'most by least bytes', 'most bytes by least when the first is done', (value) =>
    value.toFixed(2),
  ),
  heapBytesPerHandle: own('heapBytesPerHandle', 'heap bytes per handle', 'heap per waiting handle', whole),
  heapBytesPerWait: own('heapBytesPerWait', 'of it by waiting', 'heap by waiting', whole),
  residentBytesPerConnection: own(
    'residentBytesPerConnection',
    'resident bytes per connection',
    'resident memory per idle connection',
    whole,
  ),
  openUs: own('openUs', 'open us', 'processor time to open and use', tenths),
  pickUs: own('pickUs', 'pick us', 'processor time of a pick', thousandths),
  insertUs: own('insertUs', 'insert us', 'processor time of an insertion', thousandths),
  evictUs: own('evictUs', 'evict us', 'processor time of an insertion with an eviction', thousandths),
  expireUs: own('expireUs', 'expire us', 'processor time of an expiry', thousandths),
}

/** The figure in each round. Undefined when it is not told in all of them. */
export function valuesOf(
  name: FigureName,
  rounds: readonly Measure[],
  count: Count,
): readonly number[] | undefined {
  const values = rounds.map((measure) => FIGURES[name].value(measure, count))
  return values.some((value) => value === undefined) ? undefined : (values as number[])
}

function own(name: OwnFigure, title: string, words: string, text: (value: number) => string): Figure {
  return { title, words, better: 'lower', value: ({ figures }) => figures?.[name], text }
}

function whole(value: number): string {
  return value.toFixed(0)
}

function tenths(value: number): string {
  return value.toFixed(1)
}

function thousandths(value: number): string {
  return value.toFixed(3)
}
