/** Heads of messages, as plain data that does not change once made. */
import type { Fields } from './fields.ts'

/** A version of HTTP. */
export type HttpVersion = '1.0' | '1.1' | '2'

/** The head of a request. */
export interface RequestHead {
  readonly method: string
  /** The request target in the form it is sent: `/path?query`, an absolute URL, `host:port` or `*`. */
  readonly target: string
  readonly version: HttpVersion
  readonly fields: Fields
}

/** The head of a response. */
export interface ResponseHead {
  /** 0.9: there was no head, and what is here stands in its place. Empty: it is that of a file. */
  readonly version: HttpVersion | '0.9' | ''
  /** Three digits, 100 to 999; 0 for HTTP/0.9 and files. */
  readonly status: number
  /** The reason phrase; empty over HTTP/2. */
  readonly reason: string
  readonly fields: Fields
  /** An HTTP/1 head as it was received, Latin-1, with its line ends and its empty line; for whoever shows heads. */
  readonly raw?: string
  /** What stood before a flaw, or before the connection ended: the failure follows. */
  readonly isCut?: true
}

/** Whether a status says that the request was understood and accepted (RFC 9110 15.3). */
export function isSuccessful(status: number): boolean {
  return status >= 200 && status < 300
}
