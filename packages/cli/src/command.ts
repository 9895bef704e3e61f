/**
 * `Command`: what a command line asks for, as plain data. Made by `parse-args.ts` and by nothing else; nothing
 * in it has been read, looked up or opened.
 */
import type { EasyOptions } from '@trunkline/core'
import type { SwitchName } from './flags.ts'
import type { Glob } from './glob.ts'

/** Text of the command line, or a file that holds it; "-" is standard input. */
export type TextSource = { readonly is: 'text'; readonly text: string } | FileSource

/** A file to be read before anything is transferred. */
export interface FileSource {
  readonly is: 'file'
  readonly path: string
}

/** One piece of a request body. */
export interface DataPiece {
  readonly source: TextSource
  /** Leave out line ends and NULs of a file (curl: -d). */
  readonly isJoined: boolean
}

/** Where a body goes. */
export type OutputChoice =
  | { readonly is: 'stdout' }
  /** A file; `#1` in its name is the value of the first glob. */
  | { readonly is: 'file'; readonly template: string }
  /** A file named after the last part of the URL's path. */
  | { readonly is: 'remote-name' }

/** One URL of the command line, perhaps standing for several, and where their bodies go. */
export interface Target {
  readonly glob: Glob
  readonly output: OutputChoice
}

/** What a command line asks for. */
export interface Command extends Readonly<Record<SwitchName, boolean>> {
  /** Options of every transfer. */
  readonly options: EasyOptions
  /** `-H` in order: lines, or files of lines. */
  readonly headers: readonly TextSource[]
  /** `--proxy-header`, the same. */
  readonly proxyHeaders: readonly TextSource[]
  /** `-d` and its kin in order; empty: no body. */
  readonly data: readonly DataPiece[]
  readonly targets: readonly Target[]
  readonly writeOut: TextSource | undefined
  /** Transfers at the same time, with `-Z`. */
  readonly parallelMax: number
  /** To be told, and no reason to stop. */
  readonly warnings: readonly string[]
}
