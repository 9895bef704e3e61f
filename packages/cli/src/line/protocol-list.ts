/**
 * `--proto` and its kin: a list of schemes that is read from left to right.
 *
 * The rule: what is left at the end is what is allowed; a list that leaves nothing is refused (CVE-2024-2004).
 */
import { BAD_USE, Refusal } from './refusal.ts'

/** What redirects may lead to unless told otherwise (CURLOPT_REDIR_PROTOCOLS_STR). */
export const REDIRECT_SCHEMES: readonly string[] = ['http', 'https', 'ftp', 'ftps']

/**
 * `https,-http,=all`: `+` (or nothing) allows one more, `-` one less, `=` this one only; `all` is all of them. A name
 * that nobody knows is refused, and so is a list that leaves nothing. Throws Refusal.
 */
export function readProtocols(text: string, before: readonly string[] = KNOWN): string[] {
  let allowed = new Set(before)
  for (const entry of text.split(',')) {
    const [, sign, name = ''] = /^([+=-]?)(.*)$/s.exec(entry.trim().toLowerCase()) ?? []
    if (name === '') continue
    const isKnown = name === 'all' || KNOWN.includes(name)
    if (!isKnown) throw Refusal.ofArgument(BAD_USE, { error: `unrecognized protocol '${name}'` })
    const named = name === 'all' ? KNOWN : [name]
    if (sign === '=') allowed = new Set(named)
    else if (sign === '-') allowed = new Set([...allowed].filter((one) => !named.includes(one)))
    else allowed = new Set([...allowed, ...named])
  }
  if (allowed.size === 0) throw Refusal.ofArgument(BAD_USE)
  return [...allowed]
}

/** Whether curl has ever heard of a scheme. */
export function isKnownScheme(name: string): boolean {
  return KNOWN.includes(name)
}

/** The schemes that curl knows: allowing those that are not of this version changes nothing. */
const KNOWN: readonly string[] =
  'http https dict file ftp ftps gopher gophers imap imaps ldap ldaps mqtt pop3 pop3s rtsp scp sftp smb smbs smtp smtps telnet tftp ws wss'.split(
    ' ',
  )
