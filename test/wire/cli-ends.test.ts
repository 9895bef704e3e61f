/** Bad input and bad ends, with the real process: messages, exit codes, and what is left behind. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildCommand, type BuiltCommand } from '../support/built-command.ts'
import { serveHttp } from '../support/loopback.ts'

const hasCurl = spawnSync('curl', ['-V']).status === 0
if (!hasCurl) console.log('curl is not installed: ends are not compared with it')
const hasFullDevice = existsSync('/dev/full')

let built: BuiltCommand
beforeAll(async () => void (built = await buildCommand()), 60_000)
afterAll(() => built.remove())

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command of the shell, in which `"$@"` is the command, in a folder of its own. */
async function shell(script: string, args: readonly string[], cwd: string, command = ours()): Promise<Ended> {
  const child = spawn('bash', ['-c', script, 'bash', ...command, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => (stdout += String(text)))
  child.stderr.on('data', (text) => (stderr += String(text)))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr }
}

function ours(): string[] {
  return [process.execPath, built.program.replace(/trunkline\.js$/, 'curl.js')]
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** `/part`: a body that is cut off; `/never`: half of one, and no more; else whole. */
async function serve() {
  let reached: (() => void) | undefined
  const half = new Promise<void>((resolve) => (reached = resolve))
  const { url } = await serveHttp((request, response) => {
    if (request.url === '/part') {
      response.writeHead(200, { 'content-length': 10 })
      response.write('abc', () => response.socket!.end())
    } else if (request.url!.startsWith('/never')) {
      response.writeHead(200, { 'content-length': 10 })
      response.write('abc', () => reached!())
    } else response.end('x'.repeat(request.url === '/big' ? 4_000_000 : 3))
  })
  return { url, half }
}

/** What is wrong, where, and a mark below it. */
const BAD_GLOB = expect.stringMatching(/^curl: \(3\) .* position \d+:\nhttp:.*\n +\^\n$/) as string

describe('a bad command line ends with 2, and a line that says what is wrong', () => {
  const HINT = "curl: try 'curl --help' or 'curl --manual' for more information\n"
  test.each<readonly [string, readonly string[], number, string]>([
    ['an unknown flag', ['--foo', 'u'], 2, `curl: option --foo: is unknown\n${HINT}`],
    ['an unknown letter', ['-sSé', 'u'], 2, `curl: option -sSé: is unknown\n${HINT}`],
    ['a missing value', ['u', '-o'], 2, `curl: option -o: requires parameter\n${HINT}`],
    [
      'a value that is no number',
      ['-m', 'abc', 'u'],
      2,
      `curl: option -m: expected a proper numerical parameter\n${HINT}`,
    ],
    [
      'a flag of another protocol',
      ['--ftp-pasv', 'u'],
      2,
      `curl: option --ftp-pasv: FTP is not supported\n${HINT}`,
    ],
    ['no URL', ['-s'], 2, `curl: (2) no URL specified\n${HINT}`],
    [
      'a config file that is not there',
      ['-K', 'none'],
      26,
      `curl: cannot read config from 'none'\ncurl: option -K: error encountered when reading a file\n${HINT}`,
    ],
    [
      'a config line that is none',
      ['-K', 'config'],
      2,
      `curl: option -K: found an unknown config option\n${HINT}`,
    ],
    [
      'data that is not there',
      ['-d', '@none', 'http://127.0.0.1:1/'],
      26,
      `curl: Failed to open none\ncurl: option -d: error encountered when reading a file\n${HINT}`,
    ],
    ['a glob without end', ['http://127.0.0.1:1/{a,b'], 3, BAD_GLOB],
    ['a range without end', ['http://127.0.0.1:1/[1-'], 3, BAD_GLOB],
    ['a range that goes down', ['http://127.0.0.1:1/[9-1]'], 3, BAD_GLOB],
    [
      'a progress that is none',
      ['--progress', 'nice', 'u'],
      2,
      `curl: option --progress: knows meter, bar, multi and none, not nice\n${HINT}`,
    ],
  ])('%s', async (_case, args, code, message) => {
    const path = folder()
    writeFileSync(join(path, 'config'), 'silent\nfrobnicate\n')
    const end = await shell('"$@"', args, path)
    expect([end.code, end.stdout]).toEqual([code, ''])
    expect(end.stderr).toEqual(message)
    // Nothing was made but what was there.
    expect(readdirSync(path)).toEqual(['config'])
  })
})

describe('an output that cannot be written ends with 23', () => {
  test('a reader that has gone, without a word', async () => {
    const { url } = await serve()
    const end = await shell('"$@" | head -c1; exit ${PIPESTATUS[0]}', ['-sS', `${url}/big`], folder())
    expect(end).toEqual({ code: 23, signal: null, stdout: 'x', stderr: '' })
  })

  test.runIf(hasFullDevice).each([
    ['a file on a full disk', '"$@" -o /dev/full'],
    ['standard output on a full disk', '"$@" >/dev/full'],
    ['heads on a full disk', '"$@" -D /dev/full -o /dev/null'],
  ])('%s', async (_case, script) => {
    const { url } = await serve()
    expect(await shell(script, ['-sS', url], folder())).toMatchObject({
      code: 23,
      stderr: expect.stringMatching(
        /^curl: \(23\) (?:Failure writing output to destination|client returned ERROR on write of 3 bytes): No space left on device\n$/,
      ),
    })
  })

  test('a folder that is not there', async () => {
    const { url } = await serve()
    expect(await shell('"$@"', ['-s', '-S', '-o', 'none/f', url], folder())).toMatchObject({
      code: 23,
      stderr: 'curl: (23) client returned ERROR on write of 3 bytes: No such file or directory\n',
    })
    expect(await shell('"$@"', ['--no-progress-meter', '-o', 'none/f', url], folder())).toMatchObject({
      code: 23,
      stderr:
        'Warning: Failed to open the file none/f: No such file or directory\n' +
        'curl: (23) client returned ERROR on write of 3 bytes: No such file or directory\n',
    })
  })
})

describe('standard error that takes nothing changes nothing', () => {
  test.each([
    ['closed', '"$@" 2>&-'],
    ...(hasFullDevice ? [['full', '"$@" 2>/dev/full']] : []),
    ['without a reader', '"$@" 2> >(exec true)'],
  ])('%s', async (_case, script) => {
    const { url } = await serve()
    expect(await shell(script!, ['-v', url], folder())).toMatchObject({ code: 0, stdout: 'xxx' })
  })
})

describe('a transfer that fails', () => {
  test.each<readonly [string, readonly string[], Record<string, string>]>([
    ['keeps the part that came', [], { f: 'abc', old: 'old' }],
    ['leaves nothing with --remove-on-error', ['--remove-on-error'], { old: 'old' }],
  ])('%s', async (_case, flags, left) => {
    const { url } = await serve()
    const path = folder()
    writeFileSync(join(path, 'old'), 'old')
    // A file of which nothing was written is left alone.
    const args = ['-s', ...flags, '-o', 'f', `${url}/part`, '-o', 'old', 'http://127.0.0.1:1/']
    expect((await shell('"$@"', args, path)).code).toBe(7)
    expect(filesOf(path)).toEqual(left)
  })

  test('lets finished files be', async () => {
    const { url } = await serve()
    const path = folder()
    const end = await shell('"$@"', ['-s', '--fail-early', '-o', '#1', `${url}/{a,part,c}`], path)
    expect([end.code, filesOf(path)]).toEqual([18, { a: 'xxx', part: 'abc' }])
  })
})

describe('a signal', () => {
  test.each([
    ['SIGINT', 130, null],
    ['SIGTERM', null, 'SIGTERM'],
  ] as const)(
    '%s ends the command; what is finished stays, and so does the part that came',
    async (name, code, signal) => {
      const { url, half } = await serve()
      const path = folder()
      const [program, ...args] = ours()
      const flags = ['--remove-on-error', '-Z', '--progress', 'multi', '-o', '#1', `${url}/{a,never}`]
      const child = spawn(program!, [...args, ...flags], { cwd: path, stdio: ['ignore', 'pipe', 'pipe'] })
      await half
      await until(() => filesOf(path)['a'] === 'xxx' && filesOf(path)['never'] === 'abc')
      child.kill(name)
      expect(await once(child, 'exit')).toEqual([code, signal])
      expect(filesOf(path)).toEqual({ a: 'xxx', never: 'abc' })
    },
  )

  test('a second SIGINT ends it, though the first one was heeded', async () => {
    const { url, half } = await serve()
    const [program, ...args] = ours()
    const child = spawn(program!, [...args, '-s', `${url}/never`], { stdio: ['ignore', 'pipe', 'pipe'] })
    await half
    child.kill('SIGINT')
    child.kill('SIGINT')
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    expect(code === 130 || signal === 'SIGINT').toBe(true)
  })
})

describe.runIf(hasCurl)('curl ends the same', () => {
  test.each<readonly [string, readonly string[]]>([
    ['"$@"', ['--foo', 'URL']],
    ['"$@"', ['-o']],
    ['"$@"', ['-sSo']],
    ['"$@"', ['-sS', '-m', 'abc', 'URL']],
    ['"$@" -o /dev/full', ['-s', 'URL']],
    ['"$@" > /dev/full', ['-s', 'URL']],
    ['"$@" -w xx -o f > /dev/full', ['-s', 'URL']],
    ['"$@" 2>&-', ['URL']],
    ['"$@" | head -c1; exit ${PIPESTATUS[0]}', ['-s', 'URL/big']],
    ['"$@"', ['-s', '-o', 'f', 'URL/part']],
    ['"$@"', ['-s', '--remove-on-error', '-o', 'f', 'URL/part']],
    ['"$@"', ['-s', '--remove-on-error', '-o', 'old', 'http://127.0.0.1:1/']],
    ['"$@"', ['-s', '--remove-on-error', '-f', '-o', 'old', 'URL/part']],
    ['"$@"', ['-s', '-o', 'none/f', 'URL']],
    ['"$@"', ['-s', '-o', '.', 'URL']],
    ['"$@"', ['-s', '-T', 'none', 'URL']],
    ['"$@"', ['-s', '-F', 'a=@none', 'URL']],
    ['"$@"', ['-s', '-b', 'none', 'URL']],
    ['"$@"', ['-s', '-c', 'none/x', 'URL']],
    ['"$@"', ['-s', 'URL/{a']],
    ['"$@"', ['-s', 'URL/[9-1]']],
  ])('%s %j', async (script, args) => {
    const { url } = await serve()
    const run = async (command: string[]) => {
      const path = folder()
      writeFileSync(join(path, 'old'), 'old')
      const given = args.map((arg) => arg.replace('URL', url))
      const { code, signal, stderr, stdout } = await shell(script, given, path, command)
      return { code, signal, stdout, files: filesOf(path), stderr: args.includes('-s') ? '' : stderr }
    }
    const theirs = await run(['curl'])
    expect(await run(ours())).toEqual(theirs)
  })
})

function filesOf(path: string): Record<string, string> {
  return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]))
}

/** Looks again and again; what it waits for is about to happen. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
