/** Files in which state outlives the process, at a real file system: what went wrong elsewhere as they were written. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EasyOptions } from '@trunkline/core'
import { nodeEnvironment } from '@trunkline/core/node'
import { Easy } from '@trunkline/easy'

const { stateFiles } = nodeEnvironment()
const ENTRY = '.a.test "20390101 00:00:00"\n'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('CVE-2023-46219: a name that is too long for a second one beside it', () => {
  test.each([200, 240, 250, 254, 255])('of %i bytes does not cost the file its content', async (length) => {
    const path = join(folder, 'h'.repeat(length))
    writeFileSync(path, ENTRY)
    const isWritten = await stateFiles
      .update(path, (old) => `${old ?? ''}.b.test "20390101 00:00:00"\n`)
      .then(
        () => true,
        () => false,
      )
    // All of the new or all of the old, and nothing left over.
    expect(readFileSync(path, 'latin1')).toBe(isWritten ? `${ENTRY}.b.test "20390101 00:00:00"\n` : ENTRY)
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test('nor does one that no file can have', async () => {
    await expect(stateFiles.update(join(folder, 'h'.repeat(256)), () => ENTRY)).rejects.toMatchObject({
      code: 'WRITE_ERROR',
    })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a handle that is closed keeps what the file held', async () => {
    const path = join(folder, 'h'.repeat(250))
    writeFileSync(path, ENTRY)
    const easy = new Easy({ url: 'http://127.0.0.1:1/', hsts: path })
    await easy.perform().catch(() => undefined)
    await easy.close().catch(() => undefined)
    expect(readFileSync(path, 'latin1')).toContain('a.test')
  })
})

test('CVE-2023-23915: of what many save at once nothing is lost', async () => {
  const path = join(folder, 'hsts')
  const names = Array.from({ length: 20 }, (_, index) => `h${index}.test`)
  const handles = names.map((host) => {
    const hstsReadFunction = () => [{ host, includeSubDomains: false }]
    return new Easy({ url: 'http://127.0.0.1:1/', hsts: path, hstsReadFunction })
  })
  await Promise.all(handles.map((easy) => easy.perform().catch(() => undefined)))
  await Promise.all(handles.map((easy) => easy.close()))
  const saved = readFileSync(path, 'latin1')
  expect(names.filter((name) => !saved.includes(name))).toEqual([])
})

test('CVE-2023-46219: a file whose new content cannot be made stays as it is', async () => {
  const path = join(folder, 'hsts')
  writeFileSync(path, ENTRY)
  await expect(
    stateFiles.update(path, () => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(readFileSync(path, 'latin1')).toBe(ENTRY)
})

describe('CVE-2009-0037: a redirect does not lead to files of this machine', () => {
  const server = createServer((_, response) => {
    response.writeHead(307, { Location: `file://${join(folder, 'secret')}` }).end()
  })
  let url: string

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => void server.close())

  test.each<readonly [string, EasyOptions]>([
    ['by default', {}],
    ['where files may be asked for', { protocols: ['http', 'file'] }],
    [
      'where redirects may lead to them, and nothing else may',
      { protocols: ['http'], redirProtocols: ['file'] },
    ],
    ['to be written', { redirProtocols: ['file'], upload: true, body: 'changed' }],
  ])('%s', async (_name, options) => {
    writeFileSync(join(folder, 'secret'), 'secret')
    await using easy = new Easy({ url, followLocation: true, ...options })
    await expect(easy.perform()).rejects.toMatchObject({ code: 'UNSUPPORTED_PROTOCOL' })
    expect(readFileSync(join(folder, 'secret'), 'latin1')).toBe('secret')
  })
})

test('CVE-2017-1000099: of a file whose head alone is wanted nothing else comes', async () => {
  const path = join(folder, 'document')
  writeFileSync(path, 'the content')
  const told: string[] = []
  await using easy = new Easy({
    url: `file://${path}`,
    noBody: true,
    headerFunction: ({ raw }) => void told.push(raw!),
    writeFunction: (bytes) => void told.push(Buffer.from(bytes).toString()),
  })
  await easy.perform()
  expect(told.join('')).toMatch(
    /^Content-Length: 11\r\nAccept-ranges: bytes\r\nLast-Modified: [\w, :]+ GMT\r\n$/,
  )
})
