/**
 * MD4 (RFC 1320), which NTLM takes of passwords and OpenSSL 3 no longer offers.
 *
 * The rule: for NTLM only. MD4 is broken, and nothing here may use it because it happens to be at hand.
 */

/** The 16 bytes of the hash. */
export function md4(message: Uint8Array): Uint8Array {
  const words = padded(message)
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476])
  for (let at = 0; at < words.length; at += 16) addBlock(state, words.subarray(at, at + 16))
  const hash = new Uint8Array(16)
  const view = new DataView(hash.buffer)
  state.forEach((word, index) => {
    view.setUint32(index * 4, word, true)
  })
  return hash
}

/** RFC 1320 3.1 and 3.2: one bit, zeros, and the length in bits, as little-endian words. */
function padded(message: Uint8Array): Uint32Array {
  const size = Math.ceil((message.length + 9) / 64) * 64
  const bytes = new Uint8Array(size)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(size - 8, message.length * 8, true)
  view.setUint32(size - 4, Math.floor(message.length / 0x20000000), true)
  return Uint32Array.from({ length: size / 4 }, (_, index) => view.getUint32(index * 4, true))
}

function addBlock(state: Uint32Array, block: Uint32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number]
  for (const { mix, constant, order, shifts } of ROUNDS) {
    for (let step = 0; step < 16; step += 1) {
      const sum = (a + mix(b, c, d) + block[order[step]!]! + constant) >>> 0
      const shift = shifts[step % 4]!
      const turned = ((sum << shift) | (sum >>> (32 - shift))) >>> 0
      ;[a, b, c, d] = [d, turned, b, c]
    }
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}

/** RFC 1320 3.4. */
const ROUNDS = [
  {
    mix: (x: number, y: number, z: number): number => ((x & y) | (~x & z)) >>> 0,
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x: number, y: number, z: number): number => ((x & y) | (x & z) | (y & z)) >>> 0,
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x: number, y: number, z: number): number => (x ^ y ^ z) >>> 0,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
] as const
