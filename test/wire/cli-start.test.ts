/** The command as a process, the way it is published: one file to start with, and what it needs later beside it. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DULL, ZSTD_DULL } from '../support/coded-bodies.ts'
import { buildCommand, type BuiltCommand } from '../support/built-command.ts'
import { serveHttp } from '../support/loopback.ts'

interface Ended {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

let command: BuiltCommand
beforeAll(async () => {
  command = await buildCommand()
  // It only ends a hang, as everywhere.
}, 60_000)
afterAll(() => command.remove())

describe('the entries', () => {
  test('bin/trunkline.js is the command, bin/curl.js the same as curl', async () => {
    expect((await run(command.program, ['-V'])).stdout).toMatch(
      /^trunkline \d+\.\d+\.\d+ \(.*\) curl\/8\.22\.0\n/,
    )
    expect((await run(join(command.folder, 'bin/curl.js'), ['-V'])).stdout).toMatch(
      /^curl 8\.22\.0 \(.*\) libcurl\/8\.22\.0 trunkline\//,
    )
  })

  test('a link named curl makes it answer as curl', async () => {
    const link = join(command.folder, 'curl')
    symlinkSync(command.program, link)
    const agents: (string | undefined)[] = []
    const { url } = await serveHttp((request, response) => {
      agents.push(request.headers['user-agent'])
      response.end()
    })
    expect((await run(link, ['-V'])).stdout).toMatch(/^curl 8\.22\.0 /)
    await run(link, ['-s', url])
    expect(agents).toEqual(['curl/8.22.0'])
  })

  test('say what is to be done where nothing is built', async () => {
    const folder = join(command.folder, 'checkout')
    cpSync(join(command.folder, 'bin'), join(folder, 'bin'), { recursive: true })
    const { exitCode, stdout, stderr } = await run(join(folder, 'bin/trunkline.js'), ['-V'])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('npm run build')
  })
})

describe('what is loaded', () => {
  test('is inside: nothing but Node has to be there', () => {
    const folder = join(command.folder, 'dist/command')
    const files = readdirSync(folder).filter((name) => name.endsWith('.cjs'))
    const wanted = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)].map(
        ([, path]) => path!,
      ),
    )
    const outside = wanted.filter(
      (path) =>
        !builtinModules.includes(path.replace('node:', '')) && !files.includes(path.replace('./', '')),
    )
    expect(outside).toEqual([])
    expect(wanted).toContain('node:tls')
  })

  test('before a transfer is the first file alone', async () => {
    const folder = join(command.folder, 'first-alone')
    cpSync(join(command.folder, 'bin'), join(folder, 'bin'), { recursive: true })
    mkdirSync(join(folder, 'dist/command'), { recursive: true })
    cpSync(join(command.folder, 'dist/command/main.cjs'), join(folder, 'dist/command/main.cjs'))
    const program = join(folder, 'bin/trunkline.js')
    expect(await run(program, ['-V'])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await run(program, ['--help', 'all'])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await run(program, ['--no-such-flag'])).toMatchObject({ exitCode: 2 })
    // What tells the assertions above from a folder that has everything.
    expect((await run(program, ['-s', 'http://127.0.0.1:1/'])).stderr).toContain('run-command.cjs')
  })

  test('brings the Public Suffix List along', async () => {
    const cookies: (string | undefined)[] = []
    const { url } = await serveHttp((request, response) => {
      cookies.push(request.headers.cookie)
      response.setHeader('set-cookie', ['a=1; domain=co.uk', 'b=2; domain=shop.co.uk'])
      response.end()
    })
    const { port } = new URL(url)
    const at = (path: string): string => `http://www.shop.co.uk:${port}/${path}`
    const resolve = ['--resolve', `www.shop.co.uk:${port}:127.0.0.1`]
    const { exitCode } = await run(command.program, ['-s', '-b', '', ...resolve, at('1'), at('2')])
    expect([exitCode, cookies]).toEqual([0, [undefined, 'b=2']])
  })

  test('brings a decoder for zstd along', async () => {
    const { url } = await serveHttp((_request, response) => {
      response.setHeader('content-encoding', 'zstd')
      response.end(ZSTD_DULL)
    })
    const { exitCode, stdout } = await run(command.program, ['-s', '--compressed', url])
    expect([exitCode, stdout]).toEqual([0, DULL.toString()])
  })

  test('keeps its names, for whoever reads a stack trace', () => {
    const engine = readFileSync(join(command.folder, 'dist/command/run-command.cjs'), 'utf8')
    const names = [
      /^\/\/ packages\/core\/src\/pool\/pool\.ts$/m,
      /\bTransfer = class\b/,
      /\bfunction planRequest\b/,
    ]
    expect(names.filter((name) => !name.test(engine))).toEqual([])
    expect(engine.split('\n').length).toBeGreaterThan(10_000)
  })

  test('and its licences come with it', () => {
    const text = readFileSync(join(command.folder, 'dist/command/LICENSES.txt'), 'utf8')
    for (const name of ['eventemitter3', 'fzstd', 'p-queue', 'tldts', 'tldts-core'])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'))
  })
})

function run(program: string, argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, HOME: command.folder, NODE_COMPILE_CACHE: join(command.folder, 'compiled') }
    const child = execFile(process.execPath, [program, ...argv], { env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr })
    })
    child.stdin?.end()
  })
}
