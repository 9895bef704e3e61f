/** A script whose last transfer is done exits at once, though idle connections are open. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPackages, type BuiltPackages } from '../support/built-packages.ts'

let built: BuiltPackages
let server: Server
let url: string

beforeAll(async () => {
  built = buildPackages()
  // Keeps its side open far longer than any test may take.
  server = createServer({ keepAliveTimeout: 600_000 }, (_, response) => response.end('hello'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}, 60_000)

afterAll(() => {
  server.closeAllConnections()
  server.close()
  built.remove()
})

async function run(name: string, script: string): Promise<{ code: number | null; output: string }> {
  const file = join(built.folder, `${name}.js`)
  writeFileSync(file, script)
  const child = spawn(process.execPath, [file, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text) => (output += String(text)))
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, output: output.trim() }
}

describe('a script that does not close anything', () => {
  const SCRIPTS: readonly [string, string, string][] = [
    [
      'easy',
      `import { Easy } from '@trunkline/easy'
       const easy = new Easy({ url: process.argv[2] })
       for (let i = 0; i < 3; i += 1) console.log((await easy.perform()).text())`,
      'hello\nhello\nhello',
    ],
    [
      'multi',
      `import { Easy } from '@trunkline/easy'
       import { Multi } from '@trunkline/multi'
       const multi = new Multi({ maxHostConnections: 2 })
       const results = await Promise.all([1, 2, 3].map(() => multi.add(new Easy({ url: process.argv[2] }))))
       console.log(results.length, multi.connections().length)`,
      '3 2',
    ],
    [
      'share',
      `import { Easy } from '@trunkline/easy'
       import { Share } from '@trunkline/share'
       const share = new Share()
       for (let i = 0; i < 2; i += 1) console.log((await new Easy({ share, url: process.argv[2] }).perform()).info.connReused)`,
      'false\ntrue',
    ],
    [
      'deadlines',
      `import { Easy } from '@trunkline/easy'
       const easy = new Easy({ url: process.argv[2], timeoutMs: 600_000, idleTimeoutMs: 500_000, tcpKeepAlive: true })
       console.log((await easy.perform()).status)`,
      '200',
    ],
    [
      'closing',
      `import { Easy } from '@trunkline/easy'
       import { Multi } from '@trunkline/multi'
       import { Share } from '@trunkline/share'
       const share = new Share()
       const multi = new Multi()
       await multi.add(new Easy({ url: process.argv[2] }))
       for (const easy of [new Easy({ url: process.argv[2] }), new Easy({ url: process.argv[2], share })]) {
         await easy.perform()
         await easy.close()
       }
       await share.close()
       await multi.close()
       console.log('what comes after close() runs')`,
      'what comes after close() runs',
    ],
    [
      'waiting',
      `import { nodeEnvironment } from '@trunkline/core/node'
       const { clock } = nodeEnvironment()
       const awake = clock.stayAwake()
       clock.at(clock.now() + 30, () => {
         awake.cancel()
         console.log('woken')
         clock.at(clock.now() + 600_000, () => console.log('never'))
       })`,
      'woken',
    ],
    [
      'surplus',
      `import { Easy } from '@trunkline/easy'
       import { Multi } from '@trunkline/multi'
       const multi = new Multi()
       const run = () => multi.add(new Easy({ url: process.argv[2] }))
       await Promise.race([run(), run(), run()])
       await multi.idle()
       console.log('done')`,
      'done',
    ],
  ]
  test.each(SCRIPTS)('%s exits by itself', async (name, script, output) => {
    expect(await run(name, script)).toEqual({ code: 0, output })
  })
})
