/**
 * One TLS handshake of a client, from a socket that is about to begin it to a verified stream.
 *
 * The rule: nothing passes before the peer is judged. The stream is made in the very call in which Node
 * reports the handshake done, and sessions are handed on only once the peer has passed (CVE-2024-0853).
 */
import { isIP, type OnReadOpts } from 'node:net'
import type { ConnectionOptions, PeerCertificate, TLSSocket } from 'node:tls'
import type { ByteStream, SocketAddress, TlsFacts, TlsRequest } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { handshakeError } from './classify-error.ts'
import type { Inlet } from './inlet.ts'
import { judgePeer } from './judge-peer.ts'
import { nameMismatch } from './names-host.ts'
import type { InputCount } from './node-clock.ts'
import { NodeStream } from './node-stream.ts'
import { certificateChain, peerCertificate } from './peer-certificates.ts'
import { unwrapSession, wrapSession } from './session-envelope.ts'
import { localAddressOf } from './socket-address.ts'
import type { TlsMaterial } from './tls-material.ts'

/** Node takes these too (`tls.connect` in _tls_wrap.js), but @types/node 20 does not know it. */
export type TlsConnectOptions = ConnectionOptions & {
  readonly allowHalfOpen: true
  readonly onread?: OnReadOpts
}

/** A handshake to be made: what `tls.connect` is given besides the way to the peer, and what to judge by. */
export interface HandshakePlan {
  readonly request: TlsRequest
  readonly material: TlsMaterial
  readonly options: TlsConnectOptions
  /** What Node read off the peer, to save reading it twice (a quarter of a millisecond each). */
  readonly shown: { certificate: PeerCertificate | undefined }
  /** The certificate that the offered session was made with, DER. */
  readonly kept: Uint8Array | undefined
}

export function planHandshake(request: TlsRequest, material: TlsMaterial): HandshakePlan {
  const { serverName, alpn, session } = request
  const shown: HandshakePlan['shown'] = { certificate: undefined }
  const resumable = session === undefined ? undefined : unwrapSession(session)
  const options: TlsConnectOptions = {
    secureContext: material.context,
    allowHalfOpen: true,
    // judgePeer does all of it.
    rejectUnauthorized: false,
    checkServerIdentity: (_name, certificate) => {
      shown.certificate = certificate
      return undefined
    },
    // RFC 6066 section 3: no addresses, and no dot at the end.
    ...(isIP(serverName) === 0 && { servername: serverName.replace(/\.$/, '') }),
    ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
    ...(resumable !== undefined && { session: resumable.session }),
  }
  return { request, material, options, shown, kept: resumable?.certificate }
}

export interface HandshakeOrigin {
  readonly input: InputCount
  readonly inlet: Inlet | undefined
  readonly below: ByteStream | undefined
  /** Undefined: read off the socket. */
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
}

/** Waits for the handshake. When it fails, the socket is destroyed; destroying the socket makes it fail. */
export function handshake(
  socket: TLSSocket,
  { request, material, shown, kept }: HandshakePlan,
  origin: HandshakeOrigin,
): Promise<NodeStream<TlsFacts>> {
  return new Promise((resolve, reject) => {
    const sessions = relaySessions(socket, request, origin.input)
    const onDone = (): void => {
      const certificate = shown.certificate ?? peerCertificate(socket, kept)
      const { refusal, problem } = judgePeer(request, material.pins, {
        certificate,
        chainProblem: chainProblem(socket),
      })
      if (refusal !== undefined) return onRefused(refusal)
      socket.off('error', onError)
      socket.off('close', onClose)
      const tls = tlsFacts(socket, problem, kept)
      const local = origin.local ?? localAddressOf(socket)
      resolve(new NodeStream(socket, origin.input, { ...origin, local, tls }))
      if (certificate !== undefined) sessions?.release(certificate.raw)
    }
    const onRefused = (error: TransferError): void => {
      socket.destroy()
      reject(error)
    }
    const onError = (error: Error): void => {
      socket.destroy()
      reject(handshakeError(error, request.serverName))
    }
    const onClose = (): void => {
      reject(closedEarly(request.serverName))
    }
    socket.once('secureConnect', onDone)
    socket.on('error', onError)
    socket.on('close', onClose)
  })
}

function closedEarly(serverName: string): TransferError {
  return new TransferError(
    'SSL_CONNECT_ERROR',
    `the TLS handshake with ${serverName} failed: the socket was closed before it was done`,
    { host: serverName },
    { phase: 'tls' },
  )
}

/** OpenSSL's verdict as Node gives it: typed as an Error, but it is the code, or the message where there is no code. */
function chainProblem(socket: TLSSocket): string | undefined {
  return socket.authorized ? undefined : String(socket.authorizationError)
}

/** TLS 1.2 gives its session during the handshake, TLS 1.3 any time after, and more than once. */
function relaySessions(
  socket: TLSSocket,
  { onSession }: TlsRequest,
  input: InputCount,
): { release(certificate: Uint8Array): void } | undefined {
  if (onSession === undefined) return undefined
  const early: Uint8Array[] = []
  let judged: Uint8Array | undefined
  socket.on('session', (session) => {
    input.reports += 1
    if (judged === undefined) early.push(session)
    else onSession(wrapSession(session, judged))
  })
  return {
    release: (certificate) => {
      judged = certificate
      for (const session of early.splice(0)) onSession(wrapSession(session, certificate))
    },
  }
}

function tlsFacts(
  socket: TLSSocket,
  verifyProblem: string | undefined,
  kept: Uint8Array | undefined,
): TlsFacts {
  const { alpnProtocol } = socket
  return {
    version: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().name,
    alpn: typeof alpnProtocol === 'string' && alpnProtocol !== '' ? alpnProtocol : undefined,
    resumed: socket.isSessionReused(),
    verifyProblem,
    covers: (host) => {
      const certificate = peerCertificate(socket, kept)
      return certificate !== undefined && nameMismatch(host, certificate) === undefined
    },
    certificates: () => certificateChain(socket, kept),
  }
}
