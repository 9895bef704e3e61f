/**
 * The numbers of HTTP/2 (RFC 9113 sections 6, 7 and 11): frame types with their rules, flags, settings and
 * error codes, as tables.
 *
 * The rule: what a frame must look like by itself stands in its row; what it may do in which state of a
 * stream stands in `stream-states.ts`.
 */

/** What a client sends first (RFC 9113 3.4). */
export const CLIENT_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Length of a frame's head: length (24 bits), type, flags, stream id (RFC 9113 4.1). */
export const FRAME_HEAD_BYTES = 9

/** What SETTINGS_MAX_FRAME_SIZE is at first, and the least it may be (RFC 9113 6.5.2). */
export const MIN_FRAME_SIZE = 16_384
export const MAX_FRAME_SIZE = 2 ** 24 - 1
/** The initial flow-control window of both levels, and the largest one (RFC 9113 6.9). */
export const FIRST_WINDOW = 65_535
export const MAX_WINDOW = 2 ** 31 - 1
/** The largest stream id (RFC 9113 5.1.1). */
export const LAST_STREAM_ID = 2 ** 31 - 1

export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
  /** RFC 9218 7.1. */
  PRIORITY_UPDATE: 0x10,
} as const

export const FLAG = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const

/** How a frame of a type must look. */
export interface FrameRule {
  readonly name: string
  /** Whether it belongs to a stream, to the connection (stream 0), or to either. */
  readonly on: 'stream' | 'connection' | 'either'
  /** Bytes that its payload has: at least, and at most. */
  readonly least: number
  readonly most: number
}

const ANY = MAX_FRAME_SIZE

/** By type. A type without a row is an extension, and passed over (RFC 9113 5.5). */
export const FRAME_RULES: readonly (FrameRule | undefined)[] = [
  { name: 'DATA', on: 'stream', least: 0, most: ANY },
  { name: 'HEADERS', on: 'stream', least: 0, most: ANY },
  // A wrong length is an error of the stream only (RFC 9113 6.3), and the session's to find.
  { name: 'PRIORITY', on: 'stream', least: 0, most: ANY },
  { name: 'RST_STREAM', on: 'stream', least: 4, most: 4 },
  { name: 'SETTINGS', on: 'connection', least: 0, most: ANY },
  { name: 'PUSH_PROMISE', on: 'stream', least: 4, most: ANY },
  { name: 'PING', on: 'connection', least: 8, most: 8 },
  { name: 'GOAWAY', on: 'connection', least: 8, most: ANY },
  { name: 'WINDOW_UPDATE', on: 'either', least: 4, most: 4 },
  { name: 'CONTINUATION', on: 'stream', least: 0, most: ANY },
]

export const SETTING = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  /** RFC 9218 2.1. */
  NO_RFC7540_PRIORITIES: 0x9,
} as const

/** RFC 9113 7. */
export const H2_ERRORS = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const

/** The name of an error code, as it stands in `details.h2`. */
export type H2ErrorName = keyof typeof H2_ERRORS

const ERROR_NAMES = Object.keys(H2_ERRORS) as readonly H2ErrorName[]

/** The name of a received error code; an unknown one is as bad as INTERNAL_ERROR (RFC 9113 7) and shown by its number. */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? `0x${code.toString(16)}`
}
