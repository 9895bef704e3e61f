/**
 * `Variables`: what `--variable` sets, and what `--expand-` flags put into their values.
 *
 * The rule: values are bytes, since a file may hold any; they become text only when they are expanded, and a NUL
 * among them is refused.
 */
import { Refusal } from './refusal.ts'

/** What a definition says. */
export type VariableSource =
  | { readonly is: 'value'; readonly bytes: Uint8Array }
  /** "-" is standard input. */
  | { readonly is: 'file'; readonly path: string }

/** A definition taken apart. */
export interface VariableDefinition {
  readonly name: string
  readonly source: VariableSource
  /** Which bytes of it: the first, and the one behind the last. */
  readonly from: number
  readonly end: number | undefined
}

/** What cannot be taken, and is no reason to stop. */
export interface BadDefinition {
  readonly warning: string
}

/** Takes `[%]name[[from-to]][=text|@file]` apart. Throws Refusal. */
export function readDefinition(
  given: string,
  env: Readonly<Record<string, string | undefined>>,
): VariableDefinition | BadDefinition {
  const [, percent, name = '', range, rest = ''] = /^(%?)([A-Za-z0-9_]*)(\[\d[^=@]*)?([^]*)$/.exec(given)!
  if (name === '' || name.length >= MOST_NAME)
    return { warning: `Bad variable name length (${name.length}), skipping` }
  const part = range === undefined ? { from: 0, end: undefined } : byteRange(range)
  const imported = percent === '%' ? env[name] : undefined
  // The range is for what is given here; what the environment has is taken whole, as curl does.
  if (imported !== undefined) return { name, source: valueOf(imported), from: 0, end: undefined }
  if (percent === '%' && rest === '')
    throw Refusal.ofArgument(EXPANSION, { error: `Variable '${name}' import fail, not set` })
  if (rest.startsWith('=')) return { name, source: valueOf(rest.slice(1)), ...part }
  if (rest.startsWith('@')) return { name, source: { is: 'file', path: rest.slice(1) }, ...part }
  return { warning: `Bad --variable syntax, skipping: ${given}` }
}

function valueOf(text: string): VariableSource {
  return { is: 'value', bytes: Buffer.from(text) }
}

function byteRange(text: string): { readonly from: number; readonly end: number | undefined } {
  const range = /^\[(\d+)-(\d*)\]$/.exec(text)
  const from = Number(range?.[1])
  const to = range?.[2] === '' ? Infinity : Number(range?.[2])
  if (range === null || from > to) throw Refusal.ofArgument('syntax error in --variable argument')
  return { from, end: to === Infinity ? undefined : to + 1 }
}

/** The variables of a command line. */
export class Variables {
  readonly #values = new Map<string, Buffer>()

  /** Answers whether there was one of that name. */
  set(name: string, bytes: Uint8Array): boolean {
    const isKnown = this.#values.has(name)
    this.#values.set(name, Buffer.from(bytes))
    return isKnown
  }

  /** `text` with every `{{name}}` and `{{name:function:...}}` replaced. Throws Refusal. */
  expand(text: string, warnings: string[]): string {
    let out = ''
    let at = 0
    let isExpanded = false
    for (;;) {
      const open = text.indexOf('{{', at)
      if (open < 0) break
      if (open > at && text[open - 1] === '\\') {
        out += `${text.slice(at, open - 1)}{{`
        at = open + 2
        continue
      }
      const close = text.indexOf('}}', open)
      if (close < 0) {
        warnings.push(`missing close '}}' in '${text}'`)
        break
      }
      const [name = '', ...functions] = text.slice(open + 2, close).split(':')
      out += text.slice(at, open)
      if (name === '' || name.length >= MOST_NAME) {
        warnings.push(`bad variable name length '${text}'`)
        out += text.slice(open, close + 2)
      } else if (!/^\w+$/.test(name)) {
        warnings.push(`bad variable name: ${name}`)
        out += text.slice(open, close + 2)
      } else {
        out += this.#value(name, functions)
        isExpanded = true
      }
      at = close + 2
    }
    // Where nothing was expanded, no backslash is taken away either.
    return isExpanded ? out + text.slice(at) : text
  }

  #value(name: string, functions: readonly string[]): string {
    let bytes = this.#values.get(name) ?? Buffer.alloc(0)
    for (const called of functions) {
      const change = Object.hasOwn(FUNCTIONS, called) ? FUNCTIONS[called] : undefined
      if (change === undefined)
        throw Refusal.ofArgument(EXPANSION, {
          error: `unknown variable function in ':${functions.join(':')}'`,
        })
      bytes = change(bytes)
    }
    if (bytes.includes(0)) throw Refusal.ofArgument(EXPANSION, { error: 'variable contains null byte' })
    return bytes.toString()
  }
}

const EXPANSION = 'variable expansion failure'

/** curl's: names are shorter than this. */
const MOST_NAME = 128

const FUNCTIONS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  trim: (bytes) => Buffer.from(bytes.toString('latin1').replace(/^[\s]+|[\s]+$/g, ''), 'latin1'),
  // Byte by byte: what is no UTF-8 stays as it is.
  json: (bytes) => Buffer.from(JSON.stringify(bytes.toString('latin1')).slice(1, -1), 'latin1'),
  url: (bytes) => Buffer.from(percentEncoded(bytes)),
  b64: (bytes) => Buffer.from(bytes.toString('base64')),
  '64dec': (bytes) => decoded(bytes.toString('latin1')),
}

/** Letters, digits and `-._~` stay. */
function percentEncoded(bytes: Buffer): string {
  let text = ''
  for (const byte of bytes) {
    const char = String.fromCharCode(byte)
    text += /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/** What is no base64 becomes curl's mark for it. */
function decoded(text: string): Buffer {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
  return isBase64 ? Buffer.from(text, 'base64') : Buffer.from('[64dec-fail]')
}
