/** What went wrong elsewhere with the bodies of responses, by number: it does not here. */
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { EasyOptions, TransferError } from '@trunkline/core'
import { simulate, type SimResponse } from '@trunkline/core/sim'
import { Easy } from '@trunkline/easy'
import { NODE_DECODERS } from '../../packages/core/src/node/node-decoders.ts'
import { noise } from '../support/coded-bodies.ts'

interface Told {
  readonly status: number | string
  readonly message: string
  readonly body: Uint8Array
  readonly connections: number
}

/** Two requests, the second to see what became of the connection. */
async function ask(
  answer: SimResponse,
  options: EasyOptions = {},
  httpVersion: '1.1' | '2-prior-knowledge' = '1.1',
): Promise<Told> {
  const { value } = await simulate(1, async (world) => {
    const origin = world.origin('http://a.test', (exchange) => exchange.respond(answer), { http2: true })
    const { environment } = world
    await using easy = new Easy({
      url: 'http://a.test/',
      acceptEncoding: '',
      httpVersion,
      environment,
      ...options,
    })
    const told = await easy.perform().then(
      ({ status, body }) => ({ status, message: '', body }),
      ({ code, message }: TransferError) => ({ status: code, message, body: new Uint8Array(0) }),
    )
    await easy.perform().catch(() => undefined)
    return { ...told, connections: origin.connectionsAccepted }
  })
  return value
}

/** Coded `times` times over. */
function nested(body: Uint8Array, times: number): Uint8Array {
  let coded = body
  for (let count = 0; count < times; count += 1) coded = zlib.gzipSync(coded)
  return coded
}

describe.each(['1.1', '2-prior-knowledge'] as const)('over HTTP/%s', (version) => {
  const BODY = new TextEncoder().encode('the body')

  it('CVE-2022-32206, CVE-2026-22036: a chain of codings is bounded', async () => {
    const five = Array.from({ length: 5 }, () => 'gzip').join(', ')
    const told = await ask({ headers: { 'Content-Encoding': five }, body: nested(BODY, 5) }, {}, version)
    expect([told.status, new TextDecoder().decode(told.body)]).toEqual([200, 'the body'])
    for (const count of [6, 100]) {
      const many = Array.from({ length: count }, () => 'gzip').join(', ')
      const { status, message } = await ask(
        { headers: { 'Content-Encoding': many }, body: BODY },
        {},
        version,
      )
      expect([status, message.includes(`${count} codings of its body, more than 5`)]).toEqual([
        'BAD_CONTENT_ENCODING',
        true,
      ])
    }
  })

  it('CVE-2023-23916: the bound holds over all fields together', async () => {
    const lines = Array.from({ length: 6 }, () => 'gzip')
    const told = await ask({ headers: { 'Content-Encoding': lines }, body: nested(BODY, 6) }, {}, version)
    expect(told.status).toBe('BAD_CONTENT_ENCODING')
    const spread = await ask({
      headers: { 'Content-Encoding': ['gzip', 'gzip, gzip'] },
      body: nested(BODY, 3),
    })
    expect(new TextDecoder().decode(spread.body)).toBe('the body')
  })

  it('names without end, identity and empty ones, are counted as codings or not at all', async () => {
    const identities = Array.from({ length: 6 }, () => 'identity').join()
    const told = await ask({ headers: { 'Content-Encoding': identities }, body: BODY }, {}, version)
    expect(told.status).toBe('BAD_CONTENT_ENCODING')
    const commas = await ask({ headers: { 'Content-Encoding': ','.repeat(10_000) }, body: BODY }, {}, version)
    expect(commas.status).toBe(200)
  })

  it('(no number) a body that becomes too much ends the transfer without an option', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(20_000_000))
    const told = await ask({ headers: { 'Content-Encoding': 'gzip' }, body: bomb }, {}, version)
    expect(told.status).toBe('TOO_LARGE')
    const twice = await ask(
      { headers: { 'Content-Encoding': 'gzip, gzip' }, body: zlib.gzipSync(bomb) },
      {},
      version,
    )
    expect(twice.status).toBe('TOO_LARGE')
    const allowed = await ask(
      { headers: { 'Content-Encoding': 'gzip' }, body: bomb },
      { maxDecodedRatio: 0 },
      version,
    )
    expect(allowed.body.length).toBe(20_000_000)
  })

  it('(no number) what hides in the middle of a chain and comes out as nothing is counted, too', async () => {
    // 60 MB of gzip members of no bytes each, themselves in gzip.
    const empty = zlib.gzipSync(Buffer.alloc(0))
    const members = Buffer.concat(Array.from({ length: 900_000 }, () => empty))
    const told = await ask(
      { headers: { 'Content-Encoding': 'gzip, gzip' }, body: zlib.gzipSync(members) },
      {},
      version,
    )
    expect([told.status, members.length > 16 * 1024 * 1024]).toEqual(['TOO_LARGE', true])
  })

  it('(no number) maxFilesize holds for decoded bytes', async () => {
    const told = await ask(
      { headers: { 'Content-Encoding': 'gzip' }, body: zlib.gzipSync(Buffer.alloc(1_000_001)) },
      { maxFilesize: 1_000_000 },
      version,
    )
    expect(told.status).toBe('FILESIZE_EXCEEDED')
  })

  it('CVE-2024-38372: what a body holds is its own memory and nothing else', async () => {
    const answer = { headers: { 'Content-Encoding': 'gzip' }, body: zlib.gzipSync(noise(1_000)) }
    const { body } = await ask(answer, {}, version)
    expect([body.length, body.buffer.byteLength]).toEqual([1_000, 1_000])
  })

  it('CVE-2026-16728: a part that does not fit its range is not taken for the rest, coded or not', async () => {
    const body = zlib.gzipSync(noise(1_000))
    const headers = {
      'Content-Encoding': 'gzip',
      'Content-Range': `bytes 0-${body.length - 1}/${body.length}`,
    }
    const told = await ask({ status: 206, headers, body }, { resumeFrom: 10 }, version)
    expect(told.status).toBe('RANGE_ERROR')
  })
})

it('CVE-2025-0725: nothing of zlib is written anew; broken data of any kind is one error', () => {
  const whole = zlib.gzipSync(noise(2_000))
  const taken: number[] = []
  let failures = 0
  for (let at = 0; at < whole.length; at += 7) {
    const broken = Buffer.from(whole)
    broken[at]! ^= 0xff
    const decoded = NODE_DECODERS.decodeWhole('gzip', broken, 10_000)
    if (decoded === undefined) failures += 1
    else taken.push(at, Buffer.compare(decoded, noise(2_000)))
  }
  // Byte 7 is of the time, which is nobody's business.
  expect([taken, failures > 280]).toEqual([[7, 0], true])
})

it('CVE-2026-15157, CVE-2026-1527: no option of a coding puts a line into the head', async () => {
  for (const acceptEncoding of ['gzip\r\nX-Evil: 1', 'gzip\nX-Evil: 1', 'gzip\0']) {
    const making = (async () => new Easy({ url: 'http://a.test/', acceptEncoding }).perform())()
    await expect(making).rejects.toMatchObject({ code: 'BAD_FUNCTION_ARGUMENT' })
  }
})

it('CVE-2025-43859: a transfer coding that was not asked for is no body that ends somewhere', async () => {
  for (const coding of ['gzip, chunked', 'gzip', 'chunked, gzip']) {
    const { status, connections } = await ask(
      { headers: { 'Transfer-Encoding': coding }, body: '0\r\n\r\n' },
      { acceptEncoding: undefined },
    )
    expect([coding, status, connections]).toEqual([coding, 'BAD_CONTENT_ENCODING', 2])
  }
  const { status } = await ask(
    { headers: { 'Transfer-Encoding': 'chunked, gzip' }, body: '0\r\n\r\n' },
    { transferEncoding: true },
  )
  expect(status).toBe('BAD_CONTENT_ENCODING')
})
