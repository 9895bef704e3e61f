/** The TLS hop: what to ask for, with a session of an earlier handshake if there is one. */
import type { ByteStream, SecureStream, TlsRequest } from '../env/environment.ts'
import { inPhase } from '../errors/transfer-error.ts'
import type { TlsHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'

/** Made before the socket, which may be dialed with the handshake in mind. */
export function planHandshake(hop: TlsHop, context: ConnectContext): TlsRequest {
  const { identityKey, sessions } = context
  const request: TlsRequest = { settings: hop.settings, serverName: hop.serverName, alpn: hop.alpn }
  if (!hop.sessions) return request
  const session = sessions.take(identityKey)
  return {
    ...request,
    ...(session === undefined ? {} : { session }),
    onSession: (issued) => sessions.put(identityKey, issued),
  }
}

export async function secure(
  below: ByteStream,
  request: TlsRequest,
  context: ConnectContext,
): Promise<SecureStream> {
  context.report('tls')
  const stream = await inPhase('tls', context.tls.secure(below, request, context.signal))
  context.times.securedAt = context.clock.now()
  // Sessions of TLS 1.2 may be resumed again and again, and the server need not issue a new one each time.
  const { session, onSession } = request
  if (stream.tls.resumed && stream.tls.version !== 'TLSv1.3' && session !== undefined) onSession?.(session)
  return stream
}
