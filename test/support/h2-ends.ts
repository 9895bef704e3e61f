/**
 * One end of HTTP/2 for tests: frames built by hand, frames read back, and an `H2Session` whose listener prints
 * what it hears, a line per call, so that ways of cutting the same bytes can be compared.
 *
 * The rule: nothing here checks anything. Frames may be as wrong as a test wants them.
 */
import { ByteWriter } from '../../packages/core/src/base/byte-writer.ts'
import { HeaderList, HpackEncoder } from '../../packages/core/src/h2/hpack-encoder.ts'
import type { H2Stream } from '../../packages/core/src/h2/h2-stream.ts'
import {
  CLIENT_PREFACE,
  errorName,
  FLAG,
  FRAME,
  FRAME_RULES,
  H2_ERRORS,
  type H2ErrorName,
} from '../../packages/core/src/h2/protocol.ts'
import { H2Session, type H2Listener, type H2SessionSettings } from '../../packages/core/src/h2/session.ts'
import type { TransferError } from '../../packages/core/src/errors/transfer-error.ts'
import type { Fields } from '../../packages/core/src/http/fields.ts'
import type { RequestHead, ResponseHead } from '../../packages/core/src/http/message.ts'

export type Role = 'client' | 'server'

// ---- Bytes -------------------------------------------------------------------------------------------

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

export function u32(value: number): Uint8Array {
  return bytes(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

// ---- Frames ------------------------------------------------------------------------------------------

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = bytes(),
  length = payload.length,
): Uint8Array {
  const head = bytes(length >>> 16, (length >>> 8) & 0xff, length & 0xff, type, flags)
  return joined(head, u32(streamId), payload)
}

/** A header block that leaves both tables alone. */
export function block(...pairs: readonly string[]): Uint8Array {
  const writer = new ByteWriter()
  new HpackEncoder(4096).encode(plainList(...pairs), writer)
  return writer.take()
}

export function plainList(...pairs: readonly string[]): HeaderList {
  return new HeaderList(
    pairs,
    Array.from({ length: pairs.length / 2 }, () => 'plain' as const),
  )
}

export function headers(streamId: number, pairs: readonly string[], isLast = false): Uint8Array {
  return frame(FRAME.HEADERS, FLAG.END_HEADERS | (isLast ? FLAG.END_STREAM : 0), streamId, block(...pairs))
}

export function data(streamId: number, text: string | Uint8Array, isLast = false): Uint8Array {
  const body = typeof text === 'string' ? latin1Bytes(text) : text
  return frame(FRAME.DATA, isLast ? FLAG.END_STREAM : 0, streamId, body)
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Uint8Array {
  const payload = pairs.map(([id, value]) => joined(bytes(id >>> 8, id & 0xff), u32(value)))
  return frame(FRAME.SETTINGS, 0, 0, joined(...payload))
}

export const settingsAck = frame(FRAME.SETTINGS, FLAG.ACK, 0)
export const preface = latin1Bytes(CLIENT_PREFACE)

export function ping(text = '12345678', flags = 0): Uint8Array {
  return frame(FRAME.PING, flags, 0, latin1Bytes(text))
}

export function windowUpdate(streamId: number, increment: number): Uint8Array {
  return frame(FRAME.WINDOW_UPDATE, 0, streamId, u32(increment))
}

export function rst(streamId: number, code: H2ErrorName = 'CANCEL'): Uint8Array {
  return frame(FRAME.RST_STREAM, 0, streamId, u32(H2_ERRORS[code]))
}

export function goaway(lastId: number, code: H2ErrorName = 'NO_ERROR', text = ''): Uint8Array {
  return frame(FRAME.GOAWAY, 0, 0, joined(u32(lastId), u32(H2_ERRORS[code]), latin1Bytes(text)))
}

export const REQUEST = [':method', 'GET', ':scheme', 'https', ':authority', 'a.test', ':path', '/'] as const
export const POST = [':method', 'POST', ':scheme', 'https', ':authority', 'a.test', ':path', '/'] as const
export const OK = [':status', '200'] as const

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Uint8Array
}

/** Whole frames, as they stand. */
export function framesOf(all: Uint8Array): Frame[] {
  const frames: Frame[] = []
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
  for (let at = 0; at < all.length;) {
    const length = (all[at]! << 16) | (all[at + 1]! << 8) | all[at + 2]!
    if (at + 9 + length > all.length) throw new Error('the output ends within a frame')
    const payload = all.slice(at + 9, at + 9 + length)
    frames.push({ type: all[at + 3]!, flags: all[at + 4]!, streamId: view.getUint32(at + 5), payload })
    at += 9 + length
  }
  return frames
}

/** A frame as a line: `RST_STREAM 1 CANCEL`. */
export function frameText({ type, flags, streamId, payload }: Frame): string {
  const name = FRAME_RULES[type]?.name ?? `type ${type}`
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const end = (flags & FLAG.END_STREAM) === 0 ? '' : ' last'
  switch (type) {
    case FRAME.DATA:
      return `DATA ${streamId} ${payload.length}${end}`
    case FRAME.HEADERS:
      return `HEADERS ${streamId}${end}`
    case FRAME.RST_STREAM:
      return `RST_STREAM ${streamId} ${errorName(view.getUint32(0))}`
    case FRAME.WINDOW_UPDATE:
      return `WINDOW_UPDATE ${streamId} ${view.getUint32(0)}`
    case FRAME.GOAWAY:
      return `GOAWAY ${view.getUint32(0)} ${errorName(view.getUint32(4))}`
    case FRAME.PING:
      return `PING ${Buffer.from(payload).toString('latin1')}${end === '' ? '' : ' ack'}`
    case FRAME.SETTINGS:
      return `SETTINGS${end === '' ? '' : ' ack'}`
    default:
      return `${name} ${streamId}`
  }
}

// ---- A session that is listened to -------------------------------------------------------------------

export class End implements H2Listener<string> {
  readonly session: H2Session<string>
  /** What was heard. Pieces of one body that follow each other are one line; long ones stand in `bodies` only. */
  readonly lines: string[] = []
  readonly streams = new Map<number, H2Stream<string>>()
  readonly bodies = new Map<number, Uint8Array[]>()
  outputCalls = 0
  now = 0
  /** Called before a line is noted: for tests that call back. */
  hook: ((line: string, stream: H2Stream<string> | undefined) => void) | undefined

  constructor(settingsOfSession: H2SessionSettings) {
    this.session = new H2Session<string>(settingsOfSession, this)
  }

  receive(...pieces: readonly Uint8Array[]): this {
    for (const piece of pieces) this.session.receive(piece, this.now)
    return this
  }

  /** What went out since the last call, a line per frame. */
  sent(): string[] {
    return framesOf(this.#takeAll()).map(frameText)
  }

  takeFrames(): Frame[] {
    return framesOf(this.#takeAll())
  }

  /** What was heard since the last call. */
  heard(): string[] {
    return this.lines.splice(0)
  }

  body(streamId: number): Uint8Array {
    return joined(...(this.bodies.get(streamId) ?? []))
  }

  request(stream: H2Stream<string>, head: RequestHead, isLast: boolean): void {
    this.streams.set(stream.id, stream)
    this.#note(`request ${stream.id} ${head.method} ${head.target}${isLast ? ' last' : ''}`, stream)
  }

  informational(stream: H2Stream<string>, head: ResponseHead): void {
    this.#note(`informational ${stream.id} ${head.status}`, stream)
  }

  response(stream: H2Stream<string>, head: ResponseHead, length: number): void {
    this.#note(`response ${stream.id} ${head.status} ${length}`, stream)
  }

  data(stream: H2Stream<string>, piece: Uint8Array): void {
    const pieces = this.bodies.get(stream.id) ?? []
    this.bodies.set(stream.id, pieces)
    pieces.push(piece.slice())
    const text = Buffer.from(piece).toString('latin1')
    if (text.length > LONGEST_TOLD) {
      this.hook?.(`data ${stream.id} ${text}`, stream)
      return
    }
    const last = this.lines.at(-1)
    if (last?.startsWith(`data ${stream.id} `) === true) {
      this.hook?.(`data ${stream.id} ${text}`, stream)
      this.lines[this.lines.length - 1] = last + text
    } else {
      this.#note(`data ${stream.id} ${text}`, stream)
    }
  }

  streamEnded(stream: H2Stream<string>, trailers: Fields | undefined): void {
    const text = [...(trailers ?? [])].map(([name, value]) => ` ${name}=${value}`).join('')
    this.#note(`ended ${stream.id}${text}`, stream)
  }

  streamFailed(stream: H2Stream<string>, error: TransferError): void {
    const { h2, unsent } = error.details
    this.#note(`failed ${stream.id} ${error.code} ${h2}${unsent === true ? ' unsent' : ''}`, stream)
  }

  writable(stream: H2Stream<string>): void {
    this.#note(`writable ${stream.id}`, stream)
  }

  settingsChanged(): void {
    this.#note('settings', undefined)
  }

  goingAway(error: TransferError, isGraceful: boolean): void {
    this.#note(`going away ${error.details['h2']}${isGraceful ? ' gracefully' : ''}`, undefined)
  }

  pong(): void {
    this.#note('pong', undefined)
  }

  broken(error: TransferError): void {
    this.#note(`broken ${error.code} ${error.details['h2']}`, undefined)
  }

  outputReady(): void {
    this.outputCalls += 1
  }

  #takeAll(): Uint8Array {
    const pieces: Uint8Array[] = []
    for (let out = this.session.takeOutput(); out.length > 0; out = this.session.takeOutput()) {
      pieces.push(out.slice())
      this.session.pump()
    }
    return joined(...pieces)
  }

  #note(line: string, stream: H2Stream<string> | undefined): void {
    this.hook?.(line, stream)
    this.lines.push(line)
  }
}

const LONGEST_TOLD = 1_000

/** A session that has begun, whose output so far is taken; a client's peer has said its (empty) SETTINGS. */
export function begun(role: Role, more: Omit<H2SessionSettings, 'role'> = {}): End {
  const end = new End({ role, ...more })
  end.session.begin()
  end.session.takeOutput()
  if (role === 'server') end.receive(preface)
  end.receive(settings())
  end.session.takeOutput()
  end.heard()
  return end
}

/** The same bytes in pieces: whole, byte by byte, and at places that differ from seed to seed. */
export function cuttings(all: Uint8Array, seeds = 8): Uint8Array[][] {
  const single = Array.from(all, (byte) => bytes(byte))
  const random = Array.from({ length: seeds }, (_, seed) => {
    const pieces: Uint8Array[] = []
    let state = seed * 2_654_435_761 + 12_345
    for (let at = 0; at < all.length;) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      const to = Math.min(all.length, at + 1 + ((state >>> 16) % 23))
      pieces.push(all.slice(at, to))
      at = to
    }
    return pieces
  })
  return [[all.slice()], single, ...random]
}
