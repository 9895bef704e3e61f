/**
 * Reads WWW-Authenticate and Proxy-Authenticate (RFC 9110 section 11.6.1) into challenges.
 *
 *     challenge  = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
 *     auth-param = token BWS "=" BWS ( token / quoted-string )
 *
 * The rule: nothing here throws. A server's broken field loses what is broken, from there on to the next comma
 * outside quotes at most; what stood before it counts. A scheme is never looked for inside quotes.
 */
import { BLANK, CLASSES, TOKEN_CHAR, trimBlanks } from '../http/tokens.ts'

/** One way to authenticate that a server offers. */
export interface Challenge {
  /** The scheme's name, in lower case. */
  readonly scheme: string
  /** A single word after the scheme, as NTLM and Negotiate have it. */
  readonly token68: string | undefined
  /** Parameters by lower-case name, without quotes and escapes, Latin-1. Of one that is repeated the last counts, as in curl. */
  readonly params: ReadonlyMap<string, string>
}

/** The challenges of all fields of one name, in order. */
export function parseChallenges(values: readonly string[]): Challenge[] {
  return values.flatMap((value) => new ChallengeReader(value).read())
}

class ChallengeReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Challenge[] {
    const found: Challenge[] = []
    for (;;) {
      this.#skip(isBlankOrComma)
      if (this.#at === this.#text.length) return found
      const scheme = this.#token()
      const next = this.#text.charCodeAt(this.#at)
      // "Digest=1" is no scheme; "NTLM," and "NTLM" at the end are one without anything.
      if (scheme === '' || (this.#at < this.#text.length && !isBlankOrComma(next))) {
        this.#skipToComma()
        continue
      }
      this.#skip(isBlank)
      const token68 = this.#token68()
      const params = token68 === undefined ? this.#params() : NO_PARAMS
      found.push({ scheme: scheme.toLowerCase(), token68, params })
    }
  }

  #params(): ReadonlyMap<string, string> {
    const params = new Map<string, string>()
    for (;;) {
      const from = this.#at
      this.#skip(isBlankOrComma)
      const name = this.#token()
      this.#skip(isBlank)
      if (name === '' || this.#text[this.#at] !== '=') {
        // The next scheme, or something broken: whoever reads challenges decides.
        this.#at = from
        if (params.size === 0 && !isBlankOrComma(this.#text.charCodeAt(from))) this.#skipToComma()
        return params
      }
      this.#at += 1
      this.#skip(isBlank)
      const value = this.#text[this.#at] === '"' ? this.#quoted() : this.#unquoted()
      if (value === undefined) return params
      params.set(name.toLowerCase(), value)
    }
  }

  /** A token68 that is all that follows, up to a comma or the end; nothing is consumed when there is none. */
  #token68(): string | undefined {
    const from = this.#at
    this.#skip(isToken68)
    const to = this.#at
    this.#skip(isEqualsSign)
    const end = this.#at
    this.#skip(isBlank)
    if (to > from && (this.#at === this.#text.length || this.#text[this.#at] === ','))
      return this.#text.slice(from, end)
    this.#at = from
    return undefined
  }

  /** Undefined when the string has no end: then nothing that follows can be told apart, and all of it is passed over. */
  #quoted(): string | undefined {
    let value = ''
    for (let at = this.#at + 1; at < this.#text.length; at += 1) {
      const char = this.#text[at]!
      if (char === '"') {
        this.#at = at + 1
        return value
      }
      if (char === '\\') at += 1
      value += this.#text[at] ?? ''
    }
    this.#at = this.#text.length
    return undefined
  }

  /** As curl: up to the next comma, whatever it is, for servers leave out quotes around nonces with `=` and `/`. */
  #unquoted(): string {
    const from = this.#at
    this.#skip(isNotComma)
    return trimBlanks(this.#text.slice(from, this.#at))
  }

  #token(): string {
    const from = this.#at
    this.#skip(isTokenChar)
    return this.#text.slice(from, this.#at)
  }

  #skipToComma(): void {
    let isQuoted = false
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at]
      if (char === '"') isQuoted = !isQuoted
      else if (char === '\\' && isQuoted) this.#at += 1
      else if (char === ',' && !isQuoted) return
    }
    this.#at = this.#text.length
  }

  #skip(belongs: (code: number) => boolean): void {
    while (this.#at < this.#text.length && belongs(this.#text.charCodeAt(this.#at))) this.#at += 1
  }
}

function isBlank(code: number): boolean {
  return (CLASSES[code]! & BLANK) !== 0
}

function isTokenChar(code: number): boolean {
  return (CLASSES[code]! & TOKEN_CHAR) !== 0
}

function isBlankOrComma(code: number): boolean {
  return code === COMMA || isBlank(code)
}

function isNotComma(code: number): boolean {
  return code !== COMMA
}

function isEqualsSign(code: number): boolean {
  return code === 0x3d
}

/** `ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/"` */
function isToken68(code: number): boolean {
  return code < 0x80 && TOKEN68.test(String.fromCharCode(code))
}

const COMMA = 0x2c
const TOKEN68 = /[A-Za-z0-9\-._~+/]/
const NO_PARAMS: ReadonlyMap<string, string> = new Map()
