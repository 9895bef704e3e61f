/** Answers that come before the request is sent to its end, over real sockets. */
import { describe, expect, test } from 'vitest'
import { Easy } from '@trunkline/easy'
import { serveTcp } from '../support/loopback.ts'

const LARGE = new Uint8Array(20_000_000)

/** Answers at the first bytes of a connection, reads on, and answers once more what comes behind a large request. */
async function answersEarly(answer: string): Promise<{ url: string; received: () => number }> {
  let received = 0
  const { url } = await serveTcp((socket) => {
    let end = 0
    socket.on('data', (bytes) => {
      received += bytes.length
      if (end === 0) end = bytes.indexOf('\r\n\r\n') + 4 + LARGE.length
      else if (received <= end) return
      socket.write(answer)
    })
  })
  return { url, received: () => received }
}

describe('an answer before the end of the request', () => {
  test('of success lets the request go on to its end, as curl and node:http do', async () => {
    const { url, received } = await answersEarly('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    using easy = new Easy({ url, body: LARGE, headers: ['Expect:'] })
    const { status, info } = await easy.perform()
    expect([status, info.sizeUpload]).toEqual([200, LARGE.length])
    const next = await easy.set({ body: undefined }).perform()
    expect([next.text(), next.info.connReused]).toEqual(['ok', true])
    expect(received()).toBeGreaterThan(LARGE.length)
  })

  test.each([
    ['of failure ends the request', 'HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig'],
    ['that also closes', 'HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig'],
  ])('%s', async (_name, answer) => {
    const { url, received } = await answersEarly(answer)
    using easy = new Easy({ url, body: LARGE, headers: ['Expect:'] })
    const result = await easy.perform()
    expect([result.status, result.text()]).toEqual([413, 'big'])
    expect(received()).toBeLessThan(LARGE.length)
    expect((await easy.set({ body: 'x' }).perform()).info.connReused).toBe(false)
  })
})
