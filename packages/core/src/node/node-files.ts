/**
 * The {@link Files} of Node: `node:fs`, on libuv's threads.
 *
 * The rule: a file is open no longer than it is read, and each piece is memory of its own, because whoever sends
 * it may keep it.
 */
import { constants } from 'node:fs'
import { access, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Files } from '../env/environment.ts'
import { fileError } from './classify-error.ts'

export const NODE_FILES: Files = {
  async sizeOf(path) {
    try {
      const [facts] = await Promise.all([stat(path), access(path, constants.R_OK)])
      if (facts.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
      return facts.isFile() ? facts.size : undefined
    } catch (error) {
      throw fileError(error, path)
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
        const piece = new Uint8Array(isFile ? Math.min(PIECE, Math.max(size - at, 0) + 1) : PIECE)
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
