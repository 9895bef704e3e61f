/**
 * Reads heads and trailer sections: joins a start-line reader, the field-section reader and the bounds that
 * hold for all heads of one message together.
 *
 * The rule: a head that lies in one view is never copied; of one that does not, each byte is copied once and
 * scanned once, however small the pieces.
 */
import { latin1 } from '../base/ascii.ts'
import { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'
import { LIMITS } from '../tables/limits.ts'
import { FieldSectionReader } from './field-section-reader.ts'
import { malformed } from './malformed.ts'
import { RequestLineReader } from './request-line-reader.ts'
import { StatusLineReader } from './status-line-reader.ts'
import type { UnreadBytes } from './unread-bytes.ts'

export class HeadReader {
  readonly #statusLine: StatusLineReader | undefined
  readonly #requestLine: RequestLineReader | undefined
  readonly #section: FieldSectionReader
  #part = IN_FIELDS
  #emptyLines = 0
  /** Bytes of this head that were read from earlier views; they are in `#kept`. */
  #keptBytes = 0
  #kept = NO_BYTES
  /** The text of the head, once it is complete. */
  #text = ''
  /** Of this message, before this head. */
  #bytesBefore = 0
  #fieldsBefore = 0

  constructor(role: 'client' | 'server') {
    this.#statusLine = role === 'client' ? new StatusLineReader() : undefined
    this.#requestLine = role === 'server' ? new RequestLineReader() : undefined
    this.#section = new FieldSectionReader(role === 'client')
  }

  /** Expects the first head of a message. `isLater`: it is not the first message of the connection. */
  beginMessage(isLater: boolean): void {
    this.#bytesBefore = 0
    this.#fieldsBefore = 0
    this.#emptyLines = 0
    this.#beginStartLine(isLater)
  }

  /** Expects a further head of the same response. */
  beginNextHead(): void {
    this.#beginStartLine(true)
  }

  /** Expects the trailer section of the same message. */
  beginTrailers(): void {
    this.#part = IN_FIELDS
    this.#section.begin(LIMITS.responseFields - this.#fieldsBefore)
  }

  /** How many bytes of an unfinished head were read. */
  get bytesRead(): number {
    return this.#keptBytes
  }

  /** Bytes of all complete heads of this message so far, trailers included. */
  get headBytes(): number {
    return this.#bytesBefore
  }

  /** Consumes bytes. True: the head is complete. False: all bytes are consumed, and more are needed. */
  read(unread: UnreadBytes): boolean {
    if (this.#part <= AFTER_RETURN && !this.#skipEmptyLines(unread)) return false

    const from = unread.at
    const allowed = LIMITS.responseHeadBytes - this.#bytesBefore - this.#keptBytes
    const to = Math.min(unread.to, from + allowed)
    const end = this.#scan(unread.bytes, from, to, this.#keptBytes - from)
    if (end < 0) {
      if (to < unread.to) throw tooLarge()
      this.#keep(unread.bytes, from, to)
      unread.release()
      return false
    }

    if (this.#keptBytes === 0) {
      this.#text = latin1(unread.bytes, from, end)
    } else {
      this.#keep(unread.bytes, from, end)
      this.#text = latin1(this.#kept, 0, this.#keptBytes)
      this.#keptBytes = 0
      this.#kept = NO_BYTES
    }
    this.#bytesBefore += this.#text.length
    this.#fieldsBefore += this.#section.spans.length / 4
    this.#part = DONE
    if (end === unread.to) unread.release()
    else unread.at = end
    return true
  }

  /** The complete head of a response. */
  responseHead(): ResponseHead {
    const line = this.#statusLine!
    const raw = this.#text
    return {
      version: line.minorVersion === 1 ? '1.1' : '1.0',
      status: line.status,
      reason: raw.slice(line.reasonFrom, line.reasonTo),
      fields: this.fields(),
      raw,
    }
  }

  /**
   * The whole lines so far, also after `read` threw. Undefined when the start line is none of them, or the head is
   * complete. `unread`: as it was given to `read`.
   */
  cutHead({ bytes, at }: UnreadBytes): ResponseHead | undefined {
    if (this.#part !== IN_FIELDS || this.#statusLine === undefined) return undefined
    const to = this.#section.soundTo
    const fromKept = latin1(this.#kept, 0, Math.min(to, this.#keptBytes))
    this.#text = to > this.#keptBytes ? fromKept + latin1(bytes, at, at + to - this.#keptBytes) : fromKept
    return { ...this.responseHead(), isCut: true }
  }

  /** The complete head of a request. */
  requestHead(): RequestHead {
    const line = this.#requestLine!
    return {
      method: this.#text.slice(0, line.methodTo),
      target: this.#text.slice(line.methodTo + 1, line.targetTo),
      version: line.minorVersion === 1 ? '1.1' : '1.0',
      fields: this.fields(),
    }
  }

  /** The complete section; also that of a trailer. */
  fields(): Fields {
    const { spans, folds } = this.#section
    const text = folds === undefined ? this.#text : unfold(this.#text, spans, folds)
    return Fields.received(text, spans)
  }

  /** Lets go of the last head, so that an idle connection does not hold it. */
  release(): void {
    this.#text = ''
    this.#section.release()
  }

  #beginStartLine(isLater: boolean): void {
    this.#part = BEFORE_START
    this.#statusLine?.begin(isLater)
    this.#requestLine?.begin()
    this.#section.begin(LIMITS.responseFields - this.#fieldsBefore)
  }

  #scan(bytes: Uint8Array, from: number, to: number, shift: number): number {
    let at = from
    if (this.#part === IN_START_LINE) {
      at = (this.#statusLine ?? this.#requestLine!).read(bytes, at, to, shift)
      if (at < 0) return -1
      this.#part = IN_FIELDS
    }
    return this.#section.read(bytes, at, to, shift)
  }

  /** Passes over what may stand before a start line; true when the first byte of one is there. */
  #skipEmptyLines(unread: UnreadBytes): boolean {
    while (unread.count > 0) {
      const byte = unread.bytes[unread.at]!
      if (this.#part === AFTER_RETURN) {
        if (byte !== 0x0a)
          throw malformed('WEIRD_SERVER_REPLY', 'a CR without LF stands before the start line')
      } else if (byte !== 0x0d && byte !== 0x0a) {
        this.#part = IN_START_LINE
        return true
      } else if (++this.#emptyLines > LIMITS.leadingEmptyLines) {
        throw malformed(
          'WEIRD_SERVER_REPLY',
          `more than ${LIMITS.leadingEmptyLines} empty line stands before the start line`,
        )
      }
      this.#part = byte === 0x0d ? AFTER_RETURN : BEFORE_START
      unread.at += 1
    }
    unread.release()
    return false
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const count = this.#keptBytes + to - from
    if (count > this.#kept.length) {
      const larger = new Uint8Array(Math.max(count * 2, 512))
      larger.set(this.#kept.subarray(0, this.#keptBytes))
      this.#kept = larger
    }
    this.#kept.set(bytes.subarray(from, to), this.#keptBytes)
    this.#keptBytes = count
  }
}

/**
 * Joins the lines of folded values with one space (RFC 9112 5.2; curl does the same). The joined values stand
 * behind the received text, and the spans of their fields are led there.
 */
function unfold(text: string, spans: number[], folds: readonly number[]): string {
  let at = 0
  while (at < folds.length) {
    const field = folds[at]!
    const lines = field < 0 ? [] : [text.slice(spans[field * 4 + 2], spans[field * 4 + 3])]
    for (; at < folds.length && folds[at] === field; at += 3)
      lines.push(text.slice(folds[at + 1], folds[at + 2]))
    if (field < 0) continue
    const value = lines.filter((line) => line !== '').join(' ')
    spans[field * 4 + 2] = text.length
    spans[field * 4 + 3] = text.length + value.length
    text += value
  }
  return text
}

function tooLarge(): Error {
  const limitBytes = LIMITS.responseHeadBytes
  return malformed('TOO_LARGE', `the heads of the message are larger than ${limitBytes} bytes together`, {
    limitBytes,
    allHeads: true,
  })
}

const BEFORE_START = 0
const AFTER_RETURN = 1
const IN_START_LINE = 2
const IN_FIELDS = 3
const DONE = 4

const NO_BYTES = new Uint8Array(0)
