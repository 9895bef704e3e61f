/**
 * How many columns of a terminal a text takes, and how it is cut to fit. Pure.
 *
 * The rule: nothing in a text reaches the terminal as a command: control characters are shown as "?".
 */

/** Marks of Unicode that take no column of their own, and what joins or chooses how another is shown. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** Shown two columns wide: East Asian Wide and Fullwidth (UAX 11), and what is shown as a picture. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u

const MARK = '...'

/** What is safe to show. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?')
}

/** Columns of a text without control characters. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += columnsOfOne(character)
  return columns
}

/** A text in no more than so many columns, cut in its middle: both ends of a URL say more than what is between. */
export function cutMiddle(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  if (columns <= MARK.length) return MARK.slice(0, Math.max(0, columns))
  const room = columns - MARK.length
  const characters = [...text]
  const end = taken(characters.toReversed(), Math.ceil(room / 2)).toReversed()
  const begin = taken(characters, room - columnsOf(end.join('')))
  return `${begin.join('')}${MARK}${end.join('')}`
}

/** A text in no more than so many columns, cut at its end. */
export function cutEnd(text: string, columns: number): string {
  return taken([...text], columns).join('')
}

/** As many of the first characters as fit. */
function taken(characters: readonly string[], columns: number): string[] {
  let left = columns
  const last = characters.findIndex((character) => (left -= columnsOfOne(character)) < 0)
  return characters.slice(0, last < 0 ? characters.length : last)
}

function columnsOfOne(character: string): number {
  if (character < '\u0300') return 1
  if (NO_WIDTH.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
