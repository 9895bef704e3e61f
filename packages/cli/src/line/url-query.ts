/**
 * `--data-urlencode` and what goes into the query of a URL (`-G`, `--url-query`), in curl's syntax. Pure.
 */
import type { DataPiece } from '../command.ts'

/** `text`, `=text`, `name=text`, `@file` or `name@file`: what comes behind the name is encoded. */
export function encodedPiece(given: string, asked?: string): DataPiece {
  const equals = given.indexOf('=')
  const at = equals >= 0 ? equals : given.indexOf('@')
  const isFile = given[at < 0 ? 0 : at] === '@'
  const text = given.slice(at + 1)
  return {
    source: isFile ? { is: 'file', path: text, asked } : { is: 'text', text },
    isJoined: false,
    encodes: true,
    name: at > 0 ? given.slice(0, at) : '',
  }
}

/** The same for `--url-query`, where "+text" is taken as it is. */
export function queryPiece(given: string, asked?: string): DataPiece {
  return given.startsWith('+')
    ? { source: { is: 'text', text: given.slice(1) }, isJoined: false }
    : encodedPiece(given, asked)
}

/** Bytes as curl encodes them: letters, digits and `-._~` stay, a blank is "+". */
export function urlEncoded(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const char = String.fromCharCode(byte)
    text += /[A-Za-z0-9._~-]/.test(char)
      ? char
      : byte === 0x20
        ? '+'
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/** `url` with `query` at the end of its query. */
export function withQuery(given: string, query: string): string {
  const url = rewritten(given)
  const hash = url.indexOf('#')
  const [base, fragment] = hash < 0 ? [url, ''] : [url.slice(0, hash), url.slice(hash)]
  // curl's habit: nothing is joined to nothing, and to something all the same.
  if (query === '') return `${base.replace(/\?$/, '')}${/\?./.test(base) ? '&' : ''}${fragment}`
  const question = base.indexOf('?')
  const glue = question < 0 ? '?' : question === base.length - 1 || base.endsWith('&') ? '' : '&'
  // A URL without a path would have the query in the name of its host.
  const hasPath = question >= 0 || base.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').includes('/')
  // curl writes the digits of all that it joins in capitals.
  const capital = query.replace(/%[0-9a-f]{2}/gi, (digits) => digits.toUpperCase())
  return `${base}${hasPath ? '' : '/'}${glue}${capital}${fragment}`
}

/** `url` with the name of the uploaded file where it ends in a folder, as curl completes it. */
export function withUploadName(url: string, path: string): string {
  const [, place = '', folder = '/', fragment = ''] = PATH.exec(url) ?? []
  if (place === '' || !folder.endsWith('/')) return url
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  return rewritten(`${place}${folder}${encodeURIComponent(name)}${fragment}`)
}

/** The URL as curl writes it where it takes it apart: escapes in its path have capitals. */
export function rewritten(url: string): string {
  return url.replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?[^?#]*/i, (place) =>
    place.replace(/%[0-9a-f]{2}/gi, (digits) => digits.toUpperCase()),
  )
}

/** A URL without a query: scheme and host, path, fragment. */
const PATH = /^((?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#]*)(\/[^?#]*)?(#.*)?$/is
