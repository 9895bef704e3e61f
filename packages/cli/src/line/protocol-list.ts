/**
 * `--proto` and its kin: a list of schemes that is read from left to right.
 *
 * The rule: what is left at the end is what is allowed; nothing left means that nothing is (CVE-2024-2004).
 */

/**
 * `https,-http,=all`: `+` (or nothing) allows one more, `-` one less, `=` this one only; `all` is all of them. A name
 * that nobody knows is warned of; after `=` it means that nothing is allowed.
 */
export function readProtocols(text: string, warnings: string[], before: readonly string[] = ALL): string[] {
  let allowed = new Set(before)
  for (const entry of text.split(',')) {
    const [, sign, name = ''] = /^([+=-]?)(.*)$/s.exec(entry.trim().toLowerCase()) ?? []
    if (name === '') continue
    const isKnown = name === 'all' || ALL.includes(name) || ELSEWHERE.includes(name)
    if (!isKnown) warnings.push(`unrecognized protocol '${name}'`)
    const named = name === 'all' ? ALL : isKnown ? [name] : []
    if (sign === '=') allowed = new Set(named)
    else if (sign === '-') allowed = new Set([...allowed].filter((one) => !named.includes(one)))
    else allowed = new Set([...allowed, ...named])
  }
  return [...allowed]
}

/** The schemes of this version. */
const ALL: readonly string[] = ['file', 'http', 'https', 'ws', 'wss']

/** What redirects may lead to unless told otherwise. */
export const REDIRECTS: readonly string[] = ['http', 'https']

/** Schemes that curl knows besides: allowing them changes nothing. */
const ELSEWHERE: readonly string[] =
  'dict ftp ftps gopher gophers imap imaps ldap ldaps mqtt pop3 pop3s rtsp scp sftp smb smbs smtp smtps telnet tftp'.split(
    ' ',
  )
