/**
 * DES, one block, encryption only (FIPS 46-3), which NTLMv1 needs and OpenSSL 3 no longer offers.
 *
 * The rule: for NTLM only; written to be compared with the standard's tables, not to be fast. Three blocks are
 * encrypted in a login.
 */

/** Encrypts 8 bytes with a key of 7 bytes, whose 56 bits are the key without its parity bits. */
export function encryptDes(key: Uint8Array, block: Uint8Array): Uint8Array {
  const subkeys = makeSubkeys(bitsOf(key))
  const mixed = permuted(bitsOf(block), INITIAL)
  let left = mixed.slice(0, 32)
  let right = mixed.slice(32)
  for (const subkey of subkeys) {
    const changed = substituted(permuted(right, EXPANSION).map((bit, index) => bit ^ subkey[index]!))
    ;[left, right] = [right, left.map((bit, index) => bit ^ changed[index]!)]
  }
  return bytesOf(permuted([...right, ...left], FINAL))
}

/** Sixteen keys of 48 bits. The standard's first choice drops the parity bits; here there are none to drop. */
function makeSubkeys(key: readonly number[]): number[][] {
  const withParity = Array.from({ length: 64 }, (_, bit) => key[bit - (bit >> 3)] ?? 0)
  const chosen = permuted(withParity, KEY_CHOICE_1)
  let left = chosen.slice(0, 28)
  let right = chosen.slice(28)
  return ROTATIONS.map((count) => {
    left = [...left.slice(count), ...left.slice(0, count)]
    right = [...right.slice(count), ...right.slice(0, count)]
    return permuted([...left, ...right], KEY_CHOICE_2)
  })
}

function substituted(bits: readonly number[]): number[] {
  const out: number[] = []
  for (let box = 0; box < 8; box += 1) {
    const [b0, b1, b2, b3, b4, b5] = bits.slice(box * 6, box * 6 + 6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const row = b0 * 2 + b5
    const column = b1 * 8 + b2 * 4 + b3 * 2 + b4
    const value = parseInt(SUBSTITUTIONS[box]!.charAt(row * 16 + column), 16)
    out.push((value >> 3) & 1, (value >> 2) & 1, (value >> 1) & 1, value & 1)
  }
  return permuted(out, PERMUTATION)
}

/** The tables count bits from 1. */
function permuted(bits: readonly number[], table: readonly number[]): number[] {
  return table.map((place) => bits[place - 1]!)
}

function bitsOf(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1)
}

function bytesOf(bits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(bits.length / 8)
  bits.forEach((bit, index) => {
    bytes[index >> 3]! |= bit << (7 - (index & 7))
  })
  return bytes
}

// prettier-ignore
const INITIAL = [
  58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
  57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
]
// prettier-ignore
const FINAL = [
  40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
  36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
]
// prettier-ignore
const EXPANSION = [
  32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
  16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
]
// prettier-ignore
const PERMUTATION = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
]
// prettier-ignore
const KEY_CHOICE_1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
]
// prettier-ignore
const KEY_CHOICE_2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
]
const ROTATIONS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]
/** S1 to S8: four rows of sixteen values, one hexadecimal digit each. */
const SUBSTITUTIONS = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
]
