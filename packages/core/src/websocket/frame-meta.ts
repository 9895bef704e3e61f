/** What is known of the frame that a piece of payload came in (libcurl: `struct curl_ws_frame`). */
import type { FrameEvent } from './frame-reader.ts'

/** The frame that a piece of payload came in. */
export interface FrameMeta {
  readonly type: 'text' | 'binary' | 'ping' | 'pong'
  /** Whether its frame goes on with a message that an earlier one began. */
  readonly isContinuation: boolean
  /** Whether its frame is the last of its message. */
  readonly isFinal: boolean
  /** Where in the frame the piece begins, how long it is, and how much of the frame comes behind it. */
  readonly offset: number
  readonly length: number
  readonly bytesLeft: number
}

export function metaOf(event: Exclude<FrameEvent, { readonly is: 'close' }>): FrameMeta {
  const { length } = event.bytes
  if (event.is !== 'piece')
    return { type: event.is, isContinuation: false, isFinal: true, offset: 0, length, bytesLeft: 0 }
  const { type, isContinuation, isFinal, offset, left } = event
  return { type, isContinuation, isFinal, offset, length, bytesLeft: left }
}
