/**
 * The two lists by which a user bends the way to a host: `connectTo` (CURLOPT_CONNECT_TO) and `resolve`
 * (CURLOPT_RESOLVE). Entries are parsed here and nowhere else; a bad one is BAD_FUNCTION_ARGUMENT.
 */
import { TransferError } from '../errors/transfer-error.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Where to connect instead: the first entry whose host and port match. */
export function redirectedBy(
  connectTo: readonly string[] | undefined,
  host: string,
  port: number,
): HostPort | undefined {
  for (const entry of connectTo ?? []) {
    const [fromHost = '', fromPort = '', toHost = '', toPort = '', ...rest] = splitAtColons(entry)
    if (rest.length > 0 || entry.split(':').length < 4)
      throw badEntry('connectTo', entry, 'host:port:connect-host:connect-port')
    if (matches(fromHost, host) && (fromPort === '' || parsePort('connectTo', entry, fromPort) === port)) {
      return {
        host: toHost === '' ? host : toHost.toLowerCase(),
        port: toPort === '' ? port : parsePort('connectTo', entry, toPort),
      }
    }
  }
  return undefined
}

/** Addresses given by hand. */
export interface PinnedAddresses {
  readonly addresses: readonly string[]
  /** Whether they hold only for as long as looked-up ones would ("+"). */
  readonly expires: boolean
}

/**
 * The addresses given by hand for a host and port: of the last entry that names both; else of the last one
 * that matches by `*`. As in libcurl, where an entry for the name itself is looked for first.
 */
export function pinnedAddresses(
  resolve: readonly string[] | undefined,
  host: string,
  port: number,
): PinnedAddresses | undefined {
  let exact: PinnedAddresses | undefined
  let wild: PinnedAddresses | undefined
  for (const entry of resolve ?? []) {
    const pin = parsePin(entry)
    if (!matches(pin.host, host) || (pin.port !== undefined && pin.port !== port)) continue
    if (pin.host === '*' || pin.port === undefined) wild = pin.pinned
    else exact = pin.pinned
  }
  return exact ?? wild
}

interface Pin {
  readonly host: string
  /** Undefined: any. */
  readonly port: number | undefined
  /** Undefined: the entry takes earlier ones back. */
  readonly pinned: PinnedAddresses | undefined
}

function parsePin(entry: string): Pin {
  if (entry.startsWith('-')) {
    const [host = '', port = ''] = splitAtColons(entry.slice(1))
    return { host, port: parsePinPort(entry, port), pinned: undefined }
  }
  const expires = entry.startsWith('+')
  const [host = '', port = '', list = ''] = splitAtColons(expires ? entry.slice(1) : entry, 3)
  const addresses = list.split(',').map((address) => address.replace(/^\[(.*)\]$/, '$1').trim())
  if (host === '' || !addresses.every(isAddress))
    throw badEntry('resolve', entry, 'host:port:address[,address]')
  return { host, port: parsePinPort(entry, port), pinned: { addresses, expires } }
}

function parsePinPort(entry: string, text: string): number | undefined {
  return text === '*' ? undefined : parsePort('resolve', entry, text)
}

/** Whether a text is an address rather than a name; IPv6 without brackets, with or without a zone. */
export function isAddress(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return text.split('.').every((part) => Number(part) <= 255)
  // What merely looks like one, such as `1:2`, would be looked up as a name by whoever dials.
  const literal = /^([0-9a-f.]*:[0-9a-f:.]*)(%[^%]+)?$/i.exec(text)?.[1]
  return literal !== undefined && URL.canParse(`http://[${literal}]/`)
}

function matches(pattern: string, host: string): boolean {
  return pattern === '' || pattern === '*' || pattern.toLowerCase() === host
}

/** Splits at colons outside of brackets, brackets taken off; at most `limit` parts, the last one whole. */
function splitAtColons(entry: string, limit = Infinity): string[] {
  const parts: string[] = []
  let rest = entry
  while (parts.length < limit - 1) {
    const close = rest.startsWith('[') ? rest.indexOf(']') : -1
    const colon = rest.indexOf(':', close < 0 ? 0 : close)
    if (colon < 0) break
    parts.push(close < 0 ? rest.slice(0, colon) : rest.slice(1, close))
    rest = rest.slice(colon + 1)
  }
  parts.push(limit === Infinity ? rest.replace(/^\[(.*)\]$/, '$1') : rest)
  return parts
}

function parsePort(option: string, entry: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= 1 && port <= 65_535)) throw badEntry(option, entry, 'a port from 1 to 65535')
  return port
}

function badEntry(option: string, entry: string, form: string): TransferError {
  return new TransferError(
    'BAD_FUNCTION_ARGUMENT',
    `option ${option} must hold entries of the form ${form}, not ${JSON.stringify(entry)}`,
    { option },
    { phase: 'setup' },
  )
}
