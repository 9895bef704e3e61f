/**
 * Percent-encoding (RFC 3986 section 2.1), of UTF-8.
 *
 * The rule: what is there already as `%XX` is left alone unless somebody asks for it to be decoded; broken
 * escapes stay as they are.
 */

/** Each character that `keep` does not match becomes `%XX` for each byte of its UTF-8. Undefined: it holds half a character. */
export function encodeExcept(text: string, keep: RegExp): string | undefined {
  if (/\p{Surrogate}/u.test(text)) return undefined
  let encoded = ''
  for (const char of text) encoded += keep.test(char) ? char : encodeChar(char)
  return encoded
}

/** What is not visible ASCII becomes `%XX`. Undefined: it holds half a character. */
export function encodeInvisible(text: string): string | undefined {
  if (/^[\x21-\x7e]*$/.test(text)) return text
  return encodeExcept(text, /[\x21-\x7e]/)
}

/** Undefined: what was encoded is no UTF-8. */
export function decodePercent(text: string): string | undefined {
  if (!text.includes('%')) return text
  const given = new TextEncoder().encode(text)
  const bytes: number[] = []
  for (let at = 0; at < given.length; at += 1) {
    const value = given[at] === PERCENT ? hexPair(given[at + 1], given[at + 2]) : undefined
    bytes.push(value ?? given[at]!)
    if (value !== undefined) at += 2
  }
  try {
    return STRICT.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

/** Letters, digits, `-._~` (RFC 3986 2.3). */
export const UNRESERVED = /[\w.~-]/

const PERCENT = 0x25
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function encodeChar(char: string): string {
  // Leaves some of the reserved ones alone, which here are to be encoded as well.
  const encoded = encodeURIComponent(char)
  return encoded.startsWith('%') ? encoded : `%${hex(char.charCodeAt(0))}`
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

function hexPair(high: number | undefined, low: number | undefined): number | undefined {
  const [a, b] = [hexDigit(high), hexDigit(low)]
  return a === undefined || b === undefined ? undefined : a * 16 + b
}

function hexDigit(byte = 0): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined
}
