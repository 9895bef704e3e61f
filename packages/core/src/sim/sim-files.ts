/**
 * `SimFiles`: files in memory, which can be missing, change, or break while they are read.
 *
 * The rule: it holds what a test put there and nothing else; the machine's files are not touched.
 */
import { joined } from '../base/joined.ts'
import type { FileFacts, Files, FileWriter, Milliseconds } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'

/** How a simulated file behaves. */
export interface SimFileOptions {
  /** Bytes of a piece. Default 64 KiB. */
  readonly pieceBytes?: number
  /** Its size is not known before its end, as with a pipe. */
  readonly isPipe?: boolean
  /** Reading fails at this byte. */
  readonly breaksAt?: number
  /** When it was last changed, since 1970. Default 0. */
  readonly changedMs?: Milliseconds
  /** It is a folder. */
  readonly isFolder?: boolean
  /** It cannot be opened to be written. */
  readonly isReadOnly?: boolean
  /** The disk is full when it has so many bytes. */
  readonly fullAt?: number
}

interface SimFile extends SimFileOptions {
  readonly bytes: Uint8Array
}

export class SimFiles implements Files {
  readonly #files = new Map<string, SimFile>()
  #open = 0
  #reads = 0

  /** Puts a file there, or replaces it; text is UTF-8. */
  set(path: string, content: string | Uint8Array, options: SimFileOptions = {}): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice()
    this.#files.set(path, { bytes, ...options })
  }

  /** What a file holds, as text; undefined: there is none. */
  text(path: string): string | undefined {
    const file = this.#files.get(path)
    return file && new TextDecoder().decode(file.bytes)
  }

  homePath(name: string): string {
    return `/home/${name}`
  }

  /** Takes a file away; one that is being read goes on as it was. */
  delete(path: string): void {
    this.#files.delete(path)
  }

  /** Files that are being read or written now. */
  get open(): number {
    return this.#open
  }

  /** How often one was opened. */
  get reads(): number {
    return this.#reads
  }

  async sizeOf(path: string): Promise<number | undefined> {
    const { size, isFolder } = await this.factsOf(path)
    if (isFolder) throw broken(path, 'it is a folder', 'EISDIR')
    return size
  }

  async factsOf(path: string): Promise<FileFacts> {
    const { bytes, isPipe = false, isFolder = false, changedMs = 0 } = this.#file(path)
    return { size: isPipe || isFolder ? undefined : bytes.length, changedMs, isFolder }
  }

  async namesIn(path: string): Promise<readonly string[]> {
    if (this.#file(path).isFolder !== true) throw broken(path, 'it is no folder', 'ENOTDIR')
    const names = [...this.#files.keys()].filter((one) => one.startsWith(`${path}/`))
    return names.map((one) => one.slice(path.length + 1)).filter((name) => !name.includes('/'))
  }

  async openToWrite(path: string, { appends }: { readonly appends: boolean }): Promise<FileWriter> {
    const known = this.#files.get(path)
    if (known?.isFolder === true) throw unwritable(path, 'it is a folder', 'EISDIR')
    if (known?.isReadOnly === true) throw unwritable(path, 'permission denied', 'EACCES')
    const { bytes, isPipe: _, breaksAt: __, ...behaviour } = known ?? {}
    this.set(path, appends ? (bytes ?? '') : '', behaviour)
    this.#open += 1
    let isOpen = true
    return {
      write: async (piece) => {
        const { bytes: before, ...rest } = this.#file(path)
        if (before.length + piece.length > (rest.fullAt ?? Infinity))
          throw unwritable(path, 'no space left on the device', 'ENOSPC')
        this.set(path, joined([before, piece]), rest)
      },
      close: async () => {
        if (isOpen) this.#open -= 1
        isOpen = false
      },
    }
  }

  async *read(path: string, from: number): AsyncGenerator<Uint8Array> {
    this.#open += 1
    this.#reads += 1
    try {
      const file = this.#file(path)
      const { bytes, pieceBytes = 64 * 1024, breaksAt = Infinity } = file
      for (let at = from; at < bytes.length || at >= breaksAt; at += pieceBytes) {
        if (at >= breaksAt) throw broken(path, 'input/output error', 'EIO')
        yield bytes.slice(at, Math.min(at + pieceBytes, breaksAt))
        if (at + pieceBytes > breaksAt) throw broken(path, 'input/output error', 'EIO')
      }
    } finally {
      this.#open -= 1
    }
  }

  #file(path: string): SimFile {
    const file = this.#files.get(path)
    if (file === undefined) throw broken(path, 'no such file or directory', 'ENOENT')
    return file
  }
}

function unwritable(path: string, why: string, system: string): TransferError {
  return new TransferError(
    'WRITE_ERROR',
    `the file ${JSON.stringify(path)} cannot be written: ${why} (${system})`,
    { path, system },
    { phase: 'send' },
  )
}

function broken(path: string, why: string, system: string): TransferError {
  return new TransferError(
    'READ_ERROR',
    `the file ${JSON.stringify(path)} cannot be read: ${why} (${system})`,
    { path, system },
    { phase: 'setup' },
  )
}
