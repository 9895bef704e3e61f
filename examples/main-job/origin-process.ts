/**
 * The embedded origin in a process of its own, so that serving costs the measured side nothing: `forkOrigin`
 * starts this very file as a child, which tells its addresses and lives until its parent lets go.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startOrigin, type Origin, type OriginAddress } from './origin.ts'

const THIS_FILE = fileURLToPath(import.meta.url)

/** Rejects when the child ends before it listens. */
export async function forkOrigin(pages: number): Promise<Origin> {
  const child = fork(THIS_FILE, [String(pages)])
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the origin ended with code ${code} before it listened`)
  })
  const [address] = (await Promise.race([once(child, 'message'), ended])) as [OriginAddress]
  ended.catch(() => {})
  return { ...address, close: () => child.disconnect() }
}

if (process.argv[1] === THIS_FILE && process.send !== undefined) {
  const { http, https, http2, ca, close } = await startOrigin(Number(process.argv[2]))
  process.once('disconnect', close)
  process.send({ http, https, http2, ca } satisfies OriginAddress)
}
