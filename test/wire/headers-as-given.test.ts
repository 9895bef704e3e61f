/** What goes out as it was given: blanks of lines, lengths, names that are none, methods of redirects. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Easy } from '@trunkline/easy'
import { RecordingServer } from '../support/beside/recording-server.ts'
import { answer, last, ok, type Answer } from '../support/beside/row.ts'

let server: RecordingServer
beforeEach(async () => {
  server = await RecordingServer.start()
})
afterEach(() => server.stop())

/** Performs as often as there are options, with one handle; tells what each connection carried. */
async function sent(answers: readonly Answer[], ...runs: readonly EasyOptions[]): Promise<readonly string[]> {
  server.begin({ answers, continues: true, isHasty: true })
  const easy = new Easy({ environment: nodeEnvironment(), userAgent: '' })
  for (const options of runs) {
    easy.set({ url: `http://127.0.0.1:${server.port}/`, ...options })
    await easy.perform()
  }
  await easy.close()
  return server.end().map((text) => text.replaceAll(/\r\n(?:Host|Accept): [^\r]*/g, ''))
}

test('the blanks of a line are the user\u2019s, and an empty value has none', async () => {
  expect(await sent([ok()], { headers: ['A:1', 'B:   2  ', 'C;', 'D: 4'] })).toEqual([
    'GET / HTTP/1.1\r\nA:1\r\nB:   2  \r\nC:\r\nD: 4\r\n\r\n',
  ])
})

describe('framingAsGiven', () => {
  const options = { framingAsGiven: true, postFields: 'abc' }

  test('sends another length, and nothing more on that connection', async () => {
    const wrong = { ...options, headers: ['Content-Length: 7', 'Content-Type:'] }
    expect(await sent([ok()], wrong, { ...options, headers: ['Content-Type:'] })).toEqual([
      'POST / HTTP/1.1\r\nContent-Length: 7\r\n\r\nabc',
      'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc',
    ])
  })

  test('sends the right length by the user, and goes on', async () => {
    const right = { ...options, headers: ['Content-Length: 3', 'Content-Type:'] }
    expect(await sent([ok()], right, right)).toHaveLength(1)
  })

  test('says nothing of a body that is not there, and never of chunks that are none', async () => {
    const bare = { framingAsGiven: true, method: 'POST', headers: ['Transfer-Encoding: chunked'] }
    expect(await sent([ok()], bare)).toEqual(['POST / HTTP/1.1\r\n\r\n'])
  })

  test('is off: what differs is refused', async () => {
    const wrong = { postFields: 'abc', headers: ['Content-Length: 7'] }
    await expect(sent([ok()], wrong)).rejects.toMatchObject({ code: 'BAD_FUNCTION_ARGUMENT' })
  })
})

describe('oddHeaders', () => {
  test('stand behind the fields as they are', async () => {
    expect(await sent([ok()], { oddHeaders: ['A : 1', ' two words:2'], headers: ['B: 3'] })).toEqual([
      'GET / HTTP/1.1\r\nB: 3\r\nA : 1\r\n two words:2\r\n\r\n',
    ])
  })

  test('of a login stay with the first origin', async () => {
    const elsewhere = answer('302 Found', '', `Location: http://localhost:${server.port}/`)
    const options = { oddHeaders: ['Authorization : s', 'X : y'], followLocation: true }
    const text = (await sent([elsewhere, ok()], options)).join('')
    expect([text.split('X : y').length, text.split('Authorization : s').length]).toEqual([3, 2])
  })

  test.each([
    'Transfer-Encoding : chunked',
    ' content-length: 5',
    'Host\t: other',
    'Connection : close',
    'Plain: 1',
    'none',
    ': x',
    'A : \u0001',
    'A : b\u20ac',
  ])('are refused: %j', async (line) => {
    await expect(sent([ok()], { oddHeaders: [line] })).rejects.toMatchObject({
      code: 'BAD_FUNCTION_ARGUMENT',
    })
  })
})

describe('a redirect', () => {
  const moved = answer('302 Found', '', 'Location: /2')

  test('keeps the method where it is kept, and drops the body that it would', async () => {
    const options = { method: 'PUT', postFields: 'abc', followLocation: true, framingAsGiven: true }
    const head = 'Content-Length: 3\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nabc'
    expect(await sent([moved, ok()], { ...options, redirectMethod: 'kept' })).toEqual([
      `PUT / HTTP/1.1\r\n${head}PUT /2 HTTP/1.1\r\n\r\n`,
    ])
    const see = answer('303 See Other', '', 'Location: /2')
    expect(await sent([see, ok()], options)).toEqual([`PUT / HTTP/1.1\r\n${head}GET /2 HTTP/1.1\r\n\r\n`])
  })

  test('to two places is none, to one place twice is one', async () => {
    const options = { followLocation: true }
    const two = answer('302 Found', '', 'Location: /1', 'Location: /2')
    await expect(sent([two, ok()], options)).rejects.toMatchObject({ code: 'WEIRD_SERVER_REPLY' })
    const same = answer('302 Found', '', 'Location: /1', 'Location: /1')
    expect((await sent([same, ok()], options)).join('')).toContain('GET /1 ')
  })
})

test('a tunnel that speaks before it is asked is given up, and not waited for', async () => {
  const chatty = 'HTTP/1.1 200 OK\r\n\r\nhello'
  const options = { proxy: `http://127.0.0.1:${server.port}`, httpProxyTunnel: true }
  await expect(sent([chatty], options)).rejects.toMatchObject({ code: 'SEND_ERROR' })
})

test('a form that waits for a challenge has no type as yet', async () => {
  const challenge = last(
    answer('401 Unauthorized', '', 'WWW-Authenticate: Digest realm="r", nonce="n"', 'Connection: close'),
  )
  const text = await sent([challenge, ok()], {
    mimePost: [{ name: 'a', data: 'b' }],
    username: 'u',
    password: 'p',
    httpAuth: ['digest'],
  })
  expect(text[0]).toBe('POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n')
  expect(text[1]).toMatch(/Content-Type: multipart\/form-data; boundary=/)
})
