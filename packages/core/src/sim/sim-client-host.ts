/**
 * The local end of simulated dials: which address and port a socket is bound to.
 *
 * The rule: every claim is released exactly once, when its socket is closed or was never opened.
 */
import type { DialSettings, SocketAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'

/** What a dial is bound to. */
export interface LocalClaim {
  /** Undefined for Unix domain sockets. */
  readonly local: SocketAddress | undefined
  release(): void
}

const DEFAULT_ADDRESSES = { 4: '192.168.0.2', 6: 'fd00::2' } as const
/** RFC 6335 section 6: dynamic ports. */
const FIRST_DYNAMIC_PORT = 49_152
const LAST_PORT = 65_535

/** The simulated machine that the code under test runs on: its interfaces, addresses and ports. */
export class ClientHost {
  readonly #interfaces = new Map<string, string[]>()
  readonly #absent = new Set<string>()
  /** Taken, each as address, blank, port. */
  readonly #taken = new Set<string>()
  #nextPort = FIRST_DYNAMIC_PORT

  /** Makes a network interface known, with its addresses. */
  addInterface(name: string, addresses: readonly string[]): void {
    this.#interfaces.set(name, [...addresses])
  }

  /** From now on binding to this local address fails with INTERFACE_FAILED. All others can be bound to. */
  loseAddress(address: string): void {
    this.#absent.add(address)
  }

  /** Takes a local port away from dials, as another program would. */
  takePort(port: number, address: string = DEFAULT_ADDRESSES[4]): void {
    this.#taken.add(`${address} ${port}`)
  }

  /** Chooses the local end of a dial. Throws INTERFACE_FAILED when it cannot be had. */
  bind(to: SocketAddress, settings: DialSettings): LocalClaim {
    if (to.family === 'unix') return { local: undefined, release() {} }
    const address = this.#chooseAddress(to.family, settings)
    const port = this.#choosePort(address, settings)
    const key = `${address} ${port}`
    this.#taken.add(key)
    return { local: { family: to.family, address, port }, release: () => this.#taken.delete(key) }
  }

  #chooseAddress(family: 4 | 6, settings: DialSettings): string {
    const { localAddress, interfaceName } = settings
    const isFamily = (address: string): boolean => address.includes(':') === (family === 6)
    if (interfaceName !== undefined) {
      const address = this.#interfaces.get(interfaceName)?.find(isFamily)
      if (address === undefined)
        throw failed(`interface ${interfaceName} has no IPv${family} address`, { interfaceName })
      return address
    }
    if (localAddress === undefined) return DEFAULT_ADDRESSES[family]
    if (this.#absent.has(localAddress) || !isFamily(localAddress)) {
      throw failed(`cannot bind to local address ${localAddress}`, { localAddress })
    }
    return localAddress
  }

  #choosePort(address: string, settings: DialSettings): number {
    const { localPort = 0, localPortRange = 1 } = settings
    if (localPort === 0) return this.#dynamicPort(address)
    const end = Math.min(LAST_PORT + 1, localPort + Math.max(1, localPortRange))
    for (let port = localPort; port < end; port += 1) if (!this.#taken.has(`${address} ${port}`)) return port
    throw failed(`no local port from ${localPort} to ${end - 1} is free`, { localPort, localPortRange })
  }

  #dynamicPort(address: string): number {
    for (let tries = FIRST_DYNAMIC_PORT; tries <= LAST_PORT; tries += 1) {
      const port = this.#nextPort
      this.#nextPort = port === LAST_PORT ? FIRST_DYNAMIC_PORT : port + 1
      if (!this.#taken.has(`${address} ${port}`)) return port
    }
    throw failed(`no local port of ${address} is free`, { localAddress: address })
  }
}

function failed(message: string, details: Record<string, string | number>): TransferError {
  return new TransferError('INTERFACE_FAILED', message, details)
}
