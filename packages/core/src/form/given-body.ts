/**
 * `GivenBody`: request bodies that say more of themselves than their bytes: files, blobs, forms as the web has
 * them, and texts of a known type; made of what users give.
 *
 * The rule: it is known what each is before anything is sent, and its type cannot end a field line.
 */
import { badOption } from '../errors/bad-option.ts'
import { indexOfOther, VALUE_CHAR } from '../http/tokens.ts'
import { blobContent, checkParts, isBlob, type CheckedPart, type MimePart } from './mime-part.ts'
import type { ReadContent } from './multipart.ts'
import { latin1Of } from './part-text.ts'

/** A file to be sent as a body, read as it is sent. */
export interface FileBody {
  readonly file: string
}

/** A body that was understood. */
export type GivenBody =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array; readonly contentType: string }
  | { readonly is: 'read'; readonly content: ReadContent; readonly contentType: string | undefined }
  | { readonly is: 'form'; readonly parts: readonly CheckedPart[] }

/** What of it is known by its class; undefined: it is none of these. BAD_FUNCTION_ARGUMENT. */
export function givenBody(option: string, value: object): GivenBody | undefined {
  if (value instanceof URLSearchParams)
    return { is: 'bytes', bytes: new TextEncoder().encode(value.toString()), contentType: URL_ENCODED_UTF8 }
  if (isFormData(value)) return { is: 'form', parts: checkParts(option, Array.from(value, partOfEntry)) }
  if (isBlob(value)) return { is: 'read', content: blobContent(value), contentType: blobType(option, value) }
  const keys = Object.keys(value)
  if (keys.length !== 1 || keys[0] !== 'file') return undefined
  const { file } = value as FileBody
  if (typeof file === 'string' && file !== '' && !file.includes('\0'))
    return { is: 'read', content: { is: 'file', path: file }, contentType: undefined }
  throw badOption(option, 'must have the path of a file as its file')
}

/** libcurl's type of CURLOPT_POSTFIELDS. */
export const URL_ENCODED = 'application/x-www-form-urlencoded'
/** The one of URLSearchParams (WHATWG Fetch 5.2). */
const URL_ENCODED_UTF8 = `${URL_ENCODED};charset=UTF-8`

/** Also one that is not of this Node: every library has its own class. */
function isFormData(value: object): value is Iterable<readonly [string, unknown]> {
  return (
    Symbol.iterator in value &&
    (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'FormData'
  )
}

function partOfEntry([name, value]: readonly [string, unknown]): MimePart {
  if (!isBlob(value)) return { name, data: String(value) }
  const filename = (value as { readonly name?: unknown }).name
  return {
    name,
    data: value,
    filename: typeof filename === 'string' ? filename : 'blob',
    // As browsers do for a file of no known type.
    contentType: value.type === '' ? 'application/octet-stream' : value.type,
  }
}

/** CVE-2026-15157: whatever is taken for a blob says its type itself. */
function blobType(option: string, { type }: Blob): string | undefined {
  const text = latin1Of(type)
  if (indexOfOther(text, VALUE_CHAR) >= 0)
    throw badOption(option, 'must not have a control character in its type')
  return text === '' ? undefined : text
}
