/**
 * Reads `request-line = method SP request-target SP HTTP-version CRLF` (RFC 9112 section 3) from bytes that
 * may come in any pieces.
 *
 * The rule: exactly one space between the parts; the first byte that does not fit throws at once.
 */
import { CLASSES, TARGET_CHAR, TOKEN_CHAR } from '../http/tokens.ts'
import { LIMITS } from '../tables/limits.ts'
import { hexByte, malformed } from './malformed.ts'

export class RequestLineReader {
  minorVersion = 0
  /** The method stands at `[0, methodTo)` of the head, the target at `[methodTo + 1, targetTo)`. */
  methodTo = 0
  targetTo = 0
  #hasReturn = false

  begin(): void {
    this.methodTo = 0
    this.targetTo = 0
    this.#hasReturn = false
  }

  /** Reads `bytes[at, to)`, whose first byte stands at `at + shift` of the head. Returns where the line has ended, or -1. */
  read(bytes: Uint8Array, at: number, to: number, shift: number): number {
    const stop = Math.min(to, LIMITS.headLineBytes - shift)
    for (; at < stop; at += 1) {
      const byte = bytes[at]!
      const place = at + shift
      if (this.methodTo === 0) {
        if (byte === 0x20 && place > 0) this.methodTo = place
        else if ((CLASSES[byte]! & TOKEN_CHAR) === 0) throw unexpected('method', byte)
      } else if (this.targetTo === 0) {
        if (byte === 0x20 && place > this.methodTo + 1) this.targetTo = place
        else if ((CLASSES[byte]! & TARGET_CHAR) === 0) throw unexpected('target', byte)
      } else if (this.#readVersion(byte, place - this.targetTo - 1)) {
        return at + 1
      }
    }
    if (at < to) {
      throw malformed('TOO_LARGE', `the request line is longer than ${LIMITS.headLineBytes} bytes`, {
        limitBytes: LIMITS.headLineBytes,
      })
    }
    return -1
  }

  /** Whether `byte`, at `place` after the second space, ends the line. */
  #readVersion(byte: number, place: number): boolean {
    if (place < 7) {
      if (byte !== HTTP_1.charCodeAt(place)) throw unsupported()
    } else if (place === 7) {
      if (byte !== 0x30 && byte !== 0x31) throw unsupported()
      this.minorVersion = byte - 0x30
    } else if (byte === 0x0a) {
      return true
    } else if (byte !== 0x0d || this.#hasReturn) {
      throw place === 8
        ? unsupported()
        : malformed('WEIRD_SERVER_REPLY', 'a CR without LF stands in the request line')
    } else {
      this.#hasReturn = true
    }
    return false
  }
}

function unexpected(part: string, byte: number): Error {
  return malformed('WEIRD_SERVER_REPLY', `the ${part} of the request is cut by the byte ${hexByte(byte)}`)
}

function unsupported(): Error {
  return malformed('UNSUPPORTED_PROTOCOL', 'the request line has a version other than HTTP/1.0 and HTTP/1.1')
}

const HTTP_1 = 'HTTP/1.'
