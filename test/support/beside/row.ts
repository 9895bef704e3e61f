/**
 * `Row`: a command line that is run with curl and with ours, and what the server says to it.
 *
 * The rule: a row is data. In its texts URL, PORT, OTHER, CLOSED and DIR stand for what is known only when it runs.
 */

/** One answer of the server; a text is sent as it is. */
export type Answer = string | { readonly send: string; readonly ends: 'close' | 'reset' }

/** What is compared of a run. */
export type Part = 'requests' | 'stdout' | 'stderr' | 'files' | 'exitCode'

export interface Row {
  /** Behind the command's name, in words as a shell takes them. */
  readonly line: string
  /** Files that are there before. */
  readonly files?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
  /** Request by request; the last one goes on. Default: 200 with a short body. */
  readonly answers?: readonly Answer[]
  /** Whether `Expect` gets its 100. Default: true. */
  readonly continues?: boolean
  /** The server answers heads without waiting for bodies. */
  readonly isHasty?: boolean
  /** Modes of files are compared, too. */
  readonly hasModes?: boolean
  /** The progress meter is on. */
  readonly hasMeter?: boolean
  /** What is no business of the row: times, chatter of connections. */
  readonly ignores?: readonly Part[]
}

/** 200 with this body. */
export function ok(body = 'hello\n', ...fields: readonly string[]): string {
  return answer('200 OK', body, ...fields)
}

/** An answer with its length. */
export function answer(status: string, body = '', ...fields: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** The same, after which the connection is closed. */
export function last(send: string): Answer {
  return { send, ends: 'close' }
}

/** The words of a command line: blanks part them, quotes and backslashes keep together. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (const [whole, plain, single, double] of line.matchAll(
    /\s+|\\([^])|'([^']*)'|"((?:[^"\\]|\\[^])*)"|[^\s'"\\]+/g,
  )) {
    if (/^\s/.test(whole)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + (plain ?? single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? whole)
  }
  if (word !== undefined) words.push(word)
  return words
}
