/** Options that shape a request over HTTP/2, as node:http2 sees them. */
import { once } from 'node:events'
import { createServer, sensitiveHeaders, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'

let seen: IncomingHttpHeaders = {}
const server = createServer()
server.on('stream', (stream, headers) => {
  seen = headers
  stream.respond({ ':status': 200 })
  stream.end('ok')
})

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => void server.close())

test('what is secret, or marked so, is never indexed, on a warm connection either', async () => {
  const { port } = server.address() as AddressInfo
  await using easy = new Easy({
    url: `http://127.0.0.1:${port}/`,
    httpVersion: '2-prior-knowledge',
    username: 'me',
    password: 'secret',
    headers: { Cookie: 'a=1', 'X-Token': 'secret', 'X-Open': 'not' },
    sensitiveHeaders: ['x-TOKEN'],
  })
  for (let run = 0; run < 2; run += 1) {
    await easy.perform()
    const secret = (seen as { [sensitiveHeaders]?: string[] })[sensitiveHeaders]
    expect([...(secret ?? [])].sort()).toEqual(['authorization', 'cookie', 'x-token'])
    expect(seen['x-token']).toBe('secret')
  }
})

test('httpPriority is a field of the request', async () => {
  const { port } = server.address() as AddressInfo
  await using easy = new Easy({
    url: `http://127.0.0.1:${port}/`,
    httpVersion: '2-prior-knowledge',
    httpPriority: 'u=1, i',
  })
  await easy.perform()
  expect(seen['priority']).toBe('u=1, i')
})

test.each([
  [{ sensitiveHeaders: ['two words'] }, 'sensitiveHeaders'],
  [{ httpPriority: 'u=\u4e2d' }, 'httpPriority'],
  [{ httpPriority: '' }, 'httpPriority'],
])('%j is refused', async (options, name) => {
  const easy = new Easy({ url: 'http://127.0.0.1:9/', ...options })
  await expect(easy.perform()).rejects.toMatchObject({
    code: 'BAD_FUNCTION_ARGUMENT',
    message: expect.stringContaining(`option ${name}`),
  })
})
