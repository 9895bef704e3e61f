/**
 * The reference pages of docs/ as text, from the tables of core.
 *
 * The rule: pure, and nothing is said here that a table could say. `npm run reference` writes the pages, and
 * `reference.test.ts` fails while they differ.
 */
import type { ErrorRow } from '../../packages/core/src/tables/error-codes.ts'
import type { InfoRow } from '../../packages/core/src/tables/info-table.ts'
import type { OptionRow } from '../../packages/core/src/tables/option-table.ts'

type Rows<Row> = Readonly<Record<string, Row>>
type Reasons = Rows<{ readonly summary: string }>

export function errorsPage(errors: Rows<ErrorRow>): string {
  const isOfTransfers = ([, row]: [string, ErrorRow]): boolean => row.curl.startsWith('CURLE_')
  const rows = Object.entries(errors)
  return page('Errors', 'error-codes', [
    'What fails, fails with a `TransferError`. Its `code` is libcurl’s name without the prefix and never changes;',
    '`curlName` and `curlNumber` give libcurl’s own; `phase` says what the transfer was doing, and `details`',
    'holds the numbers.',
    '',
    '## Of a transfer',
    '',
    'The number is also the exit code of a command that fails with it.',
    '',
    ...errorTable(rows.filter(isOfTransfers)),
    '',
    '## Of a multi or a share',
    '',
    ...errorTable(rows.filter((row) => !isOfTransfers(row))),
  ])
}

export function infoPage(values: Rows<InfoRow>, reuse: Reasons, close: Reasons): string {
  return page('Info values', 'info-table', [
    'What is known of a transfer, while it runs and after it. Times are microseconds (`us`) counted from the',
    'start of the transfer; 0 means that the phase did not happen.',
    '',
    ...table(
      ['name', 'libcurl', 'unit', 'meaning'],
      Object.entries(values).map(([name, row]) => [mono(name), curlName(row), row.unit, row.summary]),
    ),
    '',
    '## Why a connection was not reused',
    '',
    'The codes that `verdict` gives for each connection to the host that was not taken. They are stable.',
    '',
    ...reasonTable(reuse),
    '',
    '## Why a connection was closed',
    '',
    'The codes that events and verdicts give for each connection that left the cache. They are stable.',
    '',
    ...reasonTable(close),
  ])
}

export function optionsPage(easy: Rows<OptionRow>, cache: Rows<OptionRow>, multi: Rows<OptionRow>): string {
  return page('Options', 'option-table', [
    'An option is set by its name or by libcurl’s. A value that does not fit is refused with',
    '`BAD_FUNCTION_ARGUMENT`, and a name that is not here with `UNKNOWN_OPTION`.',
    '',
    'Durations are in milliseconds; where libcurl’s option of the same meaning takes seconds, its column says',
    'so. **Identity** names the part of a connection that the option shapes: a connection is reused only by',
    'transfers that agree on all of these. Options without it never stand in the way of reuse.',
    '',
    '## Of a transfer',
    '',
    ...optionTable(easy),
    '',
    '## Of a connection cache',
    '',
    'They belong to whoever owns the cache: a multi, a share, or an easy handle by itself.',
    '',
    ...optionTable(cache),
    '',
    '## Of a multi',
    '',
    ...optionTable(multi),
  ])
}

function errorTable(rows: readonly [string, ErrorRow][]): string[] {
  return table(
    ['code', 'libcurl', 'number', 'meaning'],
    rows.map(([code, row]) => [mono(code), mono(row.curl), String(row.number), row.summary]),
  )
}

function reasonTable(reasons: Reasons): string[] {
  return table(
    ['code', 'meaning'],
    Object.entries(reasons).map(([code, row]) => [mono(code), row.summary]),
  )
}

function optionTable(options: Rows<OptionRow>): string[] {
  return table(
    ['name', 'libcurl', 'value', 'default', 'identity', 'meaning'],
    Object.entries(options).map(([name, row]) => [
      mono(name),
      curlName(row) + (row.perCurlUnit === 1_000 ? ' (seconds)' : ''),
      allowed(row),
      row.default === undefined ? '' : mono(String(row.default)),
      row.identity === 'no' ? '' : row.identity,
      row.summary,
    ]),
  )
}

/** What a value may be: `duration, ms, 0 or more`. */
function allowed({ kind, unit, min, max, choices }: OptionRow): string {
  if (choices !== undefined) return choices.map(mono).join(', ')
  // A bound that nobody meets is there for safety, and would only be noise here.
  const isBounded = max !== undefined && max < 2 ** 31 - 1
  const range = min === undefined ? '' : isBounded ? `${min} to ${max}` : `${min} or more`
  return [kind, unit, range].filter(Boolean).join(', ')
}

function page(title: string, source: string, lines: readonly string[]): string {
  const note = `<!-- Written by \`npm run reference\` from packages/core/src/tables/${source}.ts. Do not edit. -->`
  return [`# ${title}`, '', note, '', ...lines, ''].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map((cells) => line(cells.map(escapeCell)))]
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function curlName({ curl }: { readonly curl: string | undefined }): string {
  return curl === undefined ? '' : mono(curl)
}

function mono(text: string): string {
  return `\`${text}\``
}
