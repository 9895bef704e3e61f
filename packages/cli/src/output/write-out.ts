/**
 * `-w`: a format with `%{variables}` filled in with the facts of a transfer. Pure: it answers what to print
 * and where.
 *
 * The rule: what is no variable is text. A variable that is not known is told of on standard error, and prints nothing.
 */
import { formatTime } from './time-format.ts'
import { utf8, variableText, type TransferFacts } from './write-out-values.ts'

/** Where a piece of output goes. */
export type PrintTarget =
  | 'stdout'
  | 'stderr'
  /** A file, from its beginning or at its end (`%output{>>name}`). One that cannot be opened changes nothing. */
  | { readonly file: string; readonly appends: boolean }

/** A piece of output. Without text: from here on, the target is another. */
export interface Printed {
  readonly to: PrintTarget
  readonly text: string
}

/** What to print after a transfer, in order. `name`: who tells of unknown variables. */
export function writeOut(
  format: string,
  facts: TransferFacts,
  name = 'trunkline',
  now = new Date(0),
): readonly Printed[] {
  const printed: Printed[] = []
  let to: PrintTarget = 'stdout'
  let text = ''
  const flush = (): void => {
    if (text !== '') printed.push({ to, text })
    text = ''
  }
  for (const { 0: piece, groups = {} } of format.matchAll(PIECES)) {
    const { variable, header, output, time } = groups
    if (header !== undefined) text += fieldText(header, facts)
    else if (time !== undefined) text += formatTime(time, now)
    else if (output !== undefined) {
      flush()
      const appends = output.startsWith('>>')
      to = { file: appends ? output.slice(2) : output, appends }
      printed.push({ to, text: '' })
    } else if (variable === undefined) text += ESCAPES[piece] ?? piece
    else if (variable === 'stdout' || variable === 'stderr') {
      flush()
      to = variable
    } else if (variable === 'onerror') {
      if (facts.failure === undefined) break
    } else {
      const value = variableText(variable, facts)
      if (value !== undefined) text += value
      else printed.push({ to: 'stderr', text: `${name}: unknown --write-out variable: '${variable}'\n` })
    }
  }
  flush()
  return printed
}

/** A variable, an escape, or plain text; a lone "%" or "\" is plain. A `\}` does not end what is in braces. */
const PIECES =
  /%time\{(?<time>[^}]*)\}|%\{(?<variable>[^}]*)\}|%header\{(?<header>(?:\\.|[^}\\])*)\}|%output\{(?<output>[^}]*)\}|%%|\\[nrt]|[^%\\]+|[%\\]/gs
const ESCAPES: Readonly<Record<string, string>> = { '%%': '%', '\\n': '\n', '\\r': '\r', '\\t': '\t' }

/** `name`, or `name:all:separator`: the first value of a field, or all of them. */
function fieldText(given: string, { head, heads = head === undefined ? [] : [head] }: TransferFacts): string {
  const colon = given.indexOf(':')
  const name = colon < 0 ? given : given.slice(0, colon)
  const instruction = /^all:(.*)$/s.exec(given.slice(name.length + 1))
  if (colon < 0) return utf8(head?.fields.first(name) ?? '')
  if (instruction === null) return ''
  const separator = instruction[1]!.replaceAll(
    /\\(.)/gs,
    (whole, letter: string) => ESCAPES[whole] ?? (letter === '}' || letter === '\\' ? letter : whole),
  )
  return heads.flatMap(({ fields }) => fields.all(name).map(utf8)).join(separator)
}
