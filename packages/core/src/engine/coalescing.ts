/**
 * Coalescing (RFC 9113 section 9.1.1): whether an HTTP/2 connection to one name may serve another.
 *
 * The rule: it may when the other name leads to the very address and port that the connection has, its
 * certificate was verified and covers that name, and nothing but the name tells the two apart. Whoever made
 * the connection with a certificate of his own, or by a detour, has it for himself.
 */
import { isTransferError } from '../errors/transfer-error.ts'
import type { NameLookup, SpecialLookup } from '../connect/filter.ts'
import { findAddresses } from '../connect/socket-filter.ts'
import type { Connection } from '../connection/connection.ts'
import type { Member } from '../pool/records.ts'
import { differInHostOnly } from '../route/identity.ts'
import { isOriginTls } from '../route/route.ts'
import type { ConnectTerms } from '../transfer/request-plan.ts'

/** Shared connections by the address and port that they have. */
export class TwinIndex {
  readonly #byAddress = new Map<string, Set<Member<Connection>>>()

  get isEmpty(): boolean {
    return this.#byAddress.size === 0
  }

  add(member: Member<Connection>): void {
    const key = keyOf(member)
    if (key === undefined) return
    const known = this.#byAddress.get(key)
    if (known === undefined) this.#byAddress.set(key, new Set([member]))
    else known.add(member)
  }

  remove(member: Member<Connection>): void {
    const key = keyOf(member)
    const known = key === undefined ? undefined : this.#byAddress.get(key)
    if (known === undefined) return
    known.delete(member)
    if (known.size === 0) this.#byAddress.delete(key!)
  }

  at(address: string, port: number): Iterable<Member<Connection>> {
    return this.#byAddress.get(`${address} ${port}`) ?? []
  }
}

function keyOf({ connection }: Member<Connection>): string | undefined {
  const { remote } = connection.stream
  if (!connection.isMultiplexed || connection.tls === undefined) return undefined
  return remote === undefined || remote.family === 'unix' ? undefined : `${remote.address} ${remote.port}`
}

/** A connection that may serve these terms; undefined: there is none. */
export async function findTwin(
  terms: ConnectTerms,
  names: NameLookup,
  index: TwinIndex,
  special?: SpecialLookup,
): Promise<Member<Connection> | undefined> {
  const [socket] = terms.route.hops
  if (index.isEmpty || socket.to.is !== 'host' || !mayHaveTwin(terms)) return undefined
  let addresses: readonly { readonly address: string }[]
  try {
    addresses = await findAddresses(socket, socket.to.host, {
      names,
      special,
      dnsCacheTimeoutMs: terms.dnsCacheTimeoutMs,
      report: ignore,
    })
  } catch (error) {
    // The opening that follows says why.
    if (!isTransferError(error)) throw error
    return undefined
  }
  for (const { address } of addresses) {
    for (const member of index.at(address, socket.to.port)) if (isTwin(member, terms)) return member
  }
  return undefined
}

function mayHaveTwin({ identity, route, multiplexing }: ConnectTerms): boolean {
  return (
    multiplexing === 'maybe' && leadsStraight(route) && SOLITARY.every((name) => !identity.parts.has(name))
  )
}

function isTwin({ connection, closed, joinable, leases }: Member<Connection>, terms: ConnectTerms): boolean {
  const { identity } = terms
  const { tls } = connection
  return (
    closed === undefined &&
    joinable &&
    leases < connection.capacity &&
    tls !== undefined &&
    tls.verifyProblem === undefined &&
    connection.identity.host !== identity.host &&
    differInHostOnly(connection.identity, identity) &&
    leadsStraight(connection.route) &&
    tls.covers(identity.host)
  )
}

/** Options whose presence keeps a connection to its own name: unverified, pinned, with a certificate, by a detour. */
const SOLITARY = [
  'sslVerifyPeer',
  'sslVerifyHost',
  'pinnedPublicKey',
  'sslCert',
  'sslCertBlob',
  'connectTo',
  'unixSocketPath',
  'abstractUnixSocket',
]

function ignore(): void {}

/** Through a proxy nobody knows which address a name has (Chromium coalesces never there either). */
function leadsStraight({ hops, origin }: ConnectTerms['route']): boolean {
  const [{ to }, ...rest] = hops
  if (!rest.every(isOriginTls)) return false
  return to.is === 'host' && to.host === origin.host && to.port === origin.port
}
