/** All command lines that are run beside curl, by subject, each with a name of its own. */
import type { Row } from './row.ts'
import { DATA, FORMS, UPLOADS } from './rows/bodies.ts'
import { COOKIES, LOGINS, NETRC } from './rows/cookies-and-logins.ts'
import { CONFIG, FLAGS, GLOBS, VARIABLES } from './rows/lines.ts'
import { ETAGS, FILES, WRITE_OUT } from './rows/outputs.ts'
import { PROXIES, REDIRECTS, RETRIES } from './rows/routes.ts'
import { CODINGS, MEMORY, SEVERAL, TRACES, WAITS } from './rows/transfers.ts'

/** A row with its name: its line, and a number where several share it. */
export interface NamedRow extends Row {
  readonly name: string
}

const GIVEN: Readonly<Record<string, readonly (string | Row)[]>> = {
  data: DATA,
  forms: FORMS,
  uploads: UPLOADS,
  cookies: COOKIES,
  logins: LOGINS,
  netrc: NETRC,
  flags: FLAGS,
  config: CONFIG,
  variables: VARIABLES,
  globs: GLOBS,
  files: FILES,
  etags: ETAGS,
  'write-out': WRITE_OUT,
  redirects: REDIRECTS,
  proxies: PROXIES,
  retries: RETRIES,
  traces: TRACES,
  codings: CODINGS,
  memory: MEMORY,
  several: SEVERAL,
  waits: WAITS,
}

export const ROWS: Readonly<Record<string, readonly NamedRow[]>> = Object.fromEntries(
  Object.entries(GIVEN).map(([subject, rows]) => [subject, named(rows)]),
)

function named(rows: readonly (string | Row)[]): NamedRow[] {
  const counts = new Map<string, number>()
  return rows.map((given) => {
    const row = typeof given === 'string' ? { line: given } : given
    const line = row.line.length > 120 ? `${row.line.slice(0, 100)}...${row.line.slice(-20)}` : row.line
    const count = (counts.get(line) ?? 0) + 1
    counts.set(line, count)
    return { ...row, name: count === 1 ? line : `${line} #${count}` }
  })
}
