/** Coded bodies on the command line, beside what curl makes of the same bytes. */
import { execFile, spawnSync } from 'node:child_process'
import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { trunkline } from '../support/command-line.ts'
import { serveTcp } from '../support/loopback.ts'

const TEXT = 'a body of some words, '.repeat(20)
const GZIP = zlib.gzipSync(TEXT)

const hasCurl = spawnSync('curl', ['--version']).status === 0
if (!hasCurl) console.info('curl is not installed: nothing is compared with it')

function answer(fields: string, body: Uint8Array | string): Buffer {
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nConnection: close\r\n${fields}\r\n`),
    Buffer.from(body as string),
  ])
}

/** One chunk and the end. */
function chunked(body: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`${body.length.toString(16)}\r\n`),
    body,
    Buffer.from('\r\n0\r\nX-Trailer: t\r\n\r\n'),
  ])
}

const CODED = answer(`Content-Encoding: gzip\r\nContent-Length: ${GZIP.length}\r\n`, GZIP)

test.each<[string, string[], Buffer, { exit: number; body: Uint8Array | string }]>([
  ['--compressed', ['--compressed'], CODED, { exit: 0, body: TEXT }],
  ['no flag', [], CODED, { exit: 0, body: GZIP }],
  ['--compressed --raw', ['--compressed', '--raw'], CODED, { exit: 0, body: GZIP }],
  [
    '--raw',
    ['--raw'],
    answer('Transfer-Encoding: chunked\r\n', chunked(Buffer.from('hi'))),
    {
      exit: 0,
      body: '2\r\nhi\r\n0\r\nX-Trailer: t\r\n\r\n',
    },
  ],
  [
    '--tr-encoding',
    ['--tr-encoding'],
    answer('Transfer-Encoding: gzip, chunked\r\n', chunked(GZIP)),
    { exit: 0, body: TEXT },
  ],
  ['an unknown coding', ['--compressed'], answer('Content-Encoding: xyz\r\n', 'x'), { exit: 61, body: '' }],
  ['broken data', ['--compressed'], answer('Content-Encoding: gzip\r\n', 'not gzip'), { exit: 61, body: '' }],
  [
    'no body',
    ['--compressed', '-I'],
    CODED.subarray(0, -GZIP.length),
    { exit: 0, body: CODED.subarray(0, -GZIP.length) },
  ],
  ['--http0.9', ['--http0.9', '-i'], Buffer.from('no head\n'), { exit: 0, body: 'no head\n' }],
  ['no --http0.9', [], Buffer.from('no head\n'), { exit: 1, body: '' }],
])('%s', async (_case, flags, bytes, { exit, body }) => {
  const { url } = await serveTcp((socket) => {
    socket.once('data', () => socket.end(bytes))
  })
  const { exitCode, stdout } = await trunkline(['-s', ...flags, url])
  expect([exitCode, stdout.toString('latin1')]).toEqual([
    exit,
    Buffer.from(body as string).toString('latin1'),
  ])
  const curl = hasCurl ? await runCurl(['-s', ...flags, url]) : { exit, stdout }
  expect([curl.exit, curl.stdout.toString('latin1')]).toEqual([exitCode, stdout.toString('latin1')])
})

/** Not spawnSync: the server is in this process. */
function runCurl(args: string[]): Promise<{ exit: number; stdout: Buffer }> {
  return new Promise((resolve) => {
    execFile('curl', args, { encoding: 'buffer' }, (error, stdout) =>
      resolve({ exit: error === null ? 0 : Number(error.code), stdout }),
    )
  })
}
