/**
 * `Command`: what a command line asks for, as plain data. Made by `parse-args.ts` and by nothing else; nothing
 * in it has been read, looked up or opened.
 */
import type { EasyOptions } from '@trunkline/core'
import type { TraceComponent } from './trace/trace-config.ts'
import type { GlobalSetting, GlobalSwitch, SettingName, SwitchName } from './line/flag-row.ts'

/** Text of the command line, or a file that holds it; "-" is standard input. */
export type TextSource = { readonly is: 'text'; readonly text: string } | FileSource

/** A file to be read before anything is transferred. */
export interface FileSource {
  readonly is: 'file'
  readonly path: string
  /** The argument that asks for it, to be blamed when it cannot be read; undefined: it is told of, and left out. */
  readonly asked?: string | undefined
}

/** One piece of a request body. */
export interface DataPiece {
  readonly source: TextSource
  /** Leave out line ends and NULs of a file (curl: -d). */
  readonly isJoined: boolean
  /** Encode it for a URL, behind `name=` (curl: --data-urlencode). */
  readonly encodes?: boolean
  readonly name?: string
  /** No "&" before it (curl: --json). */
  readonly isGlued?: boolean
}

/** A field of a form (`-F`), or a part of one. */
export interface FormField {
  readonly name?: string
  readonly content:
    | { readonly is: 'text'; readonly text: string }
    /** "-" is standard input. `isUpload`: it goes with its name, as a file does (`@`, not `<`). */
    | { readonly is: 'file'; readonly path: string; readonly isUpload: boolean }
    | { readonly is: 'parts'; readonly parts: readonly FormField[] }
  readonly filename?: string
  readonly contentType?: string
  readonly encoder?: string
  readonly headers: readonly TextSource[]
}

/** Where a transfer goes on (`-C`): "-" is where its file ends. */
export type ResumeChoice = number | '-'

/** Where a body goes. */
export type OutputChoice =
  /** `isAsked`: by name, so that a terminal gets what may harm it. */
  | { readonly is: 'stdout'; readonly isAsked?: boolean }
  /** A file; `#1` in its name is the value of the first glob. */
  | { readonly is: 'file'; readonly template: string }
  /** A file named after the last part of the URL's path. */
  | { readonly is: 'remote-name' }
  /** Nowhere. */
  | { readonly is: 'null' }

/** Where all that moves is written to; "-" is standard output, "%" standard error. */
export interface TraceChoice {
  readonly is: 'hex' | 'ascii'
  readonly path: string
}

/** One URL of the command line, perhaps standing for several, and where their bodies go. */
export interface Target {
  readonly url: string
  /** Whether {} and [] in it, and in the name of the upload, mean something. */
  readonly isGlob: boolean
  readonly isUploadGlob: boolean
  readonly output: OutputChoice
  /** Files that are sent to it with PUT; "-" and "." are standard input. */
  readonly upload: string | undefined
}

/** URLs and what is asked for them: all of the command line, or a part between two `--next`. */
export interface Operation extends Readonly<Record<SwitchName, boolean>> {
  /** Options of every transfer. */
  readonly options: EasyOptions
  /** `-H` in order: lines, or files of lines. */
  readonly headers: readonly TextSource[]
  /** `--proxy-header`, the same. */
  readonly proxyHeaders: readonly TextSource[]
  /** `-d` and its kin in order; empty: no body. */
  readonly data: readonly DataPiece[]
  /** `-F` in order; empty: no form. */
  readonly form: readonly FormField[]
  /** What `--url-query` adds to each URL. */
  readonly query: readonly DataPiece[]
  readonly resume: ResumeChoice | undefined
  /** The file that the ETag is written to ("-": standard output), and the one whose ETag is compared. */
  readonly etagSave: string | undefined
  readonly etagCompare: string | undefined
  readonly targets: readonly Target[]
  readonly writeOut: TextSource | undefined
  /** What becomes of a file that is there: `usual` is written over, but not with a name from the response. */
  readonly clobber: 'usual' | 'always' | 'never'
  /** Values as they were given: see `SettingName`. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>
}

/** What a command line asks for. */
export interface Command extends Readonly<Record<GlobalSwitch, boolean>> {
  /** One after the other; there is at least one. */
  readonly operations: readonly Operation[]
  /** Nothing stands behind the last `--next`: when all is done that can be, that is told. */
  readonly lacksUrl: boolean
  /** `-v`: what happens is told on standard error. */
  readonly isVerbose: boolean
  /** How often `-v` was said in one argument: 0 to 4. */
  readonly verbosity: number
  /** `--trace`, `--trace-ascii`, `-vvv`. */
  readonly trace: TraceChoice | undefined
  /** Who tells more of what happens (`--trace-config`). */
  readonly traceComponents: ReadonlySet<TraceComponent>
  /** Values as they were given: see `GlobalSetting`. */
  readonly settings: Readonly<Partial<Record<GlobalSetting, string>>>
  /** `--rate`: milliseconds from the begin of one transfer to that of the next; 0: no wait. */
  readonly msPerTransfer: number
  /** Transfers at the same time, with `-Z`; those to one host, 0: as many. */
  readonly parallelMax: number
  readonly parallelMaxHost: number
  /** To be told, and no reason to stop. */
  readonly warnings: readonly string[]
  /** The same, as notes: with `-v` only. */
  readonly notes: readonly string[]
  /** Each to be told behind the command's name, and no reason to stop. */
  readonly complaints: readonly string[]
}
