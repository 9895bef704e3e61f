/** Where the command knowingly does something else than curl; docs/curl-compatibility.md lists it. */

/** One difference. */
export interface CurlDifference {
  readonly subject: string
  readonly curl: string
  readonly here: string
  readonly because: string
}

/** All that are known. */
// prettier-ignore
export const CURL_DIFFERENCES: readonly CurlDifference[] = [
  { subject: 'Field names', curl: 'sends a field whose name has a blank in it or before it', here: 'sends it over HTTP/1, but not one that could be read as Content-Length, Transfer-Encoding, Host, Connection or Upgrade, exit code 43', because: 'servers disagree on such fields, which is how requests are smuggled (RFC 9112 5.1)' },
  { subject: 'A line end in -H', curl: 'sends it', here: 'refuses it, exit code 43', because: 'what follows it would be another field, or another request' },
  { subject: '-X, --request-target', curl: 'send blanks and anything else', here: 'refuse them, exit code 43', because: 'they would change the request line' },
  { subject: '-X HEAD', curl: 'waits for a body', here: 'waits for none', because: 'RFC 9110 9.3.2: there is none' },
  { subject: '-C', curl: 'takes a part that begins elsewhere', here: 'refuses it, exit code 33', because: 'the pieces would not fit (CVE-2026-16728)' },
  { subject: '--compressed', curl: 'takes a gzip body that ends early', here: 'fails, exit code 61', because: 'what is missing would not be noticed' },
  { subject: '--retry with -T -', curl: 'sends an empty body the second time', here: 'fails, exit code 65', because: 'standard input cannot be read again' },
  { subject: 'netrc', curl: 'takes the first entry that fits, `default` included', here: 'takes one that names the host first', because: '`default` is for hosts that no entry names' },
  { subject: 'Logins', curl: 'takes control characters in user names and passwords but NUL', here: 'refuses them, exit code 3 or 43', because: 'they are a way into heads and files of others; nobody types them' },
  { subject: 'Transfer-Encoding', curl: 'takes some responses that name chunked twice, or not last', here: 'refuses them', because: 'where such a body ends depends on who reads it (RFC 9112 6.1)' },
  { subject: 'Digest', curl: 'answers the realm with the backslashes of the challenge', here: 'answers what they stand for, quoted anew', because: 'RFC 9110 5.6.4' },
  { subject: 'Passwords', curl: 'asks for the password that -u lacks', here: 'refuses the flag', because: 'the command is never interactive' },
  { subject: '--proxy1.0', curl: 'speaks HTTP/1.0 to the proxy', here: 'refuses the flag', because: 'proxies are spoken to in HTTP/1.1' },
  { subject: '--ignore-content-length', curl: 'reads to the end of the connection', here: 'refuses the flag', because: 'the length is what tells a whole body from a part of it' },
  { subject: 'International names', curl: '`%{url_effective}` has the name as it was written', here: 'has it as it was looked up (Punycode)', because: 'that is the URL that was asked for' },
  { subject: 'Connection', curl: 'sends several -H Connection as several fields', here: 'joins them', because: 'RFC 9110 5.3: fields of one name are one list' },
  { subject: 'A response without an end of its head', curl: 'shows what came of it', here: 'fails, exit code 52 or 56', because: 'a head that is cut is no head (RFC 9112 2.2)' },
  { subject: 'A head that is refused', curl: 'shows its lines up to the bad one', here: 'shows none of it', because: 'a head is told of when it is whole and sound' },
  { subject: 'gzip members', curl: 'refuses a body of several gzip members, exit code 23', here: 'decodes them all', because: 'RFC 1952 2.2' },
]
