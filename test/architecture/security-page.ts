/**
 * `docs/security.md` against the tests that it names: advisories that are said to be tested, and tests of advisories.
 *
 * The rule: a number counts where it stands in a string of a test file, which is where names of tests are; in a
 * comment it proves nothing.
 */
import ts from 'typescript'

/** A line of one of the page's tables. */
export interface SecurityRow {
  readonly advisories: readonly string[]
  /** Paths of test files from the root; none: it does not apply. */
  readonly files: readonly string[]
}

const ADVISORY = /CVE-\d{4}-\d{4,}/g

/** The lines of all tables, their files by the links at the page's end. */
export function readRows(page: string): readonly SecurityRow[] {
  const links = new Map(
    [...page.matchAll(/^\[([\w-]+)\]: \.\.\/(\S+)$/gm)].map(([, name, path]) => [name!, path!]),
  )
  return page.split('\n').flatMap((line) => {
    const cells = line.split('|').slice(1, -1)
    const advisories = cells[0]?.match(ADVISORY) ?? []
    if (advisories.length === 0) return []
    const files = [...(cells.at(-1) ?? '').matchAll(/\[([\w-]+)\]/g)].map(
      ([, name]) => links.get(name!) ?? `(no link) ${name}`,
    )
    const isSaid = files.length > 0 || cells.at(-1)?.trim() === 'not applicable'
    return [{ advisories, files: isSaid ? files : ['(neither a test nor "not applicable")'] }]
  })
}

/** Advisories in the strings of a test file. */
export function advisoriesIn(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      for (const advisory of node.text.match(ADVISORY) ?? []) found.add(advisory)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('test.ts', text, ts.ScriptTarget.Latest))
  return found
}

/**
 * What is wrong with the page: a file that is not there, an advisory in no name of a test of a file said to prove
 * it, one that is tested in `test/security` and stands in no table. `files`: test files by their path.
 */
export function brokenClaims(page: string, files: ReadonlyMap<string, string>): readonly string[] {
  const rows = readRows(page)
  const tested = new Map([...files].map(([path, text]) => [path, advisoriesIn(text)]))
  const claimed = rows.flatMap(({ advisories, files: paths }) =>
    paths.flatMap((path) => {
      const known = tested.get(path)
      if (known === undefined) return [`${advisories.join()} is to be tested in ${path}, which is not there`]
      return advisories.some((advisory) => known.has(advisory))
        ? []
        : [`${path} has no test of ${advisories.join()}`]
    }),
  )
  const unproven = rows.flatMap(({ advisories, files: paths }) =>
    advisories
      .filter(
        (advisory) => paths.length > 0 && !paths.some((path) => tested.get(path)?.has(advisory) ?? false),
      )
      .map((advisory) => `${advisory} is in no name of a test of ${paths.join()}`),
  )
  const listed = new Set(rows.flatMap(({ advisories }) => advisories))
  const unlisted = [...tested]
    .filter(([path]) => path.startsWith('test/security/'))
    .flatMap(([path, advisories]) =>
      [...advisories]
        .filter((advisory) => !listed.has(advisory))
        .map((advisory) => `${advisory} is tested in ${path} and stands in no table`),
    )
  return [...new Set([...claimed, ...unproven, ...unlisted])]
}
