/**
 * A transfer of a `file:` URL (RFC 8089) as data: where the file is, which part of it is wanted, and what is told of it
 * as a head. Pure.
 *
 * The rule: a path is what the URL says once its percent-encoding is undone, and nothing of it is looked for elsewhere;
 * a part is decided on before a byte is read.
 */
import type { FileFacts } from '../env/environment.ts'
import { isTransferError, TransferError } from '../errors/transfer-error.ts'
import { Fields } from '../http/fields.ts'
import { httpDate } from '../http/http-date.ts'
import type { ResponseHead } from '../http/message.ts'
import { decodePercent } from '../url/percent.ts'

/** The path of a target, which is path and query of a URL; the query is no part of a file's name. URL_MALFORMAT. */
export function filePath(target: string): string {
  const path = decodePercent(/^[^?]*/.exec(target)![0])
  if (path === undefined) throw badPath('is no UTF-8')
  // What comes behind it would be no part of the name for the system.
  if (path.includes('\0')) throw badPath('holds the control character U+0000')
  return path
}

/** Which part of a file is wanted. */
export interface FilePart {
  readonly from: number
  /** Bytes; undefined: all that there are. */
  readonly count: number | undefined
}

/** What the options `range` and `resumeFrom` say. */
export interface PartWish {
  readonly range: string | undefined
  readonly resumeFrom: number
}

/**
 * Of several ranges the first. RANGE_ERROR for one that ends before it begins; BAD_DOWNLOAD_RESUME when the file ends before the part
 * begins, and for parts of what only has an end. `size`: undefined: not known.
 */
export function choosePart({ range, resumeFrom }: PartWish, size: number | undefined): FilePart {
  const [, first = '', last = ''] = /^(\d*)-(\d*)/.exec(range ?? '') ?? []
  if (range === undefined || range === '') return checked(resumeFrom > 0 ? resumeFrom : 0, undefined, size)
  // RFC 9110 14.1.2: of a file that is shorter, all of it.
  if (first === '') return checked(Math.max(0, (size ?? 0) - Number(last)), Number(last), size)
  const from = Number(first)
  if (last === '') return checked(from, undefined, size)
  if (Number(last) < from)
    throw new TransferError(
      'RANGE_ERROR',
      `option range ends before it begins: ${range}`,
      { option: 'range' },
      { phase: 'receive' },
    )
  return checked(from, Number(last) - from + 1, size)
}

function checked(from: number, count: number | undefined, size: number | undefined): FilePart {
  const isKnown = size !== undefined
  if (isKnown ? from <= size : from === 0 && count === undefined)
    return { from, count: isKnown && count !== undefined ? Math.min(count, size - from) : count }
  throw new TransferError(
    'BAD_DOWNLOAD_RESUME',
    isKnown ? `the file ends before byte ${from}: it has ${size} bytes` : 'what has no size has no parts',
    { from, ...(isKnown ? { size } : {}) },
    { phase: 'receive' },
  )
}

/** What libcurl shows of a file as a head; it has no status. `isAll`: nothing follows it, so no empty line ends it. */
export function fileHead({ size, changedMs }: FileFacts, isAll: boolean): ResponseHead {
  const lines: (readonly [string, string])[] =
    size === undefined
      ? []
      : [
          ['Content-Length', String(size)],
          ['Accept-ranges', 'bytes'],
        ]
  lines.push(['Last-Modified', httpDate(Math.max(0, Math.floor(changedMs / 1_000)))])
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return {
    version: '',
    status: 0,
    reason: '',
    fields: Fields.of(lines),
    raw: isAll ? text : `${text}\r\n`,
  }
}

/** Of a file that was written nothing is told. */
export const NO_HEAD: ResponseHead = Object.freeze({
  version: '',
  status: 0,
  reason: '',
  fields: Fields.of(),
  raw: '',
})

/** A file that cannot be opened is FILE_COULDNT_READ_FILE, as in libcurl. */
export function openingError(error: unknown): unknown {
  return isTransferError(error) && error.code === 'READ_ERROR'
    ? new TransferError(
        'FILE_COULDNT_READ_FILE',
        error.message,
        { ...error.details, document: true },
        { phase: 'receive', cause: error },
      )
    : error
}

function badPath(why: string): TransferError {
  return new TransferError(
    'URL_MALFORMAT',
    `the path of the file URL ${why}`,
    { part: 'path' },
    { phase: 'setup' },
  )
}
