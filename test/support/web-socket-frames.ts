/** WebSocket frames made by hand, right or wrong, for whoever reads them; and what a reader makes of bytes. */
import { isTransferError } from '../../packages/core/src/errors/transfer-error.ts'
import { FrameReader, type FrameReaderSettings } from '../../packages/core/src/websocket/frame-reader.ts'

export interface FrameWish {
  readonly opcode: number
  readonly payload?: string | Uint8Array
  /** Default true. */
  readonly fin?: boolean
  /** The reserved bits, 1 to 7. */
  readonly rsv?: number
  readonly mask?: readonly [number, number, number, number]
  /** Bytes of the length: 0 (7 bits), 2 or 8; default the fewest. */
  readonly lengthBytes?: 0 | 2 | 8
  /** A length that is not the payload's. */
  readonly length?: number | bigint
}

export const TEXT = 1
export const BINARY = 2
export const CONTINUATION = 0
export const CLOSE = 8
export const PING = 9
export const PONG = 10

/** A frame as RFC 6455 5.2 has it, by other means than those that are tested. */
export function frame(wish: FrameWish): Buffer {
  const { opcode, fin = true, rsv = 0, mask } = wish
  const payload = Buffer.from((wish.payload ?? '') as string)
  const length = BigInt(wish.length ?? payload.length)
  const lengthBytes = wish.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8)
  const head = Buffer.alloc(2 + lengthBytes)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] =
    (mask === undefined ? 0 : 0x80) | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127)
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2)
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2)
  if (mask === undefined) return Buffer.concat([head, payload])
  const masked = payload.map((byte, at) => byte ^ mask[at % 4]!)
  return Buffer.concat([head, Buffer.from(mask), masked])
}

/** A close frame's payload. */
export function closing(code: number, reason: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason as string)])
}

/**
 * What a reader makes of pieces, a line per message, control frame or failure. Views are spoilt after each call, and
 * asking for events is bounded (CVE-2025-5399).
 */
export function readFrames(
  pieces: readonly Uint8Array[],
  settings: FrameReaderSettings = { role: 'client' },
): string[] {
  const lines: string[] = []
  const reader = new FrameReader(settings)
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  let steps = 0
  let message: Buffer[] = []
  try {
    for (const piece of pieces) {
      const view = Uint8Array.from(piece)
      reader.offer(view)
      for (let event = reader.next(); event !== undefined; event = reader.next()) {
        steps += 1
        if (steps > total + 1) throw new Error(`${steps} events of ${total} bytes`)
        if (event.is === 'close') lines.push(`close ${event.code} ${event.reason}`)
        else if (event.is !== 'piece')
          lines.push(`${event.is} ${Buffer.from(event.bytes).toString('latin1')}`)
        else {
          message.push(Buffer.from(event.bytes))
          if (!event.isFinal || event.left > 0) continue
          lines.push(`${event.type} ${Buffer.concat(message).toString('latin1')}`)
          message = []
        }
      }
      reader.keep()
      view.fill(0xee)
    }
  } catch (error) {
    if (!isTransferError(error) || error.phase !== 'receive') throw error
    lines.push(`${error.code} ${error.details['closeCode']}`)
  }
  return lines
}

/** The same whole, byte by byte, in threes, and from the middle of a larger buffer; all must agree. */
export function readEveryWay(bytes: Uint8Array, settings?: FrameReaderSettings): string[] {
  const whole = readFrames([bytes], settings)
  for (const size of [1, 3]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    const cut = readFrames(pieces, settings)
    if (JSON.stringify(cut) !== JSON.stringify(whole))
      throw new Error(`in pieces of ${size}: ${JSON.stringify(cut)}, whole: ${JSON.stringify(whole)}`)
  }
  return whole
}
