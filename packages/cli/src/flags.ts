/**
 * The flag table: one row per flag of the command. What `parse-args.ts` accepts and what `--help` prints is
 * derived from here.
 *
 * The rule: a flag that sets an option of the handle names the option and nothing else; whether it takes a
 * value, in which unit and within which bounds follows from core's option table. A new flag is a row, and
 * code only when it does more than set something.
 */
import { EASY_OPTIONS, type OptionRow } from '@trunkline/core'

/** The name of an option of a handle. */
export type OptionName = keyof typeof EASY_OPTIONS

/** Settings of the command that are on or off. */
export type SwitchName =
  | 'usesGet'
  | 'isJson'
  | 'showsHead'
  | 'headOnly'
  | 'isGlobOff'
  | 'isParallel'
  | 'isSilent'
  | 'isVerbose'
  | 'showsErrors'

/** Flags that need code of their own; `parse-args.ts` has a function for each. */
export type SpecialName =
  | 'basic-login'
  | 'continue-at'
  | 'data'
  | 'data-binary'
  | 'data-raw'
  | 'data-urlencode'
  | 'etag-compare'
  | 'etag-save'
  | 'form'
  | 'form-string'
  | 'dns-servers'
  | 'doh-insecure'
  | 'header'
  | 'help'
  | 'insecure'
  | 'json'
  | 'location-trusted'
  | 'output'
  | 'parallel-max'
  | 'proto'
  | 'proto-redir'
  | 'proxy-header'
  | 'proxy-insecure'
  | 'proxy-login'
  | 'raw'
  | 'referer'
  | 'remote-name'
  | 'socks4'
  | 'socks4a'
  | 'socks5'
  | 'socks5h'
  | 'upload-file'
  | 'url'
  | 'url-query'
  | 'version'
  | 'write-out'

/** What a flag does. */
export type FlagEffect =
  /** Sets an option: to `to`, or to the flag's value in the unit of its row. A list grows. */
  | { readonly is: 'option'; readonly option: OptionName; readonly to?: string | boolean | readonly string[] }
  | { readonly is: 'switch'; readonly name: SwitchName }
  | { readonly is: 'special'; readonly name: SpecialName }
  /** Known to curl and not here: refused with a sentence instead of being called unknown. */
  | { readonly is: 'refused'; readonly because: string }

/** One flag. */
export interface FlagRow {
  readonly long: string
  readonly short?: string
  /** What its value is called in the help; undefined: it takes none. */
  readonly value?: string
  readonly does: FlagEffect
  readonly summary: string
}

/** All flags, in the order of the help. */
// prettier-ignore
export const FLAGS: readonly FlagRow[] = [
  { long: 'cacert', value: '<file>', does: sets('caInfo'), summary: 'Trust the CA certificates of this file' },
  { long: 'compressed', does: sets('acceptEncoding', ''), summary: 'Ask for a compressed body and decode it' },
  { long: 'connect-timeout', value: '<seconds>', does: sets('connectTimeoutMs'), summary: 'Longest time that opening a connection may take' },
  { long: 'connect-to', value: '<host:port:host:port>', does: sets('connectTo'), summary: 'Connect elsewhere than the URL says' },
  { long: 'continue-at', short: 'C', value: '<offset>', does: special('continue-at'), summary: 'Go on at this byte; "-": where the output file ends' },
  { long: 'data', short: 'd', value: '<data>', does: special('data'), summary: 'POST this; @file reads it from a file, without line ends' },
  { long: 'data-ascii', value: '<data>', does: special('data'), summary: 'The same' },
  { long: 'data-binary', value: '<data>', does: special('data-binary'), summary: 'POST this; @file reads it from a file, as it is' },
  { long: 'data-raw', value: '<data>', does: special('data-raw'), summary: 'POST this; @ means nothing' },
  { long: 'disallow-username-in-url', does: sets('disallowUsernameInUrl', true), summary: 'Refuse URLs with a user name in them' },
  { long: 'dns-interface', value: '<name>', does: sets('dnsInterface'), summary: 'Ask name servers from this interface' },
  { long: 'dns-ipv4-addr', value: '<address>', does: sets('dnsLocalIp4'), summary: 'Ask name servers from this IPv4 address' },
  { long: 'dns-ipv6-addr', value: '<address>', does: sets('dnsLocalIp6'), summary: 'Ask name servers from this IPv6 address' },
  { long: 'dns-servers', value: '<addresses>', does: special('dns-servers'), summary: 'Ask these name servers, as in 192.0.2.1,192.0.2.2:53' },
  { long: 'doh-insecure', does: special('doh-insecure'), summary: 'Accept any certificate of the DNS-over-HTTPS server' },
  { long: 'doh-url', value: '<url>', does: sets('dohUrl'), summary: 'Look names up by DNS over HTTPS at this URL' },
  { long: 'data-urlencode', value: '<data>', does: special('data-urlencode'), summary: 'POST this encoded: text, name=text, @file or name@file' },
  { long: 'etag-compare', value: '<file>', does: special('etag-compare'), summary: 'Ask for what has another ETag than this file says' },
  { long: 'etag-save', value: '<file>', does: special('etag-save'), summary: 'Write the ETag of the response to this file' },
  { long: 'expect100-timeout', value: '<seconds>', does: sets('expect100TimeoutMs'), summary: 'How long to wait for "100 Continue" (1)' },
  { long: 'fail', short: 'f', does: sets('failOnError', true), summary: 'Fail on a status of 400 or above, without its body' },
  { long: 'form', short: 'F', value: '<name=content>', does: special('form'), summary: 'POST a form (multipart); @file sends a file, <file its content' },
  { long: 'form-escape', does: sets('formEscape', true), summary: 'Escape names in a form with backslashes' },
  { long: 'form-string', value: '<name=text>', does: special('form-string'), summary: 'A field of a form; @, < and ; mean nothing' },
  { long: 'get', short: 'G', does: { is: 'switch', name: 'usesGet' }, summary: 'Put the data into the URL and use GET' },
  { long: 'globoff', short: 'g', does: { is: 'switch', name: 'isGlobOff' }, summary: 'Take {} and [] in URLs as they are' },
  { long: 'haproxy-clientip', value: '<address>', does: sets('haproxyClientIp'), summary: 'Tell this client address in the PROXY header' },
  { long: 'haproxy-protocol', does: sets('haproxyProtocol', true), summary: "Begin with the header of HAProxy's PROXY protocol" },
  { long: 'head', short: 'I', does: { is: 'switch', name: 'headOnly' }, summary: 'Ask for the head only and show it' },
  { long: 'header', short: 'H', value: '<line>', does: special('header'), summary: 'Send this field; "Name:" removes one, @file reads lines' },
  { long: 'help', short: 'h', does: special('help'), summary: 'Show this and stop' },
  { long: 'http0.9', does: sets('http09Allowed', true), summary: 'Take an answer without a head (HTTP/0.9)' },
  { long: 'http1.0', short: '0', does: sets('httpVersion', '1.0'), summary: 'Speak HTTP/1.0' },
  { long: 'http1.1', does: sets('httpVersion', '1.1'), summary: 'Speak HTTP/1.1' },
  { long: 'http2', does: sets('httpVersion', '2'), summary: 'Speak HTTP/2 when the server does; in clear text by upgrade' },
  { long: 'http2-prior-knowledge', does: sets('httpVersion', '2-prior-knowledge'), summary: 'Speak HTTP/2 without asking' },
  { long: 'include', short: 'i', does: { is: 'switch', name: 'showsHead' }, summary: 'Put the response head before the body' },
  { long: 'insecure', short: 'k', does: special('insecure'), summary: 'Accept any certificate' },
  { long: 'interface', value: '<name>', does: sets('interface'), summary: 'Connect from this interface or address' },
  { long: 'ipv4', short: '4', does: sets('ipResolve', 'v4'), summary: 'Use IPv4 addresses only' },
  { long: 'ipv6', short: '6', does: sets('ipResolve', 'v6'), summary: 'Use IPv6 addresses only' },
  { long: 'json', value: '<data>', does: special('json'), summary: 'POST JSON; @file reads it from a file' },
  { long: 'location', short: 'L', does: sets('followLocation', true), summary: 'Follow redirects' },
  { long: 'location-trusted', does: special('location-trusted'), summary: 'Follow redirects, and send credentials to other hosts, too' },
  { long: 'max-redirs', value: '<count>', does: sets('maxRedirs'), summary: 'Most redirects to follow (50); -1: no limit' },
  { long: 'max-filesize', value: '<bytes>', does: sets('maxFilesize'), summary: 'Largest body to take; K, M and G are understood' },
  { long: 'max-time', short: 'm', value: '<seconds>', does: sets('timeoutMs'), summary: 'Longest time that a transfer may take' },
  { long: 'noproxy', value: '<list>', does: sets('noProxy'), summary: 'Reach these hosts without proxy' },
  { long: 'post301', does: sets('post301', true), summary: 'Keep POST after a 301' },
  { long: 'post302', does: sets('post302', true), summary: 'Keep POST after a 302' },
  { long: 'post303', does: sets('post303', true), summary: 'Keep POST after a 303' },
  { long: 'oauth2-bearer', value: '<token>', does: sets('xoauth2Bearer'), summary: 'Authenticate with this token' },
  { long: 'output', short: 'o', value: '<file>', does: special('output'), summary: 'Write the body to this file; #1 is the first glob' },
  { long: 'parallel', short: 'Z', does: { is: 'switch', name: 'isParallel' }, summary: 'Run the transfers at the same time' },
  { long: 'parallel-max', value: '<count>', does: special('parallel-max'), summary: 'Most transfers at the same time (50)' },
  { long: 'path-as-is', does: sets('pathAsIs', true), summary: 'Leave . and .. in the path of the URL' },
  { long: 'preproxy', value: '<url>', does: sets('preProxy'), summary: 'Reach the proxy through this SOCKS proxy' },
  { long: 'proto', value: '<schemes>', does: special('proto'), summary: 'Allow these schemes only, such as =https or -http' },
  { long: 'proto-default', value: '<scheme>', does: sets('defaultProtocol'), summary: 'The scheme of URLs without one' },
  { long: 'proto-redir', value: '<schemes>', does: special('proto-redir'), summary: 'Allow these schemes only in redirects' },
  { long: 'proxy', short: 'x', value: '<url>', does: sets('proxy'), summary: 'Go through this proxy: http, https, socks4, socks4a, socks5, socks5h' },
  { long: 'proxy-anyauth', does: sets('proxyAuth', ['any']), summary: 'Log in at the proxy in any way that it offers' },
  { long: 'proxy-basic', does: sets('proxyAuth', ['basic']), summary: 'Log in at the proxy with Basic' },
  { long: 'proxy-cacert', value: '<file>', does: sets('proxyCaInfo'), summary: 'Trust the CA certificates of this file for proxies' },
  { long: 'proxy-capath', value: '<folder>', does: sets('proxyCaPath'), summary: 'Trust the CA certificates of this folder for proxies' },
  { long: 'proxy-cert', value: '<file>', does: sets('proxySslCert'), summary: 'Client certificate for the proxy' },
  { long: 'proxy-ciphers', value: '<list>', does: sets('proxySslCipherList'), summary: 'Ciphers with the proxy, for TLS 1.2 and older' },
  { long: 'proxy-crlfile', value: '<file>', does: sets('proxyCrlFile'), summary: 'Certificates of proxies that are revoked' },
  { long: 'proxy-digest', does: sets('proxyAuth', ['digest']), summary: 'Log in at the proxy with Digest' },
  { long: 'proxy-header', value: '<line>', does: special('proxy-header'), summary: 'Send this field to the proxy only; @file reads lines' },
  { long: 'proxy-http2', does: sets('proxyType', 'https2'), summary: 'Speak HTTP/2 with an https proxy that does' },
  { long: 'proxy-insecure', does: special('proxy-insecure'), summary: 'Accept any certificate of a proxy' },
  { long: 'proxy-key', value: '<file>', does: sets('proxySslKey'), summary: 'Key of that certificate' },
  { long: 'proxy-negotiate', does: refused('Negotiate is not supported by this version'), summary: 'Log in at the proxy with Negotiate (not in this version)' },
  { long: 'proxy-ntlm', does: sets('proxyAuth', ['ntlm']), summary: 'Log in at the proxy with NTLM' },
  { long: 'proxy-pass', value: '<password>', does: sets('proxyKeyPasswd'), summary: 'Password of that key' },
  { long: 'proxy-pinnedpubkey', value: '<hashes>', does: sets('proxyPinnedPublicKey'), summary: 'Accept no other public key of a proxy' },
  { long: 'proxy-tls13-ciphers', value: '<list>', does: sets('proxyTls13Ciphers'), summary: 'Suites with the proxy, for TLS 1.3' },
  { long: 'proxy-user', short: 'U', value: '<user:password>', does: special('proxy-login'), summary: 'User name and password at the proxy' },
  { long: 'proxy1.0', value: '<url>', does: refused('proxies are spoken to in HTTP/1.1'), summary: 'Go through this proxy in HTTP/1.0 (not in this version)' },
  { long: 'proxytunnel', short: 'p', does: sets('httpProxyTunnel', true), summary: 'Go through a tunnel (CONNECT) for http, too' },
  { long: 'range', short: 'r', value: '<range>', does: sets('range'), summary: 'Ask for these bytes only, such as 0-99' },
  { long: 'raw', does: special('raw'), summary: 'Leave the body as it was sent: nothing is decoded' },
  { long: 'referer', short: 'e', value: '<url>', does: special('referer'), summary: 'Send this Referer' },
  { long: 'remote-name', short: 'O', does: special('remote-name'), summary: 'Write the body to a file named as in the URL' },
  { long: 'request', short: 'X', value: '<method>', does: sets('method'), summary: 'Use this method' },
  { long: 'request-target', value: '<target>', does: sets('requestTarget'), summary: 'Ask for this instead of the path of the URL' },
  { long: 'resolve', value: '<host:port:address>', does: sets('resolve'), summary: 'Use this address for a host' },
  { long: 'show-error', short: 'S', does: { is: 'switch', name: 'showsErrors' }, summary: 'Tell of errors even with -s' },
  { long: 'silent', short: 's', does: { is: 'switch', name: 'isSilent' }, summary: 'Tell of nothing' },
  { long: 'socks4', value: '<host:port>', does: special('socks4'), summary: 'Go through this SOCKS4 proxy' },
  { long: 'socks4a', value: '<host:port>', does: special('socks4a'), summary: 'The same, and it looks names up' },
  { long: 'socks5', value: '<host:port>', does: special('socks5'), summary: 'Go through this SOCKS5 proxy' },
  { long: 'socks5-hostname', value: '<host:port>', does: special('socks5h'), summary: 'The same, and it looks names up' },
  { long: 'speed-limit', short: 'Y', value: '<bytes>', does: sets('lowSpeedLimit'), summary: 'End transfers slower than this per second' },
  { long: 'speed-time', short: 'y', value: '<seconds>', does: sets('lowSpeedTimeMs'), summary: 'How long one may be that slow (30)' },
  { long: 'suppress-connect-headers', does: sets('suppressConnectHeaders', true), summary: 'Do not show heads of answers to CONNECT' },
  { long: 'tr-encoding', does: sets('transferEncoding', true), summary: 'Ask for a compressed transfer coding and decode it' },
  { long: 'unix-socket', value: '<path>', does: sets('unixSocketPath'), summary: 'Connect to this UNIX socket' },
  { long: 'upload-file', short: 'T', value: '<file>', does: special('upload-file'), summary: 'PUT this file; "-" is standard input' },
  { long: 'url', value: '<url>', does: special('url'), summary: 'A URL, like one without a flag' },
  { long: 'url-query', value: '<data>', does: special('url-query'), summary: 'Add this to the query of the URL, as --data-urlencode; "+text" as it is' },
  { long: 'user', short: 'u', value: '<user:password>', does: special('basic-login'), summary: 'User name and password' },
  { long: 'user-agent', short: 'A', value: '<name>', does: sets('userAgent'), summary: 'Send this User-Agent; "" sends none' },
  { long: 'verbose', short: 'v', does: { is: 'switch', name: 'isVerbose' }, summary: 'Show heads, and what happens to connections and why' },
  { long: 'version', short: 'V', does: special('version'), summary: 'Show the version and stop' },
  { long: 'write-out', short: 'w', value: '<format>', does: special('write-out'), summary: 'Print this after each transfer; @file reads it' },
]

/** The row of a flag that sets an option. */
export function optionRow(option: OptionName): OptionRow {
  return EASY_OPTIONS[option]
}

function sets(name: OptionName, to?: string | boolean | readonly string[]): FlagEffect {
  return { is: 'option', option: name, ...(to === undefined ? {} : { to }) }
}

function special(name: SpecialName): FlagEffect {
  return { is: 'special', name }
}

function refused(because: string): FlagEffect {
  return { is: 'refused', because }
}
