/**
 * `JobOutput`: the place that gets the body of one job, over all its tries: which file, how it is opened, and what
 * becomes of it afterwards.
 *
 * The rule: a file is made by the first byte or by success, so that a failure leaves what was there; what a failed
 * try has written is taken back before the next one writes, except where that goes on at its end (`-C -`).
 */
import type { Writable } from 'node:stream'
import type { ResponseHead } from '@trunkline/core'
import { BodyOutput, type OutputControl } from './output.ts'
import { dispositionName, folderOf, inFolder, locationName } from './output-name.ts'
import type { Files } from '../surroundings.ts'

/** How the flags want files to be treated. */
export interface OutputRules {
  /** The file; undefined: `stdout`. */
  readonly path: string | undefined
  readonly folder: string | undefined
  /** Whether the response may name it (`-J`). */
  readonly isNamedByHeader: boolean
  /** What becomes of a file that is there: `usual` is written over, but not with a name from the response. */
  readonly clobber: 'usual' | 'always' | 'never'
  /** Bytes go to its end (`-C`); and what a failed try has written stays (`-C -`). */
  readonly goesOn: boolean
  readonly keepsParts: boolean
  readonly createsDirs: boolean
}

/** Where the body of one job goes. */
export class JobOutput {
  readonly #rules: OutputRules
  readonly #files: Files
  readonly #stdout: Writable
  #path: string | undefined
  #hasResponseName = false
  #output: BodyOutput | undefined
  #isOpened = false
  /** Bytes that were there before. */
  #before = 0

  constructor(rules: OutputRules, files: Files, stdout: Writable) {
    this.#rules = rules
    this.#files = files
    this.#stdout = stdout
    this.#path = rules.path === undefined ? undefined : inFolder(rules.folder, rules.path)
  }

  /** The file as it is called now; undefined: standard output. */
  get path(): string | undefined {
    return this.#path
  }

  get isFile(): boolean {
    return this.#rules.path !== undefined
  }

  /** Whether there is a file that this job has opened. */
  get isOpened(): boolean {
    return this.#isOpened && this.isFile
  }

  get failure(): Error | undefined {
    return this.#output?.failure
  }

  /** A try begins. */
  async begin(control: OutputControl): Promise<void> {
    if (!this.isFile) {
      this.#output = BodyOutput.to(this.#stdout, control)
      return
    }
    if (this.#rules.goesOn && !this.#isOpened) this.#before = await this.size()
    this.#output = BodyOutput.ownedBy(() => this.#open(), control)
  }

  write(bytes: Uint8Array): 'pause' | void {
    return this.#output!.write(bytes)
  }

  /** Takes nothing more, as when writing had failed. */
  refuse(error: Error): void {
    this.#output!.refuse(error)
  }

  /** A head came, which may name the file. */
  head({ fields }: ResponseHead): void {
    if (!this.#rules.isNamedByHeader || this.#isOpened) return
    const disposition = fields.first('content-disposition')
    const location = fields.first('location')
    const named = disposition === undefined ? undefined : dispositionName(disposition)
    const name = named ?? (location === undefined ? undefined : locationName(location))
    if (name === undefined) return
    this.#path = inFolder(this.#rules.folder, name)
    this.#hasResponseName = named !== undefined
  }

  /** Resolves when everything is written, or nothing more can be. `creates`: an empty body makes an empty file. */
  async finish(creates: boolean): Promise<void> {
    await this.#output?.finish(creates)
  }

  /** Takes back what the last try has written; standard output cannot. */
  async rewind(): Promise<void> {
    if (this.isOpened && !this.#rules.keepsParts) await this.#files.truncate(this.#path!, this.#before)
  }

  /** Bytes of the file as it stands; 0: there is none. */
  async size(): Promise<number> {
    return this.#path === undefined ? 0 : await this.#files.size(this.#path).catch(() => 0)
  }

  #open(): Writable {
    const { createsDirs, goesOn, clobber } = this.#rules
    const path = this.#path!
    const folder = folderOf(path)
    if (this.#isOpened) return this.#files.append(path)
    if (createsDirs && folder !== undefined) this.#files.makeFolder(folder)
    this.#isOpened = true
    if (goesOn) return this.#files.append(path)
    // What the response has named never hits what is there, unless the user says so.
    if (clobber === 'always' || (clobber === 'usual' && !this.#hasResponseName))
      return this.#files.create(path)
    return this.#openNew(path, clobber === 'never' ? MOST_NUMBERS : 0)
  }

  /** `name`, or `name.1`, `name.2`, ... as far as `numbers`. */
  #openNew(path: string, numbers: number): Writable {
    for (let number = 0; ; number += 1) {
      const name = number === 0 ? path : `${path}.${number}`
      try {
        const stream = this.#files.createNew(name)
        this.#path = name
        return stream
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST' && number < numbers) continue
        this.#isOpened = false
        throw error
      }
    }
  }
}

/** curl's number for `--no-clobber`. */
const MOST_NUMBERS = 100
