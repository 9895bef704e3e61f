/** Messages through a session (RFC 9113 8.1): heads, bodies, trailers, lengths and header blocks, however they are cut. */
import { describe, expect, test } from 'vitest'
import { FLAG, FRAME } from '../../../packages/core/src/h2/protocol.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import {
  begun,
  block,
  bytes,
  cuttings,
  data,
  frame,
  headers,
  joined,
  OK,
  ping,
  plainList,
  POST,
  REQUEST,
  settings,
  type End,
  type Role,
} from '../../support/h2-ends.ts'

interface MessageCase {
  readonly what: string
  readonly method?: 'GET' | 'HEAD'
  readonly input: readonly Uint8Array[]
  readonly heard: readonly string[]
  readonly sent?: readonly string[]
}

const malformed = ['failed 1 HTTP2_STREAM PROTOCOL_ERROR']
const RESET = ['RST_STREAM 1 PROTOCOL_ERROR']
const lengthOf = (length: string, status = '200'): string[] => [':status', status, 'content-length', length]
const early = [':status', '103', 'link', '</a>'] as const
const headersFlags = (flags: number, payload: Uint8Array): Uint8Array =>
  frame(FRAME.HEADERS, flags, 1, payload)

const CASES: readonly MessageCase[] = [
  { what: 'a head alone', input: [headers(1, OK, true)], heard: ['response 1 200 0', 'ended 1'] },
  {
    what: 'a body of unknown length',
    input: [headers(1, OK), data(1, 'a'), data(1, 'bc'), data(1, '', true)],
    heard: ['response 1 200 -1', 'data 1 abc', 'ended 1'],
  },
  {
    what: 'a body of the announced length',
    input: [headers(1, lengthOf('3')), data(1, 'ab'), data(1, 'c', true)],
    heard: ['response 1 200 3', 'data 1 abc', 'ended 1'],
  },
  {
    what: 'a body with padding, which does not count as its length',
    input: [
      headers(1, lengthOf('3')),
      frame(FRAME.DATA, FLAG.PADDED | FLAG.END_STREAM, 1, joined(bytes(4, 97, 98, 99), new Uint8Array(4))),
    ],
    heard: ['response 1 200 3', 'data 1 abc', 'ended 1'],
  },
  {
    what: 'a body that is too short',
    input: [headers(1, lengthOf('3')), data(1, 'ab', true)],
    heard: ['response 1 200 3', 'data 1 ab', ...malformed],
    sent: RESET,
  },
  {
    what: 'a body that is too short by all',
    input: [headers(1, lengthOf('3'), true)],
    heard: malformed,
    sent: RESET,
  },
  {
    what: 'a body that trailers end too soon',
    input: [headers(1, lengthOf('3')), data(1, 'ab'), headers(1, ['x', 'y'], true)],
    heard: ['response 1 200 3', 'data 1 ab', ...malformed],
    sent: RESET,
  },
  {
    what: 'a body of nothing, announced',
    input: [headers(1, lengthOf('0')), data(1, '', true)],
    heard: ['response 1 200 0', 'ended 1'],
  },
  {
    what: 'trailers',
    input: [headers(1, OK), data(1, 'a'), headers(1, ['grpc-status', '0', 'x', 'y'], true)],
    heard: ['response 1 200 -1', 'data 1 a', 'ended 1 grpc-status=0 x=y'],
  },
  {
    what: 'trailers without fields',
    input: [headers(1, OK), data(1, 'a'), headers(1, [], true)],
    heard: ['response 1 200 -1', 'data 1 a', 'ended 1'],
  },
  {
    what: 'trailers that do not end the stream',
    input: [headers(1, OK), data(1, 'a'), headers(1, ['x', 'y'])],
    heard: ['response 1 200 -1', 'data 1 a', ...malformed],
    sent: RESET,
  },
  {
    what: 'trailers with a pseudo field',
    input: [headers(1, OK), headers(1, [':status', '200'], true)],
    heard: ['response 1 200 -1', ...malformed],
    sent: RESET,
  },
  {
    what: 'informational heads before the final one',
    input: [headers(1, [':status', '100']), headers(1, early), headers(1, early), headers(1, OK, true)],
    heard: [
      'informational 1 100',
      'informational 1 103',
      'informational 1 103',
      'response 1 200 0',
      'ended 1',
    ],
  },
  {
    what: 'an informational head that ends the stream',
    input: [headers(1, early, true)],
    heard: malformed,
    sent: RESET,
  },
  { what: 'status 101', input: [headers(1, [':status', '101'])], heard: malformed, sent: RESET },
  {
    what: 'DATA behind an informational head',
    input: [headers(1, early), data(1, 'x')],
    heard: ['informational 1 103', ...malformed],
    sent: RESET,
  },
  {
    what: 'an informational head behind the final one',
    input: [headers(1, OK), headers(1, early)],
    heard: ['response 1 200 -1', ...malformed],
    sent: RESET,
  },
  { what: 'a block without fields for a head', input: [headers(1, [], true)], heard: malformed, sent: RESET },
  {
    what: 'HEAD, with a length',
    method: 'HEAD',
    input: [headers(1, lengthOf('500'), true)],
    heard: ['response 1 200 0', 'ended 1'],
  },
  {
    what: 'HEAD, ended by empty DATA',
    method: 'HEAD',
    input: [headers(1, lengthOf('500')), data(1, '', true)],
    heard: ['response 1 200 0', 'ended 1'],
  },
  {
    what: 'HEAD, with a body',
    method: 'HEAD',
    input: [headers(1, lengthOf('1')), data(1, 'x', true)],
    heard: ['response 1 200 0', ...malformed],
    sent: RESET,
  },
  {
    what: '204 with a body',
    input: [headers(1, [':status', '204']), data(1, 'x', true)],
    heard: ['response 1 204 0', ...malformed],
    sent: RESET,
  },
  {
    what: '304 with a length and no body',
    input: [headers(1, lengthOf('500', '304'), true)],
    heard: ['response 1 304 0', 'ended 1'],
  },
  {
    what: 'PRIORITY and padding in HEADERS',
    input: [headersFlags(0x2d, joined(bytes(2, 0, 0, 0, 3, 16), block(...OK), bytes(0, 0)))],
    heard: ['response 1 200 0', 'ended 1'],
  },
  {
    what: 'HEADERS that depend on themselves: priorities of RFC 7540 mean nothing (5.3.2)',
    input: [headersFlags(0x25, joined(bytes(0, 0, 0, 1, 16), block(...OK)))],
    heard: ['response 1 200 0', 'ended 1'],
  },
  {
    what: 'HEADERS that are padded and empty',
    input: [headersFlags(0x0d, bytes())],
    heard: ['broken HTTP2 FRAME_SIZE_ERROR'],
    sent: ['GOAWAY 0 FRAME_SIZE_ERROR'],
  },
  {
    what: 'HEADERS whose padding is longer than they are',
    input: [headersFlags(0x0d, bytes(3, 0x88, 0))],
    heard: ['broken HTTP2 PROTOCOL_ERROR'],
    sent: ['GOAWAY 0 PROTOCOL_ERROR'],
  },
  {
    what: 'HEADERS that end within their priority',
    input: [headersFlags(0x25, bytes(0, 0, 0, 1))],
    heard: ['broken HTTP2 FRAME_SIZE_ERROR'],
    sent: ['GOAWAY 0 FRAME_SIZE_ERROR'],
  },
  {
    what: 'a block in CONTINUATION frames, cut at every byte',
    input: [
      headersFlags(FLAG.END_STREAM, bytes()),
      ...Array.from(block(...OK), (byte) => frame(FRAME.CONTINUATION, 0, 1, bytes(byte))),
      frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1),
    ],
    heard: ['response 1 200 0', 'ended 1'],
  },
  ...['PING', 'DATA', 'unknown', 'HEADERS', 'CONTINUATION of another'].map((what): MessageCase => {
    const within: Record<string, Uint8Array> = {
      PING: ping(),
      DATA: data(1, 'x'),
      unknown: frame(0x50, 0, 1),
      HEADERS: headers(1, OK),
      'CONTINUATION of another': frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 3),
    }
    return {
      what: `${what} within a header block`,
      input: [headersFlags(0, block(...OK)), within[what]!],
      heard: ['broken HTTP2 PROTOCOL_ERROR'],
      sent: ['GOAWAY 0 PROTOCOL_ERROR'],
    }
  }),
  {
    what: 'a block that is no HPACK',
    input: [headersFlags(FLAG.END_HEADERS, bytes(0x80))],
    heard: ['broken HTTP2 COMPRESSION_ERROR'],
    sent: ['GOAWAY 0 COMPRESSION_ERROR'],
  },
  {
    what: 'a block that ends within a field',
    input: [headersFlags(FLAG.END_HEADERS, block(...OK, 'x', 'yyy').subarray(0, -1))],
    heard: ['broken HTTP2 COMPRESSION_ERROR'],
    sent: ['GOAWAY 0 COMPRESSION_ERROR'],
  },
]

describe('responses', () => {
  test.each(CASES)('$what', ({ method = 'GET', input, heard, sent = [] }) => {
    for (const pieces of cuttings(joined(...input))) {
      const end = begun('client')
      const stream = end.session.request(plainList(':method', method, ...REQUEST.slice(2)), true, 'a')
      stream.isBodiless = method === 'HEAD'
      end.sent()
      end.receive(...pieces)
      expect(end.heard()).toEqual(heard)
      expect(end.sent()).toEqual(sent)
      // What follows is read, unless the session is broken.
      end.receive(ping())
      expect(end.sent()).toEqual(heard.at(-1)!.startsWith('broken') ? [] : ['PING 12345678 ack'])
      expect(end.session.streamCount).toBe(heard.at(-1)!.startsWith('broken') ? 1 : 0)
    }
  })

  test.each([
    ['more than announced', data(1, 'abcdef')],
    ['more than announced, in the next frame', joined(data(1, 'abc'), data(1, 'd'))],
  ])('a body that is %s fails, and no byte too many is delivered', (_, body) => {
    for (const pieces of cuttings(joined(headers(1, lengthOf('3')), body))) {
      const end = begun('client')
      end.session.request(plainList(...REQUEST), true, 'a')
      end.receive(...pieces)
      expect(end.heard().at(-1)).toBe(malformed[0])
      expect('abc'.startsWith(Buffer.from(end.body(1)).toString())).toBe(true)
    }
  })
})

describe('requests, at a server', () => {
  const MALFORMED: readonly (readonly [string, readonly string[], boolean])[] = [
    ['without a method', REQUEST.slice(2), true],
    ['with an upper-case name', [...REQUEST, 'A', 'b'], true],
    ['with a length and no body', [...POST, 'content-length', '3'], true],
  ]
  test.each(MALFORMED)('%s: nobody hears of it', (_, pairs, isLast) => {
    const end = begun('server')
    end.receive(headers(1, pairs, isLast), headers(3, REQUEST, true))
    expect(end.sent()).toEqual(RESET)
    expect(end.heard()).toEqual(['request 3 GET / last', 'ended 3'])
    expect(end.session.streamCount).toBe(1)
  })

  test.each([
    ['bytes', [...REQUEST, 'x', 'y'.repeat(300)], 200],
    ['fields', [...REQUEST, ...Array.from({ length: 5_000 }, () => ['a', '']).flat()], 1e6],
  ])('with too many %s: nobody hears of it, and no field goes missing', (_, pairs, maxListBytes) => {
    const end = begun('server', { maxListBytes })
    const whole = block(...pairs)
    const pieces: Uint8Array[] = []
    for (let at = 0; at < whole.length; at += 16_384) {
      const isEnd = at + 16_384 >= whole.length
      const flags = (at === 0 ? FLAG.END_STREAM : 0) | (isEnd ? FLAG.END_HEADERS : 0)
      pieces.push(
        frame(at === 0 ? FRAME.HEADERS : FRAME.CONTINUATION, flags, 1, whole.subarray(at, at + 16_384)),
      )
    }
    end.receive(...pieces, headers(3, REQUEST, true))
    expect(end.sent()).toEqual(['RST_STREAM 1 ENHANCE_YOUR_CALM'])
    expect(end.heard()).toEqual(['request 3 GET / last', 'ended 3'])
  })

  test('answer and end: with a body, with trailers, with nothing', () => {
    const end = begun('server')
    for (const id of [1, 3, 5]) end.receive(headers(id, REQUEST, true))
    const stream = (id: number) => end.streams.get(id)!
    end.session.respond(stream(1), plainList(':status', '103'), false)
    end.session.respond(stream(1), plainList(...OK), false)
    end.session.write(stream(1), new Uint8Array(3), true)
    end.session.respond(stream(3), plainList(...OK), false)
    end.session.write(stream(3), new Uint8Array(4))
    end.session.end(stream(3), plainList('x', 'y'))
    end.session.respond(stream(5), plainList(...OK), true)
    expect(end.sent()).toEqual([
      'HEADERS 1',
      'HEADERS 1',
      'DATA 1 3 last',
      'HEADERS 3',
      'DATA 3 4',
      'HEADERS 3 last',
      'HEADERS 5 last',
    ])
    expect(end.session.streamCount).toBe(0)
  })
})

describe('what must not follow the end of our message does not', () => {
  const after: readonly (readonly [string, (end: End) => void])[] = [
    ['write', (end) => end.session.write(end.session.streams()[0]!, new Uint8Array(5))],
    [
      'write of the last piece',
      (end) => end.session.write(end.session.streams()[0]!, new Uint8Array(5), true),
    ],
    ['end', (end) => end.session.end(end.session.streams()[0]!)],
    ['end with trailers', (end) => end.session.end(end.session.streams()[0]!, plainList('x', 'y'))],
    ['respond', (end) => end.session.respond(end.session.streams()[0]!, plainList(...OK), false)],
  ]
  test.each(after)('%s', (_, act) => {
    const end = begun('client')
    end.session.end(end.session.request(plainList(...POST), false, 'a'))
    expect(end.sent()).toEqual(['HEADERS 1', 'DATA 1 0 last'])
    act(end)
    expect(end.sent()).toEqual([])
  })

  test.each(after)('%s, while the end waits for a window', (_, act) => {
    const end = begun('client')
    end.receive(settings([4, 0]))
    end.session.write(end.session.request(plainList(...POST), false, 'a'), new Uint8Array(7), true)
    end.sent()
    act(end)
    end.receive(settings([4, 100]))
    expect(end.sent().filter((line) => line !== 'SETTINGS ack')).toEqual(['DATA 1 7 last'])
  })
})

describe('limits of heads', () => {
  const tooLarge = ['failed 1 TOO_LARGE ENHANCE_YOUR_CALM']
  const get = (): End => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    end.sent()
    return end
  }
  /** In frames of 16 KiB. */
  const large = (pairs: readonly string[], flags = 0): Uint8Array => {
    const whole = block(...pairs)
    const pieces: Uint8Array[] = []
    for (let at = 0; at === 0 || at < whole.length; at += 16_384) {
      const last = at + 16_384 >= whole.length ? FLAG.END_HEADERS : 0
      pieces.push(
        frame(
          at === 0 ? FRAME.HEADERS : FRAME.CONTINUATION,
          last | (at === 0 ? flags : 0),
          1,
          whole.subarray(at, at + 16_384),
        ),
      )
    }
    return joined(...pieces)
  }

  test('5,000 fields are taken, 5,001 are not', () => {
    const fields = (count: number): string[] => Array.from({ length: count }, () => ['a', 'b']).flat()
    expect(
      get()
        .receive(large([...OK, ...fields(4_999)]))
        .heard(),
    ).toEqual(['response 1 200 -1'])
    const end = get().receive(large([...OK, ...fields(5_000)]))
    expect(end.heard()).toEqual(tooLarge)
    expect(end.sent()).toEqual(['RST_STREAM 1 ENHANCE_YOUR_CALM'])
  })

  test('300 KiB are taken, counted as SETTINGS_MAX_HEADER_LIST_SIZE counts them', () => {
    // Incompressible by Huffman.
    const rest = LIMITS.responseHeadBytes - (7 + 3 + 32) - (1 + 32)
    expect(
      get()
        .receive(large([...OK, 'x', '|'.repeat(rest)]))
        .heard(),
    ).toEqual(['response 1 200 -1'])
    expect(
      get()
        .receive(large([...OK, 'x', 'a'.repeat(rest + 1)]))
        .heard(),
    ).toEqual(tooLarge)
  })

  test('all heads of one response count together', () => {
    const end = get()
    const head = large([':status', '103', 'x', 'a'.repeat(100_000)])
    end.receive(head, head, head)
    expect(end.heard()).toEqual(['informational 1 103', 'informational 1 103', 'informational 1 103'])
    end.receive(large([...OK, 'x', 'a'.repeat(10_000)]))
    expect(end.heard()).toEqual(tooLarge)
  })

  test('trailers count, too', () => {
    const end = get()
    end.receive(large([...OK, 'x', 'a'.repeat(200_000)]), large(['x', 'a'.repeat(200_000)], FLAG.END_STREAM))
    expect(end.heard()).toEqual(['response 1 200 -1', ...tooLarge])
  })

  test('100 informational heads are taken', () => {
    const end = get()
    for (let count = 0; count < LIMITS.informationalResponses; count += 1) end.receive(headers(1, early))
    expect(end.heard()).toHaveLength(LIMITS.informationalResponses)
    end.receive(headers(1, early))
    expect(end.heard()).toEqual(malformed)
  })

  test('a head that is too large leaves the table of HPACK in step', () => {
    const end = get()
    end.session.request(plainList(...REQUEST), true, 'b')
    // Literal with indexing: x: y. Then x many times by its index; then, on stream 3, once.
    const indexed = joined(bytes(0x88, 0x40, 1, 0x78, 1, 0x79), new Uint8Array(6_000).fill(0xbe))
    end.receive(headersFlags(FLAG.END_HEADERS, indexed))
    expect(end.heard()).toEqual(tooLarge)
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS, 3, bytes(0x88)))
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 3, bytes(0xbe)))
    expect(end.heard()).toEqual(['response 3 200 -1', 'ended 3 x=y'])
  })

  test('blocks of streams that were given up are decoded, for the table', () => {
    const end = get()
    end.session.reset(end.session.streams()[0]!, 'CANCEL')
    end.session.request(plainList(...REQUEST), true, 'b')
    end.receive(headersFlags(FLAG.END_HEADERS, bytes(0x88, 0x40, 1, 0x78, 1, 0x79)))
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS, 3, bytes(0x88)))
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 3, bytes(0xbe)))
    expect(end.heard()).toEqual(['response 3 200 -1', 'ended 3 x=y'])
  })
})

describe('the listener may call back', () => {
  test('a stream reset from within its data hears no more, and the rest of the frame is passed over', () => {
    for (const pieces of cuttings(joined(headers(1, OK), data(1, 'x'.repeat(50), true), ping()))) {
      const end = begun('client')
      end.session.request(plainList(...REQUEST), true, 'a')
      end.sent()
      end.hook = (line, stream) => {
        if (line.startsWith('data')) end.session.reset(stream!, 'CANCEL')
      }
      end.receive(...pieces)
      expect(end.heard().filter((line) => !line.startsWith('data'))).toEqual(['response 1 200 -1'])
      expect(end.bodies.get(1)).toHaveLength(1)
      expect(end.sent()).toEqual(['RST_STREAM 1 CANCEL', 'PING 12345678 ack'])
    }
  })

  test('a stream reset between two pieces of one DATA frame hears no more', () => {
    const end = begun('client')
    const stream = end.session.request(plainList(...REQUEST), true, 'a')
    const all = joined(headers(1, OK), data(1, 'abcdef', true), ping())
    const middle = all.length - 17 - 3
    end.receive(all.subarray(0, middle))
    end.session.reset(stream, 'CANCEL')
    end.sent()
    end.receive(all.subarray(middle))
    expect(end.heard()).toEqual(['response 1 200 -1', 'data 1 abc'])
    expect(end.sent()).toEqual(['PING 12345678 ack'])
  })

  test('the same, while it is paused', () => {
    const end = begun('client')
    const stream = end.session.request(plainList(...REQUEST), true, 'a')
    end.session.pause(stream)
    const all = joined(headers(1, OK), data(1, 'abcdef', true))
    end.receive(all.subarray(0, -3))
    end.session.reset(stream, 'CANCEL')
    end.receive(all.subarray(-3))
    end.session.resume(stream)
    expect(end.heard()).toEqual(['response 1 200 -1'])
  })

  test.each(['response', 'ended', 'settings', 'pong', 'failed'])('a request from within %s', (when) => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    end.session.request(plainList(...REQUEST), true, 'b')
    end.sent()
    let count = 0
    end.hook = (line) => {
      if (line.startsWith(when) && (count += 1) === 1) end.session.request(plainList(...REQUEST), true, 'c')
    }
    const before = end.outputCalls
    end.receive(
      joined(
        headers(1, OK, true),
        settings(),
        ping('tlupkeep', 1),
        frame(FRAME.RST_STREAM, 0, 3, bytes(0, 0, 0, 8)),
      ),
    )
    expect(end.sent()).toContain('HEADERS 5 last')
    expect(end.outputCalls).toBe(before + 1)
    expect(
      end
        .receive(headers(5, OK, true))
        .heard()
        .slice(-2),
    ).toEqual(['response 5 200 0', 'ended 5'])
  })
})

describe('signs of life', () => {
  test('a PING is answered with its payload, an answer to ours is told, others are not', () => {
    const end = begun('client')
    end.session.ping()
    expect(end.sent()).toEqual(['PING tlupkeep'])
    end.receive(ping('abcdefgh'), ping('xxxxxxxx', 1), ping('tlupkeep', 1))
    expect(end.sent()).toEqual(['PING abcdefgh ack'])
    expect(end.heard()).toEqual(['pong'])
  })

  test.each(['client', 'server'] as Role[])('%s: a PING once a second for a day is welcome', (role) => {
    const end = begun(role)
    for (let second = 0; second < 86_400; second += 1) {
      end.now = second * 1_000
      end.receive(ping())
      if (second % 100 === 0) end.session.takeOutput()
    }
    expect(end.heard()).toEqual([])
  })
})

test('outputReady is told once until the output is taken', () => {
  const end = begun('client')
  const before = end.outputCalls
  end.session.ping()
  end.session.ping()
  expect(end.outputCalls).toBe(before + 1)
  end.sent()
  end.session.ping()
  expect(end.outputCalls).toBe(before + 2)
})

test('priorities of RFC 9218 are changed by PRIORITY_UPDATE, while the stream lives', () => {
  const end = begun('client')
  const stream = end.session.request(plainList(...REQUEST), true, 'a')
  end.sent()
  end.session.reprioritize(stream, 'u=0, i')
  const [update] = end.takeFrames()
  expect([update!.type, update!.streamId, Buffer.from(update!.payload).toString('latin1')]).toEqual([
    FRAME.PRIORITY_UPDATE,
    0,
    '\0\0\0\x01u=0, i',
  ])
  end.session.reset(stream, 'CANCEL')
  end.sent()
  end.session.reprioritize(stream, 'u=1')
  expect(end.sent()).toEqual([])
})
