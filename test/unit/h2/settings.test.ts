/** SETTINGS (RFC 9113 6.5): values, acknowledgement, and what follows from them. */
import { describe, expect, test } from 'vitest'
import { readSettings, upgradeSettings } from '../../../packages/core/src/h2/settings.ts'
import { FLAG, FRAME, SETTING } from '../../../packages/core/src/h2/protocol.ts'
import {
  begun,
  bytes,
  cuttings,
  data,
  End,
  frame,
  headers,
  joined,
  ping,
  plainList,
  POST,
  preface,
  REQUEST,
  settings,
  settingsAck,
  type Role,
} from '../../support/h2-ends.ts'

const BOTH: readonly Role[] = ['client', 'server']

describe('values', () => {
  const CASES: readonly (readonly [id: number, value: number, client: string, server?: string])[] = [
    [SETTING.HEADER_TABLE_SIZE, 0, 'settings'],
    [SETTING.HEADER_TABLE_SIZE, 2 ** 32 - 1, 'settings'],
    [SETTING.ENABLE_PUSH, 0, 'settings'],
    [SETTING.ENABLE_PUSH, 1, 'broken HTTP2 PROTOCOL_ERROR', 'settings'],
    [SETTING.ENABLE_PUSH, 2, 'broken HTTP2 PROTOCOL_ERROR'],
    [SETTING.MAX_CONCURRENT_STREAMS, 0, 'settings'],
    [SETTING.MAX_CONCURRENT_STREAMS, 2 ** 32 - 1, 'settings'],
    [SETTING.INITIAL_WINDOW_SIZE, 0, 'settings'],
    [SETTING.INITIAL_WINDOW_SIZE, 2 ** 31 - 1, 'settings'],
    [SETTING.INITIAL_WINDOW_SIZE, 2 ** 31, 'broken HTTP2 FLOW_CONTROL_ERROR'],
    [SETTING.MAX_FRAME_SIZE, 16_383, 'broken HTTP2 PROTOCOL_ERROR'],
    [SETTING.MAX_FRAME_SIZE, 16_384, 'settings'],
    [SETTING.MAX_FRAME_SIZE, 2 ** 24 - 1, 'settings'],
    [SETTING.MAX_FRAME_SIZE, 2 ** 24, 'broken HTTP2 PROTOCOL_ERROR'],
    [SETTING.MAX_HEADER_LIST_SIZE, 2 ** 32 - 1, 'settings'],
    [SETTING.NO_RFC7540_PRIORITIES, 1, 'settings'],
    [SETTING.NO_RFC7540_PRIORITIES, 2, 'broken HTTP2 PROTOCOL_ERROR'],
    [0, 1, 'settings'],
    [0xffff, 2 ** 32 - 1, 'settings'],
  ]
  for (const role of BOTH) {
    const cases = CASES.map(
      ([id, value, client, server = client]) => [id, value, role === 'client' ? client : server] as const,
    )
    test.each(cases)(`${role}: setting %d is %d`, (id, value, line) => {
      for (const pieces of cuttings(settings([id, value]), 2)) {
        const end = begun(role).receive(...pieces)
        expect(end.heard()).toEqual([line])
      }
    })
  }

  test('are kept, the last one of an id counts', () => {
    const end = begun('client')
    end.receive(
      settings(
        [SETTING.MAX_CONCURRENT_STREAMS, 7],
        [SETTING.MAX_CONCURRENT_STREAMS, 9],
        [SETTING.MAX_FRAME_SIZE, 20_000],
        [SETTING.MAX_HEADER_LIST_SIZE, 500],
        [SETTING.NO_RFC7540_PRIORITIES, 1],
      ),
    )
    const { maxConcurrentStreams, maxFrameSize, maxHeaderListSize, hasNewPriorities } = end.session.peer
    expect([maxConcurrentStreams, maxFrameSize, maxHeaderListSize, hasNewPriorities]).toEqual([
      9,
      20_000,
      500,
      true,
    ])
  })
})

describe('frames', () => {
  test('each is acknowledged, and an acknowledgement is not', () => {
    const end = begun('client')
    end.receive(settings(), settings([SETTING.MAX_FRAME_SIZE, 16_384]), settingsAck)
    expect(end.sent()).toEqual(['SETTINGS ack', 'SETTINGS ack'])
  })

  test.each([
    ['5 bytes', frame(FRAME.SETTINGS, 0, 0, new Uint8Array(5))],
    ['7 bytes', frame(FRAME.SETTINGS, 0, 0, new Uint8Array(7))],
    ['an acknowledgement with a payload', frame(FRAME.SETTINGS, FLAG.ACK, 0, new Uint8Array(6))],
  ])('%s: FRAME_SIZE_ERROR', (_, input) => {
    const end = begun('client').receive(input)
    expect(end.heard()).toEqual(['broken HTTP2 FRAME_SIZE_ERROR'])
    expect(end.sent()).toEqual(['GOAWAY 0 FRAME_SIZE_ERROR'])
  })
})

describe('the beginning of a connection (3.4)', () => {
  const fresh = (role: Role): End => {
    const end = new End({ role })
    end.session.begin()
    return end
  }

  test('a client sends the preface, SETTINGS and its window', () => {
    const out = fresh('client').session.takeOutput()
    expect(out.subarray(0, preface.length)).toEqual(preface)
    const peer = new End({ role: 'server' })
    for (const pieces of cuttings(out)) {
      const server = new End({ role: 'server' })
      expect(server.receive(...pieces).heard()).toEqual(['settings'])
    }
    peer.receive(out)
    expect(peer.session.peer.initialWindow).toBe(256 * 1024)
  })

  test('a server sends SETTINGS at once', () => {
    expect(fresh('server').sent()).toEqual(['SETTINGS', `WINDOW_UPDATE 0 ${32 * 1024 * 1024 - 65_535}`])
  })

  test('what is asked for before the SETTINGS of the server are here goes out', () => {
    const end = fresh('client')
    end.session.takeOutput()
    end.session.request(plainList(...REQUEST), true, 'a')
    expect(end.sent()).toEqual(['HEADERS 1 last'])
  })

  const NOT_FIRST: readonly (readonly [string, Uint8Array])[] = [
    ['an acknowledgement', settingsAck],
    ['PING', ping()],
    ['HEADERS', headers(1, REQUEST, true)],
    ['DATA', data(1, 'x')],
    ['an unknown frame', frame(0x42, 0, 0)],
    ['GOAWAY', frame(FRAME.GOAWAY, 0, 0, new Uint8Array(8))],
  ]
  for (const role of BOTH) {
    test.each(NOT_FIRST)(`${role}: %s before SETTINGS is a PROTOCOL_ERROR`, (_, input) => {
      for (const pieces of cuttings(input, 2)) {
        const end = fresh(role)
        if (role === 'server') end.receive(preface)
        expect(end.receive(...pieces).heard()).toEqual(['broken HTTP2 PROTOCOL_ERROR'])
      }
    })
  }

  test('server: another preface is a PROTOCOL_ERROR at its first wrong byte', () => {
    for (let at = 0; at < preface.length; at += 1) {
      const wrong = preface.slice(0, at + 1)
      wrong[at]! ^= 1
      const end = fresh('server').receive(...Array.from(wrong, (byte) => bytes(byte)))
      expect(end.heard()).toEqual(['broken HTTP2 PROTOCOL_ERROR'])
    }
  })

  test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', 'HTTP/1.0 200 OK\r\n\r\n'])(
    'client: %j is told as an answer in HTTP/1, however it is cut',
    (text) => {
      for (const pieces of cuttings(Uint8Array.from(Buffer.from(text)))) {
        const end = fresh('client')
        let message = ''
        end.broken = (error) => void (message = error.message)
        end.receive(...pieces)
        expect(message).toContain('HTTP/1')
      }
    },
  )
})

describe('HEADER_TABLE_SIZE', () => {
  test('that falls and rises in one frame empties the table of the encoder, as the peer expects', () => {
    const end = begun('client')
    const request = (): Uint8Array => {
      end.session.request(plainList(...POST, 'x-a', 'b'), true, 'a')
      return end.takeFrames()[0]!.payload
    }
    request()
    end.receive(settings([SETTING.HEADER_TABLE_SIZE, 0], [SETTING.HEADER_TABLE_SIZE, 4_096]))
    end.sent()
    // RFC 7541 4.2: the smallest size, then the one from now on.
    expect([...request().subarray(0, 4)]).toEqual([0x20, 0x3f, 0xe1, 0x1f])
  })
})

describe('HTTP2-Settings', () => {
  test('is what a client announces, in base64url without padding', () => {
    const text = upgradeSettings()
    expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
    const announced = readSettings(Uint8Array.from(Buffer.from(text, 'base64url')))
    expect(announced).toEqual([
      [2, 0],
      [4, 256 * 1024],
      [6, 300 * 1024],
      [9, 1],
    ])
  })

  test('is taken by a server before the first frame', () => {
    const end = new End({ role: 'server' })
    end.session.takeSettings(Uint8Array.from(Buffer.from(upgradeSettings(), 'base64url')))
    expect(end.session.peer.initialWindow).toBe(256 * 1024)
    // The preface and SETTINGS come all the same (RFC 7540 3.2).
    expect(end.receive(joined(preface, ping())).heard()).toEqual(['broken HTTP2 PROTOCOL_ERROR'])
  })

  test('whose value is wrong throws', () => {
    const end = new End({ role: 'server' })
    expect(() => end.session.takeSettings(new Uint8Array(5))).toThrow('SETTINGS of 5 bytes')
  })
})
