/**
 * `WebSocketSession`: one end of a WebSocket in either role, without I/O: frames in, events out; messages in, bytes
 * out; pings answered, closes answered.
 *
 * The rule: nothing is said behind a close frame, and of pings that come while nothing can be sent only the last one
 * is answered (RFC 6455 5.5.3), so that no peer makes us keep answers.
 */
import { ByteWriter } from '../base/byte-writer.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { FrameReader, type FrameEvent } from './frame-reader.ts'
import { writeFrame } from './frame-writer.ts'
import { MaskSource, type RandomBytes } from './masking.ts'
import { CLOSE_CODE, CONTROL_BYTES, mayBeSent, OPCODE, REASON_BYTES } from './protocol.ts'
import { closeCodeOf } from './violation.ts'

export interface WebSocketSettings {
  readonly role: 'client' | 'server'
  readonly random: RandomBytes
  /** Whether pings are answered without being asked to. */
  readonly answersPings: boolean
  /** As `FrameReaderSettings`. */
  readonly maxMessageBytes?: number | undefined
}

export class WebSocketSession {
  readonly #reader: FrameReader
  readonly #answersPings: boolean
  readonly #masks: MaskSource | undefined
  readonly #out = new ByteWriter()
  /** What the unanswered ping held. */
  #duePong: Uint8Array | undefined
  #isBlocked = false
  #hasSaidClose = false
  #hasHeardClose = false
  /** The kind of the message that is being sent in fragments. */
  #sending: 'text' | 'binary' | undefined

  constructor({ role, random, answersPings, maxMessageBytes }: WebSocketSettings) {
    this.#reader = new FrameReader({ role, maxMessageBytes })
    this.#answersPings = answersPings
    this.#masks = role === 'client' ? new MaskSource(random) : undefined
  }

  // ---- Receiving -----------------------------------------------------------------------------------

  /** As `FrameReader.offer`. */
  offer(view: Uint8Array): void {
    this.#reader.offer(view)
  }

  /** As `FrameReader.keep`. */
  keep(): void {
    this.#reader.keep()
  }

  /** Whether an end of the stream now would cut nothing. */
  get isBetweenMessages(): boolean {
    return this.#reader.isBetweenMessages
  }

  /**
   * The next event, as `FrameReader.next`. Answers to pings and closes are in the output then. A failure of the
   * peer is told to it, by a close frame, before it is thrown.
   */
  next(): FrameEvent | undefined {
    let event: FrameEvent | undefined
    try {
      event = this.#reader.next()
    } catch (error) {
      const code = error instanceof TransferError ? closeCodeOf(error) : undefined
      if (code !== undefined && !this.#hasSaidClose) this.#sayClose(code, '')
      throw error
    }
    if (event === undefined || event.is === 'piece') return event
    if (event.is === 'ping' && this.#answersPings) this.#answerPing(event.bytes)
    else if (event.is === 'close') {
      this.#hasHeardClose = true
      // RFC 6455 5.5.1: with the code that came.
      if (!this.#hasSaidClose) this.#sayClose(event.code === CLOSE_CODE.none ? undefined : event.code, '')
    }
    return event
  }

  // ---- Sending -------------------------------------------------------------------------------------

  /** Whether messages may be sent. */
  get isOpen(): boolean {
    return !this.#hasSaidClose
  }

  /** Whether both ends have said that it closes. */
  get isClosed(): boolean {
    return this.#hasSaidClose && this.#hasHeardClose
  }

  /** A whole message. SEND_ERROR once it closes; BAD_FUNCTION_ARGUMENT in the middle of one in fragments. */
  send(data: Uint8Array | string): void {
    this.#checkOpen()
    if (this.#sending !== undefined)
      throw misuse('a message in fragments has not ended: send its last fragment first')
    writeFrame(this.#out, typeof data === 'string' ? OPCODE.text : OPCODE.binary, true, data, this.#masks)
  }

  /** A fragment of a message; the first one settles its kind, the last one ends it. Throws as `send`. */
  sendFragment(data: Uint8Array | string, isLast: boolean): void {
    this.#checkOpen()
    const type = typeof data === 'string' ? 'text' : 'binary'
    const begun = this.#sending
    if (begun !== undefined && begun !== type)
      throw misuse(`a fragment of a ${begun} message must be ${begun === 'text' ? 'a string' : 'bytes'}`)
    this.#sending = isLast ? undefined : type
    writeFrame(this.#out, begun === undefined ? OPCODE[type] : OPCODE.continuation, isLast, data, this.#masks)
  }

  /** SEND_ERROR once it closes; BAD_FUNCTION_ARGUMENT for more than 125 bytes. */
  ping(data: Uint8Array | string = NOTHING): void {
    this.#control(OPCODE.ping, data)
  }

  /** A pong that answers nothing, or a ping when these are not answered by themselves. Throws as `ping`. */
  pong(data: Uint8Array | string = NOTHING): void {
    this.#control(OPCODE.pong, data)
  }

  /**
   * Says that it closes; does nothing the second time. Without a code the frame is empty. BAD_FUNCTION_ARGUMENT for
   * codes that may not be sent and reasons of more than 123 bytes.
   */
  close(code?: number, reason = ''): void {
    if (code !== undefined && !mayBeSent(code))
      throw misuse(`the close code must be 1000 to 1003, 1007 to 1014 or 3000 to 4999, not ${code}`)
    if (code === undefined && reason !== '') throw misuse('a close frame has no reason without a code')
    const bytes = ENCODER.encode(reason)
    if (bytes.length > REASON_BYTES)
      throw misuse(`the reason of a close is ${bytes.length} bytes long, at most ${REASON_BYTES} can be sent`)
    if (!this.#hasSaidClose) this.#sayClose(code, reason)
  }

  /** Bytes that wait to be taken. */
  get pendingBytes(): number {
    return this.#out.length
  }

  /** What is to be sent; no bytes: nothing is. */
  takeOutput(): Uint8Array {
    return this.#out.take()
  }

  /** Whether the stream takes no more for now: answers to pings wait, and the last one is sent when it does again. */
  set isBlocked(isBlocked: boolean) {
    this.#isBlocked = isBlocked
    const due = this.#duePong
    if (isBlocked || due === undefined) return
    this.#duePong = undefined
    if (!this.#hasSaidClose) writeFrame(this.#out, OPCODE.pong, true, due, this.#masks)
  }

  #answerPing(bytes: Uint8Array): void {
    if (this.#hasSaidClose) return
    if (this.#isBlocked) this.#duePong = new Uint8Array(bytes)
    else writeFrame(this.#out, OPCODE.pong, true, bytes, this.#masks)
  }

  #control(opcode: number, data: Uint8Array | string): void {
    this.#checkOpen()
    const bytes = typeof data === 'string' ? ENCODER.encode(data) : data
    if (bytes.length > CONTROL_BYTES)
      throw misuse(`a ping or pong holds ${CONTROL_BYTES} bytes at most, not ${bytes.length}`)
    writeFrame(this.#out, opcode, true, bytes, this.#masks)
  }

  #sayClose(code: number | undefined, reason: string): void {
    this.#hasSaidClose = true
    this.#duePong = undefined
    const text = ENCODER.encode(reason)
    const payload = new Uint8Array(code === undefined ? 0 : 2 + text.length)
    if (code !== undefined) {
      payload[0] = code >> 8
      payload[1] = code
      payload.set(text, 2)
    }
    writeFrame(this.#out, OPCODE.close, true, payload, this.#masks)
  }

  #checkOpen(): void {
    if (this.#hasSaidClose)
      throw new TransferError('SEND_ERROR', 'the WebSocket is closed or closing', {}, { phase: 'send' })
  }
}

function misuse(message: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', message, {}, { phase: 'send' })
}

const ENCODER = new TextEncoder()
const NOTHING = new Uint8Array(0)
