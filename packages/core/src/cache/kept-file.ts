/**
 * `KeptFile`: the file of a cache or jar that outlives the process, and is written by other processes as well.
 *
 * The rule: what we have not changed since we last looked is as the file has it, and all else is as we have it. So
 * parallel saves lose nothing (CVE-2023-23915), and what one took back no other brings back.
 */
import type { StateFiles } from '../env/environment.ts'

/** A cache or jar with a file. */
export interface Keepable {
  /** Takes the text of a file. */
  load(text: string): void
  /** The text of a file with all that is known. */
  toFile(): string
}

/** Three states of a file: what we had when we last looked, what it says now, and what we have now. */
export interface FileVersions {
  readonly base: string
  readonly theirs: string
  readonly ours: string
}

/** Makes one file of them. Pure. */
export type MergeFiles = (versions: FileVersions) => string

/** The file of one cache or jar. */
export class KeptFile {
  readonly path: string
  readonly #files: StateFiles
  readonly #content: Keepable
  readonly #merge: MergeFiles
  /** What of ours the file had when we last looked. */
  #base = ''

  constructor(files: StateFiles, path: string, content: Keepable, merge: MergeFiles) {
    this.path = path
    this.#files = files
    this.#content = content
    this.#merge = merge
  }

  /** Reads it, once, before the first transfer. A file that is not there is empty. Rejects with FILE_COULDNT_READ_FILE. */
  async load(): Promise<void> {
    const text = await this.#files.read(this.path)
    if (text !== undefined) this.#content.load(text)
    this.#base = text ?? ''
  }

  /** Saves what has changed since; rejects with WRITE_ERROR, and then nothing has happened. */
  async save(): Promise<void> {
    const ours = this.#content.toFile()
    const base = this.#base
    await this.#files.update(this.path, (old) => this.#merge({ base, theirs: old ?? '', ours }))
    this.#base = ours
  }
}

/** A line as it is written, and whose it is. */
export interface KeyedLine {
  readonly key: string
  readonly line: string
}

/**
 * Merges files of lines, below `head`. `read` makes of a line what would be written; undefined: it is left out. Lines
 * of one key belong together, in their order.
 */
export function mergeLines(
  { base, theirs, ours }: FileVersions,
  head: string,
  read: (line: string) => KeyedLine | undefined,
): string {
  const before = linesByKey(base, read)
  const now = linesByKey(theirs, read)
  const mine = linesByKey(ours, read)
  const kept = [...mine].map(([key, lines]) => (before.get(key) === lines ? (now.get(key) ?? '') : lines))
  const added = [...now].filter(([key]) => !before.has(key) && !mine.has(key)).map(([, lines]) => lines)
  return head + kept.join('') + added.join('')
}

function linesByKey(
  text: string,
  read: (line: string) => KeyedLine | undefined,
): ReadonlyMap<string, string> {
  const lines = new Map<string, string>()
  for (const one of text.split(/\r?\n/)) {
    const known = read(one)
    if (known !== undefined) lines.set(known.key, (lines.get(known.key) ?? '') + known.line)
  }
  return lines
}
