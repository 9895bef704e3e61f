/** What a hostile peer may cause, named by the incident it is known from: it is bounded, and it ends. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FLAG, FRAME, SETTING } from '../../../packages/core/src/h2/protocol.ts'
import { LIMITS } from '../../../packages/core/src/tables/limits.ts'
import {
  begun,
  block,
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
  preface,
  REQUEST,
  rst,
  settings,
  settingsAck,
  u32,
  windowUpdate,
  type Role,
} from '../../support/h2-ends.ts'

const BURST = LIMITS.h2UselessFrames
const CALM = 'broken HTTP2 ENHANCE_YOUR_CALM'

/** How many times `input` is taken at once before it is too much; at most `most`. */
function taken(end: End, input: (count: number) => Uint8Array, most = 20 * BURST): number {
  for (let count = 0; count < most; count += 1) {
    end.receive(input(count))
    end.session.takeOutput()
    const line = end.lines.find((one) => one.startsWith('broken'))
    if (line === CALM) return count
    if (line !== undefined) throw new Error(line)
    end.heard()
  }
  return most
}

/** With a request and its head, so that there is a stream to flood. */
function busy(role: Role): End {
  const end = begun(role)
  if (role === 'client') {
    end.session.request(plainList(...POST), false, 'a')
    end.receive(headers(1, OK))
  } else {
    end.receive(headers(1, POST))
  }
  end.session.takeOutput()
  end.heard()
  return end
}

describe('floods of frames that move nothing', () => {
  const FLOODS: readonly (readonly [what: string, input: Uint8Array])[] = [
    ['PING (CVE-2019-9512)', ping()],
    ['acknowledgements of PING', ping('zzzzzzzz', FLAG.ACK)],
    ['SETTINGS (CVE-2019-9515)', settings([SETTING.INITIAL_WINDOW_SIZE, 10])],
    ['empty SETTINGS', settings()],
    ['acknowledgements of SETTINGS', settingsAck],
    ['PRIORITY (CVE-2019-9513)', frame(FRAME.PRIORITY, 0, 1, bytes(0, 0, 0, 3, 1))],
    ['PRIORITY of idle streams', frame(FRAME.PRIORITY, 0, 99, bytes(0, 0, 0, 3, 1))],
    ['empty DATA (CVE-2019-9518)', data(1, '')],
    ['DATA of padding only', frame(FRAME.DATA, FLAG.PADDED, 1, bytes(0))],
    ['WINDOW_UPDATE of 1 for the connection', windowUpdate(0, 1)],
    ['WINDOW_UPDATE of 1 for a stream', windowUpdate(1, 1)],
    ['unknown frames', frame(0xbb, 0, 1)],
    ['PRIORITY_UPDATE', frame(FRAME.PRIORITY_UPDATE, 0, 0, u32(1))],
    ['GOAWAY', goaway(2 ** 31 - 1)],
  ]
  for (const role of ['client', 'server'] as const) {
    test.each(FLOODS)(`${role}: %s`, (_, input) => {
      const count = taken(busy(role), () => input)
      expect(count).toBeLessThanOrEqual(BURST)
      expect(count).toBeGreaterThan(BURST - 10)
    })

    test.each(['RST_STREAM', 'WINDOW_UPDATE'])(`${role}: %s of streams that are over`, (what) => {
      const end = busy(role)
      end.receive(rst(1))
      end.heard()
      const count = taken(end, () => (what === 'RST_STREAM' ? rst(1) : windowUpdate(1, 1)))
      expect(count).toBeLessThanOrEqual(BURST)
      expect(count).toBeGreaterThan(BURST - 10)
    })

    test(`${role}: nothing is let out for it in one view, either`, () => {
      const end = busy(role)
      end.receive(joined(...Array.from({ length: 3 * BURST }, () => ping())))
      expect(end.sent().at(-1)).toMatch(/GOAWAY \d ENHANCE_YOUR_CALM/)
      expect(end.heard()).toEqual([CALM])
    })
  }

  test('a body that comes between pays for as many', () => {
    const end = busy('client')
    const input = joined(data(1, 'x'), ping())
    expect(taken(end, () => input, 5 * BURST)).toBe(5 * BURST)
  })
})

describe('CVE-2019-9511, data dribble', () => {
  test('a window opened byte by byte is not served for ever', () => {
    const end = begun('client')
    end.receive(settings([SETTING.INITIAL_WINDOW_SIZE, 0]))
    end.session.write(end.session.request(plainList(...POST), false, 'a'), new Uint8Array(1_000_000))
    end.heard()
    expect(taken(end, () => windowUpdate(1, 1))).toBeLessThanOrEqual(BURST)
  })

  test.each([512, 4_096, 16_384])('an upload read %d bytes at a time, with updates for each, is', (size) => {
    const end = begun('client')
    end.session.write(end.session.request(plainList(...POST), false, 'a'), new Uint8Array(4_000_000), true)
    let unread = 0
    let whole = 0
    for (let turns = 0; whole < 4_000_000 && turns < 20_000; turns += 1) {
      for (const { type, payload } of end.takeFrames()) {
        if (type !== FRAME.DATA) continue
        unread += payload.length
        whole += payload.length
      }
      if (unread === 0) break
      const read = Math.min(size, unread)
      unread -= read
      end.receive(windowUpdate(1, read), windowUpdate(0, read))
      if (end.lines.some((line) => line.startsWith('broken'))) break
    }
    expect(whole).toBe(4_000_000)
    expect(end.heard()).toEqual(['writable 1'])
  })
})

describe('CVE-2019-9514 and CVE-2023-44487, streams made to be reset', () => {
  const cases: readonly (readonly [string, (id: number) => Uint8Array])[] = [
    ['reset by the client', (id) => joined(headers(id, REQUEST, true), rst(id))],
    ['reset by the client, with a body', (id) => joined(headers(id, POST), data(id, 'x'), rst(id))],
    ['malformed', (id) => headers(id, ['a', 'b'], true)],
    ['failed by an update of 0', (id) => joined(headers(id, POST), windowUpdate(id, 0))],
    ['failed by DATA behind the end', (id) => joined(headers(id, REQUEST, true), data(id, ''))],
    ['refused', (id) => (id === 1 ? headers(1, POST) : headers(id, REQUEST, true))],
  ]
  test.each(cases)('server: %s', (what, input) => {
    const end = begun('server', what === 'refused' ? { maxConcurrentStreams: 1 } : {})
    expect(taken(end, (count) => input(2 * count + 1), 3 * BURST)).toBeLessThan(2.1 * BURST)
  })

  test('server: requests that are answered are welcome, some of them reset', () => {
    const end = begun('server')
    end.hook = (line, stream) => {
      if (line.startsWith('request')) end.session.respond(stream!, plainList(...OK), stream!.id % 10 !== 1)
    }
    const input = (count: number): Uint8Array => {
      const id = 2 * count + 1
      return joined(headers(id, REQUEST, true), ...(id % 10 === 1 ? [rst(id)] : []))
    }
    expect(taken(end, input, 10 * BURST)).toBe(10 * BURST)
  })

  test('client: streams that are answered are not counted, nor those that the server resets', () => {
    const end = begun('client')
    const input = (): Uint8Array => {
      const { id } = end.session.request(plainList(...REQUEST), true, 'a')
      return id % 4 === 1 ? headers(id, OK, true) : rst(id, 'REFUSED_STREAM')
    }
    expect(taken(end, input, 5 * BURST)).toBe(5 * BURST)
    expect(end.session.streamCount).toBe(0)
  })
})

describe('CVE-2019-9516, fields without names', () => {
  test('end their stream, and keep nothing', () => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, bytes(0x88, ...Array<number>(6_000).fill(0))))
    expect(end.heard()).toEqual(['failed 1 HTTP2_STREAM PROTOCOL_ERROR'])
  })
})

describe('CVE-2019-9517, a window of the connection that the socket does not take', () => {
  test('DATA waits, and so does whoever writes it', () => {
    const end = begun('client')
    end.receive(settings([SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]), windowUpdate(0, 2 ** 30))
    end.session.takeOutput()
    end.session.block()
    const stream = end.session.request(plainList(...POST), false, 'a')
    expect(end.session.write(stream, new Uint8Array(1_000_000))).toBe(false)
    expect(end.sent()).toEqual(['HEADERS 1'])
  })
})

describe('CVE-2024-27316 and CVE-2024-28182, CONTINUATION without an end', () => {
  const open = frame(FRAME.HEADERS, 0, 1, block(...OK))
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['empty ones', frame(FRAME.CONTINUATION, 0, 1)],
    ['small ones', frame(FRAME.CONTINUATION, 0, 1, block('a', 'b'))],
    ['large ones', frame(FRAME.CONTINUATION, 0, 1, new Uint8Array(16_384))],
  ]
  test.each(cases)('%s', (_, input) => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    end.receive(open)
    expect(taken(end, () => input)).toBeLessThanOrEqual(LIMITS.h2Continuations)
  })

  test('on an idle stream of a server, too', () => {
    const end = begun('server')
    end.receive(frame(FRAME.HEADERS, 0, 1, block(...REQUEST)))
    expect(taken(end, () => frame(FRAME.CONTINUATION, 0, 1))).toBe(LIMITS.h2Continuations)
  })

  test('as many as are allowed are taken', () => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    end.receive(open)
    for (let count = 1; count <= LIMITS.h2Continuations; count += 1)
      end.receive(frame(FRAME.CONTINUATION, count === LIMITS.h2Continuations ? FLAG.END_HEADERS : 0, 1))
    expect(end.heard()).toEqual(['response 1 200 -1'])
  })
})

describe('CVE-2026-11586, acknowledgements that nobody takes', () => {
  const most = LIMITS.h2UnsentReplies
  /** Pays for all useless frames before it, so that only their number while the socket is blocked counts. */
  const paid = (end: End): void => {
    const { id } = end.session.request(plainList(...REQUEST), true, 'a')
    end.receive(
      headers(id, OK),
      ...Array.from({ length: 2 * BURST }, () => data(id, 'x')),
      data(id, '', true),
    )
    end.session.takeOutput()
  }

  test.each([
    ['PING', ping()],
    ['SETTINGS', settings()],
  ])('%s while the socket is blocked', (_, input) => {
    const end = begun('client')
    end.session.block()
    let count = 0
    for (; count < 10 * most && !end.lines.includes(CALM); count += 1) {
      if (count % 500 === 499) paid(end)
      end.receive(input)
    }
    expect(count).toBe(most + 1)
  })

  test('each time that the socket is free they may begin anew', () => {
    const end = begun('client')
    for (let round = 0; round < 3; round += 1) {
      end.session.block()
      for (let count = 0; count < most; count += 1) {
        if (count % 250 === 0) paid(end)
        end.receive(ping(), settings())
      }
      end.session.unblock()
      end.session.takeOutput()
    }
    expect(end.lines).not.toContain(CALM)
  })
})

describe('CVE-2024-2398, PUSH_PROMISE', () => {
  test('is refused with the connection, and keeps nothing', () => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    const pairs = [...REQUEST, ...Array.from({ length: 1_000 }, () => ['a', 'b']).flat()]
    const promise = joined(u32(2), block(...pairs))
    end.receive(frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, 1, promise))
    expect(end.heard()).toEqual(['broken HTTP2 PROTOCOL_ERROR'])
    expect(end.session.streams().map(({ id }) => id)).toEqual([1])
  })
})

describe('HPACK bombs', () => {
  test('a block that refers to one large entry again and again costs no memory, and its stream only', () => {
    const end = begun('client')
    end.session.request(plainList(...REQUEST), true, 'a')
    end.session.request(plainList(...REQUEST), true, 'b')
    const large = joined(bytes(0x88, 0x40, 1, 0x78, 0x7f, 0xa1, 0x1e), new Uint8Array(4_000).fill(0x61))
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, large))
    expect(end.heard()).toEqual(['response 1 200 -1'])
    const bomb = new Uint8Array(16_384).fill(0xbe)
    end.receive(frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, bomb))
    expect(end.heard()).toEqual(['failed 1 TOO_LARGE ENHANCE_YOUR_CALM'])
    end.receive(headers(3, OK, true))
    expect(end.heard()).toEqual(['response 3 200 0', 'ended 3'])
  })
})

describe('bytes spoilt on the way', () => {
  /** A talk with all that a server may say. */
  function talk(): Uint8Array {
    return joined(
      settings([SETTING.MAX_CONCURRENT_STREAMS, 10], [SETTING.INITIAL_WINDOW_SIZE, 70_000]),
      settingsAck,
      headers(1, [':status', '103', 'link', '</a>']),
      headers(1, [':status', '200', 'content-length', '11', 'x-a', 'b']),
      data(1, 'hello '),
      ping(),
      headers(3, OK),
      frame(FRAME.DATA, FLAG.PADDED, 3, joined(bytes(3), Buffer.from('padded'), bytes(0, 0, 0))),
      data(1, 'world', true),
      windowUpdate(0, 1_000),
      windowUpdate(3, 1_000),
      frame(FRAME.HEADERS, FLAG.END_STREAM, 3, block('x-t', '1').subarray(0, 3)),
      frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 3, block('x-t', '1').subarray(3)),
      rst(5, 'REFUSED_STREAM'),
      goaway(7),
      headers(7, OK, true),
    )
  }

  const begin = (): End => {
    const end = new End({ role: 'client' })
    end.session.begin()
    for (let count = 0; count < 5; count += 1) {
      const stream = end.session.request(plainList(...(count === 1 ? POST : REQUEST)), count !== 1, 'a')
      if (count === 1) end.session.write(stream, new Uint8Array(100), true)
    }
    return end
  }

  test('unspoilt, all is well', () => {
    const end = begin()
    end.receive(talk())
    expect(end.heard()).toEqual([
      'settings',
      'informational 1 103',
      'response 1 200 11',
      'data 1 hello ',
      'response 3 200 -1',
      'data 3 padded',
      'data 1 world',
      'ended 1',
      'ended 3 x-t=1',
      'failed 5 HTTP2_STREAM REFUSED_STREAM unsent',
      'going away NO_ERROR gracefully',
      'failed 9 HTTP2 NO_ERROR unsent',
      'response 7 200 0',
      'ended 7',
    ])
    expect(end.session.streamCount).toBe(0)
  })

  test('nothing is thrown, nothing is heard twice, what is kept stays small', () => {
    const whole = talk()
    const spoiling = fc.array(
      fc.record({
        at: fc.nat(whole.length - 1),
        how: fc.constantFrom('set', 'cut', 'insert', 'repeat'),
        value: fc.nat(255),
        count: fc.integer({ min: 1, max: 40 }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    let broken = 0
    let failed = 0
    const property = fc.property(
      spoiling,
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 }),
      (all, cuts) => {
        let input = whole
        for (const { at, how, value, count } of all) {
          const [before, behind] = [input.subarray(0, at), input.subarray(at)]
          if (how === 'cut') input = joined(before, behind.subarray(count))
          else if (how === 'insert') input = joined(before, new Uint8Array(count).fill(value), behind)
          else if (how === 'repeat') input = joined(before, behind.subarray(0, count), behind)
          else input = joined(before, bytes(value), behind.subarray(1))
        }
        const end = begin()
        let from = 0
        for (const cut of [...cuts, input.length]) {
          end.receive(input.subarray(from, from + cut))
          from += cut
        }
        const ends = end.lines.filter((line) => line.startsWith('broken'))
        broken += ends.length
        expect(ends.length).toBeLessThanOrEqual(1)
        expect(end.lines.findIndex((line) => line === ends[0])).toBe(
          ends.length === 1 ? end.lines.length - 1 : -1,
        )
        for (const id of [1, 3, 5, 7, 9]) {
          const over = end.lines.filter(
            (line) => `${line} `.startsWith(`ended ${id} `) || line.startsWith(`failed ${id} `),
          )
          failed += over.some((line) => line.includes('HTTP2_STREAM PROTOCOL')) ? 1 : 0
          expect(over.length).toBeLessThanOrEqual(1)
          const isListed = end.session.streams().some((stream) => stream.id === id)
          expect(over.length === 1 ? isListed : !isListed).toBe(false)
          expect(end.body(id).length).toBeLessThan(input.length)
        }
        // The output is whole frames.
        const out = end.session.takeOutput()
        expect(out.subarray(0, preface.length)).toEqual(preface)
        expect(out.length).toBeLessThan(2_000)
      },
    )
    fc.assert(property, { numRuns: 1_500 })
    expect(broken).toBeGreaterThan(100)
    expect(failed).toBeGreaterThan(20)
  })
})
