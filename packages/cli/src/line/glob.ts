/**
 * URL globbing: `{a,b}`, `[1-9]`, `[01-20:2]`, `[a-z]`, several of them in one URL, the last one turning
 * fastest; and `#1` in the names of output files.
 *
 * The rule: pure, and a glob is never unfolded as a whole: `[1-1000000]` costs as much as `[1-2]`. What is
 * accepted, and at which position an error is reported, follows curl's tool_urlglob.c.
 */

/** One piece of a URL: always the same text, or one of several. */
export type GlobPart =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'set'; readonly name?: string; readonly choices: readonly string[] }
  | {
      readonly is: 'numbers'
      readonly name?: string
      readonly from: number
      readonly to: number
      readonly step: number
      /** Digits to fill up with zeros; 0: none. */
      readonly width: number
    }
  | {
      readonly is: 'letters'
      readonly name?: string
      readonly from: number
      readonly to: number
      readonly step: number
    }

/** A URL that stands for several. */
export interface Glob {
  readonly parts: readonly GlobPart[]
  /** How many URLs it stands for. */
  readonly count: number
}

/** One of the URLs that a glob stands for. */
export interface GlobMatch {
  readonly url: string
  /** What each `{}` or `[]` stands for in it, in order. */
  readonly values: readonly string[]
  /** The same by name, for those that have one: `{<name>a,b}`. */
  readonly named: ReadonlyMap<string, string>
}

/** What is wrong with a glob, and where: counted from 1. */
export class GlobError extends Error {
  override readonly name = 'GlobError'
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

/** Takes a URL apart. Throws GlobError. */
export function parseGlob(url: string): Glob {
  const parts: GlobPart[] = []
  let count = 1
  let text = ''
  let at = 0
  while (at < url.length) {
    const char = url[at]!
    if (char === '{' || char === '[') {
      const literal = char === '[' ? bracketedLiteral(url, at) : undefined
      if (literal !== undefined) {
        text += literal
        at += literal.length
        continue
      }
      if (text !== '') parts.push({ is: 'text', text })
      text = ''
      if (parts.length > MOST_PARTS) throw new GlobError('too many {} sets', at)
      const name = /^<([^>]{1,64})>/.exec(url.slice(at + 1, at + 67))?.[1]
      const from = at + 1 + (name === undefined ? 0 : name.length + 2)
      if (name !== undefined && parts.some((part) => part.is !== 'text' && part.name === name))
        throw new GlobError('Duplicate glob name', from)
      const { part, next } = char === '{' ? parseSet(url, from) : parseRange(url, from)
      parts.push(name === undefined ? part : { ...part, name })
      count *= sizeOf(part)
      if (count > Number.MAX_SAFE_INTEGER) throw new GlobError('range overflow', next + 1)
      at = next
      continue
    }
    if (char === '}' || char === ']') throw new GlobError('unmatched close brace/bracket', at + 1)
    if (char === '\\' && '{}[]'.includes(url[at + 1] ?? ' ')) at += 1
    text += url[at]!
    at += 1
  }
  if (text !== '') parts.push({ is: 'text', text })
  return { parts, count }
}

/** A URL that stands for itself, whatever it holds (curl: --globoff). */
export function plainGlob(url: string): Glob {
  return { parts: [{ is: 'text', text: url }], count: 1 }
}

/** All URLs in order, made one by one. */
export function* expandGlob(glob: Glob): Generator<GlobMatch, void> {
  for (let index = 0; index < glob.count; index += 1) {
    // Each part is a digit of the index, in a system where part n has as many digits as values.
    let rest = index
    const values: string[] = []
    const named: [string, string][] = []
    let url = ''
    for (const part of glob.parts.toReversed()) {
      const size = sizeOf(part)
      const value = valueOf(part, rest % size)
      rest = Math.floor(rest / size)
      url = value + url
      if (part.is === 'text') continue
      values.unshift(value)
      if (part.name !== undefined) named.unshift([part.name, value])
    }
    yield { url, values, named: new Map(named) }
  }
}

/**
 * A file name with `#1` and `#<name>` and so on replaced by the values of a match; numbers without a glob stay as they
 * are. Throws GlobError for a name that no glob has.
 */
export function fillName(template: string, { values, named }: Pick<GlobMatch, 'values' | 'named'>): string {
  return template.replaceAll(/#(?:(\d+)|<([^>]{1,64})>)/g, (whole, digits, name, at: number) => {
    if (name === undefined) return values[Number(digits) - 1] ?? whole
    const value = named.get(name as string)
    if (value === undefined) throw new GlobError('no glob exists with this name', at + String(whole).length)
    return value
  })
}

/** curl's bound on the pieces of a URL. */
const MOST_PARTS = 192

function sizeOf(part: GlobPart): number {
  if (part.is === 'text') return 1
  if (part.is === 'set') return part.choices.length
  return Math.floor((part.to - part.from) / part.step) + 1
}

function valueOf(part: GlobPart, index: number): string {
  switch (part.is) {
    case 'text':
      return part.text
    case 'set':
      return part.choices[index]!
    case 'numbers':
      return String(part.from + index * part.step).padStart(part.width, '0')
    case 'letters':
      return String.fromCharCode(part.from + index * part.step)
  }
}

interface Parsed {
  readonly part: Exclude<GlobPart, { readonly is: 'text' }>
  /** Index after the closing bracket. */
  readonly next: number
}

/** An IPv6 address, or an empty pair of brackets: neither is a range. */
function bracketedLiteral(url: string, at: number): string | undefined {
  const end = url.indexOf(']', at)
  if (end < 0) return undefined
  const literal = url.slice(at, end + 1)
  return literal === '[]' || URL.canParse(`http://${literal}/`) ? literal : undefined
}

/** A set, from after its brace on. */
function parseSet(url: string, from: number): Parsed {
  const choices: string[] = []
  let choice = ''
  for (let at = from; at < url.length; at += 1) {
    switch (url[at]) {
      case '{':
      case '[':
        throw new GlobError('nested brace', at + 1)
      case ']':
        throw new GlobError('unexpected close bracket', at + 1)
      case ',':
        choices.push(choice)
        choice = ''
        break
      case '}':
        if (at === from) throw new GlobError('empty string within braces', at + 1)
        choices.push(choice)
        return { part: { is: 'set', choices }, next: at + 1 }
      case '\\':
        if (at + 1 < url.length) at += 1
        choice += url[at]!
        break
      default:
        choice += url[at]!
    }
  }
  throw new GlobError('unmatched brace', url.length + 1)
}

/** A range, from after its bracket on. */
function parseRange(url: string, from: number): Parsed {
  const rest = url.slice(from)
  if (/^[a-z]/i.test(rest)) return parseLetters(rest, from)
  if (/^\d/.test(rest)) return parseNumbers(rest, from)
  throw new GlobError('bad range specification', from + 1)
}

function parseLetters(rest: string, offset: number): Parsed {
  const match = /^([a-z])-([^])(?::(\d+))?\]/i.exec(rest)
  if (match === null) throw new GlobError('bad range', offset + 1)
  const next = offset + match[0].length
  const [from, to] = [match[1]!.charCodeAt(0), match[2]!.charCodeAt(0)]
  const step = Number(match[3] ?? '1')
  // At most as far apart as "a" and "z": a range from capitals to small letters would hold signs in between.
  if (!isGoodRange(from, to, step) || to - from > 25) throw new GlobError('bad range', next + 1)
  return { part: { is: 'letters', from, to, step }, next }
}

function parseNumbers(rest: string, offset: number): Parsed {
  const match = /^(\d+)(?:(-)[ \t]*(?:(\d+)(?:(\])|:(\d+)(\])|:)?)?)?/.exec(rest)!
  const next = offset + match[0].length
  const [from, to, step] = [Number(match[1]), Number(match[3]), Number(match[5] ?? '1')]
  if (from > MOST_NUMBER) throw new GlobError('bad range', offset + 1)
  if (to > MOST_NUMBER) throw new GlobError('bad range', offset + match[1]!.length + 2)
  const isClosed = match[4] !== undefined || match[6] !== undefined
  if (!isClosed || !isGoodRange(from, to, step)) throw new GlobError('bad range', next + 1)
  if (to + step > Number.MAX_SAFE_INTEGER) throw new GlobError('range overflow', next + 1)
  const width = match[1]!.startsWith('0') ? match[1]!.length : 0
  return { part: { is: 'numbers', from, to, step, width }, next }
}

/** curl's numbers have 64 bits. */
const MOST_NUMBER = 2 ** 63

function isGoodRange(from: number, to: number, step: number): boolean {
  return from === to ? step === 1 : from < to && step > 0 && step <= to - from
}
