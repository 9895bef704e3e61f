/**
 * The least that can be called an HTTP/2 client: one socket, requests encoded beforehand, and of what comes only
 * the nine bytes before each frame are read. Field blocks are not decoded, windows are wide.
 */
import { readFileSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import type { Terms } from '../../rounds/measure.ts'
import { openBare } from './open.ts'

export interface FrameEvents {
  /** Bytes of a body. */
  data(id: number, byteCount: number): void
  /** A stream has ended. */
  end(id: number): void
  /** All of a piece has been looked at. */
  read(): void
}

export interface FrameConnection {
  /** Opens so many streams; answers the id of the first, and each is two above the one before. */
  request(count: number): number
  close(): void
}

export async function openFrames(
  { origin, path, caFile }: Terms,
  events: FrameEvents,
): Promise<FrameConnection> {
  const { protocol, host } = new URL(origin)
  const isTls = protocol === 'https:'
  const template = requestFrame(isTls, host, path)
  const frames = new FrameWalk(events)
  const buffer = Buffer.allocUnsafeSlow(64 * 1024)
  const socket = await openBare(origin, {
    ca: readFileSync(caFile),
    ALPNProtocols: ['h2'],
    onread: {
      buffer,
      callback(count) {
        frames.walk(buffer, count)
        if (frames.unacknowledgedSettings > 0) {
          frames.unacknowledgedSettings -= 1
          socket.write(frameHead(0, SETTINGS, ACK, 0))
        }
        if (frames.sinceUpdate >= CONNECTION_WINDOW / 2) {
          socket.write(windowUpdate(frames.sinceUpdate))
          frames.sinceUpdate = 0
        }
        events.read()
        return true
      },
    },
  })
  let isClosed = false
  let nextId = 1
  socket.on('close', () => {
    if (!isClosed) throw new Error('the server closed the connection')
  })
  if (isTls && (socket as TLSSocket).alpnProtocol !== 'h2') throw new Error('the server does not speak h2')
  socket.write(PREFACE)
  return {
    request(count) {
      const first = nextId
      const bytes = Buffer.allocUnsafe(count * template.length)
      for (let at = 0; at < bytes.length; at += template.length) {
        template.copy(bytes, at)
        bytes.writeUInt32BE(nextId, at + 5)
        nextId += 2
      }
      socket.write(bytes)
      return first
    },
    close() {
      isClosed = true
      socket.destroy()
    },
  }
}

/** Goes through frames without keeping anything of them. RFC 9113 section 4.1. */
class FrameWalk {
  unacknowledgedSettings = 0
  /** Bytes of DATA since the window of the connection was last opened. */
  sinceUpdate = 0
  readonly #events: FrameEvents
  /** The head of the frame at hand, and how many of its nine bytes have come. */
  readonly #head = Buffer.alloc(9)
  #headBytes = 0
  /** Bytes of the payload yet to come. */
  #left = 0
  #type = 0
  #flags = 0
  #id = 0
  /** Of RST_STREAM. */
  #code = 0

  constructor(events: FrameEvents) {
    this.#events = events
  }

  walk(bytes: Buffer, end: number): void {
    let at = 0
    for (;;) {
      if (this.#headBytes < 9) {
        if (this.#headBytes === 0 && end - at >= 9) {
          this.#begin(bytes, at)
          at += 9
        } else {
          const taken = Math.min(9 - this.#headBytes, end - at)
          bytes.copy(this.#head, this.#headBytes, at, at + taken)
          this.#headBytes += taken
          at += taken
          if (this.#headBytes < 9) return
          this.#begin(this.#head, 0)
        }
      }
      const taken = Math.min(this.#left, end - at)
      this.#left -= taken
      at += taken
      if (taken > 0 && this.#type === DATA) {
        this.sinceUpdate += taken
        this.#events.data(this.#id, taken)
      } else if (this.#type === RST_STREAM) {
        for (const byte of bytes.subarray(at - taken, at)) this.#code = (this.#code << 8) | byte
      }
      if (this.#left > 0) return
      this.#headBytes = 0
      if (this.#type <= HEADERS && (this.#flags & END_STREAM) !== 0) this.#events.end(this.#id)
      else if (this.#type === SETTINGS && (this.#flags & ACK) === 0) this.unacknowledgedSettings += 1
      else if (this.#type === RST_STREAM && this.#code !== NO_ERROR)
        throw new Error(`the server reset stream ${this.#id} with code ${this.#code}`)
      else if (this.#type === GOAWAY) throw new Error('the server sent GOAWAY')
    }
  }

  #begin(bytes: Buffer, at: number): void {
    this.#headBytes = 9
    this.#left = bytes.readUIntBE(at, 3)
    this.#type = bytes[at + 3]!
    this.#flags = bytes[at + 4]!
    this.#id = bytes.readUInt32BE(at + 5)
    this.#code = 0
  }
}

const DATA = 0x0
const HEADERS = 0x1
const RST_STREAM = 0x3
const SETTINGS = 0x4
const GOAWAY = 0x7
const WINDOW_UPDATE = 0x8
/** Node's server sends it behind a complete answer. RFC 9113 section 8.1. */
const NO_ERROR = 0x0
/** Of DATA and HEADERS. */
const END_STREAM = 0x1
/** Of HEADERS. */
const END_HEADERS = 0x4
/** Of SETTINGS. */
const ACK = 0x1
/** More than any body has, so that no stream ever waits. RFC 9113 section 6.9.1. */
const STREAM_WINDOW = 2 ** 31 - 1
/** nginx makes its frames, of 8 or 16 KB, in advance, and takes 10,000 of them for an attack: it closes the connection. */
const CONNECTION_WINDOW = 32 * 2 ** 20
const FIRST_WINDOW = 65_535

const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
  frameHead(12, SETTINGS, 0, 0),
  setting(0x2, 0), // ENABLE_PUSH
  setting(0x4, STREAM_WINDOW), // INITIAL_WINDOW_SIZE
  windowUpdate(CONNECTION_WINDOW - FIRST_WINDOW),
])

function frameHead(length: number, type: number, flags: number, id: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.writeUIntBE(length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(id, 5)
  return bytes
}

function setting(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(6)
  bytes.writeUInt16BE(number, 0)
  bytes.writeUInt32BE(value, 2)
  return bytes
}

function windowUpdate(byteCount: number): Buffer {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(byteCount)
  return Buffer.concat([frameHead(4, WINDOW_UPDATE, 0, 0), value])
}

/** Names from the static table, no Huffman code and nothing for the dynamic table. RFC 7541 section 6.2.2. */
function requestFrame(isTls: boolean, authority: string, path: string): Buffer {
  const block = Buffer.concat([
    Buffer.of(0x82, isTls ? 0x87 : 0x86), // :method GET, :scheme
    literal(0x01, authority), // :authority
    literal(0x04, path), // :path
  ])
  return Buffer.concat([frameHead(block.length, HEADERS, END_STREAM | END_HEADERS, 0), block])
}

function literal(name: number, text: string): Buffer {
  return Buffer.concat([Buffer.of(name, text.length), Buffer.from(text, 'latin1')])
}
