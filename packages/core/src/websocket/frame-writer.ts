/**
 * Frames to bytes (RFC 6455 section 5), in either role, without I/O.
 *
 * The rule: a payload is copied once, to where it is sent from, and masked there; what is handed in is never changed.
 * Lengths take their shortest form.
 */
import { ByteWriter } from '../base/byte-writer.ts'
import { applyMask, type MaskSource } from './masking.ts'
import { FIN, MASKED } from './protocol.ts'

/** Appends a frame. `masks`: those of a client; undefined: a server's frame, without. */
export function writeFrame(
  out: ByteWriter,
  opcode: number,
  isFinal: boolean,
  payload: Uint8Array | string,
  masks: MaskSource | undefined,
): void {
  const first = opcode | (isFinal ? FIN : 0)
  if (typeof payload !== 'string') {
    const mask = writeHead(out, first, payload.length, masks)
    const from = out.length
    out.set(payload)
    if (masks !== undefined) applyMask(out.bytes, from, out.length, mask)
    return
  }
  const count = payload.length <= SHORT_TEXT ? utf8Length(payload) : -1
  if (count < 0) {
    writeFrame(out, opcode, isFinal, ENCODER.encode(payload), masks)
    return
  }
  const mask = writeHead(out, first, count, masks)
  const from = out.length
  if (count === payload.length) writeAscii(out, payload)
  else {
    out.reserve(count)
    ENCODER.encodeInto(payload, out.bytes.subarray(from, from + count))
    out.length = from + count
  }
  if (masks !== undefined) applyMask(out.bytes, from, out.length, mask)
}

/** Answers the mask. */
function writeHead(out: ByteWriter, first: number, length: number, masks: MaskSource | undefined): number {
  const bit = masks === undefined ? 0 : MASKED
  out.reserve(HEAD_BYTES + length)
  out.byte(first)
  if (length < 126) out.byte(bit | length)
  else if (length < 65_536) {
    out.byte(bit | 126)
    out.uint16(length)
  } else {
    out.byte(bit | 127)
    out.uint32(Math.floor(length / 2 ** 32))
    out.uint32(length)
  }
  if (masks === undefined) return 0
  const mask = masks.next()
  out.byte(mask)
  out.byte(mask >>> 8)
  out.byte(mask >>> 16)
  out.byte(mask >>> 24)
  return mask
}

function writeAscii(out: ByteWriter, text: string): void {
  const { bytes, length } = out
  for (let at = 0; at < text.length; at += 1) bytes[length + at] = text.charCodeAt(at)
  out.length = length + text.length
}

/** How many bytes a text has in UTF-8, a lone surrogate being U+FFFD. */
function utf8Length(text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x80) count += 1
    else if (code < 0x800) count += 2
    else {
      count += 3
      // The two halves of a pair make four bytes together.
      if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) {
        count += 1
        at += 1
      }
    }
  }
  return count
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000
}

const ENCODER = new TextEncoder()
const HEAD_BYTES = 14
/** Up to here counting and writing one by one is quicker than the encoder (Node 20). */
const SHORT_TEXT = 256
