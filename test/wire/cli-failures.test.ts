import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TransferError } from '../../packages/core/src/index.ts'
import { makeNodeEnvironment } from '../../packages/core/src/node/index.ts'
import { KeptFiles, trunkline } from '../support/command-line.ts'
import { serveHttp, serveTcp } from '../support/loopback.ts'

describe('a failure ends with curl\u2019s exit code and a line', () => {
  test('for a command line that is none', async () => {
    expect(await trunkline(['--foo'])).toMatchObject({
      exitCode: 2,
      stderr: `trunkline: option --foo: is unknown\ntrunkline: try 'trunkline --help' or 'trunkline --manual' for more information\n`,
    })
  })

  test.each([
    ['a scheme that is not spoken', 'foo://x/', 1, 'Protocol "foo" not supported'],
    [
      'a scheme that is none',
      'ht!tp://x/',
      3,
      'URL rejected: Bad scheme: the scheme of the URL is not well formed',
    ],
    [
      'a URL that is none',
      'http://b:c/',
      3,
      'URL rejected: Port number was not a decimal number between 0 and 65535: the port "c" of the URL is not a number from 0 to 65535',
    ],
    ['a blank in the URL', 'http://b/ c', 3, 'URL rejected: Bad path: the path of the URL holds a blank'],
  ])('for %s', async (_case, url, exitCode, line) => {
    expect(await trunkline([url])).toMatchObject({ exitCode, stderr: `trunkline: (${exitCode}) ${line}\n` })
  })

  test('for a host that has no address', async () => {
    const environment = {
      ...makeNodeEnvironment(),
      resolver: {
        lookup: (name: string) =>
          Promise.reject(
            new TransferError('COULDNT_RESOLVE_HOST', 'no', { host: name, system: 'ENOTFOUND' }),
          ),
      },
    }
    expect(await trunkline(['http://a.test/'], { environment })).toMatchObject({
      exitCode: 6,
      stderr: 'trunkline: (6) Could not resolve host: a.test (ENOTFOUND)\n',
    })
  })

  test('for a port that nobody listens on', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const { exitCode, stderr } = await trunkline([`http://127.0.0.1:${port}/`])
    expect(exitCode).toBe(7)
    expect(stderr).toMatch(
      new RegExp(
        `^trunkline: \\(7\\) Failed to connect to 127.0.0.1:${port} after \\d+ ms: Could not connect to server: .*ECONNREFUSED`,
      ),
    )
  })

  test('for a body shorter than announced', async () => {
    const { url } = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'))
    })
    const { exitCode, stdout } = await trunkline([url])
    expect([exitCode, stdout.toString()]).toEqual([18, 'abc'])
  })

  test('for a status of 400 with -f, whose file is not made', async () => {
    const { url } = await serveHttp((_request, response) => void response.writeHead(404).end('no'))
    const files = new KeptFiles()
    expect(await trunkline(['-f', '-o', 'f', url], { files })).toMatchObject({
      exitCode: 22,
      stderr: 'trunkline: (22) The requested URL returned error: 404\n',
    })
    expect(files.texts).toEqual({})
  })

  test('for a file that cannot be written', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('x'))
    expect(await trunkline(['-o', '/nonexistent/f', url])).toMatchObject({
      exitCode: 23,
      stderr:
        'Warning: Failed to open the file /nonexistent/f: No such file or directory\n' +
        'trunkline: (23) client returned ERROR on write of 1 bytes: No such file or directory\n',
    })
  })

  test('for a file that cannot be read', async () => {
    expect(await trunkline(['-d', '@none', 'http://127.0.0.1/'], { files: new KeptFiles() })).toMatchObject({
      exitCode: 26,
      stderr: [
        'trunkline: Failed to open none',
        'trunkline: option -d: error encountered when reading a file',
        "trunkline: try 'trunkline --help' or 'trunkline --manual' for more information\n",
      ].join('\n'),
    })
  })

  test('for an answer that does not come in time', async () => {
    const { url } = await serveHttp(() => undefined)
    const { exitCode, stderr } = await trunkline(['-m', '0.05', url])
    expect(exitCode).toBe(28)
    expect(stderr).toMatch(
      /^trunkline: \(28\) Operation timed out after \d+ milliseconds with 0 bytes received\n$/,
    )
  })

  test('for a server that says nothing', async () => {
    const { url } = await serveTcp((socket) => void socket.once('data', () => socket.end()))
    const { exitCode, stderr } = await trunkline([url])
    expect(exitCode).toBe(52)
    expect(stderr).toMatch(/^trunkline: \(52\) Empty reply from server/)
  })

  test('for a connection that breaks', async () => {
    let peer: Socket | undefined
    const { url } = await serveTcp((socket) => {
      peer = socket
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'))
    })
    // Only once the bytes have arrived: libuv tells of bytes and a reset that come together as an end.
    const stdout = new Writable({
      write: (_piece, _encoding, done) => {
        peer!.resetAndDestroy()
        done()
      },
    })
    const { exitCode, stderr } = await trunkline([url], { stdout })
    expect(exitCode).toBe(56)
    expect(stderr).toContain('ECONNRESET')
  })

  test('for a body larger than --max-filesize', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('x'.repeat(20)))
    expect(await trunkline(['--max-filesize', '10', url])).toMatchObject({
      exitCode: 63,
      stderr:
        'trunkline: (63) Maximum file size exceeded: the body of 20 bytes or more exceeds maxFilesize, 10\n',
    })
  })
})

describe('a failure', () => {
  test.each([
    ['says nothing with -s', ['-s'], ''],
    ['says why with -sS', ['-sS'], 'trunkline: (1) Protocol "foo" not supported\n'],
  ])('%s', async (_case, flags, stderr) => {
    expect(await trunkline([...flags, 'foo://x/'])).toMatchObject({ exitCode: 1, stderr })
  })

  test('lets the other URLs go on, and the last one gives the exit code', async () => {
    const { url } = await serveHttp((request, response) => void response.end(request.url))
    const { exitCode, stdout } = await trunkline(['-s', 'foo://x/', 'http://b:c/', `${url}/a`])
    expect([exitCode, stdout.toString()]).toEqual([0, '/a'])
  })

  test('is told by -w too', async () => {
    const { stdout } = await trunkline(['-s', '-w', '%{exitcode} %{http_code}', 'foo://x/'])
    expect(stdout.toString()).toBe('1 000')
  })
})

describe('an output whose reader has gone', () => {
  test('ends quietly, and nothing more is asked for it', async () => {
    const asked: (string | undefined)[] = []
    const { url } = await serveHttp((request, response) => {
      asked.push(request.url)
      response.end('x')
    })
    const files = new KeptFiles()
    const run = await trunkline(['-o', '-', '-o', '-', '-o', 'f', `${url}/1`, `${url}/2`, `${url}/3`], {
      stdout: brokenPipe(),
      files,
    })
    // The last URL gives the exit code.
    expect(run).toMatchObject({ exitCode: 0, stderr: '' })
    expect(asked).toEqual(['/1', '/3'])
    expect(files.texts).toEqual({ f: 'x' })
  })
})

describe('an interrupt', () => {
  test('ends the command at once and keeps what is finished', async () => {
    const interrupt = new AbortController()
    const { url } = await serveHttp((request, response) => {
      if (request.url === '/done') response.end('done')
      else interrupt.abort()
    })
    const path = join(folder(), 'f')
    const run = await trunkline(['-o', path, `${url}/done`, `${url}/never`, `${url}/later`], {
      signal: interrupt.signal,
    })
    expect(run).toMatchObject({ exitCode: 130, stderr: '' })
    expect(readFileSync(path, 'utf8')).toBe('done')
  })

  test('does not wait for an output that nobody reads', async () => {
    const interrupt = new AbortController()
    const { url } = await serveHttp((_request, response) => void response.end('x'))
    const stdout = new Writable({ write: () => interrupt.abort() })
    expect((await trunkline([url], { stdout, signal: interrupt.signal })).exitCode).toBe(130)
  })

  test('before the start begins nothing', async () => {
    const { url, connections } = await serveHttp((_request, response) => void response.end())
    expect((await trunkline(['-Z', url], { signal: AbortSignal.abort() })).exitCode).toBe(130)
    expect(connections()).toBe(0)
  })
})

function brokenPipe(): Writable {
  return new Writable({
    write: (_piece, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}
