/**
 * What the text of an option may hold, by what becomes of it. Pure.
 *
 * The rule: what reaches a wire holds no control character, be it by way of a field, a handshake, a name or a
 * signature, and no half of a character, which would leave as another one. It is refused when it is set, so that
 * nothing is looked up for it; the text itself is never repeated, only the character.
 */
import { badOption } from '../errors/bad-option.ts'
import { indexOfOther, TOKEN_CHAR, VALUE_CHAR } from '../http/tokens.ts'
import type { TextUse } from '../tables/option-table.ts'

/** BAD_FUNCTION_ARGUMENT for a text that may not stand in an option of this use. */
export function checkText(option: string, use: TextUse, text: string): void {
  const at = use === 'field' ? indexOfOther(text, VALUE_CHAR) : text.search(REFUSED[use])
  if (at >= 0) throw badOption(option, `must not hold ${nameOf(text, at)}`)
}

/**
 * BAD_FUNCTION_ARGUMENT for a field that cannot be written. RFC 9110 5.1: a name is a token. curl sends
 * `Authorization : x` as it was given; but a reader who takes `Transfer-Encoding : chunked` for what it looks like
 * sees another message than one who does not.
 */
export function checkField(option: string, name: string, value: string | undefined): void {
  if (name === '') throw badOption(option, 'must have a name for each field')
  const odd = indexOfOther(name, TOKEN_CHAR)
  if (odd >= 0) {
    // A line whose colon was forgotten has its value in the name, which is not repeated.
    const shown = odd === name.length - 1 ? name : `${name.slice(0, odd + 1)}...`
    throw badOption(
      option,
      `must have tokens as names, and ${JSON.stringify(shown)} is not a token: it holds ${nameOf(name, odd)}`,
    )
  }
  const at = value === undefined ? -1 : indexOfOther(value, VALUE_CHAR)
  if (at >= 0)
    throw badOption(option, `must not hold ${nameOf(value!, at)} in the value of ${JSON.stringify(name)}`)
}

/* oxlint-disable no-control-regex -- they are what this is about */
const REFUSED: Readonly<Record<Exclude<TextUse, 'field'>, RegExp>> = {
  wire: /[\x00-\x1f\x7f]|\p{Surrogate}/u,
  local: /\x00|\p{Surrogate}/u,
  parsed: /\p{Surrogate}/u,
}
/* oxlint-enable no-control-regex */

function nameOf(text: string, at: number): string {
  const code = text.codePointAt(at)!
  if (code >= 0xd800 && code <= 0xdfff) return 'half a character (a lone surrogate)'
  return `the character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}
