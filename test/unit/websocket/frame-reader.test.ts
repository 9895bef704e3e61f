/**
 * What a frame must look like (RFC 6455 5), after the public list of cases of the Autobahn test suite, in either role
 * and however the bytes are cut.
 */
import { describe, expect, test } from 'vitest'
import { FrameReader } from '../../../packages/core/src/websocket/frame-reader.ts'
import {
  BINARY,
  CLOSE,
  closing,
  CONTINUATION,
  frame,
  PING,
  PONG,
  readEveryWay,
  readFrames,
  TEXT,
  type FrameWish,
} from '../../support/web-socket-frames.ts'

const PROTOCOL_ERROR = 'WEIRD_SERVER_REPLY 1002'
const NOT_UTF8 = 'WEIRD_SERVER_REPLY 1007'
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const

/** The same frames to a client and, masked, to a server. */
function read(...wishes: readonly FrameWish[]): string[] {
  const toClient = readEveryWay(Buffer.concat(wishes.map((wish) => frame(wish))))
  const toServer = readEveryWay(Buffer.concat(wishes.map((wish) => frame({ ...wish, mask: MASK }))), {
    role: 'server',
  })
  expect(toServer).toEqual(toClient)
  return toClient
}

describe('1: frames of all lengths', () => {
  test.each([0, 1, 125, 126, 127, 128, 65_535, 65_536])('%i bytes', (length) => {
    const payload = '*'.repeat(length)
    const pieces = [frame({ opcode: TEXT, payload }), frame({ opcode: BINARY, payload })]
    expect(readFrames(pieces)).toEqual([`text ${payload}`, `binary ${payload}`])
    expect(readEveryWay(pieces[1]!)).toEqual([`binary ${payload}`])
  })

  // RFC 6455 5.2: the minimal number of bytes MUST be used.
  test.each([
    [2, 0],
    [2, 125],
    [8, 0],
    [8, 126],
    [8, 65_535],
  ] as const)('a length in %i bytes that would fit into fewer: %i', (lengthBytes, length) => {
    expect(read({ opcode: BINARY, lengthBytes, payload: Buffer.alloc(length) })).toEqual([PROTOCOL_ERROR])
  })

  test('a length with its highest bit set, and one that cannot be counted', () => {
    expect(read({ opcode: BINARY, lengthBytes: 8, length: 2n ** 63n })).toEqual([PROTOCOL_ERROR])
    expect(read({ opcode: BINARY, lengthBytes: 8, length: 2n ** 64n - 1n })).toEqual([PROTOCOL_ERROR])
    expect(read({ opcode: BINARY, lengthBytes: 8, length: 2n ** 53n })).toEqual(['TOO_LARGE 1009'])
    expect(read({ opcode: BINARY, lengthBytes: 8, length: 2n ** 53n - 1n, payload: 'x' })).toEqual([])
  })

  test('RFC 6455 5.7: the examples', () => {
    const hello = [0x48, 0x65, 0x6c, 0x6c, 0x6f]
    expect(readEveryWay(Buffer.from([0x81, 0x05, ...hello]))).toEqual(['text Hello'])
    const masked = Buffer.from([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
    expect(readEveryWay(masked, { role: 'server' })).toEqual(['text Hello'])
    expect(readEveryWay(Buffer.from([0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f]))).toEqual([
      'text Hello',
    ])
    expect(readEveryWay(Buffer.from([0x89, 0x05, ...hello]))).toEqual(['ping Hello'])
  })
})

describe('2: pings and pongs', () => {
  test.each([
    ['an empty ping', { opcode: PING }, ['ping ']],
    ['with text', { opcode: PING, payload: 'hi' }, ['ping hi']],
    [
      'with bytes that are no text',
      { opcode: PING, payload: Buffer.from([0, 255, 254]) },
      ['ping \0\xff\xfe'],
    ],
    ['of 125 bytes', { opcode: PING, payload: 'x'.repeat(125) }, [`ping ${'x'.repeat(125)}`]],
    ['of 126 bytes', { opcode: PING, payload: 'x'.repeat(126) }, [PROTOCOL_ERROR]],
    ['a pong of 126 bytes', { opcode: PONG, payload: 'x'.repeat(126) }, [PROTOCOL_ERROR]],
    ['an unsolicited pong', { opcode: PONG, payload: 'p' }, ['pong p']],
    ['a ping in fragments', { opcode: PING, payload: 'x', fin: false }, [PROTOCOL_ERROR]],
    ['a ping whose length takes two bytes', { opcode: PING, lengthBytes: 2, payload: 'x' }, [PROTOCOL_ERROR]],
  ] as const)('%s', (_what, wish, lines) => {
    expect(read(wish)).toEqual(lines)
  })
})

describe('3: reserved bits', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('%i', (rsv) => {
    expect(read({ opcode: TEXT, payload: 'ok' }, { opcode: TEXT, rsv, payload: 'x' })).toEqual([
      'text ok',
      PROTOCOL_ERROR,
    ])
    expect(read({ opcode: PING, rsv })).toEqual([PROTOCOL_ERROR])
    expect(read({ opcode: CLOSE, rsv })).toEqual([PROTOCOL_ERROR])
  })
})

describe('4: opcodes', () => {
  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('%i is reserved', (opcode) => {
    expect(read({ opcode })).toEqual([PROTOCOL_ERROR])
    expect(read({ opcode: TEXT, payload: 'ok' }, { opcode, payload: 'x' }, { opcode: PING })).toEqual([
      'text ok',
      PROTOCOL_ERROR,
    ])
  })
})

describe('5: fragments', () => {
  const begin = { opcode: TEXT, payload: 'one', fin: false }
  const more = { opcode: CONTINUATION, payload: 'two', fin: false }
  const last = { opcode: CONTINUATION, payload: 'three' }
  test.each<readonly [string, readonly FrameWish[], readonly string[]]>([
    ['two', [begin, last], ['text onethree']],
    ['three', [begin, more, last], ['text onetwothree']],
    [
      'with control frames between',
      [begin, { opcode: PING, payload: 'p' }, more, { opcode: PONG }, last],
      ['ping p', 'pong ', 'text onetwothree'],
    ],
    [
      'empty ones',
      [
        { ...begin, payload: '' },
        { ...more, payload: '' },
        { ...last, payload: '' },
      ],
      ['text '],
    ],
    ['a continuation of nothing', [last], [PROTOCOL_ERROR]],
    ['a continuation of nothing, not the last', [more], [PROTOCOL_ERROR]],
    [
      'a continuation behind a whole message',
      [{ opcode: TEXT, payload: 'x' }, more],
      ['text x', PROTOCOL_ERROR],
    ],
    ['a new message within one', [begin, { opcode: TEXT, payload: 'x' }], [PROTOCOL_ERROR]],
    [
      'a new message within one, of the other kind',
      [begin, { opcode: BINARY, payload: 'x', fin: false }],
      [PROTOCOL_ERROR],
    ],
    [
      'another message behind',
      [begin, last, { opcode: BINARY, fin: false, payload: 'a' }, { opcode: CONTINUATION, payload: 'b' }],
      ['text onethree', 'binary ab'],
    ],
  ])('%s', (_what, wishes, lines) => {
    expect(read(...wishes)).toEqual(lines)
  })
})

describe('6: text is UTF-8', () => {
  const KOSME = Buffer.from('κόσμε')
  test.each<readonly [string, Buffer]>([
    ['Greek', KOSME],
    ['all lengths', Buffer.from('\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}')],
    ['noncharacters', Buffer.from('\ufffe\uffff\u{1fffe}\ufdd0')],
    ['a byte order mark', Buffer.from('\ufeffx')],
  ])('%s', (_what, payload) => {
    expect(read({ opcode: TEXT, payload })).toEqual([`text ${payload.toString('latin1')}`])
    // In fragments of one byte, each inside a character or not.
    const wishes = Array.from(payload, (byte, at) => ({
      opcode: at === 0 ? TEXT : CONTINUATION,
      payload: Buffer.from([byte]),
      fin: at === payload.length - 1,
    }))
    expect(read(...wishes)).toEqual([`text ${payload.toString('latin1')}`])
  })

  test.each<readonly [string, readonly number[]]>([
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates', [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong NUL', [0xe0, 0x80, 0x80]],
    ['overlong in four', [0xf0, 0x80, 0x80, 0xaf]],
    ['a lone continuation', [0x80]],
    ['0xff', [0xff]],
    ['a character cut by another', [0xce, 0x41]],
  ])('not: %s', (_what, bytes) => {
    const payload = Buffer.from(bytes)
    expect(read({ opcode: TEXT, payload })).toEqual([NOT_UTF8])
    expect(read({ opcode: BINARY, payload })).toEqual([`binary ${payload.toString('latin1')}`])
    // Told at the first byte that cannot be, though the message goes on.
    expect(
      read({ opcode: TEXT, fin: false, payload: Buffer.concat([KOSME, payload, Buffer.from('x')]) }),
    ).toEqual([NOT_UTF8])
  })

  test('a message that ends inside a character', () => {
    expect(read({ opcode: TEXT, payload: KOSME.subarray(0, 3) })).toEqual([NOT_UTF8])
    expect(
      read({ opcode: TEXT, fin: false, payload: KOSME.subarray(0, 3) }, { opcode: CONTINUATION }),
    ).toEqual([NOT_UTF8])
    // What one message left open is no part of the next.
    const half = { opcode: TEXT, fin: false, payload: KOSME.subarray(0, 1) }
    expect(
      read(half, { opcode: CONTINUATION, payload: KOSME.subarray(1) }, { opcode: TEXT, payload: 'x' }),
    ).toEqual([`text ${KOSME.toString('latin1')}`, 'text x'])
  })
})

describe('7: closes', () => {
  test.each<readonly [string, Uint8Array | string, string]>([
    ['nothing', '', 'close 1005 '],
    ['a code', closing(1000), 'close 1000 '],
    ['a reason', closing(1001, 'going'), 'close 1001 going'],
    ['the longest reason', closing(1000, 'x'.repeat(123)), `close 1000 ${'x'.repeat(123)}`],
    ['half a code', Buffer.from([3]), PROTOCOL_ERROR],
    ['a reason that is too long', closing(1000, 'x'.repeat(124)), PROTOCOL_ERROR],
    ['a reason that is not UTF-8', closing(1000, Buffer.from([0xce, 0xba, 0xe1])), NOT_UTF8],
  ])('%s', (_what, payload, line) => {
    expect(read({ opcode: CLOSE, payload })).toEqual([line])
  })

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    'code %i',
    (code) => {
      expect(read({ opcode: CLOSE, payload: closing(code) })).toEqual([`close ${code} `])
    },
  )

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])('not code %i', (code) => {
    expect(read({ opcode: CLOSE, payload: closing(code) })).toEqual([PROTOCOL_ERROR])
  })

  test('what comes behind is not looked at', () => {
    const behind = { opcode: 15, rsv: 7, payload: 'x' }
    expect(
      read({ opcode: CLOSE, payload: closing(1000) }, behind, { opcode: TEXT, payload: 'late' }),
    ).toEqual(['close 1000 '])
  })
})

describe('9 and 10: limits', () => {
  const settings = { role: 'client', maxMessageBytes: 10 } as const
  test.each<readonly [string, readonly FrameWish[], readonly string[]]>([
    ['a message at its limit', [{ opcode: TEXT, payload: '0123456789' }], ['text 0123456789']],
    ['one above', [{ opcode: TEXT, payload: '0123456789a' }], ['TOO_LARGE 1009']],
    ['one above, announced only', [{ opcode: BINARY, length: 2 ** 40, lengthBytes: 8 }], ['TOO_LARGE 1009']],
    [
      'fragments above',
      [
        { opcode: BINARY, payload: '012345', fin: false },
        { opcode: CONTINUATION, payload: '67890' },
      ],
      ['TOO_LARGE 1009'],
    ],
    [
      'messages one after the other',
      [
        { opcode: TEXT, payload: '0123456789' },
        { opcode: TEXT, payload: '0123456789' },
      ],
      ['text 0123456789', 'text 0123456789'],
    ],
  ])('%s', (_what, wishes, lines) => {
    expect(readEveryWay(Buffer.concat(wishes.map((wish) => frame(wish))), settings)).toEqual(lines)
  })
})

describe('5.1: masks', () => {
  test('a client gets none, a server gets nothing else', () => {
    expect(readEveryWay(frame({ opcode: TEXT, payload: 'x', mask: MASK }))).toEqual([PROTOCOL_ERROR])
    expect(readEveryWay(frame({ opcode: TEXT, payload: 'x' }), { role: 'server' })).toEqual([PROTOCOL_ERROR])
    expect(readEveryWay(frame({ opcode: CLOSE, mask: MASK }))).toEqual([PROTOCOL_ERROR])
  })
})

test('a failure stays: nothing is read behind it', () => {
  const reader = new FrameReader({ role: 'client' })
  reader.offer(Buffer.concat([frame({ opcode: 3 }), frame({ opcode: TEXT, payload: 'x' })]))
  expect(() => reader.next()).toThrow('reserved opcode 3')
  reader.offer(frame({ opcode: TEXT, payload: 'x' }))
  expect(() => reader.next()).toThrow('reserved opcode 3')
  expect(reader.isBetweenMessages).toBe(false)
})

test('pieces tell where in their frame and message they belong', () => {
  const reader = new FrameReader({ role: 'client' })
  const seen: unknown[] = []
  const bytes = Buffer.concat([
    frame({ opcode: BINARY, payload: 'abcde', fin: false }),
    frame({ opcode: CONTINUATION, payload: 'f' }),
  ])
  for (const view of [bytes.subarray(0, 4), bytes.subarray(4)]) {
    reader.offer(view)
    for (let event = reader.next(); event !== undefined; event = reader.next())
      if (event.is === 'piece')
        seen.push([
          Buffer.from(event.bytes).toString(),
          event.isContinuation,
          event.isFinal,
          event.offset,
          event.left,
        ])
    expect(reader.isBetweenMessages).toBe(view.length > 4)
  }
  expect(seen).toEqual([
    ['ab', false, false, 0, 3],
    ['cde', false, false, 2, 0],
    ['f', true, true, 0, 0],
  ])
})
