/**
 * `HeadOutputs`: the files that heads are written to (`-D`), shared by the transfers of one operation.
 *
 * The rule: the first transfer of an operation begins the file anew, and the others go on at its end.
 */
import type { Writable } from 'node:stream'
import { folderOf } from './output-name.ts'
import type { Files } from '../surroundings.ts'

/** Where the heads of one job go. */
export interface HeadOutput {
  write(text: string): void
  /** Resolves when it is written; with an error when that failed. */
  end(): Promise<Error | undefined>
}

/** The standard streams, by the names that curl has for them. */
export interface StandardStreams {
  readonly stdout: Writable
  readonly stderr: Writable
}

/** Opens what `-D` names, and resolves when it is open; rejects as `node:fs` does. */
export async function openHeadOutput(
  path: string,
  isFirst: boolean,
  { stdout, stderr }: StandardStreams,
  files: Files,
  createsDirs: boolean,
): Promise<HeadOutput> {
  const standard = path === '-' ? stdout : path === '%' ? stderr : undefined
  if (standard !== undefined)
    return { write: (text) => void standard.write(text, 'latin1'), end: () => Promise.resolve(undefined) }
  const folder = folderOf(path)
  if (createsDirs && folder !== undefined) files.makeFolder(folder)
  return await fileOutput(isFirst ? files.create(path) : files.append(path))
}

async function fileOutput(stream: Writable): Promise<HeadOutput> {
  let failure: Error | undefined
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  stream.on('error', (error) => (failure = error))
  // The first write fails where opening did; nothing is lost by waiting for it.
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
  if (failure !== undefined) throw failure
  return {
    write: (text) => void stream.write(text, 'latin1'),
    async end() {
      stream.end()
      await closed
      return failure
    },
  }
}
