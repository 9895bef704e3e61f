/**
 * The header of HAProxy's PROXY protocol, version 1, which tells a server who the client is.
 *
 *     "PROXY" SP ( "TCP4" / "TCP6" ) SP source SP destination SP source-port SP destination-port CRLF
 *
 * The rule: both addresses are of one family; where they are not, the IPv4 one is written as IPv6.
 */
import type { SocketAddress } from '../env/environment.ts'
import { addressBytes } from './ip-address.ts'

/** The line. `clientIp` stands in for both addresses, as with libcurl (CURLOPT_HAPROXY_CLIENT_IP). Unix sockets have none: `PROXY UNKNOWN`. */
export function haproxyHeader(
  local: SocketAddress | undefined,
  remote: SocketAddress | undefined,
  clientIp: string | undefined,
): string {
  if (local === undefined || remote === undefined || local.family === 'unix' || remote.family === 'unix')
    return 'PROXY UNKNOWN\r\n'
  const source = bare(clientIp ?? local.address)
  const destination = bare(clientIp ?? remote.address)
  const isV4 = addressBytes(source)?.length === 4 && addressBytes(destination)?.length === 4
  const written = isV4 ? [source, destination] : [asV6(source), asV6(destination)]
  return `PROXY TCP${isV4 ? 4 : 6} ${written.join(' ')} ${local.port} ${remote.port}\r\n`
}

/** Without a zone, which means nothing elsewhere. */
function bare(address: string): string {
  return address.replace(/%.*$/, '')
}

function asV6(address: string): string {
  return address.includes(':') ? address : `::ffff:${address}`
}
