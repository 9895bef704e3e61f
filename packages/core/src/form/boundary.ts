/**
 * Boundaries of multipart bodies (RFC 2046 5.1.1): 24 hyphens and 22 letters and digits, as curl's are.
 *
 * The rule: they come from unpredictable bytes (CVE-2025-22150: who guesses a boundary writes parts of others'
 * forms), and every character is as likely as any other: 131 bits.
 */

/** A new one, of what `randomBytes` yields. */
export function newBoundary(randomBytes: (count: number) => Uint8Array): string {
  let text = ''
  while (text.length < RANDOM_CHARS) {
    for (const byte of randomBytes(RANDOM_CHARS * 2)) {
      // The last eight values would make the first eight characters likelier than the others.
      if (byte < FAIR_BELOW && text.length < RANDOM_CHARS) text += ALPHABET[byte % ALPHABET.length]!
    }
  }
  return '-'.repeat(HYPHENS) + text
}

const HYPHENS = 24
const RANDOM_CHARS = 22
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FAIR_BELOW = 256 - (256 % ALPHABET.length)
