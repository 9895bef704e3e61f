/**
 * Coalescing (RFC 9113 section 9.1.1): whether an HTTP/2 connection to one name may serve another.
 *
 * The rule: it may when the other name leads to the very address and port that the connection has, its
 * certificate was verified and covers that name, and nothing but the name tells the two apart. Whoever made
 * the connection with a certificate of his own, or by a detour, has it for himself.
 */
import { isTransferError } from '../errors/transfer-error.ts'
import type { NameLookup } from '../connect/filter.ts'
import { findAddresses } from '../connect/socket-filter.ts'
import type { Connection } from '../connection/connection.ts'
import type { Member } from '../pool/records.ts'
import { differInHostOnly } from '../route/identity.ts'
import type { ConnectTerms } from '../transfer/request-plan.ts'

/** A connection that may serve these terms; undefined: there is none. Looks the name up only when one is likely. */
export async function findTwin(
  terms: ConnectTerms,
  names: NameLookup,
  members: Iterable<Member<Connection>>,
): Promise<Member<Connection> | undefined> {
  const likely = [...members].filter((member) => isLikelyTwin(member, terms))
  const [socket] = terms.route.hops
  if (likely.length === 0 || socket.to.is !== 'host') return undefined
  let addresses: readonly { readonly address: string }[]
  try {
    addresses = await findAddresses(socket, socket.to.host, {
      names,
      dnsCacheTimeoutMs: terms.dnsCacheTimeoutMs,
      report: ignore,
    })
  } catch (error) {
    // The opening that follows says why.
    if (!isTransferError(error)) throw error
    return undefined
  }
  return likely.find(({ connection, closed, joinable, leases }) => {
    const { remote } = connection.stream
    return (
      closed === undefined &&
      joinable &&
      leases < connection.capacity &&
      remote !== undefined &&
      remote.family !== 'unix' &&
      addresses.some(({ address }) => address === remote.address)
    )
  })
}

function isLikelyTwin({ connection, closed, joinable }: Member<Connection>, terms: ConnectTerms): boolean {
  const { identity, route } = terms
  const { tls } = connection
  return (
    closed === undefined &&
    joinable &&
    connection.isMultiplexed &&
    terms.multiplexing === 'maybe' &&
    tls !== undefined &&
    tls.verifyProblem === undefined &&
    connection.identity.host !== identity.host &&
    differInHostOnly(connection.identity, identity) &&
    SOLITARY.every((name) => !identity.parts.has(name)) &&
    leadsStraight(connection.route) &&
    leadsStraight(route) &&
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

function leadsStraight({ hops, origin }: ConnectTerms['route']): boolean {
  const { to } = hops[0]
  return to.is === 'host' && to.host === origin.host && to.port === origin.port
}
