/**
 * The door for option values: each is checked against its row and made what the engine works with. Nothing
 * behind this door checks an option's type again.
 *
 * Errors: BAD_FUNCTION_ARGUMENT with the option's name, the bound and what was given instead; values of
 * secret options are never repeated. URL_MALFORMAT comes later, when a handle is started.
 */
import { unreachable } from '../base/invariant.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { givenBody } from '../form/given-body.ts'
import { checkParts, type BodyStream } from '../form/mime-part.ts'
import { PROXY_VARIABLES } from '../tables/proxy-variables.ts'
import type { OptionRow } from '../tables/option-table.ts'
import { checkField, checkText } from './check-text.ts'
import type { HeaderLine, SettledBody, TrailerFunction } from './option-types.ts'

/** The value as the engine wants it. Undefined stands for "not set" and is always allowed. */
export function checkOption(name: string, row: OptionRow, value: unknown): unknown {
  if (value === undefined) return undefined
  switch (row.kind) {
    case 'flag':
      if (typeof value !== 'boolean') throw refusal(name, row, 'must be true or false', value)
      return value
    case 'integer':
    case 'duration':
      return checkNumber(name, row, value)
    case 'text':
      if (typeof value !== 'string') throw refusal(name, row, 'must be a string', value)
      checkText(name, row.use ?? 'wire', value)
      return value
    case 'choice':
      checkChoice(name, row, value)
      return value
    case 'list':
      if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
        throw refusal(name, row, 'must be a list of strings', value)
      }
      for (const entry of value) {
        if (row.choices === undefined) checkText(name, row.use ?? 'wire', entry)
        else checkChoice(name, row, entry)
      }
      return Object.freeze([...value])
    case 'bytes':
      if (typeof value === 'string') return new TextEncoder().encode(value)
      if (value instanceof Uint8Array) return value.slice()
      throw refusal(name, row, 'must be bytes (Uint8Array) or a string', value)
    case 'url':
      if (typeof value === 'string') return value
      if (value instanceof URL) return value.href
      throw refusal(name, row, 'must be a string or a URL', value)
    case 'proxy':
      // It may hold a password, and is never repeated. What else is wrong with it is found where it is taken apart.
      if (typeof value === 'string') {
        checkText(name, 'parsed', value)
        return value
      }
      if (value instanceof URL) return proxyText(value)
      throw refusal(name, row, 'must be a string or a URL', value)
    case 'variables':
      return checkVariables(name, row, value)
    case 'headers':
      return checkHeaders(name, row, value)
    case 'body':
      return checkBody(name, row, value)
    case 'post-fields':
      if (typeof value === 'string') return new TextEncoder().encode(value)
      if (value instanceof Uint8Array) return value
      if (value instanceof URLSearchParams) return new TextEncoder().encode(value.toString())
      throw refusal(name, row, 'must be encoded text or bytes, or a URLSearchParams', value)
    case 'json':
      return checkJson(name, row, value)
    case 'mime-parts':
      return checkParts(name, value)
    case 'trailers':
      return typeof value === 'function' ? (value as TrailerFunction) : checkHeaders(name, row, value)
    case 'signal':
      if (!(value instanceof AbortSignal)) throw refusal(name, row, 'must be an AbortSignal', value)
      return value
    case 'write-function':
    case 'header-function':
    case 'progress-function':
    case 'hsts-function':
    case 'negotiate-function':
      if (typeof value !== 'function') throw refusal(name, row, 'must be a function', value)
      return value
    default:
      return unreachable(row.kind)
  }
}

function checkChoice(name: string, row: OptionRow, value: unknown): void {
  if (row.choices!.includes(value as string)) return
  const choices = row.choices!.map((choice) => `"${choice}"`).join(', ')
  throw refusal(name, row, `must be ${row.kind === 'list' ? 'a list of' : 'one of'} ${choices}`, value)
}

function checkNumber(name: string, row: OptionRow, value: unknown): number {
  const min = row.min ?? 0
  const max = row.max ?? Number.MAX_SAFE_INTEGER
  const unit = row.unit === undefined ? '' : ` ${row.unit}`
  const kind = row.kind === 'integer' ? 'a whole number' : 'a number'
  if (
    typeof value !== 'number' ||
    !(value >= min && value <= max) ||
    (row.kind === 'integer' && !Number.isInteger(value))
  ) {
    throw refusal(name, row, `must be ${kind} from ${min} to ${max}${unit}`, value)
  }
  return value
}

/** A URL object leaves out port 80, and for proxies that is not the usual one. */
function proxyText({ href, protocol, host, port }: URL): string {
  return protocol === 'http:' && port === '' ? href.replace(`${host}/`, `${host}:80/`) : href
}

/** Keeps what is read of them: an environment is large, and may hold secrets. */
function checkVariables(name: string, row: OptionRow, value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) throw refusal(name, row, 'must be an object', value)
  const given = value as Readonly<Record<string, unknown>>
  const kept: Record<string, string> = {}
  for (const variable of PROXY_VARIABLES) {
    const text = given[variable]
    if (text === undefined) continue
    if (typeof text !== 'string') throw refusal(name, row, `must have a string as ${variable}`, text)
    checkText(name, 'parsed', text)
    kept[variable] = text
  }
  return Object.freeze(kept)
}

/** The lines of a `headers` option. */
export function checkHeaders(name: string, row: OptionRow, value: unknown): readonly HeaderLine[] {
  if (typeof value !== 'object' || value === null) {
    throw refusal(name, row, 'must be an object, a list of lines or pairs of name and value', value)
  }
  const lines: HeaderLine[] = []
  if (Symbol.iterator in value) {
    for (const entry of value as Iterable<unknown>) {
      if (typeof entry === 'string') lines.push(checkLine(name, parseHeaderLine(name, lines.length, entry)))
      else if (Array.isArray(entry) && entry.length === 2)
        lines.push(checkHeader(name, row, entry[0], entry[1]))
      else throw refusal(name, row, 'must hold lines or pairs of name and value', entry)
    }
  } else {
    for (const [field, given] of Object.entries(value)) {
      for (const one of Array.isArray(given) ? given : [given]) lines.push(checkHeader(name, row, field, one))
    }
  }
  return Object.freeze(lines)
}

function checkHeader(name: string, row: OptionRow, field: unknown, value: unknown): HeaderLine {
  if (typeof field !== 'string') throw refusal(name, row, 'must have strings as names', field)
  if (value !== undefined && typeof value !== 'string') {
    throw refusal(name, row, `must have strings as values (${field})`, typeof value)
  }
  return checkLine(name, { name: field, value })
}

function checkLine(option: string, line: HeaderLine): HeaderLine {
  checkField(option, line.name, line.value)
  return line
}

/** A line as libcurl's CURLOPT_HTTPHEADER takes it. It may hold a secret, so it is not repeated. */
function parseHeaderLine(name: string, index: number, line: string): HeaderLine {
  const colon = line.indexOf(':')
  if (colon < 0) {
    if (line.endsWith(';')) return { name: line.slice(0, -1), value: '' }
    throw new TransferError(
      'BAD_FUNCTION_ARGUMENT',
      `option ${name} must have a colon in each line (or end in ";" for an empty value), and line ${index + 1} has none`,
      { option: name, line: index + 1 },
      { phase: 'setup' },
    )
  }
  const value = line.slice(colon + 1).trim()
  const field = line.slice(0, colon)
  if (value === '') return { name: field, value: undefined }
  return line === `${field}: ${value}` ? { name: field, value } : { name: field, value, written: line }
}

function checkBody(name: string, row: OptionRow, value: unknown): SettledBody {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (typeof value === 'function') return value as () => BodyStream
  // Those first that can be iterated, too, and hold no bytes then.
  const given = typeof value === 'object' && value !== null ? givenBody(name, value) : undefined
  if (given !== undefined) return given
  if (isBodyStream(value)) return value
  throw refusal(
    name,
    row,
    'must be a string, bytes, an iterable, a stream, a function that returns one, { file }, a Blob, FormData or URLSearchParams',
    value,
  )
}

/** Text is taken for JSON already, as curl's --json takes it; other values become it. */
function checkJson(name: string, row: OptionRow, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  let text: string | undefined
  try {
    text = typeof value === 'string' ? value : JSON.stringify(value)
  } catch {
    text = undefined
  }
  if (text === undefined) throw refusal(name, row, 'must be a value that JSON has, or JSON text', value)
  return new TextEncoder().encode(text)
}

/** Whether a value can be read as a request body piece by piece. */
export function isBodyStream(value: unknown): value is BodyStream {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  )
}

function refusal(name: string, row: OptionRow, rule: string, value: unknown): TransferError {
  const given = row.secret === true ? 'what was given' : describe(value)
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option ${name} ${rule}, not ${given}`,
    { option: name },
    { phase: 'setup' },
  )
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value)
  if (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint'
  ) {
    return String(value)
  }
  return typeof value === 'object'
    ? `an object of ${value.constructor?.name ?? 'no class'}`
    : `a ${typeof value}`
}
