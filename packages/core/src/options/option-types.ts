/** The types of options, derived from the option table by kind. */
import type { FileBody, GivenBody } from '../form/given-body.ts'
import type { BodyStream, CheckedPart, MimePart } from '../form/mime-part.ts'
import type { CACHE_OPTIONS, EASY_OPTIONS, MULTI_OPTIONS } from '../tables/option-table.ts'
import type { NegotiateFunction } from '../auth/negotiate.ts'
import type { ResponseHead } from '../http/message.ts'

/** One request field. An undefined value removes a field that would be sent by itself. */
export interface HeaderLine {
  readonly name: string
  readonly value: string | undefined
  /** The line as it was given, where its blanks are others than those that Trunkline writes. */
  readonly written?: string
}

/** What `headers` takes. Lines are "Name: value"; "Name:" removes a field and "Name;" sends it empty. */
export type HeadersInput =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [name: string, value: string]>
  | readonly string[]

/** What `body` takes. A function is called anew each time the body must be sent, so it can be repeated. */
export type BodyInput =
  | string
  | Uint8Array
  | ArrayBuffer
  | BodyStream
  | (() => BodyStream)
  | FileBody
  | Blob
  | FormData
  | URLSearchParams

/** What `postFields` takes: encoded text or bytes, or what is to be encoded. */
export type PostFieldsInput = string | Uint8Array | URLSearchParams

/** Any value that JSON has. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined }

/** Called when the body has been sent, for the fields that follow it. What it throws ends the transfer. */
export type TrailerFunction = () => HeadersInput

/** What `trailers` takes. */
export type TrailersInput = HeadersInput | TrailerFunction

/** Gets a piece of the response body, valid during the call only. "pause": no more until the handle's `resume()`. */
export type WriteFunction = (bytes: Uint8Array) => 'pause' | void

/** Gets each response head as it comes; `final` is false for informational (1xx) ones. */
export type HeaderFunction = (head: ResponseHead, final: boolean) => void

/** How far a transfer is. Totals are 0 while unknown; everything in bytes of body. */
export interface Progress {
  readonly downloaded: number
  readonly downloadTotal: number
  readonly uploaded: number
  readonly uploadTotal: number
}

/** Called as bytes move; "abort" ends the transfer with ABORTED_BY_CALLBACK. */
export type ProgressFunction = (progress: Progress) => 'abort' | void

/** Hosts that speak HTTPS only, known from the start. `expires`: seconds since 1970; undefined: for good. */
export type HstsReadFunction = () => Iterable<{
  readonly host: string
  readonly includeSubDomains: boolean
  readonly expires?: number | undefined
}>

/** What a user may give for each kind of option. */
interface InputOf {
  flag: boolean
  integer: number
  duration: number
  text: string
  choice: string
  list: readonly string[]
  bytes: Uint8Array | string
  url: string | URL
  headers: HeadersInput
  proxy: string | URL
  variables: Readonly<Record<string, string | undefined>>
  body: BodyInput
  'post-fields': PostFieldsInput
  json: JsonValue
  'mime-parts': readonly MimePart[]
  trailers: TrailersInput
  signal: AbortSignal
  'write-function': WriteFunction
  'header-function': HeaderFunction
  'progress-function': ProgressFunction
  'hsts-function': HstsReadFunction
  'negotiate-function': NegotiateFunction
}

/** What each kind has become once it is checked. */
interface SettledOf extends Omit<InputOf, keyof SettledAnew>, SettledAnew {}

interface SettledAnew {
  bytes: Uint8Array
  url: string
  proxy: string
  headers: readonly HeaderLine[]
  body: SettledBody
  'post-fields': Uint8Array
  json: Uint8Array
  'mime-parts': readonly CheckedPart[]
  trailers: readonly HeaderLine[] | TrailerFunction
}

/** A body as the engine wants it. */
export type SettledBody = Uint8Array | BodyStream | (() => BodyStream) | GivenBody

type Value<Row, By extends Record<string, unknown>> = Row extends { choices: readonly (infer C)[] }
  ? Row extends { kind: 'list' }
    ? readonly C[]
    : C
  : Row extends { kind: infer K extends keyof By }
    ? By[K]
    : never

type Inputs<Table> = {
  readonly [Name in keyof Table]?: Value<Table[Name], InputOf & Record<string, unknown>> | undefined
}

/** All options of a table, checked and with defaults filled in; those without a default may be undefined. */
export type Settled<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends { default: unknown }
    ? Value<Table[Name], SettledOf & Record<string, unknown>>
    : Value<Table[Name], SettledOf & Record<string, unknown>> | undefined
}

/** Options of one handle; see docs/options.md. */
export type EasyOptions = Inputs<typeof EASY_OPTIONS>
/** Limits and habits of one connection cache; see docs/options.md. */
export type CacheOptions = Inputs<typeof CACHE_OPTIONS>
/** Options of a multi: those of its cache and its own; see docs/options.md. */
export type MultiOptions = CacheOptions & Inputs<typeof MULTI_OPTIONS>

/** One handle's options, frozen for a run. */
export type EasySettings = Settled<typeof EASY_OPTIONS>
/** One cache's options, checked. */
export type CacheSettings = Settled<typeof CACHE_OPTIONS>
/** A multi's own options, checked. */
export type MultiSettings = Settled<typeof MULTI_OPTIONS>
