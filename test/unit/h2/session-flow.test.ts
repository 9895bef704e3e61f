/** Flow control (RFC 9113 5.2 and 6.9): what may be sent, what is given back, and that nobody waits for another. */
import { describe, expect, test } from 'vitest'
import { FLAG, FRAME, SETTING } from '../../../packages/core/src/h2/protocol.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import type { H2Stream } from '../../../packages/core/src/h2/h2-stream.ts'
import {
  begun,
  bytes,
  data,
  End,
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
  settings,
  windowUpdate,
} from '../../support/h2-ends.ts'

const FIRST = 65_535
const STREAM = LIMITS.h2FirstStreamWindow
const CONNECTION = LIMITS.h2ConnectionWindow

const post = (end: End): H2Stream<string> => end.session.request(plainList(...POST), false, 'a')
const window = (value: number): Uint8Array => settings([SETTING.INITIAL_WINDOW_SIZE, value])

/** Bytes of DATA in lines. */
function dataBytes(lines: readonly string[], id?: number): number {
  return lines
    .map((line) => line.split(' '))
    .filter(([name, stream]) => name === 'DATA' && (id === undefined || stream === String(id)))
    .reduce((sum, words) => sum + Number(words[2]), 0)
}

/** What was given back of a window, in lines. */
function givenBack(lines: readonly string[], id: number): number {
  return lines
    .map((line) => line.split(' '))
    .filter(([name, stream]) => name === 'WINDOW_UPDATE' && stream === String(id))
    .reduce((sum, words) => sum + Number(words[2]), 0)
}

describe('sending', () => {
  test('stops at the window of the connection, in frames of 16 KiB, streams in turns', () => {
    const end = begun('client')
    const [a, b] = [post(end), post(end)]
    end.session.block()
    end.session.write(a, new Uint8Array(50_000))
    end.session.write(b, new Uint8Array(50_000))
    end.session.unblock()
    expect(end.sent()).toEqual([
      'HEADERS 1',
      'HEADERS 3',
      'DATA 1 16384',
      'DATA 3 16384',
      'DATA 1 16384',
      'DATA 3 16383',
    ])
    end.receive(windowUpdate(0, 1_000_000))
    expect(dataBytes(end.sent())).toBe(100_000 - FIRST)
  })

  test('stops at the window of the stream, and lets others go on', () => {
    const end = begun('client')
    end.receive(window(10), windowUpdate(0, 1_000_000))
    const [a, b] = [post(end), post(end)]
    end.sent()
    expect(end.session.write(a, new Uint8Array(25))).toBe(false)
    expect(end.session.write(b, new Uint8Array(10))).toBe(true)
    expect(end.sent()).toEqual(['DATA 1 10', 'DATA 3 10'])
    end.receive(windowUpdate(1, 14))
    expect([end.sent(), end.heard()]).toEqual([['DATA 1 14'], ['settings']])
    end.receive(windowUpdate(1, 1))
    expect([end.sent(), end.heard()]).toEqual([['DATA 1 1'], ['writable 1']])
  })

  test('END_STREAM is on the last DATA, when it is known in time', () => {
    const end = begun('client')
    end.session.write(post(end), new Uint8Array(20_000), true)
    expect(end.sent()).toEqual(['HEADERS 1', 'DATA 1 16384', 'DATA 1 3616 last'])
  })

  test('an empty piece that is the last one ends the message', () => {
    const end = begun('client')
    expect(end.session.write(post(end), bytes(), true)).toBe(true)
    expect(end.sent()).toEqual(['HEADERS 1', 'DATA 1 0 last'])
  })

  test('an empty piece that is not the last one sends nothing', () => {
    const end = begun('client')
    expect(end.session.write(post(end), bytes())).toBe(true)
    expect(end.sent()).toEqual(['HEADERS 1'])
  })

  test('trailers follow the body, when the windows let it out', () => {
    const end = begun('client')
    end.receive(window(3))
    const stream = post(end)
    end.session.write(stream, new Uint8Array(5))
    end.session.end(stream, plainList('x', 'y'))
    expect(end.sent()).toEqual(['SETTINGS ack', 'HEADERS 1', 'DATA 1 3'])
    end.receive(windowUpdate(1, 9))
    expect(end.sent()).toEqual(['DATA 1 2', 'HEADERS 1 last'])
  })

  test.each([undefined, plainList('x', 'y')])('an end waits for no window and no turn (%#)', (trailers) => {
    const end = begun('client')
    const [a, b, c] = [post(end), post(end), post(end)]
    end.session.write(a, new Uint8Array(100_000))
    expect(dataBytes(end.sent())).toBe(FIRST)
    end.session.end(b, trailers)
    expect(end.sent()).toEqual([trailers === undefined ? 'DATA 3 0 last' : 'HEADERS 3 last'])
    end.session.block()
    end.session.end(c, trailers)
    expect(end.sent()).toEqual([trailers === undefined ? 'DATA 5 0 last' : 'HEADERS 5 last'])
  })

  test('a blocked socket gets no DATA, but heads', () => {
    const end = begun('client')
    end.session.block()
    const stream = post(end)
    expect(end.session.write(stream, new Uint8Array(5), true)).toBe(false)
    expect(end.sent()).toEqual(['HEADERS 1'])
    end.session.unblock()
    expect(end.sent()).toEqual(['DATA 1 5 last'])
    expect(end.heard()).toEqual(['writable 1'])
  })

  test('no more is framed ahead of the socket than the limit', () => {
    const end = begun('client')
    end.receive(window(2 ** 31 - 1), windowUpdate(0, 2 ** 30))
    end.session.write(post(end), new Uint8Array(10_000_000))
    let whole = 0
    for (let out = end.session.takeOutput(); out.length > 0; out = end.session.takeOutput()) {
      expect(out.length).toBeLessThan(LIMITS.h2OutputBytes + 16_384 + 9)
      whole += out.length
      end.session.pump()
    }
    expect(whole).toBeGreaterThan(10_000_000)
  })

  test('what was to be sent by a stream that is over is dropped', () => {
    const end = begun('client')
    const [a, b] = [post(end), post(end)]
    end.session.write(a, new Uint8Array(FIRST + 100))
    end.session.write(b, new Uint8Array(100))
    end.sent()
    end.session.reset(a, 'CANCEL')
    end.receive(windowUpdate(0, 1_000))
    expect(end.sent()).toEqual(['RST_STREAM 1 CANCEL', 'DATA 3 100'])
  })

  test('writable is told from within a pump, and may write more', () => {
    const end = begun('client')
    end.receive(window(1_000), windowUpdate(0, 1_000_000))
    const stream = post(end)
    let left = 20
    end.hook = (line) => {
      if (line === 'writable 1' && (left -= 1) > 0) end.session.write(stream, new Uint8Array(700), left === 1)
    }
    end.session.write(stream, new Uint8Array(1_700))
    for (let count = 0; count < 40; count += 1) end.receive(windowUpdate(1, 500))
    const sent = end.sent()
    expect(dataBytes(sent)).toBe(1_700 + 19 * 700)
    expect(sent.at(-1)).toMatch(/last$/)
    expect(stream.state).toBe('half-closed-local')
  })
})

describe('a change of the initial window (6.9.2)', () => {
  test('may leave less than nothing, which updates make good', () => {
    const end = begun('client')
    const stream = post(end)
    end.session.write(stream, new Uint8Array(100_000))
    end.receive(windowUpdate(0, 1_000_000))
    end.sent()
    end.receive(window(10))
    expect(stream.sendWindow).toBe(10 - FIRST)
    end.receive(windowUpdate(1, FIRST - 10))
    expect(end.sent()).toEqual(['SETTINGS ack'])
    end.receive(windowUpdate(1, 7))
    expect(end.sent()).toEqual(['DATA 1 7'])
    end.receive(window(12))
    expect(end.sent()).toEqual(['SETTINGS ack', 'DATA 1 2'])
  })

  test.each(['the socket', 'the window of the connection'])(
    'to less, while a stream waits for %s: nothing is sent beyond it',
    (what) => {
      const end = begun('client')
      const stream = post(end)
      if (what === 'the socket') end.session.block()
      else end.session.write(post(end), new Uint8Array(FIRST))
      end.session.write(stream, new Uint8Array(1_000))
      end.sent()
      // It has sent nothing: a window of 0 leaves nothing.
      end.receive(window(0))
      end.session.unblock()
      end.receive(windowUpdate(0, 1_000_000))
      expect(end.sent()).toEqual(['SETTINGS ack'])
      end.receive(window(400))
      expect(end.sent()).toEqual(['SETTINGS ack', 'DATA 1 400'])
      end.receive(windowUpdate(1, 1_000))
      expect(end.sent()).toEqual(['DATA 1 600'])
    },
  )

  test('to less than what was sent, while a stream waits for the connection', () => {
    const end = begun('client')
    const stream = post(end)
    end.session.write(stream, new Uint8Array(100_000))
    end.receive(windowUpdate(1, 30_000))
    end.sent()
    end.receive(window(100), windowUpdate(0, 1_000_000))
    expect(stream.sendWindow).toBe(30_000 + 100 - FIRST)
    expect(end.sent()).toEqual(['SETTINGS ack'])
    end.receive(windowUpdate(1, FIRST))
    expect(dataBytes(end.sent())).toBe(30_100)
  })

  test('counts from the first request on', () => {
    const end = begun('client')
    end.receive(window(5))
    end.session.write(post(end), new Uint8Array(9))
    expect(end.sent()).toEqual(['SETTINGS ack', 'HEADERS 1', 'DATA 1 5'])
  })

  test('beyond 2^31-1 is an error of the connection', () => {
    const end = begun('client')
    post(end)
    end.receive(windowUpdate(1, 1), window(2 ** 31 - 1))
    expect(end.heard()).toEqual(['broken HTTP2 FLOW_CONTROL_ERROR'])
  })
})

describe('WINDOW_UPDATE', () => {
  test('of 0 for the connection: PROTOCOL_ERROR of the connection', () => {
    expect(begun('client').receive(windowUpdate(0, 0)).heard()).toEqual(['broken HTTP2 PROTOCOL_ERROR'])
  })

  test('the reserved bit is passed over', () => {
    const end = begun('client')
    const stream = post(end)
    end.receive(frame(FRAME.WINDOW_UPDATE, 0, 1, bytes(0x80, 0, 0, 5)))
    expect(stream.sendWindow).toBe(FIRST + 5)
  })

  test('beyond 2^31-1 for the connection: FLOW_CONTROL_ERROR of the connection', () => {
    const end = begun('client')
    end.receive(windowUpdate(0, 2 ** 31 - 1 - FIRST))
    expect(end.heard()).toEqual([])
    expect(end.receive(windowUpdate(0, 1)).heard()).toEqual(['broken HTTP2 FLOW_CONTROL_ERROR'])
  })

  test('beyond 2^31-1 for a stream: FLOW_CONTROL_ERROR of the stream', () => {
    const end = begun('client')
    post(end)
    post(end)
    end.sent()
    end.receive(windowUpdate(1, 2 ** 31 - 1 - FIRST), windowUpdate(1, 1))
    expect(end.heard()).toEqual(['failed 1 HTTP2_STREAM FLOW_CONTROL_ERROR'])
    expect(end.sent()).toEqual(['RST_STREAM 1 FLOW_CONTROL_ERROR'])
    expect(end.session.streamCount).toBe(1)
  })
})

describe('receiving', () => {
  const piece = new Uint8Array(16_384)
  /** A client whose request is out; and so many bytes of DATA for it. */
  const get = (): { readonly end: End; readonly stream: H2Stream<string> } => {
    const end = begun('client')
    const stream = end.session.request(plainList(...REQUEST), true, 'a')
    end.receive(headers(1, OK))
    end.sent()
    return { end, stream }
  }
  const feed = (end: End, id: number, count: number): void => {
    for (let left = count; left > 0; left -= piece.length)
      end.receive(data(id, piece.subarray(0, Math.min(left, piece.length))))
  }

  test('windows are given back by halves', () => {
    const { end } = get()
    feed(end, 1, STREAM / 2 - 1)
    expect(end.sent()).toEqual([])
    feed(end, 1, 1)
    expect(end.sent()).toEqual([`WINDOW_UPDATE 1 ${STREAM / 2}`, 'PING tlwindow'])
  })

  test('a paused stream keeps its window at most; more is an error of the stream', () => {
    const { end, stream } = get()
    end.session.pause(stream)
    feed(end, 1, STREAM)
    expect(givenBack(end.sent(), 1)).toBe(0)
    end.receive(data(1, 'x'))
    expect(end.heard()).toEqual(['response 1 200 -1', 'failed 1 HTTP2_STREAM FLOW_CONTROL_ERROR'])
    expect(end.sent()).toEqual(['RST_STREAM 1 FLOW_CONTROL_ERROR'])
    expect(stream.backlog).toBeUndefined()
  })

  test('what was kept is delivered in order, and then what comes', () => {
    const { end, stream } = get()
    end.session.pause(stream)
    end.receive(data(1, 'a'), data(1, 'bc'))
    end.session.resume(stream)
    end.receive(data(1, 'd'))
    end.session.pause(stream)
    end.receive(data(1, 'e', true))
    expect(end.heard()).toEqual(['response 1 200 -1', 'data 1 abcd'])
    end.session.resume(stream)
    expect(end.heard()).toEqual(['data 1 e', 'ended 1'])
  })

  test('a pause from within delivery holds the rest; each resume goes on', () => {
    const { end, stream } = get()
    end.session.pause(stream)
    // Large enough not to share a store.
    for (const letter of 'abc') end.receive(data(1, letter.repeat(5_000)))
    end.receive(headers(1, ['x', 'y'], true))
    end.hook = (line) => {
      if (line.startsWith('data')) end.session.pause(stream)
    }
    const heard: number[] = []
    for (let count = 0; count < 4; count += 1) {
      end.session.resume(stream)
      heard.push(end.body(1).length)
    }
    expect(heard).toEqual([5_000, 10_000, 15_000, 15_000])
    expect(end.heard().at(-1)).toBe('ended 1 x=y')
  })

  test('a resume from within delivery changes nothing', () => {
    const { end, stream } = get()
    end.session.pause(stream)
    for (const letter of 'abc') end.receive(data(1, letter.repeat(5_000)))
    end.hook = (line) => {
      if (!line.startsWith('data')) return
      end.session.pause(stream)
      end.session.resume(stream)
    }
    end.session.resume(stream)
    expect(Buffer.from(end.body(1)).toString()).toBe(
      'a'.repeat(5_000) + 'b'.repeat(5_000) + 'c'.repeat(5_000),
    )
  })

  test('the whole of an answer survives the RST_STREAM behind it, and a reset of ours ends it', () => {
    for (const isReset of [false, true]) {
      const end = begun('client')
      const stream = post(end)
      end.session.pause(stream)
      end.receive(headers(1, OK), data(1, 'whole', true), rst(1, 'NO_ERROR'))
      if (isReset) end.session.reset(stream, 'CANCEL')
      end.session.resume(stream)
      expect(end.heard()).toEqual(['response 1 200 -1', ...(isReset ? [] : ['data 1 whole', 'ended 1'])])
    }
  })

  test('single bytes are kept in stores that they share', () => {
    const { end, stream } = get()
    end.session.pause(stream)
    const many = joined(...Array.from({ length: 20_000 }, (_, at) => data(1, bytes(at & 0xff))))
    end.receive(many)
    const buffers = new Set(stream.backlog!.map(({ buffer }) => buffer))
    const kept = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(stream.backlog!.length).toBeLessThan(10)
    expect(kept).toBeLessThan(30_000)
    end.session.resume(stream)
    expect(end.body(1)).toEqual(Uint8Array.from({ length: 20_000 }, (_, at) => at & 0xff))
  })

  test('padding is given back to both windows', () => {
    const { end } = get()
    const padded = frame(FRAME.DATA, FLAG.PADDED, 1, joined(bytes(255, 1), new Uint8Array(255)))
    const count = Math.ceil(STREAM / 2 / 257)
    for (let sent = 0; sent < count; sent += 1) end.receive(padded)
    expect(givenBack(end.sent(), 1)).toBe(count * 257)
  })

  test('the connection gets back what paused, reset, failed and finished streams took', () => {
    const end = begun('client')
    const streams = Array.from({ length: 4 }, () => end.session.request(plainList(...REQUEST), true, 'a'))
    for (const { id } of streams) end.receive(headers(id, OK))
    end.session.pause(streams[0]!)
    end.session.reset(streams[1]!, 'CANCEL')
    end.receive(headers(streams[2]!.id, OK))
    let taken = 0
    let given = 0
    for (const { id } of streams.slice(0, 3)) {
      const count = id === 1 ? STREAM : CONNECTION
      feed(end, id, count)
      taken += count
    }
    given += givenBack(end.sent(), 0)
    expect(taken - given).toBeLessThan(CONNECTION / 2)
    expect(given).toBeGreaterThanOrEqual(2 * CONNECTION)
  })

  test('more than the window of the connection is an error of the connection', () => {
    const end = begun('server')
    // All windows of streams together are larger than that of the connection. One frame gives nothing back.
    const many = Math.ceil(CONNECTION / 2 / STREAM)
    for (let at = 0; at < many; at += 1) end.receive(headers(2 * at + 1, POST))
    for (const stream of end.streams.values()) end.session.pause(stream)
    for (let at = 0; at < many; at += 1) feed(end, 2 * at + 1, STREAM)
    // It was given back at once.
    expect(givenBack(end.sent(), 0)).toBe(CONNECTION / 2)
    expect(end.heard().some((line) => line.startsWith('broken'))).toBe(false)
  })

  test('a paused stream never stops its siblings', () => {
    const end = begun('client')
    const [a, b] = [0, 1].map(() => end.session.request(plainList(...REQUEST), true, 'a')) as [
      H2Stream<string>,
      H2Stream<string>,
    ]
    end.receive(headers(1, OK), headers(3, OK))
    end.session.pause(a)
    feed(end, 1, STREAM)
    let left = STREAM
    let whole = 0
    for (; whole < 1.5 * CONNECTION; whole += piece.length) {
      expect(left).toBeGreaterThanOrEqual(piece.length)
      end.receive(data(3, piece))
      left += givenBack(end.sent(), 3) - piece.length
    }
    expect(b.received).toBe(whole)
    expect(a.backlog).toBeDefined()
  })

  test('small frames are given back to the connection as large ones are', () => {
    const end = begun('client')
    end.session.reset(end.session.request(plainList(...REQUEST), true, 'a'), 'CANCEL')
    const many = joined(...Array.from({ length: 1_000 }, () => data(1, new Uint8Array(99))))
    let given = 0
    for (let taken = 0; taken < CONNECTION / 2; taken += 99_000) {
      end.receive(many)
      given += givenBack(end.sent(), 0)
    }
    expect(given).toBeGreaterThanOrEqual(CONNECTION / 2)
  })

  test('nothing is given back for a stream whose message is complete', () => {
    const end = begun('client')
    const stream = post(end)
    end.session.pause(stream)
    end.receive(headers(1, OK))
    feed(end, 1, STREAM)
    end.receive(data(1, '', true))
    end.sent()
    end.session.resume(stream)
    expect(end.sent()).toEqual([])
  })

  test('the window grows with the rate, up to its limit', () => {
    const { end, stream } = get()
    end.sent()
    let granted = STREAM
    for (let round = 0; round < 12; round += 1) {
      feed(end, 1, granted)
      const lines = end.sent()
      granted = givenBack(lines, 1)
      if (!lines.includes('PING tlwindow')) continue
      end.receive(ping('tlwindow', FLAG.ACK))
      granted += givenBack(end.sent(), 1)
    }
    expect(stream.window).toBe(LIMITS.h2StreamWindow)
    expect(stream.allowed + stream.consumed).toBe(LIMITS.h2StreamWindow)
  })

  test('an answer to the probe of a stream that is over widens nothing', () => {
    const { end, stream } = get()
    feed(end, 1, STREAM)
    end.receive(data(1, '', true))
    end.sent()
    end.receive(ping('tlwindow', FLAG.ACK), goaway(0))
    expect(end.sent()).toEqual([])
    expect(stream.window).toBe(STREAM)
  })
})
