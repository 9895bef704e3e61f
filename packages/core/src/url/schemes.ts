/** The schemes that URLs are read for, with their ports, and which one a host name hints at. Data only. */

/** Default port by scheme (IANA). A transfer speaks http and https only; the URL API knows the others as libcurl does. */
export const SCHEME_PORTS: ReadonlyMap<string, number | undefined> = new Map([
  ['http', 80],
  ['https', 443],
  ['ws', 80],
  ['wss', 443],
  ['ftp', 21],
  ['ftps', 990],
  ['dict', 2628],
  ['file', undefined],
  ['gopher', 70],
  ['gophers', 70],
  ['imap', 143],
  ['imaps', 993],
  ['ldap', 389],
  ['ldaps', 636],
  ['mqtt', 1883],
  ['pop3', 110],
  ['pop3s', 995],
  ['rtsp', 554],
  ['scp', 22],
  ['sftp', 22],
  ['smb', 445],
  ['smbs', 445],
  ['smtp', 25],
  ['smtps', 465],
  ['telnet', 23],
  ['tftp', 69],
])

/** Schemes in whose login `;options` may follow (RFC 2384, RFC 5092). */
export const SCHEMES_WITH_OPTIONS: ReadonlySet<string> = new Set([
  'imap',
  'imaps',
  'pop3',
  'pop3s',
  'smtp',
  'smtps',
])

/** curl's guess for a URL without a scheme. */
export function guessScheme(host: string): string {
  const dot = host.indexOf('.')
  const label = dot < 0 ? '' : host.slice(0, dot).toLowerCase()
  return GUESSED.has(label) ? label : 'http'
}

const GUESSED: ReadonlySet<string> = new Set(['ftp', 'dict', 'ldap', 'imap', 'smtp', 'pop3'])
