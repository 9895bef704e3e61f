/** The SOCKS hop: looks the name up here where the proxy shall not, and tells the proxy where to connect to. */
import type { ByteStream } from '../env/environment.ts'
import { isTransferError } from '../errors/transfer-error.ts'
import { invariant } from '../base/invariant.ts'
import type { Handshake } from '../proxy/handshake.ts'
import { Socks4Handshake } from '../proxy/socks4.ts'
import { Socks5Handshake } from '../proxy/socks5.ts'
import { socksError } from '../proxy/socks-error.ts'
import type { SocksHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'
import { runHandshake } from './run-handshake.ts'
import { findAddresses } from './socket-filter.ts'

/** Rejects with PROXY when the proxy refuses. Owns the stream below. */
export async function throughSocks(
  below: ByteStream,
  hop: SocksHop,
  context: ConnectContext,
): Promise<ByteStream> {
  let handshake: Handshake
  try {
    handshake = planHandshake(hop, await hostFor(hop, context))
  } catch (error) {
    below.abort()
    throw error
  }
  context.report('proxy')
  const end = await runHandshake(below, handshake, context.signal)
  invariant(end.is === 'open', 'a SOCKS handshake has one round')
  return end.stream
}

function planHandshake({ version, to, credentials }: SocksHop, host: string): Handshake {
  return version === 4
    ? new Socks4Handshake({ host, port: to.port, user: credentials?.user ?? '' })
    : new Socks5Handshake({ host, port: to.port, credentials })
}

/** What the proxy is told: the name, or its first address. */
async function hostFor(hop: SocksHop, context: ConnectContext): Promise<string> {
  if (hop.resolves === 'proxy') return hop.to.host
  try {
    const [first] = await findAddresses(hop, hop.to.host, context)
    return first!.address
  } catch (error) {
    // libcurl's code for it: the proxy is there, and cannot be told where to go.
    if (!isTransferError(error) || error.code !== 'COULDNT_RESOLVE_HOST') throw error
    throw socksError('RESOLVE_HOST', error.message, error.details)
  }
}
