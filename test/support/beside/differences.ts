/** Where the command differs from curl 8.22 on purpose, or because of what it stands on, and why. */
import type { Part } from './row.ts'

export interface Difference {
  readonly because: string
  /** All that differs. */
  readonly parts: readonly Part[]
  /** By subject and name. */
  readonly rows: readonly string[]
}

export const DIFFERENCES: readonly Difference[] = [
  {
    because: 'the sentence names the part that is bad; curl says that the input is malformed',
    parts: ['stderr'],
    rows: [
      'data -G -d "a b" URL',
      'flags "http://127.0.0.1:PORT/a b"',
      'flags "http://127.0.0.1:PORT/?a b"',
      'globs "URL/{a b,c}"',
      'proxies -x http://127.0.0.1:PORT "http://x.example/a b"',
    ],
  },
  {
    because:
      'bytes beyond ASCII are percent-encoded; curl sends them as they are where it puts a URL together',
    parts: ['requests'],
    rows: ['data -G -d "ü" URL'],
  },
  {
    because: 'what would change the request line is refused',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['data -X "A B" URL', 'flags --request-target "a b" URL/a'],
  },
  {
    because: 'a response to HEAD has no body, whoever asks for it; curl waits for one',
    parts: ['stdout'],
    rows: ['data -X HEAD URL'],
  },
  {
    because: 'a type that is no type is left out',
    parts: ['requests'],
    rows: ["forms -F 'a=b;type=' URL", 'forms -F \'a=b;type="q/r;s"\' URL'],
  },
  {
    because: 'what 7bit cannot carry is found before anything is sent',
    parts: ['stderr'],
    rows: ["forms -F 'a=bü;encoder=7bit' URL"],
  },
  { because: 'the sentence names the part', parts: ['stderr'], rows: ["forms -F 'a=b;encoder=nope' URL"] },
  { because: 'an empty file name is none', parts: ['requests'], rows: ["forms -F 'a=@f;filename=' URL"] },
  {
    because: 'a form without a type is sent as the form it is; curl sends "Content-Type: ; boundary=..."',
    parts: ['requests'],
    rows: ["forms -F 'a=b' -H 'Content-Type:' URL"],
  },
  {
    because: 'chunks are always told of; curl sends a body whose end nobody can see',
    parts: ['requests'],
    rows: ['uploads -T - -H "Transfer-Encoding:" URL/x'],
  },
  {
    because: 'line ends are left as they are, and the flag says so',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['uploads -T f --crlf URL/x', 'uploads --crlf -d @- URL/x'],
  },
  {
    because: 'control bytes in a response are refused (docs/http1-parsing.md)',
    parts: ['stdout', 'stderr', 'files', 'exitCode'],
    rows: ['cookies -c out URL/'],
  },
  {
    because: 'that cookies could not be saved is told; curl says it with -v only',
    parts: ['stderr'],
    rows: ['cookies -c nodir/out URL/'],
  },
  {
    because: 'an entry that names the host goes before default, wherever it stands',
    parts: ['requests'],
    rows: ['netrc -n URL #5'],
  },
  {
    because: 'a password with a control character is refused',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['netrc -n URL #12'],
  },
  {
    because: 'Node has no such setting, and the flag says so',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: [
      'flags --keepalive-cnt 3 URL',
      'flags --tcp-fastopen URL',
      'flags --ip-tos CS1 URL',
      'flags --vlan-priority 3 URL',
    ],
  },
  {
    because: 'Node has no such setting, and the flag says so',
    parts: ['stderr'],
    rows: ['flags --ip-tos nope URL', 'flags --ip-tos 256 URL', 'flags --vlan-priority 9 URL'],
  },
  {
    because: 'what ends in a number is an address or none (WHATWG URL)',
    parts: ['stderr', 'exitCode'],
    rows: ['flags http://127.0.0.256:PORT/'],
  },
  {
    because: 'host names are lower case',
    parts: ['requests'],
    rows: ['flags http://LOCALHOST:PORT/', 'proxies -x http://127.0.0.1:PORT http://X.Example:8080/'],
  },
  {
    because: 'a line end in a field is refused',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['flags -H "X: a\nY: b" URL'],
  },
  {
    because: 'CR ends a line of a file as well; curl sends it',
    parts: ['requests'],
    rows: ['flags -H @h URL'],
  },
  { because: 'HTTP2-Settings tells our settings', parts: ['requests'], rows: ['flags --http2 URL'] },
  {
    because: '"=" before a date is no condition; curl sends Last-Modified',
    parts: ['requests'],
    rows: ['flags -z "=1 Jan 2020 00:00:00 GMT" URL'],
  },
  {
    because: 'a type that cannot be read is refused at once',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['flags --cert-type NOPE URL'],
  },
  {
    because: 'the sentence says what there is instead; an address that is none is refused',
    parts: ['stderr'],
    rows: ['flags --interface nope URL'],
  },
  {
    because: 'name servers can be chosen in every build',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['flags --dns-servers 1.2.3.4 URL'],
  },
  {
    because: 'the sentence says what there is instead; an address that is none is refused',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['flags --haproxy-clientip nope URL'],
  },
  {
    because: 'one "Warning:" is enough',
    parts: ['stderr'],
    rows: ['flags --stderr nodir/err http://127.0.0.1:CLOSED/'],
  },
  {
    because: 'a host name that is none is found by looking it up',
    parts: ['stderr'],
    rows: ['flags “-v.invalid URL'],
  },
  {
    because: 'blanks before a flag mean nothing; curl takes them for a flag without a name',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['config -K k #9', 'config -K k #10'],
  },
  { because: 'a NUL does not end a line', parts: ['requests'], rows: ['config -K k URL #28'] },
  { because: 'a byte order mark is shown as UTF-8', parts: ['stderr'], rows: ['config -K k URL #29'] },
  {
    because: '--help and --version in a file are answered as on the command line',
    parts: ['requests', 'stdout'],
    rows: ['config -K k URL #32', 'config -K k URL #33'],
  },
  {
    because: 'arguments are UTF-8: a byte that is none becomes a mark',
    parts: ['requests'],
    rows: ['variables --variable a@f --expand-data "{{a:json}}" URL'],
  },
  {
    because:
      'a file name of the response is read without regard to case and as RFC 6266 quotes it, and one that names no file is not used',
    parts: ['files'],
    rows: ['files -OJ URL/x #5', 'files -OJ URL/x #16'],
  },
  {
    because:
      'a file name of the response is read without regard to case and as RFC 6266 quotes it, and one that names no file is not used',
    parts: ['stderr', 'files', 'exitCode'],
    rows: ['files -OJ URL/x #9', 'files -OJ URL/x #10', 'files -OJ URL/x #12', 'files -OJL URL/x #2'],
  },
  {
    because:
      'a file name of the response is read without regard to case and as RFC 6266 quotes it, and one that names no file is not used',
    parts: ['stderr'],
    rows: ['files -OJ URL/x #21'],
  },
  {
    because: 'a part that does not begin where it should is refused (CVE-2026-16728)',
    parts: ['stderr', 'exitCode'],
    rows: ['files -C 3 URL #2', 'files -C 3 URL #3'],
  },
  { because: 'only 206 sends a part', parts: ['stderr', 'exitCode'], rows: ['files -C - -o out URL #6'] },
  {
    because:
      'heads that two readers could understand differently are refused, in our words (docs/http1-parsing.md)',
    parts: ['stdout', 'stderr', 'exitCode'],
    rows: ['files -i URL #5', 'files URL #17', 'files URL #19'],
  },
  {
    because:
      'heads that two readers could understand differently are refused, in our words (docs/http1-parsing.md)',
    parts: ['stderr'],
    rows: [
      'files URL #5',
      'files URL #6',
      'files URL #7',
      'files URL #8',
      'files URL #12',
      'files URL #16',
      'files URL #20',
      'files URL #21',
    ],
  },
  {
    because:
      'heads that two readers could understand differently are refused, in our words (docs/http1-parsing.md)',
    parts: ['stderr', 'exitCode'],
    rows: ['files URL #13', 'files URL #15'],
  },
  {
    because: 'the sentence says what was wrong',
    parts: ['stderr'],
    rows: ['files --compressed URL', 'files --max-filesize 3 URL'],
  },
  {
    because: 'the sentence says which path could not be connected to',
    parts: ['stderr'],
    rows: ['files --unix-socket nope URL', 'files --abstract-unix-socket nope URL'],
  },
  {
    because: 'a transfer or connection that there was not has the number -1',
    parts: ['stdout'],
    rows: [
      'write-out -w "conn_id=%{conn_id}\\nnum_retries=%{num_retries}\\nproxy_used=%{proxy_used}\\nxfer_id=%{xfer_id}\\nsi...://127.0.0.1:CLOSED/',
      'write-out -w "conn_id=%{conn_id}\\nnum_retries=%{num_retries}\\nproxy_used=%{proxy_used}\\nxfer_id=%{xfer_id}\\nsi....zoneid}\\n" nope://x',
    ],
  },
  {
    because: 'the sentence goes on with what the system said',
    parts: ['stdout'],
    rows: [
      'write-out -w "certs=%{certs}\\ncontent_type=%{content_type}\\nerrormsg=%{errormsg}\\nexitcode=%{exitcode}\\nfilena...ta -o out -e ref URL',
      'write-out -w "certs=%{certs}\\ncontent_type=%{content_type}\\nerrormsg=%{errormsg}\\nexitcode=%{exitcode}\\nfilena...://127.0.0.1:CLOSED/',
      'write-out -w "certs=%{certs}\\ncontent_type=%{content_type}\\nerrormsg=%{errormsg}\\nexitcode=%{exitcode}\\nfilena...http://nope.invalid/',
      'write-out -w "certs=%{certs}\\ncontent_type=%{content_type}\\nerrormsg=%{errormsg}\\nexitcode=%{exitcode}\\nfilena...um=%{urlnum}" -f URL',
      'write-out -w "certs=%{certs}\\ncontent_type=%{content_type}\\nerrormsg=%{errormsg}\\nexitcode=%{exitcode}\\nfilena...RT http://x.example/ #3',
      'write-out -w "certs=%{certs}\\ncontent_type=%{content_type}\\nerrormsg=%{errormsg}\\nexitcode=%{exitcode}\\nfilena...%{urlnum}" -T f URL/',
      'write-out -w "%{exitcode} %{errormsg}\\n" -s http://127.0.0.1:CLOSED/',
    ],
  },
  {
    because: 'bytes that are no UTF-8 become a mark',
    parts: ['stdout'],
    rows: ['write-out -w "%{header_json}" URL'],
  },
  { because: 'other schemes are not supported', parts: ['stderr'], rows: ['redirects -L URL/a/b #16'] },
  {
    because: '304 is no redirect (RFC 9110 15.4.5)',
    parts: ['requests', 'stdout'],
    rows: ['redirects -L URL/a/b #23'],
  },
  {
    because: 'a redirect leads to its own target',
    parts: ['requests'],
    rows: ['redirects -L --request-target /t URL'],
  },
  {
    because: 'Host comes first (RFC 9110 7.2)',
    parts: ['requests'],
    rows: ['proxies -p -x http://127.0.0.1:PORT --proxy-header "Host: q" http://x.example/a'],
  },
  {
    because: 'an answer that is no HTTP is told of as such',
    parts: ['stderr', 'exitCode'],
    rows: ['proxies -p -x http://127.0.0.1:PORT http://x.example/a #5'],
  },
  {
    because: 'the sentence says what the option takes',
    parts: ['stderr'],
    rows: [
      'proxies -x nope://127.0.0.1:PORT http://x.example/',
      'proxies -x http:// http://x.example/',
      'proxies -x "http://127.0.0.1:x" http://x.example/',
      'proxies -x "a b" http://x.example/',
    ],
  },
  {
    because: 'the sentence names the proxy that could not be reached',
    parts: ['stderr'],
    rows: [
      'proxies -x socks5://127.0.0.1:CLOSED URL',
      'proxies -x socks4://127.0.0.1:CLOSED URL',
      'proxies --socks5 127.0.0.1:CLOSED URL',
      'proxies --preproxy 127.0.0.1:CLOSED -x 127.0.0.1:PORT URL',
    ],
  },
  {
    because: 'the sentence says what the option takes',
    parts: ['requests', 'stderr', 'exitCode'],
    rows: ['proxies -x http://127.0.0.1:PORT --connect-to x.example:80:y.example:90 http://x.example/ #2'],
  },
  {
    because: 'a body that has been read cannot be sent again; curl sends an empty one',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['retries --retry 1 --retry-delay 0.001 -T - URL/x'],
  },
  {
    because: 'a coded body that ends early is told of; curl takes it',
    parts: ['stderr', 'exitCode'],
    rows: ['codings --compressed URL #7'],
  },
  {
    because: 'what follows coded data is told of',
    parts: ['stdout', 'exitCode'],
    rows: ['codings --compressed URL #9'],
  },
  {
    because: 'after 417 nothing is asked again',
    parts: ['requests'],
    rows: ['waits -d x -H "Expect: 100-continue" URL #2'],
  },
  {
    because: 'flags of other protocols say that they are',
    parts: ['requests', 'stdout', 'stderr', 'exitCode'],
    rows: ['waits --disable-epsv URL'],
  },
]
