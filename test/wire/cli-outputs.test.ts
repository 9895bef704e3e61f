import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Kept, KeptFiles, trunkline } from '../support/command-line.ts'
import { serveHttp, serveTcp } from '../support/loopback.ts'

describe('files', () => {
  test('are named by the response with -OJ, and one that is there is never written over', async () => {
    const { url } = await serveHttp((_request, response) => {
      response.setHeader('Content-Disposition', 'attachment; filename="../named"')
      response.end('x')
    })
    const files = new KeptFiles()
    const argv = ['-OJ', '--output-dir', 'd', '-w', '%{filename_effective}', `${url}/path`]
    const run = await trunkline(argv, { files })
    expect([run.exitCode, run.stdout.toString(), files.texts]).toEqual([0, 'd/named', { 'd/named': 'x' }])
    expect(await trunkline(argv, { files: new KeptFiles({ 'd/named': 'old' }) })).toMatchObject({
      exitCode: 23,
      stderr: expect.stringMatching(/^Warning: Failed to open the file d\/named: File exists/),
    })
  })

  test('get a number with --no-clobber, and are left out with --skip-existing', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('new'))
    const folder = folderForTest()
    const path = join(folder, 'f')
    writeFileSync(path, 'old')
    expect((await trunkline(['--skip-existing', '-o', path, url])).exitCode).toBe(0)
    expect((await trunkline(['--no-clobber', '-o', path, url])).exitCode).toBe(0)
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.1`, 'utf8')]).toEqual(['old', 'new'])
  })

  test('have their folders made and the server’s time; --create-file-mode is for uploads', async () => {
    const { url } = await serveHttp((_request, response) => {
      response.setHeader('Last-Modified', 'Tue, 13 Jun 2000 12:10:00 GMT')
      response.end('x')
    })
    const path = join(folderForTest(), 'a', 'b', 'f')
    await trunkline(['-R', '--create-dirs', '--create-file-mode', '0700', '-o', path, url])
    const { mtimeMs, mode } = statSync(path)
    expect([mtimeMs, mode & 0o100]).toEqual([Date.UTC(2000, 5, 13, 12, 10), 0])
  })

  test('that a failure has left are removed with --remove-on-error, and kept without', async () => {
    const { url } = await serveTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'))
    })
    const files = new KeptFiles()
    expect((await trunkline(['-o', 'f', url], { files })).exitCode).toBe(18)
    expect(files.texts).toEqual({ f: 'part' })
    expect((await trunkline(['--remove-on-error', '-o', 'g', url], { files })).exitCode).toBe(18)
    expect(files.texts).toEqual({ f: 'part' })
  })

  test('hold nothing of a try that failed', async () => {
    const { url } = await serveTcp((socket, nth) => {
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${nth === 0 ? 'part' : 'whole'}`),
      )
    })
    const files = new KeptFiles()
    const run = await trunkline(
      ['--retry', '1', '--retry-delay', '0.001', '--retry-all-errors', '-o', 'f', url],
      { files },
    )
    expect([run.exitCode, files.texts]).toEqual([0, { f: 'whole' }])
    expect(run.stderr).toContain('Problem (retrying all errors). Retrying in 0.001 seconds. 1 retry')
  })
})

describe('heads', () => {
  test('of all URLs of an operation are in the file of -D, and those of the next one begin it anew', async () => {
    const { url } = await serveTcp((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 204 No\r\nA: 1\r\n\r\n'))
    })
    const files = new KeptFiles()
    const head = 'HTTP/1.1 204 No\r\nA: 1\r\n\r\n'
    await trunkline(['-D', 'h', url, url], { files })
    expect(files.texts).toEqual({ h: head + head })
    await trunkline(['-D', 'h', url, url, '--next', '-D', 'h', url], { files })
    expect(files.texts).toEqual({ h: head })
    expect((await trunkline(['-D', '-', '-o', 'f', url], { files })).stdout.toString()).toBe(head)
  })

  test('are followed by trailers, also those that curl has', async () => {
    const { url } = await serveTcp((socket) => {
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: late\r\n\r\n'),
      )
    })
    expect((await trunkline(['-i', url])).stdout.toString()).toBe(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nokT: late\r\n',
    )
  })
})

describe('one run', () => {
  test('has one memory: what one operation was told the next one says, and -c - prints it', async () => {
    const asked: (string | undefined)[] = []
    const { url } = await serveHttp((request, response) => {
      asked.push(request.headers.cookie)
      response.setHeader('Set-Cookie', 'a=1')
      response.end()
    })
    const { stdout } = await trunkline(['-b', '', url, '--next', url, '--next', '-c', '-', url])
    expect(asked).toEqual([undefined, undefined, 'a=1'])
    expect(stdout.toString()).toContain('\ta\t1\n')
  })

  test('ends at its first failure with --fail-early', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('x'))
    const { exitCode, stdout } = await trunkline(['-s', '--fail-early', url, 'foo://x/', url])
    expect([exitCode, stdout.toString()]).toEqual([1, 'x'])
  })

  test('keeps the body of a failure with --fail-with-body', async () => {
    const { url } = await serveHttp((_request, response) => void response.writeHead(404).end('why'))
    expect(await trunkline(['--fail-with-body', url])).toMatchObject({
      exitCode: 22,
      stdout: Buffer.from('why'),
      stderr: 'trunkline: (22) The requested URL returned error: 404\n',
    })
  })

  test('refuses to put what is no text on a terminal, unless it is told to', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('a\0b'))
    const terminal = Object.assign(new Kept(), { isTTY: true })
    const refused = await trunkline([url], { stdout: terminal })
    expect([refused.exitCode, terminal.bytes.length]).toEqual([23, 0])
    expect(refused.stderr).toMatch(/^Warning: Binary output can mess up your terminal/)
    expect((await trunkline(['-o', '-', url], { stdout: terminal })).exitCode).toBe(0)
    expect(terminal.bytes.toString()).toBe('a\0b')
  })

  test('is traced to a file, and summed up', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('body'))
    const files = new KeptFiles()
    const { stderr } = await trunkline(['--trace-ascii', 't', '--summary', `${url}/[1-3]`], { files })
    expect(files.texts['t']).toMatch(/=> Send header, \d+ bytes \(0x[\da-f]+\)\n0000: GET \/1 HTTP\/1.1\n/)
    expect(files.texts['t']).toContain('<= Recv data, 4 bytes (0x4)\n0000: body\n')
    expect(stderr).toMatch(
      /^Transfers: 3, 0 failed, 12 bytes in [\d.]+ ms\nConnections: 1 opened, reused by 2 of 3 transfers \(66.7%\)\n/,
    )
  })

  test('shows the progress of each transfer that goes to a file', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('body'))
    const { stderr } = await trunkline(['--progress-meter', '-o', 'f', url], { files: new KeptFiles() })
    expect(stderr).toMatch(/^ {2}% Total .*\n {33}Dload .*\n\r100 {5}4 {2}100 {5}4 {4}0 {5}0 .*\n$/)
  })
})

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
