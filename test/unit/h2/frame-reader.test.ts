/** What frames must look like by themselves (RFC 9113 4 and 6), however their bytes are cut. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { FrameReader, type FrameSink } from '../../../packages/core/src/h2/frame-reader.ts'
import { FLAG, FRAME, FRAME_RULES } from '../../../packages/core/src/h2/protocol.ts'
import { bytes, cuttings, data, frame, joined, latin1Bytes, ping } from '../../support/h2-ends.ts'

const MAX = 100

/** What a reader makes of pieces, a line per frame. Views are spoilt after each call. */
function read(pieces: readonly Uint8Array[], wanted = true): string[] {
  const lines: string[] = []
  let body = ''
  const sink: FrameSink = {
    frame: (type, flags, streamId, payload) =>
      lines.push(`${type} ${flags} ${streamId} ${Buffer.from(payload).toString('latin1')}`),
    dataBegins: (streamId, length) => {
      body = `DATA ${streamId} ${length} `
      return wanted
    },
    dataBytes: (view) => {
      if (view.length === 0) lines.push('an empty piece')
      body += Buffer.from(view).toString('latin1')
    },
    dataEnds: (flags) => lines.push(`${body} ${flags}`),
  }
  const reader = new FrameReader(sink, MAX)
  try {
    for (const piece of pieces) {
      const view = piece.slice()
      reader.receive(view)
      view.fill(0xee)
    }
  } catch (error) {
    if (!isTransferError(error) || error.code !== 'HTTP2' || error.phase !== 'receive') throw error
    lines.push(String(error.details['h2']))
  }
  return lines
}

function readEveryWay(all: Uint8Array): string[] {
  const whole = read([all])
  for (const pieces of cuttings(all)) expect(read(pieces)).toEqual(whole)
  // A byte that lies before or behind the view is not looked at.
  const shifted = joined(bytes(9, 9, 9), all, bytes(7, 7))
  expect(read([shifted.subarray(3, 3 + all.length)])).toEqual(whole)
  return whole
}

describe('payloads', () => {
  test('frames in a row, empty ones too', () => {
    const input = joined(ping('abcdefgh'), frame(FRAME.SETTINGS, 1, 0), frame(0x55, 3, 9, latin1Bytes('ext')))
    expect(readEveryWay(input)).toEqual(['6 0 0 abcdefgh', '4 1 0 ', '85 3 9 ext'])
  })

  test('DATA: without padding, with it, with nothing but it, empty', () => {
    const input = joined(
      data(1, 'plain', true),
      frame(FRAME.DATA, FLAG.PADDED, 3, joined(bytes(3), latin1Bytes('body'), bytes(0, 0, 0))),
      frame(FRAME.DATA, FLAG.PADDED, 5, bytes(2, 0, 0)),
      frame(FRAME.DATA, FLAG.PADDED, 5, bytes(0)),
      data(7, ''),
    )
    const expected = ['DATA 1 5 plain 1', 'DATA 3 8 body 8', 'DATA 5 3  8', 'DATA 5 1  8', 'DATA 7 0  0']
    expect(readEveryWay(input)).toEqual(expected)
  })

  test('DATA that nobody wants is passed over, and what follows is read', () => {
    const input = joined(data(1, 'unwanted'), ping('abcdefgh'))
    for (const pieces of cuttings(input))
      expect(read(pieces, false)).toEqual(['DATA 1 8  0', '6 0 0 abcdefgh'])
  })

  test('the reserved bit of a stream id is passed over', () => {
    const input = ping('abcdefgh')
    input[5] = 0x80
    expect(readEveryWay(input)).toEqual(['6 0 0 abcdefgh'])
  })
})

describe('refusals', () => {
  const REFUSED: readonly (readonly [what: string, input: Uint8Array, code: string])[] = [
    ['a frame larger than announced', frame(FRAME.DATA, 0, 1, bytes(), MAX + 1), 'FRAME_SIZE_ERROR'],
    ['an unknown frame larger than announced', frame(0x99, 0, 1, bytes(), MAX + 1), 'FRAME_SIZE_ERROR'],
    ['the largest length', frame(FRAME.SETTINGS, 0, 0, bytes(), 2 ** 24 - 1), 'FRAME_SIZE_ERROR'],
    ['an answer in HTTP/1', latin1Bytes('HTTP/1.1 400 Bad Request\r\n'), 'PROTOCOL_ERROR'],
    ['padded DATA without a pad length', frame(FRAME.DATA, FLAG.PADDED, 1), 'FRAME_SIZE_ERROR'],
    ['padding as long as the frame', frame(FRAME.DATA, FLAG.PADDED, 1, bytes(3, 0, 0)), 'PROTOCOL_ERROR'],
    ['RST_STREAM of 3 bytes', frame(FRAME.RST_STREAM, 0, 1, bytes(0, 0, 0)), 'FRAME_SIZE_ERROR'],
    ['RST_STREAM of 5 bytes', frame(FRAME.RST_STREAM, 0, 1, bytes(0, 0, 0, 0, 0)), 'FRAME_SIZE_ERROR'],
    ['PING of 7 bytes', frame(FRAME.PING, 0, 0, new Uint8Array(7)), 'FRAME_SIZE_ERROR'],
    ['PING of 9 bytes', frame(FRAME.PING, 0, 0, new Uint8Array(9)), 'FRAME_SIZE_ERROR'],
    ['GOAWAY of 7 bytes', frame(FRAME.GOAWAY, 0, 0, new Uint8Array(7)), 'FRAME_SIZE_ERROR'],
    ['WINDOW_UPDATE of 3 bytes', frame(FRAME.WINDOW_UPDATE, 0, 0, bytes(0, 0, 1)), 'FRAME_SIZE_ERROR'],
    ['WINDOW_UPDATE of 5 bytes', frame(FRAME.WINDOW_UPDATE, 0, 1, new Uint8Array(5)), 'FRAME_SIZE_ERROR'],
    ['PUSH_PROMISE of 3 bytes', frame(FRAME.PUSH_PROMISE, 0, 1, new Uint8Array(3)), 'FRAME_SIZE_ERROR'],
    ['DATA on stream 0', frame(FRAME.DATA, 0, 0), 'PROTOCOL_ERROR'],
    ['HEADERS on stream 0', frame(FRAME.HEADERS, 4, 0), 'PROTOCOL_ERROR'],
    ['PRIORITY on stream 0', frame(FRAME.PRIORITY, 0, 0, new Uint8Array(5)), 'PROTOCOL_ERROR'],
    ['RST_STREAM on stream 0', frame(FRAME.RST_STREAM, 0, 0, new Uint8Array(4)), 'PROTOCOL_ERROR'],
    ['PUSH_PROMISE on stream 0', frame(FRAME.PUSH_PROMISE, 0, 0, new Uint8Array(4)), 'PROTOCOL_ERROR'],
    ['CONTINUATION on stream 0', frame(FRAME.CONTINUATION, 4, 0), 'PROTOCOL_ERROR'],
    ['SETTINGS on stream 1', frame(FRAME.SETTINGS, 0, 1), 'PROTOCOL_ERROR'],
    ['PING on stream 1', frame(FRAME.PING, 0, 1, new Uint8Array(8)), 'PROTOCOL_ERROR'],
    ['GOAWAY on stream 1', frame(FRAME.GOAWAY, 0, 1, new Uint8Array(8)), 'PROTOCOL_ERROR'],
  ]

  test.each(REFUSED)('%s', (_, input, code) => {
    const before = ping('abcdefgh')
    const all = joined(before, input, data(1, 'behind'))
    for (const pieces of cuttings(all)) {
      const lines = read(pieces).filter((line) => !line.startsWith('DATA'))
      expect(lines).toEqual(['6 0 0 abcdefgh', code])
    }
  })

  test('a frame as large as announced is taken', () => {
    expect(readEveryWay(data(1, 'x'.repeat(MAX)))).toEqual([`DATA 1 100 ${'x'.repeat(MAX)} 0`])
    expect(readEveryWay(frame(0x99, 0, 0, latin1Bytes('y'.repeat(MAX))))).toEqual([
      `153 0 0 ${'y'.repeat(MAX)}`,
    ])
  })
})

test('any bytes: the same however they are cut; frames, or a connection error', () => {
  const someFrame = fc
    .record({
      type: fc.oneof(fc.nat(FRAME_RULES.length), fc.nat(255)),
      flags: fc.nat(255),
      streamId: fc.oneof(fc.nat(3), fc.nat()),
      payload: fc.uint8Array({ maxLength: MAX + 3 }),
    })
    .map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload))
  const input = fc.oneof(
    fc.array(someFrame, { maxLength: 6 }).map((frames) => joined(...frames)),
    fc.uint8Array({ maxLength: 200 }),
  )
  fc.assert(
    fc.property(input, (all) => {
      readEveryWay(all)
    }),
    { numRuns: 300 },
  )
})
