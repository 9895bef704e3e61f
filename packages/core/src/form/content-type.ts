/**
 * What type a part is taken for: curl's guesses by the end of a file's name, and what follows from the kind of
 * its content. Pure.
 */

/** The type of a file by its name; undefined: none of those that curl knows. */
export function guessedType(name: string): string | undefined {
  const lower = name.toLowerCase()
  return GUESSES.find(([end]) => lower.endsWith(end))?.[1]
}

/** Whether `type` is `wanted`, whatever parameters it has. */
export function isType(type: string, wanted: string): boolean {
  return type.slice(0, wanted.length).toLowerCase() === wanted && /^([\s;]|$)/.test(type.slice(wanted.length))
}

/** For a file whose name says nothing. */
export const ANY_FILE_TYPE = 'application/octet-stream'

/** curl's table (lib/mime.c); what is not in it is for the user to say. */
const GUESSES: readonly (readonly [end: string, type: string])[] = [
  ['.gif', 'image/gif'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain'],
  ['.htm', 'text/html'],
  ['.html', 'text/html'],
  ['.pdf', 'application/pdf'],
  ['.xml', 'application/xml'],
]
