/**
 * Which fields a peer is to remember (RFC 7541 6.2 and 7.1), as data.
 *
 * The rule: what could be guessed piece by piece is never remembered, by nobody on the way; what changes with
 * each message is not, because it would drive out what stays.
 */

/**
 * `index`: the peer keeps the field, and is told its index from then on. `plain`: it is told anew each time.
 * `never`: so too, and whoever forwards it must do the same (RFC 7541 6.2.3).
 */
export type Indexing = 'index' | 'plain' | 'never'

/**
 * How a field of this name, in lower case, is sent unless somebody knows better. A cookie of 20 characters or
 * more is indexed; when its value is not given it counts as short.
 *
 * Precedents: nghttp2 never indexes `authorization` and cookies shorter than 20 bytes, and keeps `:path`, `age`,
 * `content-length`, `etag`, `if-modified-since`, `if-none-match`, `location` and `set-cookie` out of the table.
 */
export function defaultIndexing(name: string, value = ''): Indexing {
  if (name === 'cookie') return value.length < LONG_COOKIE ? 'never' : 'index'
  return RULES.get(name) ?? 'index'
}

/** RFC 7541 7.1.3: a short cookie can be guessed, a long one hardly. nghttp2 draws the line here. */
const LONG_COOKIE = 20

const RULES: ReadonlyMap<string, Indexing> = new Map([
  ...namesOf('never', ['authorization', 'proxy-authorization']),
  ...namesOf('plain', [
    ':path',
    'age',
    'content-length',
    'content-range',
    'date',
    'etag',
    'expires',
    'if-match',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'last-modified',
    'location',
    'range',
    'set-cookie',
  ]),
])

function namesOf(indexing: Indexing, names: readonly string[]): (readonly [string, Indexing])[] {
  return names.map((name) => [name, indexing] as const)
}
