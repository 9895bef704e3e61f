/**
 * Reads a netrc file's text into entries.
 *
 * The rule: what is not understood is an error with its line, or skipped whole. A word is a keyword only where a
 * keyword can stand, so that no password or macro can look like an entry.
 */
import { TransferError } from '../errors/transfer-error.ts'

/** One entry. `login` and `password` may be missing, or empty. */
export interface NetrcEntry {
  /** The host as it is written; undefined: `default`, for any host. */
  readonly machine: string | undefined
  readonly login: string | undefined
  readonly password: string | undefined
}

/** Bounds of a file. */
export interface NetrcLimits {
  readonly maxChars: number
  /** Of one word, quotes not counted. */
  readonly maxWordChars: number
}

/**
 * The entries of a file, in order. `machine NAME`, `default`, `login NAME`, `password SECRET`, `account NAME`
 * (ignored) and `macdef NAME` (skipped up to an empty line); lines that begin with `#` are comments; words may be
 * quoted, with `\"`, `\\`, `\n`, `\r` and `\t` inside. A second `login` or `password` in one entry begins another
 * entry for the same machine, so that each password has its own login. READ_ERROR, TOO_LARGE; messages have the
 * number of the line and never its text.
 */
export function parseNetrc(text: string, limits: NetrcLimits): NetrcEntry[] {
  if (text.length > limits.maxChars)
    throw new TransferError('TOO_LARGE', `the netrc file has more than ${limits.maxChars} characters`, {
      limitChars: limits.maxChars,
    })
  const entries: Draft[] = []
  let keyword: string | undefined
  let isMacro = false
  for (const [index, line] of text.split('\n').entries()) {
    if (isMacro) {
      isMacro = !EMPTY_LINE.test(line)
      continue
    }
    if (COMMENT_LINE.test(line)) continue
    for (const word of wordsOf(line, index + 1, limits.maxWordChars)) {
      if (keyword !== undefined) {
        take(entries, keyword, word.text)
        keyword = undefined
        continue
      }
      const name = word.isQuoted ? '' : word.text.toLowerCase()
      if (name === 'macdef') {
        isMacro = true
        break
      }
      if (name === 'default') entries.push({ machine: undefined, login: undefined, password: undefined })
      else if (KEYWORDS.has(name)) keyword = name
    }
  }
  return entries
}

interface Draft {
  machine: string | undefined
  login: string | undefined
  password: string | undefined
}

function take(entries: Draft[], keyword: string, value: string): void {
  if (keyword === 'machine') {
    entries.push({ machine: value, login: undefined, password: undefined })
    return
  }
  if (keyword !== 'login' && keyword !== 'password') return
  let entry = entries.at(-1)
  // A login that stands before any machine is nobody's.
  if (entry === undefined) return
  if (entry[keyword] !== undefined) {
    entry = { machine: entry.machine, login: undefined, password: undefined }
    entries.push(entry)
  }
  entry[keyword] = value
}

interface Word {
  readonly text: string
  readonly isQuoted: boolean
}

/** The words of a line. Control characters separate nothing and are part of no word: they are refused. */
function wordsOf(given: string, number: number, maxChars: number): Word[] {
  const line = given.endsWith('\r') ? given.slice(0, -1) : given
  const words: Word[] = []
  let at = 0
  for (;;) {
    while (isBlank(line[at])) at += 1
    if (at >= line.length) return words
    const isQuoted = line[at] === '"'
    let text = ''
    if (isQuoted) {
      for (at += 1; line[at] !== '"'; at += 1) {
        const isEscape = line[at] === '\\'
        if (isEscape) at += 1
        const char = line[at]
        if (char === undefined) throw broken(number, 'a quoted word has no end')
        text += (isEscape ? ESCAPES.get(char) : undefined) ?? char
      }
      at += 1
    } else {
      for (; at < line.length && !isBlank(line[at]); at += 1) text += line[at]!
    }
    checkWord({ text, isQuoted }, number, maxChars)
    words.push({ text, isQuoted })
  }
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t'
}

function checkWord({ text, isQuoted }: Word, number: number, maxChars: number): void {
  if (text.length > maxChars)
    throw new TransferError(
      'TOO_LARGE',
      `netrc line ${number}: a word has more than ${maxChars} characters`,
      {
        line: number,
        limitChars: maxChars,
      },
    )
  for (const char of text) {
    const code = char.charCodeAt(0)
    const isEscaped = isQuoted && (code === 0x0a || code === 0x0d || code === 0x09)
    if ((code >= 0x20 && code !== 0x7f) || isEscaped) continue
    throw broken(
      number,
      `a word contains the character U+${code.toString(16).padStart(4, '0').toUpperCase()}`,
    )
  }
}

function broken(line: number, what: string): TransferError {
  return new TransferError('READ_ERROR', `netrc line ${line}: ${what}`, { line }, { phase: 'setup' })
}

const KEYWORDS: ReadonlySet<string> = new Set(['machine', 'login', 'password', 'account'])
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])
const EMPTY_LINE = /^[ \t]*\r?$/
const COMMENT_LINE = /^[ \t]*#/
