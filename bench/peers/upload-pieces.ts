/** The body of an upload, the same for all: zeros, whole or in pieces of 64 KiB. */

const PIECE = Buffer.alloc(64 * 1024)

/** Yields the same piece over and over, `bytes` in all. */
export async function* pieces(bytes: number): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; left -= PIECE.length)
    yield left >= PIECE.length ? PIECE : PIECE.subarray(0, left)
}
