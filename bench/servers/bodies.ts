/** What the servers answer, and so how many bytes a client must have seen. Both servers are made of this page. */
import { gzipSync } from 'node:zlib'

/** A path and the bytes that its body has, decoded. */
export interface Body {
  readonly path: string
  readonly bytes: number
}

/** An answer that is held ready. */
export interface Ready extends Body {
  readonly status: number
  readonly fields: Readonly<Record<string, string>>
  /** As sent. */
  readonly body: Buffer
}

const SMALL_TEXT = 'Thirty-five bytes, not one of them.'

/** Records in JSON, 10,240 bytes, which are sent in gzip whoever asks. */
const RECORDS = Array.from({ length: 400 }, (_, index) =>
  JSON.stringify({ id: (index * 7_919) % 10_007, name: `user ${index % 37}`, tags: ['a', 'b'] }),
)
  .join('\n')
  .slice(0, 10_240)

export const SMALL = ready('/small', SMALL_TEXT)
export const COOKIE: Ready = { ...SMALL, path: '/cookie', fields: { 'set-cookie': 'seen=just-now; Path=/' } }
export const CODED_SMALL = coded('/coded-small', SMALL_TEXT)
export const CODED = coded('/coded', RECORDS)
/** Leads to the small one, whose bytes are what is seen in the end. */
export const REDIRECT: Ready = {
  ...SMALL,
  path: '/redirect',
  status: 302,
  fields: { location: SMALL.path },
  body: Buffer.alloc(0),
}

export const LARGE: Body = { path: '/large', bytes: 100_000_000 }
/** The same, and sent as fast over HTTP/2 as over HTTP/1.1, see nginx.ts. */
export const LARGE_EVEN: Body = { path: '/large-even', bytes: LARGE.bytes }
/** One of many downloads side by side. */
export const TEN: Body = { path: '/ten', bytes: 10_000_000 }
/** What is sent to the sink. It answers with the number of bytes that it got, and that is what is checked. */
export const UPLOAD: Body = { path: '/upload', bytes: LARGE.bytes }

export const READY: readonly Ready[] = [SMALL, COOKIE, CODED_SMALL, CODED, REDIRECT]
/** Sent from files of zeros, or as if. */
export const FILES: readonly Body[] = [LARGE, LARGE_EVEN, TEN]

if (SMALL.bytes !== 35) throw new Error('the small body must be 35 bytes long')

function ready(path: string, text: string): Ready {
  const body = Buffer.from(text)
  return { path, bytes: body.length, status: 200, fields: { 'content-type': 'text/plain' }, body }
}

function coded(path: string, text: string): Ready {
  return { ...ready(path, text), fields: { 'content-encoding': 'gzip' }, body: gzipSync(text) }
}
