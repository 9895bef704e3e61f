/** `--ssl-sessions`: what one run of the command was given by a real server, the next one resumes. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeAuthority } from '../support/certificates.ts'
import { trunkline, type CommandRun } from '../support/command-line.ts'
import { installedH2Servers } from '../support/servers/h2-servers.ts'
import { nginx } from '../support/servers/nginx.ts'
import type { H2Server } from '../support/servers/server.ts'

const authority = makeAuthority()
const isInstalled = installedH2Servers().includes(nginx)

describe.runIf(isInstalled)('over nginx', () => {
  let server: H2Server
  let folder: string
  let file: string

  beforeAll(async () => {
    server = await nginx.start(authority.issue({ addresses: ['127.0.0.1'] }))
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-sessions-'))
    file = join(folder, 'sessions')
    writeFileSync(join(folder, 'ca.pem'), authority.cert)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const run = (...argv: string[]): Promise<CommandRun> =>
    trunkline([
      '--ssl-sessions',
      file,
      '--cacert',
      join(folder, 'ca.pem'),
      '-w',
      ' %{tls_resumed}\n',
      ...argv,
      `${server.https}/session`,
    ])
  const said = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...argv)
    return `${stdout.toString()}${exitCode === 0 ? '' : stderr}`
  }
  const sessions = (): string[] => readFileSync(file, 'latin1').match(/^session .*$/gm) ?? []

  test.each([
    ['TLSv1.3', []],
    ['TLSv1.2', ['--tls-max', '1.2']],
  ])('a second run resumes, and a third one: %s', async (protocol, argv) => {
    expect(await said(...argv)).toBe(`. ${protocol} false\n`)
    const first = sessions()
    expect(await said(...argv)).toBe(`r ${protocol} true\n`)
    expect(await said('--http1.1', ...argv)).toBe(`. ${protocol} false\n`)
    expect(await said(...argv)).toBe(`r ${protocol} true\n`)
    // What was used is there no more, and nothing tells whose any are.
    const used = first.at(-1)!
    // One of TLS 1.2 may be resumed again and again.
    expect([first.length > 0, sessions().includes(used)]).toEqual([true, protocol === 'TLSv1.2'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'latin1')).not.toMatch(/127\.0\.0\.1|ca\.pem/)
  })

  test('what differs in anything that made the connection is not resumed', async () => {
    await said()
    expect(await said('-k')).toBe('. TLSv1.3 false\n')
    expect(await said('--pinnedpubkey', 'sha256//AAAA')).toContain('pinned')
    expect(await said('--no-sessionid')).toBe('. TLSv1.3 false\n')
    expect(await said()).toBe('r TLSv1.3 true\n')
  })

  test('several transfers at once leave the sessions of all', async () => {
    const argv = ['-Z', '--http1.1', `${server.https}/session`, '-w', ' %{tls_resumed}\n']
    await run(...argv)
    expect(sessions().length).toBeGreaterThan(0)
    expect((await run(...argv)).stdout.toString()).toContain('true')
  })

  test('a file that cannot be read or written is warned of, and no more', async () => {
    file = join(folder, 'nowhere', 'sessions')
    const { exitCode, stderr, stdout } = await run()
    expect([exitCode, stdout.toString()]).toEqual([0, '. TLSv1.3 false\n'])
    expect(stderr).toContain('Failed to create SSL session file: ')
    file = folder
    expect((await run()).exitCode).toBe(0)
  })

  test('what is no such file is taken for empty, and becomes one', async () => {
    writeFileSync(file, 'something else\n')
    expect(await said()).toBe('. TLSv1.3 false\n')
    expect(await said()).toBe('r TLSv1.3 true\n')
  })
})
