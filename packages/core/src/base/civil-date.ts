/**
 * Dates of the Gregorian calendar as seconds since 1970-01-01 00:00:00 GMT, and back.
 *
 * The rule: plain arithmetic over whole days, without a clock, a time zone or a limit of years. `Date` gives
 * NaN after the year 275,760, and a server may name any year.
 */

/** A moment as people write it, in GMT; `month` is 0 to 11. */
export interface CivilTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** Seconds since 1970. Days beyond the end of a month count on into the next, as does second 60. */
export function secondsOf(time: CivilTime): number {
  const days = daysBefore(time.year, time.month + 1) + time.day - 1
  return ((days * 24 + time.hour) * 60 + time.minute) * 60 + time.second
}

/** `YYYYMMDD HH:MM:SS`, as curl's HSTS and Alt-Svc files have it. */
export function stampOf(seconds: number): string {
  const days = Math.floor(seconds / DAY_S)
  const { year, month, day } = dateOf(days)
  const rest = seconds - days * DAY_S
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const time = `${two(rest / 3_600)}:${two((rest % 3_600) / 60)}:${two(rest % 60)}`
  return `${year}${two(month)}${two(day)} ${time}`
}

/** Days from 1970-01-01 to the first of `month` (1 to 12). A year begins in March here, so that a leap day is its last. */
function daysBefore(year: number, month: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const marchMonth = month <= 2 ? month + 9 : month - 3
  const leaps = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leaps + daysBeforeMarchMonth(marchMonth) - EPOCH
}

/** The date `days` after 1970-01-01; `month` is 1 to 12. */
export function dateOf(days: number): { year: number; month: number; day: number } {
  const fromEra = days + EPOCH
  const era = Math.floor(fromEra / ERA_DAYS)
  const dayOfEra = fromEra - era * ERA_DAYS
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((dayOfYear * 5 + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: dayOfYear - daysBeforeMarchMonth(marchMonth) + 1 }
}

/** Days from the first of March to the first of the month that is `months` later: 31, 30, 31, 30, 31 over and over. */
function daysBeforeMarchMonth(months: number): number {
  return Math.floor((months * 153 + 2) / 5)
}

const DAY_S = 86_400
/** Days of 400 years. */
const ERA_DAYS = 146_097
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH = 719_468
