/** Pieces of a body are their reader's own: nothing that comes later changes them, and nothing else lies behind them. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { makeAuthority } from '../support/certificates.ts'

const LARGE = randomBytes(6_000_000)
const SMALL = Buffer.from('small')
const authority = makeAuthority()
const { cert, key } = authority.issue({ names: ['localhost'] })
const answer: Parameters<typeof createServer>[1] = (request, response) => {
  response.end(request.url === '/large' ? LARGE : SMALL)
}
const plain = createServer(answer)
const tls = createTlsServer({ cert, key }, answer)

beforeAll(async () => {
  for (const server of [plain, tls]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
})

afterAll(() => {
  plain.close()
  tls.close()
})

describe.each([
  ['http', plain, {}],
  ['https', tls, { caInfoBlob: authority.cert }],
] as const)('over %s', (scheme, server, trust) => {
  const url = (path: string): string =>
    `${scheme}://localhost:${(server.address() as AddressInfo).port}${path}`
  const options = { ...trust, resolve: [`localhost:*:127.0.0.1`] }

  test('two downloads at once, all pieces kept until the end, and the connections serve others', async () => {
    const handles = [0, 1].map(() => new Easy({ ...options, url: url('/large') }))
    const pieces = await Promise.all(
      handles.map(async (easy) => {
        const { body, finished } = await easy.stream()
        const kept: Uint8Array[] = []
        for await (const piece of body) kept.push(piece)
        await finished
        return kept
      }),
    )
    for (const kept of pieces) {
      expect(digestOf(Buffer.concat(kept))).toBe(digestOf(LARGE))
      expect(kept.every((piece) => piece.byteLength === piece.buffer.byteLength)).toBe(true)
      expect(new Set(kept.map((piece) => piece.buffer)).size).toBe(kept.length)
    }
    for (const easy of handles) {
      const { body, info } = await easy.set({ url: url('/small') }).perform()
      expect([Buffer.from(body).toString(), info.connReused]).toEqual(['small', true])
      await easy.close()
    }
  })

  test('a reader that writes to what it gets, detaches it, or stops, disturbs nobody', async () => {
    const easy = new Easy({ ...options, url: url('/large') })
    const { body } = await easy.stream()
    let count = 0
    for await (const piece of body) {
      piece.fill(0)
      structuredClone(piece, { transfer: [piece.buffer as ArrayBuffer] })
      count += 1
      if (count === 20) break
    }
    const { body: whole } = await easy.perform()
    expect(digestOf(whole)).toBe(digestOf(LARGE))
    expect(whole.byteLength).toBe(whole.buffer.byteLength)
    await easy.close()
  })
})

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
