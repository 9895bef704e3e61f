/**
 * Text on its way into a form: UTF-8, held as one character per byte until it is written, and names escaped as
 * they stand between quotes.
 *
 * The rule: after `escaped` no quote and no line end is left that could end the quotes or the line.
 */
import { TransferError } from '../errors/transfer-error.ts'

/** UTF-8, one character per byte. */
export function latin1Of(text: string): string {
  // Nearly all names are ASCII.
  if (/^[ -~]*$/.test(text)) return text
  let latin1 = ''
  for (const byte of new TextEncoder().encode(text)) latin1 += String.fromCharCode(byte)
  return latin1
}

/** How names are written: `%22` as browsers do (WHATWG HTML 4.10.21.8), or `\"` (CURLMIMEOPT_FORMESCAPE). */
export type NameEscape = 'percent' | 'backslash'

/**
 * A name as it stands between quotes. With backslashes a line end cannot be written: BAD_FUNCTION_ARGUMENT, where
 * libcurl would send it as it is.
 */
export function escaped(name: string, how: NameEscape, place: string): string {
  if (how === 'percent')
    return name.replace(/["\r\n]/g, (char) => (char === '"' ? '%22' : char === '\r' ? '%0D' : '%0A'))
  if (/[\r\n]/.test(name)) {
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option ${place} must not have a line end in its name or filename, which formEscape cannot write`,
      { option: place },
      { phase: 'setup' },
    )
  }
  return name.replace(/["\\]/g, '\\$&')
}
