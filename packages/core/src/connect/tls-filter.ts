/** The TLS hop: what to ask for, with a session of an earlier handshake if there is one. */
import type { ByteStream, SecureStream, TlsRequest } from '../env/environment.ts'
import { inPhase, isTransferError } from '../errors/transfer-error.ts'
import type { TlsHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'

/** Made before the socket, which may be dialed with the handshake in mind. */
export function planHandshake(hop: TlsHop, context: ConnectContext): TlsRequest {
  const { sessions } = context
  const key = sessionKey(hop, context)
  const request: TlsRequest = { settings: hop.settings, serverName: hop.serverName, alpn: hop.alpn }
  if (!hop.sessions) return request
  const session = sessions.take(key)
  return {
    ...request,
    ...(session === undefined ? {} : { session }),
    onSession: (issued) => sessions.put(key, issued),
  }
}

/** Rejects as `TlsProvider.secure` does, with the name of the proxy when it is one. Owns the stream below. */
export async function secure(
  below: ByteStream,
  hop: TlsHop,
  request: TlsRequest,
  context: ConnectContext,
): Promise<SecureStream> {
  context.report('tls')
  const work = inPhase('tls', context.tls.secure(below, request, context.signal))
  const stream = hop.proxy === undefined ? await work : await named(hop.proxy, work)
  // As of libcurl's APPCONNECT_TIME: that of the last handshake.
  context.times.securedAt = context.clock.now()
  // Sessions of TLS 1.2 may be resumed again and again, and the server need not issue a new one each time.
  const { session, onSession } = request
  if (stream.tls.resumed && stream.tls.version !== 'TLSv1.3' && session !== undefined) onSession?.(session)
  return stream
}

/**
 * The sessions of an origin are kept under the whole identity of its connection; those of a proxy under what the
 * handshake with it is made of, which is the same for all origins behind it. Neither is shown to the other
 * (CVE-2021-22890).
 */
function sessionKey({ proxy, settings, alpn }: TlsHop, { identityKey }: ConnectContext): string {
  return proxy === undefined ? identityKey : `proxy ${JSON.stringify([proxy, alpn, settings.key])}`
}

async function named(proxy: string, work: Promise<SecureStream>): Promise<SecureStream> {
  try {
    return await work
  } catch (error) {
    throw isTransferError(error) ? error.inContext(`proxy ${proxy}`, { proxy }) : error
  }
}
