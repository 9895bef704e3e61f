/**
 * `SessionFile`: TLS sessions that outlive the run (`--ssl-sessions`).
 *
 * The rule: they are a help and never a reason to fail: a file that cannot be read or written is warned of. What others
 * wrote meanwhile stays, what was used or is too old goes.
 */
import { isTransferError, type Environment, type TlsSessionCache } from '@trunkline/core'

/** The file of one run. */
export class SessionFile {
  readonly #path: string
  readonly #cache: TlsSessionCache
  readonly #files: Environment['stateFiles']

  constructor(path: string, cache: TlsSessionCache, { stateFiles }: Pick<Environment, 'stateFiles'>) {
    this.#path = path
    this.#cache = cache
    this.#files = stateFiles
  }

  /** Takes its sessions in. Answers what went wrong, in words; that it is not there is none of it. */
  async load(): Promise<string | undefined> {
    try {
      this.#cache.import((await this.#files.read(this.#path)) ?? '')
      return undefined
    } catch (error) {
      return wordsOf(error)
    }
  }

  /** Writes what is known now, for its owner alone to read. Answers what went wrong. */
  async save(): Promise<string | undefined> {
    try {
      await this.#files.update(this.#path, (old) => this.#cache.export(old))
      return undefined
    } catch (error) {
      return `Failed to create SSL session file: ${wordsOf(error)}`
    }
  }
}

function wordsOf(error: unknown): string {
  if (!isTransferError(error)) throw error
  return error.message
}
