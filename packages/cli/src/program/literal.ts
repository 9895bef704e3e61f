/**
 * Values as TypeScript: what `--libcurl` writes into its program. Pure.
 *
 * The rule: whatever the value, the text is one expression and nothing else; evaluated, it is that value again.
 */

/** Text that is an expression already. */
export class Code {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The expression of a value: text, numbers, switches, bytes, lists, and objects without their undefined members. */
export function literal(value: unknown, indent = ''): string {
  if (value instanceof Code) return value.text
  if (value instanceof Uint8Array) return bytesLiteral(value)
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value))
    return listed(
      value.map((item) => literal(item, `${indent}  `)),
      ['[', ']'],
      indent,
    )
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    return listed(
      members.map(([name, member]) => memberText(name, literal(member, `${indent}  `))),
      ['{ ', ' }'],
      indent,
    )
  }
  return String(value)
}

/** Members of an object on lines of their own, for where they stand between braces already. */
export function memberLines(value: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${indent}${memberText(name, literal(member, indent))},`)
}

/** Text in single quotes; what cannot be seen is escaped. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${escaped.replaceAll(UNSEEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}'`
}

/** DEL, C1, soft hyphens, marks of direction and of line ends: a text could look like another one. */
const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

const WIDEST = 96

function memberText(name: string, text: string): string {
  const isName = /^[A-Za-z_$][\w$]*$/.test(name)
  if (isName && text === name && !RESERVED.has(name)) return name
  // Written plainly it would be the prototype.
  if (name === '__proto__') return `['__proto__']: ${text}`
  return `${isName ? name : quoted(name)}: ${text}`
}

/** Values that look like names. */
const RESERVED: ReadonlySet<string> = new Set(['true', 'false', 'null'])

function listed(items: readonly string[], [open, close]: readonly [string, string], indent: string): string {
  if (items.length === 0) return `${open}${close}`.replaceAll(' ', '')
  const line = `${open}${items.join(', ')}${close}`
  if (indent.length + line.length <= WIDEST && !line.includes('\n')) return line
  const lines = items.map((item) => `${indent}  ${item},\n`)
  return `${open.trimEnd()}\n${lines.join('')}${indent}${close.trimStart()}`
}

function bytesLiteral(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString()
  return Buffer.from(text).equals(buffer)
    ? quoted(text)
    : `Buffer.from('${buffer.toString('base64')}', 'base64')`
}
