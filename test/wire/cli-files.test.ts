/** `file:` URLs by the command, over real files, beside what curl makes of the same. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stdinOf, trunkline } from '../support/command-line.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0
if (!hasCurl) console.log('curl is not installed: what it makes of file URLs is not compared.')
let folder: string
let url: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-file-urls-'))
  url = `file://${folder}`
  writeFileSync(join(folder, 'f.txt'), 'hello world\n')
  utimesSync(join(folder, 'f.txt'), 1e9, 1e9)
  writeFileSync(join(folder, 'a b\u00e4.txt'), 'named\n')
  mkdirSync(join(folder, 'd'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function at(name: string): string {
  return join(folder, name)
}

function text(name: string): string {
  return readFileSync(at(name), 'latin1')
}

describe.runIf(hasCurl)('as curl:', () => {
  test.each<readonly [string, readonly string[]]>([
    ['whole', ['URL/f.txt']],
    ['with its head', ['-i', 'URL/f.txt']],
    ['its head alone', ['-I', 'URL/f.txt']],
    ['a part', ['-r', '2-4', 'URL/f.txt']],
    ['a part and the head', ['-i', '-r', '6-', 'URL/f.txt']],
    ['its last bytes', ['-r', '-4', 'URL/f.txt']],
    ['from a byte on', ['-C', '6', 'URL/f.txt']],
    ['from its end on', ['-C', '12', 'URL/f.txt']],
    ['from behind its end on', ['-C', '13', 'URL/f.txt']],
    ['a part behind its end', ['-r', '20-', 'URL/f.txt']],
    ['a part the wrong way round', ['-r', '5-2', 'URL/f.txt']],
    ['what is not there', ['URL/nowhere']],
    ['a name with escapes', ['URL/a%20b%c3%a4.txt']],
    ['a name with NUL', ['URL/f.txt%00']],
    ['another machine', ['file://elsewhere.test/f.txt']],
    ['with a user', ['file://u:p@localhost/f.txt']],
    ['with a query', ['URL/f.txt?x#y']],
    ['a glob', ['URL/f.[t-t]xt']],
    ['two of them', ['URL/f.txt', 'URL/nowhere', 'URL/f.txt']],
    ['data', ['-d', 'x=y', 'URL/f.txt']],
    ['a method', ['-X', 'PUT', 'URL/f.txt']],
    ['through a proxy', ['-x', 'http://127.0.0.1:1', 'URL/f.txt']],
    ['newer', ['-z', '1 Jan 2000', 'URL/f.txt']],
    ['not newer', ['-i', '-z', '1 Jan 2010', '-w', '%{http_code}', 'URL/f.txt']],
    ['what is known', ['-w', '%{http_code} %{size_download} %{url_effective} %{num_connects}', 'URL/f.txt']],
    ['not allowed', ['--proto', '=http', 'URL/f.txt']],
    ['up', ['-T', 'FOLDER/f.txt', 'URL/up.txt']],
    ['up into a folder', ['-T', 'FOLDER/f.txt', 'URL/d/']],
    ['up onto a folder', ['-T', 'FOLDER/f.txt', 'URL/d']],
    ['up to where nothing is', ['-T', 'FOLDER/f.txt', 'URL/nowhere/up.txt']],
    ['up from a byte on', ['-C', '6', '-T', 'FOLDER/f.txt', 'URL/a%20b%c3%a4.txt']],
    ['the rest up', ['-C', '-', '-T', 'FOLDER/f.txt', 'URL/a%20b%c3%a4.txt']],
    ['up and counted', ['-w', '%{size_upload} %{http_code}', '-T', 'FOLDER/f.txt', 'URL/up.txt']],
    ['up with a mode', ['--create-file-mode', '600', '-T', 'FOLDER/f.txt', 'URL/up.txt']],
  ])('%s', async (_name, argv) => {
    const run = argv.map((word) => word.replace('URL', url).replace('FOLDER', folder))
    const name = 'a b\u00e4.txt'
    const left = (): unknown[] =>
      ['up.txt', 'd/f.txt', name].map((path) => {
        try {
          return [text(path), statSync(at(path)).mode & 0o777]
        } catch {
          return undefined
        }
      })
    const theirs = spawnSync('curl', ['-q', '-sS', ...run])
    const theirFiles = left()
    rmSync(at('up.txt'), { force: true })
    rmSync(at('d/f.txt'), { force: true })
    writeFileSync(at(name), 'named\n')
    const ours = await trunkline(['-q', '-sS', ...run])
    expect([ours.exitCode, ours.stdout.toString(), left()]).toEqual([
      theirs.status,
      theirs.stdout.toString(),
      theirFiles,
    ])
  })
})

test('of a folder come the names in it', async () => {
  writeFileSync(at('.hidden'), '')
  const { exitCode, stdout } = await trunkline(['-l', url])
  expect([exitCode, stdout.toString()]).toEqual([0, 'a b\u00e4.txt\nd\nf.txt\n'])
  const { stdout: head } = await trunkline(['-I', `${url}/d`])
  expect(head.toString()).toMatch(/^Last-Modified: [\w, :]+ GMT\r\n$/)
})

test('standard input goes into a file, and a time comes out of one', async () => {
  expect((await trunkline(['-T', '-', `${url}/in.txt`], { stdin: stdinOf('typed') })).exitCode).toBe(0)
  expect(text('in.txt')).toBe('typed')
  expect((await trunkline(['-R', '-o', at('out.txt'), `${url}/f.txt`])).exitCode).toBe(0)
  expect([text('out.txt'), statSync(at('out.txt')).mtimeMs]).toEqual(['hello world\n', 1e12])
})

test('what the system calls empty is read, and what never ends is ended', async () => {
  const { stdout } = await trunkline(['file:///proc/self/status'])
  expect(stdout.toString()).toContain('\nPid:')
  const endless = await trunkline(['--max-filesize', '300000', 'file:///dev/zero'])
  expect(endless.exitCode).toBe(63)
})
