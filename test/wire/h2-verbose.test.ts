/** What `trunkline -v` shows of HTTP/2. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeAuthority } from '../support/certificates.ts'
import { trunkline } from '../support/command-line.ts'
import { SMALL } from '../support/servers/documents.ts'
import { nodeHttp2 } from '../support/servers/node-http2.ts'

test('-v shows streams, and heads as HTTP/1 would have them', async () => {
  const { https, caFile } = await serve()
  const { exitCode, stdout, stderr } = await trunkline([
    '-v',
    '--cacert',
    caFile,
    '-A',
    'me',
    '-H',
    'X-Own: Value',
    `${https}/small`,
    `${https}/not-there`,
  ])
  expect(exitCode).toBe(0)
  expect(stdout.toString()).toBe(`${SMALL.toString()}not found\n`)
  const authority = new URL(https).host
  const stream = (id: number, path: string) => [
    `* [HTTP/2] [${id}] OPENED stream for ${https}${path} (1 on connection #0)`,
    `* [HTTP/2] [${id}] [:method: GET]`,
    `* [HTTP/2] [${id}] [:scheme: https]`,
    `* [HTTP/2] [${id}] [:authority: ${authority}]`,
    `* [HTTP/2] [${id}] [:path: ${path}]`,
    `* [HTTP/2] [${id}] [user-agent: me]`,
    `* [HTTP/2] [${id}] [accept: */*]`,
    `* [HTTP/2] [${id}] [x-own: Value]`,
    `> GET ${path} HTTP/2`,
    `> Host: ${authority}`,
    '> user-agent: me',
    '> accept: */*',
    '> x-own: Value',
    '> ',
  ]
  const lines = shown(stderr)
  expect(lines.filter((line) => line.includes('[HTTP/2]') || line.startsWith('> '))).toEqual([
    ...stream(1, '/small'),
    ...stream(3, '/not-there'),
  ])
  expect(lines).toContain('* ALPN: server accepted h2')
  expect(lines).toContain('* Re-using existing connection #0 with host 127.0.0.1')
  expect(lines).toContain('* Why: reused #0 (request 2 on it, idle T)')
  expect(lines.filter((line) => line.startsWith('< HTTP/'))).toEqual(['< HTTP/2 200 ', '< HTTP/2 404 '])
  expect(lines).toContain(`< content-length: ${SMALL.length}`)
})

test('-v tells of each stream with -Z', async () => {
  const { https, caFile } = await serve()
  const { exitCode, stderr } = await trunkline(['-vZ', '--cacert', caFile, `${https}/many/[0-19]`])
  expect(exitCode).toBe(0)
  const lines = shown(stderr)
  const opened = lines.map((line) => /^\* \[HTTP\/2\] \[(\d+)\] OPENED/.exec(line)?.[1]).filter(Boolean)
  expect(opened.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i + 1))
  expect(lines.filter((line) => line.startsWith('* Connected to'))).toHaveLength(1)
  expect(lines.filter((line) => line === '< HTTP/2 200 ')).toHaveLength(20)
})

async function serve(): Promise<{ https: string; caFile: string }> {
  const authority = makeAuthority()
  const server = await nodeHttp2.start(authority.issue({ addresses: ['127.0.0.1'] }))
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-h2-verbose-'))
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, authority.cert)
  return { https: server.https!, caFile }
}

/** Lines with durations made equal. */
function shown(stderr: string): string[] {
  return stderr
    .replaceAll(/\d+(\.\d+)? m?s\b/g, 'T')
    .split('\n')
    .slice(0, -1)
}
