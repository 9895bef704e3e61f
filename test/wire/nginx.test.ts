/** A thousand files from nginx by six connections, which nginx closes again and again. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Easy } from '../../packages/easy/src/index.ts'
import { Multi } from '../../packages/multi/src/index.ts'
import { hasNginx, startNginx } from '../../scripts/nginx.mjs'
import { makeAuthority } from '../support/certificates.ts'

const FILES = 1_000
const CONNECTIONS = 6
const REQUESTS_PER_CONNECTION = 100

const isInstalled = hasNginx()
if (!isInstalled)
  console.log('nginx is not installed: its tests are skipped (on Debian: apt-get install nginx-light)')

describe.runIf(isInstalled)('a thousand files from nginx', () => {
  const authority = makeAuthority()
  const hashes = new Map<string, string>()
  let nginx: Awaited<ReturnType<typeof startNginx>>

  beforeAll(async () => {
    const credentials = authority.issue({ addresses: ['127.0.0.1'] })
    nginx = await startNginx({ ...credentials, requestsPerConnection: REQUESTS_PER_CONNECTION, fill })
  })
  afterAll(() => nginx?.stop())

  test.each(['http', 'https'] as const)(
    'come whole over %s, by six connections at most, whatever nginx closes',
    async (scheme) => {
      await using multi = new Multi({ maxTotalConnections: CONNECTIONS })
      const closes = new Map<string, number>()
      let opened = 0
      let mostOpen = 0
      multi.events.on('connection-opened', () => {
        opened += 1
        mostOpen = Math.max(mostOpen, multi.connections().length)
      })
      multi.events.on('connection-closed', (_, reason) => closes.set(reason, (closes.get(reason) ?? 0) + 1))

      const results = await Promise.all(
        [...hashes.keys()].map((path) =>
          multi.add(new Easy({ url: `${nginx[scheme]}${path}`, caInfoBlob: authority.cert })),
        ),
      )
      expect(results.map(({ body }) => hashOf(body))).toEqual([...hashes.values()])
      expect(results.every(({ status, info }) => status === 200 && info.numRetries === 0)).toBe(true)

      // Each close by nginx costs one opening; the rest are those that were open at the end.
      const closedByServer = closes.get('server-close') ?? 0
      expect([...closes.keys()]).toEqual(['server-close'])
      expect(closedByServer).toBeGreaterThan(0)
      expect(opened - closedByServer).toBeLessThanOrEqual(CONNECTIONS)
      expect(opened).toBeGreaterThanOrEqual(FILES / REQUESTS_PER_CONNECTION)
      expect(mostOpen).toBeLessThanOrEqual(CONNECTIONS)
    },
  )

  /** From 100 to 4,099 bytes, each different. */
  function fill(root: string): void {
    for (let index = 0; index < FILES; index += 1) {
      const path = `${index % 10}/${index}.bin`
      const bytes = Buffer.alloc(100 + ((index * 7_919) % 4_000), `file ${index} `)
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), bytes)
      hashes.set(path, hashOf(bytes))
    }
  }
})

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
