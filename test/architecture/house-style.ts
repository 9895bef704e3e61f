/**
 * The parts of docs/style.md that a machine can see. Pure functions over the facts of source files; one
 * sentence per breach. Formatting is prettier's business, and doubtful code is oxlint's.
 */
import { basename } from 'node:path/posix'
import type { SourceFacts } from './source-facts.ts'

/** Names that say nothing: what would stand in such a file has a topic of its own. */
const EMPTY_NAMES = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared', 'types']

/** Breaches of the house style. */
export function brokenStyle(files: readonly SourceFacts[]): string[] {
  return files.flatMap((file) => {
    const name = basename(file.path, '.ts')
    const breaches: string[] = []
    if (EMPTY_NAMES.includes(name)) breaches.push('has a name that says nothing')
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) breaches.push('is not named in lower case with hyphens')
    if (file.hasDefaultExport) breaches.push('has a default export')
    if (name === 'index' && !file.onlyReExports) breaches.push('does more than re-export')
    if (name !== 'index' && !file.opensWithComment) breaches.push('does not open with a comment')
    return breaches.map((breach) => `${file.path} ${breach}`)
  })
}
