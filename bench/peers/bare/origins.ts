/** The floor of many origins: one idle socket each, found by its URL in a map. */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Client, Terms } from '../../rounds/measure.ts'
import { startOrigins } from '../origins.ts'
import { openBare } from './open.ts'

/** The one that reads into it counts at once. */
const BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

interface Kept {
  socket: Socket | undefined
  answered: (bytes: number) => void
}

export function start(terms: Terms): Promise<Client> {
  const ca = readFileSync(terms.caFile)
  return startOrigins(terms, (keep) => {
    const kept = new Map<string, Kept>()
    return {
      async get(url) {
        const { host, hostname, pathname } = new URL(url)
        const one = kept.get(url) ?? (await open(url, hostname, ca))
        // The least recently used goes first.
        kept.delete(url)
        kept.set(url, one)
        if (kept.size > keep) dropFirst(kept)
        return await new Promise<number>((resolve) => {
          one.answered = resolve
          one.socket?.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 'latin1')
        })
      },
      close() {
        for (const { socket } of kept.values()) socket?.destroy()
      },
    }
  })
}

async function open(url: string, servername: string, ca: Buffer): Promise<Kept> {
  const one: Kept = { socket: undefined, answered: () => undefined }
  one.socket = await openBare(url, {
    ca,
    servername,
    onread: {
      buffer: BUFFER,
      callback(count) {
        const text = BUFFER.toString('latin1', 0, count)
        one.answered(count - text.indexOf('\r\n\r\n') - 4)
        return true
      },
    },
  })
  return one
}

function dropFirst(kept: Map<string, Kept>): void {
  for (const [url, { socket }] of kept) {
    socket?.destroy()
    kept.delete(url)
    return
  }
}
