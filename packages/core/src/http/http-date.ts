/** Writes an HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7), without asking the time of day. */
import { dateOf } from '../base/civil-date.ts'

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const DAY_S = 86_400

/** `seconds` since 1970, whole and not negative. */
export function httpDate(seconds: number): string {
  const days = Math.floor(seconds / DAY_S)
  const { year, month, day } = dateOf(days)
  const rest = seconds - days * DAY_S
  const time = [rest / 3_600, (rest % 3_600) / 60, rest % 60].map(two).join(':')
  return `${DAYS[days % 7]}, ${two(day)} ${MONTHS[month - 1]} ${String(year).padStart(4, '0')} ${time} GMT`
}

function two(number: number): string {
  return String(Math.floor(number)).padStart(2, '0')
}
