/** What the command touches outside itself: everything `main` does, it does through these. */
import type { Readable, Writable } from 'node:stream'
import type { Environment } from '@trunkline/core'
import type { Persona } from './help/version.ts'

/** Files, as the command uses them. */
export interface Files {
  /** The content of a file. Rejects as `node:fs` does. */
  read(path: string): Promise<Uint8Array>
  /** A new file, or an old one emptied. Failures come as the stream's error. */
  create(path: string): Writable
  /** A file that was not there before. Throws as `node:fs` does, EEXIST where there is one. */
  createNew(path: string): Writable
  /** The end of an old file, or a new one. */
  append(path: string): Writable
  /** Bytes of a file. Rejects as `node:fs` does. */
  size(path: string): Promise<number>
  /** Cuts a file off; one that is no regular file is left alone. Rejects as `node:fs` does. */
  truncate(path: string, bytes: number): Promise<void>
  /** Sets the time of last change, seconds since 1970. Rejects as `node:fs` does. */
  setTime(path: string, seconds: number): Promise<void>
  /** Removes a regular file. Rejects as `node:fs` does. */
  remove(path: string): Promise<void>
  /** Makes a folder and those above it, where they are not there. Throws as `node:fs` does. */
  makeFolder(path: string): void
  /** When a file was changed, milliseconds since 1970. Rejects as `node:fs` does. */
  changedMs(path: string): Promise<number>
}

/** Whom to ask, and where to show the question. */
export interface Asking {
  readonly stdin: Readable
  readonly stderr: Writable
}

/** Where a run of the command takes place. */
export interface Surroundings {
  /** Bodies, and what `-w` and `--help` print. */
  readonly stdout: Writable
  /** Messages, and what `-v` shows. */
  readonly stderr: Writable
  /** What "-" stands for where a file is read. */
  readonly stdin: Readable
  /** Default: those of the machine. */
  readonly files?: Files
  /**
   * Environment variables: CURL_CA_BUNDLE and SSL_CERT_FILE name a default for `--cacert`; http_proxy and its kin a
   * proxy.
   */
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * Asks for what must not be shown, one answer for each prompt; undefined: there will be none. Default: the user at
   * the terminal, or, where there is none, a line of `stdin` each.
   */
  readonly askSecrets?: (prompts: readonly string[], asking: Asking) => Promise<readonly string[] | undefined>
  /** The world that transfers take place in. Default: Node's own. */
  readonly environment?: Environment
  /** As whom it answers `-V` and what its User-Agent says. Default: trunkline. Nothing else differs. */
  readonly persona?: Persona
  /** Ends the run early, with exit code 130; what was written stays. */
  readonly signal?: AbortSignal
}
