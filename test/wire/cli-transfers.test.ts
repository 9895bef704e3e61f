import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { IncomingMessage, RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeAuthority } from '../support/certificates.ts'
import { Kept, KeptFiles, stdinOf, trunkline } from '../support/command-line.ts'
import { listen, serveHttp, serveTcp } from '../support/loopback.ts'

describe('the request', () => {
  test('is a GET with the name of the command', async () => {
    expect(await echoed([])).toEqual({
      method: 'GET',
      url: '/',
      body: '',
      headers: { host: 'HOST', 'user-agent': expect.stringMatching(/^trunkline\/\d/), accept: '*/*' },
    })
  })

  test.each([
    ['-X', ['-X', 'PURGE'], { method: 'PURGE' }],
    ['-A', ['-A', 'me'], { headers: { 'user-agent': 'me' } }],
    ['-e', ['-e', 'http://r/'], { headers: { referer: 'http://r/' } }],
    ['-u', ['-u', 'me:secret'], { headers: { authorization: 'Basic bWU6c2VjcmV0' } }],
    ['-H', ['-H', 'X-A: 1', '-H', 'Accept: text/plain'], { headers: { 'x-a': '1', accept: 'text/plain' } }],
    ['-H @', ['-H', '@lines'], { headers: { 'x-b': '2', 'x-c': '3' } }],
    ['a field in UTF-8', ['-H', 'X-A: ä'], { headers: { 'x-a': 'Ã¤' } }],
    [
      '-d',
      ['-d', 'a=1', '-d', 'b=2'],
      { method: 'POST', body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    ['-d with a type', ['-d', '{}', '-H', 'content-type: a/b'], { headers: { 'content-type': 'a/b' } }],
    ['-d ""', ['-d', ''], { method: 'POST', body: '', headers: { 'content-length': '0' } }],
    ['-d with -X', ['-d', 'x', '-X', 'PUT'], { method: 'PUT', body: 'x' }],
    ['-d @', ['-d', '@lines'], { body: 'X-B: 2X-C: 3' }],
    ['-d @-', ['-d', '@-'], { body: 'from standard input' }],
    ['--data-binary @', ['--data-binary', '@lines'], { body: 'X-B: 2\r\nX-C: 3\n' }],
    ['--data-raw', ['--data-raw', '@lines'], { body: '@lines' }],
    ['--resolve', ['--resolve', 'a.test:PORT:127.0.0.1', 'http://a.test:PORT/r'], { url: '/r' }],
    [
      '--connect-to',
      ['--connect-to', 'a.test:80:127.0.0.1:PORT', 'http://a.test/c'],
      { url: '/c', headers: { host: 'a.test' } },
    ],
    ['a URL without a scheme', ['127.0.0.1:PORT/x'], { url: '/x' }],
  ])('is shaped by %s', async (_case, argv, part) => {
    expect(await echoed(argv)).toMatchObject(part)
  })

  test('goes to a UNIX socket', async () => {
    const path = join(folder(), 'socket')
    await listen(createServer(echo), path)
    const { stdout } = await trunkline(['--unix-socket', path, 'http://a.test/u'])
    expect(JSON.parse(stdout.toString())).toMatchObject({ url: '/u' })
  })

  test('leaves out what is no field, with a warning', async () => {
    const { url } = await serveHttp(echo)
    const { exitCode, stderr } = await trunkline(['-H', 'nothing', url])
    expect([exitCode, stderr]).toEqual([
      0,
      "Warning: The provided HTTP header 'nothing' does not look like a header?\n",
    ])
  })

  test('trusts the authority of --cacert, of the environment, or with -k any', async () => {
    const authority = makeAuthority()
    const { key, cert } = authority.issue({ addresses: ['127.0.0.1'] })
    const ca = join(folder(), 'ca.pem')
    writeFileSync(ca, authority.cert)
    const { port } = await listen(createTlsServer({ key, cert }, echo))
    const url = `https://127.0.0.1:${port}/`
    const exitCodes = [
      (await trunkline(['-s', url])).exitCode,
      (await trunkline(['--cacert', ca, url])).exitCode,
      (await trunkline([url], { env: { CURL_CA_BUNDLE: ca } })).exitCode,
      (await trunkline(['-k', url])).exitCode,
    ]
    expect(exitCodes).toEqual([60, 0, 0, 0])
  })
})

describe('the output', () => {
  const body = randomBytes(5_000_000)
  const large: RequestListener = (_request, response) => void response.end(body)

  test('is a large body, byte for byte, in a file', async () => {
    const { url } = await serveHttp(large)
    const path = join(folder(), 'large')
    expect(await trunkline(['-o', path, url])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(digest(readFileSync(path))).toBe(digest(body))
  })

  test('is a large body, byte for byte, on a standard output that is slow; little of it is held', async () => {
    const { url } = await serveHttp(large)
    const stdout = new Slow()
    expect((await trunkline([url], { stdout })).exitCode).toBe(0)
    expect(digest(stdout.kept.bytes)).toBe(digest(body))
    // 256 KiB, and the pieces that were on their way when it was reached.
    expect(stdout.most).toBeLessThan(640 * 1024)
  })

  test('is named by the URL with -O and by globs with #1', async () => {
    const { url } = await serveHttp((request, response) => void response.end(request.url))
    const files = new KeptFiles()
    await trunkline(['-O', '-o', 'set-#1', `${url}/d/name?q`, `${url}/{a,b}`], { files })
    expect(files.texts).toEqual({ name: '/d/name?q', 'set-a': '/a', 'set-b': '/b' })
  })

  test('is an empty file for an empty body', async () => {
    const { url } = await serveHttp((_request, response) => void response.end())
    const files = new KeptFiles()
    await trunkline(['-o', 'empty', url], { files })
    expect(files.texts).toEqual({ empty: '' })
  })

  test('has the heads as they came with -i, and them alone with -I', async () => {
    const head = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\nX-b: \xe4  \r\ncontent-LENGTH: 2\r\n\r\n'
    const { url } = await serveTcp((socket) => {
      socket.on('data', (bytes) =>
        socket.write(bytes.toString().startsWith('HEAD') ? head : `${head}ok`, 'latin1'),
      )
    })
    expect((await trunkline(['-i', url])).stdout.toString('latin1')).toBe(`${head}ok`)
    expect((await trunkline(['-I', url])).stdout.toString('latin1')).toBe(head)
  })

  test('has what -w asks for after each body', async () => {
    const { url, port } = await serveHttp((request, response) => void response.end(request.url))
    const { stdout } = await trunkline([
      '-w',
      ' %{http_code} %{size_download} %{conn_id} %{num_connects} %{conn_reused} %{remote_port}\\n',
      `${url}/[1-2]`,
    ])
    expect(stdout.toString()).toBe(`/1 200 2 0 1 false ${port}\n/2 200 2 0 0 true ${port}\n`)
  })

  test('takes the format of -w from a file', async () => {
    const { url } = await serveHttp((_request, response) => void response.end())
    const { stdout } = await trunkline(['-w', '@format', url], {
      files: new KeptFiles({ format: '%{method}' }),
    })
    expect(stdout.toString()).toBe('GET')
  })
})

describe('several URLs', () => {
  test('share a connection, one after the other', async () => {
    const { url, connections } = await serveHttp((request, response) => void response.end(`${request.url} `))
    expect((await trunkline([`${url}/[1-5]`])).stdout.toString()).toBe('/1 /2 /3 /4 /5 ')
    expect(connections()).toBe(1)
  })

  test('run at the same time with -Z, on no more connections than --parallel-max', async () => {
    let running = 0
    let most = 0
    const { url, connections } = await serveHttp((request, response) => {
      running += 1
      most = Math.max(most, running)
      setImmediate(() => {
        running -= 1
        response.end(request.url)
      })
    })
    const files = new KeptFiles()
    const { exitCode } = await trunkline(['-Z', '--parallel-max', '4', '-o', '#1', `${url}/[1-200]`], {
      files,
    })
    expect(exitCode).toBe(0)
    expect(files.texts).toEqual(
      Object.fromEntries(Array.from({ length: 200 }, (_, n) => [n + 1, `/${n + 1}`])),
    )
    expect(connections()).toBe(4)
    expect(most).toBeLessThanOrEqual(4)
  })
})

interface Echo {
  readonly method: string
  readonly url: string
  readonly body: string
  readonly headers: Record<string, string>
}

/** Answers with what was asked. */
const echo: RequestListener = (request, response) => {
  void gather(request).then((body) => {
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, body, headers }))
  })
}

/** What a server got; PORT stands for its port, and its URL is added when the arguments have none. */
async function echoed(argv: readonly string[]): Promise<Echo> {
  const { url, port } = await serveHttp(echo)
  const filled = argv.map((argument) => argument.replaceAll('PORT', String(port)))
  const hasUrl = argv.some((argument) => argument.includes('PORT/') || argument.endsWith('/c'))
  const { stdout } = await trunkline(hasUrl ? filled : [...filled, url], {
    files: new KeptFiles({ lines: 'X-B: 2\r\nX-C: 3\n' }),
    stdin: stdinOf('from standard input'),
  })
  return JSON.parse(stdout.toString().replaceAll(`127.0.0.1:${port}`, 'HOST')) as Echo
}

async function gather(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece as string
  return text
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Takes each piece a few turns later, and notes how much it had to hold. */
class Slow extends Writable {
  readonly kept = new Kept()
  most = 0

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.most = Math.max(this.most, this.writableLength)
    this.kept.write(piece)
    setImmediate(() => setImmediate(done))
  }
}
