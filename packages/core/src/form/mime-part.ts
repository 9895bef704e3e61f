/**
 * `MimePart`: one part of a form as users give it (libcurl: curl_mimepart), and the door at which it is checked.
 *
 * The rule: what is behind the door can be sent. A part has one content and known headers, and no text of it can
 * end a line: field lines are made of what is checked here and of nothing else.
 */
import { badOption } from '../errors/bad-option.ts'
import { indexOfOther, isToken, TOKEN_CHAR, trimBlanks, VALUE_CHAR } from '../http/tokens.ts'
import { LIMITS } from '../tables/limits.ts'
import { latin1Of } from './part-text.ts'
import { PART_ENCODERS, type PartEncoder } from './part-encoders.ts'

/** One piece of a request body: bytes, or text to be sent as UTF-8. */
export type BodyPiece = Uint8Array | string

/** A request body that is read once. Web and Node streams are async iterables too. */
export type BodyStream = AsyncIterable<BodyPiece> | Iterable<BodyPiece>

/** One part of a form: its content is exactly one of `data`, `file`, `stream` and `parts`; none of them: empty. */
export interface MimePart {
  readonly name?: string | undefined
  /** Text (sent as UTF-8), bytes, or a blob, which is read as it is sent. */
  readonly data?: string | Uint8Array | ArrayBuffer | Blob | undefined
  /** A file, read as it is sent. Its base name is the `filename`, unless one is given; "" leaves that out. */
  readonly file?: string | undefined
  /** What is read as it is sent; a function returns it anew, so that the form can be sent again. */
  readonly stream?: BodyStream | (() => BodyStream) | undefined
  /** Bytes of the `stream`, when they are known: without, the form is sent in chunks. */
  readonly size?: number | undefined
  /** Parts inside this one: `multipart/mixed`, unless `contentType` says otherwise. */
  readonly parts?: readonly MimePart[] | undefined
  readonly filename?: string | undefined
  /** Default: by the end of the file's name, as curl guesses. */
  readonly contentType?: string | undefined
  /** Lines "Name: value" beside those that a part has by itself, or instead of them. */
  readonly headers?: readonly string[] | undefined
  /** Content-Transfer-Encoding. */
  readonly encoder?: PartEncoder | undefined
}

/** Where the bytes of a part come from. */
export type PartContent =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'file'; readonly path: string }
  | {
      readonly is: 'stream'
      readonly stream: BodyStream | (() => BodyStream)
      /** Undefined: not known before its end. */
      readonly size: number | undefined
    }
  | { readonly is: 'parts'; readonly parts: readonly CheckedPart[] }

/** A part that can be sent. Texts are UTF-8, one character per byte. */
export interface CheckedPart {
  /** Where it stands in the form, for messages: `mimePost[1].parts[0]`. */
  readonly place: string
  readonly name: string | undefined
  readonly filename: string | undefined
  readonly contentType: string | undefined
  readonly headers: readonly string[]
  readonly encoder: PartEncoder | undefined
  readonly content: PartContent
}

/** Checks the parts of a form. BAD_FUNCTION_ARGUMENT, which names the part and never repeats its data. */
export function checkParts(place: string, value: unknown, depth = 1): readonly CheckedPart[] {
  if (!Array.isArray(value)) throw badOption(place, 'must be a list of parts')
  // A part that holds itself has no end.
  if (depth > LIMITS.formDepth)
    throw badOption(place, `must not be nested deeper than ${LIMITS.formDepth} levels`)
  return Object.freeze(value.map((part: unknown, index) => checkPart(`${place}[${index}]`, part, depth)))
}

function checkPart(place: string, value: unknown, depth: number): CheckedPart {
  if (typeof value !== 'object' || value === null) throw badOption(place, 'must be an object')
  for (const key of Object.keys(value))
    if (!KEYS.has(key))
      throw badOption(place, `has no property ${JSON.stringify(key)}; it may have ${[...KEYS].join(', ')}`)
  const part = value as MimePart
  const content = contentOf(place, part, depth)
  const given = textOf(place, 'filename', part.filename)
  const filename = given ?? (content.is === 'file' ? latin1Of(baseName(content.path)) : undefined)
  if (part.encoder !== undefined && !(PART_ENCODERS as readonly string[]).includes(part.encoder))
    throw badOption(place, `must have an encoder of ${PART_ENCODERS.join(', ')}`)
  return {
    place,
    name: textOf(place, 'name', part.name),
    filename: filename === '' && content.is === 'file' ? undefined : filename,
    contentType: lineOf(place, 'contentType', part.contentType),
    headers: headersOf(place, part.headers),
    encoder: part.encoder,
    content,
  }
}

const CONTENTS = ['data', 'file', 'stream', 'parts'] as const
const KEYS: ReadonlySet<string> = new Set([
  'name',
  ...CONTENTS,
  'size',
  'filename',
  'contentType',
  'headers',
  'encoder',
])

function contentOf(place: string, part: MimePart, depth: number): PartContent {
  const given = CONTENTS.filter((key) => part[key] !== undefined)
  if (given.length > 1) throw badOption(place, `must have one content, not both ${given[0]} and ${given[1]}`)
  const { data, file, stream, parts, size } = part
  if (size !== undefined && (stream === undefined || !Number.isSafeInteger(size) || size < 0))
    throw badOption(place, 'may have a size, a whole number of bytes, only with a stream')
  if (parts !== undefined) return { is: 'parts', parts: checkParts(`${place}.parts`, parts, depth + 1) }
  if (stream !== undefined) {
    if (typeof stream !== 'function' && !isIterable(stream))
      throw badOption(place, 'must have an iterable, a stream, or a function that returns one, as its stream')
    return { is: 'stream', stream, size }
  }
  if (file !== undefined) {
    if (typeof file !== 'string' || file === '' || file.includes('\0'))
      throw badOption(place, 'must have the path of a file as its file')
    return { is: 'file', path: file }
  }
  if (data === undefined) return { is: 'bytes', bytes: new Uint8Array(0) }
  if (typeof data === 'string') return { is: 'bytes', bytes: new TextEncoder().encode(data) }
  if (data instanceof Uint8Array) return { is: 'bytes', bytes: data }
  if (data instanceof ArrayBuffer) return { is: 'bytes', bytes: new Uint8Array(data) }
  if (isBlob(data)) return blobContent(data)
  throw badOption(place, 'must have text, bytes or a blob as its data')
}

/** A blob can be read again and again, and knows its size. */
export function blobContent(blob: Blob): Extract<PartContent, { is: 'stream' }> {
  return { is: 'stream', stream: () => blob.stream() as unknown as BodyStream, size: blob.size }
}

/** Whether it is a blob, of whichever library: what counts is that it can be read. */
export function isBlob(value: unknown): value is Blob {
  if (typeof value !== 'object' || value === null) return false
  const { size, type, stream } = value as Partial<Blob>
  return Number.isSafeInteger(size) && typeof type === 'string' && typeof stream === 'function'
}

/** The name of a file without its folders. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** A name: any text, since it is escaped where it is written. */
function textOf(place: string, what: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw badOption(place, `must have a string as its ${what}`)
  checkWhole(place, what, value)
  const text = latin1Of(value)
  const at = text.search(/[^\r\n\t\x20-\x7e\x80-\xff]/)
  if (at >= 0)
    throw badOption(place, `must not have the control character ${codeAt(text, at)} in its ${what}`)
  return text
}

/** What is written as it is. */
function lineOf(place: string, what: string, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw badOption(place, `must have a string as its ${what}`)
  checkWhole(place, what, value)
  const text = trimBlanks(latin1Of(value))
  const at = indexOfOther(text, VALUE_CHAR)
  // CVE-2026-15157: a type that holds a line end would add fields to the part, or a part to the form.
  if (at >= 0)
    throw badOption(place, `must not have the control character ${codeAt(text, at)} in its ${what}`)
  return text === '' ? undefined : text
}

/** Half a character would be sent as another one. */
function checkWhole(place: string, what: string, text: string): void {
  if (/\p{Surrogate}/u.test(text))
    throw badOption(place, `must not have half a character (a lone surrogate) in its ${what}`)
}

function headersOf(place: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw badOption(place, 'must have a list of lines "Name: value" as its headers')
  return value.map((line: unknown) => {
    const text = lineOf(place, 'headers', line) ?? ''
    const colon = text.indexOf(':')
    if (colon < 0) throw badOption(place, 'must have a colon in each line of its headers')
    const name = text.slice(0, colon)
    if (isToken(name)) return text
    const shown = name.slice(0, indexOfOther(name, TOKEN_CHAR) + 1)
    throw badOption(place, `must have tokens as names of its headers, not ${JSON.stringify(shown)}...`)
  })
}

function isIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

function codeAt(text: string, at: number): string {
  return `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')}`
}
