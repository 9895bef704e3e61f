/** docs/curl-compatibility.md, made from the flag table. */
import type { FlagRow } from '../../packages/cli/src/line/flag-row.ts'
import type { CurlDifference } from './curl-differences.ts'

/** The page. */
export function compatibilityPage(flags: readonly FlagRow[], differences: readonly CurlDifference[]): string {
  const counts = { same: 0, differs: 0, 'not available': 0 }
  const rows = flags.map((flag) => {
    const [verdict, why] = verdictOf(flag)
    counts[verdict] += 1
    return `| \`${escaped(nameOf(flag))}\` | ${why === '' ? verdict : `${verdict}: ${escaped(why)}`} |`
  })
  return `# curl's command line, and this one

Every flag of curl 8.22 is known to the command. Of the ${flags.length} flags ${counts.same} do what curl's do,
${counts.differs} differ as told, and ${counts['not available']} are refused by name, with exit code 2: none is ignored in
silence. \`packages/cli/src/line/flags.ts\` is the table that the command, its help and this page are made from.

\`test/wire/beside-curl.test.ts\` runs some 1,600 command lines with curl and with this command, against servers that keep every byte,
and compares requests, output, messages, files and exit codes; \`test/support/beside/differences.ts\` says of each row that differs why.
Where curl has a sentence for a failure, ours begins with it and goes on with what else is known.

## Where it does something else

| what | curl | here | because |
| --- | --- | --- | --- |
${differences.map(({ subject, curl, here, because }) => `| ${[subject, curl, here, because].map(escaped).join(' | ')} |`).join('\n')}

## Flags

| flag | as in curl? |
| --- | --- |
${rows.join('\n')}
`
}

function verdictOf({ does, differs }: FlagRow): ['same' | 'differs' | 'not available', string] {
  if (does.is === 'refused') return ['not available', does.because]
  if (differs !== undefined) return ['differs', differs]
  return ['same', does.is === 'deprecated' ? 'does nothing any more' : '']
}

function nameOf({ long, short, value, isOnUntold }: FlagRow): string {
  const letter = short === undefined ? '' : `-${short}, `
  return `${letter}--${isOnUntold === true ? 'no-' : ''}${long}${value === undefined ? '' : ` ${value}`}`
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}
