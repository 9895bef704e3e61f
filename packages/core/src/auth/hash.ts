/**
 * `Hashes`: the hash functions that authentication needs, as a port.
 *
 * The rule: nothing in this folder computes MD5, SHA-256 or SHA-512/256 itself; what no library offers any more
 * (MD4, DES) stands beside it as a file of its own.
 */

/** The outside world's hash functions. Synchronous: the inputs are heads, names and passwords. */
export interface Hashes {
  /** The hash of `bytes`; `sha512-256` is SHA-512/256 (FIPS 180-4 5.3.6.2), not a cut SHA-512. */
  digest(algorithm: 'md5' | 'sha256' | 'sha512-256', bytes: Uint8Array): Uint8Array
  /** HMAC (RFC 2104) of `bytes`. */
  hmac(algorithm: 'md5' | 'sha256', key: Uint8Array, bytes: Uint8Array): Uint8Array
}

/** Bytes as lower-case hexadecimal digits, two each, as Digest and SigV4 write hashes. */
export function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}
