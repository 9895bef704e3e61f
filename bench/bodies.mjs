/** What the server answers, and so how many bytes a client must have seen. */
import { gzipSync } from 'node:zlib'

export const SMALL_BODY = 'Thirty-five bytes, not one of them.'

export const SMALL = { path: '/small', bytes: SMALL_BODY.length }
export const LARGE = { path: '/large', bytes: 100_000_000 }
/** The same, and sent as fast over HTTP/2 as over HTTP/1.1, see server.mjs. */
export const LARGE_EVEN = { path: '/large-even', bytes: LARGE.bytes }
/** One of many downloads side by side. */
export const TEN = { path: '/ten', bytes: 10_000_000 }

/** Records in JSON, 10,240 bytes, which are sent in gzip whoever asks. */
const RECORDS = Array.from({ length: 400 }, (_, index) =>
  JSON.stringify({ id: (index * 7_919) % 10_007, name: `user ${index % 37}`, tags: ['a', 'b'] }),
)
  .join('\n')
  .slice(0, 10_240)
export const CODED = { path: '/coded', bytes: RECORDS.length, coded: gzipSync(RECORDS) }

/** All but the small one. */
export const FILES = [LARGE, LARGE_EVEN, TEN]

if (SMALL.bytes !== 35) throw new Error('the small body must be 35 bytes long')
