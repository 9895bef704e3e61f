/**
 * A socket that was dialled for TLS: connected, and in its handshake already.
 *
 * Why it exists: Node reads into a buffer of ours (`onread`) only on TLS sockets which it dialled itself. So a
 * dialer that was told what comes next dials with `tls.connect`, and hands this over instead of a plain stream.
 *
 * The rule: it is a token for `TlsProvider.secure`, and carries no bytes: what was written before the peer is
 * verified would be sent without verification.
 */
import type { TLSSocket } from 'node:tls'
import { invariant } from '../base/invariant.ts'
import type { ByteSink, ByteStream, SocketAddress, TlsFacts, TlsRequest } from '../env/environment.ts'
import type { NodeStream } from './node-stream.ts'

export class DialledTls implements ByteStream {
  sink: ByteSink | undefined
  readonly local: SocketAddress | undefined
  readonly remote: SocketAddress | undefined
  readonly #socket: TLSSocket
  readonly #request: TlsRequest
  readonly #secured: Promise<NodeStream<TlsFacts>>

  /** `secured` may fail before anyone asks for it; it is told to those who ask. */
  constructor(
    socket: TLSSocket,
    request: TlsRequest,
    secured: Promise<NodeStream<TlsFacts>>,
    ends: Pick<ByteStream, 'local' | 'remote'>,
  ) {
    this.#socket = socket
    this.#request = request
    this.#secured = secured
    this.local = ends.local
    this.remote = ends.remote
  }

  /** The stream that comes of the handshake which was announced when dialling. */
  secured(request: TlsRequest): Promise<NodeStream<TlsFacts>> {
    invariant(isSameHandshake(this.#request, request), 'another handshake was announced when dialling')
    return this.#secured
  }

  write(): boolean {
    invariant(false, 'a socket dialled for TLS was used without')
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.abort()
  }

  abort(): void {
    this.#socket.destroy()
  }

  hold(awake: boolean): void {
    if (awake) this.#socket.ref()
    else this.#socket.unref()
  }
}

function isSameHandshake(a: TlsRequest, b: TlsRequest): boolean {
  return (
    a === b ||
    (a.settings.key === b.settings.key && a.serverName === b.serverName && a.alpn.join() === b.alpn.join())
  )
}
