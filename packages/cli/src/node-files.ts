/** `Files` on `node:fs`. */
import { createWriteStream, mkdirSync, openSync, promises, statSync } from 'node:fs'
import type { Files } from './surroundings.ts'

/** The files of this machine. */
export const NODE_FILES: Files = {
  async read(path) {
    // What is not there is found out without a thread: every start looks for a .curlrc, which few people have.
    statSync(path)
    return await promises.readFile(path)
  },
  create: (path) => createWriteStream(path),
  createNew: (path) => createWriteStream(path, { fd: openSync(path, 'wx') }),
  append: (path) => createWriteStream(path, { flags: 'a' }),
  size: async (path) => (await promises.stat(path)).size,
  async truncate(path, bytes) {
    if ((await promises.stat(path)).isFile()) await promises.truncate(path, bytes)
  },
  setTime: (path, seconds) => promises.utimes(path, seconds, seconds),
  async remove(path) {
    if ((await promises.lstat(path)).isFile()) await promises.unlink(path)
  },
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  changedMs: async (path) => (await promises.stat(path)).mtimeMs,
}
