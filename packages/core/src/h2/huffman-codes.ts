/**
 * The Huffman code of HPACK (RFC 7541 appendix B) as data: how long each symbol's code is.
 *
 * The rule: the lengths say everything, because the code is canonical: codes of one length follow each other in
 * the order of their symbols, and the first of a length follows the last of the length before, one bit longer.
 */

/** The symbol that ends nothing here: only its first bits occur, as padding (RFC 7541 5.2). */
export const EOS = 256

/** The longest code has so many bits. */
export const LONGEST_CODE = 30

// prettier-ignore
/** The bits of each symbol's code: the bytes 0x00 to 0xFF, sixteen in a line, and EOS. */
export const CODE_LENGTHS: Readonly<Uint8Array> = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
)

/** For each length: its first code, as a number, and where the symbols of this length begin in `SYMBOLS`. */
export const FIRST_CODES: Readonly<Uint32Array> = new Uint32Array(LONGEST_CODE + 2)
export const FIRST_PLACES: Readonly<Uint16Array> = new Uint16Array(LONGEST_CODE + 2)

/** All symbols in the order of their codes. */
export const SYMBOLS: Readonly<Uint16Array> = Uint16Array.from(
  Array.from(CODE_LENGTHS, (_, symbol) => symbol).sort(
    (a, b) => CODE_LENGTHS[a]! - CODE_LENGTHS[b]! || a - b,
  ),
)

/** The code of each symbol, as a number of so many bits. */
export const CODES: Readonly<Uint32Array> = makeCodes()

function makeCodes(): Uint32Array {
  const codes = new Uint32Array(CODE_LENGTHS.length)
  const firstCodes = FIRST_CODES as Uint32Array
  const firstPlaces = FIRST_PLACES as Uint16Array
  let code = 0
  let place = 0
  for (let length = 1; length <= LONGEST_CODE; length += 1) {
    code *= 2
    firstCodes[length] = code
    firstPlaces[length] = place
    for (; place < SYMBOLS.length && CODE_LENGTHS[SYMBOLS[place]!] === length; place += 1)
      codes[SYMBOLS[place]!] = code++
  }
  firstPlaces[LONGEST_CODE + 1] = place
  return codes
}
