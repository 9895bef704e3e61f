/**
 * Paths and queries as AWS Signature Version 4 signs them.
 *
 * The rule: each byte stands in exactly one form, whatever the URL had: letters, digits and `-._~` as they are,
 * others as `%XX` in upper case.
 */

/** The canonical path. It is encoded once more than it is sent, except for S3, which signs it as it is sent. */
export function canonicalPath(path: string, service: string): string {
  if (path === '') return '/'
  return PATHS_AS_SENT.includes(service.toLowerCase()) ? path : path.split('/').map(encoded).join('/')
}

/** The canonical query: pairs sorted by name, then value; a name alone gets its `=`, empty parts go. */
export function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
      return [encoded(decoded(name)), encoded(decoded(value))] as const
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Latin-1 in, Latin-1 out. A plus is a blank; `%2B` is a plus and stays one, which curl 8.16 loses. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}

function encoded(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-._~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  )
}

const PATHS_AS_SENT = ['s3', 's3-express', 's3-outposts']
