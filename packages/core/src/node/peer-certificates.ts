/**
 * The certificates of a TLS peer, in DER, whether the handshake was full or resumed.
 *
 * The rule: a resumed handshake has a peer certificate too, the one that its session was made with. Node does
 * not give it (getPeerCertificate is empty then), but it stands in the session.
 */
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from 'node:tls'
import { derElement } from './der-element.ts'

/** The peer's own certificate; undefined when it has shown none, or the socket is closed. */
export function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  // Not getPeerX509Certificate: in Node 20 it takes the leaf out of OpenSSL's chain (X509Certificate::GetPeerCert),
  // so that no later call finds it.
  const shown = socket.getPeerCertificate() as Partial<PeerCertificate> | null
  if (shown?.raw !== undefined) return shown as PeerCertificate
  const session = socket.isSessionReused() ? socket.getSession() : undefined
  const resumed = session && certificateInSession(session)
  // @types/node says of this form only that it is an object.
  return resumed && (new X509Certificate(resumed).toLegacyObject() as unknown as PeerCertificate)
}

/** Leaf first, and the issuers as far as known; the leaf alone after a resumed handshake; empty once closed. */
export function certificateChain(socket: TLSSocket): readonly Uint8Array[] {
  // Each certificate leads to its issuer, and a root to itself.
  const chain = new Set<DetailedPeerCertificate>()
  let next = socket.getPeerCertificate(true) as DetailedPeerCertificate | null | undefined
  while (next?.raw !== undefined && !chain.has(next)) {
    chain.add(next)
    next = next.issuerCertificate
  }
  if (chain.size > 0) return [...chain].map((certificate) => certificate.raw)
  const leaf = socket.destroyed ? undefined : peerCertificate(socket)
  return leaf === undefined ? [] : [leaf.raw]
}

/** OpenSSL's SSL_SESSION_ASN1 (ssl/ssl_asn1.c): a SEQUENCE whose element [3] holds the peer's certificate. */
function certificateInSession(session: Uint8Array): Uint8Array | undefined {
  const whole = derElement(session, 0)
  if (whole === undefined) return undefined
  for (let at = whole.contentAt; at < whole.end;) {
    const next = derElement(session, at)
    if (next === undefined) return undefined
    if (next.tag === PEER_TAG) return session.slice(next.contentAt, next.end)
    at = next.end
  }
  return undefined
}

const PEER_TAG = 0xa3
