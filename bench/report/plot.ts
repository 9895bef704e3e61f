/** A plot as SVG, drawn by hand: a logarithmic axis across, a linear one up from zero, one line for each series. Pure. */

export interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

export interface Drawing {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly series: readonly Series[]
}

const WIDTH = 720
const HEIGHT = 400
const LEFT = 70
const RIGHT = 180
const TOP = 50
const BOTTOM = 60
/** From one name to the next. */
const LINE = 16
/** Told apart by those who do not see red and green as well. */
const COLOURS = ['#0072b2', '#d55e00', '#666666', '#009e73', '#cc79a7']

export function drawPlot({ title, x, y, series }: Drawing): string {
  const points = series.flatMap((line) => line.points)
  const lowest = Math.log10(Math.min(...points.map((point) => point.x)))
  const highest = Math.log10(Math.max(...points.map((point) => point.x)))
  const step = niceStep(Math.max(...points.map((point) => point.y)))
  const top = Math.ceil(Math.max(...points.map((point) => point.y)) / step) * step
  const across = (value: number): number =>
    round(LEFT + ((Math.log10(value) - lowest) / (highest - lowest || 1)) * (WIDTH - LEFT - RIGHT))
  const up = (value: number): number => round(HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM))
  const rungs = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step)
  const ticks = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 26, title, 'font-size="15" font-weight="bold"'),
    ...rungs.flatMap((value) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(value)}" y2="${up(value)}" stroke="#ddd"/>`,
      text(LEFT - 8, up(value) + 4, String(round(value)), 'text-anchor="end"'),
    ]),
    ...ticks.flatMap((value) => [
      `<line x1="${across(value)}" x2="${across(value)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 5}" stroke="#333"/>`,
      text(across(value), HEIGHT - BOTTOM + 20, value.toLocaleString('en-US'), 'text-anchor="middle"'),
    ]),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x, 'text-anchor="middle"'),
    text(0, 0, y, `text-anchor="middle" transform="translate(18 ${HEIGHT / 2}) rotate(-90)"`),
    ...series.flatMap((line, index) => drawSeries(line, COLOURS[index % COLOURS.length]!, across, up)),
    ...drawNames(series, across, up),
    '</svg>',
    '',
  ].join('\n')
}

function drawSeries(
  { points }: Series,
  colour: string,
  across: (value: number) => number,
  up: (value: number) => number,
): readonly string[] {
  const sorted = [...points].sort((a, b) => a.x - b.x)
  const path = sorted.map((point) => `${across(point.x)},${up(point.y)}`).join(' ')
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...sorted.map(
      (point) => `<circle cx="${across(point.x)}" cy="${up(point.y)}" r="3.5" fill="${colour}"/>`,
    ),
  ]
}

/** Each beside the last point of its line, the lower of two that would touch a little further down. */
function drawNames(
  series: readonly Series[],
  across: (value: number) => number,
  up: (value: number) => number,
): readonly string[] {
  const names = series.flatMap(({ name, points }, index) => {
    const last = lastOf(points)
    return last === undefined ? [] : [{ name, index, x: across(last.x) + 10, y: up(last.y) + 4 }]
  })
  let lowest = -LINE
  return names
    .sort((a, b) => a.y - b.y)
    .map(({ name, index, x, y }) => {
      lowest = Math.max(y, lowest + LINE)
      return text(x, lowest, name, `fill="${COLOURS[index % COLOURS.length]}"`)
    })
}

function lastOf(points: Series['points']): Series['points'][number] | undefined {
  return [...points].sort((a, b) => a.x - b.x).at(-1)
}

function text(x: number, y: number, words: string, attributes: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}

/** 1, 2 or 5 times a power of ten, so that there are about five rungs. */
function niceStep(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 5 || 1))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => most / step <= 6) ?? 10 * power
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
