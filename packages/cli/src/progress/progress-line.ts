/**
 * The lines of the progress meters, in curl's columns. Pure.
 *
 * The rule: a number takes five places, a time eight, whatever they are, so that rows stand below each other.
 */

/** How far a transfer is. Speeds are bytes a second. */
export interface ProgressState {
  readonly downloaded: number
  /** -1: unknown. */
  readonly downloadTotal: number
  readonly uploaded: number
  readonly uploadTotal: number
  readonly spentUs: number
  /** Over the last few seconds. */
  readonly currentSpeed: number
}

/** What stands above the rows of the meter. */
export const METER_HEAD =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n' +
  '                                 Dload  Upload   Total   Spent    Left  Speed\n'

/** One row of the meter, without the return before it. */
export function meterRow(state: ProgressState): string {
  const { downloaded, downloadTotal, uploaded, uploadTotal, spentUs, currentSpeed } = state
  const downSpeed = speedOf(downloaded, spentUs)
  const upSpeed = speedOf(uploaded, spentUs)
  const expected =
    Math.max(downloadTotal < 0 ? downloaded : downloadTotal, 0) +
    Math.max(uploadTotal < 0 ? uploaded : uploadTotal, 0)
  const spent = Math.floor(spentUs / 1_000_000)
  const whole = Math.max(secondsFor(downloadTotal, downSpeed), secondsFor(uploadTotal, upSpeed))
  const left = Math.max(0, whole - spent)
  return [
    `${percent(downloaded + uploaded, expected)} ${size(expected)}`,
    `${percent(downloaded, downloadTotal)} ${size(downloaded)}`,
    `${percent(uploaded, uploadTotal)} ${size(uploaded)}`,
    size(downSpeed),
    `${size(upSpeed)} ${time(whole)} ${time(spent)} ${time(left)} ${size(currentSpeed)}`,
  ].join('  ')
}

/** The bar of `-#` in so many columns. `turn`: which picture, while the size is not known. */
export function barRow(
  { downloaded, downloadTotal, uploaded, uploadTotal }: ProgressState,
  columns: number,
  turn: number,
): string {
  const done = downloaded + uploaded
  const total = Math.max(downloadTotal, 0) + Math.max(uploadTotal, 0)
  const width = Math.max(10, Math.min(columns, 400) - 7)
  if (total <= 0) {
    const place = Math.abs((turn % (2 * (width - 3))) - (width - 3))
    return `${' '.repeat(place)}-=O=-`.slice(0, width)
  }
  const share = Math.min(1, done / total)
  return `${'#'.repeat(Math.floor(width * share)).padEnd(width)} ${(share * 100).toFixed(1).padStart(5)}%`
}

/** What stands above the rows of `-Z`. */
export const PARALLEL_HEAD = 'DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\n'

/** How far all transfers of `-Z` are. */
export interface ParallelState extends ProgressState {
  /** Begun, and running. */
  readonly begun: number
  readonly running: number
  /** Whether all sizes are known and nothing is left to begin. */
  readonly isWhole: boolean
}

/** One row of them. */
export function parallelRow(state: ParallelState): string {
  const { downloaded, downloadTotal, uploaded, uploadTotal, spentUs, currentSpeed, begun, running, isWhole } =
    state
  const spent = Math.floor(spentUs / 1_000_000)
  const whole = isWhole ? secondsFor(downloadTotal, currentSpeed) : 0
  const share = (done: number, total: number): string =>
    (isWhole && total > 0 ? String(Math.floor((done * 100) / total)) : '--').padEnd(3)
  const count = (value: number): string => String(value).padStart(5)
  return `${share(downloaded, downloadTotal)} ${share(uploaded, uploadTotal)} ${size(downloaded)} ${size(uploaded)} ${count(begun)} ${count(running)} ${time(whole)} ${time(spent)} ${time(Math.max(0, whole - spent))} ${size(currentSpeed)}`
}

function speedOf(bytes: number, us: number): number {
  return us <= 0 ? 0 : Math.floor((bytes * 1_000_000) / us)
}

/** 0: nobody knows. */
function secondsFor(bytes: number, speed: number): number {
  return bytes <= 0 || speed <= 0 ? 0 : Math.floor(bytes / speed)
}

function percent(done: number, total: number): string {
  return String(total > 0 ? Math.min(100, Math.floor((done * 100) / total)) : 0).padStart(3)
}

/** Bytes in five places: `99999`, ` 976k`, `12.3M`. Powers of 1024, as curl counts. */
export function size(bytes: number): string {
  if (bytes < 100_000) return String(bytes).padStart(5)
  let value = bytes
  for (const unit of 'kMGTP') {
    value /= 1024
    if (unit !== 'k' && value < 100) return `${(Math.floor(value * 10) / 10).toFixed(1).padStart(4)}${unit}`
    if (value < 10_000) return `${String(Math.floor(value)).padStart(4)}${unit}`
  }
  return `${Math.floor(value)}P`
}

/** Seconds in eight places: ` 0:00:07`, `  3d 04h`. */
export function time(seconds: number): string {
  if (seconds <= 0) return '--:--:--'
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3_600)
  if (hours <= 99)
    return `${String(hours).padStart(2)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const days = Math.floor(hours / 24)
  return days <= 999 ? `${String(days).padStart(3)}d ${two(hours % 24)}h` : `${String(days).padStart(7)}d`
}
