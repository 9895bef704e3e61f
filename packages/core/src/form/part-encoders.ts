/**
 * Content-Transfer-Encodings (RFC 2045 section 6) as encoders that take bytes piece by piece.
 *
 * The rule: cutting the input elsewhere changes nothing of the output, and what is kept between pieces is a few
 * bytes, however long the input is.
 */
import { ByteWriter } from '../base/byte-writer.ts'
import { TransferError } from '../errors/transfer-error.ts'

/** What a part may be encoded with (libcurl: curl_mime_encoder). */
export type PartEncoder = 'binary' | '8bit' | '7bit' | 'base64' | 'quoted-printable'

/** All of them. */
export const PART_ENCODERS: readonly PartEncoder[] = ['binary', '8bit', '7bit', 'base64', 'quoted-printable']

/** Takes the bytes of one part. The output of a call may be the input itself. */
export interface Encoding {
  /** READ_ERROR for what the encoding cannot carry. */
  push(bytes: Uint8Array): Uint8Array
  /** What is left at the end. */
  end(): Uint8Array
}

/** A new one. `place` names the part in messages. */
export function newEncoding(encoder: PartEncoder | undefined, place: string): Encoding {
  switch (encoder) {
    case 'base64':
      return new Base64Encoding()
    case 'quoted-printable':
      return new QuotedPrintableEncoding()
    case '7bit':
      return new SevenBitEncoding(place)
    default:
      return AS_IT_IS
  }
}

/** How long `size` bytes become; undefined: that depends on the bytes. */
export function encodedSize(encoder: PartEncoder | undefined, size: number | undefined): number | undefined {
  if (size === undefined || size === 0) return size
  if (encoder === 'quoted-printable') return undefined
  if (encoder !== 'base64') return size
  const chars = Math.ceil(size / 3) * 4
  return chars + 2 * Math.floor((chars - 1) / LINE_CHARS)
}

/** RFC 2045 6.7 and 6.8: lines are of no more characters than these, line ends not counted. */
const LINE_CHARS = 76
const NOTHING = new Uint8Array(0)

const AS_IT_IS: Encoding = { push: (bytes) => bytes, end: () => NOTHING }

class SevenBitEncoding implements Encoding {
  readonly #place: string
  #seen = 0

  constructor(place: string) {
    this.#place = place
  }

  push(bytes: Uint8Array): Uint8Array {
    const at = bytes.findIndex((byte) => byte > 0x7f)
    if (at >= 0) {
      throw new TransferError(
        'READ_ERROR',
        `${this.#place} has a byte above 127 at offset ${this.#seen + at}, which the encoder "7bit" cannot carry`,
        { option: this.#place, offset: this.#seen + at },
        { phase: 'send' },
      )
    }
    this.#seen += bytes.length
    return bytes
  }

  end(): Uint8Array {
    return NOTHING
  }
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

class Base64Encoding implements Encoding {
  readonly #out = new ByteWriter()
  /** Bits that do not make a group of three bytes yet, and how many bytes they are. */
  #held = 0
  #count = 0
  #column = 0

  push(bytes: Uint8Array): Uint8Array {
    this.#out.reserve(Math.ceil(bytes.length / 54) * 78)
    for (const byte of bytes) {
      this.#held = (this.#held << 8) | byte
      this.#count += 1
      if (this.#count === 3) this.#group(4)
    }
    return this.#out.take()
  }

  end(): Uint8Array {
    if (this.#count > 0) {
      const chars = this.#count + 1
      this.#held <<= 8 * (3 - this.#count)
      this.#group(chars)
      for (let missing = chars; missing < 4; missing += 1) this.#out.byte(0x3d)
    }
    return this.#out.take()
  }

  /** Writes the first `chars` characters of the group that is held. */
  #group(chars: number): void {
    if (this.#column === LINE_CHARS) {
      this.#out.latin1('\r\n')
      this.#column = 0
    }
    for (let at = 0; at < chars; at += 1)
      this.#out.byte(BASE64.charCodeAt((this.#held >> (18 - 6 * at)) & 63))
    this.#column += 4
    this.#held = this.#count = 0
  }
}

const CR = 13
const LF = 10

/** Line ends CRLF stay; a CR or LF by itself is no line end and is written as its number, as curl does. */
class QuotedPrintableEncoding implements Encoding {
  readonly #out = new ByteWriter()
  /** Bytes that cannot be written before the next ones are known; at most three. */
  #rest: Uint8Array = NOTHING
  #column = 0

  push(bytes: Uint8Array): Uint8Array {
    this.#encode(bytes, false)
    return this.#out.take()
  }

  end(): Uint8Array {
    this.#encode(NOTHING, true)
    return this.#out.take()
  }

  #encode(more: Uint8Array, isLast: boolean): void {
    const bytes = this.#rest.length === 0 ? more : joined(this.#rest, more)
    // A byte, and the line end that may follow it.
    const margin = isLast ? 0 : 2
    let at = 0
    while (at + margin < bytes.length) {
      const byte = bytes[at]!
      if (byte === CR && bytes[at + 1] === LF) {
        this.#out.latin1('\r\n')
        this.#column = 0
        at += 2
        continue
      }
      at += 1
      const isAtEnd = at >= bytes.length || (bytes[at] === CR && bytes[at + 1] === LF)
      this.#write(isPlain(byte) || (isBlank(byte) && !isAtEnd), byte, isAtEnd)
    }
    this.#rest = at < bytes.length ? bytes.slice(at) : NOTHING
  }

  #write(isPlainHere: boolean, byte: number, isAtEnd: boolean): void {
    const width = isPlainHere ? 1 : 3
    // The last column is for the "=" of a soft line break, unless the line ends here anyway.
    if (this.#column + width > LINE_CHARS - (isAtEnd ? 0 : 1)) {
      this.#out.latin1('=\r\n')
      this.#column = 0
    }
    if (isPlainHere) this.#out.byte(byte)
    else this.#out.latin1(`=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    this.#column += width
  }
}

function isPlain(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== 0x3d
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
