/**
 * `Handshake`: what is said to a proxy before the stream through it is open, without I/O.
 *
 * The rule: bytes in; bytes out, done, or a TransferError thrown. What stands behind the last byte of a handshake
 * belongs to whoever speaks next, and is handed on.
 */

/** What follows from what came. */
export type HandshakeStep =
  /** More is needed; `send` goes out first. */
  | { readonly is: 'more'; readonly send?: Uint8Array | string }
  /** The way is open. `rest`: a copy of what came behind the proxy's last word. */
  | { readonly is: 'done'; readonly rest: Uint8Array }
  /** It goes on from the start, on a new connection to the proxy. */
  | { readonly is: 'reconnect' }

/** One handshake on one stream. A string is Latin-1, one byte per character. */
export interface Handshake {
  /** What is sent first. */
  begin(): Uint8Array | string
  /** Takes received bytes, valid during the call only. Throws a TransferError when the proxy refuses, or breaks the rules. */
  receive(view: Uint8Array): HandshakeStep
  /** The proxy has ended its direction. Throws, unless another connection is worth a try. */
  ended(): HandshakeStep
}

/** More is needed, and nothing is to be sent. */
export const MORE: HandshakeStep = Object.freeze({ is: 'more' })
