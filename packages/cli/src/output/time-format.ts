/**
 * `strftime` in UTC and in the POSIX locale, for `-w %{time{...}}`. Pure.
 *
 * The rule: what is no conversion stays as it is. `%f` is curl's own: microseconds.
 */

/** `format` with its conversions filled in. */
export function formatTime(format: string, date: Date): string {
  return format.replaceAll(/%(.)/gs, (whole, letter: string) => CONVERSIONS[letter]?.(date) ?? whole)
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAY_MS = 86_400_000

const CONVERSIONS: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => DAYS[date.getUTCDay()]!.slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()]!,
  b: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()]!,
  c: (date) => formatTime('%a %b %e %H:%M:%S %Y', date),
  C: (date) => padded(Math.floor(date.getUTCFullYear() / 100)),
  d: (date) => padded(date.getUTCDate()),
  D: (date) => formatTime('%m/%d/%y', date),
  e: (date) => padded(date.getUTCDate(), 2, ' '),
  f: (date) => padded(date.getUTCMilliseconds() * 1_000, 6),
  F: (date) => formatTime('%Y-%m-%d', date),
  g: (date) => padded(isoWeek(date).year % 100),
  G: (date) => String(isoWeek(date).year),
  h: (date) => formatTime('%b', date),
  H: (date) => padded(date.getUTCHours()),
  I: (date) => padded(hourOfTwelve(date)),
  j: (date) => padded(dayOfYear(date) + 1, 3),
  k: (date) => padded(date.getUTCHours(), 2, ' '),
  l: (date) => padded(hourOfTwelve(date), 2, ' '),
  m: (date) => padded(date.getUTCMonth() + 1),
  M: (date) => padded(date.getUTCMinutes()),
  n: () => '\n',
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  r: (date) => formatTime('%I:%M:%S %p', date),
  R: (date) => formatTime('%H:%M', date),
  s: (date) => String(Math.floor(date.getTime() / 1_000)),
  S: (date) => padded(date.getUTCSeconds()),
  t: () => '\t',
  T: (date) => formatTime('%H:%M:%S', date),
  u: (date) => String(date.getUTCDay() || 7),
  U: (date) => padded(weekFrom(date, 0)),
  V: (date) => padded(isoWeek(date).week),
  w: (date) => String(date.getUTCDay()),
  W: (date) => padded(weekFrom(date, 1)),
  x: (date) => formatTime('%m/%d/%y', date),
  X: (date) => formatTime('%H:%M:%S', date),
  y: (date) => padded(date.getUTCFullYear() % 100),
  Y: (date) => String(date.getUTCFullYear()),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
}

function padded(value: number, width = 2, fill = '0'): string {
  return String(value).padStart(width, fill)
}

function hourOfTwelve(date: Date): number {
  return date.getUTCHours() % 12 || 12
}

/** From 0. */
function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS)
}

/** The week of the year, counted from its first Sunday (0) or Monday (1). */
function weekFrom(date: Date, firstDay: number): number {
  return Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() + 7 - firstDay) % 7)) / 7)
}

/** ISO 8601: a week belongs to the year that its Thursday is in. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS)
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}
