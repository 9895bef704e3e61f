/**
 * `FileLock`: a lock between processes, as a file that only one can make.
 *
 * The rule: nobody waits for the dead. A lock is taken from a process that does not run any more, and from one that
 * has held it for longer than any update takes; whoever lost it so finds out before it changes anything.
 */
import { randomBytes } from 'node:crypto'
import { link, open, readFile, readlink, rename, rm, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemCode } from './classify-error.ts'

/** How long others are waited for; what LIMITS says of it. */
export interface LockPatience {
  readonly fileLockMs: number
  readonly fileLockWaitMs: number
}

export class FileLock {
  readonly #path: string
  readonly #text: string

  private constructor(path: string, text: string) {
    this.#path = path
    this.#text = text
  }

  /**
   * Waits for the lock. `path`: of the file that is the lock. Undefined: it was not to be had in
   * `fileLockWaitMs`. Rejects with the system's error when no file can be made there.
   */
  static async acquire(path: string, patience: LockPatience): Promise<FileLock | undefined> {
    const text = `${await processName()} ${randomBytes(8).toString('hex')}`
    const begun = performance.now()
    let holder: string | undefined
    let holderSince = begun
    for (;;) {
      if (await make(path, text)) return new FileLock(path, text)
      const now = performance.now()
      if (now - begun > patience.fileLockWaitMs) return undefined
      const seen = await read(path)
      if (seen === undefined) continue
      if (seen !== holder) {
        holder = seen
        holderSince = now
      }
      // By our own clock, not by the date of the file: that may come from another machine's.
      const isOver = now - holderSince > patience.fileLockMs || (await isDead(seen))
      if (isOver) await takeAway(path, seen, text)
      else await sleep(POLL_MS + Math.random() * POLL_MS)
    }
  }

  /** Whether nobody has taken the lock away. */
  async isOurs(): Promise<boolean> {
    return (await read(this.#path)) === this.#text
  }

  async release(): Promise<void> {
    if (await this.isOurs()) await rm(this.#path, { force: true })
  }
}

/** Whether we have made the file. */
async function make(path: string, text: string): Promise<boolean> {
  let file: FileHandle
  try {
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    await file.writeFile(text)
    return true
  } catch (error) {
    // On a full disk it is there and empty.
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** What the lock says; undefined: it is gone. */
async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Removes the lock that says `stale`. Two may try at once, and by then it may be another's: it is looked at once it
 * is aside, where nobody else takes it for the lock, and put back when it is not the one that was meant.
 */
async function takeAway(path: string, stale: string, ours: string): Promise<void> {
  const aside = `${path}.${ours.slice(-16)}`
  try {
    await rename(path, aside)
    // A third may have made a lock meanwhile; then whose this was finds out by `isOurs`.
    if ((await read(aside)) !== stale) await link(aside, path)
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
}

/** Whether the process that wrote this ran here, and does not any more. */
async function isDead(text: string): Promise<boolean> {
  const [pid, ...place] = text.split(' ').slice(0, -1)
  // Of another machine, or another container, nothing can be said.
  if (!/^\d{1,10}$/.test(pid ?? '') || place.join(' ') !== (await placeName())) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return systemCode(error) === 'ESRCH'
  }
}

async function processName(): Promise<string> {
  return `${process.pid} ${await placeName()}`
}

/** Where process numbers mean the same: this machine and, on Linux, this namespace. */
async function placeName(): Promise<string> {
  if (place === undefined) {
    const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
    place = `${hostname()}/${namespace}`.replaceAll(/[^\x21-\x7e]/g, '_')
  }
  return place
}

let place: string | undefined
const POLL_MS = 5
