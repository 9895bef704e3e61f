/**
 * The {@link Files} of Node: `node:fs`, on libuv's threads.
 *
 * The rule: a file is open no longer than it is read, and each piece is memory of its own, because whoever sends
 * it may keep it.
 */
import { constants } from 'node:fs'
import { access, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Files } from '../env/environment.ts'
import { fileError, writingError } from './classify-error.ts'

export const NODE_FILES: Files = {
  async factsOf(path) {
    try {
      const [facts] = await Promise.all([stat(path), access(path, constants.R_OK)])
      const size = facts.isFile() ? facts.size : undefined
      return { size, changedMs: facts.mtimeMs, isFolder: facts.isDirectory() }
    } catch (error) {
      throw fileError(error, path)
    }
  },

  async sizeOf(path) {
    const { size, isFolder } = await NODE_FILES.factsOf(path)
    if (isFolder) throw fileError(Object.assign(new Error('it is a folder'), { code: 'EISDIR' }), path)
    return size
  },

  async namesIn(path) {
    try {
      return await readdir(path)
    } catch (error) {
      throw fileError(error, path)
    }
  },

  async openToWrite(path, { appends, mode }) {
    try {
      const file = await open(path, appends ? 'a' : 'w', mode)
      return {
        async write(bytes) {
          for (let at = 0; at < bytes.length;) {
            const { bytesWritten } = await file.write(bytes, at).catch((error: unknown) => {
              throw writingError(error, path)
            })
            at += bytesWritten
          }
        },
        close: () =>
          file.close().catch((error: unknown) => {
            throw writingError(error, path)
          }),
      }
    } catch (error) {
      throw writingError(error, path)
    }
  },

  async *read(path, from) {
    try {
      await using file = await open(path)
      const { isFile, size } = await file
        .stat()
        .then((facts) => ({ isFile: facts.isFile(), size: facts.size }))
      // What is no file has no places to read from.
      for (let at = from; ;) {
        // One byte more than is expected, so that the end of a small file shows itself in the first read.
        // What the system calls empty may have something to tell all the same, as in /proc.
        const piece = new Uint8Array(
          isFile ? Math.min(PIECE, size === 0 ? SMALL : Math.max(size - at, 0) + 1) : PIECE,
        )
        const { bytesRead } = await file.read(piece, 0, piece.length, isFile ? at : null)
        if (bytesRead === 0) return
        at += bytesRead
        yield bytesRead === piece.length ? piece : piece.subarray(0, bytesRead)
      }
    } catch (error) {
      throw fileError(error, path)
    }
  },

  homePath(name) {
    const home = process.env['HOME'] ?? process.env['USERPROFILE']
    return home === undefined || home === '' ? undefined : join(home, name)
  },
}

/** Large enough that the way to the thread and back is cheap: 256 KiB go at 2 GB/s. */
const PIECE = 256 * 1024
const SMALL = 4 * 1024
