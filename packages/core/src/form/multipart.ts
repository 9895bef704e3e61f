/**
 * Multipart bodies (RFC 2046 5.1, RFC 7578) as a row of pieces: runs of bytes, and contents that are read when
 * they are sent. Byte for byte what libcurl sends for equal parts. Pure.
 *
 * The rule: each piece knows its length or says that it does not, so that the length of the whole is known before
 * anything is read.
 */
import { ByteWriter } from '../base/byte-writer.ts'
import { unreachable } from '../base/invariant.ts'
import { ANY_FILE_TYPE, guessedType, isType } from './content-type.ts'
import type { CheckedPart, PartContent } from './mime-part.ts'
import { encodedSize, newEncoding, type PartEncoder } from './part-encoders.ts'
import { escaped, type NameEscape } from './part-text.ts'

/** What is read when it is sent. */
export type ReadContent = Extract<PartContent, { is: 'file' | 'stream' }>

/** A part of the body, in order. */
export type FormPiece =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly is: 'read'
      readonly content: ReadContent
      /** Bytes before they are encoded; undefined: not known before the end. */
      readonly size: number | undefined
      readonly encoder: PartEncoder | undefined
      readonly place: string
    }

/** A form as it is sent. */
export interface FormLayout {
  /** The value of Content-Type, with the boundary. */
  readonly contentType: string
  readonly pieces: readonly FormPiece[]
  /** Bytes of the whole; undefined: not known. */
  readonly length: number | undefined
}

/** What a layout is made with. */
export interface FormTerms {
  /** A new boundary at each call. */
  readonly boundary: () => string
  readonly escape: NameEscape
  /** The type of the form without its boundary: `multipart/form-data` usually. */
  readonly contentType: string
  /** The bytes of what is to be read; undefined: not known. */
  readonly sizeOf: (content: ReadContent) => number | undefined
}

/**
 * Lays a form out. BAD_FUNCTION_ARGUMENT for a name that cannot be escaped, READ_ERROR for data that its encoder
 * cannot carry.
 */
export function layoutForm(parts: readonly CheckedPart[], terms: FormTerms): FormLayout {
  const boundary = terms.boundary()
  const layout = new Layout(terms)
  layout.multipart(parts, boundary, terms.contentType)
  return { contentType: `${terms.contentType}; boundary=${boundary}`, ...layout.finish() }
}

class Layout {
  readonly #terms: FormTerms
  readonly #pieces: FormPiece[] = []
  /** The run of bytes that is being written. */
  readonly #run = new ByteWriter()
  #length: number | undefined = 0

  constructor(terms: FormTerms) {
    this.#terms = terms
  }

  multipart(parts: readonly CheckedPart[], boundary: string, type: string): void {
    // The line end before the first boundary is that of the empty line before it.
    let isFirst = true
    for (const part of parts) {
      this.#run.latin1(`${isFirst ? '' : '\r\n'}--${boundary}\r\n`)
      this.#part(part, isType(type, 'multipart/form-data'))
      isFirst = false
    }
    this.#run.latin1(`${isFirst ? '' : '\r\n'}--${boundary}--\r\n`)
  }

  finish(): Pick<FormLayout, 'pieces' | 'length'> {
    this.#endRun()
    return { pieces: this.#pieces, length: this.#length }
  }

  #part(part: CheckedPart, isOfForm: boolean): void {
    const { content, encoder, place } = part
    const boundary = content.is === 'parts' ? this.#terms.boundary() : undefined
    const type = typeOf(part)
    this.#run.latin1(`${headOf(part, type, { isOfForm, boundary, escape: this.#terms.escape })}\r\n`)
    switch (content.is) {
      case 'bytes': {
        const encoding = newEncoding(encoder, place)
        this.#run.set(encoding.push(content.bytes))
        this.#run.set(encoding.end())
        // libcurl does not count it ahead, and sends such a form in chunks.
        if (encodedSize(encoder, content.bytes.length) === undefined) this.#add(undefined)
        return
      }
      case 'parts':
        this.multipart(content.parts, boundary!, type!)
        return
      case 'file':
      case 'stream': {
        this.#endRun()
        const size = this.#terms.sizeOf(content)
        this.#pieces.push({ is: 'read', content, size, encoder, place })
        this.#add(encodedSize(encoder, size))
        return
      }
      default:
        unreachable(content)
    }
  }

  #endRun(): void {
    const bytes = this.#run.take()
    if (bytes.length === 0) return
    this.#pieces.push({ is: 'bytes', bytes })
    this.#add(bytes.length)
  }

  #add(size: number | undefined): void {
    this.#length = this.#length === undefined || size === undefined ? undefined : this.#length + size
  }
}

/** The type of a part; undefined: none is told. */
function typeOf(part: CheckedPart): string | undefined {
  const { content, filename } = part
  const own = part.contentType ?? headerOf(part, 'content-type')
  if (own !== undefined) return own
  if (content.is === 'parts') return 'multipart/mixed'
  const byName = filename === undefined ? undefined : guessedType(filename)
  const guess =
    content.is === 'file'
      ? (byName ?? guessedType(content.path) ?? (filename === undefined ? undefined : ANY_FILE_TYPE))
      : byName
  // Plain text is what a part is that says nothing (RFC 7578 4.4).
  return guess === 'text/plain' && filename === undefined ? undefined : guess
}

interface HeadTerms {
  readonly isOfForm: boolean
  readonly boundary: string | undefined
  readonly escape: NameEscape
}

/** The lines of a part's head: its own in libcurl's order, then the user's. */
function headOf(part: CheckedPart, type: string | undefined, terms: HeadTerms): string {
  const disposition = headerOf(part, 'content-disposition') === undefined ? dispositionOf(part, terms) : ''
  const lines = part.headers.filter((line) => !/^content-type:/i.test(line)).map((line) => `${line}\r\n`)
  const boundary = terms.boundary === undefined ? '' : `; boundary=${terms.boundary}`
  const typeLine = type === undefined ? '' : `Content-Type: ${type}${boundary}\r\n`
  const isEncoded = part.encoder !== undefined && headerOf(part, 'content-transfer-encoding') === undefined
  const encoding = isEncoded ? `Content-Transfer-Encoding: ${part.encoder}\r\n` : ''
  return disposition + typeLine + encoding + lines.join('')
}

function dispositionOf({ name, filename, place }: CheckedPart, terms: HeadTerms): string {
  const { isOfForm, escape } = terms
  // An attachment that has no name has nothing to say.
  if (!isOfForm && name === undefined && filename === undefined) return ''
  const named = name === undefined ? '' : `; name="${escaped(name, escape, place)}"`
  const filed = filename === undefined ? '' : `; filename="${escaped(filename, escape, place)}"`
  return `Content-Disposition: ${isOfForm ? 'form-data' : 'attachment'}${named}${filed}\r\n`
}

function headerOf({ headers }: CheckedPart, name: string): string | undefined {
  const line = headers.find((one) => one.slice(0, name.length + 1).toLowerCase() === `${name}:`)
  return line?.slice(name.length + 1).trim()
}
