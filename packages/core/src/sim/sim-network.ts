/**
 * The simulated network: hosts and their names, listeners, dials, and what is wrong with them.
 *
 * The rule: faults are values given to the network before or during a run, and act on what is under way as
 * well as on what comes. It is the `Dialer` and the `Resolver` of a simulation, and knows nothing of HTTP.
 */
import type {
  Cancelable,
  Dialer,
  DialSettings,
  Milliseconds,
  NameServers,
  ResolvedAddress,
  Resolver,
  SocketAddress,
} from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { OpenWaits } from './open-waits.ts'
import type { SeededRandom } from './seeded-random.ts'
import { ClientHost } from './sim-client-host.ts'
import { type LinkSettings, SimLink } from './sim-link.ts'
import { type SimRole, SimStream } from './sim-stream.ts'
import { formatMs, type SimTrace } from './sim-trace.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** One call of `dial`. */
export interface SimDial {
  /** When it began. */
  readonly at: Milliseconds
  readonly to: SocketAddress
  readonly settings: DialSettings
  /** How it stands. */
  readonly outcome: 'pending' | 'open' | 'failed' | 'aborted'
}

/** Accepts a connection: set the stream's sink before returning. */
export type SimAccept = (stream: SimStream) => void

export interface SimNetworkParts {
  readonly clock: VirtualClock
  readonly trace: SimTrace
  readonly waits: OpenWaits
  /** The weather: drawn from for jitter only. */
  readonly random: SeededRandom
}

interface NameRecord {
  readonly addresses: readonly string[]
  readonly delayMs: Milliseconds
  readonly state: 'known' | 'lost' | 'hanging'
}

/** Time of a lookup, unless `name` says another. */
const LOOKUP_DELAY_MS = 1

export class SimNetwork implements Dialer, Resolver {
  /** The machine that dials: its addresses, interfaces and ports. */
  readonly client = new ClientHost()
  readonly #parts: SimNetworkParts
  readonly #names = new Map<string, NameRecord>()
  readonly #links = new Map<string, SimLink>()
  /** By endpoint: `10.0.0.1 80`, or `unix:` and a path. */
  readonly #listeners = new Map<string, SimAccept>()
  /** Addresses and endpoints at which nobody answers. */
  readonly #refused = new Set<string>()
  readonly #dials: { -readonly [K in keyof SimDial]: SimDial[K] }[] = []
  #lookups = 0
  #hosts = 0
  #connections = 0
  #openConnections = 0

  constructor(parts: SimNetworkParts) {
    this.#parts = parts
  }

  /** How many lookups were asked for. */
  get lookups(): number {
    return this.#lookups
  }

  /** All dials so far, in the order in which they began. */
  get dials(): readonly SimDial[] {
    return this.#dials
  }

  /** How many connections the client has open now, in use or not. */
  get openConnections(): number {
    return this.#openConnections
  }

  // Hosts and names

  /** Gives a name its addresses, in the order in which lookups answer them. Makes a lost name known again. */
  name(host: string, addresses: readonly string[], options: { readonly delayMs?: Milliseconds } = {}): void {
    const { delayMs = LOOKUP_DELAY_MS } = options
    this.#names.set(normalHost(host), { addresses: addresses.map(normalHost), delayMs, state: 'known' })
  }

  /** What one name server says of a name, to who asks it by itself. */
  nameAt(server: string, host: string, addresses: readonly string[]): void {
    this.name(`${normalHost(host)}@${server}`, addresses)
  }

  /** From now on lookups of the name fail. */
  loseName(host: string): void {
    this.#names.set(normalHost(host), { ...this.#record(host), state: 'lost' })
  }

  /** From now on lookups of the name are not answered. */
  hangName(host: string): void {
    this.#names.set(normalHost(host), { ...this.#record(host), state: 'hanging' })
  }

  /** The addresses of a name, or the address itself. A name that has none is given a free one, 10.0.0.x. */
  addressesOf(hostOrAddress: string): readonly string[] {
    const host = normalHost(hostOrAddress)
    return addressFamily(host) === undefined ? this.#record(host).addresses : [host]
  }

  #record(host: string): NameRecord {
    const name = normalHost(host)
    const known = this.#names.get(name)
    if (known !== undefined) return known
    this.#hosts += 1
    const address = `10.0.${this.#hosts >> 8}.${this.#hosts & 0xff}`
    const record: NameRecord = { addresses: [address], delayMs: LOOKUP_DELAY_MS, state: 'known' }
    this.#names.set(name, record)
    return record
  }

  // Listeners and faults

  /**
   * Listens at a port of every address that the host has now. `onConnection` must set the stream's sink.
   * Throws when somebody listens there already. Cancel the answer to stop listening; open connections stay.
   */
  listen(host: string, port: number, onConnection: SimAccept): Cancelable {
    return this.#listen(
      this.addressesOf(host).map((address) => endpoint(address, port)),
      onConnection,
    )
  }

  /** Listens at a Unix domain socket. */
  listenUnix(
    path: string,
    onConnection: SimAccept,
    options: { readonly abstract?: boolean } = {},
  ): Cancelable {
    const { abstract = false } = options
    return this.#listen([addressKey({ family: 'unix', path, abstract })], onConnection)
  }

  #listen(keys: readonly string[], onConnection: SimAccept): Cancelable {
    for (const key of keys)
      if (this.#listeners.has(key)) throw new Error(`somebody listens at ${key} already`)
    for (const key of keys) this.#listeners.set(key, onConnection)
    return {
      cancel: () => {
        for (const key of keys) if (this.#listeners.get(key) === onConnection) this.#listeners.delete(key)
      },
    }
  }

  /** From now on dials to the host's addresses (to one port, if given) are refused. Open connections stay. */
  refuse(hostOrAddress: string, port?: number): void {
    for (const address of this.addressesOf(hostOrAddress)) {
      this.#refused.add(port === undefined ? address : endpoint(address, port))
    }
  }

  /** Takes a `refuse` of the same arguments back. */
  accept(hostOrAddress: string, port?: number): void {
    for (const address of this.addressesOf(hostOrAddress)) {
      this.#refused.delete(port === undefined ? address : endpoint(address, port))
    }
  }

  /**
   * Changes the way to the host's addresses: how slow it is, and how it breaks. What `settings` does not name
   * stays as it is. Acts on open connections too. A path of a Unix domain socket is written `unix:/path`.
   */
  link(hostOrAddress: string, settings: LinkSettings): void {
    const keys = hostOrAddress.startsWith('unix:') ? [hostOrAddress] : this.addressesOf(hostOrAddress)
    for (const key of keys) this.#linkOf(key).change(settings)
  }

  #linkOf(key: string): SimLink {
    const known = this.#links.get(key)
    if (known !== undefined) return known
    const link = new SimLink()
    this.#links.set(key, link)
    return link
  }

  // Resolver

  lookup(name: string, family: 4 | 6 | 'any', servers?: NameServers): Promise<readonly ResolvedAddress[]> {
    this.#lookups += 1
    const { clock, trace, waits } = this.#parts
    const plain = normalHost(name)
    // Name servers that know the name otherwise than all the others do.
    const server = servers?.servers.find((one) => this.#names.has(`${plain}@${one}`))
    const host = server === undefined ? plain : `${plain}@${server}`
    trace.add(clock.now(), `lookup ${host}`)
    const wait = waits.begin(`lookup of ${host} since ${formatMs(clock.now())} ms`)
    return new Promise((resolve, reject) => {
      const record = addressFamily(host) === undefined ? this.#names.get(host) : undefined
      if (record?.state === 'hanging') return
      clock.at(clock.now() + (record?.delayMs ?? LOOKUP_DELAY_MS), () => {
        wait.cancel()
        const found = this.#find(host, family)
        trace.add(clock.now(), `lookup ${host} found ${found.length}`)
        if (found.length > 0) resolve(found)
        else
          reject(new TransferError('COULDNT_RESOLVE_HOST', `could not resolve host: ${name}`, { host: name }))
      })
    })
  }

  #find(host: string, family: 4 | 6 | 'any'): ResolvedAddress[] {
    const record = this.#names.get(host)
    const addresses =
      addressFamily(host) !== undefined ? [host] : record?.state === 'known' ? record.addresses : []
    return addresses
      .map((address) => ({ address, family: addressFamily(address) ?? 4 }))
      .filter((found) => family === 'any' || found.family === family)
  }

  // Dialer

  dial(to: SocketAddress, settings: DialSettings, signal: AbortSignal): Promise<SimStream> {
    const { clock, trace, waits } = this.#parts
    const where = describeAddress(to)
    const entry = { at: clock.now(), to, settings, outcome: 'pending' as SimDial['outcome'] }
    this.#dials.push(entry)
    trace.add(clock.now(), `dial ${where}`)
    return new Promise((resolve, reject) => {
      const fail = (outcome: 'failed' | 'aborted', reason: unknown): void => {
        entry.outcome = outcome
        trace.add(clock.now(), `dial ${where} ${outcome}`)
        reject(reason)
      }
      if (signal.aborted) return fail('aborted', signal.reason)
      let claim: Claim
      try {
        claim = this.client.bind(to, settings)
      } catch (error) {
        return fail('failed', error)
      }
      const link = this.#linkOf(linkKey(to))
      const wait = waits.begin(`dial to ${where} since ${formatMs(clock.now())} ms`)
      let trip: Cancelable | undefined
      const onAbort = (): void => {
        trip?.cancel()
        wait.cancel()
        claim.release()
        fail('aborted', signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const knock = (): void => {
        if (entry.outcome !== 'pending') return
        const start = link.opensAt(clock.now())
        if (start === Infinity) return link.onChange(knock)
        const { connectDelayMs = 0, jitterMs = 0 } = link.settings
        const jitter = jitterMs === 0 ? 0 : jitterMs * this.#parts.random.fraction()
        trip = clock.at(start + connectDelayMs + 2 * link.delayMs + jitter, () => {
          if (link.opensAt(clock.now()) !== clock.now()) return knock()
          signal.removeEventListener('abort', onAbort)
          wait.cancel()
          const accept = this.#isRefused(to) ? undefined : this.#listeners.get(addressKey(to))
          if (accept === undefined) {
            claim.release()
            fail(
              'failed',
              new TransferError('COULDNT_CONNECT', `connection to ${where} refused`, { to: where }),
            )
            return
          }
          entry.outcome = 'open'
          resolve(this.#open(to, link, claim, accept))
        })
      }
      knock()
    })
  }

  /**
   * A connection from another machine than the client, such as a proxy: over the link of the address, and neither
   * counted nor listed among the dials. Rejects with COULDNT_CONNECT.
   */
  reach(to: Exclude<SocketAddress, { readonly family: 'unix' }>): Promise<SimStream> {
    const { clock } = this.#parts
    const link = this.#linkOf(linkKey(to))
    return new Promise((resolve, reject) => {
      const knock = (): void => {
        const start = link.opensAt(clock.now())
        if (start === Infinity) return link.onChange(knock)
        clock.at(start + (link.settings.connectDelayMs ?? 0) + 2 * link.delayMs, () => {
          const accept = this.#isRefused(to) ? undefined : this.#listeners.get(addressKey(to))
          if (accept !== undefined) return resolve(this.#open(to, link, undefined, accept))
          const where = describeAddress(to)
          reject(new TransferError('COULDNT_CONNECT', `connection to ${where} refused`, { to: where }))
        })
      }
      knock()
    })
  }

  #isRefused(to: SocketAddress): boolean {
    return this.#refused.has(addressKey(to)) || this.#refused.has(linkKey(to))
  }

  /** `claim`: what the client holds of its own ports; undefined: it is another machine. */
  #open(to: SocketAddress, link: SimLink, claim: Claim | undefined, accept: SimAccept): SimStream {
    const { clock, trace, waits, random } = this.#parts
    this.#connections += 1
    if (claim !== undefined) this.#openConnections += 1
    const name = `#${this.#connections}`
    const stillOpen = new Set<SimRole>(['client', 'server'])
    const { client, server } = SimStream.join({
      clock,
      link,
      trace,
      name,
      client: claim?.local,
      server: to,
      fraction: () => random.fraction(),
      closed: (role) => {
        stillOpen.delete(role)
        if (role === 'client' && claim !== undefined) {
          this.#openConnections -= 1
          claim.release()
        }
        if (stillOpen.size === 0) wait.cancel()
      },
    })
    const where = describeAddress(to)
    const wait = waits.begin(() =>
      [client.describe(), server.describe()]
        .filter((side) => side !== undefined)
        .map((side) => `connection ${name} to ${where}: ${side}`)
        .join('\n'),
    )
    trace.add(clock.now(), `${name} open to ${where}`)
    accept(server)
    return client
  }
}

type Claim = ReturnType<ClientHost['bind']>

/** 4 or 6 for an address in text; undefined for a name. */
export function addressFamily(host: string): 4 | 6 | undefined {
  if (host.includes(':')) return 6
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) ? 4 : undefined
}

/** Lower case, without the dot of the root and without the brackets of an IPv6 literal. */
export function normalHost(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  return (bare.length > 1 && bare.endsWith('.') ? bare.slice(0, -1) : bare).toLowerCase()
}

function describeAddress(to: SocketAddress): string {
  if (to.family === 'unix') return addressKey(to)
  return to.family === 6 ? `[${to.address}]:${to.port}` : `${to.address}:${to.port}`
}

function addressKey(to: SocketAddress): string {
  return to.family === 'unix' ? `unix:${to.abstract ? '@' : ''}${to.path}` : endpoint(to.address, to.port)
}

function endpoint(address: string, port: number): string {
  return `${normalHost(address)} ${port}`
}

function linkKey(to: SocketAddress): string {
  return to.family === 'unix' ? addressKey(to) : normalHost(to.address)
}
