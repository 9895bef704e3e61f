/**
 * `NodeStateFiles`: state files on a real disk. A file is read, merged, written beside itself and renamed, under a
 * lock that all processes heed.
 *
 * The rule: until the rename the old file is whole and untouched, whatever happens; names of the files beside it are
 * short whatever its own is (CVE-2023-46219), and hold nothing that others could read.
 */
import { createHash, randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { access, lstat, open, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { StateFiles } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { meaning, systemCode } from './classify-error.ts'
import { FileLock, type LockPatience } from './file-lock.ts'

export class NodeStateFiles implements StateFiles {
  /** The last update of each file in this process: one goes after the other without waiting for the lock. */
  readonly #last = new Map<string, Promise<void>>()
  readonly #patience: LockPatience

  constructor(patience: LockPatience = LIMITS) {
    this.#patience = patience
  }

  async read(path: string): Promise<string | undefined> {
    try {
      return await readText(path)
    } catch (error) {
      throw readError(path, error)
    }
  }

  update(path: string, merge: Merge): Promise<void> {
    const key = resolve(path)
    const before = this.#last.get(key) ?? Promise.resolve()
    const run = before.then(() => updateFile(path, merge, this.#patience))
    const settled = run.then(ignore, ignore)
    this.#last.set(key, settled)
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    })
    return run
  }
}

type Merge = (old: string | undefined) => string

async function updateFile(path: string, merge: Merge, patience: LockPatience): Promise<void> {
  const told: { error?: unknown } = {}
  try {
    const target = await followLinks(path)
    const old = await statOf(target)
    if (old !== undefined && !old.isFile()) await writeInto(target, merge(undefined))
    else await replace(target, merge, patience, told)
  } catch (error) {
    throw error === told.error ? error : writeError(path, error)
  }
}

/** `told`: an error of `merge` is noted there, which is not one of the file. */
async function replace(
  target: string,
  merge: Merge,
  patience: LockPatience,
  told: { error?: unknown },
): Promise<void> {
  const stem = join(dirname(target), stemOf(basename(target)))
  const end = performance.now() + patience.fileLockWaitMs
  for (;;) {
    const lock = performance.now() > end ? undefined : await FileLock.acquire(`${stem}.lock`, patience)
    if (lock === undefined) throw new Error(`its lock, ${stem}.lock, could not be had in time`)
    const beside = `${stem}.${randomBytes(6).toString('hex')}.tmp`
    try {
      const old = await readText(target)
      let text: string
      try {
        text = merge(old)
      } catch (error) {
        told.error = error
        throw error
      }
      await writeBeside(beside, text, await statOf(target))
      // Taken away, it may have served another meanwhile: then all that was read is old.
      if (!(await lock.isOurs())) continue
      await rename(beside, target)
      return
    } finally {
      await rm(beside, { force: true })
      await lock.release()
    }
  }
}

/** Writes a new file with the mode and owner of `old`, all the way to the disk. */
async function writeBeside(path: string, text: string, old: Stats | undefined): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text, 'latin1')
    if (old !== undefined) await takeOver(file, old)
    // Or a crash of the machine leaves the new name with no content.
    await file.sync()
  } finally {
    await file.close()
  }
}

/** With another owner than before, the mode could show the content to whom it was hidden from. */
async function takeOver(file: FileHandle, old: Stats): Promise<void> {
  const now = await file.stat()
  if (now.uid !== old.uid || now.gid !== old.gid) {
    try {
      await file.chown(old.uid, old.gid)
    } catch {
      return
    }
  }
  await file.chmod(old.mode & 0o777)
}

async function writeInto(path: string, text: string): Promise<void> {
  // Opening a pipe that nobody reads would hold one of Node's few threads, and the process, for ever. It stays open
  // until all is written: to who reads, its end is the end.
  const probe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    const file = await open(path, constants.O_WRONLY)
    try {
      await file.writeFile(text, 'latin1')
    } finally {
      await file.close()
    }
  } finally {
    await probe.close()
  }
}

/** Undefined: there is no such file. What is no plain file has no state: it could block, or never end. */
async function readText(path: string): Promise<string | undefined> {
  const known = await statOf(path)
  if (known === undefined) return undefined
  if (known.isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' })
  if (!known.isFile()) return ''
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > LIMITS.stateFileBytes)
      throw new Error(`it has ${size} bytes, more than ${LIMITS.stateFileBytes}`)
    return await file.readFile('latin1')
  } finally {
    await file.close()
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Where the file stands, also when the last of the links leads to nothing yet. */
async function followLinks(path: string): Promise<string> {
  let at = path
  for (let links = 0; links < MAX_LINKS; links += 1) {
    // By the disk, not by the text: what `..` after a link means only the disk knows.
    const folder = await realpath(dirname(at))
    at = join(folder, basename(at))
    const known = await lstat(at).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    })
    if (known?.isSymbolicLink() !== true) {
      // A file that must not be written is not replaced, either.
      if (known !== undefined) await access(at, constants.W_OK)
      return at
    }
    const to = await readlink(at)
    at = isAbsolute(to) ? to : `${folder}/${to}`
  }
  throw new Error(`more than ${MAX_LINKS} symbolic links lead to it`)
}

/** What the names beside a file begin with: its own name, unless that leaves no room. The same in every process. */
function stemOf(name: string): string {
  if (Buffer.byteLength(name) <= MAX_STEM_BYTES) return name
  return `.${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
}

function readError(path: string, cause: unknown): TransferError {
  return new TransferError(
    'FILE_COULDNT_READ_FILE',
    `${path} cannot be read: ${meaning(cause)}`,
    { path, system: systemCode(cause) },
    { cause },
  )
}

function writeError(path: string, cause: unknown): TransferError {
  return new TransferError(
    'WRITE_ERROR',
    `${path} cannot be written: ${meaning(cause)}`,
    { path, system: systemCode(cause) },
    { cause },
  )
}

function ignore(): void {}

/** As Linux has it. */
const MAX_LINKS = 40
/** Names have 255 bytes at most; the longest that is added is `.0123456789ab.tmp`, or `.lock.` and 16 digits. */
const MAX_STEM_BYTES = 200
