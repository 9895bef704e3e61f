/** What a hostile server can make a client keep or do: heads without end, frames without end, answers that do not fit. */
import { describe, expect, test } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimWorld } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import {
  ACK,
  block,
  END_HEADERS,
  END_STREAM,
  hostileServer,
  TYPE,
  type HostilePeer,
} from '../support/hostile-h2.ts'
import { VERSIONS, witness } from '../support/witnesses.ts'

/** What 300 KiB are exceeded by, a line each. */
const LINE = `X-Filler: ${'v'.repeat(1_000)}`

/** One transfer to a server of HTTP/1.1 that writes what `pieces` yields until the client hangs up. */
async function readEndless(pieces: Iterable<string>): Promise<{ code: string; written: number }> {
  const { value } = await simulate(1, async (world) => {
    let written = 0
    world.origin('http://a.test', async (exchange) => {
      for (const piece of pieces) {
        if (!exchange.connection.isOpen) return
        exchange.connection.write(piece)
        written += piece.length
        await exchange.sleep(1)
      }
    })
    const code = await outcome(new Easy({ environment: world.environment, url: 'http://a.test/' }))
    return { code, written }
  })
  return value
}

function outcome(easy: Easy): Promise<string> {
  return easy.perform().then(
    ({ status }) => String(status),
    ({ code }: TransferError) => code,
  )
}

function* repeated(start: string, line: string, times: number): Iterable<string> {
  yield start
  for (let i = 0; i < times; i += 10) yield line.repeat(10)
}

/** One transfer to a server of HTTP/2 made of frames; what came of it, and the servers' connections. */
async function meet(
  script: (peer: HostilePeer, stream: number) => void | Promise<void>,
  options: EasyOptions = {},
): Promise<{ code: string; peers: HostilePeer[] }> {
  const { value } = await simulate(1, async (world: SimWorld) => {
    const peers = hostileServer(world, 'http://a.test', async (peer) => {
      peer.settings()
      await script(peer, await peer.request())
    })
    const { environment } = world
    const code = await outcome(
      new Easy({
        environment,
        url: 'http://a.test/',
        httpVersion: '2-prior-knowledge',
        retryDeadReuse: 'never',
        ...options,
      }),
    )
    await world.sleep(50)
    return { code, peers }
  })
  return value
}

describe('CVE-2023-38039: heads without end', () => {
  const OK = 'HTTP/1.1 200 OK\r\n'
  const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`

  test.each<readonly [string, Iterable<string>]>([
    ['in bytes', repeated(OK, `${LINE}\r\n`, 100_000)],
    ['in lines', repeated(OK, 'X: 1\r\n', 100_000)],
    ['in one line', repeated(`${OK}X: `, 'v'.repeat(100), 100_000)],
    [
      'over informational responses',
      repeated('', `HTTP/1.1 103 Early\r\n${`${LINE}\r\n`.repeat(10)}\r\n`, 10_000),
    ],
    ['of informational responses', repeated('', 'HTTP/1.1 102 Processing\r\n\r\n', 100_000)],
    ['in trailers', repeated(CHUNKED, `${LINE}\r\n`, 100_000)],
    ['in lines of trailers', repeated(CHUNKED, 'X: 1\r\n', 100_000)],
  ])('over HTTP/1.1, %s', async (_how, pieces) => {
    const { code, written } = await readEndless(pieces)
    expect(code).toMatch(/TOO_LARGE|WEIRD_SERVER_REPLY/)
    expect(written).toBeLessThan(2_000_000)
  })

  const fields = (count: number, value: string): (readonly [string, string])[] =>
    Array.from({ length: count }, (_, index) => [`x-${index % 10}`, value] as const)

  test.each<readonly [string, (peer: HostilePeer, stream: number) => void]>([
    [
      'over informational responses',
      (peer, stream) => {
        for (let i = 0; i < 60; i += 1)
          peer.head(stream, [[':status', '103'], ...fields(10, 'v'.repeat(1_000))])
      },
    ],
    [
      'of informational responses',
      (peer, stream) => {
        for (let i = 0; i < 500; i += 1) peer.head(stream, [[':status', '102']])
      },
    ],
    ['in fields', (peer, stream) => manyFields(peer, stream, [[':status', '200']])],
    [
      'in trailers',
      (peer, stream) => {
        peer.head(stream, [[':status', '200']])
        manyFields(peer, stream, [], END_STREAM)
      },
    ],
    [
      'in CONTINUATION frames (CVE-2024-27316, CVE-2024-28182)',
      (peer, stream) => {
        peer.head(stream, [[':status', '200']], 0)
        for (let i = 0; i < 200; i += 1) peer.frame(TYPE.CONTINUATION, 0, stream, [])
      },
    ],
  ])('over HTTP/2, %s', async (_how, script) => {
    const { code, peers } = await meet(script)
    expect(code).toMatch(/^(TOO_LARGE|HTTP2|HTTP2_STREAM)$/)
    expect(peers).toHaveLength(1)
  })
})

describe('CVE-2023-38039: fields are counted, small as they may be', () => {
  test.each([
    [4_990, '200'],
    [5_010, 'TOO_LARGE'],
  ])('%i over HTTP/1.1: %s', async (count, expected) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${'X: 1\r\n'.repeat(count)}\r\n`
    expect((await readEndless([head])).code).toBe(expected)
  })

  test.each([
    [490, '200'],
    [510, 'TOO_LARGE'],
  ])('ten times %i over HTTP/2, in informational responses: %s', async (count, expected) => {
    const { code } = await meet((peer, stream) => {
      const fields = Array.from({ length: count }, () => ['x', 'v'] as const)
      for (let i = 0; i < 10; i += 1) peer.head(stream, [[':status', '103'], ...fields])
      peer.respond(stream)
    })
    expect(code).toBe(expected)
  })
})

describe('HTTP/2 frames', () => {
  test('CVE-2024-2398: pushes are forbidden, and one ends the connection before anything of it is kept', async () => {
    const { code, peers } = await meet((peer, stream) => {
      for (let i = 0; i < 100; i += 1)
        peer.frame(TYPE.PUSH_PROMISE, END_HEADERS, stream, [0, 0, 0, 2 + 2 * i, 0x82, 0x84, 0x86])
      peer.respond(stream)
    })
    expect(code).toBe('HTTP2')
    const settings = peers[0]!.heard.find(({ type, flags }) => type === TYPE.SETTINGS && flags !== ACK)
    // SETTINGS_ENABLE_PUSH (2) is 0 (RFC 9113 6.5.2).
    const pairs = chunksOf(settings!.payload, 6)
    expect(pairs.find(([, id]) => id === 2)?.slice(2)).toEqual([0, 0, 0, 0])
    expect(peers[0]!.goaways).toEqual([1])
  })

  test.each<readonly [string, (peer: HostilePeer) => void]>([
    ['CVE-2026-11586, CVE-2019-9512: PING', (peer) => peer.frame(TYPE.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])],
    ['CVE-2019-9515: SETTINGS', (peer) => peer.settings([4, 100_000])],
    ['CVE-2019-9518: empty DATA', (peer) => peer.frame(TYPE.DATA, 0, 1)],
    ['CVE-2019-9513: PRIORITY', (peer) => peer.frame(TYPE.PRIORITY, 0, 3, [0, 0, 0, 1, 1])],
  ])('%s without end ends the connection', async (_name, frame) => {
    const { code, peers } = await meet((peer, stream) => {
      peer.head(stream, [[':status', '200']])
      for (let i = 0; i < 3_000; i += 1) frame(peer)
      peer.frame(TYPE.DATA, END_STREAM, stream)
    })
    expect(code).toBe('HTTP2')
    // ENHANCE_YOUR_CALM.
    expect(peers[0]!.goaways).toEqual([11])
    expect(peers[0]!.heard.length).toBeLessThan(1_200)
  })
})

describe.each(VERSIONS)('answers that do not fit, over HTTP/%s', (httpVersion) => {
  test.each([
    ['the whole', { status: 200, body: '0123456789' }],
    ['another part', { status: 206, headers: { 'Content-Range': 'bytes 2-9/10' }, body: '23456789' }],
    ['a part that does not say which', { status: 206, body: '456789' }],
  ])('CVE-2026-16728: a download does not go on with %s', async (_what, response) => {
    await witness(
      () => response,
      async ({ ask, seen }) => {
        expect(await ask({ httpVersion, resumeFrom: 4 })).toBe('RANGE_ERROR')
        expect(seen[0]!.fields['range']).toBe('bytes=4-')
      },
    )
  })

  test('CVE-2026-2581, CVE-2026-13697, CVE-2026-9678, CVE-2026-14643: each request is asked anew; nothing is cached or merged', async () => {
    await witness(
      ({ authorization }) => ({
        headers: { 'Cache-Control': 'public, max-age=1000' },
        body: authorization ?? 'nobody',
      }),
      async ({ ask, seen }) => {
        const told = await Promise.all([
          ask({ httpVersion, username: 'ada' }),
          ask({ httpVersion }),
          ask({ httpVersion }),
        ])
        expect(told).toEqual([expect.stringContaining('Basic'), 'nobody', 'nobody'])
        expect(await ask({ httpVersion })).toBe('nobody')
        expect(seen).toHaveLength(4)
      },
    )
  })
})

/** 18,000 fields of eight bytes, in as many frames as that takes: 16 KiB each may be sent without asking. */
function manyFields(
  peer: HostilePeer,
  stream: number,
  first: readonly (readonly [string, string])[],
  flags = 0,
): void {
  peer.head(stream, first, flags)
  for (let i = 0; i < 30; i += 1) {
    const fields = Array.from({ length: 600 }, (_, index) => [`x-${index % 10}`, 'v'] as const)
    peer.frame(TYPE.CONTINUATION, i === 29 ? END_HEADERS : 0, stream, block(fields))
  }
}

function chunksOf(bytes: Uint8Array, size: number): number[][] {
  const chunks: number[][] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push([...bytes.subarray(at, at + size)])
  return chunks
}
