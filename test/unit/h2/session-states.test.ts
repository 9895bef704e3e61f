/** Every frame in every state of a stream, in both roles (RFC 9113 5.1): what is heard and what is answered. */
import { describe, expect, test } from 'vitest'
import { FLAG, FRAME } from '../../../packages/core/src/h2/protocol.ts'
import {
  begun,
  block,
  bytes,
  cuttings,
  data,
  frame,
  goaway,
  headers,
  joined,
  OK,
  ping,
  plainList,
  POST,
  REQUEST,
  rst,
  u32,
  windowUpdate,
  type End,
  type Role,
} from '../../support/h2-ends.ts'

type FrameName =
  | 'DATA'
  | 'HEADERS'
  | 'trailers'
  | 'PRIORITY'
  | 'short PRIORITY'
  | 'RST_STREAM'
  | 'SETTINGS'
  | 'PUSH_PROMISE'
  | 'PING'
  | 'GOAWAY'
  | 'WINDOW_UPDATE'
  | 'WINDOW_UPDATE of 0'
  | 'CONTINUATION'
  | 'unknown'

/** The frame, on a stream. */
function frameOf(name: FrameName, id: number, role: Role): Uint8Array {
  switch (name) {
    case 'DATA':
      return data(id, 'x')
    case 'HEADERS':
      return headers(id, role === 'client' ? OK : REQUEST)
    case 'trailers':
      return headers(id, ['x-t', '1'], true)
    case 'PRIORITY':
      return frame(FRAME.PRIORITY, 0, id, bytes(0, 0, 0, id, 16))
    case 'short PRIORITY':
      return frame(FRAME.PRIORITY, 0, id, bytes(0, 0, 0, 0))
    case 'RST_STREAM':
      return rst(id)
    case 'SETTINGS':
      return frame(FRAME.SETTINGS, 0, id)
    case 'PUSH_PROMISE':
      return frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, id, joined(u32(2), block(...REQUEST)))
    case 'PING':
      return frame(FRAME.PING, 0, id, new Uint8Array(8))
    case 'GOAWAY':
      return frame(FRAME.GOAWAY, 0, id, new Uint8Array(8))
    case 'WINDOW_UPDATE':
      return windowUpdate(id, 1)
    case 'WINDOW_UPDATE of 0':
      return windowUpdate(id, 0)
    case 'CONTINUATION':
      return frame(FRAME.CONTINUATION, FLAG.END_HEADERS, id, block('x', 'y'))
    case 'unknown':
      return frame(0x77, 0xff, id, bytes(1, 2, 3))
  }
}

const broken = (code: string): string => `broken HTTP2 ${code}`
const failed = (code: string): string => `failed 1 HTTP2_STREAM ${code}`
/** Nothing is heard, and nothing answered. */
const PASSED = ''

/** In any state. */
const ALWAYS: Partial<Record<FrameName, string>> = {
  PRIORITY: PASSED,
  SETTINGS: broken('PROTOCOL_ERROR'),
  PUSH_PROMISE: broken('PROTOCOL_ERROR'),
  PING: broken('PROTOCOL_ERROR'),
  GOAWAY: broken('PROTOCOL_ERROR'),
  CONTINUATION: broken('PROTOCOL_ERROR'),
  unknown: PASSED,
}

interface StateCase {
  readonly role: Role
  readonly state: string
  readonly id?: number
  readonly enter: (end: End) => void
  readonly expected: Partial<Record<FrameName, string>>
}

const IDLE: Partial<Record<FrameName, string>> = {
  DATA: broken('PROTOCOL_ERROR'),
  HEADERS: broken('PROTOCOL_ERROR'),
  trailers: broken('PROTOCOL_ERROR'),
  'short PRIORITY': PASSED,
  RST_STREAM: broken('PROTOCOL_ERROR'),
  WINDOW_UPDATE: broken('PROTOCOL_ERROR'),
  'WINDOW_UPDATE of 0': broken('PROTOCOL_ERROR'),
}
const OPEN: Partial<Record<FrameName, string>> = {
  'short PRIORITY': failed('FRAME_SIZE_ERROR'),
  RST_STREAM: failed('CANCEL'),
  WINDOW_UPDATE: PASSED,
  'WINDOW_UPDATE of 0': failed('PROTOCOL_ERROR'),
}
/** After END_STREAM of both. */
const CLOSED: Partial<Record<FrameName, string>> = {
  DATA: broken('STREAM_CLOSED'),
  HEADERS: broken('STREAM_CLOSED'),
  trailers: broken('STREAM_CLOSED'),
  'short PRIORITY': PASSED,
  RST_STREAM: PASSED,
  WINDOW_UPDATE: PASSED,
  'WINDOW_UPDATE of 0': PASSED,
}
/** After our RST_STREAM: the peer may not know of it yet. */
const GIVEN_UP: Partial<Record<FrameName, string>> = {
  ...CLOSED,
  DATA: PASSED,
  HEADERS: PASSED,
  trailers: PASSED,
}

const post = (end: End): void => {
  end.session.request(plainList(...POST), false, 'a')
}
const get = (end: End): void => {
  end.session.request(plainList(...REQUEST), true, 'a')
}
const serverStream = (end: End, isLast: boolean): void => {
  end.receive(headers(1, isLast ? REQUEST : POST, isLast))
}

const CASES: readonly StateCase[] = [
  { role: 'client', state: 'idle', enter: () => {}, expected: IDLE },
  { role: 'client', state: 'idle, of the server', id: 2, enter: get, expected: IDLE },
  {
    role: 'client',
    state: 'open, without a head',
    enter: post,
    expected: {
      ...OPEN,
      DATA: failed('PROTOCOL_ERROR'),
      HEADERS: 'response 1 200 -1',
      trailers: failed('PROTOCOL_ERROR'),
    },
  },
  {
    role: 'client',
    state: 'open, with a head',
    enter: (end) => {
      post(end)
      end.receive(headers(1, OK))
    },
    expected: { ...OPEN, DATA: 'data 1 x', HEADERS: failed('PROTOCOL_ERROR'), trailers: 'ended 1 x-t=1' },
  },
  {
    role: 'client',
    state: 'half-closed (local), without a head',
    enter: get,
    expected: {
      ...OPEN,
      DATA: failed('PROTOCOL_ERROR'),
      HEADERS: 'response 1 200 -1',
      trailers: failed('PROTOCOL_ERROR'),
    },
  },
  {
    role: 'client',
    state: 'half-closed (local), with a head',
    enter: (end) => {
      get(end)
      end.receive(headers(1, OK))
    },
    expected: { ...OPEN, DATA: 'data 1 x', HEADERS: failed('PROTOCOL_ERROR'), trailers: 'ended 1 x-t=1' },
  },
  {
    role: 'client',
    state: 'half-closed (remote)',
    enter: (end) => {
      post(end)
      end.receive(headers(1, OK, true))
    },
    expected: {
      ...OPEN,
      DATA: failed('STREAM_CLOSED'),
      HEADERS: failed('STREAM_CLOSED'),
      trailers: failed('STREAM_CLOSED'),
    },
  },
  {
    role: 'client',
    state: 'closed by both ends',
    enter: (end) => {
      get(end)
      end.receive(headers(1, OK, true))
    },
    expected: CLOSED,
  },
  {
    role: 'client',
    state: 'closed by the RST_STREAM of the peer',
    enter: (end) => {
      get(end)
      end.receive(rst(1))
    },
    expected: CLOSED,
  },
  {
    role: 'client',
    state: 'closed by our RST_STREAM',
    enter: (end) => end.session.reset(end.session.request(plainList(...POST), false, 'a'), 'CANCEL'),
    expected: GIVEN_UP,
  },
  {
    role: 'client',
    state: 'given up by the GOAWAY of the peer',
    enter: (end) => {
      get(end)
      end.receive(goaway(0))
    },
    expected: GIVEN_UP,
  },
  {
    role: 'client',
    state: 'failed by a stream error',
    enter: (end) => {
      get(end)
      end.receive(data(1, 'early'))
    },
    expected: GIVEN_UP,
  },
  {
    role: 'server',
    state: 'idle',
    enter: () => {},
    expected: { ...IDLE, HEADERS: 'request 1 GET /', trailers: 'RST_STREAM 1 PROTOCOL_ERROR' },
  },
  { role: 'server', state: 'idle, of the server', id: 2, enter: () => {}, expected: IDLE },
  {
    role: 'server',
    state: 'open',
    enter: (end) => serverStream(end, false),
    expected: { ...OPEN, DATA: 'data 1 x', HEADERS: failed('PROTOCOL_ERROR'), trailers: 'ended 1 x-t=1' },
  },
  {
    role: 'server',
    state: 'half-closed (local)',
    enter: (end) => {
      serverStream(end, false)
      end.session.respond(end.streams.get(1)!, plainList(...OK), true)
    },
    expected: { ...OPEN, DATA: 'data 1 x', HEADERS: failed('PROTOCOL_ERROR'), trailers: 'ended 1 x-t=1' },
  },
  {
    role: 'server',
    state: 'half-closed (remote)',
    enter: (end) => serverStream(end, true),
    expected: {
      ...OPEN,
      DATA: failed('STREAM_CLOSED'),
      HEADERS: failed('STREAM_CLOSED'),
      trailers: failed('STREAM_CLOSED'),
    },
  },
  {
    role: 'server',
    state: 'closed by both ends',
    enter: (end) => {
      serverStream(end, true)
      end.session.respond(end.streams.get(1)!, plainList(...OK), true)
    },
    expected: CLOSED,
  },
  {
    role: 'server',
    state: 'closed because a later one was opened',
    enter: (end) => end.receive(headers(3, REQUEST, true)),
    expected: CLOSED,
  },
  {
    role: 'server',
    state: 'closed by our RST_STREAM',
    enter: (end) => {
      serverStream(end, false)
      end.session.reset(end.streams.get(1)!, 'CANCEL')
    },
    expected: GIVEN_UP,
  },
  {
    role: 'server',
    state: 'above what our GOAWAY takes',
    id: 5,
    enter: (end) => {
      end.session.goaway('NO_ERROR', 3)
      end.receive(headers(5, POST))
    },
    expected: GIVEN_UP,
  },
]

/** What a frame leads to: lines heard, and the frames that answer it, other than what follows from the lines. */
function outcome(end: End): string {
  const answers = end.sent()
  const heard = end.heard()
  return heard.length > 0 ? heard.join('; ') : answers.join('; ')
}

for (const { role, state, id = 1, enter, expected } of CASES) {
  describe(`${role}: a stream that is ${state}`, () => {
    const all = { ...ALWAYS, ...expected }
    test('is tested with every frame', () => expect(Object.keys(all)).toHaveLength(14))

    for (const [name, what] of Object.entries(all) as [FrameName, string][]) {
      test(`${name}: ${what === PASSED ? 'is passed over' : what}`, () => {
        for (const pieces of cuttings(frameOf(name, id, role), 3)) {
          const end = begun(role)
          enter(end)
          end.heard()
          end.sent()
          end.receive(...pieces)
          expect(outcome(end)).toBe(what)
          // It goes on, unless it is broken.
          end.receive(ping())
          expect(end.sent()).toEqual(what.startsWith('broken') ? [] : ['PING 12345678 ack'])
        }
      })
    }
  })
}

describe('what is answered to a mistake', () => {
  test('a stream error: RST_STREAM with its code, and siblings go on', () => {
    const end = begun('client')
    get(end)
    get(end)
    end.sent()
    end.receive(data(1, 'x'), headers(3, OK), data(3, 'whole', true))
    expect(end.sent()).toEqual(['RST_STREAM 1 PROTOCOL_ERROR'])
    expect(end.heard()).toEqual([
      'failed 1 HTTP2_STREAM PROTOCOL_ERROR',
      'response 3 200 -1',
      'data 3 whole',
      'ended 3',
    ])
    expect(end.session.streamCount).toBe(0)
  })

  test('a connection error: GOAWAY with its code and the last stream of the peer; then nothing', () => {
    const end = begun('server')
    serverStream(end, false)
    end.sent()
    end.receive(joined(data(3, 'idle'), ping(), headers(5, REQUEST)))
    end.receive(ping())
    expect(end.sent()).toEqual(['GOAWAY 1 PROTOCOL_ERROR'])
    expect(end.heard()).toEqual(['request 1 POST /', broken('PROTOCOL_ERROR')])
    // The owner of the connection ends what is left.
    expect(end.session.streams().map(({ id }) => id)).toEqual([1])
    expect(end.session.takesStreams).toBe(false)
  })

  test('no DATA follows the GOAWAY', () => {
    const end = begun('client')
    const stream = end.session.request(plainList(...POST), false, 'a')
    end.session.write(stream, new Uint8Array(100_000))
    end.sent()
    end.receive(joined(windowUpdate(1, 100_000), windowUpdate(0, 100_000), windowUpdate(0, 0)))
    expect(end.sent()).toEqual(['GOAWAY 0 PROTOCOL_ERROR'])
  })

  test('RST_STREAM is not answered by RST_STREAM', () => {
    const end = begun('client')
    get(end)
    end.sent()
    end.receive(rst(1), rst(1), rst(1))
    expect(end.sent()).toEqual([])
    expect(end.heard()).toEqual([failed('CANCEL')])
  })
})

describe('stream ids', () => {
  test.each([
    ['an even id from a client', headers(2, REQUEST, true)],
    ['stream 0', headers(0, REQUEST, true)],
  ])('server: %s is a PROTOCOL_ERROR', (_, input) => {
    expect(begun('server').receive(input).heard()).toEqual([broken('PROTOCOL_ERROR')])
  })

  test('server: an id below the last one is closed', () => {
    const end = begun('server')
    end.receive(headers(5, REQUEST, true), headers(3, REQUEST, true))
    expect(end.heard().at(-1)).toBe(broken('STREAM_CLOSED'))
  })

  test('the reserved bit is passed over (4.1)', () => {
    const end = begun('client')
    get(end)
    const input = headers(1, OK, true)
    input[5]! |= 0x80
    expect(end.receive(input).heard()).toEqual(['response 1 200 0', 'ended 1'])
  })

  test('client: they grow by two up to 2^31-1, and then there are none', () => {
    const end = begun('client', { firstStreamId: 2 ** 31 - 3 })
    expect(end.session.takesStreams).toBe(true)
    get(end)
    expect(end.session.takesStreams).toBe(true)
    get(end)
    expect(end.session.takesStreams).toBe(false)
    expect(end.sent()).toEqual(['HEADERS 2147483645 last', 'HEADERS 2147483647 last'])
    expect(() => get(end)).toThrow('bug in Trunkline')
    end.receive(headers(2 ** 31 - 1, OK, true), headers(2 ** 31 - 3, OK, true))
    expect(end.heard()).toEqual([
      'response 2147483647 200 0',
      'ended 2147483647',
      'response 2147483645 200 0',
      'ended 2147483645',
    ])
    expect(end.session.streamCount).toBe(0)
  })

  test('server: streams beyond the announced number are refused, and later ones taken', () => {
    const end = begun('server', { maxConcurrentStreams: 1 })
    end.receive(headers(1, POST), headers(3, POST), data(3, 'late'))
    expect(end.sent()).toEqual(['RST_STREAM 3 REFUSED_STREAM'])
    end.session.respond(end.streams.get(1)!, plainList(...OK), true)
    end.receive(data(1, '', true), headers(5, REQUEST, true))
    expect(end.heard()).toEqual(['request 1 POST /', 'ended 1', 'request 5 GET / last', 'ended 5'])
  })
})

describe('GOAWAY', () => {
  const three = (): End => {
    const end = begun('client')
    for (let count = 0; count < 3; count += 1) get(end)
    end.sent()
    return end
  }

  test('streams above it fail as unsent, those at or below go on', () => {
    const end = three()
    end.receive(goaway(3), headers(1, OK, true), headers(3, OK, true))
    expect(end.heard()).toEqual([
      'going away NO_ERROR gracefully',
      'failed 5 HTTP2 NO_ERROR unsent',
      'response 1 200 0',
      'ended 1',
      'response 3 200 0',
      'ended 3',
    ])
    expect(end.session.takesStreams).toBe(false)
    expect(end.session.streamCount).toBe(0)
  })

  test('several: ids only ever fall', () => {
    const end = three()
    end.receive(goaway(2 ** 31 - 1), goaway(3), goaway(5), goaway(1, 'ENHANCE_YOUR_CALM', 'too\nmuch'))
    expect(end.heard()).toEqual([
      'going away NO_ERROR gracefully',
      'going away NO_ERROR gracefully',
      'failed 5 HTTP2 NO_ERROR unsent',
      'going away NO_ERROR gracefully',
      'going away ENHANCE_YOUR_CALM',
      'failed 3 HTTP2 ENHANCE_YOUR_CALM unsent',
    ])
  })

  test('a stream that was answered is not called unsent', () => {
    const end = three()
    end.receive(headers(5, OK), goaway(3))
    expect(end.heard()).toContain('failed 5 HTTP2 NO_ERROR')
  })

  test('a whole answer that is held back is delivered all the same', () => {
    const end = begun('client')
    const stream = end.session.request(plainList(...POST), false, 'a')
    end.session.pause(stream)
    end.receive(headers(1, OK), data(1, 'whole', true), goaway(0))
    expect(end.heard()).toEqual(['response 1 200 -1', 'going away NO_ERROR gracefully'])
    end.session.resume(stream)
    expect(end.heard()).toEqual(['data 1 whole', 'ended 1'])
  })

  test('server: what came above our own is passed over, its window given back; ours only ever falls', () => {
    const end = begun('server')
    serverStream(end, true)
    end.heard()
    end.session.goaway('NO_ERROR', 2 ** 31 - 1)
    end.session.goaway()
    end.session.goaway('NO_ERROR', 7)
    expect(end.sent().filter((line) => line.startsWith('GOAWAY'))).toEqual([
      'GOAWAY 2147483647 NO_ERROR',
      'GOAWAY 1 NO_ERROR',
      'GOAWAY 1 NO_ERROR',
    ])
    end.receive(headers(3, POST), data(3, 'x'), rst(3), headers(5, REQUEST, true))
    expect(end.heard()).toEqual([])
    expect(end.sent()).toEqual([])
    expect(end.session.streamCount).toBe(1)
  })
})

describe('RST_STREAM', () => {
  test.each([
    ['REFUSED_STREAM', 'failed 1 HTTP2_STREAM REFUSED_STREAM unsent'],
    ['NO_ERROR', 'failed 1 HTTP2_STREAM NO_ERROR'],
    ['HTTP_1_1_REQUIRED', 'failed 1 HTTP2_STREAM HTTP_1_1_REQUIRED'],
    ['INTERNAL_ERROR', 'failed 1 HTTP2_STREAM INTERNAL_ERROR'],
  ] as const)('%s: %s', (code, line) => {
    const end = begun('client')
    get(end)
    expect(end.receive(rst(1, code)).heard()).toEqual([line])
  })

  test('an unknown code is shown by its number', () => {
    const end = begun('client')
    get(end)
    expect(end.receive(frame(FRAME.RST_STREAM, 0, 1, u32(0xabc))).heard()).toEqual([
      'failed 1 HTTP2_STREAM 0xabc',
    ])
  })

  test('REFUSED_STREAM after a head is not called unsent', () => {
    const end = begun('client')
    get(end)
    end.receive(headers(1, OK), rst(1, 'REFUSED_STREAM'))
    expect(end.heard().at(-1)).toBe('failed 1 HTTP2_STREAM REFUSED_STREAM')
  })

  test('who waits to send when a whole answer is held back is let go', () => {
    const end = begun('client')
    const stream = end.session.request(plainList(...POST), false, 'a')
    end.session.pause(stream)
    expect(end.session.write(stream, new Uint8Array(100_000))).toBe(false)
    end.receive(headers(1, OK), data(1, 'no more', true), rst(1, 'NO_ERROR'))
    expect(end.heard()).toEqual(['response 1 200 -1', 'writable 1'])
    expect(end.session.write(stream, new Uint8Array(10))).toBe(true)
    end.session.resume(stream)
    expect(end.heard()).toEqual(['data 1 no more', 'ended 1'])
  })

  test('the oldest of many streams given up are still told from stray ones', () => {
    const end = begun('client')
    for (let count = 0; count < 1_500; count += 1)
      end.session.reset(end.session.request(plainList(...REQUEST), true, 'a'), 'CANCEL')
    end.sent()
    end.receive(headers(1, OK), data(1, 'late', true), headers(2_999, OK, true))
    expect(end.heard()).toEqual([])
  })
})
