/** Servers that break HTTP/2: the transfer ends with a clear error, nobody else suffers, nothing is left behind. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { SeededRandom, simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { Multi } from '@trunkline/multi'
import {
  ACK,
  block,
  END_HEADERS,
  END_STREAM,
  hostileServer,
  PADDED,
  TYPE,
  uint32,
  type HostilePeer,
} from '../support/hostile-h2.ts'

const OK: readonly (readonly [string, string])[] = [[':status', '200']]

/** The error codes of RFC 9113 7, as our GOAWAY or RST_STREAM has them. */
const CODE = {
  PROTOCOL_ERROR: 1,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
} as const

interface Case {
  readonly name: string
  /** What is said once the request, on stream 1, is here; SETTINGS were said before. */
  readonly say: (peer: HostilePeer) => void | Promise<void>
  /** The code of the error, or `200`. Default HTTP2. */
  readonly code?: string
  readonly message: RegExp
  /** What the server is told: by GOAWAY for HTTP2, by RST_STREAM for HTTP2_STREAM. Default PROTOCOL_ERROR. */
  readonly h2?: keyof typeof CODE
  readonly options?: EasyOptions
}

interface Outcome {
  readonly code: string
  readonly message: string
  readonly details: TransferError['details']
}

/** One transfer to a hostile server, beside transfers to a healthy one by the same multi. */
async function meet(
  world: SimWorld,
  script: (peer: HostilePeer) => void | Promise<void>,
  options: EasyOptions = {},
  where = 'https://bad.test',
): Promise<{ outcome: Outcome; peers: HostilePeer[] }> {
  const { environment, network } = world
  const good = world.origin(
    'https://good.test',
    async (exchange) => {
      exchange.head({ status: 200 })
      for (let i = 0; i < 5; i += 1) {
        exchange.write('good ')
        await exchange.sleep(3)
      }
      exchange.end()
    },
    { http2: true },
  )
  const peers = hostileServer(world, where, script)
  const multi = new Multi({ environment })
  const healthy = () => multi.add(new Easy({ url: 'https://good.test/', environment }))
  const beside = [healthy(), healthy()]
  const outcome = await multi.add(new Easy({ url: `${where}/`, environment, ...options })).then(
    (result) => ({ code: String(result.status), message: result.text(), details: {} }),
    ({ code, message, details }: TransferError) => ({ code, message, details }),
  )
  for (const result of await Promise.all(beside)) expect(result.text()).toBe('good good good good good ')
  expect((await healthy()).info.connId).toBe((await beside[0]!).info.connId)
  expect(good.connectionsAccepted).toBe(1)
  // What is behind on the wire is heard before anyone looks.
  await world.sleep(50)
  expect(multi.connections().every(({ active, state }) => active === 0 && state === 'idle')).toBe(true)
  await multi.close()
  expect(network.openConnections).toBe(0)
  return { outcome, peers }
}

const WRONG_STATES: readonly Case[] = [
  { name: 'DATA on stream 0', say: (peer) => peer.frame(TYPE.DATA, 0, 0, [1]), message: /DATA/ },
  { name: 'HEADERS on stream 0', say: (peer) => peer.head(0, OK), message: /HEADERS/ },
  {
    name: 'HEADERS on a stream that nobody opened',
    say: (peer) => peer.head(99, OK),
    message: /stream 99.*idle/,
  },
  { name: 'HEADERS on a stream of its own', say: (peer) => peer.head(2, OK), message: /stream 2.*idle/ },
  {
    name: 'DATA on a stream that nobody opened',
    say: (peer) => peer.frame(TYPE.DATA, 0, 99, [1]),
    message: /stream 99.*idle/,
  },
  {
    name: 'DATA before a head',
    say: (peer) => peer.frame(TYPE.DATA, 0, 1, [1]),
    code: 'HTTP2_STREAM',
    message: /DATA came before/,
  },
  {
    name: 'RST_STREAM on stream 0',
    say: (peer) => peer.frame(TYPE.RST_STREAM, 0, 0, uint32(2)),
    message: /RST_STREAM/,
  },
  {
    name: 'RST_STREAM on a stream that nobody opened',
    say: (peer) => peer.frame(TYPE.RST_STREAM, 0, 99, uint32(2)),
    message: /stream 99.*idle/,
  },
  {
    name: 'WINDOW_UPDATE on a stream that nobody opened',
    say: (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 99, uint32(2)),
    message: /stream 99.*idle/,
  },
  {
    name: 'WINDOW_UPDATE of 0 for the connection',
    say: (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(0)),
    message: /WINDOW_UPDATE of 0/,
  },
  {
    name: 'WINDOW_UPDATE of 0 for the stream',
    say: (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(0)),
    code: 'HTTP2_STREAM',
    message: /WINDOW_UPDATE of 0/,
  },
  {
    name: 'CONTINUATION without HEADERS',
    say: (peer) => peer.frame(TYPE.CONTINUATION, END_HEADERS, 1, block(OK)),
    message: /CONTINUATION/,
  },
  {
    name: 'PING within a header block',
    say: (peer) => {
      peer.head(1, OK, 0)
      peer.frame(TYPE.PING, 0, 0, new Uint8Array(8))
    },
    message: /PING came within a header block/,
  },
  {
    name: 'CONTINUATION of another stream',
    say: (peer) => {
      peer.head(1, OK, 0)
      peer.frame(TYPE.CONTINUATION, END_HEADERS, 3, block(OK))
    },
    message: /CONTINUATION came within a header block/,
  },
  {
    name: 'DATA within a header block',
    say: (peer) => {
      peer.head(1, OK, 0)
      peer.frame(TYPE.DATA, END_STREAM, 1, [1])
    },
    message: /DATA came within a header block/,
  },
  {
    name: 'PUSH_PROMISE',
    say: (peer) => peer.frame(TYPE.PUSH_PROMISE, END_HEADERS, 1, [...uint32(2), ...block(OK)]),
    message: /PUSH_PROMISE/,
  },
  { name: 'SETTINGS on a stream', say: (peer) => peer.frame(TYPE.SETTINGS, 0, 1), message: /SETTINGS/ },
  {
    name: 'GOAWAY on a stream',
    say: (peer) => peer.frame(TYPE.GOAWAY, 0, 1, [...uint32(0), ...uint32(0)]),
    message: /GOAWAY/,
  },
  {
    name: 'PING on a stream',
    say: (peer) => peer.frame(TYPE.PING, 0, 1, new Uint8Array(8)),
    message: /PING/,
  },
  {
    name: 'trailers that end nothing',
    say: (peer) => {
      peer.head(1, OK)
      peer.head(1, [['x', 'y']])
    },
    code: 'HTTP2_STREAM',
    message: /HEADERS came within a body/,
  },
  {
    name: 'a whole response, and then DATA',
    say: (peer) => {
      peer.respond(1)
      peer.frame(TYPE.DATA, END_STREAM, 1, [1])
    },
    code: '200',
    message: /^hello$/,
    h2: 'STREAM_CLOSED',
  },
  {
    name: 'a whole response, and then another',
    say: (peer) => {
      peer.respond(1)
      peer.respond(1)
    },
    code: '200',
    message: /^hello$/,
    h2: 'STREAM_CLOSED',
  },
]

const WRONG_SIZES: readonly Case[] = [
  ...[TYPE.DATA, TYPE.HEADERS, TYPE.SETTINGS, TYPE.PING, 0xbe].map((type) => ({
    name: `a frame of type ${type} larger than was allowed`,
    say: (peer: HostilePeer) =>
      peer.frame(type, 0, type === TYPE.DATA || type === TYPE.HEADERS ? 1 : 0, new Uint8Array(16_385)),
    message: /16385|16,385/,
    h2: 'FRAME_SIZE_ERROR' as const,
  })),
  {
    name: 'a frame that says it is 16 MiB long, and never comes',
    say: (peer) => peer.frame(TYPE.DATA, 0, 1, [], 0xffffff),
    message: /16777215|16,777,215/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'SETTINGS of 5 bytes',
    say: (peer) => peer.frame(TYPE.SETTINGS, 0, 0, new Uint8Array(5)),
    message: /SETTINGS of 5/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'an acknowledgement with a payload',
    say: (peer) => peer.frame(TYPE.SETTINGS, ACK, 0, new Uint8Array(6)),
    message: /SETTINGS/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'PING of 7 bytes',
    say: (peer) => peer.frame(TYPE.PING, 0, 0, new Uint8Array(7)),
    message: /PING/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'GOAWAY of 7 bytes',
    say: (peer) => peer.frame(TYPE.GOAWAY, 0, 0, new Uint8Array(7)),
    message: /GOAWAY/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'RST_STREAM of 3 bytes',
    say: (peer) => peer.frame(TYPE.RST_STREAM, 0, 1, new Uint8Array(3)),
    message: /RST_STREAM/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'WINDOW_UPDATE of 5 bytes',
    say: (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 1, new Uint8Array(5)),
    message: /WINDOW_UPDATE/,
    h2: 'FRAME_SIZE_ERROR',
  },
  {
    name: 'HEADERS with more padding than there is',
    say: (peer) => peer.frame(TYPE.HEADERS, PADDED | END_HEADERS, 1, [200, ...block(OK)]),
    message: /padding/,
  },
  {
    name: 'DATA with more padding than there is',
    say: (peer) => {
      peer.head(1, OK)
      peer.frame(TYPE.DATA, PADDED, 1, [200, 1, 2])
    },
    message: /padding/,
  },
  {
    name: 'padded DATA without a pad length',
    say: (peer) => {
      peer.head(1, OK)
      peer.frame(TYPE.DATA, PADDED, 1, [])
    },
    message: /pad/,
    h2: 'FRAME_SIZE_ERROR',
  },
]

const WRONG_SETTINGS: readonly Case[] = (
  [
    [0x2, 1, 'ENABLE_PUSH', 'PROTOCOL_ERROR'],
    [0x2, 2, 'ENABLE_PUSH', 'PROTOCOL_ERROR'],
    [0x4, 2 ** 31, 'INITIAL_WINDOW_SIZE', 'FLOW_CONTROL_ERROR'],
    [0x5, 16_383, 'MAX_FRAME_SIZE', 'PROTOCOL_ERROR'],
    [0x5, 2 ** 24, 'MAX_FRAME_SIZE', 'PROTOCOL_ERROR'],
  ] as const
).map(([id, value, name, h2]) => ({
  name: `SETTINGS with ${name} ${value}`,
  say: (peer) => peer.settings([id, value]),
  message: new RegExp(`${name} is ${value}`),
  h2,
}))

const WRONG_WINDOWS: readonly Case[] = [
  {
    name: 'a window of the connection beyond 2^31-1',
    say: (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(2 ** 31 - 1)),
    message: /window of the connection grew/,
    h2: 'FLOW_CONTROL_ERROR',
  },
  {
    name: 'a window of the stream beyond 2^31-1',
    say: (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 1, uint32(2 ** 31 - 1)),
    code: 'HTTP2_STREAM',
    message: /window of stream 1 grew/,
    h2: 'FLOW_CONTROL_ERROR',
  },
  {
    name: 'more DATA than the window of a stream that is paused',
    say: (peer) => {
      peer.head(1, OK)
      for (let i = 0; i < 20; i += 1) peer.frame(TYPE.DATA, 0, 1, new Uint8Array(16_384))
    },
    options: { writeFunction: () => 'pause' },
    code: 'HTTP2_STREAM',
    message: /exceeds the window of stream 1/,
    h2: 'FLOW_CONTROL_ERROR',
  },
]

const FLOODS: readonly Case[] = [
  ...(
    [
      ['SETTINGS', (peer) => peer.settings()],
      ['acknowledgements of SETTINGS', (peer) => peer.frame(TYPE.SETTINGS, ACK, 0)],
      ['PING', (peer) => peer.frame(TYPE.PING, 0, 0, new Uint8Array(8))],
      ['answers to PINGs', (peer) => peer.frame(TYPE.PING, ACK, 0, new Uint8Array(8))],
      ['PRIORITY', (peer) => peer.frame(TYPE.PRIORITY, 0, 1, new Uint8Array(5))],
      ['WINDOW_UPDATE', (peer) => peer.frame(TYPE.WINDOW_UPDATE, 0, 0, uint32(1))],
      ['GOAWAY', (peer) => peer.frame(TYPE.GOAWAY, 0, 0, [...uint32(2 ** 31 - 1), ...uint32(0)])],
      ['frames of an unknown type', (peer) => peer.frame(0xbe, 0, 0)],
    ] as readonly (readonly [string, (peer: HostilePeer) => void])[]
  ).map(([name, once]) => ({
    name: `${name} without end`,
    say: (peer: HostilePeer) => {
      for (let i = 0; i < 1_200; i += 1) once(peer)
    },
    message: /more than 1000 frames in a row moved nothing/,
    h2: 'ENHANCE_YOUR_CALM' as const,
  })),
  {
    name: 'empty DATA without end',
    say: (peer) => {
      peer.head(1, OK)
      for (let i = 0; i < 1_200; i += 1) peer.frame(TYPE.DATA, 0, 1)
    },
    message: /moved nothing/,
    h2: 'ENHANCE_YOUR_CALM',
  },
  {
    name: 'CONTINUATION without end, empty',
    say: (peer) => {
      peer.head(1, OK, 0)
      for (let i = 0; i < 100; i += 1) peer.frame(TYPE.CONTINUATION, 0, 1)
    },
    message: /header block of more than/,
    h2: 'ENHANCE_YOUR_CALM',
  },
  {
    name: 'CONTINUATION without end, full',
    say: (peer) => {
      peer.head(1, OK, 0)
      for (let i = 0; i < 100; i += 1) peer.frame(TYPE.CONTINUATION, 0, 1, block([['x', 'y'.repeat(16_000)]]))
    },
    message: /header block of more than/,
    h2: 'ENHANCE_YOUR_CALM',
  },
  {
    name: 'informational responses without end',
    say: (peer) => {
      for (let i = 0; i < 1_200; i += 1) peer.head(1, [[':status', '103']])
    },
    code: 'HTTP2_STREAM',
    message: /informational/,
  },
  {
    name: 'an HPACK bomb',
    say: (peer) => {
      // One field of 4,000 bytes in the dynamic table, named 16,000 times by its index.
      const field = [0x40, 1, 0x78, 127, 0x81, 0x1e, ...new Uint8Array(4_000).fill(0x79)]
      peer.frame(TYPE.HEADERS, END_HEADERS, 1, [...block(OK), ...field, ...new Uint8Array(12_000).fill(0xbe)])
    },
    code: 'TOO_LARGE',
    message: /exceed 307200 bytes or 5000 fields/,
    h2: 'ENHANCE_YOUR_CALM',
  },
  {
    name: 'more fields than anyone has',
    say: (peer) => {
      const some = block(OK)
      const fields = Array.from({ length: 6_000 }, () => block([['x', '']])).flat()
      peer.frame(TYPE.HEADERS, 0, 1, some)
      for (let at = 0; at < fields.length; at += 16_000)
        peer.frame(
          TYPE.CONTINUATION,
          at + 16_000 >= fields.length ? END_HEADERS : 0,
          1,
          fields.slice(at, at + 16_000),
        )
    },
    code: 'TOO_LARGE',
    message: /5000 fields/,
    h2: 'ENHANCE_YOUR_CALM',
  },
]

const WRONG_BLOCKS: readonly Case[] = (
  [
    ['an index of 0', [0x80]],
    ['an index beyond the table', [0xff, 0x7f]],
    ['an integer without end', [0xff, ...new Uint8Array(50).fill(0xff)]],
    ['a string longer than the block', [0x00, 0x7f, 0x80, 0x10, 0x61]],
    ['a bad Huffman code', [0x00, 0x82, 0xff, 0xff, 0x00]],
    ['a table larger than was allowed', [0x3f, 0xff, 0xff, 0x03]],
    ['a table size in the middle', [...block(OK), 0x20]],
  ] as const
).map(([name, bytes]) => ({
  name: `a header block with ${name}`,
  say: (peer) => peer.frame(TYPE.HEADERS, END_HEADERS, 1, [...bytes]),
  message: /./,
  h2: 'COMPRESSION_ERROR',
}))

const MALFORMED: readonly Case[] = (
  [
    ['no :status', [['x', 'y']]],
    ['an empty head', []],
    ['a :status of two digits', [[':status', '20']]],
    ['a :status of letters', [[':status', 'abc']]],
    ['two :status', [...OK, ...OK]],
    ['a pseudo field of requests', [...OK, [':path', '/']]],
    ['a pseudo field behind a field', [['x', 'y'], ...OK]],
    ['a name in upper case', [...OK, ['X-Name', 'y']]],
    ['an empty name', [...OK, ['', 'y']]],
    ['a name with a blank', [...OK, ['a b', 'y']]],
    ['a line end in a value', [...OK, ['x', 'a\r\nset-cookie: b']]],
    ['a null in a value', [...OK, ['x', 'a\0b']]],
    ['Connection', [...OK, ['connection', 'close']]],
    ['Transfer-Encoding', [...OK, ['transfer-encoding', 'chunked']]],
    ['two lengths', [...OK, ['content-length', '5'], ['content-length', '6']]],
    ['a length that is none', [...OK, ['content-length', '-5']]],
    ['status 101', [[':status', '101']]],
  ] as readonly (readonly [string, readonly (readonly [string, string])[]])[]
).map(([name, fields]) => ({
  name: `a response with ${name}`,
  say: (peer) => peer.head(1, fields, END_HEADERS | (name === 'status 101' ? 0 : END_STREAM)),
  code: 'HTTP2_STREAM',
  message: /./,
}))

const ALL: readonly Case[] = [
  ...WRONG_STATES,
  ...WRONG_SIZES,
  ...WRONG_SETTINGS,
  ...WRONG_WINDOWS,
  ...FLOODS,
  ...WRONG_BLOCKS,
  ...MALFORMED,
]

describe('a server that says', () => {
  test.each(ALL)('$name', async ({ say, code = 'HTTP2', message, h2 = 'PROTOCOL_ERROR', options }) => {
    await simulate(1, async (world) => {
      const { outcome, peers } = await meet(
        world,
        async (peer) => {
          peer.settings()
          await peer.request()
          await say(peer)
        },
        options,
      )
      expect(outcome.code).toBe(code)
      expect(outcome.message).toMatch(message)
      expect(peers).toHaveLength(1)
      const [peer] = peers
      // What the server is told, and what the one who asked.
      const isStream = code === 'HTTP2_STREAM' || code === 'TOO_LARGE'
      const told = isStream ? peer!.resets[0] : peer!.goaways[0]
      expect(told).toEqual(isStream ? [1, CODE[h2]] : CODE[h2])
      expect(outcome.details['h2']).toBe(code === '200' ? undefined : h2)
    })
  })
})

describe('a server that says what means nothing any more', () => {
  const HARMLESS: readonly { name: string; say: (peer: HostilePeer) => void }[] = [
    {
      name: 'frames of unknown types',
      say: (peer) => [0x0a, 0x0c, 0xbe, 0xff].forEach((type) => peer.frame(type, 0xff, 0, [1, 2])),
    },
    { name: 'unknown settings', say: (peer) => peer.settings([0x99, 5], [0xffff, 2 ** 32 - 1]) },
    { name: 'unknown flags', say: (peer) => peer.frame(TYPE.PING, 0xfe, 0, new Uint8Array(8)) },
    { name: 'priorities', say: (peer) => peer.frame(TYPE.PRIORITY, 0, 1, [...uint32(1), 0]) },
    {
      name: 'priorities of streams of long ago, and of the future',
      say: (peer) => [3, 99].forEach((id) => peer.frame(TYPE.PRIORITY, 0, id, [...uint32(0), 0])),
    },
  ]
  test.each(HARMLESS)('$name, is served all the same', async ({ say }) => {
    await simulate(1, async (world) => {
      const { outcome } = await meet(world, async (peer) => {
        peer.settings()
        const stream = await peer.request()
        say(peer)
        peer.respond(stream)
      })
      expect(outcome).toMatchObject({ code: '200', message: 'hello' })
    })
  })
})

test('who breaks the protocol hears one GOAWAY, and why', async () => {
  await simulate(1, async (world) => {
    const { peers } = await meet(world, async (peer) => {
      peer.settings()
      await peer.request()
      peer.frame(TYPE.PING, 0, 1, new Uint8Array(8))
    })
    expect(peers[0]!.goaways).toEqual([CODE.PROTOCOL_ERROR])
  })
})

describe('a server that begins with', () => {
  const FIRST: readonly { name: string; say: (peer: HostilePeer) => void; code: string; message: RegExp }[] =
    [
      {
        name: 'PING',
        say: (peer) => peer.frame(TYPE.PING, 0, 0, new Uint8Array(8)),
        code: 'HTTP2',
        message: /PING came before SETTINGS/,
      },
      {
        name: 'HEADERS',
        say: (peer) => peer.head(1, OK),
        code: 'HTTP2',
        message: /HEADERS came before SETTINGS/,
      },
      {
        name: 'DATA',
        say: (peer) => peer.frame(TYPE.DATA, 0, 1, [1]),
        code: 'HTTP2',
        message: /DATA came before SETTINGS/,
      },
      {
        name: 'an acknowledgement of SETTINGS',
        say: (peer) => peer.frame(TYPE.SETTINGS, ACK, 0),
        code: 'HTTP2',
        message: /before SETTINGS/,
      },
      {
        name: 'HTTP/1.1',
        say: (peer) => peer.raw('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
        code: 'HTTP2',
        message: /HTTP\/1/,
      },
      {
        name: 'HTTP/1.1, and closes',
        say: (peer) => {
          peer.raw('HTTP/1.1 400 Bad Request\r\n\r\n')
          peer.close()
        },
        code: 'HTTP2',
        message: /HTTP\/1/,
      },
      { name: 'SSH', say: (peer) => peer.raw('SSH-2.0-OpenSSH_9.6\r\n'), code: 'HTTP2', message: /./ },
      { name: 'zeros', say: (peer) => peer.raw(new Uint8Array(100)), code: 'HTTP2', message: /./ },
      { name: 'its end', say: (peer) => peer.close(), code: 'RECV_ERROR', message: /closed/ },
    ]
  for (const where of ['https://bad.test', 'http://bad.test']) {
    test.each(FIRST)(`$name at ${where}`, async ({ say, code, message }) => {
      for (const chunkBytes of [1, Infinity]) {
        await simulate(1, async (world) => {
          world.network.addressesOf('bad.test')
          world.network.link('bad.test', { chunkBytes })
          const { outcome } = await meet(world, say, { httpVersion: '2-prior-knowledge' }, where)
          expect(outcome.code).toBe(code)
          expect(outcome.message).toMatch(message)
        })
      }
    })
  }
})

describe('a server that breaks off', () => {
  test('within any byte of its response fails the transfer, or has said all', async () => {
    const whole = 9 + 9 + block(OK).length + 9 + 5
    for (let cut = 0; cut <= whole; cut += 1) {
      await simulate(1, async (world) => {
        const { outcome } = await meet(world, async (peer) => {
          let left = cut
          const only = { raw: peer.raw.bind(peer) }
          // Of all that is said, the first `cut` bytes get through.
          peer.raw = (bytes) => {
            const all = typeof bytes === 'string' ? [] : [...bytes]
            only.raw(all.slice(0, left))
            left = Math.max(0, left - all.length)
          }
          peer.settings()
          await peer.request()
          peer.respond(1)
          await peer.sleep(1)
          peer.close()
        })
        expect(outcome.code).toMatch(cut === whole ? /^200$/ : /^(RECV_ERROR|PARTIAL_FILE|HTTP2)$/)
      })
    }
  })
})

describe('a server that is silent', () => {
  test('after the preface is ended by the time limit, and CANCEL is said', async () => {
    await simulate(1, async (world) => {
      const { outcome, peers } = await meet(world, (peer) => peer.settings(), { timeoutMs: 1_000 })
      expect(outcome.code).toBe('OPERATION_TIMEDOUT')
      expect(peers[0]!.resets).toEqual([[1, 8]])
    })
  })

  test('without even SETTINGS is ended by the time limit', async () => {
    await simulate(1, async (world) => {
      const { outcome } = await meet(world, () => {}, { timeoutMs: 1_000 })
      expect(outcome.code).toBe('OPERATION_TIMEDOUT')
    })
  })
})

describe('a server that says what makes no sense', () => {
  test('in frames drawn by chance: every transfer ends, nothing is left', async () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      await simulate(seed, async (world) => {
        const chance = new SeededRandom(seed)
        const { outcome } = await meet(
          world,
          async (peer) => {
            peer.settings()
            await peer.request()
            for (let i = 0; i < 40; i += 1) {
              const type = chance.below(12)
              const flags = [0, END_HEADERS, END_STREAM, END_HEADERS | END_STREAM, PADDED, 0xff][
                chance.below(6)
              ]!
              const stream = [0, 1, 1, 1, 2, 3][chance.below(6)]!
              const payload = chance.below(3) === 0 ? block(OK) : [...chance.bytes(chance.below(20))]
              peer.frame(type, flags, stream, payload)
              if (chance.below(4) === 0) await peer.sleep(1)
            }
            peer.close()
          },
          { timeoutMs: 10_000 },
        )
        expect(outcome.code).toMatch(/^(\d{3}|HTTP2|HTTP2_STREAM|RECV_ERROR|TOO_LARGE)$/)
      })
    }
  })

  test('in bytes drawn by chance: every transfer ends, nothing is left', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      await simulate(seed, async (world) => {
        const chance = new SeededRandom(seed)
        const { outcome } = await meet(
          world,
          async (peer) => {
            if (seed % 2 === 0) peer.settings()
            await peer.request()
            peer.raw(chance.bytes(200))
            await peer.sleep(5)
            peer.close()
          },
          { timeoutMs: 10_000 },
        )
        expect(outcome.code).toMatch(/^(HTTP2|HTTP2_STREAM|RECV_ERROR)$/)
      })
    }
  })
})

describe('a server that goes away', () => {
  test('and still answers what it gave up, harms nobody that it did not give up', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      hostileServer(world, 'https://bad.test', async (peer) => {
        peer.settings()
        await peer.request()
        if (peer.id > 1) {
          peer.respond(1, 'elsewhere')
          return
        }
        await peer.request()
        peer.frame(TYPE.GOAWAY, 0, 0, [...uint32(1), ...uint32(0)])
        peer.respond(3, 'too late')
        await peer.sleep(5)
        peer.respond(1, 'in time')
      })
      const multi = new Multi({ environment })
      const get = () => multi.add(new Easy({ url: 'https://bad.test/', environment }))
      const [first, second] = await Promise.all([get(), get()])
      expect([first.text(), second.text()]).toEqual(['in time', 'elsewhere'])
    })
  })

  test('to more than before does not bring back what was given up', async () => {
    await simulate(1, async (world) => {
      const { environment } = world
      hostileServer(world, 'https://bad.test', async (peer) => {
        peer.settings()
        await peer.request()
        if (peer.id > 1) {
          peer.respond(1, 'elsewhere')
          return
        }
        await peer.request()
        peer.frame(TYPE.GOAWAY, 0, 0, [...uint32(1), ...uint32(0)])
        peer.frame(TYPE.GOAWAY, 0, 0, [...uint32(3), ...uint32(0)])
        peer.respond(1, 'in time')
      })
      const multi = new Multi({ environment })
      const get = () => multi.add(new Easy({ url: 'https://bad.test/', environment }))
      const [first, second] = await Promise.all([get(), get()])
      expect([first.text(), second.text()]).toEqual(['in time', 'elsewhere'])
    })
  })
})

test('a client that gives up thousands of streams goes on with the connection, whatever still comes for them', async () => {
  await simulate(1, async (world) => {
    const { environment } = world
    const peers = hostileServer(world, 'https://bad.test', async (peer) => {
      peer.settings()
      for (;;) {
        const stream = await peer.request()
        peer.head(stream, OK)
        // Goes on after it was told to stop.
        void (async () => {
          for (let i = 0; i < 3; i += 1) {
            await peer.sleep(2)
            peer.frame(TYPE.DATA, i === 2 ? END_STREAM : 0, stream, [0x68, 0x69])
          }
        })()
      }
    })
    const multi = new Multi({ environment })
    await multi.add(new Easy({ url: 'https://bad.test/', environment }))
    for (let i = 0; i < 300; i += 1) {
      const handles = Array.from({ length: 10 }, () => new Easy({ url: 'https://bad.test/', environment }))
      const runs = handles.map((easy) => multi.add(easy).catch(({ code }: TransferError) => code))
      await world.sleep(3)
      for (const easy of handles) if (multi.handles.includes(easy)) multi.remove(easy)
      await Promise.all(runs)
    }
    const last = await multi.add(new Easy({ url: 'https://bad.test/', environment }))
    expect(last.text()).toBe('hihihi')
    expect(peers).toHaveLength(1)
    expect(peers[0]!.resets.length).toBeGreaterThan(2_000)
  })
})
