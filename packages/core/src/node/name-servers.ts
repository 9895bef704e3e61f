/**
 * Asks name servers directly, by Node's own resolver (c-ares), one for each way of asking.
 *
 * The rule: addresses only, as the servers have them: no hosts file, no search domains. One family is enough.
 */
import { Resolver as Asker } from 'node:dns'
import { networkInterfaces } from 'node:os'
import { LruMap } from '../base/lru-map.ts'
import type { NameServers, ResolvedAddress } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import { LIMITS } from '../tables/limits.ts'
import { resolveError, systemCode } from './classify-error.ts'

export class NameServerLookup {
  readonly #askers = new LruMap<string, Asker>(LIMITS.lookupWays)

  /** IPv4 first, as libcurl has them. Rejects with COULDNT_RESOLVE_HOST, or INTERFACE_FAILED. */
  async lookup(
    name: string,
    family: 4 | 6 | 'any',
    servers: NameServers,
  ): Promise<readonly ResolvedAddress[]> {
    const asker = this.#asker(servers)
    const families = family === 'any' ? ([4, 6] as const) : [family]
    const answers = await Promise.allSettled(families.map((one) => ask(asker, name, one)))
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (found.length > 0) return found
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    )
    // That one kind is missing says less than why the other could not be asked for.
    throw resolveError(failures.find((one) => systemCode(one) !== 'ENODATA') ?? failures[0], name)
  }

  #asker(servers: NameServers): Asker {
    const key = JSON.stringify(servers)
    let asker = this.#askers.get(key)
    if (asker === undefined) {
      asker = makeAsker(servers)
      this.#askers.set(key, asker)
    }
    return asker
  }
}

/** As c-ares has it since 1.20: earlier ones waited 5 s, four times over. */
const PATIENCE = { timeout: 2_000, tries: 3 }

function makeAsker({ servers, localIp4, localIp6, interfaceName }: NameServers): Asker {
  const asker = new Asker(PATIENCE)
  if (servers.length > 0) asker.setServers(servers)
  const own = interfaceName === undefined ? {} : addressesOf(interfaceName)
  const v4 = localIp4 ?? own.v4
  const v6 = localIp6 ?? own.v6
  if (v4 !== undefined || v6 !== undefined) asker.setLocalAddress(v4 ?? '0.0.0.0', v6 ?? '::0')
  return asker
}

/** The first addresses of an interface: Node binds to addresses, not to devices. */
function addressesOf(name: string): { readonly v4?: string; readonly v6?: string } {
  const interfaces = networkInterfaces()
  const infos = interfaces[name]
  if (infos === undefined) {
    throw new TransferError(
      'INTERFACE_FAILED',
      `there is no network interface ${name} (dnsInterface); there are: ${Object.keys(interfaces).join(', ')}`,
      undefined,
      { phase: 'resolve' },
    )
  }
  const v4 = infos.find(({ family }) => family === 'IPv4')?.address
  const v6 = infos.find(({ family }) => family === 'IPv6')?.address
  return { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) }
}

function ask(asker: Asker, name: string, family: 4 | 6): Promise<ResolvedAddress[]> {
  return new Promise((resolve, reject) => {
    const answered = (error: Error | null, found: readonly { address: string; ttl: number }[]): void => {
      if (error === null) resolve(found.map(({ address, ttl }) => ({ address, family, ttlMs: ttl * 1_000 })))
      else reject(error)
    }
    if (family === 4) asker.resolve4(name, { ttl: true }, answered)
    else asker.resolve6(name, { ttl: true }, answered)
  })
}
