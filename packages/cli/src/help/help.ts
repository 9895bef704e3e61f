/**
 * What `--help` prints: by category, all, or about one flag.
 *
 * The rule: everything is derived from the flag table; a flag that is refused says why.
 */
import type { FlagRow } from '../line/flag-row.ts'
import { FLAGS, flagNamed, flagOfLetter } from '../line/flags.ts'
import type { Persona } from './version.ts'

/** What to print, and what to tell on standard error. */
export interface HelpAnswer {
  readonly text: string
  readonly error?: string
}

/** The help for a category, "all", "category", a flag, or what matters most. */
export function helpText(subject: string | undefined, persona: Persona = 'trunkline'): HelpAnswer {
  const usage = `Usage: ${persona} [options...] <url>\n`
  if (subject === undefined) {
    const text = `${usage}${table(inCategory('important'))}
This is not the full help; this menu is split into categories.
Use "--help category" to get an overview of all categories, which are:
${wrapped(CATEGORIES.map(([name]) => name))}
Use "--help all" to list all options
Use "--help [option]" to view documentation for a given option
`
    return { text }
  }
  const wanted = subject.toLowerCase()
  if (wanted === 'all') return { text: table(FLAGS) }
  if (wanted === 'category') return { text: categoryList() }
  const flag = flagOf(subject)
  if (flag !== undefined) return { text: aboutFlag(flag) }
  if (subject.startsWith('-')) {
    return { text: '', error: `Incorrect option name to show help for, see ${persona} -h` }
  }
  const category = CATEGORIES.find(([name]) => name === wanted)
  if (category !== undefined) return { text: `${category[0]}: ${category[1]}\n${table(inCategory(wanted))}` }
  return {
    text: `Unknown category provided, here is a list of all categories:\n\n${categoryList()}`,
  }
}

function flagOf(subject: string): FlagRow | undefined {
  if (subject.startsWith('--')) return flagNamed(subject.slice(2).replace(/^no-/, ''))
  return /^-.$/s.test(subject) ? flagOfLetter(subject[1]!) : undefined
}

function aboutFlag(flag: FlagRow): string {
  const { does, differs } = flag
  const says = does.is === 'refused' ? `Not available: ${does.because}` : flag.summary
  return `${flagText(flag).trimStart()}\n    ${says}.\n${differs === undefined ? '' : `    Other than curl: ${differs}.\n`}`
}

function inCategory(category: string): readonly FlagRow[] {
  return FLAGS.filter(
    (flag) => flag.in.split(' ').includes(category) || (category === 'global' && isGlobal(flag)),
  )
}

/** Whether it holds for the whole command line. */
export function isGlobal({ does, long }: FlagRow): boolean {
  return does.is === 'global-switch' || does.is === 'global-setting' || GLOBAL_SPECIALS.has(long)
}

const GLOBAL_SPECIALS: ReadonlySet<string> = new Set([
  'config',
  'parallel-max',
  'parallel-max-host',
  'rate',
  'trace',
  'trace-ascii',
  'variable',
  'verbose',
])

function table(flags: readonly FlagRow[]): string {
  const shown = flags.filter(({ does }) => does.is !== 'refused' && does.is !== 'deprecated')
  const texts = shown.map(flagText)
  const width = Math.min(WIDEST, Math.max(...texts.map((text) => text.length)))
  return shown.map((flag, index) => ` ${texts[index]!.padEnd(width)}  ${flag.summary}\n`).join('')
}

/** Beyond this a flag pushes its summary to the right instead of all the others'. */
const WIDEST = 34

/** `-o, --output <file>`, with room for a letter where there is none. */
export function flagText({ short, long, value, isOnUntold }: FlagRow): string {
  const name = `--${isOnUntold === true ? 'no-' : ''}${long}`
  return `${short === undefined ? '    ' : `-${short}, `}${name}${value === undefined ? '' : ` ${value}`}`
}

function categoryList(): string {
  return CATEGORIES.map(([name, says]) => ` ${name.padEnd(12)}${says}\n`).join('')
}

function wrapped(words: readonly string[]): string {
  const lines: string[] = ['']
  for (const [index, word] of words.entries()) {
    const text = index === words.length - 1 ? `${word}.` : `${word}, `
    if (lines.at(-1)!.length + text.length > 78) lines.push('')
    lines[lines.length - 1] += text
  }
  return lines.join('\n')
}

/** curl's categories. */
const CATEGORIES: readonly (readonly [string, string])[] = [
  ['auth', 'Authentication methods'],
  ['connection', 'Manage connections'],
  ['curl', 'The command line tool itself'],
  ['deprecated', 'Legacy'],
  ['dns', 'Names and addresses'],
  ['file', 'FILE protocol'],
  ['ftp', 'FTP protocol (not available)'],
  ['global', 'What holds for all transfers'],
  ['http', 'HTTP and HTTPS protocol'],
  ['imap', 'IMAP protocol (not available)'],
  ['ldap', 'LDAP protocol (not available)'],
  ['mqtt', 'MQTT protocol (not available)'],
  ['output', 'File system output'],
  ['pop3', 'POP3 protocol (not available)'],
  ['post', 'HTTP POST specific'],
  ['proxy', 'Options for proxies'],
  ['scp', 'SCP protocol (not available)'],
  ['sftp', 'SFTP protocol (not available)'],
  ['smtp', 'SMTP protocol (not available)'],
  ['ssh', 'SSH protocol (not available)'],
  ['telnet', 'TELNET protocol (not available)'],
  ['tftp', 'TFTP protocol (not available)'],
  ['timeout', 'Timeouts and delays'],
  ['tls', 'TLS/SSL related'],
  ['upload', 'Upload, sending data'],
  ['verbose', 'Tracing, logging, and what is shown'],
]
