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
  { subject: 'A reader that has gone', curl: 'tells that the output cannot be written', here: 'ends with exit code 23 without a word', because: 'whoever stopped reading knows; the exit code is the same' },
  { subject: 'Standard output that is closed (`>&-`)', curl: 'fails, exit code 23', here: 'takes the output as thrown away', because: 'Node opens the null device in its place before any program runs' },
  { subject: 'Passwords from standard input', curl: 'takes all that is there for the first password', here: 'takes a line for each', because: 'several can be given, and a body after them' },
  { subject: 'A head that never ends', curl: 'has shown its lines when a time runs out', here: 'shows none of them', because: 'a head is told of when it is whole, or when it can never be' },
  { subject: 'gzip members', curl: 'refuses a body of several gzip members, exit code 23', here: 'decodes them all', because: 'RFC 1952 2.2: a file of several members is their contents one after the other, which is what bgzip, pigz and logs that were appended to are; half a body would pass for a whole one' },
]
