/**
 * A route to an open stream: one filter per hop, bottom first.
 *
 * The rule: whoever is given a stream owns it, and a filter that rejects leaves none open. A proxy that wants its
 * login on another connection gets one: all hops below are made again.
 */
import type { ByteStream, SecureStream, TlsFacts } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { haproxyHeader } from '../proxy/haproxy-header.ts'
import { isOriginTls, type Hop, type Route, type TunnelHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'
import { ReplayStream } from './replay-stream.ts'
import { connectSocket } from './socket-filter.ts'
import { throughSocks } from './socks-filter.ts'
import { planHandshake, secure } from './tls-filter.ts'
import { Tunnel } from './tunnel-filter.ts'

export interface Chain {
  /** The topmost stream. */
  readonly stream: ByteStream
  /** What the handshake with the origin settled; undefined in clear text. */
  readonly tls: TlsFacts | undefined
  /** The same of a proxy. */
  readonly proxyTls: TlsFacts | undefined
}

/** Opens all hops. Rejects as the failing hop does, or with the signal's reason; then nothing is left open. */
export async function buildChain(route: Route, context: ConnectContext): Promise<Chain> {
  const tunnelHop = route.hops.find((hop): hop is TunnelHop => hop.is === 'tunnel')
  const tunnel = tunnelHop && new Tunnel(tunnelHop, context)
  for (;;) {
    const chain = await tryChain(route, tunnel, context)
    if (chain !== undefined) return chain
  }
}

/** Undefined: the proxy goes on with the login of the tunnel on another connection. */
async function tryChain(
  { hops: [socketHop, ...rest] }: Route,
  tunnel: Tunnel | undefined,
  context: ConnectContext,
): Promise<Chain | undefined> {
  const [second] = rest
  // The dialer may begin a handshake that follows at once.
  const announced = second?.is === 'tls' ? planHandshake(second, context) : undefined
  let stream = await connectSocket(socketHop, announced, context)
  let tls: TlsFacts | undefined
  let proxyTls: TlsFacts | undefined
  for (const hop of rest) {
    switch (hop.is) {
      case 'tls': {
        if (stream instanceof ReplayStream) throw spokeEarly(stream)
        const request = hop === second ? announced! : planHandshake(hop, context)
        const secured: SecureStream = await secure(stream, hop, request, context)
        stream = secured
        if (isOriginTls(hop)) tls = secured.tls
        else proxyTls = secured.tls
        break
      }
      case 'tunnel': {
        const end = await tunnel!.ask(stream, proxyTls?.alpn)
        if (end.is === 'reconnect') return undefined
        stream = end.stream
        break
      }
      default:
        stream = await pass(stream, hop, context)
    }
  }
  return { stream, tls, proxyTls }
}

/** What came in clear must not be taken for words within TLS (CVE-2021-22946, CVE-2021-22947). */
function spokeEarly(stream: ReplayStream): TransferError {
  stream.abort()
  const text = 'the TLS handshake cannot begin: bytes came behind the answer of the proxy before it'
  return new TransferError('SSL_CONNECT_ERROR', text, {}, { phase: 'tls' })
}

async function pass(
  stream: ByteStream,
  hop: Exclude<Hop, { is: 'tls' | 'tunnel' }>,
  context: ConnectContext,
): Promise<ByteStream> {
  if (hop.is === 'socks') return await throughSocks(stream, hop, context)
  if (hop.is === 'haproxy') stream.write(haproxyHeader(stream.local, stream.remote, hop.clientIp))
  return stream
}
