/**
 * TLS sessions as the caches keep them: Node's own, behind the certificate of the peer that issued it.
 *
 * The rule: a resumed handshake shows no certificate, and what its peer may be told is judged by the one that
 * the session was made with. Node keeps that in the session too, but in a form that changes between versions
 * (OpenSSL's ASN.1 up to Node 24, an envelope of its own in Node 26), so it stands beside it here.
 */

/** What `unwrapSession` finds. */
export interface KeptSession {
  /** The peer's own certificate, DER. */
  readonly certificate: Uint8Array
  /** What `tls.connect` takes. */
  readonly session: Buffer
}

const LENGTH_BYTES = 4

export function wrapSession(session: Uint8Array, certificate: Uint8Array): Uint8Array {
  const envelope = Buffer.alloc(LENGTH_BYTES + certificate.length + session.length)
  envelope.writeUInt32BE(certificate.length)
  envelope.set(certificate, LENGTH_BYTES)
  envelope.set(session, LENGTH_BYTES + certificate.length)
  return envelope
}

/** Undefined for bytes that `wrapSession` did not make; then there is nothing to resume. */
export function unwrapSession(envelope: Uint8Array): KeptSession | undefined {
  if (envelope.length < LENGTH_BYTES) return undefined
  const bytes = Buffer.from(envelope)
  const end = LENGTH_BYTES + bytes.readUInt32BE()
  if (end === LENGTH_BYTES || end >= bytes.length) return undefined
  return { certificate: bytes.subarray(LENGTH_BYTES, end), session: bytes.subarray(end) }
}
