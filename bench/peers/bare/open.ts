/** A bare socket to an origin, in clear text or over TLS. */
import { once } from 'node:events'
import { connect, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'

export interface BareOptions {
  /** The certificate to trust over TLS. */
  readonly ca: Buffer
  readonly onread?: OnReadOpts
  readonly servername?: string
  readonly ALPNProtocols?: string[]
}

/** One for all: each by itself holds the roots once more. */
let context: SecureContext | undefined

/** Resolves when the socket is open, over TLS when the handshake is done. */
export async function openBare(
  origin: string,
  { ca, onread, servername, ALPNProtocols }: BareOptions,
): Promise<Socket> {
  const { protocol, port } = new URL(origin)
  const where = { host: '127.0.0.1', port: Number(port), noDelay: true, ...(onread ? { onread } : {}) }
  if (protocol !== 'https:') {
    const socket = connect(where)
    await once(socket, 'connect')
    return socket
  }
  const tls = {
    secureContext: (context ??= createSecureContext({ ca })),
    ...(servername === undefined ? {} : { servername }),
    ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
  }
  const socket = connectTls({ ...where, ...tls })
  await once(socket, 'secureConnect')
  return socket
}
