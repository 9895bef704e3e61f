/**
 * `-F` and `--form-string`: one field of a form as it stands on the command line, in curl's syntax. Pure.
 *
 * The rule: what is read here is only taken apart. Files are neither looked for nor read, and `FormDraft` keeps
 * the nesting of `-F "=(;type=…"` to `-F "=)"`.
 */
import type { FormField, TextSource } from '../command.ts'

/** What is wrong with a field. */
export class FormError extends Error {
  override readonly name = 'FormError'
}

/** The fields of a form as they come. */
export class FormDraft {
  readonly #fields: FormField[] = []
  /** The lists of parts that are open, the innermost one last. */
  readonly #open: FormField[][] = [this.#fields]
  readonly #warnings: string[] = []

  get fields(): readonly FormField[] {
    return this.#fields
  }

  get warnings(): readonly string[] {
    return this.#warnings
  }

  /** Adds a field. `isLiteral`: its value is text, whatever it looks like. Throws FormError. */
  add(given: string, isLiteral: boolean): void {
    const equals = given.indexOf('=')
    if (equals < 0) throw new FormError('Illegally formatted input field')
    const name = given.slice(0, equals)
    const value = given.slice(equals + 1)
    const named = name === '' ? {} : { name }
    const list = this.#open.at(-1)!
    if (isLiteral) list.push({ ...named, content: { is: 'text', text: value }, headers: [] })
    else if (value.startsWith('(')) this.#begin(named, value)
    else if (name === '' && value === ')') this.#end()
    else if (value.startsWith('@')) this.#files(list, named, value)
    else this.#text(list, named, value)
  }

  /** `=(`: what follows are parts of this one. The word behind the bracket is for nobody. */
  #begin(named: Named, value: string): void {
    const { contentType, headers } = this.#part(new Scanner(value, 1, ''), NESTED)
    const parts: FormField[] = []
    this.#open.at(-1)!.push({ ...named, ...typed(contentType), content: { is: 'parts', parts }, headers })
    this.#open.push(parts)
  }

  /** `=)` */
  #end(): void {
    if (this.#open.length === 1) throw new FormError('no multipart to terminate')
    this.#open.pop()
  }

  /** `@a,b`: one file is the field itself, several are parts of it. */
  #files(list: FormField[], named: Named, value: string): void {
    const parts: FormField[] = []
    let at = 0
    do {
      const scanner = new Scanner(value, at + 1, ',')
      const { word: path, ...facts } = this.#part(scanner, FILE)
      parts.push({ ...facts, content: { is: 'file', path, isUpload: true } })
      at = scanner.at
    } while (value[at] === ',')
    if (parts.length === 1) list.push({ ...named, ...parts[0]! })
    else list.push({ ...named, content: { is: 'parts', parts }, headers: [] })
  }

  #text(list: FormField[], named: Named, value: string): void {
    const isFile = value.startsWith('<')
    const { word, ...facts } = this.#part(new Scanner(value, isFile ? 1 : 0, ''), isFile ? NAMELESS : FILE)
    const content = isFile
      ? ({ is: 'file', path: word, isUpload: false } as const)
      : ({ is: 'text', text: word } as const)
    list.push({ ...named, ...facts, content })
  }

  /** A word and the parameters behind it. */
  #part(scanner: Scanner, may: May): PartFacts {
    scanner.skipBlanks()
    const word = scanner.word(this.#warnings)
    const facts: { -readonly [Key in keyof PartFacts]: PartFacts[Key] } = { word, headers: [] }
    const headers: TextSource[] = []
    /** Where the type began, as long as what comes belongs to it: it may have parameters of its own. */
    let typeAt: number | undefined
    while (scanner.takes(';')) {
      scanner.skipBlanks()
      if (typeAt === undefined && scanner.takes('type=')) {
        typeAt = scanner.type()
        facts.contentType = scanner.since(typeAt)
        const garbage = scanner.rest()
        if (garbage === '') continue
        this.#warnings.push(`garbage at end of field specification: ${garbage}${scanner.remainder()}`)
      } else if (scanner.takes('filename=')) {
        typeAt = undefined
        const filename = scanner.value(this.#warnings)
        if (may.filename) facts.filename = filename
        else this.#warnings.push(`Field filename not allowed here: ${filename}`)
      } else if (scanner.takes('headers=')) {
        typeAt = undefined
        const isFile = scanner.takes('@') || scanner.takes('<')
        const text = scanner.value(this.#warnings)
        headers.push(isFile ? { is: 'file', path: text } : { is: 'text', text })
      } else if (scanner.takes('encoder=')) {
        typeAt = undefined
        const encoder = scanner.value(this.#warnings)
        if (may.encoder) facts.encoder = encoder
        else this.#warnings.push(`Field encoder not allowed here: ${encoder}`)
      } else if (typeAt !== undefined) {
        scanner.rest()
        facts.contentType = scanner.since(typeAt)
      } else {
        const unknown = scanner.word(this.#warnings)
        if (unknown !== '') this.#warnings.push(`skip unknown form field: ${unknown}`)
      }
    }
    return { ...facts, headers }
  }
}

type Named = Pick<FormField, 'name'>
type PartFacts = Omit<FormField, 'name' | 'content'> & { readonly word: string }

/** Which parameters mean something. */
interface May {
  readonly filename: boolean
  readonly encoder: boolean
}
const FILE: May = { filename: true, encoder: true }
const NAMELESS: May = { filename: false, encoder: true }
const NESTED: May = { filename: false, encoder: false }

function typed(contentType: string | undefined): Pick<FormField, 'contentType'> {
  return contentType === undefined ? {} : { contentType }
}

/** Reads words up to `;` and to `end`. */
class Scanner {
  readonly #text: string
  readonly #end: string
  at: number

  constructor(text: string, at: number, end: string) {
    this.#text = text
    this.at = at
    this.#end = end
  }

  skipBlanks(): void {
    while (/\s/.test(this.#text[this.at] ?? '')) this.at += 1
  }

  /** Whether `prefix` comes next; then it is behind. curl knows its parameters in either case. */
  takes(prefix: string): boolean {
    const isNext = this.#text.slice(this.at, this.at + prefix.length).toLowerCase() === prefix
    if (isNext) this.at += prefix.length
    return isNext
  }

  value(warnings: string[]): string {
    this.skipBlanks()
    return this.word(warnings)
  }

  /** As it stands, without blanks at its end; or what is between quotes, where `\"` and `\\` are a quote and a backslash. */
  word(warnings: string[]): string {
    const quoted = /^"((?:[^"\\]|\\[^])*)"/.exec(this.#text.slice(this.at))
    if (quoted === null) return this.rest().trimEnd()
    this.at += quoted[0].length
    if (this.rest().trim() !== '') warnings.push('Trailing data after quoted form parameter')
    return quoted[1]!.replace(/\\(["\\])/g, '$1')
  }

  /** A word without blanks and quotes, mostly `major/minor`; answers where it begins. */
  type(): number {
    this.skipBlanks()
    const from = this.at
    while (
      this.at < this.#text.length &&
      !/[\s;"]/.test(this.#text[this.at]!) &&
      this.#text[this.at] !== this.#end
    )
      this.at += 1
    return from
  }

  /** All that is left. */
  remainder(): string {
    const from = this.at
    this.at = this.#text.length
    return this.#text.slice(from)
  }

  /** What was read from there on, without blanks at its end. */
  since(from: number): string {
    return this.#text.slice(from, this.at).trimEnd()
  }

  /** Everything up to the next parameter. */
  rest(): string {
    const from = this.at
    while (this.at < this.#text.length && this.#text[this.at] !== ';' && this.#text[this.at] !== this.#end)
      this.at += 1
    return this.#text.slice(from, this.at)
  }
}
