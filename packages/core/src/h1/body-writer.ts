/**
 * Writes the frame around the chunks of a body (RFC 9112 section 7.1), as Latin-1 text. The data goes to the
 * stream as it is: `chunkHead(data.length)`, data, `CHUNK_TAIL`, and in the end `lastChunk()`.
 *
 * The rule: nothing written here can end the body early, and a trailer cannot say what only a head may.
 */
import { invariant } from '../base/invariant.ts'
import type { Fields } from '../http/fields.ts'
import { checkTrailers } from '../http/trailers.ts'
import { writeFieldSection } from './head-writer.ts'

/** What follows the data of each chunk. */
export const CHUNK_TAIL = '\r\n'

/** What precedes `size` bytes of data; at least one, as a chunk of none is the last. */
export function chunkHead(size: number): string {
  invariant(Number.isSafeInteger(size) && size > 0, `a chunk of ${size} bytes`)
  return `${size.toString(16)}\r\n`
}

/** The last chunk with its trailer section. Throws BAD_FUNCTION_ARGUMENT for a field that is not allowed there. */
export function lastChunk(trailers?: Fields): string {
  if (trailers === undefined || trailers.count === 0) return '0\r\n\r\n'
  checkTrailers(trailers)
  return `0\r\n${writeFieldSection(trailers)}`
}
