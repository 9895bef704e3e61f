/**
 * What went wrong in WebSockets of others, one test for each, by its number.
 *
 * Compression (permessage-deflate) is never offered; of what went wrong there it is tested that a server that uses it
 * all the same is refused.
 */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LIMITS, type TransferError, type WebSocketInit } from '@trunkline/core'
import { simulate, type SimHandler } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { BINARY, CONTINUATION, frame, readFrames, TEXT } from '../support/web-socket-frames.ts'

/** What a client makes of a server that answers the handshake and then says `bytes`. */
async function told(
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array = new Uint8Array(0),
  init: WebSocketInit = {},
): Promise<string> {
  const handler: SimHandler = (exchange) => exchange.webSocket({ headers }).write(bytes)
  const { value } = await simulate(1, async (world) => {
    world.origin('ws://a.test', handler)
    await using easy = new Easy({ url: 'ws://a.test/', environment: world.environment, timeoutMs: 1_000 })
    try {
      const socket = await easy.webSocket(init)
      const message = await socket.recv()
      return `message of ${message?.length} characters`
    } catch (error) {
      return `${(error as TransferError).code}: ${(error as TransferError).message}`
    }
  })
  return value
}

it('CVE-2025-10148: each frame has a mask of its own, from the source of chance, in every connection', async () => {
  const masks: string[] = []
  const { value: drawn } = await simulate(7, async (world) => {
    let count = 0
    const { random } = world.environment
    const counting = {
      fraction: () => random.fraction(),
      bytes(size: number) {
        count += size
        return random.bytes(size)
      },
    }
    world.origin('ws://a.test', (exchange) => {
      const socket = exchange.webSocket()
      const read = socket.bytes.bind(socket)
      // All frames here have payloads of four bytes, and so heads of six.
      socket.bytes = (view) => {
        for (let at = 0; at + 10 <= view.length; at += 10)
          masks.push(Buffer.from(view.subarray(at + 2, at + 6)).toString('hex'))
        read(view)
      }
    })
    for (let connection = 0; connection < 2; connection += 1) {
      await using easy = new Easy({
        url: 'ws://a.test/',
        environment: { ...world.environment, random: counting },
      })
      const socket = await easy.webSocket()
      for (let i = 0; i < 1_500; i += 1) socket.send('same')
      await world.sleep(10)
      expect(socket.info.sizeUpload).toBe(15_000)
    }
    return count
  })
  expect(masks.length).toBe(3_000)
  expect(new Set(masks).size).toBeGreaterThan(2_990)
  expect(drawn).toBeGreaterThanOrEqual(3_000 * 4)
})

it('CVE-2025-5399: no input makes reading go on for ever', () => {
  const header = fc.record({
    opcode: fc.nat(15),
    fin: fc.boolean(),
    rsv: fc.constantFrom(0, 0, 0, 1),
    payload: fc.uint8Array({ maxLength: 130, size: 'max' }),
    lengthBytes: fc.constantFrom<0 | 2 | 8 | undefined>(undefined, undefined, 2, 8),
    mask: fc.constantFrom<[number, number, number, number] | undefined>(undefined, undefined, [1, 2, 3, 4]),
  })
  const spoilt = fc
    .tuple(
      fc.array(header, { maxLength: 8, size: 'max' }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    )
    .map(([wishes, changes]) => {
      const bytes = Buffer.concat(
        wishes.map(({ lengthBytes, mask, payload, ...wish }) =>
          frame({
            ...wish,
            payload: lengthBytes === undefined ? payload.subarray(0, 125) : payload,
            ...(lengthBytes === undefined ? {} : { lengthBytes }),
            ...(mask === undefined ? {} : { mask }),
          }),
        ),
      )
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
      return bytes
    })
  const anything = fc.oneof(spoilt, fc.uint8Array({ maxLength: 300, size: 'max' }))
  fc.assert(
    fc.property(
      anything,
      fc.constantFrom(1, 2, 3, 9, 1_000),
      fc.constantFrom('client', 'server'),
      (bytes, size, role) => {
        const pieces: Uint8Array[] = []
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
        // Bounded inside: no more events than bytes. In whatever pieces it comes to the same.
        const cut = readFrames(pieces, { role, maxMessageBytes: 10_000 })
        expect(cut).toEqual(readFrames([bytes], { role, maxMessageBytes: 10_000 }))
      },
    ),
    { numRuns: 5_000 },
  )
})

it('CVE-2026-1526: a server that compresses, unasked, is refused before anything is inflated', async () => {
  expect(await told({ 'Sec-WebSocket-Extensions': 'permessage-deflate' })).toBe(
    'WEIRD_SERVER_REPLY: connection #0 to a.test:80, 1st request on it: the server uses an extension that was not offered',
  )
  expect(await told({}, frame({ opcode: TEXT, rsv: 4, payload: 'x' }))).toContain('WEIRD_SERVER_REPLY')
  expect(await told({}, frame({ opcode: TEXT, payload: 'x' }))).toBe('message of 1 characters')
})

it('CVE-2026-1528: a length that cannot be counted is refused, and none is believed before the bytes are here', async () => {
  for (const length of [2n ** 63n, 2n ** 64n - 1n, 2n ** 63n + 5n])
    expect(await told({}, frame({ opcode: BINARY, lengthBytes: 8, length }))).toContain('WEIRD_SERVER_REPLY')
  for (const length of [2n ** 53n, 2n ** 62n, BigInt(LIMITS.wsMessageBytes) + 1n])
    expect(await told({}, frame({ opcode: BINARY, lengthBytes: 8, length }))).toContain('TOO_LARGE')
  // Within the limit, announced and not sent: it waits, in no memory to speak of.
  const before = process.memoryUsage().arrayBuffers
  expect(await told({}, frame({ opcode: BINARY, lengthBytes: 8, length: LIMITS.wsMessageBytes }))).toContain(
    'OPERATION_TIMEDOUT',
  )
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LIMITS.wsMessageBytes / 4)
})

it('CVE-2026-2229: parameters of compression, in range or not, are refused as compression is', async () => {
  for (const bits of ['7', '8', '15', '16', '-1', '1e9', ''])
    for (const side of ['server', 'client'])
      expect(
        await told({ 'Sec-WebSocket-Extensions': `permessage-deflate; ${side}_max_window_bits=${bits}` }),
      ).toContain('an extension that was not offered')
})

it('CVE-2026-9675: the limit of a message holds for all its fragments together', async () => {
  const piece = (opcode: number, fin = false): Buffer => frame({ opcode, fin, payload: 'x'.repeat(100) })
  const most = Buffer.concat([
    piece(TEXT),
    ...Array.from({ length: 8 }, () => piece(CONTINUATION)),
    piece(CONTINUATION, true),
  ])
  expect(await told({}, most, { maxMessageBytes: 1_000 })).toBe('message of 1000 characters')
  expect(await told({}, most, { maxMessageBytes: 999 })).toContain('TOO_LARGE')
})

it('CVE-2026-12151: a message has a bounded number of fragments, empty ones too', async () => {
  const fragments = (count: number): Buffer =>
    Buffer.concat([
      frame({ opcode: TEXT, fin: false }),
      ...Array.from({ length: count - 2 }, () => frame({ opcode: CONTINUATION, fin: false })),
      frame({ opcode: CONTINUATION, payload: 'x' }),
    ])
  expect(await told({}, fragments(LIMITS.wsFragments))).toBe('message of 1 characters')
  expect(await told({}, fragments(LIMITS.wsFragments + 1))).toContain(
    `more than ${LIMITS.wsFragments} fragments`,
  )
  // A flood of messages in two is none of that.
  const twos = Buffer.concat(Array.from({ length: LIMITS.wsFragments }, () => fragments(2)))
  expect(readFrames([twos], { role: 'client', maxMessageBytes: 10 })).toHaveLength(LIMITS.wsFragments)
})
