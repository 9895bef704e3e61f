/**
 * The {@link Resolver} of Node: the system's own lookup (getaddrinfo, on libuv's threads), so that hosts
 * files, search domains and the order of RFC 6724 hold as everywhere on the machine.
 *
 * The rule: answers are handed on as they come; nothing is cached, merged or limited here.
 */
import { lookup } from 'node:dns'
import type { NameServers, ResolvedAddress, Resolver } from '../env/environment.ts'
import { resolveError } from './classify-error.ts'
import { NameServerLookup } from './name-servers.ts'

export class NodeResolver implements Resolver {
  readonly #servers = new NameServerLookup()

  lookup(name: string, family: 4 | 6 | 'any', servers?: NameServers): Promise<readonly ResolvedAddress[]> {
    if (servers !== undefined) return this.#servers.lookup(name, family, servers)
    return new Promise((resolve, reject) => {
      // Node answers an empty name with nothing at all and a warning, rather than with an error.
      if (name === '') return reject(resolveError({ message: 'the name is empty' }, name))
      const options = { all: true, order: 'verbatim', family: family === 'any' ? 0 : family } as const
      try {
        lookup(name, options, (error, found) => {
          if (error !== null) return reject(resolveError(error, name))
          resolve(found.map(toResolved))
        })
      } catch (error) {
        reject(resolveError(error, name))
      }
    })
  }
}

function toResolved(found: { readonly address: string; readonly family: number }): ResolvedAddress {
  return { address: found.address, family: found.family === 6 ? 6 : 4 }
}
