/**
 * Reads `status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF` (RFC 9112 section 4) from bytes
 * that may come in any pieces.
 *
 * The rule: the first byte that does not fit throws at once, so that a peer which speaks another protocol is
 * known by its first byte. The space after the status may be missing when the reason is (curl takes that,
 * and servers send it).
 */
import { CLASSES, DIGIT, VALUE_CHAR } from '../http/tokens.ts'
import { LIMITS } from '../tables/limits.ts'
import { hexByte, malformed } from './malformed.ts'

export class StatusLineReader {
  minorVersion = 0
  status = 0
  /** Where the reason stands in the head: `[reasonFrom, reasonTo)`. */
  reasonFrom = 0
  reasonTo = 0
  #hasReturn = false
  /** Whether a response was read from this connection before; then this peer did speak HTTP/1. */
  #isLater = false

  begin(isLater: boolean): void {
    this.#isLater = isLater
    this.status = 0
    this.reasonFrom = 0
    this.#hasReturn = false
  }

  /** Reads `bytes[at, to)`, whose first byte stands at `at + shift` of the head. Returns where the line has ended, or -1. */
  read(bytes: Uint8Array, at: number, to: number, shift: number): number {
    const stop = Math.min(to, LIMITS.headLineBytes - shift)
    if (this.reasonFrom === 0) {
      at = this.#readFixedPart(bytes, at, to, shift)
      if (at === to) return -1
    }
    while (at < stop) {
      const byte = bytes[at]!
      if (this.#hasReturn && byte !== 0x0a)
        throw malformed('WEIRD_SERVER_REPLY', 'a CR without LF stands in the status line')
      if (byte === 0x0a) {
        if (!this.#hasReturn) this.reasonTo = at + shift
        return at + 1
      }
      if (byte === 0x0d) {
        this.#hasReturn = true
        this.reasonTo = at + shift
      } else if ((CLASSES[byte]! & VALUE_CHAR) === 0) {
        throw malformed('WEIRD_SERVER_REPLY', `the status line contains the byte ${hexByte(byte)}`)
      }
      at += 1
    }
    if (at < to) throw tooLong()
    return -1
  }

  /** Up to the status and the space after it; returns `to` when there was not enough. */
  #readFixedPart(bytes: Uint8Array, at: number, to: number, shift: number): number {
    for (; at < to; at += 1) {
      const byte = bytes[at]!
      const place = at + shift
      if (place < 7) {
        if (byte !== HTTP_1.charCodeAt(place))
          throw place < 5
            ? this.#notHttp(place, byte)
            : this.#unsupported('has a version other than 1.0 and 1.1')
      } else if (place === 7) {
        if (byte !== 0x30 && byte !== 0x31) throw this.#unsupported('has a version other than 1.0 and 1.1')
        this.minorVersion = byte - 0x30
      } else if (place === 8) {
        if (byte !== 0x20) throw this.#unsupported('has no space after the version')
      } else if (place < 12) {
        if ((CLASSES[byte]! & DIGIT) === 0) throw this.#unsupported('has no status of three digits')
        this.status = this.status * 10 + byte - 0x30
      } else {
        if (this.status < 100)
          throw malformed('WEIRD_SERVER_REPLY', `the status ${this.status} is below 100`, {
            status: this.status,
          })
        if (byte !== 0x20 && byte !== 0x0d && byte !== 0x0a)
          throw this.#unsupported('has more after its three digits of status')
        this.reasonFrom = byte === 0x20 ? 13 : 12
        return byte === 0x20 ? at + 1 : at
      }
    }
    return to
  }

  #notHttp(at: number, byte: number): Error {
    // The first frame of a server of HTTP/2 begins with the high byte of its length (RFC 9113 3.4).
    if (at === 0 && byte === 0)
      return malformed(this.#code, 'the response does not begin with HTTP/: the peer seems to speak HTTP/2')
    return malformed(
      this.#code,
      'the response does not begin with HTTP/ (HTTP/0.9 is taken with http09Allowed only)',
    )
  }

  #unsupported(what: string): Error {
    return malformed(this.#code, `the status line ${what}`)
  }

  /** As curl: 1 for a peer that speaks something else, 8 for one that stops speaking HTTP/1 on an open connection. */
  get #code(): 'WEIRD_SERVER_REPLY' | 'UNSUPPORTED_PROTOCOL' {
    return this.#isLater ? 'WEIRD_SERVER_REPLY' : 'UNSUPPORTED_PROTOCOL'
  }
}

function tooLong(): Error {
  return malformed('TOO_LARGE', `the status line is longer than ${LIMITS.headLineBytes} bytes`, {
    limitBytes: LIMITS.headLineBytes,
  })
}

const HTTP_1 = 'HTTP/1.'
