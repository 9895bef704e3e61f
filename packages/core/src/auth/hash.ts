/** Hashes as text. */

/** Bytes as lower-case hexadecimal digits, two each, as Digest and SigV4 write hashes. */
export function hexOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16)
  return text
}
