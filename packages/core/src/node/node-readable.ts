/** A response body as a Node stream, for code that pipes. */
import { Readable } from 'node:stream'

/**
 * The same body as a Node `Readable` of bytes, read at the pipe's pace; destroying it gives the transfer up.
 * It fails with what ended the transfer.
 */
export function nodeReadable(body: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(body, { objectMode: false })
}
