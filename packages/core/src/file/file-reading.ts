/**
 * `FileReading`: a file, or a part of it, on its way to who asked for it.
 *
 * The rule: its owner hears of the head, of each piece, and of the end or a failure once; after `abandon` of nothing.
 * While it is paused nothing is read.
 */
import type { HttpStream } from '../connection/exchange.ts'
import type { FileFacts, Files } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { ResponseHead } from '../http/message.ts'
import { choosePart, fileHead, openingError, type FilePart, type PartWish } from './file-request.ts'

/** Who reads. */
export interface FileOwner {
  /** `length`: bytes that follow; undefined: not known. False: they are not wanted. */
  fileHead(head: ResponseHead, length: number | undefined): boolean
  /** A piece, valid during the call only. */
  data(bytes: Uint8Array): void
  /** The file is read, or written, to its end. */
  fileDone(): void
  fileFailed(error: unknown): void
}

/** What is read. */
export interface FileWish extends PartWish {
  readonly path: string
  /** Only what is known of it is wanted. */
  readonly headOnly: boolean
}

export class FileReading implements HttpStream {
  readonly id = undefined
  readonly headBytes = 0
  readonly #files: Files
  readonly #wish: FileWish
  readonly #owner: FileOwner
  #isOver = false
  #isPaused = false
  #goOn: (() => void) | undefined

  constructor(files: Files, wish: FileWish, owner: FileOwner) {
    this.#files = files
    this.#wish = wish
    this.#owner = owner
    void this.#run()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#goOn?.()
  }

  abandon(): void {
    this.#isOver = true
    this.#goOn?.()
  }

  write(): boolean {
    return true
  }

  end(): void {}
  reprioritize(): void {}

  async #run(): Promise<void> {
    try {
      const { path, headOnly } = this.#wish
      const facts = await this.#files.factsOf(path).catch((error: unknown) => {
        throw openingError(error)
      })
      if (this.#isOver) return
      const part = choosePart(this.#wish, facts.size)
      const isWanted = this.#owner.fileHead(fileHead(facts, headOnly), lengthOf(part, facts))
      if (isWanted && !headOnly) await (facts.isFolder ? this.#list(path) : this.#read(path, part, facts))
      await this.#resumed()
      if (!this.#isOver) this.#owner.fileDone()
    } catch (error) {
      if (!this.#isOver) this.#owner.fileFailed(error)
    }
  }

  /** As libcurl: the names that do not begin with a dot, a line each; here in order. */
  async #list(path: string): Promise<void> {
    const names = await this.#files.namesIn(path).catch((error: unknown) => {
      throw openingError(error)
    })
    const lines = names.filter((name) => !name.startsWith('.')).map((name) => `${name}\n`)
    await this.#resumed()
    if (lines.length > 0 && !this.#isOver) this.#owner.data(new TextEncoder().encode(lines.sort().join('')))
  }

  async #resumed(): Promise<void> {
    while (this.#isPaused && !this.#isOver) await new Promise<void>((resolve) => (this.#goOn = resolve))
  }

  async #read(path: string, part: FilePart, facts: FileFacts): Promise<void> {
    const length = lengthOf(part, facts)
    let left = length ?? Infinity
    for await (const bytes of left === 0 ? [] : this.#files.read(path, part.from)) {
      await this.#resumed()
      if (this.#isOver) return
      // What was put behind it meanwhile was not announced.
      const piece = bytes.length > left ? bytes.subarray(0, left) : bytes
      left -= piece.length
      this.#owner.data(piece)
      if (this.#isOver || left === 0) return
    }
    if (length === undefined || left === 0) return
    throw new TransferError(
      'PARTIAL_FILE',
      `the file ended after ${length - left} of ${length} bytes`,
      { received: length - left, expected: length },
      { phase: 'receive' },
    )
  }
}

/** What the system calls empty may have something to tell, as in /proc: it is read to its end. */
function lengthOf({ from, count }: FilePart, { size }: FileFacts): number | undefined {
  return size === undefined || (size === 0 && count === undefined) ? undefined : (count ?? size - from)
}
