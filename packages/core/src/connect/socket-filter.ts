/** The bottom of every chain: find the addresses, race them, connect. */
import type { ByteStream, DialSettings, SocketAddress, TlsRequest } from '../env/environment.ts'
import { inPhase, isTransferError, TransferError } from '../errors/transfer-error.ts'
import { writtenHost } from '../http/origin.ts'
import { isAddress } from '../route/pins.ts'
import type { AddressFamily, SocketHop } from '../route/route.ts'
import { abortable } from './abortable.ts'
import type { ConnectContext } from './filter.ts'
import { interleave, race } from './happy-eyeballs.ts'

type InternetAddress = Extract<SocketAddress, { readonly address: string }>

/** The part of a context that a lookup takes; without a signal it goes on to its end. */
export type LookupContext = Pick<ConnectContext, 'names' | 'dnsCacheTimeoutMs' | 'report'> &
  Partial<Pick<ConnectContext, 'signal' | 'special'>>

/** RFC 6761 6.3: `localhost` means this machine, whatever a name server says. libcurl does the same. */
const LOCALHOST: readonly Omit<InternetAddress, 'port'>[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

export async function connectSocket(
  hop: SocketHop,
  thenTls: TlsRequest | undefined,
  context: ConnectContext,
): Promise<ByteStream> {
  const { to } = hop
  const settings: DialSettings = {
    ...hop.local,
    noDelay: hop.noDelay,
    ...(hop.keepAliveMs === undefined ? {} : { keepAliveMs: hop.keepAliveMs }),
    ...(thenTls === undefined ? {} : { thenTls }),
  }
  let stream: ByteStream
  if (to.is === 'unix') {
    context.report('connect')
    stream = await inPhase(
      'connect',
      context.dialer.dial({ family: 'unix', path: to.path, abstract: to.abstract }, settings, context.signal),
    )
  } else {
    const finding = findAddresses(hop, to.host, context)
    const found = await (hop.isProxy ? asProxy(finding) : finding)
    const addresses = interleave(context.order?.(found) ?? found).map(({ address, family }) => ({
      address,
      family,
      port: to.port,
    }))
    context.times.resolvedAt = context.clock.now()
    context.report('connect')
    const racing = race<InternetAddress, ByteStream>({
      addresses,
      attempt: (address, signal) => inPhase('connect', context.dialer.dial(address, settings, signal)),
      discard: (late) => late.abort(),
      describe: (address) => `${writtenHost(address.address)}:${address.port}`,
      clock: context.clock,
      delayMs: context.happyEyeballsMs,
      signal: context.signal,
    })
    stream = await (hop.isProxy ? toProxy(to, racing) : racing)
  }
  context.times.connectedAt = context.clock.now()
  return stream
}

/** libcurl has a code of its own for a proxy without address. */
async function asProxy<T>(found: Promise<T>): Promise<T> {
  try {
    return await found
  } catch (error) {
    if (!isTransferError(error) || error.code !== 'COULDNT_RESOLVE_HOST') throw error
    throw new TransferError('COULDNT_RESOLVE_PROXY', `proxy: ${error.message}`, error.details, {
      phase: 'resolve',
      cause: error,
    })
  }
}

/** The URL does not say where that is. */
async function toProxy<T>(
  to: { readonly host: string; readonly port: number },
  racing: Promise<T>,
): Promise<T> {
  try {
    return await racing
  } catch (error) {
    const { host: proxyHost, port: proxyPort } = to
    throw isTransferError(error)
      ? error.inContext(`proxy ${writtenHost(proxyHost)}:${proxyPort}`, { proxyHost, proxyPort })
      : error
  }
}

/** What a lookup depends on beside the name. */
type Lookup = Pick<SocketHop, 'pinned' | 'expiringPins' | 'family'>

/** The addresses of a hop's host. Rejects with COULDNT_RESOLVE_HOST, or with the signal's reason once it aborts. */
export async function findAddresses(
  hop: Lookup,
  host: string,
  context: LookupContext,
): Promise<readonly Omit<InternetAddress, 'port'>[]> {
  const known = knownAddresses(hop, host, context)
  if (known !== undefined) {
    const usable = known.filter((address) => hop.family === 'any' || address.family === hop.family)
    if (usable.length === 0) throw noAddress(host, hop.family)
    return usable
  }
  if (ONION.test(host)) throw onion(host)
  context.report('resolve')
  const { names, dnsCacheTimeoutMs, signal, special } = context
  const found = inPhase('resolve', names.lookup(host, hop.family, dnsCacheTimeoutMs, signal, special))
  const { addresses } = await (signal === undefined ? found : abortable(found, signal))
  if (addresses.length === 0) throw noAddress(host, hop.family)
  return addresses
}

/** Addresses that need no lookup: pinned, literal, or this machine's. */
function knownAddresses(
  hop: Lookup,
  host: string,
  { names, dnsCacheTimeoutMs }: LookupContext,
): readonly Omit<InternetAddress, 'port'>[] | undefined {
  const { pinned, expiringPins } = hop
  if (
    pinned !== undefined &&
    (expiringPins === undefined || names.arePinsFresh(expiringPins, dnsCacheTimeoutMs))
  )
    return pinned.map(toAddress)
  if (isAddress(host)) return [toAddress(host)]
  return LOCAL_NAME.test(host) ? LOCALHOST : undefined
}

const LOCAL_NAME = /(?:^|\.)localhost\.?$/i
/** RFC 7686 2: such names mean something to Tor only, and a name server must not hear of them. */
const ONION = /(?:^|\.)onion\.?$/i

function onion(host: string): TransferError {
  return new TransferError(
    'COULDNT_RESOLVE_HOST',
    `${host} is not looked up: .onion names are for Tor only (RFC 7686)`,
    { host, onion: true },
    { phase: 'resolve' },
  )
}

function toAddress(address: string): Omit<InternetAddress, 'port'> {
  return { address, family: address.includes(':') ? 6 : 4 }
}

function noAddress(host: string, family: AddressFamily): TransferError {
  const kind = family === 'any' ? '' : ` of IP version ${family}`
  return new TransferError(
    'COULDNT_RESOLVE_HOST',
    `${host} has no address${kind}`,
    { host },
    { phase: 'resolve' },
  )
}
