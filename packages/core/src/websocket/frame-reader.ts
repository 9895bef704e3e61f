/**
 * The receiving half of a WebSocket, in either role: bytes in, pieces of messages and control frames out
 * (RFC 6455 section 5), without I/O.
 *
 * The rule: `next` gives an event, throws a TransferError, or says `undefined`: not yet. Payload is handed on as it
 * comes and never gathered, but for control frames, which have 125 bytes at most. Each event but an empty piece takes
 * bytes away, and an empty piece takes its frame's head, so that no input makes it go on for ever (CVE-2025-5399).
 */
import { UnreadBytes } from '../h1/unread-bytes.ts'
import { LIMITS } from '../tables/limits.ts'
import { applyMask } from './masking.ts'
import { CONTROL_BYTES, FIN, MASKED, mayBeSent, OPCODE, RESERVED, type MessageType } from './protocol.ts'
import { Utf8Check } from './utf8-check.ts'
import { violation } from './violation.ts'

/** Some payload of a message. */
export interface PieceEvent {
  readonly is: 'piece'
  readonly type: MessageType
  /** Points into what was offered. */
  readonly bytes: Uint8Array
  /** Whether its frame goes on with a message that an earlier one began. */
  readonly isContinuation: boolean
  /** Whether its frame is the last of the message. */
  readonly isFinal: boolean
  /** Where in its frame it begins, and how much of the frame comes behind it. */
  readonly offset: number
  readonly left: number
}

/** A whole control frame. */
export type ControlEvent =
  | { readonly is: 'ping'; readonly bytes: Uint8Array }
  | { readonly is: 'pong'; readonly bytes: Uint8Array }
  /** Without a code: 1005. */
  | { readonly is: 'close'; readonly code: number; readonly reason: string }

export type FrameEvent = PieceEvent | ControlEvent

export interface FrameReaderSettings {
  /** Whose end reads: a client gets frames without masks, a server frames with masks. */
  readonly role: 'client' | 'server'
  /**
   * The longest message; more is TOO_LARGE, as soon as it is announced, and so are too many fragments. Undefined: no
   * limit, for those who gather nothing.
   */
  readonly maxMessageBytes?: number | undefined
}

export class FrameReader {
  readonly #role: 'client' | 'server'
  readonly #maxMessageBytes: number
  readonly #unread = new UnreadBytes()
  readonly #utf8 = new Utf8Check()
  /** The message under way. */
  #type: MessageType | undefined
  #messageBytes = 0
  #fragments = 0
  /** The data frame under way. */
  #isInFrame = false
  #isFinal = false
  #isContinuation = false
  #length = 0
  #offset = 0
  #mask = 0
  #hasClosed = false
  #failure: unknown

  constructor(settings: FrameReaderSettings) {
    this.#role = settings.role
    this.#maxMessageBytes = settings.maxMessageBytes ?? Infinity
  }

  /** Hands received bytes over; as for `UnreadBytes`, the view must be valid until `keep`. */
  offer(view: Uint8Array): void {
    this.#unread.offer(view)
  }

  /** Copies what is unread, to be called before the offered view becomes invalid. */
  keep(): void {
    this.#unread.keep()
  }

  /** Whether an end now would cut nothing. */
  get isBetweenMessages(): boolean {
    return this.#type === undefined && this.#unread.count === 0 && this.#failure === undefined
  }

  /** The next event; undefined when more bytes are needed, and for ever after a close frame. Throws the same error ever after. */
  next(): FrameEvent | undefined {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#hasClosed) {
      // RFC 6455 1.4: whatever comes behind a close frame is no concern of anybody.
      this.#unread.release()
      return undefined
    }
    try {
      return this.#isInFrame ? this.#nextPiece() : this.#nextFrame()
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  #nextFrame(): FrameEvent | undefined {
    const unread = this.#unread
    const { bytes, at, count } = unread
    if (count < 2) {
      if (count === 1) this.#checkFirst(bytes[at]!)
      return undefined
    }
    const first = bytes[at]!
    const second = bytes[at + 1]!
    this.#checkFirst(first)
    const isMasked = (second & MASKED) !== 0
    if (isMasked !== (this.#role === 'server'))
      throw violation('protocolError', `a frame that is ${isMasked ? '' : 'not '}masked (RFC 6455 5.1)`)
    const short = second & 0x7f
    const opcode = first & 0x0f
    const isControl = opcode >= OPCODE.close
    if (isControl && short > CONTROL_BYTES)
      throw violation('protocolError', `a control frame of more than ${CONTROL_BYTES} bytes`)
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    if (count < 2 + lengthBytes) return undefined
    const length = lengthBytes === 0 ? short : readLength(bytes, at + 2, lengthBytes)
    const headBytes = 2 + lengthBytes + (isMasked ? 4 : 0)
    if (!isControl) this.#checkSize(length)
    if (count < headBytes + (isControl ? length : 0)) return undefined
    this.#mask = isMasked ? readMask(bytes, at + headBytes - 4) : 0
    if (isControl) {
      unread.at += headBytes
      return this.#control(opcode, length)
    }
    unread.at += headBytes
    if (unread.count === 0) unread.release()
    this.#beginData(opcode, (first & FIN) !== 0, length)
    return this.#nextPiece()
  }

  /** What the first byte of a frame may be, where it stands (RFC 6455 5.2, 5.4, 5.5). */
  #checkFirst(first: number): void {
    const opcode = first & 0x0f
    if ((first & RESERVED) !== 0)
      throw violation('protocolError', 'a frame with reserved bits, and no extension was agreed on')
    if (opcode >= OPCODE.close) {
      if (opcode > OPCODE.pong) throw violation('protocolError', `a frame of the reserved opcode ${opcode}`)
      if ((first & FIN) === 0) throw violation('protocolError', 'a control frame in fragments')
    } else if (opcode > OPCODE.binary) {
      throw violation('protocolError', `a frame of the reserved opcode ${opcode}`)
    } else if (opcode === OPCODE.continuation) {
      if (this.#type === undefined)
        throw violation('protocolError', 'a continuation frame, and no message has begun')
    } else if (this.#type !== undefined)
      throw violation('protocolError', 'a new message before the last one has ended')
  }

  #checkSize(length: number): void {
    const size = this.#messageBytes + length
    if (size > this.#maxMessageBytes)
      throw violation(
        'tooBig',
        `a message of ${size} bytes or more, at most ${this.#maxMessageBytes} are taken`,
        {
          limit: this.#maxMessageBytes,
          size,
        },
      )
    if (this.#maxMessageBytes < Infinity && this.#fragments >= LIMITS.wsFragments)
      throw violation('tooBig', `a message of more than ${LIMITS.wsFragments} fragments`, {
        limit: LIMITS.wsFragments,
      })
  }

  #beginData(opcode: number, isFinal: boolean, length: number): void {
    this.#isContinuation = opcode === OPCODE.continuation
    if (!this.#isContinuation) {
      this.#type = opcode === OPCODE.text ? 'text' : 'binary'
      this.#messageBytes = this.#fragments = 0
      this.#utf8.reset()
    }
    this.#messageBytes += length
    this.#fragments += 1
    this.#isFinal = isFinal
    this.#length = length
    this.#offset = 0
    this.#isInFrame = true
  }

  #nextPiece(): PieceEvent | undefined {
    const offset = this.#offset
    const left = this.#length - offset
    const count = Math.min(left, this.#unread.count)
    if (count === 0 && left > 0) return undefined
    const bytes = count === 0 ? NOTHING : this.#payload(count, offset)
    const type = this.#type!
    const isContinuation = this.#isContinuation
    const isFinal = this.#isFinal
    if (type === 'text' && !this.#utf8.take(bytes)) throw brokenText()
    this.#offset = offset + count
    if (count === left) {
      this.#isInFrame = false
      if (isFinal) {
        if (type === 'text' && !this.#utf8.isWhole) throw brokenText()
        this.#type = undefined
        this.#messageBytes = this.#fragments = 0
      }
    }
    return { is: 'piece', type, bytes, isContinuation, isFinal, offset, left: left - count }
  }

  #payload(count: number, offset: number): Uint8Array {
    if (this.#role === 'client') return this.#unread.take(count)
    // The view belongs to others, and may be looked at again.
    const bytes = new Uint8Array(this.#unread.take(count))
    applyMask(bytes, 0, count, this.#mask, offset)
    return bytes
  }

  #control(opcode: number, length: number): ControlEvent {
    const bytes = length === 0 ? NOTHING : this.#payload(length, 0)
    if (this.#unread.count === 0) this.#unread.release()
    if (opcode === OPCODE.ping) return { is: 'ping', bytes }
    if (opcode === OPCODE.pong) return { is: 'pong', bytes }
    this.#hasClosed = true
    return readClose(bytes)
  }
}

/** RFC 6455 5.2: in the fewest bytes that hold it, and the highest bit zero. */
function readLength(bytes: Uint8Array, at: number, count: number): number {
  if (count === 2) {
    const length = (bytes[at]! << 8) | bytes[at + 1]!
    if (length < 126) throw notShortest(length)
    return length
  }
  let high = 0
  let low = 0
  for (let i = 0; i < 4; i += 1) {
    high = high * 256 + bytes[at + i]!
    low = low * 256 + bytes[at + 4 + i]!
  }
  if (high >= 2 ** 31) throw violation('protocolError', 'the length of a frame has its highest bit set')
  const length = high * 2 ** 32 + low
  if (length < 65_536) throw notShortest(length)
  // Counted exactly or not at all (CVE-2026-1528: a length that overflowed).
  if (!Number.isSafeInteger(length)) throw violation('tooBig', 'a frame of 2^53 bytes or more')
  return length
}

function notShortest(length: number): Error {
  return violation('protocolError', `the length ${length} of a frame is not in its shortest form`)
}

function readMask(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** RFC 6455 5.5.1: nothing, or a code and a reason. */
function readClose(bytes: Uint8Array): ControlEvent {
  if (bytes.length === 0) return NO_CODE
  if (bytes.length === 1) throw violation('protocolError', 'a close frame with half a code')
  const code = (bytes[0]! << 8) | bytes[1]!
  if (!mayBeSent(code)) throw violation('protocolError', `a close frame with the code ${code}`)
  const reason = bytes.subarray(2)
  const utf8 = new Utf8Check()
  if (!utf8.take(reason) || !utf8.isWhole)
    throw violation('invalidData', 'the reason of a close frame is not UTF-8')
  return { is: 'close', code, reason: TEXT.decode(reason) }
}

function brokenText(): Error {
  return violation('invalidData', 'a text message that is not UTF-8')
}

const TEXT = new TextDecoder('utf-8', { ignoreBOM: true })
const NO_CODE: ControlEvent = Object.freeze({ is: 'close', code: 1005, reason: '' })
const NOTHING = new Uint8Array(0)
