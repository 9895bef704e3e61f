/**
 * Writes heads as Latin-1 text, one character per byte, to their empty line.
 *
 * The rule: whatever was asked for, the text holds exactly the lines of this head. A character that could end
 * a line or a part of one is refused, and so is one that Latin-1 does not have; values are never shown in
 * the error, because they may be secrets.
 */
import { TransferError } from '../errors/transfer-error.ts'
import type { Fields } from '../http/fields.ts'
import type { RequestHead, ResponseHead } from '../http/message.ts'
import { indexOfOther, isToken, TARGET_CHAR, TOKEN_CHAR, VALUE_CHAR } from '../http/tokens.ts'

/** Lines that are written with other blanks than usual, by how they are written usually. */
export type Spelling = ReadonlyMap<string, string>

/**
 * `method SP target SP HTTP-version`, then Host if there is one (RFC 9110 7.2 wants it first), then the other
 * fields in order. Throws BAD_FUNCTION_ARGUMENT.
 */
export function writeRequestHead(head: RequestHead, spelling?: Spelling): string {
  const { method, target, fields } = head
  if (!isToken(method)) throw refused('the request method is not a token (RFC 9110 5.6.2)')
  check(target, TARGET_CHAR, 'the request target')
  if (target === '') throw refused('the request target is empty')
  const host = fields.indexOf('host')
  // Joined: a text that is added to is kept as a tree of its parts, 440 bytes for five lines.
  const pieces = [method, ' ', target, ' ', writtenVersion(head.version), '\r\n']
  if (host >= 0) pushField(pieces, fields, host, spelling)
  for (let index = 0; index < fields.count; index += 1)
    if (index !== host) pushField(pieces, fields, index, spelling)
  pieces.push('\r\n')
  return pieces.join('')
}

/** The spelling of lines of the user's: name and value are those that were checked, and the blanks are theirs. */
export function spellingOf(
  lines: readonly { readonly name: string; readonly value: string | undefined; readonly written?: string }[],
): Spelling | undefined {
  const spelling = new Map<string, string>()
  for (const { name, value = '', written } of lines)
    if (written !== undefined) spelling.set(writtenLine(name, value), `${written}\r\n`)
  return spelling.size === 0 ? undefined : spelling
}

/** `HTTP-version SP status SP reason`, then the fields in order. Throws BAD_FUNCTION_ARGUMENT. */
export function writeResponseHead(head: ResponseHead): string {
  const { status, reason, fields } = head
  if (!Number.isInteger(status) || status < 100 || status > 999)
    throw refused(`the status ${status} is not of three digits`)
  check(reason, VALUE_CHAR, 'the reason phrase')
  return `${writtenVersion(head.version)} ${status} ${reason}\r\n${writeFieldSection(fields)}`
}

/** All fields in order and the empty line, as at the end of a head or a body. Throws BAD_FUNCTION_ARGUMENT. */
export function writeFieldSection(fields: Fields): string {
  const pieces: string[] = []
  for (let index = 0; index < fields.count; index += 1) pushField(pieces, fields, index)
  pieces.push('\r\n')
  return pieces.join('')
}

function pushField(pieces: string[], fields: Fields, index: number, spelling?: Spelling): void {
  const name = fields.nameAt(index)
  const value = fields.valueAt(index)
  checkName(name)
  if (indexOfOther(value, VALUE_CHAR) >= 0)
    check(value, VALUE_CHAR, `the value of the field ${JSON.stringify(name)}`)
  const written = spelling?.get(writtenLine(name, value))
  if (written !== undefined) pieces.push(written)
  else pieces.push(name, value === '' ? ':' : ': ', value, '\r\n')
}

function writtenLine(name: string, value: string): string {
  return value === '' ? `${name}:\r\n` : `${name}: ${value}\r\n`
}

/**
 * RFC 9110 5.1: a name is a token. curl sends `Authorization : x` as it was given; but a reader who takes
 * `Transfer-Encoding : chunked` for what it looks like sees another message than one who does not.
 */
function checkName(name: string): void {
  if (isToken(name)) return
  if (name === '') throw refused('a field has no name')
  // A line whose colon was forgotten has its value in the name, which is not repeated.
  const shown = name.slice(0, indexOfOther(name, TOKEN_CHAR) + 1)
  const text = JSON.stringify(shown === name ? name : `${shown}...`)
  throw refused(`the field name ${text} is not a token: it contains ${characterNotIn(name, TOKEN_CHAR)}`)
}

function check(text: string, characterClass: number, what: string): void {
  if (indexOfOther(text, characterClass) >= 0)
    throw refused(`${what} contains ${characterNotIn(text, characterClass)}`)
}

function characterNotIn(text: string, characterClass: number): string {
  const code = text.charCodeAt(indexOfOther(text, characterClass))
  return `the character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

function writtenVersion(version: ResponseHead['version']): string {
  if (version !== '1.0' && version !== '1.1')
    throw refused(`a head of version ${JSON.stringify(version)} cannot be written as HTTP/1`)
  return version === '1.1' ? 'HTTP/1.1' : 'HTTP/1.0'
}

function refused(message: string): TransferError {
  return new TransferError('BAD_FUNCTION_ARGUMENT', message, undefined, { phase: 'setup' })
}
