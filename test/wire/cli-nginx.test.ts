/** The command over a thousand URLs of nginx: what it tells of connections is what nginx has seen. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasNginx, startNginx } from '../../scripts/nginx.mjs'
import { makeAuthority } from '../support/certificates.ts'
import { trunkline } from '../support/command-line.ts'

const FILES = 1_000
const BYTES = 1_234

const isInstalled = hasNginx()
if (!isInstalled)
  console.log('nginx is not installed: its tests are skipped (on Debian: apt-get install nginx-light)')

describe.runIf(isInstalled).each([
  ['http', false],
  ['https', false],
  ['https', true],
] as const)('a thousand URLs of nginx by %s (HTTP/2: %s)', (scheme, http2) => {
  const authority = makeAuthority()
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
  const caFile = join(folder, 'ca.pem')
  let nginx: Awaited<ReturnType<typeof startNginx>>

  beforeAll(async () => {
    writeFileSync(caFile, authority.cert)
    const credentials = authority.issue({ addresses: ['127.0.0.1'] })
    nginx = await startNginx({ ...credentials, requestsPerConnection: 10_000, http2, logs: true, fill })
  })
  afterAll(async () => {
    await nginx?.stop()
    rmSync(folder, { recursive: true })
  })

  function fill(root: string): void {
    mkdirSync(join(root, 'f'))
    for (let index = 0; index < FILES; index += 1)
      writeFileSync(join(root, 'f', String(index)), Buffer.alloc(BYTES))
  }

  /** What was served by the command of these arguments. nginx logs a request after it was answered. */
  async function run(args: readonly string[]) {
    const before = nginx.served().length
    const { exitCode, stderr } = await trunkline([
      '-sS',
      '--cacert',
      caFile,
      ...args,
      '--out-null',
      `${nginx[scheme]}f/[0-${FILES - 1}]`,
    ])
    while (nginx.served().length < before + FILES) await sleep(5)
    const served = nginx.served().slice(before)
    const connections = new Set(served.map(({ connection }) => connection)).size
    const first = served.filter(({ nth }) => nth === 1).length
    expect([exitCode, served.length, first, served.every(({ status }) => status === 200)]).toEqual([
      0,
      FILES,
      connections,
      true,
    ])
    return { stderr, connections }
  }

  test.each([
    ['one after the other', []],
    ['at the same time', ['-Z']],
    ['twenty at a time', ['-Z', '--parallel-max', '20']],
  ])('--summary is true, %s', async (_case, flags) => {
    const { stderr, connections } = await run([...flags, '--summary'])
    const [transfers, opened, handshakes, because] = stderr.split('\n')
    expect(transfers).toMatch(`Transfers: ${FILES}, 0 failed, ${FILES * BYTES} bytes in `)
    const reused = FILES - connections
    expect(opened).toBe(
      `Connections: ${connections} opened, reused by ${reused} of ${FILES} transfers (${((100 * reused) / FILES).toFixed(1)}%)`,
    )
    const isSecure = scheme === 'https'
    expect(handshakes).toMatch(
      `Handshakes: ${isSecure ? connections : 0} with TLS, ${isSecure ? reused : 0} saved; about `,
    )
    expect(because).toBe(
      `Transfers that reused none: ${connections}, because (one may have several reasons):`,
    )
    const most = flags.length === 0 || http2 ? 1 : flags.length > 1 ? 20 : 50
    expect(connections).toBeLessThanOrEqual(most)
  })

  test('what it says that was saved is no more than each of them had opened a connection', async () => {
    const { stderr } = await run(['--summary'])
    const saved = /about ([\d.]+) ms of opening saved/.exec(stderr)
    const spent = / bytes in ([\d.]+) ms/.exec(stderr)
    // One after the other, each answer takes at least a round trip, and an opening is no more than three of the fastest.
    expect(Number(saved![1])).toBeGreaterThan(0)
    expect(Number(saved![1])).toBeLessThan(3 * Number(spent![1]))
  })

  test('--json-lines tells which transfer opened a connection, and which request on it each was', async () => {
    const { stderr, connections } = await run(['-Z', '--json-lines'])
    const infos = stderr
      .split('\n')
      .slice(0, -1)
      .map(
        (line) =>
          (JSON.parse(line) as { info: { connId: number; connReused: boolean; connRequests: number } }).info,
      )
    expect(infos).toHaveLength(FILES)
    expect(infos.filter(({ connReused }) => !connReused)).toHaveLength(connections)
    const requests = new Set(infos.map(({ connId, connRequests }) => `${connId} ${connRequests}`))
    expect([requests.size, new Set(infos.map(({ connId }) => connId)).size]).toEqual([FILES, connections])
  })

  test('--explain tells of each transfer which connection it had', async () => {
    const { stderr, connections } = await run(['-Z', '--explain'])
    const outcomes = stderr.split('\n').filter((line) => line.startsWith('  connection: '))
    expect(outcomes).toHaveLength(FILES)
    expect(outcomes.filter((line) => line.startsWith('  connection: opened #'))).toHaveLength(connections)
    expect(outcomes.filter((line) => /^ {2}connection: (reused|shared) #/.test(line))).toHaveLength(
      FILES - connections,
    )
  })
})
