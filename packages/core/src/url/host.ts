/**
 * Hosts as they stand in URLs: names, international ones, IPv4 in all its spellings, IPv6 with a zone.
 *
 * The rule: what can be read in two ways is refused, and what means the same comes out the same. A host never
 * holds a character that ends it (CVE-2016-8624), also when it came percent-encoded (CVE-2022-27780) or out of
 * the mapping of international names; those are mapped by UTS 46, non-transitional (CVE-2016-8625).
 */
import { LIMITS } from '../tables/limits.ts'
import { decodePercent } from './percent.ts'
import { flawed, shown } from './url-flaw.ts'
import type { UrlParts } from './url-parts.ts'

export type HostParts = Pick<UrlParts, 'host' | 'asciiHost' | 'zoneId'>

/** A host as written, IPv6 in brackets; not empty. URL_MALFORMAT. */
export function readHost(written: string): HostParts {
  if (written.startsWith('[')) return readIpv6(written)
  const name = (PLAIN_NAME.test(written) ? written : readEncoded(written)).toLowerCase()
  if (!PLAIN_NAME.test(name)) return readInternational(name, written)
  checkLength(name)
  const host = MAY_BE_IPV4.test(name) ? readIpv4(name) : name
  return { host, asciiHost: host, zoneId: undefined }
}

/** The zone of an IPv6 address: curl takes up to 15 characters. */
export function readZone(text: string): string {
  if (/^[\w.~-]{1,15}$/.test(text)) return text
  throw flawed(
    'zoneid',
    'BAD_IPV6',
    `the zone ${shown(text)} of the URL's host is not 1 to 15 letters, digits, "-", ".", "_" or "~"`,
  )
}

/**
 * Letters, digits, `-._~`: what every resolver takes. Punycode among it is not judged, as in curl: nothing but the
 * resolver reads it, and what Node makes of `xn--a` is an error in 20 and the name itself in 26.
 */
const PLAIN_NAME = /^[\w.~-]+$/
/** All labels are numbers: then it must be an address. With a letter among them it is a name, as curl has it. */
const MAY_BE_IPV4 = /^(?:(?:\d+|0x[\da-f]*)(?:\.(?!$)|\.?$))+$/
/** As it is mostly written, which is as it comes out. */
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
/** What a name may not hold: what ends it, and what curl refuses beside. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\x00-\x20\x7f"#$%&'()*+,/:;<=>?@[\\\]^`{|}!]/

function readEncoded(written: string): string {
  const name = decodePercent(written)
  if (name === undefined) throw badHost(written, 'its percent-encoding is no UTF-8')
  const found = FORBIDDEN.exec(name)?.[0]
  if (found !== undefined) throw badHost(written, `it holds ${nameOf(found)}`)
  return name
}

/** A name in lower case that is not ASCII, and how it was written. */
function readInternational(name: string, written: string): HostParts {
  let asciiHost: string
  try {
    asciiHost = new URL(`http://${name}/`).hostname
  } catch {
    throw badHost(written, 'it is not a name that can be looked up (UTS 46)')
  }
  if (asciiHost === '' || FORBIDDEN.test(asciiHost))
    throw badHost(written, 'it is not a name that can be looked up')
  checkLength(asciiHost)
  checkLabels(asciiHost)
  // An address in other digits is an address.
  return { host: /^[\d.]+$/.test(asciiHost) ? asciiHost : name, asciiHost, zoneId: undefined }
}

/** Up to four numbers in decimal, octal or hexadecimal, the last one filling what is left (inet_aton). */
function readIpv4(name: string): string {
  if (PLAIN_IPV4.test(name)) return name
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.')
  const numbers = labels.map(readNumber)
  const last = numbers.at(-1)!
  const isSound =
    numbers.length <= 4 &&
    numbers.slice(0, -1).every((number) => number <= 255) &&
    last < 256 ** (5 - numbers.length)
  if (!isSound) throw badHost(name, 'it ends in a number and is no IPv4 address')
  const value = numbers.slice(0, -1).reduce((sum, number, index) => sum + number * 256 ** (3 - index), last)
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

/** NaN when it is none. */
function readNumber(label: string): number {
  if (/^0x[\da-f]*$/.test(label)) return label === '0x' ? 0 : Number(label)
  if (/^0[0-7]+$/.test(label)) return Number.parseInt(label, 8)
  return /^(?:0|[1-9]\d*)$/.test(label) ? Number(label) : Number.NaN
}

function readIpv6(written: string): HostParts {
  const close = written.indexOf(']')
  // RFC 6874 writes the percent sign encoded; curl takes it plain as well.
  const [, literal = '', zone] = /^([\da-fA-F:.]*)(?:%(?:25)?(.+))?$/.exec(written.slice(1, close)) ?? []
  if (close !== written.length - 1 || !literal.includes(':')) throw badIpv6(written)
  let host: string
  try {
    host = new URL(`http://[${literal}]/`).hostname.slice(1, -1)
  } catch {
    throw badIpv6(written)
  }
  return { host, asciiHost: host, zoneId: zone === undefined ? undefined : readZone(zone) }
}

function checkLength(name: string): void {
  if (name.length > LIMITS.hostChars)
    throw flawed(
      'host',
      'BAD_HOSTNAME',
      `the host of the URL is ${name.length} characters long; a name has at most ${LIMITS.hostChars} (RFC 1035 3.1)`,
    )
}

/** One that was mapped can have become longer than the system takes; of others the resolver tells. */
function checkLabels(name: string): void {
  if (name.split('.').some((label) => label.length > LIMITS.hostLabelChars))
    throw badHost(name, `a label of it is longer than ${LIMITS.hostLabelChars} characters (RFC 1035 2.3.4)`)
}

function badHost(host: string, why: string): Error {
  return flawed('host', 'BAD_HOSTNAME', `the host ${shown(host)} of the URL is refused: ${why}`)
}

function badIpv6(written: string): Error {
  return flawed('host', 'BAD_IPV6', `the host ${shown(written)} of the URL is no IPv6 address in brackets`)
}

function nameOf(char: string): string {
  const code = char.charCodeAt(0)
  if (code === 0x20) return 'a blank'
  return code < 0x20 || code === 0x7f
    ? `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    : `"${char}"`
}
