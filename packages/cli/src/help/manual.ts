/**
 * The manual of the command, as data: what `--manual` prints and man/trunkline.1 is written from.
 *
 * The rule: what a table knows is taken from the table: flags, defaults, exit codes. In texts, what stands between
 * backticks is to be typed or read as it is.
 */
import { ERROR_CODES, type ErrorRow } from '@trunkline/core'
import { optionRow, type FlagRow } from '../line/flag-row.ts'
import { FLAGS } from '../line/flags.ts'
import { flagText, isGlobal } from './help.ts'
import { CURL_VERSION } from './version.ts'
import { WRITE_OUT_VARIABLES } from './write-out-variables.ts'

/** A piece of a section. */
export type ManualBlock =
  | { readonly is: 'text'; readonly text: string }
  /** What is told about, and what is told of it. */
  | { readonly is: 'item'; readonly term: string; readonly text: string }
  /** Lines as they stand. */
  | { readonly is: 'code'; readonly lines: readonly string[] }

export interface ManualSection {
  readonly title: string
  readonly blocks: readonly ManualBlock[]
}

/** The whole manual, in order. */
export function manualSections(): readonly ManualSection[] {
  return [
    section(
      'NAME',
      text('trunkline - transfer URLs over one connection cache, with the command line of curl'),
    ),
    section('SYNOPSIS', code('trunkline [options...] <url>...')),
    section('DESCRIPTION', ...DESCRIPTION.map(text)),
    section('URLS', ...URLS.map(text)),
    section('OPTIONS', ...OPTIONS.map(text), ...FLAGS.filter(isThere).map(aboutFlag)),
    section('FLAGS THAT ARE NOT THERE', ...REFUSED.map(text), ...refusedFlags()),
    section('VARIABLES OF --WRITE-OUT', ...VARIABLES.map(text), ...WRITE_OUT_VARIABLES.map(aboutVariable)),
    section('EXIT CODES', ...EXIT_CODES.map(text), ...exitCodes()),
    section('ENVIRONMENT', ...ENVIRONMENT.map(([term, says]) => item(quoted(term), says))),
    section('FILES', ...FILES.map(([term, says]) => item(quoted(term), says))),
    section('EXAMPLES', ...EXAMPLES.flatMap(([says, ...lines]) => [text(says), code(...lines)])),
    section('SEE ALSO', text('`curl`(1), `node`(1)')),
  ]
}

// ---- Flags -----------------------------------------------------------------------------------------

function isThere({ does }: FlagRow): boolean {
  return does.is !== 'refused' && does.is !== 'deprecated'
}

function aboutFlag(flag: FlagRow): ManualBlock {
  const { differs, isOneWay, value, isOnUntold, does } = flag
  const usual = defaultText(flag)
  const sentences = [
    isOnUntold === true ? `Not to do what is done without it: ${lowered(flag.summary)}.` : `${flag.summary}.`,
    ...(usual === undefined ? [] : [`Default: ${usual}.`]),
    ...(isGlobal(flag) ? ['Holds for the whole command line.'] : []),
    ...(value === undefined && isOneWay === true && does.is !== 'special' ? ['Cannot be taken back.'] : []),
    ...(differs === undefined ? [] : [`Other than curl: ${differs}.`]),
  ]
  return item(quoted(flagText(flag).trim()), sentences.join(' '))
}

/** What holds where nothing is said, in the unit of the flag; undefined: nothing, or the summary says it. */
function defaultText({ does, long, value, summary }: FlagRow): string | undefined {
  const told = DEFAULTS[long]
  if (told !== undefined) return told
  if (does.is !== 'option' || does.to !== undefined || value === undefined || /\(\d+\)/.test(summary))
    return undefined
  const { kind, default: usual, unit } = optionRow(does.option)
  if (typeof usual === 'string') return usual === '' ? undefined : usual
  if (typeof usual !== 'number') return undefined
  if (usual === 0) return 'none'
  if (kind !== 'duration') return `${usual}${unit === 'bytes' ? ' bytes' : ''}`
  return value === '<seconds>' ? `${usual / 1_000} seconds` : `${usual} milliseconds`
}

/** What is no default of an option, or none that a number tells. */
const DEFAULTS: Readonly<Record<string, string>> = {
  cacert: 'those that Node brings along',
  'limit-rate': 'none',
  'max-time': 'no limit',
  output: 'standard output',
  'parallel-max-host': 'no limit',
  proto: 'all that are supported',
  'proto-redir': 'http and https',
  request: 'GET, or what a flag for a body asks for',
  'retry-delay': 'a second, then twice as long each time, up to ten minutes',
  'retry-max-time': 'no limit',
  'tls-max': '1.3',
  'user-agent': 'the name and version of the command',
}

/** Reasons, each with the flags it holds for. */
function refusedFlags(): ManualBlock[] {
  const byReason = new Map<string, string[]>()
  for (const { does, long } of FLAGS) {
    if (isThere({ does } as FlagRow)) continue
    const reason = does.is === 'refused' ? does.because : 'they do nothing any more, in curl either'
    byReason.set(reason, [...(byReason.get(reason) ?? []), `\`--${long}\``])
  }
  return [...byReason].map(([reason, names]) => item(`${raised(reason)}:`, names.join(', ')))
}

function aboutVariable([name, says]: readonly [string, string]): ManualBlock {
  return item(quoted(name), `${says}.`)
}

// ---- Exit codes ------------------------------------------------------------------------------------

function exitCodes(): ManualBlock[] {
  const rows: readonly ErrorRow[] = Object.values(ERROR_CODES)
  const told = new Map(
    rows
      .filter(({ curl }) => curl.startsWith('CURLE_') && !OF_PROGRAMS.has(curl))
      .map(({ number, summary }) => [number, OF_COMMANDS[number] ?? summary]),
  )
  const all = [[0, 'Everything went well.'] as const, ...told, [130, 'The run was interrupted.'] as const]
  return all.toSorted(([one], [other]) => one - other).map(([number, says]) => item(`\`${number}\``, says))
}

/** What only a program can come to. */
const OF_PROGRAMS: ReadonlySet<string> = new Set([
  'CURLE_ABORTED_BY_CALLBACK',
  'CURLE_NO_CONNECTION_AVAILABLE',
  'CURLE_RECURSIVE_API_CALL',
  'CURLE_UNKNOWN_OPTION',
  'CURLE_UNRECOVERABLE_POLL',
])

/** The same with the names of flags. */
const OF_COMMANDS: Readonly<Record<number, string>> = {
  2: 'The command line cannot be run: it is wrong, or asks for what is not there.',
  22: 'The status was 400 or above, with `--fail` or `--fail-with-body`.',
  23: 'The output cannot be written.',
  26: 'A file to be sent cannot be read.',
  43: 'A flag has a value that cannot be used.',
  47: 'More redirects came than `--max-redirs` allows.',
  63: 'The body is larger than `--max-filesize`.',
}

// ---- Texts -----------------------------------------------------------------------------------------

const DESCRIPTION = [
  `This is the command line of curl ${CURL_VERSION} for http, https, ws and wss, over the Trunkline engine. All URLs of a run share one cache of connections: they are reused as far as they safely can be, also after \`--next\`, and with \`-Z\` by transfers that run at the same time.`,
  'Without `-Z` the URLs are transferred one after the other, in their order. Cookies, names, HSTS, Alt-Svc and TLS sessions are shared by all transfers of a run.',
  'Beside what curl shows, `--explain` tells of each transfer which connection it used and why not another, and where its time went; `--summary` adds all of them up; `--json-lines` prints everything known as data. `--libcurl` writes a program that does the same.',
  'Started under the name curl, by a link, it answers as curl in `-V` and in the User-Agent that it sends. Nothing else differs.',
]

const URLS = [
  'A URL without a scheme is one of http. `{a,b}` in a URL stands for each of its members, `[1-9]`, `[01-20]` and `[a-z]` for ranges, `[0-100:10]` for every tenth. Several of them in one URL give all combinations, and the last one turns fastest. In the name of an output file `#1` is the value of the first. A backslash takes the meaning away, and `--globoff` that of all.',
  'Globs are unfolded as they are needed, so a large range costs nothing.',
]

const OPTIONS = [
  'Short flags can be joined, as in `-sSo file`, and values may stand next to them. Flags with two dashes take their value as the next argument, or behind "=". What is on or off is taken back by `--no-` before its name. After `--` everything is a URL. `--expand-` before the name of a flag fills `{{name}}` in its value with what `--variable` has set.',
  'Flags hold for the URLs of one operation, up to the next `--next`, unless they say that they hold for the whole command line.',
]

const REFUSED = [
  'They are known and refused by name, with exit code 2; those that do nothing any more are warned of.',
]

const VARIABLES = [
  'The format of `--write-out` is text with `%{name}` for the value of a variable, `%%` for a percent sign, and \\n, \\r and \\t. `%{json}` prints all variables as an object, `%{header_json}` the fields of the response; `%header{name}` is one field. `%{stdout}`, `%{stderr}` and `%output{file}` say where what follows goes; after `%{onerror}` it is printed only when the transfer failed. Times are seconds since the transfer began.',
]

const EXIT_CODES = [
  "They are curl's. With several URLs it is that of the last one, or with `-Z` that of the last one on the command line that failed.",
]

const ENVIRONMENT = [
  [
    'http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY',
    'The proxy for URLs of a scheme, or of any, where `--proxy` does not name one.',
  ],
  ['no_proxy, NO_PROXY', 'Hosts that are reached without a proxy, as in `--noproxy`.'],
  ['CURL_CA_BUNDLE, SSL_CERT_FILE', 'The CA certificates to trust, where `--cacert` does not name them.'],
  ['CURL_HOME, XDG_CONFIG_HOME, HOME', 'Where the config file is looked for.'],
  ['NETRC', 'The file for `--netrc`, where `--netrc-file` does not name one.'],
  [
    'IPFS_GATEWAY, IPFS_PATH',
    'The gateway for ipfs and ipns URLs, where `--ipfs-gateway` does not name one, and the folder whose file `gateway` names it.',
  ],
  ['COLUMNS', 'How wide the terminal is.'],
  [
    'NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE',
    'Where Node, from 22.1 on, keeps what it has compiled, by default in the folder for temporary files; and that it does not.',
  ],
] as const

const FILES = [
  [
    '~/.curlrc',
    'Flags that hold for every run, as in `--config`. It is also looked for in `$CURL_HOME`, as `$XDG_CONFIG_HOME/curlrc` and as `~/.config/curlrc`; the first that is there is read. `-q` as the first flag leaves it out.',
  ],
  ['~/.netrc', 'User names and passwords, with `--netrc`.'],
  ['~/.ipfs/gateway', 'The gateway for ipfs and ipns URLs.'],
] as const

const EXAMPLES: readonly (readonly [string, ...string[]])[] = [
  [
    'Download a file under its own name, and go on where an earlier try has ended:',
    'trunkline -O -C - https://example.com/large.tar.gz',
  ],
  ['Post a form, with a file:', 'trunkline -F name=value -F photo=@me.jpg https://example.com/form'],
  [
    'Download twenty pages at the same time, and tell how the connections were used:',
    "trunkline -Z --summary -o 'page-#1.html' 'https://example.com/[1-20]'",
  ],
  [
    'See why a connection was reused or not:',
    'trunkline --explain https://example.com/a https://example.com/b',
  ],
  [
    'Print status and time of each transfer:',
    "trunkline -s -o /dev/null -w '%{http_code} %{time_total} %{verdict}\\n' URL",
  ],
  [
    'Write the TypeScript program that does the same:',
    'trunkline --libcurl program.ts -d name=value https://example.com/',
  ],
]

function section(title: string, ...blocks: readonly ManualBlock[]): ManualSection {
  return { title, blocks }
}

function text(says: string): ManualBlock {
  return { is: 'text', text: says }
}

function item(term: string, says: string): ManualBlock {
  return { is: 'item', term, text: says }
}

function code(...lines: readonly string[]): ManualBlock {
  return { is: 'code', lines }
}

function lowered(sentence: string): string {
  return `${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1)}`
}

function raised(sentence: string): string {
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`
}

function quoted(term: string): string {
  return `\`${term}\``
}
