/**
 * Paths of cookies (RFC 6265bis 5.1.4), as pure functions.
 *
 * The rule: a cookie's path begins with `/` and has none at its end, and matches whole segments, with regard
 * to case. A query is no part of a path.
 */

/** The path that a server or a file names, as it is kept: without quotes, which some send, and the last slash. */
export function cleanPath(given: string): string {
  let path = given
  if (path.startsWith('"')) {
    path = path.slice(1)
    if (path.endsWith('"')) path = path.slice(0, -1)
  }
  if (!path.startsWith('/')) return '/'
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** The path of a cookie that names none: that of the request up to its last slash. */
export function defaultPath(target: string): string {
  const path = withoutQuery(target)
  return cleanPath(path.slice(0, path.lastIndexOf('/') + 1))
}

/** Whether a cookie of `path` goes to a request for `target`. */
export function pathCovers(path: string, target: string): boolean {
  if (path === '/') return true
  const asked = withoutQuery(target)
  return asked.startsWith(path) && (asked.length === path.length || asked[path.length] === '/')
}

function withoutQuery(target: string): string {
  const at = target.indexOf('?')
  return at < 0 ? target : target.slice(0, at)
}
