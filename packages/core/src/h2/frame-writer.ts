/**
 * Writes frames (RFC 9113 section 6) into a `ByteWriter`.
 *
 * The rule: whatever is written is a whole, valid frame; splitting what is larger than a frame is done here,
 * deciding what to send is not.
 */
import type { ByteWriter } from '../base/byte-writer.ts'
import type { HeaderList, HpackEncoder } from './hpack-encoder.ts'
import { FLAG, FRAME, FRAME_HEAD_BYTES, H2_ERRORS, type H2ErrorName } from './protocol.ts'

function head(writer: ByteWriter, length: number, type: number, flags: number, streamId: number): void {
  writer.uint24(length)
  writer.byte(type)
  writer.byte(flags)
  writer.uint32(streamId)
}

/**
 * A field section as HEADERS and as many CONTINUATION frames as it takes, with nothing in between (RFC 9113
 * 6.10). The block is written in place; only one that does not fit a frame is moved.
 */
export function writeHeaders(
  writer: ByteWriter,
  streamId: number,
  encoder: HpackEncoder,
  list: HeaderList,
  isLast: boolean,
  maxFrameSize: number,
): void {
  const at = writer.length
  const end = isLast ? FLAG.END_STREAM : 0
  head(writer, 0, FRAME.HEADERS, end | FLAG.END_HEADERS, streamId)
  encoder.encode(list, writer)
  const length = writer.length - at - FRAME_HEAD_BYTES
  if (length <= maxFrameSize) {
    const { bytes } = writer
    bytes[at] = length >>> 16
    bytes[at + 1] = length >>> 8
    bytes[at + 2] = length
    return
  }
  const block = writer.bytes.slice(at + FRAME_HEAD_BYTES, writer.length)
  writer.length = at
  for (let from = 0; from < length; from += maxFrameSize) {
    const piece = block.subarray(from, from + maxFrameSize)
    const isEnd = from + maxFrameSize >= length
    head(
      writer,
      piece.length,
      from === 0 ? FRAME.HEADERS : FRAME.CONTINUATION,
      (from === 0 ? end : 0) | (isEnd ? FLAG.END_HEADERS : 0),
      streamId,
    )
    writer.set(piece)
  }
}

/** One DATA frame with a copy of `bytes[from, to)`. */
export function writeData(
  writer: ByteWriter,
  streamId: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  isLast: boolean,
): void {
  writer.reserve(FRAME_HEAD_BYTES + to - from)
  head(writer, to - from, FRAME.DATA, isLast ? FLAG.END_STREAM : 0, streamId)
  writer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
}

export function writeReset(writer: ByteWriter, streamId: number, code: H2ErrorName): void {
  head(writer, 4, FRAME.RST_STREAM, 0, streamId)
  writer.uint32(H2_ERRORS[code])
}

/** Pairs of setting and value, in order. */
export function writeSettings(
  writer: ByteWriter,
  settings: readonly (readonly [id: number, value: number])[],
): void {
  head(writer, settings.length * 6, FRAME.SETTINGS, 0, 0)
  writeSettingsPayload(writer, settings)
}

/** The payload of SETTINGS by itself, as `HTTP2-Settings` carries it (RFC 7540 3.2.1). */
export function writeSettingsPayload(
  writer: ByteWriter,
  settings: readonly (readonly [id: number, value: number])[],
): void {
  for (const [id, value] of settings) {
    writer.uint16(id)
    writer.uint32(value)
  }
}

export function writeSettingsAck(writer: ByteWriter): void {
  head(writer, 0, FRAME.SETTINGS, FLAG.ACK, 0)
}

/** `payload`: 8 bytes. */
export function writePing(writer: ByteWriter, payload: Uint8Array, isAck: boolean): void {
  head(writer, 8, FRAME.PING, isAck ? FLAG.ACK : 0, 0)
  writer.set(payload)
}

export function writeGoaway(writer: ByteWriter, lastStreamId: number, code: H2ErrorName, text = ''): void {
  head(writer, 8 + text.length, FRAME.GOAWAY, 0, 0)
  writer.uint32(lastStreamId)
  writer.uint32(H2_ERRORS[code])
  writer.latin1(text)
}

/** `streamId` 0: the window of the connection. */
export function writeWindowUpdate(writer: ByteWriter, streamId: number, increment: number): void {
  head(writer, 4, FRAME.WINDOW_UPDATE, 0, streamId)
  writer.uint32(increment)
}

/** RFC 9218 7.1: the priority of a stream, as the value of a `Priority` field. */
export function writePriorityUpdate(writer: ByteWriter, streamId: number, value: string): void {
  head(writer, 4 + value.length, FRAME.PRIORITY_UPDATE, 0, 0)
  writer.uint32(streamId)
  writer.latin1(value)
}
