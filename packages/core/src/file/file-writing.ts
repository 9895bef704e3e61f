/**
 * `FileWriting`: a request body on its way into a file.
 *
 * The rule: pieces are written in order, one at a time, and who sends them is told to wait meanwhile. What was written
 * before a failure stays, as with curl.
 */
import type { HttpStream } from '../connection/exchange.ts'
import type { Files, FileWriter } from '../env/environment.ts'
import type { FileOwner } from './file-reading.ts'

/** Who writes. */
export interface WritingOwner extends Pick<FileOwner, 'fileDone' | 'fileFailed'> {
  /** The file is open: the body may be sent. */
  fileOpened(): void
  /** More may be written. */
  drained(): void
}

/** Where to. */
export interface WritingWish {
  readonly path: string
  /** What is there stays, and the body stands behind it. */
  readonly appends: boolean
  /** Bytes of the body to leave out: as many as the file has already. */
  readonly goesOn: boolean
  /** Of a file that is made. */
  readonly mode: number
}

export class FileWriting implements HttpStream {
  readonly id = undefined
  readonly headBytes = 0
  readonly #owner: WritingOwner
  #file: FileWriter | undefined
  #skip = 0
  #isOver = false
  #isEnding = false
  /** Pieces that wait; the first is being written. */
  readonly #queue: Uint8Array[] = []

  constructor(files: Files, wish: WritingWish, owner: WritingOwner) {
    this.#owner = owner
    void this.#open(files, wish)
  }

  /** False: wait for `drained`. */
  write(bytes: Uint8Array): boolean {
    const left = Math.max(0, this.#skip - bytes.length)
    const rest = bytes.subarray(Math.min(this.#skip, bytes.length))
    this.#skip = left
    if (rest.length === 0) return true
    this.#queue.push(rest)
    if (this.#queue.length === 1) void this.#drain()
    return false
  }

  end(): void {
    this.#isEnding = true
    if (this.#queue.length === 0) void this.#close()
  }

  abandon(): void {
    this.#isOver = true
    // What is being written is waited for; then `#drain` closes.
    if (this.#queue.length === 0) void this.#close()
  }

  pause(): void {}
  resume(): void {}
  reprioritize(): void {}

  async #open(files: Files, { path, appends, goesOn, mode }: WritingWish): Promise<void> {
    try {
      if (goesOn)
        this.#skip = await files.factsOf(path).then(
          ({ size }) => size ?? 0,
          () => 0,
        )
      this.#file = await files.openToWrite(path, { appends: appends || this.#skip > 0, mode })
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#isOver) void this.#close()
    else this.#owner.fileOpened()
  }

  async #drain(): Promise<void> {
    try {
      for (; this.#queue.length > 0 && !this.#isOver; this.#queue.shift())
        await this.#file!.write(this.#queue[0]!)
    } catch (error) {
      this.#queue.length = 0
      this.#fail(error)
      void this.#close()
      return
    }
    this.#queue.length = 0
    if (this.#isOver || this.#isEnding) void this.#close()
    else this.#owner.drained()
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (file === undefined) return
    try {
      await file.close()
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.fileDone()
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.fileFailed(error)
  }
}
