/** `Files` on `node:fs`. */
import { createWriteStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Files } from './surroundings.ts'

/** The files of this machine. */
export const NODE_FILES: Files = {
  read: (path) => readFile(path),
  create: (path) => createWriteStream(path),
  append: (path) => createWriteStream(path, { flags: 'a' }),
  size: async (path) => (await stat(path)).size,
}
