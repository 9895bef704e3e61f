/**
 * The records of simulated TLS: bytes in, messages and payload out, and the other way.
 *
 * The rule: the frames are those of TLS (RFC 8446 5.1: type, version, length) but nothing in them is secret;
 * handshake messages are JSON. Payload is passed on in the pieces in which it came.
 */
import { latin1Bytes } from './sim-bytes.ts'

/** What the two ends tell each other besides payload. */
export type TlsMessage =
  | {
      readonly is: 'hello'
      readonly serverName: string
      readonly alpn: readonly string[]
      readonly minVersion: string
      readonly maxVersion: string
      readonly session?: string
    }
  | {
      readonly is: 'welcome'
      readonly version: string
      readonly alpn?: string
      readonly resumed: boolean
      readonly certificateNames: readonly string[]
      readonly isTrusted: boolean
      readonly publicKey: string
    }
  | { readonly is: 'finished' }
  | { readonly is: 'session'; readonly session: string }
  | { readonly is: 'alert'; readonly name: string }

/** Most payload in one record (RFC 8446 5.1). */
export const RECORD_BYTES = 16 * 1024

const HEADER_BYTES = 5
const ALERT = 21
const HANDSHAKE = 22
const PAYLOAD = 23

export function encodeMessage(message: TlsMessage): Uint8Array {
  // Escaped to ASCII, so that one character is one byte.
  const text = JSON.stringify(message).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return encodeRecord(message.is === 'alert' ? ALERT : HANDSHAKE, latin1Bytes(text))
}

/** One record of at most `RECORD_BYTES` of payload. */
export function encodePayload(payload: Uint8Array): Uint8Array {
  return encodeRecord(PAYLOAD, payload)
}

function encodeRecord(type: number, content: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + content.length)
  record.set([type, 3, 3, content.length >> 8, content.length & 0xff])
  record.set(content, HEADER_BYTES)
  return record
}

/** What a reader finds. `broken`: the bytes are no records. */
export type TlsPiece =
  | { readonly is: 'message'; readonly message: TlsMessage }
  | { readonly is: 'payload'; readonly bytes: Uint8Array }
  | { readonly is: 'broken' }

/** Cuts received bytes into pieces. */
export class TlsRecordReader {
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerBytes = 0
  #text = ''

  /** Takes the next piece from `view` at `from`: the piece, if one is complete, and where the rest begins. */
  next(view: Uint8Array, from: number): { readonly piece: TlsPiece | undefined; readonly rest: number } {
    let at = from
    while (this.#headerBytes < HEADER_BYTES && at < view.length) {
      this.#header[this.#headerBytes] = view[at]!
      this.#headerBytes += 1
      at += 1
    }
    const type = this.#header[0]!
    if (this.#headerBytes > 0 && (type < ALERT || type > PAYLOAD))
      return { piece: { is: 'broken' }, rest: view.length }
    if (this.#headerBytes < HEADER_BYTES) return { piece: undefined, rest: at }

    const length = (this.#header[3]! << 8) | this.#header[4]!
    const to = Math.min(view.length, at + length)
    const content = view.subarray(at, to)
    const left = length - content.length
    this.#header[3] = left >> 8
    this.#header[4] = left & 0xff
    if (left === 0) this.#headerBytes = 0
    if (type === PAYLOAD) {
      return { piece: content.length > 0 ? { is: 'payload', bytes: content } : undefined, rest: to }
    }
    for (const byte of content) this.#text += String.fromCharCode(byte)
    if (left > 0) return { piece: undefined, rest: to }
    const text = this.#text
    this.#text = ''
    return { piece: parseMessage(text), rest: to }
  }
}

function parseMessage(text: string): TlsPiece {
  try {
    return { is: 'message', message: JSON.parse(text) as TlsMessage }
  } catch {
    return { is: 'broken' }
  }
}
