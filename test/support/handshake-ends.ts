/** Plays a handshake against a script of bytes, cut in any way. */
import { isTransferError } from '../../packages/core/src/errors/transfer-error.ts'
import type { Handshake, HandshakeStep } from '../../packages/core/src/proxy/handshake.ts'

/** What a handshake came to. */
export interface Played {
  /** All that it sent, Latin-1. */
  readonly sent: string
  /** `more`, `done REST`, `reconnect`, or `CODE proxyError`. */
  readonly end: string
}

/**
 * Gives the answers one after another, each when something was sent since, cut into pieces of `size` bytes; 0: whole.
 * Views are spoilt after each call. `thenEnds`: the peer ends after the last.
 */
export function play(
  handshake: Handshake,
  answers: readonly Uint8Array[],
  size: number,
  thenEnds = false,
): Played {
  let sent = textOf(handshake.begin())
  const end = (step: HandshakeStep): string | undefined => {
    if (step.is === 'more') {
      sent += step.send === undefined ? '' : textOf(step.send)
      return undefined
    }
    return step.is === 'done' ? `done ${textOf(step.rest)}` : 'reconnect'
  }
  try {
    for (const answer of answers) {
      const length = size === 0 ? Math.max(1, answer.length) : size
      for (let at = 0; at < answer.length; at += length) {
        const view = answer.slice(at, at + length)
        const over = end(handshake.receive(view))
        // Behind the last byte nothing may be read again.
        const rest = answer.slice(at + length)
        view.fill(0xee)
        if (over !== undefined) return { sent, end: over + (over.startsWith('done') ? textOf(rest) : '') }
      }
    }
    return { sent, end: (thenEnds ? end(handshake.ended()) : undefined) ?? 'more' }
  } catch (error) {
    if (!isTransferError(error)) throw error
    return {
      sent,
      end: [error.code, error.details['proxyError'], error.details['status']].filter(Boolean).join(' '),
    }
  }
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0))
}

function textOf(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes : String.fromCharCode(...bytes)
}
