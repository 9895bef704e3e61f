/**
 * Names of output files: from the URL (`-O`), from the response (`-J`), and in a folder (`--output-dir`). Pure.
 *
 * The rule: a name that comes from elsewhere is one name: it never leads into another folder.
 */

/** curl's name for what has none. */
export const NAMELESS = 'curl_response'

/** The last part of a URL's path that is not empty, as it stands there; undefined: there is none. */
export function remoteName(text: string): string | undefined {
  const path = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[?#].*$/s, '')
  const slash = path.indexOf('/')
  // A backslash is a folder's mark to some.
  return slash < 0 ? undefined : lastPart(path.slice(slash).replaceAll('\\', '/'))
}

/** The name that a Location field leads to: for `-J` the last one counts when nothing else gives a name. */
export function locationName(value: string): string | undefined {
  const path = value.replace(/[?#].*$/s, '').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
  return lastPart(path)
}

/** The file name of a Content-Disposition field (RFC 6266), its folders left out; undefined: it gives none. */
export function dispositionName(value: string): string | undefined {
  const given = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|'([^']*)'?|([^;]*))/i.exec(value)
  if (given === null) return undefined
  const text = given[1] ?? given[2] ?? given[3]!.trim()
  // A backslash is a folder's mark to some, and an escape before a quote.
  return lastPart(text.replaceAll(/\\(["\\])/g, '$1').replaceAll('\\', '/'), false)
}

/** A file of the folder; undefined or empty: of the present one. */
export function inFolder(folder: string | undefined, path: string): string {
  return folder === undefined || folder === '' ? path : `${folder}/${path}`
}

/** The folder that a path leads into; undefined: the present one. */
export function folderOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? undefined : path.slice(0, slash)
}

function lastPart(path: string, skipsEmpty = true): string | undefined {
  const trimmed = skipsEmpty ? path.replace(/\/+$/, '') : path
  // Control bytes and NUL are no part of any name that is meant well.
  // oxlint-disable-next-line no-control-regex
  const name = trimmed.slice(trimmed.lastIndexOf('/') + 1).replaceAll(/[\0-\x1f\x7f]/g, '')
  return name === '' || name === '.' || name === '..' ? undefined : name
}
