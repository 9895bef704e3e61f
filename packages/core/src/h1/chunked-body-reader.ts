/**
 * Reads the frame around chunks (RFC 9112 section 7.1) byte by byte; the data itself is not touched here.
 *
 *     chunk      = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     chunk-size = 1*HEXDIG
 *     last-chunk = 1*"0" [ chunk-ext ] CRLF, then the trailer section
 *
 * The rule: every byte is compared before it is passed over, the two after the data too; a reader that only
 * counted them lets an attacker choose what the next message is (h11, CVE-2025-43859).
 */
import { CLASSES, VALUE_CHAR } from '../http/tokens.ts'
import { LIMITS } from '../tables/limits.ts'
import { hexByte, malformed } from './malformed.ts'
import type { UnreadBytes } from './unread-bytes.ts'

export class ChunkedBodyReader {
  /** Bytes of the current chunk that are still to be read. */
  left = 0
  readonly #bareLineFeeds: boolean
  #state = SIZE
  #size = 0
  #digits = 0
  #lineBytes = 0
  #extensionBytes = 0

  /** `bareLineFeeds`: a line may end with LF alone, as curl has it; the grammar does not allow that here. */
  constructor(bareLineFeeds: boolean) {
    this.#bareLineFeeds = bareLineFeeds
  }

  begin(): void {
    this.left = 0
    this.#extensionBytes = 0
    this.#beginLine()
  }

  /**
   * Reads up to the next byte of data or the end of the last chunk's line. `data`: `left` says how much;
   * `trailers`: the trailer section is next; undefined: more bytes are needed.
   */
  read(unread: UnreadBytes): 'data' | 'trailers' | undefined {
    if (this.left > 0) return unread.count > 0 ? 'data' : undefined
    const { bytes, to } = unread
    while (unread.at < to) {
      const byte = bytes[unread.at]!
      unread.at += 1
      if (!this.#step(byte)) continue
      if (this.#size === 0) {
        if (unread.count === 0) unread.release()
        return 'trailers'
      }
      this.left = this.#size
      this.#state = DATA_CR
      if (unread.count > 0) return 'data'
    }
    unread.release()
    return undefined
  }

  /** Takes one byte of framing; true at the end of a size line. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case SIZE: {
        const digit = hexDigit(byte)
        if (digit >= 0) {
          this.#digits += 1
          if (this.#digits > LIMITS.chunkSizeDigits) {
            throw malformed('RECV_ERROR', `a chunk size has more than ${LIMITS.chunkSizeDigits} digits`, {
              limitDigits: LIMITS.chunkSizeDigits,
            })
          }
          this.#size = this.#size * 16 + digit
          return false
        }
        if (this.#digits === 0)
          throw malformed('RECV_ERROR', `a chunk size begins with the byte ${hexByte(byte)}`)
        this.#state = AFTER_SIZE
        return this.#step(byte)
      }
      case AFTER_SIZE:
        // Apache 1.3 pads its sizes with spaces; the grammar's BWS allows them before a semicolon.
        if (byte === SP || byte === HTAB) this.#countExtension()
        else if (byte === SEMICOLON) {
          this.#countExtension()
          this.#state = EXTENSION
        } else return this.#endOfLine(byte, 'a chunk size is followed by')
        return false
      case EXTENSION:
        if ((CLASSES[byte]! & VALUE_CHAR) === 0) return this.#endOfLine(byte, 'a chunk extension contains')
        this.#countExtension()
        return false
      case SIZE_LF:
        if (byte !== LF) throw malformed('RECV_ERROR', `a chunk size line has ${hexByte(byte)} after its CR`)
        return true
      case DATA_CR:
        if (byte === CR) this.#state = DATA_LF
        else if (byte === LF && this.#bareLineFeeds) this.#beginLine()
        else throw afterData(byte)
        return false
      default:
        if (byte !== LF) throw afterData(byte)
        this.#beginLine()
        return false
    }
  }

  #beginLine(): void {
    this.#state = SIZE
    this.#size = 0
    this.#digits = 0
    this.#lineBytes = 0
  }

  #endOfLine(byte: number, refusal: string): boolean {
    if (byte === CR) this.#state = SIZE_LF
    else if (byte !== LF || !this.#bareLineFeeds)
      throw malformed('RECV_ERROR', `${refusal} the byte ${hexByte(byte)}`)
    return byte === LF
  }

  #countExtension(): void {
    this.#lineBytes += 1
    this.#extensionBytes += 1
    const inLine = this.#lineBytes + this.#digits > LIMITS.chunkLineBytes
    if (!inLine && this.#extensionBytes <= LIMITS.chunkExtensionBytes) return
    const limitBytes = inLine ? LIMITS.chunkLineBytes : LIMITS.chunkExtensionBytes
    const what = inLine ? 'a chunk size line is' : 'the chunk extensions of the body are'
    throw malformed('TOO_LARGE', `${what} longer than ${limitBytes} bytes`, { limitBytes })
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function afterData(byte: number): Error {
  return malformed('RECV_ERROR', `the data of a chunk is followed by the byte ${hexByte(byte)}, not by CRLF`)
}

const SIZE = 0
const AFTER_SIZE = 1
const EXTENSION = 2
const SIZE_LF = 3
const DATA_CR = 4
const DATA_LF = 5

const CR = 0x0d
const LF = 0x0a
const SP = 0x20
const HTAB = 0x09
const SEMICOLON = 0x3b
