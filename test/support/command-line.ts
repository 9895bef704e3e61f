/** Runs the `trunkline` command inside the test, with everything it prints kept. */
import { PassThrough, Readable, Writable } from 'node:stream'
import { main, type Files, type Surroundings } from '../../packages/cli/src/index.ts'

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

  append(path: string): Writable {
    const file = this.create(path)
    const content = this.#given[path]
    if (content !== undefined) file.write(content)
    return file
  }

  async size(path: string): Promise<number> {
    return (await this.read(path)).length
  }

  /** Names and contents of all that was written, as text. */
  get texts(): Record<string, string> {
    return Object.fromEntries([...this.written].map(([path, file]) => [path, file.bytes.toString()]))
  }
}

/** Runs a command line. */
export async function trunkline(
  argv: readonly string[],
  surroundings: Partial<Omit<Surroundings, 'stderr'>> = {},
): Promise<CommandRun> {
  const stdout = new Kept()
  const stderr = new Kept()
  const exitCode = await main(argv, { stdout, stdin: Readable.from([]), env: {}, ...surroundings, stderr })
  return { exitCode, stdout: stdout.bytes, stderr: stderr.bytes.toString() }
}

/** A standard input that holds this. */
export function stdinOf(text: string): Readable {
  return new PassThrough().end(text)
}
