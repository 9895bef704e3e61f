/**
 * Lines of the user's that are no fields, since their names are no tokens (option oddHeaders).
 *
 * The rule: they are for those who know what their server reads; what could be read as another length of the body,
 * another host or a second line is refused, and nothing of a login goes to another origin.
 */
import { TransferError } from '../errors/transfer-error.ts'
import { isToken } from '../http/tokens.ts'
import type { EasySettings } from '../options/option-types.ts'
import { BODY_FIELDS, ORIGIN_FIELDS, type RequestStep } from './redirect.ts'

/** The lines with their line ends, Latin-1; '' for none. BAD_FUNCTION_ARGUMENT. */
export function oddLines({ oddHeaders = [] }: EasySettings, step: RequestStep | undefined): string {
  let text = ''
  for (const line of oddHeaders) {
    const name = line.slice(0, Math.max(0, line.indexOf(':')))
    // What a reader may make of it.
    const read = name.trim().toLowerCase()
    if (read === '' || isToken(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(line))
      throw refused('hold a line of one name and one value')
    if (FRAMING.has(read)) throw refused('name what says where the request ends or to whom it goes')
    if (step?.isElsewhere === true && ORIGIN_FIELDS.has(read)) continue
    if (step?.dropsBody === true && BODY_FIELDS.has(read)) continue
    text += `${line}\r\n`
  }
  return text
}

const FRAMING: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'connection',
  'upgrade',
])

function refused(rule: string): TransferError {
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option oddHeaders must ${rule.startsWith('name') ? 'not ' : ''}${rule}`,
    { option: 'oddHeaders' },
    { phase: 'setup' },
  )
}
