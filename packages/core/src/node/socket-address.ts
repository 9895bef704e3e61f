/** The local end of a connected socket, as the ports name it. Nothing else about sockets belongs here. */
import type { Socket } from 'node:net'
import type { SocketAddress } from '../env/environment.ts'

/** Undefined for a unix socket, whose client end has no name. */
export function localAddressOf(socket: Socket): SocketAddress | undefined {
  const { localAddress, localPort, localFamily } = socket
  if (localAddress === undefined || localPort === undefined) return undefined
  return { family: localFamily === 'IPv6' ? 6 : 4, address: localAddress, port: localPort }
}
