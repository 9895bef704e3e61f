/**
 * The static table of HPACK (RFC 7541 appendix A), and the way from a name to its index.
 *
 * The rule: an index here is the one on the wire; entries of one name follow each other.
 */

/** Where the dynamic table begins (RFC 7541 2.3.3). */
export const FIRST_DYNAMIC_INDEX = 62

// prettier-ignore
/** Name and value in turn; those of index `i` stand at `2 * i` and `2 * i + 1`, and index 0 has none (RFC 7541 6.1). */
export const STATIC_FIELDS: readonly string[] = [
  '', '', ':authority', '', ':method', 'GET', ':method', 'POST', ':path', '/',
  ':path', '/index.html', ':scheme', 'http', ':scheme', 'https', ':status', '200', ':status', '204',
  ':status', '206', ':status', '304', ':status', '400', ':status', '404', ':status', '500',
  'accept-charset', '', 'accept-encoding', 'gzip, deflate', 'accept-language', '',
  'accept-ranges', '', 'accept', '', 'access-control-allow-origin', '', 'age', '', 'allow', '',
  'authorization', '', 'cache-control', '', 'content-disposition', '', 'content-encoding', '',
  'content-language', '', 'content-length', '', 'content-location', '', 'content-range', '',
  'content-type', '', 'cookie', '', 'date', '', 'etag', '', 'expect', '', 'expires', '', 'from', '',
  'host', '', 'if-match', '', 'if-modified-since', '', 'if-none-match', '', 'if-range', '',
  'if-unmodified-since', '', 'last-modified', '', 'link', '', 'location', '', 'max-forwards', '',
  'proxy-authenticate', '', 'proxy-authorization', '', 'range', '', 'referer', '', 'refresh', '',
  'retry-after', '', 'server', '', 'set-cookie', '', 'strict-transport-security', '',
  'transfer-encoding', '', 'user-agent', '', 'vary', '', 'via', '', 'www-authenticate', '',
]

/** The first index with this name; 0 when there is none. */
export function staticNameIndex(name: string): number {
  return FIRST_INDEX.get(name) ?? 0
}

/** The index of name and value, `first` being that of the name; 0 when there is none. */
export function staticFieldIndex(first: number, value: string): number {
  const name = STATIC_FIELDS[first * 2]
  for (let index = first; index > 0 && STATIC_FIELDS[index * 2] === name; index += 1)
    if (STATIC_FIELDS[index * 2 + 1] === value) return index
  return 0
}

const FIRST_INDEX: ReadonlyMap<string, number> = makeFirstIndex()

function makeFirstIndex(): Map<string, number> {
  const first = new Map<string, number>()
  for (let index = FIRST_DYNAMIC_INDEX - 1; index > 0; index -= 1) first.set(STATIC_FIELDS[index * 2]!, index)
  return first
}
