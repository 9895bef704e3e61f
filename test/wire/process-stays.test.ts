/** A script whose transfer waits for its time is not done. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { buildPackages } from '../support/built-packages.ts'

const built = buildPackages()
afterAll(() => built.remove())

test.each([
  ['the next try', 'retry: 1, retryDelayMs: 50', 503],
  ['its next piece (maxRecvSpeed)', 'maxRecvSpeed: 50_000', 200],
  ['its next piece (maxRecvSpeed, coded)', "maxRecvSpeed: 200, acceptEncoding: ''", 200],
  ['its turn to send (maxSendSpeed)', "maxSendSpeed: 50_000, body: 'x'.repeat(30_000)", 200],
])('the process stays alive while a transfer waits for %s', async (_, options, first) => {
  let count = 0
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    count += 1
    response.statusCode = count === 1 ? first : 200
    const isCoded = request.headers['accept-encoding'] !== undefined
    if (isCoded) response.setHeader('Content-Encoding', 'gzip')
    const body = Buffer.alloc(30_000, 'x')
    request.resume().on('end', () => response.end(isCoded ? gzipSync(body) : body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const file = join(built.folder, 'waiting.js')
  writeFileSync(
    file,
    `import { Easy } from '@trunkline/easy'
    const easy = new Easy({ url: process.argv[2], ${options} })
    easy.perform().then((result) => console.log(result.status, result.body.length))`,
  )
  const child = spawn(process.execPath, [file, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text) => (output += String(text)))
  const [code] = (await once(child, 'exit')) as [number | null]
  server.closeAllConnections()
  server.close()
  expect([code, output.trim()]).toEqual([0, '200 30000'])
})
