/**
 * Turns what Node, libuv, getaddrinfo and OpenSSL throw into a {@link TransferError}. One of the two doors
 * through which foreign errors come in.
 *
 * The rule: what a code means stands in a table; a message says what happened, to which address, and ends
 * with the system's own code in brackets. Nothing here decides whether to try again.
 */
import type { SocketAddress } from '../env/environment.ts'
import { isTransferError, TransferError, type ErrorDetails } from '../errors/transfer-error.ts'

/** A failed dial. `from` is the local end that was asked for, as text. */
export function connectError(error: unknown, to: SocketAddress, from?: string): TransferError {
  const code = systemCode(error)
  if (isLocalEndFailure(error, from !== undefined)) {
    return new TransferError(
      'INTERFACE_FAILED',
      `the local end ${from ?? 'of the connection'} cannot be used to reach ${addressText(to)}: ${meaning(error)}`,
      { ...addressDetails(to), local: from, system: code },
      { phase: 'connect', cause: error },
    )
  }
  return new TransferError(
    'COULDNT_CONNECT',
    `could not connect to ${addressText(to)}: ${meaning(error)}`,
    { ...addressDetails(to), system: code },
    { phase: 'connect', cause: error },
  )
}

/** Whether the failure lies with the local end that was asked for, so that another local port may do. */
export function isLocalEndFailure(error: unknown, localEndAsked: boolean): boolean {
  const { syscall } = facts(error)
  const code = systemCode(error)
  return syscall === 'bind' || (localEndAsked && (code === 'EADDRNOTAVAIL' || code === 'EADDRINUSE'))
}

/** A failed lookup. */
export function resolveError(error: unknown, name: string): TransferError {
  const code = systemCode(error)
  return new TransferError(
    'COULDNT_RESOLVE_HOST',
    `no address found for ${JSON.stringify(name)}: ${meaning(error)}`,
    { host: name, system: code },
    { phase: 'resolve', cause: error },
  )
}

/** A file that cannot be read. */
export function fileError(error: unknown, path: string): TransferError {
  if (isTransferError(error)) return error
  return new TransferError(
    'READ_ERROR',
    `the file ${JSON.stringify(path)} cannot be read: ${meaning(error)}`,
    { path, system: systemCode(error) },
    { phase: 'setup', cause: error },
  )
}

/** A file that cannot be opened to be written, or not be written. */
export function writingError(error: unknown, path: string): TransferError {
  return new TransferError(
    'WRITE_ERROR',
    `the file ${JSON.stringify(path)} cannot be written: ${meaning(error)}`,
    { path, system: systemCode(error) },
    { phase: 'send', cause: error },
  )
}

/** An open stream that broke. */
export function streamError(error: unknown, remote: SocketAddress | undefined): TransferError {
  if (isTransferError(error)) return error
  const code = systemCode(error)
  const { syscall } = facts(error)
  const sending = syscall === 'write' || syscall === 'shutdown' || (syscall === undefined && code === 'EPIPE')
  const peer = remote === undefined ? 'the peer' : addressText(remote)
  return new TransferError(
    sending ? 'SEND_ERROR' : 'RECV_ERROR',
    `${sending ? 'sending to' : 'receiving from'} ${peer} failed: ${meaning(error)}`,
    { ...(remote === undefined ? undefined : addressDetails(remote)), system: code },
    { phase: sending ? 'send' : 'receive', cause: error },
  )
}

/** An open stream that was closed on this side without a word: neither an end nor an error came. */
export function closedError(remote: SocketAddress | undefined): TransferError {
  const peer = remote === undefined ? 'the peer' : addressText(remote)
  return new TransferError(
    'RECV_ERROR',
    `receiving from ${peer} failed: the socket was closed`,
    remote === undefined ? undefined : addressDetails(remote),
    { phase: 'receive' },
  )
}

/** A TLS handshake that failed before there was a certificate to judge, or over the certificate. */
export function handshakeError(error: unknown, serverName: string): TransferError {
  if (isTransferError(error)) return error
  const code = systemCode(error)
  if (code !== undefined && code in CERTIFICATE_PROBLEMS) {
    return verificationError(code, meaning(error), serverName, error)
  }
  return new TransferError(
    'SSL_CONNECT_ERROR',
    `the TLS handshake with ${serverName} failed: ${meaning(error)}`,
    { host: serverName, system: code },
    { phase: 'tls', cause: error },
  )
}

/** A certificate that was read and refused. */
export function verificationError(
  code: string,
  problem: string,
  serverName: string,
  cause?: unknown,
): TransferError {
  return new TransferError(
    'PEER_FAILED_VERIFICATION',
    `the certificate of ${serverName} was refused: ${problem}`,
    { host: serverName, problem: code },
    { phase: 'tls', cause },
  )
}

/** What is wrong with a certificate, by the code that Node gives. */
export function certificateProblem(code: string): string {
  const known = CERTIFICATE_PROBLEMS[code]
  return known === undefined ? `${code.toLowerCase().replaceAll('_', ' ')} (${code})` : `${known} (${code})`
}

/** An address as people write it: `192.0.2.1:80`, `[2001:db8::1]:443`, a path. */
export function addressText(address: SocketAddress): string {
  switch (address.family) {
    case 4:
      return `${address.address}:${address.port}`
    case 6:
      return `[${address.address}]:${address.port}`
    case 'unix':
      return address.abstract ? `@${address.path}` : address.path
  }
}

/** The code of a system error, such as `ECONNREFUSED`; of the first one when several are bundled. */
export function systemCode(error: unknown): string | undefined {
  const { code, errors } = facts(error)
  if (typeof code === 'string') return code
  return Array.isArray(errors) ? systemCode(errors[0]) : undefined
}

/** What happened in words, with the system's code in brackets. */
export function meaning(error: unknown): string {
  const code = systemCode(error)
  const { reason, message } = facts(error)
  const known = code === undefined ? undefined : (SYSTEM_FAILURES[code] ?? CERTIFICATE_PROBLEMS[code])
  const said =
    known ?? (typeof reason === 'string' ? reason : typeof message === 'string' ? message : String(error))
  return code === undefined || said.includes(code) ? said : `${said} (${code})`
}

function addressDetails(address: SocketAddress): ErrorDetails {
  return address.family === 'unix'
    ? { address: addressText(address) }
    : { address: address.address, port: address.port }
}

interface ForeignFacts {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly reason?: unknown
  readonly message?: unknown
  readonly errors?: unknown
}

const NO_FACTS: ForeignFacts = {}

function facts(error: unknown): ForeignFacts {
  return typeof error === 'object' && error !== null ? error : NO_FACTS
}

/** errno of sockets and files, and getaddrinfo's EAI_ codes (ENOTFOUND stands for EAI_NONAME and EAI_NODATA). */
const SYSTEM_FAILURES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the address is in use already',
  EADDRNOTAVAIL: 'the address is not one of this machine, or all its ports are taken',
  EAFNOSUPPORT: 'the address family is not supported here',
  ECONNABORTED: 'the connection was aborted on this side',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the peer',
  EHOSTDOWN: 'the host is down',
  EHOSTUNREACH: 'no route to the host',
  EINVAL: 'the address cannot be used in this way',
  EISDIR: 'it is a directory',
  EMFILE: 'too many files are open in this process',
  ENETDOWN: 'the network is down',
  ENETUNREACH: 'the network cannot be reached',
  ENFILE: 'too many files are open on this machine',
  ENOENT: 'no such file',
  ENOTDIR: 'part of the path is not a directory',
  ENOTSOCK: 'it is not a socket',
  EPIPE: 'the peer takes no more',
  EPERM: 'not permitted',
  EPROTO: 'protocol error',
  ETIMEDOUT: 'no answer in time',
  ENOTFOUND: 'the name is not known',
  ENODATA: 'the name has no address of that kind',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refuses to answer',
  EFORMERR: 'the name server did not understand the question',
  ENOTIMP: 'the name server does not know such questions',
  EBADRESP: 'the answer of the name server cannot be read',
  EBADNAME: 'it is not a name that can be asked for',
  ETIMEOUT: 'the name server did not answer in time',
  ECANCELLED: 'the question was called off',
  EAI_AGAIN: 'the name server did not answer, try later',
  EAI_FAIL: 'the name server failed',
  EAI_FAMILY: 'no address of that family',
  EAI_MEMORY: 'out of memory',
}

/** X509_V_ERR_ names as Node reports them, and Node's own check of the name. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_CHAIN_TOO_LONG: 'the certificate chain is too long',
  CERT_HAS_EXPIRED: 'a certificate has expired',
  CERT_NOT_YET_VALID: 'a certificate is not valid yet',
  CERT_REJECTED: 'a certificate is rejected for this purpose',
  CERT_REVOKED: 'a certificate was revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of a certificate is wrong',
  CERT_UNTRUSTED: 'a certificate is not trusted for this purpose',
  CRL_HAS_EXPIRED: 'the revocation list has expired',
  CRL_NOT_YET_VALID: 'the revocation list is not valid yet',
  CRL_SIGNATURE_FAILURE: 'the signature of the revocation list is wrong',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  ERROR_IN_CERT_NOT_AFTER_FIELD: 'the end of validity of a certificate cannot be read',
  ERROR_IN_CERT_NOT_BEFORE_FIELD: 'the start of validity of a certificate cannot be read',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'the names in the certificate cannot be read',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  HOSTNAME_MISMATCH: 'the certificate is for another name',
  INVALID_CA: 'an issuer in the chain is not a certificate authority',
  INVALID_PURPOSE: 'a certificate is not for this purpose',
  NO_CERTIFICATE: 'there is no certificate',
  PATH_LENGTH_EXCEEDED: 'the chain is longer than its certificate authority allows',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in a self-signed certificate that is not trusted',
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: 'the signature of a certificate cannot be decrypted',
  UNABLE_TO_GET_CRL: 'there is no revocation list of the issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'an issuer certificate is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer is not among the trusted ones',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of the certificate is not known',
}
