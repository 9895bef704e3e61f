/** `Files` on `node:fs`. */
import { createWriteStream, mkdirSync, openSync } from 'node:fs'
import { lstat, readFile, stat, truncate, unlink, utimes } from 'node:fs/promises'
import type { Files } from './surroundings.ts'

/** The files of this machine. */
export const NODE_FILES: Files = {
  read: (path) => readFile(path),
  create: (path) => createWriteStream(path),
  createNew: (path) => createWriteStream(path, { fd: openSync(path, 'wx') }),
  append: (path) => createWriteStream(path, { flags: 'a' }),
  size: async (path) => (await stat(path)).size,
  async truncate(path, bytes) {
    if ((await stat(path)).isFile()) await truncate(path, bytes)
  },
  setTime: (path, seconds) => utimes(path, seconds, seconds),
  async remove(path) {
    if ((await lstat(path)).isFile()) await unlink(path)
  },
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  changedMs: async (path) => (await stat(path)).mtimeMs,
}
