/** Forms over real sockets, with real files, read back by parsers that nobody here wrote: Node's (undici) and Python's. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer as createH2Server } from 'node:http2'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { EasyOptions, MimePart } from '@trunkline/core'
import { Easy } from '@trunkline/easy'
import { serveHttp } from '../support/loopback.ts'
import { tenMegabytes } from '../support/servers/documents.ts'

interface Received {
  readonly type: string
  readonly length: string | undefined
  readonly body: Buffer
  readonly trailers: Record<string, unknown>
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-forms-'))
  writeFileSync(join(folder, 'large'), tenMegabytes())
  writeFileSync(join(folder, 'page.html'), '<p>')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Posts to servers of node:http and node:http2, and answers what each got. */
async function received(options: EasyOptions): Promise<Received[]> {
  const all: Received[] = []
  const { url } = await serveHttp((request: IncomingMessage, response) => {
    void buffer(request).then((body) => {
      const { 'content-type': type = '', 'content-length': length } = request.headers
      all.push({ type, length, body, trailers: request.trailers })
      response.end('ok')
    })
  })
  const h2 = createH2Server()
  h2.on('stream', (stream, headers) => {
    let trailers = {}
    stream.on('trailers', (fields) => (trailers = Object.fromEntries(Object.entries(fields))))
    void buffer(stream).then((body) => {
      all.push({ type: headers['content-type'] ?? '', length: headers['content-length'], body, trailers })
      stream.respond()
      stream.end('ok')
    })
  })
  await once(h2.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void h2.close())
  await using easy = new Easy(options)
  await easy.set({ url }).perform()
  const h2Url = `http://127.0.0.1:${(h2.address() as AddressInfo).port}/`
  await easy.set({ url: h2Url, httpVersion: '2-prior-knowledge' }).perform()
  expect(all).toHaveLength(2)
  return all
}

const NAMES = ['plain', 'h\u00e9 \u4f60', 'quote"s', 'line\r\nend', 'back\\slash', '']

const parts = (): MimePart[] => [
  ...NAMES.map((name, index) => ({ name, data: `value ${index} \u00e9` })),
  { name: 'large', file: join(folder, 'large') },
  { name: 'page', file: join(folder, 'page.html'), filename: 'oth"er.html' },
  { name: 'bytes', data: Uint8Array.of(0, 13, 10, 255), filename: 'b' },
  { name: 'made', stream: () => ['so', 'me'], filename: 's.txt' },
]

describe('a form', () => {
  test("is read by Node's Response.formData()", async () => {
    for (const { type, body, length } of await received({ mimePost: parts() })) {
      expect(length).toBeUndefined()
      const form = await new Response(body, { headers: { 'Content-Type': type } }).formData()
      expect(NAMES.map((name) => form.get(name))).toEqual(
        NAMES.map((_name, index) => `value ${index} \u00e9`),
      )
      const files = await Promise.all(
        ['large', 'page', 'bytes', 'made'].map(async (name) => {
          const file = form.get(name) as File
          return { name: file.name, type: file.type, bytes: Buffer.from(await file.arrayBuffer()) }
        }),
      )
      expect(files.map(({ name, type: told }) => [name, told])).toEqual([
        ['large', 'application/octet-stream'],
        ['oth"er.html', 'text/html'],
        ['b', expect.any(String)],
        ['s.txt', 'text/plain'],
      ])
      expect(Buffer.compare(files[0]!.bytes, tenMegabytes())).toBe(0)
      expect(files.slice(1).map(({ bytes }) => bytes.toString('latin1'))).toEqual([
        '<p>',
        '\0\r\n\xff',
        'some',
      ])
    }
  })

  test('of the web is read by it, too, and its length is announced', async () => {
    const body = new FormData()
    body.append('a"', 'x\r\ny')
    body.append('file', new Blob([tenMegabytes()], { type: 'a/b' }), 'f.bin')
    for (const { type, body: bytes, length } of await received({ body })) {
      expect(length).toBe(String(bytes.length))
      const form = await new Response(bytes, { headers: { 'Content-Type': type } }).formData()
      expect([form.get('a"'), (form.get('file') as File).size]).toEqual(['x\r\ny', tenMegabytes().length])
    }
  })

  const hasPython = spawnSync('python3', ['-c', 'import email']).status === 0
  test.runIf(hasPython)("is read by Python's email package, nested and encoded", async () => {
    const mimePost: MimePart[] = [
      { name: 'text', data: 'h\u00e9llo' },
      { name: 'base64', file: join(folder, 'page.html'), encoder: 'base64' },
      { name: 'long', data: 'y'.repeat(1_000), encoder: 'base64' },
      { name: 'printable', data: 'a=b \r\n\u00e9 \t\r\nend ', encoder: 'quoted-printable' },
      {
        name: 'both',
        parts: [
          { file: join(folder, 'page.html') },
          { data: 'inner', headers: ['X-Own: 1'], contentType: 'a/b' },
        ],
      },
    ]
    for (const { type, body } of await received({ mimePost })) {
      expect(readByPython(type, body)).toEqual([
        ['text', null, 'text/plain', 'h\u00e9llo'],
        ['base64', 'page.html', 'text/html', '<p>'],
        ['long', null, 'text/plain', 'y'.repeat(1_000)],
        ['printable', null, 'text/plain', 'a=b \r\n\u00e9 \t\r\nend '],
        [null, 'page.html', 'text/html', '<p>'],
        [null, null, 'a/b', 'inner'],
      ])
    }
  })
})

/** Name, file name, type and text of each part that holds no others. */
function readByPython(type: string, body: Buffer): unknown {
  const program = `
import sys, json, email, email.policy
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.HTTP)
print(json.dumps([[
  part.get_param('name', header='content-disposition'),
  part.get_filename(),
  part.get_content_type(),
  part.get_payload(decode=True).decode(),
] for part in message.walk() if not part.is_multipart()]))
assert not any(part.defects for part in message.walk())`
  const { stdout, stderr, status } = spawnSync('python3', ['-c', program], {
    input: Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n\r\n`), body]),
  })
  if (status !== 0) throw new Error(stderr.toString())
  return JSON.parse(stdout.toString())
}

test('trailers are read by node:http and node:http2', async () => {
  let calls = 0
  const trailers = (): Record<string, string> => ({ 'X-Sum': `sum ${++calls}`, 'X-More': 'm' })
  const [h1, h2] = await received({ body: 'abc', headers: { Trailer: 'X-Sum' }, trailers })
  expect([h1!.body.toString(), h1!.trailers]).toEqual(['abc', { 'x-sum': 'sum 1', 'x-more': 'm' }])
  expect([h2!.body.toString(), h2!.trailers]).toEqual(['abc', { 'x-sum': 'sum 2', 'x-more': 'm' }])
})

test('a real file that is not there, or is a folder, is told of before anything is sent', async () => {
  const { url, connections } = await serveHttp((_request, response) => response.end('ok'))
  await using easy = new Easy({ url })
  for (const [file, system] of [
    [join(folder, 'gone'), 'ENOENT'],
    [folder, 'EISDIR'],
  ] as const) {
    await expect(easy.set({ mimePost: [{ file }] }).perform()).rejects.toMatchObject({
      code: 'READ_ERROR',
      details: { path: file, system },
      message: expect.stringContaining(file),
    })
  }
  expect(connections()).toBe(0)
  expect((await easy.set({ mimePost: [{ file: join(folder, 'page.html') }] }).perform()).status).toBe(200)
})

test('a pipe is sent in chunks', async () => {
  const { url } = await serveHttp((request: IncomingMessage, response) => {
    void buffer(request).then((body) =>
      response.end(`${request.headers['transfer-encoding']} ${body.toString()}`),
    )
  })
  const pipe = join(folder, 'pipe')
  expect(spawnSync('sh', ['-c', 'mkfifo "$0"', pipe]).status).toBe(0)
  await using easy = new Easy({ url, body: { file: pipe }, upload: true, headers: ['Expect:'] })
  const run = easy.perform()
  // Opening it waits for the reader, and must not do so in this thread.
  await writeFile(pipe, 'through a pipe')
  expect((await run).text()).toBe('chunked through a pipe')
})
