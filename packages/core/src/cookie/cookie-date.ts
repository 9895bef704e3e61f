/**
 * Dates as servers write them, read as leniently as curl_getdate does: names and numbers in any order, with
 * anything between them.
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT      06-Nov-94 08:49:37      1994.Nov.6      20040912 15:05:58 -0700
 *
 * The rule: at most six parts are read, and each must be something that a date lacks as yet; a part that is
 * nothing makes the whole no date. What follows the sixth is not looked at.
 */
import { secondsOf } from '../base/civil-date.ts'

/** Seconds since 1970, below zero before that; undefined for what is no date. Without a zone it is GMT. */
export function parseDate(text: string): number | undefined {
  const parts = new DateParts()
  let at = 0
  for (let count = 0; count < MOST_PARTS; count += 1) {
    while (at < text.length && !isLetterOrDigit(text.charCodeAt(at))) at += 1
    if (at >= text.length) break
    const word = matchAt(WORD, text, at)
    const time = word === undefined && !parts.hasTime ? matchAt(TIME, text, at) : undefined
    const part = word ?? time ?? matchAt(NUMBER, text, at)!
    const isTaken =
      word !== undefined
        ? parts.takeWord(word[0])
        : time !== undefined
          ? parts.takeTime(Number(time[1]), Number(time[2]), Number(time[3] ?? 0))
          : parts.takeNumber(part[0], text[at - 1] ?? '')
    if (!isTaken) return undefined
    at += part[0].length
  }
  return parts.seconds()
}

/** What has been found of a date so far. Each `take...` says whether the part was something still lacking. */
class DateParts {
  #hasWeekday = false
  #month: number | undefined
  #day: number | undefined
  #year: number | undefined
  #time: { readonly hour: number; readonly minute: number; readonly second: number } | undefined
  /** Seconds to add to reach GMT. */
  #zoneS: number | undefined
  /** The first number below 32 is the day; once a number was looked at for it, the year is next. */
  #wantsDay = true

  get hasTime(): boolean {
    return this.#time !== undefined
  }

  takeWord(word: string): boolean {
    const name = word.toLowerCase()
    if (!this.#hasWeekday && WEEKDAYS.includes(name)) {
      this.#hasWeekday = true
      return true
    }
    const month = MONTHS.indexOf(name)
    if (this.#month === undefined && month >= 0) {
      this.#month = month
      return true
    }
    const minutes = ZONES.get(name)
    if (this.#zoneS !== undefined || minutes === undefined) return false
    this.#zoneS = minutes * 60
    return true
  }

  takeTime(hour: number, minute: number, second: number): boolean {
    this.#time = { hour, minute, second }
    // Second 60 is a leap second.
    return hour <= 23 && minute <= 59 && second <= 60
  }

  takeNumber(digits: string, before: string): boolean {
    const value = Number(digits)
    if (value > MOST_DIGITS_VALUE) return false
    const isSigned = before === '+' || before === '-'
    if (this.#zoneS === undefined && isSigned && digits.length === 4 && value <= WIDEST_ZONE) {
      const seconds = (Math.floor(value / 100) * 60 + (value % 100)) * 60
      this.#zoneS = before === '+' ? -seconds : seconds
      return true
    }
    const hasNoDate = this.#year === undefined && this.#month === undefined && this.#day === undefined
    if (digits.length === 8 && hasNoDate) {
      this.#year = Math.floor(value / 10_000)
      this.#month = Math.floor((value % 10_000) / 100) - 1
      this.#day = value % 100
      return true
    }
    return this.#takeDayOrYear(value)
  }

  seconds(): number | undefined {
    const [year, month, day] = [this.#year, this.#month, this.#day]
    if (year === undefined || month === undefined || day === undefined) return undefined
    // Before 1583 there was another calendar.
    if (year < 1_583 || month < 0 || month > 11 || day > 31) return undefined
    const time = this.#time ?? MIDNIGHT
    return secondsOf({ year, month, day, ...time }) + (this.#zoneS ?? 0)
  }

  #takeDayOrYear(value: number): boolean {
    if (this.#wantsDay && this.#day === undefined) {
      this.#wantsDay = false
      if (value > 0 && value < 32) {
        this.#day = value
        return true
      }
    }
    if (this.#wantsDay || this.#year !== undefined) return false
    // Two digits: 71 to 99 are of the last century, as RFC 6265 5.1.1 has it but for the year 70.
    this.#year = value >= 100 ? value : value > 70 ? value + 1_900 : value + 2_000
    this.#wantsDay = this.#day === undefined
    return true
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function isLetterOrDigit(code: number): boolean {
  const lower = code | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

const MOST_PARTS = 6
/** A number of more than eight digits is nothing of a date. */
const MOST_DIGITS_VALUE = 99_999_999
/** `+1400` is the widest zone there is (Line Islands). */
const WIDEST_ZONE = 1_400
const MIDNIGHT = { hour: 0, minute: 0, second: 0 } as const

const WORD = /[A-Za-z]+/y
const TIME = /(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?/y
const NUMBER = /\d+/y

const WEEKDAYS = 'mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday'.split(
  ' ',
)
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/**
 * Names of zones, with the minutes to add to reach GMT: what curl_getdate knows. The single letters are the
 * military zones (A is one hour east), whose signs RFC 822 had the wrong way round.
 */
const ZONES: ReadonlyMap<string, number> = new Map<string, number>([
  ...['gmt', 'ut', 'utc', 'wet', 'z'].map((name) => [name, 0] as const),
  ...Object.entries({ bst: -60, wat: 60, ast: 240, adt: 180, est: 300, edt: 240, cst: 360, cdt: 300 }),
  ...Object.entries({ mst: 420, mdt: 360, pst: 480, pdt: 420, yst: 540, ydt: 480, hst: 600, hdt: 540 }),
  ...Object.entries({ cat: 600, ahst: 600, nt: 660, idlw: 720, cet: -60, met: -60, mewt: -60, mest: -120 }),
  ...Object.entries({ cest: -120, mesz: -120, fwt: -60, fst: -120, eet: -120, wast: -420, wadt: -480 }),
  ...Object.entries({ cct: -480, jst: -540, east: -600, eadt: -660, gst: -600, nzt: -720, nzst: -720 }),
  ...Object.entries({ nzdt: -780, idle: -720 }),
  ...[...'abcdefghiklm'].map((name, index) => [name, -60 * (index + 1)] as const),
  ...[...'nopqrstuvwxy'].map((name, index) => [name, 60 * (index + 1)] as const),
])
