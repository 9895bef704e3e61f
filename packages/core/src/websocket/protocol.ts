/**
 * The numbers of RFC 6455 as data: opcodes, close codes, and which of these may stand in a frame.
 */

/** RFC 6455 5.2. */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const

/** What a message is made of. */
export type MessageType = 'text' | 'binary'

/** First byte of a frame: the last of its message; the bits of extensions, none of which is ever agreed on. */
export const FIN = 0x80
export const RESERVED = 0x70
/** Second byte. */
export const MASKED = 0x80

/** RFC 6455 5.5: the longest payload of a control frame. */
export const CONTROL_BYTES = 125
/** What is left of it for the reason of a close, behind the code. */
export const REASON_BYTES = CONTROL_BYTES - 2

/** RFC 6455 7.4.1, as far as we say them ourselves. */
export const CLOSE_CODE = {
  normal: 1000,
  protocolError: 1002,
  /** Never sent: a close frame without a code. */
  none: 1005,
  /** Never sent: the connection ended without a close frame. */
  abnormal: 1006,
  invalidData: 1007,
  tooBig: 1009,
} as const

/**
 * Whether a close frame may carry a code: those of the RFC and of IANA's registry (1000 to 1014, without the three
 * that stand for something that was not sent), and 3000 to 4999 for libraries and applications.
 */
export function mayBeSent(code: number): boolean {
  if (!Number.isInteger(code)) return false
  if (code >= 1000 && code <= 1014) return code !== 1004 && code !== 1005 && code !== 1006
  return code >= 3000 && code <= 4999
}
