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
  'showsHead' | 'headOnly' | 'isGlobOff' | 'isParallel' | 'isSilent' | 'isVerbose' | 'showsErrors'

/** Flags that need code of their own; `parse-args.ts` has a function for each. */
export type SpecialName =
  | 'basic-login'
  | 'data'
  | 'data-binary'
  | 'data-raw'
  | 'header'
  | 'help'
  | 'insecure'
  | 'location-trusted'
  | 'output'
  | 'parallel-max'
  | 'raw'
  | 'referer'
  | 'remote-name'
  | 'url'
  | 'version'
  | 'write-out'

/** What a flag does. */
export type FlagEffect =
  /** Sets an option: to `to`, or to the flag's value in the unit of its row. A list grows. */
  | { readonly is: 'option'; readonly option: OptionName; readonly to?: string | boolean }
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
  { long: 'data', short: 'd', value: '<data>', does: special('data'), summary: 'POST this; @file reads it from a file, without line ends' },
  { long: 'data-binary', value: '<data>', does: special('data-binary'), summary: 'POST this; @file reads it from a file, as it is' },
  { long: 'data-raw', value: '<data>', does: special('data-raw'), summary: 'POST this; @ means nothing' },
  { long: 'fail', short: 'f', does: sets('failOnError', true), summary: 'Fail on a status of 400 or above, without its body' },
  { long: 'globoff', short: 'g', does: { is: 'switch', name: 'isGlobOff' }, summary: 'Take {} and [] in URLs as they are' },
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
  { long: 'location', short: 'L', does: sets('followLocation', true), summary: 'Follow redirects' },
  { long: 'location-trusted', does: special('location-trusted'), summary: 'Follow redirects, and send credentials to other hosts, too' },
  { long: 'max-redirs', value: '<count>', does: sets('maxRedirs'), summary: 'Most redirects to follow (50); -1: no limit' },
  { long: 'max-filesize', value: '<bytes>', does: sets('maxFilesize'), summary: 'Largest body to take; K, M and G are understood' },
  { long: 'max-time', short: 'm', value: '<seconds>', does: sets('timeoutMs'), summary: 'Longest time that a transfer may take' },
  { long: 'post301', does: sets('post301', true), summary: 'Keep POST after a 301' },
  { long: 'post302', does: sets('post302', true), summary: 'Keep POST after a 302' },
  { long: 'post303', does: sets('post303', true), summary: 'Keep POST after a 303' },
  { long: 'oauth2-bearer', value: '<token>', does: sets('xoauth2Bearer'), summary: 'Authenticate with this token' },
  { long: 'output', short: 'o', value: '<file>', does: special('output'), summary: 'Write the body to this file; #1 is the first glob' },
  { long: 'parallel', short: 'Z', does: { is: 'switch', name: 'isParallel' }, summary: 'Run the transfers at the same time' },
  { long: 'parallel-max', value: '<count>', does: special('parallel-max'), summary: 'Most transfers at the same time (50)' },
  { long: 'proxy', short: 'x', value: '<url>', does: refused('proxies are not supported by this version'), summary: 'Go through a proxy (not in this version)' },
  { long: 'range', short: 'r', value: '<range>', does: sets('range'), summary: 'Ask for these bytes only, such as 0-99' },
  { long: 'raw', does: special('raw'), summary: 'Leave the body as it was sent: nothing is decoded' },
  { long: 'referer', short: 'e', value: '<url>', does: special('referer'), summary: 'Send this Referer' },
  { long: 'remote-name', short: 'O', does: special('remote-name'), summary: 'Write the body to a file named as in the URL' },
  { long: 'request', short: 'X', value: '<method>', does: sets('method'), summary: 'Use this method' },
  { long: 'resolve', value: '<host:port:address>', does: sets('resolve'), summary: 'Use this address for a host' },
  { long: 'show-error', short: 'S', does: { is: 'switch', name: 'showsErrors' }, summary: 'Tell of errors even with -s' },
  { long: 'silent', short: 's', does: { is: 'switch', name: 'isSilent' }, summary: 'Tell of nothing' },
  { long: 'speed-limit', short: 'Y', value: '<bytes>', does: sets('lowSpeedLimit'), summary: 'End transfers slower than this per second' },
  { long: 'speed-time', short: 'y', value: '<seconds>', does: sets('lowSpeedTimeMs'), summary: 'How long one may be that slow (30)' },
  { long: 'tr-encoding', does: sets('transferEncoding', true), summary: 'Ask for a compressed transfer coding and decode it' },
  { long: 'unix-socket', value: '<path>', does: sets('unixSocketPath'), summary: 'Connect to this UNIX socket' },
  { long: 'url', value: '<url>', does: special('url'), summary: 'A URL, like one without a flag' },
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

function sets(name: OptionName, to?: string | boolean): FlagEffect {
  return { is: 'option', option: name, ...(to === undefined ? {} : { to }) }
}

function special(name: SpecialName): FlagEffect {
  return { is: 'special', name }
}

function refused(because: string): FlagEffect {
  return { is: 'refused', because }
}
