/**
 * The embedded site: pages that link to one another, computed from their number alone, so that the origin and
 * whoever checks it agree on every byte without a word.
 */

/** Children of page n are 7n + 1 to 7n + 7, so all pages can be reached from the first. */
const CHILDREN = 7

/** The path of a page. */
export function pathOf(page: number): string {
  return page === 0 ? '/' : `/page/${page}`
}

/** The page at a path, in a site of so many; undefined when there is none. */
export function pageAt(path: string, pages: number): string | undefined {
  const page = path === '/' ? 0 : Number(/^\/page\/([1-9]\d*)$/.exec(path)?.[1] ?? Infinity)
  return page < pages ? htmlOf(page, pages) : undefined
}

function htmlOf(page: number, pages: number): string {
  const children = Array.from({ length: CHILDREN }, (_, index) => CHILDREN * page + index + 1)
  const links = [
    ...children.filter((child) => child < pages),
    (page * 31) % pages,
    Math.floor(page / CHILDREN),
  ]
  return `<!doctype html>
<title>Page ${page}</title>
<a href="https://elsewhere.test/${page}">a site that is not ours</a>
<a href="#end">this page</a>
${links.map((to) => `<a class="next" href='${pathOf(to)}'>page ${to}</a>`).join('\n')}
<p>${words(page)}</p>
`
}

const WORDS = ['rail', 'sleeper', 'ballast', 'switch', 'signal', 'trunk', 'branch', 'yard', 'gauge', 'depot']

/** Between 200 and 4,000 words, drawn by a linear congruential generator (its numbers: Numerical Recipes). */
function words(seed: number): string {
  let state = seed
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * below)
  }
  return Array.from({ length: 200 + draw(3_801) }, () => WORDS[draw(WORDS.length)]).join(' ')
}
