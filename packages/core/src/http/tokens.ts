/**
 * The character classes of HTTP (RFC 9110 section 5.6, RFC 9112), once, as a table of bits, with the checks
 * made of them.
 *
 * The rule: whoever has to know what a character is asks this table. Text is Latin-1: a character is a byte,
 * and one above U+00FF is in no class.
 */

/** `tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA` */
export const TOKEN_CHAR = 1
/** `field-vchar / SP / HTAB`, where `field-vchar = VCHAR / obs-text` and `obs-text = %x80-FF`. */
export const VALUE_CHAR = 2
/** `SP / HTAB`, the parts of `OWS`, `RWS` and `BWS`. */
export const BLANK = 4
/** `VCHAR / obs-text`. A URI has no obs-text (RFC 3986), but curl sends such bytes as they are and servers take them. */
export const TARGET_CHAR = 8
/** `DIGIT = %x30-39` */
export const DIGIT = 16

/** The classes of each byte, as bits. */
export const CLASSES: Readonly<Uint8Array> = makeClasses()

/** Whether `text` is a `token = 1*tchar`, as methods and field names are. */
export function isToken(text: string): boolean {
  return text !== '' && isAll(text, TOKEN_CHAR)
}

/** Whether `text` is a `field-value = *field-content`: no control but HTAB, no blank at either end. May be empty. */
export function isFieldValue(text: string): boolean {
  return isAll(text, VALUE_CHAR) && !isBlank(text, 0) && !isBlank(text, text.length - 1)
}

/** Whether `text` can stand as `request-target` (RFC 9112 3.2): at least one character, no blank, no control. */
export function isRequestTarget(text: string): boolean {
  return text !== '' && isAll(text, TARGET_CHAR)
}

/** Whether `text` is `1*DIGIT`. */
export function isDigits(text: string): boolean {
  return text !== '' && isAll(text, DIGIT)
}

/**
 * `text` without the blanks at its ends (OWS). Not `trim()`, which takes U+00A0 too: a transfer coding written
 * as NBSP `chunked` is not `chunked` for other readers.
 */
export function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text, from)) from += 1
  while (to > from && isBlank(text, to - 1)) to -= 1
  return text.slice(from, to)
}

/** Where the first character stands that is not of `characterClass`; -1 when there is none. */
export function indexOfOther(text: string, characterClass: number): number {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code > 0xff || (CLASSES[code]! & characterClass) === 0) return i
  }
  return -1
}

function isAll(text: string, characterClass: number): boolean {
  return indexOfOther(text, characterClass) < 0
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x20 || code === 0x09
}

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(256)
  for (let code = 0x21; code <= 0xff; code += 1) if (code !== 0x7f) classes[code] = VALUE_CHAR | TARGET_CHAR
  for (const blank of [0x20, 0x09]) classes[blank] = VALUE_CHAR | BLANK
  const alpha = 'abcdefghijklmnopqrstuvwxyz'
  const tchars = "!#$%&'*+-.^_`|~0123456789" + alpha + alpha.toUpperCase()
  for (const tchar of tchars) classes[tchar.charCodeAt(0)]! |= TOKEN_CHAR
  for (const digit of '0123456789') classes[digit.charCodeAt(0)]! |= DIGIT
  return classes
}
