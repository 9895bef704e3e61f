/** Runs the `trunkline` command inside the test, with everything it prints kept. */
import { PassThrough, Readable, Writable } from 'node:stream'
import { main, type Files, type Surroundings } from '../../packages/cli/src/index.ts'
import { runCommand } from '../../packages/cli/src/run/run-command.ts'

/** What a run of the command left behind. */
export interface CommandRun {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** A stream that keeps what is written to it. */
export class Kept extends Writable {
  readonly #pieces: Buffer[] = []

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.#pieces.push(piece)
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }
}

/** Files in memory; names that were not given are not there. */
export class KeptFiles implements Files {
  readonly written = new Map<string, Kept>()
  /** Times that were set, seconds since 1970, and folders that were made. */
  readonly times = new Map<string, number>()
  readonly folders: string[] = []
  readonly #given: Readonly<Record<string, string | Uint8Array>>

  constructor(given: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.#given = given
  }

  read(path: string): Promise<Uint8Array> {
    const content = this.#given[path]
    if (content === undefined)
      return Promise.reject(new Error(`ENOENT: no such file or directory, open '${path}'`))
    return Promise.resolve(Buffer.from(content as string))
  }

  create(path: string): Writable {
    const file = new Kept()
    this.written.set(path, file)
    return file
  }

  createNew(path: string): Writable {
    if (this.#given[path] === undefined && !this.written.has(path)) return this.create(path)
    throw Object.assign(new Error(`EEXIST: file already exists, open '${path}'`), {
      code: 'EEXIST',
      syscall: 'open',
    })
  }

  append(path: string): Writable {
    const begun = this.written.get(path)
    if (begun !== undefined) {
      const more = new Kept()
      more.write(begun.bytes)
      this.written.set(path, more)
      return more
    }
    const file = this.create(path)
    const content = this.#given[path]
    if (content !== undefined) file.write(content)
    return file
  }

  async size(path: string): Promise<number> {
    return (await this.read(path)).length
  }

  async changedMs(path: string): Promise<number> {
    await this.read(path)
    return Date.UTC(2024, 0, 2)
  }

  truncate(path: string, bytes: number): Promise<void> {
    const kept = new Kept()
    kept.write(this.written.get(path)?.bytes.subarray(0, bytes) ?? Buffer.alloc(0))
    this.written.set(path, kept)
    return Promise.resolve()
  }

  setTime(path: string, seconds: number): Promise<void> {
    this.times.set(path, seconds)
    return Promise.resolve()
  }

  remove(path: string): Promise<void> {
    this.written.delete(path)
    return Promise.resolve()
  }

  makeFolder(path: string): void {
    this.folders.push(path)
  }

  /** Names and contents of all that was written, as text. */
  get texts(): Record<string, string> {
    return Object.fromEntries([...this.written].map(([path, file]) => [path, file.bytes.toString()]))
  }
}

const METER = '--progress-meter'
const NO_METER = '--no-progress-meter'

/** Runs a command line, without a progress meter unless it asks for one. */
export async function trunkline(
  argv: readonly string[],
  surroundings: Partial<Omit<Surroundings, 'stderr'>> = {},
): Promise<CommandRun> {
  const stdout = new Kept()
  const stderr = new Kept()
  // Imported above though `main` does so itself when it needs it: in simulated time nothing can be read from disk.
  void runCommand
  const exitCode = await main(argv.includes(METER) ? argv : [NO_METER, ...argv], {
    stdout,
    stdin: Readable.from([]),
    env: {},
    ...surroundings,
    stderr,
  })
  return { exitCode, stdout: stdout.bytes, stderr: stderr.bytes.toString() }
}

/** A standard input that holds this. */
export function stdinOf(text: string): Readable {
  return new PassThrough().end(text)
}
