/**
 * `MessageGatherer`: pieces to whole messages, of bounded size.
 *
 * The rule: a message that lies in one piece is not gathered; and memory grows with what has come, never with what
 * was announced.
 */
import type { PieceEvent } from './frame-reader.ts'

/** A whole message: a string is a text message, bytes are a binary one and belong to whoever gets them. */
export type MessageData = string | Uint8Array

export class MessageGatherer {
  #bytes: Uint8Array = NOTHING
  #count = 0

  /** Takes a piece; the message, when it is whole. */
  take(piece: PieceEvent): MessageData | undefined {
    const { bytes, isFinal, left, type } = piece
    const isWhole = isFinal && left === 0
    if (isWhole && this.#count === 0) return type === 'text' ? textOf(bytes) : new Uint8Array(bytes)
    this.#append(bytes)
    if (!isWhole) return undefined
    const all = this.#bytes
    const count = this.#count
    this.#bytes = NOTHING
    this.#count = 0
    if (type === 'text') return textOf(all.subarray(0, count))
    // Nobody else may look at the rest of the store, which others' bytes stood in.
    return count === all.length ? all : all.slice(0, count)
  }

  #append(bytes: Uint8Array): void {
    const wanted = this.#count + bytes.length
    if (wanted > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#count))
      this.#bytes = grown
    }
    this.#bytes.set(bytes, this.#count)
    this.#count = wanted
  }
}

function textOf(bytes: Uint8Array): string {
  const { length } = bytes
  if (length > SHORT) return DECODER.decode(bytes)
  let text = ''
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at]!
    if (byte >= 0x80) return DECODER.decode(bytes)
    text += String.fromCharCode(byte)
  }
  return text
}

/** The reader has checked it, so nothing is replaced; a byte order mark is part of a message. */
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })
/** Up to here adding up characters is quicker than the decoder (Node 20). */
const SHORT = 32
const NOTHING = new Uint8Array(0)
