/** Two ends of a WebSocket, without I/O: what one says the other hears, whatever the pieces. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTransferError } from '../../../packages/core/src/errors/transfer-error.ts'
import { MessageGatherer, type MessageData } from '../../../packages/core/src/websocket/message-gatherer.ts'
import { WebSocketSession, type WebSocketSettings } from '../../../packages/core/src/websocket/session.ts'
import { CLOSE, closing, frame, PING, TEXT } from '../../support/web-socket-frames.ts'

type Heard = MessageData | readonly [string, ...unknown[]]

class End {
  readonly session: WebSocketSession
  readonly heard: Heard[] = []
  readonly #gatherer = new MessageGatherer()

  constructor(role: 'client' | 'server', settings: Partial<WebSocketSettings> = {}) {
    let count = 0
    const random = (size: number) => Uint8Array.from({ length: size }, () => (count = (count * 31 + 7) % 256))
    this.session = new WebSocketSession({ role, random, answersPings: true, ...settings })
  }

  /** Hears bytes in pieces of `size`; views are spoilt afterwards. */
  hear(bytes: Uint8Array, size = Infinity): void {
    for (let at = 0; at < bytes.length; at += size) {
      const view = Uint8Array.from(bytes.subarray(at, at + size))
      this.session.offer(view)
      try {
        for (let event = this.session.next(); event !== undefined; event = this.session.next()) {
          if (event.is === 'close') this.heard.push(['close', event.code, event.reason])
          else if (event.is !== 'piece') this.heard.push([event.is, Buffer.from(event.bytes).toString()])
          else {
            const message = this.#gatherer.take(event)
            if (message !== undefined) this.heard.push(message)
          }
        }
      } catch (error) {
        if (!isTransferError(error)) throw error
        this.heard.push(['failed', error.code, error.details['closeCode']])
      }
      this.session.keep()
      view.fill(0xee)
    }
  }

  take(): Uint8Array {
    return this.session.takeOutput()
  }
}

const data = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200, size: 'max' }),
  fc.string({ maxLength: 400, size: 'max' }),
  fc.uint8Array({ maxLength: 300, size: 'max' }),
)

/** A message, and where it is cut into fragments; none: it goes whole. */
const message = fc.record({
  data,
  cuts: fc.array(fc.nat(300), { maxLength: 4, size: 'max' }),
  pings: fc.boolean(),
})

describe.each([
  ['client', 'server'],
  ['server', 'client'],
] as const)('from %s to %s', (from, to) => {
  test('any messages in any fragments, in any pieces, with pings between', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6, size: 'max' }),
        fc.constantFrom(1, 2, 7, 64, Infinity),
        (messages, size) => {
          const sender = new End(from)
          const receiver = new End(to)
          const out: Uint8Array[] = []
          const wanted: Heard[] = []
          for (const { data: given, cuts, pings } of messages) {
            const places = [...new Set(cuts.filter((cut) => cut < given.length))].sort((a, b) => a - b)
            // A string is not cut between the halves of a pair.
            const fits = typeof given !== 'string' || !/[\ud800-\udfff]/.test(given)
            if (places.length === 0 || !fits) sender.session.send(given)
            else
              [...places, given.length].forEach((end, index, ends) => {
                sender.session.sendFragment(
                  given.slice(ends[index - 1] ?? 0, end) as string,
                  index === ends.length - 1,
                )
                if (!pings) return
                sender.session.ping(`p${index}`)
                wanted.push(['ping', `p${index}`])
              })
            const before = places.length > 0 && fits && pings ? wanted.pop() : undefined
            wanted.push(given)
            if (before !== undefined) wanted.push(before)
            out.push(sender.take())
          }
          receiver.hear(Buffer.concat(out), size)
          expect(receiver.heard.map(plain)).toEqual(wanted.map(plain))
          expect(receiver.session.isBetweenMessages).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each([0, 1, 255, 256, 257, 65_535, 65_536, 200_000])('text and bytes of %i characters', (length) => {
    const sender = new End(from)
    const receiver = new End(to)
    const given = [
      'x'.repeat(length),
      'é'.repeat(length),
      '€'.repeat(length),
      new Uint8Array(length).fill(0x5a),
    ]
    for (const one of given) {
      sender.session.send(one)
      receiver.hear(sender.take(), 16_384)
    }
    expect(receiver.heard.map(plain)).toEqual(given.map(plain))
  })

  test('what is sent is not changed, and may be changed behind the call', () => {
    const sender = new End(from)
    const receiver = new End(to)
    const bytes = new Uint8Array(1_000).fill(1)
    sender.session.send(bytes)
    expect(bytes.every((byte) => byte === 1)).toBe(true)
    bytes.fill(2)
    receiver.hear(sender.take())
    expect(receiver.heard).toEqual([new Uint8Array(1_000).fill(1)])
  })

  test('a lone surrogate becomes U+FFFD', () => {
    const sender = new End(from)
    const receiver = new End(to)
    for (const text of ['a\ud800b', 'a\udc00', '\ud83d', `${'\ud800'.repeat(300)}`]) sender.session.send(text)
    receiver.hear(sender.take())
    expect(receiver.heard).toEqual(['a\ufffdb', 'a\ufffd', '\ufffd', '\ufffd'.repeat(300)])
  })
})

function plain(heard: Heard): unknown {
  // As UTF-8 has it: a lone surrogate is none.
  if (typeof heard === 'string') return Buffer.from(heard).toString()
  return heard instanceof Uint8Array ? Buffer.from(heard).toString('hex') : heard
}

describe('pings', () => {
  test('are answered with what they held', () => {
    const client = new End('client')
    const server = new End('server')
    server.session.ping('a')
    server.session.ping(new Uint8Array(125).fill(0x62))
    client.hear(server.take())
    server.hear(client.take())
    expect(server.heard).toEqual([
      ['pong', 'a'],
      ['pong', 'b'.repeat(125)],
    ])
  })

  // RFC 6455 5.5.3: one answer may do for several.
  test('that come while nothing can be sent are answered once, for the last', () => {
    const client = new End('client')
    const server = new End('server')
    client.session.isBlocked = true
    for (let i = 0; i < 10_000; i += 1) server.session.ping(String(i))
    client.hear(server.take())
    expect(client.session.pendingBytes).toBe(0)
    client.session.isBlocked = false
    server.hear(client.take())
    expect(server.heard).toEqual([['pong', '9999']])
    client.session.isBlocked = false
    expect(client.session.pendingBytes).toBe(0)
  })

  test('are the user\u2019s with answersPings off', () => {
    const client = new End('client', { answersPings: false })
    client.hear(frame({ opcode: PING, payload: 'x' }))
    expect([client.heard, client.session.pendingBytes]).toEqual([[['ping', 'x']], 0])
    client.session.pong('x')
    expect(client.session.pendingBytes).toBeGreaterThan(0)
  })
})

describe('closing', () => {
  test.each<readonly [string, number | undefined, string, number]>([
    ['with a code and a reason', 1001, 'gone', 1001],
    ['without', undefined, '', 1005],
  ])('%s: is answered with the same', (_what, code, reason, heard) => {
    const client = new End('client')
    const server = new End('server')
    server.session.close(code, reason)
    client.hear(server.take())
    expect(client.heard).toEqual([['close', heard, reason]])
    expect([client.session.isOpen, client.session.isClosed]).toEqual([false, true])
    server.hear(client.take())
    expect(server.heard).toEqual([['close', heard, '']])
    expect(server.session.isClosed).toBe(true)
  })

  test('from both sides at once is done with two frames', () => {
    const client = new End('client')
    const server = new End('server')
    client.session.close(1000)
    server.session.close(1001)
    const said = client.take()
    client.hear(server.take())
    server.hear(said)
    expect([client.heard, server.heard]).toEqual([[['close', 1001, '']], [['close', 1000, '']]])
    expect([client.take().length, server.take().length]).toEqual([0, 0])
  })

  test('nothing is said behind it', () => {
    const client = new End('client')
    client.session.close(1000)
    client.take()
    client.hear(frame({ opcode: PING, payload: 'x' }))
    expect(client.session.pendingBytes).toBe(0)
    for (const say of [
      () => client.session.send('x'),
      () => client.session.sendFragment('x', true),
      () => client.session.ping(),
      () => client.session.pong(),
    ])
      expect(say).toThrow(expect.objectContaining({ code: 'SEND_ERROR' }))
    client.session.close(1001)
    expect(client.session.pendingBytes).toBe(0)
    // A ping that was to be answered later is not, either.
    const blocked = new End('client')
    blocked.session.isBlocked = true
    blocked.hear(frame({ opcode: PING }))
    blocked.session.close(1000)
    const length = blocked.take().length
    blocked.session.isBlocked = false
    expect([length, blocked.session.pendingBytes]).toEqual([8, 0])
  })

  test.each([
    ['a broken rule', frame({ opcode: 3 }), 'WEIRD_SERVER_REPLY', 1002],
    [
      'text that is not UTF-8',
      frame({ opcode: TEXT, payload: Buffer.from([0xff]) }),
      'WEIRD_SERVER_REPLY',
      1007,
    ],
    ['too long a message', frame({ opcode: TEXT, payload: '12345' }), 'TOO_LARGE', 1009],
    ['a forbidden close code', frame({ opcode: CLOSE, payload: closing(1005) }), 'WEIRD_SERVER_REPLY', 1002],
  ])('the peer is told of %s', (_what, bytes, code, closeCode) => {
    const client = new End('client', { maxMessageBytes: 4 })
    const server = new End('server')
    client.hear(bytes)
    expect(client.heard).toEqual([['failed', code, closeCode]])
    server.hear(client.take())
    expect(server.heard).toEqual([['close', closeCode, '']])
    expect(client.session.isOpen).toBe(false)
  })

  test.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, NaN])('code %d is refused', (code) => {
    const { session } = new End('client')
    expect(() => session.close(code)).toThrow(expect.objectContaining({ code: 'BAD_FUNCTION_ARGUMENT' }))
    expect([session.isOpen, session.pendingBytes]).toEqual([true, 0])
  })

  test('a reason is bounded in bytes, and needs a code', () => {
    const { session } = new End('client')
    expect(() => session.close(1000, '€'.repeat(42))).toThrow('126 bytes long, at most 123')
    expect(() => session.close(undefined, 'x')).toThrow('without a code')
    session.close(1000, '€'.repeat(41))
    expect(session.isOpen).toBe(false)
  })
})

describe('misuse', () => {
  test('a ping of more than 125 bytes', () => {
    const { session } = new End('client')
    expect(() => session.ping('€'.repeat(42))).toThrow('125 bytes at most, not 126')
    expect(session.pendingBytes).toBe(0)
  })

  test('a message, or a fragment of the other kind, within a message in fragments', () => {
    const { session } = new End('client')
    session.sendFragment('x', false)
    expect(() => session.send('y')).toThrow('has not ended')
    expect(() => session.sendFragment(new Uint8Array(1), true)).toThrow('must be a string')
    session.ping()
    session.sendFragment('z', true)
    session.send('y')
  })
})
