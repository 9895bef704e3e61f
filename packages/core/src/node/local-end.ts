/**
 * Which local address and ports a dial shall bind to. Decides only; `node-dialer.ts` binds.
 *
 * The rule: what cannot work is refused here, with INTERFACE_FAILED and the reason, before a socket is made.
 */
import { isIP } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import type { DialSettings, SocketAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { addressText } from './classify-error.ts'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

export interface LocalEnd {
  readonly address?: string
  /** 0: any. */
  readonly firstPort: number
  readonly lastPort: number
}

/** Undefined: the system chooses. `interfaces` is asked for only when an interface is named. */
export function planLocalEnd(
  to: SocketAddress,
  settings: DialSettings,
  interfaces: () => Interfaces,
): LocalEnd | undefined {
  if (to.family === 'unix') return undefined
  const address = planAddress(to, settings, interfaces)
  const firstPort = settings.localPort ?? 0
  if (address === undefined && firstPort === 0) return undefined
  if (firstPort > 65_535) throw refused(`there is no local port ${firstPort}`)
  const lastPort = firstPort === 0 ? 0 : Math.min(firstPort + (settings.localPortRange ?? 1) - 1, 65_535)
  return address === undefined ? { firstPort, lastPort } : { address, firstPort, lastPort }
}

/** The local end as text, for messages. */
export function localEndText(end: LocalEnd): string {
  const ports = end.firstPort === end.lastPort ? `${end.firstPort}` : `${end.firstPort}-${end.lastPort}`
  if (end.firstPort === 0) return end.address ?? ''
  return end.address === undefined ? `port ${ports}` : `${end.address} port ${ports}`
}

type InternetAddress = Exclude<SocketAddress, { family: 'unix' }>

function planAddress(
  to: InternetAddress,
  settings: DialSettings,
  interfaces: () => Interfaces,
): string | undefined {
  const { localAddress, interfaceName } = settings
  if (localAddress !== undefined) {
    const family = isIP(localAddress)
    if (family === to.family) return localAddress
    const what = family === 0 ? 'not an address' : `IPv${family}`
    throw refused(`the local address ${localAddress} is ${what}, and ${addressText(to)} is IPv${to.family}`)
  }
  return interfaceName === undefined ? undefined : addressOf(interfaceName, to, interfaces())
}

function addressOf(name: string, to: InternetAddress, interfaces: Interfaces): string {
  const infos = interfaces[name]
  if (infos === undefined) {
    throw refused(`there is no network interface ${name}; there are: ${Object.keys(interfaces).join(', ')}`)
  }
  const fitting = infos.filter((info) => info.family === `IPv${to.family}`)
  // A link-local end reaches link-local addresses only, and needs its zone (RFC 4007 section 6).
  const found = fitting.find((info) => isLinkLocal(info.address) === isLinkLocal(to.address)) ?? fitting[0]
  if (found === undefined) {
    throw refused(
      `the network interface ${name} has no IPv${to.family} address to reach ${addressText(to)} from`,
    )
  }
  return to.family === 6 && isLinkLocal(found.address) ? `${found.address}%${name}` : found.address
}

/** fe80::/10, RFC 4291 section 2.5.6. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address)
}

function refused(why: string): TransferError {
  return new TransferError('INTERFACE_FAILED', why, undefined, { phase: 'connect' })
}
