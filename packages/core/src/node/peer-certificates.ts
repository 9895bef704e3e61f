/**
 * The certificates of a TLS peer, in DER, whether the handshake was full or resumed.
 *
 * The rule: a resumed handshake has a peer certificate too, the one that its session was made with. Node does
 * not give it (getPeerCertificate is empty then), but it was kept with the session.
 */
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls'

/**
 * The peer's own certificate; undefined when it has shown none, or the socket is closed. `kept`: the one that
 * the offered session was made with, DER.
 */
export function peerCertificate(
  socket: TLSSocket,
  kept: Uint8Array | undefined,
): PeerCertificate | undefined {
  // Not getPeerX509Certificate: in Node 20 it takes the leaf out of OpenSSL's chain (X509Certificate::GetPeerCert),
  // so that no later call finds it.
  const shown = socket.getPeerCertificate() as Partial<PeerCertificate> | null
  if (shown?.raw !== undefined) return shown as PeerCertificate
  if (kept === undefined || !socket.isSessionReused()) return undefined
  // @types/node says of this form only that it is an object.
  return new X509Certificate(kept).toLegacyObject() as unknown as PeerCertificate
}

/** Leaf first, and the issuers as far as known; the leaf alone after a resumed handshake; empty once closed. */
export function certificateChain(socket: TLSSocket, kept: Uint8Array | undefined): readonly Uint8Array[] {
  // Each certificate leads to its issuer, and a root to itself.
  const chain = new Set<DetailedPeerCertificate>()
  let next = socket.getPeerCertificate(true) as DetailedPeerCertificate | null | undefined
  while (next?.raw !== undefined && !chain.has(next)) {
    chain.add(next)
    next = next.issuerCertificate
  }
  if (chain.size > 0) return [...chain].map((certificate) => certificate.raw)
  const leaf = socket.destroyed ? undefined : peerCertificate(socket, kept)
  return leaf === undefined ? [] : [leaf.raw]
}
