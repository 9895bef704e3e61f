/**
 * `RunMemory`: cookies, HSTS and Alt-Svc of one run of the command, shared by all its handles; and the files that
 * they come from and go to.
 *
 * The rule: what one transfer learns the next one knows, also after `--next`; an operation that asks for none of it
 * neither sends nor learns. Files are read before the first transfer of their operation and written when it is over,
 * however it ended.
 */
import {
  EASY_OPTIONS,
  HandleMemory,
  isTransferError,
  OptionSet,
  type EasyOptions,
  type Environment,
  type SharedCaches,
  type SharedMemory,
} from '@trunkline/core'
import { drain } from '../line/standard-input.ts'
import type { Surroundings } from '../surroundings.ts'

/** The options of an operation's handles, and what they share. */
export interface Remembered {
  readonly options: EasyOptions
  readonly share: SharedCaches | undefined
  /** Writes the files. Answers what went wrong, in words. */
  save(): Promise<string | undefined>
}

type Streams = Pick<Surroundings, 'stdin' | 'stdout'>

/** What one run remembers. */
export class RunMemory {
  readonly #environment: Environment
  /** Standard input is opened when it is read. */
  readonly #streams: Streams
  readonly #shared: { -readonly [Part in keyof SharedMemory]: SharedMemory[Part] } = {}

  constructor(environment: Environment, streams: Streams) {
    this.#environment = environment
    this.#streams = streams
  }

  /** The cookies that "-" stands for are lines of standard input. */
  async #withInput(options: EasyOptions): Promise<EasyOptions> {
    const { cookieFile = [], cookieList = [] } = options
    const lines = (await drain(this.#streams.stdin)).toString('latin1').split(/\r?\n/)
    return {
      ...options,
      cookieFile: cookieFile.filter((path) => path !== '-'),
      cookieList: [...cookieList, ...lines.filter((line) => line !== '')],
    }
  }

  /** Reads the files of an operation. Rejects with a TransferError. */
  async begin(options: EasyOptions): Promise<Remembered> {
    const { cookieFile, cookieJar, cookieList, hsts, altSvc } = options
    const hasCookies = cookieFile !== undefined || cookieJar !== undefined || cookieList !== undefined
    if (!hasCookies && hsts === undefined && altSvc === undefined)
      return { options, share: undefined, save: () => Promise.resolve(undefined) }
    const toStdout = cookieJar === '-'
    // "-" is no file; without a file at all the engine is on nevertheless.
    const asked = toStdout ? { ...options, cookieJar: undefined, cookieFile: cookieFile ?? [] } : options
    const mine = cookieFile?.includes('-') === true ? await this.#withInput(asked) : asked
    const memory = new HandleMemory(this.#environment, {
      cookies: hasCookies ? this.#shared.cookies : undefined,
      hsts: hsts === undefined ? undefined : this.#shared.hsts,
      altSvc: altSvc === undefined ? undefined : this.#shared.altSvc,
    })
    const settings = new OptionSet(EASY_OPTIONS, mine).snapshot()
    await memory.prepare(settings)
    const found = { cookies: memory.cookies, hsts: memory.hsts, altSvc: memory.altSvc }
    this.#shared.cookies ??= found.cookies
    this.#shared.hsts ??= found.hsts
    this.#shared.altSvc ??= found.altSvc
    return {
      // What is shared is on without being asked for, and has its files already.
      options: {
        ...options,
        cookieFile: undefined,
        cookieJar: undefined,
        cookieList: undefined,
        hsts: undefined,
        altSvc: undefined,
      },
      share: lend(this.#environment, found),
      save: async () => {
        if (toStdout) this.#streams.stdout.write(found.cookies?.toFile() ?? '', 'latin1')
        return await memory.save(settings).then(() => undefined, wordsOf)
      },
    }
  }
}

/** As a share, of which no part but the memory is lent. */
function lend(environment: Environment, memory: SharedMemory): SharedCaches {
  return {
    environment,
    connections: undefined,
    dns: undefined,
    tlsSessions: undefined,
    memory,
    attach: () => undefined,
    detach: () => undefined,
  }
}

function wordsOf(error: unknown): string {
  if (!isTransferError(error)) throw error
  return error.message
}
