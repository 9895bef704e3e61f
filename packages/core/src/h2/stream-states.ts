/**
 * The states of a stream (RFC 9113 section 5.1) as tables: what may be received in which, and what comes after.
 *
 * The rule: no code asks for a state to decide about a frame; it looks here. `idle` and `closed` streams have
 * no object: whether a stream without one is the one or the other follows from its id.
 */

export type StreamState = 'idle' | 'open' | 'half-closed-local' | 'half-closed-remote' | 'closed'

/** The frames that streams receive. CONTINUATION is part of HEADERS. */
export type StreamFrame = 'HEADERS' | 'DATA' | 'RST_STREAM' | 'WINDOW_UPDATE'

/**
 * `take` it; it is an error of the `stream` (STREAM_CLOSED) or of the `connection` (PROTOCOL_ERROR, on a closed
 * stream STREAM_CLOSED); or `pass` it over, because the peer may have sent it before it heard of our RST_STREAM
 * or of the end.
 */
export type Reception = 'take' | 'stream' | 'connection' | 'pass'

/** `idle` is a stream that nobody has opened; a server takes HEADERS on one, which opens it. */
export const RECEPTION: Readonly<Record<StreamState, Readonly<Record<StreamFrame, Reception>>>> = {
  idle: { HEADERS: 'connection', DATA: 'connection', RST_STREAM: 'connection', WINDOW_UPDATE: 'connection' },
  open: { HEADERS: 'take', DATA: 'take', RST_STREAM: 'take', WINDOW_UPDATE: 'take' },
  'half-closed-local': { HEADERS: 'take', DATA: 'take', RST_STREAM: 'take', WINDOW_UPDATE: 'take' },
  'half-closed-remote': { HEADERS: 'stream', DATA: 'stream', RST_STREAM: 'take', WINDOW_UPDATE: 'take' },
  // After an end, HEADERS and DATA are errors; after our RST_STREAM they are passed over (the session knows which).
  closed: { HEADERS: 'connection', DATA: 'connection', RST_STREAM: 'pass', WINDOW_UPDATE: 'pass' },
}

/** What END_STREAM does to a stream, by who sent it. RST_STREAM closes in either direction. */
export const AFTER_END: Readonly<Record<StreamState, Readonly<Record<'sent' | 'received', StreamState>>>> = {
  idle: { sent: 'half-closed-local', received: 'half-closed-remote' },
  open: { sent: 'half-closed-local', received: 'half-closed-remote' },
  'half-closed-local': { sent: 'half-closed-local', received: 'closed' },
  'half-closed-remote': { sent: 'closed', received: 'half-closed-remote' },
  closed: { sent: 'closed', received: 'closed' },
}
