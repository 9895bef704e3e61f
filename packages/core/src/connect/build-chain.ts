/** A route to an open stream: one filter per hop, bottom first. */
import type { ByteStream, SecureStream, TlsFacts } from '../env/environment.ts'
import { invariant } from '../base/invariant.ts'
import type { Route, TlsHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'
import { connectSocket } from './socket-filter.ts'
import { planHandshake, secure } from './tls-filter.ts'

export interface Chain {
  /** The topmost stream. */
  readonly stream: ByteStream
  /** What the handshake with the origin settled; undefined in clear text. */
  readonly tls: TlsFacts | undefined
}

/** Opens all hops. Rejects as the failing hop does, or with the signal's reason; then nothing is left open. */
export async function buildChain(route: Route, context: ConnectContext): Promise<Chain> {
  const [socketHop, ...rest] = route.hops
  const tlsHop = rest.find((hop): hop is TlsHop => hop.is === 'tls')
  invariant(rest.length === (tlsHop === undefined ? 0 : 1), 'a route has a socket and at most one TLS hop')
  if (tlsHop === undefined)
    return { stream: await connectSocket(socketHop, undefined, context), tls: undefined }
  const request = planHandshake(tlsHop, context)
  const socket = await connectSocket(socketHop, request, context)
  const stream: SecureStream = await secure(socket, request, context)
  return { stream, tls: stream.tls }
}
