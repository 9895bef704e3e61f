/** The links of an HTML page, as far as they are pages of the same origin. */

/** Absolute URLs without fragments, each once, in order. `base` is the page's own URL. */
export function linksOf(html: string, base: string): string[] {
  const { origin } = new URL(base)
  const found = new Set<string>()
  for (const [, double, single, bare] of html.matchAll(ANCHOR)) {
    const href = (double ?? single ?? bare ?? '').trim().replaceAll('&amp;', '&')
    if (!URL.canParse(href, base)) continue
    const url = new URL(href, base)
    url.hash = ''
    if (url.origin === origin) found.add(url.href)
  }
  return [...found]
}

/** The `href` of an `a` element: in double quotes, in single ones, or in none. */
const ANCHOR = /<a\s(?:[^>]*?\s)?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi
