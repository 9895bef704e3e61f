/** What a person at a terminal sees: the command in a pseudo-terminal. */
import { spawnSync } from 'node:child_process'
import { readFileSync, mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { buildCommand, type BuiltCommand } from '../support/built-command.ts'
import { serveHttp } from '../support/loopback.ts'
import { hasPty, screenOf, TerminalProcess, type TerminalWish } from '../support/pty.ts'

const hasTerminal = hasPty()
const hasCurl = spawnSync('curl', ['-V']).status === 0
if (!hasTerminal) console.log('python3 is not installed: tests in a terminal are skipped')

let built: BuiltCommand
beforeAll(async () => void (built = await buildCommand()), 60_000)
afterAll(() => built.remove())

function inTerminal(args: readonly string[], wish: TerminalWish = {}): TerminalProcess {
  return new TerminalProcess([process.execPath, built.program, ...args], wish)
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** Half of each body comes at once, the other half when told. */
async function serveHalves(): Promise<{ readonly url: string; finish(path?: string): void }> {
  const waiting = new Map<string, ServerResponse>()
  const { url } = await serveHttp((request, response) => {
    response.writeHead(200, { 'content-length': 2_000 })
    response.write('x'.repeat(1_000))
    waiting.set(request.url!, response)
  })
  return {
    url,
    finish(path) {
      for (const [of, response] of waiting)
        if (path === undefined || path === of) response.end('y'.repeat(1_000))
    },
  }
}

describe.runIf(hasTerminal)('the meters in a terminal', () => {
  test('-o shows the meter, over itself, and the last row stays', async () => {
    const { url, finish } = await serveHalves()
    const path = join(folder(), 'f')
    const run = inTerminal(['-o', path, `${url}/a`])
    await run.shows(/\r 50 +2000 +50 +1000 .*0:00:0\d/)
    finish()
    const { output, exitCode } = await run.end()
    const screen = screenOf(output)
    expect([exitCode, screen.length]).toEqual([0, 4])
    expect(screen[0]).toBe('  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current')
    expect(screen[2]).toMatch(/^100 {2}2000 {2}100 {2}2000 /)
    expect(readFileSync(path)).toHaveLength(2_000)
  })

  test('-# shows a bar as wide as the terminal', async () => {
    const { url, finish } = await serveHalves()
    const run = inTerminal(['-#', '-o', '/dev/null', `${url}/a`], { columns: 47 })
    await run.shows(/\r#{20} {20} +50.0%/)
    finish()
    expect(screenOf((await run.end()).output, 47)).toEqual([`${'#'.repeat(40)} 100.0%`, ''])
  })

  test.each([['-o'], ['-#']])('no meter is shown when the body goes to the terminal (%s)', async (flag) => {
    const { url } = await serveHttp((_request, response) => void response.end('hello\n'))
    const run = inTerminal(flag === '-#' ? ['-#', url] : [url])
    expect(await run.end()).toEqual({ exitCode: 0, echoes: true, output: 'hello\r\n' })
  })

  test('binary output is refused with a warning, and not when it is asked for by name', async () => {
    const { url } = await serveHttp((_request, response) => void response.end('a\0b\n'))
    const { exitCode, output } = await inTerminal([url]).end()
    expect(exitCode).toBe(23)
    expect(output).toMatch(/^(Warning: .*\r\n)+$/)
    expect(output.replaceAll(/Warning: |\r\n/g, '')).toBe(
      'Binary output can mess up your terminal. Use "--output -" to tell curl to output it to your terminal anyway, or consider "--output <FILE>" to save to a file.',
    )
    expect(await inTerminal(['-o', '-', url]).end()).toMatchObject({ exitCode: 0, output: 'a\0b\r\n' })
  })

  test('what is refused as binary does not keep the next URL from the terminal', async () => {
    const { url } = await serveHttp(
      (request, response) => void response.end(request.url === '/b' ? '\0' : 'text\n'),
    )
    expect(await inTerminal(['-s', `${url}/b`, `${url}/t`]).end()).toMatchObject({
      exitCode: 0,
      output: 'text\r\n',
    })
  })

  test
    .runIf(hasCurl)
    .each([
      [['-i']],
      [['-I']],
      [['-i', '--no-styled-output']],
      [['-i', '-o', '-']],
      [['-i', '-o', '/dev/tty', '-s']],
      [['-D', '-']],
      [['-i', '/bad']],
      [['-s', '/binary']],
      [['-sS', '/binary']],
      [['-sS', '/binary', '/t']],
      [['-s', '-o', '-', '/binary']],
    ])('curl shows the same with %j', async (args) => {
    const { url } = await serveHttp((request, response) => {
      response.sendDate = false
      response.setHeader('Location', request.url === '/bad' ? 'mailto:x' : '../x y')
      response.end(request.url === '/binary' ? 'a\0b\n' : 'hello\n')
    })
    const flags = args.map((arg) => (arg.startsWith('/') && !arg.startsWith('/dev') ? url + arg : arg))
    if (flags.every((flag) => !flag.startsWith('http'))) flags.push(`${url}/t`)
    const theirs = await new TerminalProcess(['curl', ...flags]).end()
    expect(await inTerminal(flags).end()).toEqual(theirs)
  })
})

describe.runIf(hasTerminal)('--progress multi in a terminal', () => {
  test('has a row for each transfer, one for all and one for the connections, in place', async () => {
    const { url, finish } = await serveHalves()
    const run = inTerminal([
      '-Z',
      '--progress',
      'multi',
      '-o',
      '/dev/null',
      '-o',
      '/dev/null',
      `${url}/a`,
      `${url}/b`,
    ])
    await run.shows(/2 open, 2 busy, 0 idle, reused 0 of 2/)
    const during = screenOf(run.output)
    expect(during.slice(0, 2).toSorted()).toEqual([
      expect.stringMatching(new RegExp(`^ 50% {2}1000 .* ${url}/a$`)),
      expect.stringMatching(new RegExp(`^ 50% {2}1000 .* ${url}/b$`)),
    ])
    expect(during.slice(2)).toEqual([
      expect.stringMatching(/^0 done, 2 running; 2000 bytes, /),
      '2 open, 2 busy, 0 idle, reused 0 of 2',
      '',
    ])
    finish('/a')
    await run.shows(/1 done, 1 running; /)
    finish('/b')
    const { exitCode, output } = await run.end()
    expect([exitCode, screenOf(output)]).toEqual([
      0,
      [
        expect.stringMatching(/^2 done; 4000 bytes, /),
        expect.stringMatching(/^2 open, .*reused 0 of 2$/),
        '',
      ],
    ])
  })

  test('fits the window, also when that changes', async () => {
    const { url, finish } = await serveHalves()
    const run = inTerminal(
      ['-Z', '--progress', 'multi', '-o', '/dev/null', `${url}/${'long'.repeat(40)}[1-9]`].flatMap((flag) =>
        flag === '-o' ? ['-o'] : [flag],
      ),
      {
        columns: 60,
        rows: 8,
      },
    )
    await run.shows(/\.\.\. and 5 more[^]*9 open, 9 busy/)
    for (const line of screenOf(run.output, 60)) expect(line.length).toBeLessThan(60)
    expect(screenOf(run.output, 60)).toHaveLength(8)
    run.resize(40, 20)
    await run.shows(/9 running[^]*9 running[^]*9 running/)
    await run.shows(/ 50% {2}http:\S+\.\.\.\S+9/)
    finish()
    const { exitCode, output } = await run.end()
    expect(exitCode).toBe(0)
    expect(screenOf(output, 40).slice(-3)).toEqual([
      expect.stringMatching(/^9 done; /),
      expect.stringMatching(/^9 open, /),
      '',
    ])
  })

  test('other text stands above it', async () => {
    const { url, finish } = await serveHalves()
    const run = inTerminal([
      '-Z',
      '--progress',
      'multi',
      '-o',
      '/dev/null',
      `${url}/a`,
      '-o',
      '/dev/null',
      'foo://x/',
    ])
    await run.shows(/1 busy/)
    finish()
    const screen = screenOf((await run.end()).output)
    expect(screen).toEqual([
      'trunkline: (1) Protocol "foo" not supported',
      expect.stringMatching(/^1 done, 1 failed; /),
      expect.stringMatching(/reused 0 of 1$/),
      '',
    ])
  })

  test('Ctrl-C leaves a terminal that works, with the cursor below', async () => {
    const { url } = await serveHalves()
    const run = inTerminal(['--progress', 'multi', '-o', '/dev/null', `${url}/a`])
    await run.shows(/1 busy/)
    run.type('\u0003')
    const { exitCode, echoes, output } = await run.end()
    expect({ exitCode, echoes }).toEqual({ exitCode: 130, echoes: true })
    expect(output.replace(/\^C$/, '').endsWith('\r\n\u001b[J')).toBe(true)
    // Nothing is hidden or styled.
    expect(output.replaceAll('\u001b', 'ESC')).not.toMatch(/ESC\[\?|ESC\[\d*m/)
  })

  test('a terminal that can do nothing gets lines', async () => {
    const { url, finish } = await serveHalves()
    const run = inTerminal(['--progress', 'multi', '-v', '-o', '/dev/null', `${url}/a`], {
      env: { TERM: 'dumb' },
    })
    await run.shows(/< HTTP/)
    finish()
    const { output } = await run.end()
    expect(output).toMatch(/\n1 done; 2000 bytes, .*; 1 open, 0 busy, 1 idle, reused 0 of 1\r\n/)
    expect(output).not.toContain('\u001b')
  })
})
