/** `-u name` without a password, in a real terminal and without one. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildCommand, type BuiltCommand } from '../support/built-command.ts'
import { serveHttp } from '../support/loopback.ts'
import { hasPty, TerminalProcess } from '../support/pty.ts'

const hasTerminal = hasPty()
if (!hasTerminal) console.log('python3 is not installed: tests of passwords in a terminal are skipped')

let built: BuiltCommand
beforeAll(async () => void (built = await buildCommand()), 60_000)
afterAll(() => built.remove())

/** The logins that were sent, in order. */
async function serveLogins(): Promise<{ readonly url: string; readonly logins: (string | undefined)[] }> {
  const logins: (string | undefined)[] = []
  const { url } = await serveHttp((request, response) => {
    const [, words] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? []
    logins.push(words === undefined ? undefined : Buffer.from(words, 'base64').toString())
    response.end('hello\n')
  })
  return { url, logins }
}

describe.runIf(hasTerminal)('a password that -u lacks', () => {
  const inTerminal = (...args: string[]): TerminalProcess =>
    new TerminalProcess([process.execPath, built.program, '-sS', ...args])

  test('is asked for at the terminal, without showing it', async () => {
    const { url, logins } = await serveLogins()
    const run = inTerminal('-u', 'joe', url)
    await run.shows(/for user 'joe':$/)
    run.type('s\u00e9\u007fecret\r')
    expect(await run.end()).toEqual({
      exitCode: 0,
      echoes: true,
      output: "Enter host password for user 'joe':\r\nhello\r\n",
    })
    expect(logins).toEqual(['joe:secret'])
  })

  test('is asked for each operation before anything is done', async () => {
    const { url, logins } = await serveLogins()
    const run = inTerminal('-u', 'joe', url, '--next', '-sS', '-u', 'amy', url)
    await run.shows(/'joe' on URL #1:$/)
    // Both at once, as when they are pasted.
    run.type('one\rtwo\r')
    expect((await run.end()).output).toBe(
      "Enter host password for user 'joe' on URL #1:\r\nEnter host password for user 'amy' on URL #2:\r\nhello\r\nhello\r\n",
    )
    expect(logins).toEqual(['joe:one', 'amy:two'])
  })

  test.each([
    ['typed', (run: TerminalProcess) => run.type('\u0003')],
    ['sent as a signal', (run: TerminalProcess) => run.signal(2)],
    ['typed after a part of it', (run: TerminalProcess) => run.type('sec\u0003')],
  ])('ends the command at Ctrl-C, %s, and leaves the echo on', async (_case, interrupt) => {
    const { url, logins } = await serveLogins()
    const run = inTerminal('-u', 'joe', url)
    await run.shows(/for user 'joe':$/)
    interrupt(run)
    expect(await run.end()).toMatchObject({ exitCode: 130, echoes: true })
    expect(logins).toEqual([])
  })

  test('leaves the echo on when SIGTERM ends the command', async () => {
    const { url } = await serveLogins()
    const run = inTerminal('-u', 'joe', url)
    await run.shows(/for user 'joe':$/)
    run.signal(15)
    expect(await run.end()).toMatchObject({ exitCode: 143, echoes: true })
  })
})

describe('without a terminal', () => {
  test('standard input holds the passwords, a line each, and the body after them', async () => {
    const { url, logins } = await serveLogins()
    const child = spawn(
      process.execPath,
      [built.program, '-sS', '-u', 'joe', '-U', 'amy', '-T', '-', `${url}/x`],
      // A session of its own has no terminal.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    )
    let said = ''
    child.stderr.on('data', (text) => (said += String(text)))
    child.stdin.end('one\r\ntwo\nthe body')
    const [code] = (await once(child, 'close')) as [number]
    expect([code, said]).toEqual([
      0,
      "Enter host password for user 'joe':\nEnter proxy password for user 'amy':\n",
    ])
    expect(logins).toEqual(['joe:one'])
  })

  test('an input that is empty is an empty password', async () => {
    const { url, logins } = await serveLogins()
    const child = spawn(process.execPath, [built.program, '-sS', '-u', 'joe', url], {
      stdio: ['ignore', 'ignore', 'ignore'],
      detached: true,
    })
    await once(child, 'close')
    expect(logins).toEqual(['joe:'])
  })

  test.runIf(spawnSync('curl', ['-V']).status === 0)('curl asks in the same words', async () => {
    const { url } = await serveLogins()
    for (const args of [
      ['-u', 'joe', url],
      ['-u', 'joe;AUTH=x', url],
      ['-u', ';AUTH=x', url],
      ['-u', 'joe:', url],
      ['-u', '', url],
      ['-u', 'joe', '--oauth2-bearer', 'x', url],
      ['-U', 'joe', '-u', 'amy', url],
      ['-u', 'joe', '-u', 'amy:x', url],
      ['-u', 'a', url, '--next', '-s', url, '--next', '-s', '-u', 'b', url],
    ])
      expect(await saidBy([process.execPath, built.program], args)).toBe(await saidBy(['curl'], args))
  })
})

async function saidBy([program, ...before]: string[], args: readonly string[]): Promise<string> {
  const child = spawn(program!, [...before, '-s', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  await once(child, 'close')
  return said
}
